//! A ledger of one day, made with the house's own writer: every kind of record, text that shapes must escape, and a clock
//! that steps back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use quillon_audit::{Entry, LocalLayer, Log, LogOptions, Signer};
use quillon_base::{Clock, Entropy, FaultCode, OrganisationId, Region, Secret, Timestamp};
use serde_json::{Value, json};

use crate::failure::{Context, Failure};

/// The day's region, in which its trail lies.
pub(super) const REGION: &str = "eu-west-2";
/// The first moment of the day.
pub(super) const START: &str = "2026-01-01T00:00:00Z";
/// A moment after the day, and after its last digest.
pub(super) const END: &str = "2026-01-02T00:30:00Z";

const START_MICROS: i64 = 1_767_225_600_000_000;
const DAY_MICROS: i64 = 86_400_000_000;
/// Of every hundred thousand records these few are written by a clock that stands ten minutes early.
const STEP_BACK_RECORDS: u64 = 500;
const STEP_BACK_MICROS: i64 = 600_000_000;

/// Text that each shape must escape in its own way.
const ODD_TEXT: &str = "src/a|b=c\\d \"e\" é\u{202e}\n\tf 😀 <g>&h, i;j";

/// A clock that stands where it is put.
struct DayClock(AtomicI64);

impl Clock for DayClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// The writer's id is all that is drawn.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0x5a);
    }
}

/// Writes the ledger; gives its public key.
pub(super) fn write(folder: &Path, records: u64) -> Result<String, Failure> {
    let clock = Arc::new(DayClock(AtomicI64::new(START_MICROS)));
    let organisation = OrganisationId::new("acme").context(|| "a name".to_owned())?;
    let region = Region::new(REGION).context(|| "a region".to_owned())?;
    let signer =
        Signer::new(&Secret::new(vec![7; 32]), &organisation, &region).context(|| "a signer".to_owned())?;
    let log = Log::open(LogOptions {
        folder: folder.to_owned(),
        organisation,
        region,
        signer,
        layer: Arc::new(LocalLayer),
        clock: clock.clone(),
        entropy: Arc::new(Fixed),
    })
    .context(|| "cannot open a ledger".to_owned())?;
    for place in 0..records {
        clock.0.store(micros_of(place, records), Ordering::Relaxed);
        put(&log, place)?;
    }
    Ok(log.key().to_string())
}

/// The time of a record, as the command line takes it.
pub(super) fn time_of(place: u64, records: u64) -> String {
    let text = Timestamp(micros_of(place, records)).to_string();
    format!("{}Z", text.get(..19).unwrap_or_default())
}

fn micros_of(place: u64, records: u64) -> i64 {
    let share = i128::from(DAY_MICROS) * i128::from(place) / i128::from(records.max(1));
    let is_early = place % 100_000 >= 4_000 && place % 100_000 < 4_000 + STEP_BACK_RECORDS;
    let back = if is_early { STEP_BACK_MICROS } else { 0 };
    START_MICROS + i64::try_from(share).unwrap_or_default() - back
}

/// Puts a record, and waits while the writer is behind.
fn put(log: &Log, place: u64) -> Result<(), Failure> {
    let value = value(place);
    let entry: Entry = serde_json::from_value(value).context(|| format!("record {place}"))?;
    loop {
        match log.mention(entry.clone()) {
            Err(fault) if fault.code == FaultCode::AuditUnavailable && log.stopped().is_none() => {
                std::thread::sleep(Duration::from_millis(2));
            }
            put => return put.context(|| format!("record {place} cannot be written")),
        }
    }
}

/// Records come in rounds of twenty; each is of a person, a session and ids of its own.
fn value(place: u64) -> Value {
    let (round, step) = (place / 20, place % 20);
    let id = |kind: &str, number: u64| format!("{kind}_{:026}", round * 100 + number);
    let surface = ["cli", "http", "lsp", "chatapp"][usize::try_from(round % 4).unwrap_or_default()];
    let by = json!({
        "principal": format!("user-{}", round % 97),
        "proof": if round.is_multiple_of(3) { "oidc+mfa" } else { "local" },
        "surface": surface,
        "session": id("ses", 1),
    });
    let decided = json!({"allowed": true, "by": "everyone#0", "revision": 7});
    let opening = |kind: &str, ask: u64, verb: &str, action: &str, allowed: bool| {
        json!({
            "kind": kind, "ask": id("ask", ask), "by": by, "verb": verb, "action": action,
            "resource": format!("arn:quillon:q:{REGION}:acme:conversation/{}", round % 13),
            "decided": {"allowed": allowed, "by": "everyone#0", "revision": 7},
            "content_bytes": 120, "commitment": "ab".repeat(32),
        })
    };
    let closed = |ask: u64, outcome: &str, fault: Option<&str>| {
        json!({
            "kind": "closed", "ask": id("ask", ask), "outcome": outcome, "fault": fault,
            "answerer": {"by": "model", "model": "m-1", "provider": "p", "region": REGION},
            "spent": {"unit": "agent_request", "amount": 1, "input_tokens": 900, "output_tokens": 80},
            "effects": 2, "content_bytes": 700,
        })
    };
    let effect = |number: u64, does: &str, allowed: bool| {
        json!({
            "kind": "effect_opened", "effect": id("rec", number), "ask": id("ask", 1), "does": does,
            "resource": "arn:quillon:q:eu-west-2:acme:workspace/w", "arguments": ODD_TEXT,
            "decided": {"allowed": allowed, "by": "guardrail#NoRun", "revision": 7},
        })
    };
    let effect_closed = |number: u64, outcome: &str| {
        json!({
            "kind": "effect_closed", "effect": id("rec", number), "ask": id("ask", 1), "outcome": outcome,
            "count": 3, "bytes": 4_096, "digest": "cd".repeat(32),
        })
    };
    match step {
        0 => json!({"kind": "session_opened", "by": by, "client": "editor 1.2", "workspace": "00ff"}),
        1 => {
            json!({"kind": "session_refused", "surface": "http", "client": ODD_TEXT, "fault": "identity.unknown"})
        }
        2 => opening("opened", 1, "chat", "q:SendMessage", true),
        3 => effect(1, "read_workspace", true),
        4 => effect_closed(1, "done"),
        5 => effect(2, "invoke_model", true),
        6 => effect_closed(2, "failed"),
        7 => effect(3, "run_command", false),
        8 => closed(1, "done", None),
        9 => opening("refused", 2, "chat", "q:SendMessage", false),
        10 => opening("opened", 3, "admin.member.write", "q:CreateAssignment", true),
        11 => closed(3, "failed", Some("store.unavailable")),
        12 => {
            json!({"kind": "lease_opened", "lease": id("lea", 1), "by": by, "scope": "workspace/w", "revision": 7,
            "until": START_MICROS + DAY_MICROS})
        }
        13 => {
            json!({"kind": "lease_used", "lease": id("lea", 1), "verb": "suggest", "answerer": {"by": "embedded"}})
        }
        14 => json!({"kind": "lease_closed", "lease": id("lea", 1)}),
        15 => opening("opened", 4, "whoami", "q:GetIdentityMetadata", true),
        16 => json!({"kind": "interrupted", "id": id("ask", 4), "opened": place - 1}),
        17 => json!({"kind": "recovered", "segment": 0, "cut_bytes": 12}),
        18 => {
            json!({"kind": "effect_opened", "effect": id("rec", 4), "ask": id("ask", 9), "does": "write_workspace",
            "resource": "w", "arguments": "an ask that nobody knows", "decided": decided})
        }
        _ => effect_closed(4, "done"),
    }
}
