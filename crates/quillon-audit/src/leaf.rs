//! What a record says. Every leaf is one line of JSON with a version; content never stands in it.

use std::borrow::Cow;

use quillon_base::{
    AskId, Fault, FaultCode, LeaseId, OrganisationId, PrincipalId, RecordId, Region, SessionId, Timestamp,
};
use quillon_contract::event::Answerer;
use quillon_contract::{EffectKind, MeterUnit, Surface};
use serde::{Deserialize, Serialize};

use crate::Commitment;

/// The largest leaf, in bytes: what the 16-bit length of an entry in a C2SP tlog-tiles bundle can say.
pub const LEAF_BYTES_MAX: usize = 64 * 1024 - 1;

/// The version of the leaf's schema that this build writes.
pub const LEAF_VERSION: u32 = 2;

/// The oldest version of it that this build reads. Version 2 added the model of an effect, the result of one, and the
/// entries about the ledger itself.
const LEAF_VERSION_OLDEST: u32 = 1;

/// The longest text that a leaf's field holds; longer ones are cut, with `…` to show it.
const FIELD_BYTES_MAX: usize = 2 * 1024;

/// One record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// The version of this schema.
    pub v: u32,
    /// Wall-clock time. Order is by place in the ledger, not by this.
    pub at: Timestamp,
    /// The process that wrote it, by an id of its own.
    pub writer: String,
    /// The tenant.
    pub organisation: OrganisationId,
    /// Where the record rests.
    pub region: Region,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What the tree must know of a leaf: what it opens and closes. It is read in a fraction of the time that the whole
/// leaf takes, which counts where millions are read.
#[derive(Debug, Deserialize)]
pub(crate) struct LeafHead<'a> {
    v: u32,
    #[serde(borrow)]
    pub(crate) writer: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    ask: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    effect: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    lease: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(default)]
    decided: Option<DecidedHead>,
}

#[derive(Debug, Deserialize)]
struct DecidedHead {
    allowed: bool,
}

impl<'a> LeafHead<'a> {
    /// Reads it; `None` when the leaf is not one that this build knows.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|head: &Self| is_known(head.v))
    }

    /// What the leaf opens, and what it closes, as [`Entry::open_and_close`] says of the whole.
    pub(crate) fn open_and_close(&self) -> (Option<String>, Option<String>) {
        let text = |id: &Option<Cow<'_, str>>| id.as_deref().map(str::to_owned);
        match &*self.kind {
            "opened" => (text(&self.ask), None),
            "effect_opened" if self.decided.as_ref().is_some_and(|decided| decided.allowed) => {
                (text(&self.effect), None)
            }
            "lease_opened" => (text(&self.lease), None),
            "closed" => (None, text(&self.ask)),
            "effect_closed" => (None, text(&self.effect)),
            "lease_closed" => (None, text(&self.lease)),
            "interrupted" => (None, text(&self.id)),
            _ => (None, None),
        }
    }
}

fn is_known(version: u32) -> bool {
    (LEAF_VERSION_OLDEST..=LEAF_VERSION).contains(&version)
}

/// Who asks, through what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who, within the organisation.
    pub principal: PrincipalId,
    /// How that was proved: `local`, `oidc+mfa`, …
    pub proof: String,
    /// Through which surface.
    pub surface: Surface,
    /// In which session.
    pub session: SessionId,
}

/// What was decided, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Whether it was allowed.
    pub allowed: bool,
    /// The statement that decided, as `policy#statement`, or why none did.
    pub by: String,
    /// The revision of the policies.
    pub revision: u64,
}

/// The opening of an ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The ask.
    pub ask: AskId,
    /// The ask that it is a child of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<AskId>,
    /// Who asks.
    pub by: By,
    /// What is asked.
    pub verb: String,
    /// The policy action.
    pub action: String,
    /// What it is asked about.
    pub resource: String,
    /// What was decided.
    pub decided: Decided,
    /// Bytes of the content that came with it.
    pub content_bytes: u64,
    /// What commits to that content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Commitment>,
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// The unit of the quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<MeterUnit>,
    /// How much of it.
    pub amount: u64,
    /// Tokens that a model read.
    pub input_tokens: u64,
    /// Tokens that a model wrote.
    pub output_tokens: u64,
    /// What the model's tokens cost, in millionths of a US dollar; unknown where no price is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_microdollars: Option<u64>,
}

/// The end of an ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// `done`, `findings`, `refused`, `cancelled` or `failed`.
    pub outcome: String,
    /// The fault's code, when it was refused or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultCode>,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answerer: Option<Answerer>,
    /// What was used.
    pub spent: Spent,
    /// Effects that were begun.
    pub effects: u64,
    /// Bytes of the answer.
    pub content_bytes: u64,
    /// What commits to the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Commitment>,
}

impl Closing {
    /// The end of work whose future was dropped.
    #[must_use]
    pub fn abandoned() -> Self {
        Self {
            outcome: "cancelled".into(),
            fault: Some(FaultCode::Cancelled),
            answerer: None,
            spent: Spent::default(),
            effects: 0,
            content_bytes: 0,
            commitment: None,
        }
    }
}

/// The opening of an effect or a model call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Its id.
    pub effect: RecordId,
    /// The ask that it belongs to.
    pub ask: AskId,
    /// What kind.
    pub does: EffectKind,
    /// What it is done to.
    pub resource: String,
    /// What was decided.
    pub decided: Decided,
    /// Its arguments, redacted and shortened.
    pub arguments: String,
    /// The model that is called, of which provider and in which region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Answerer>,
    /// What commits to what is sent or written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Commitment>,
}

/// The end of an effect or a model call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectClosed {
    /// `done`, `cancelled` or `failed`.
    pub outcome: String,
    /// The fault's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultCode>,
    /// Things touched: files read, files written.
    pub count: u64,
    /// Bytes read, written or received.
    pub bytes: u64,
    /// SHA-256 over what was touched, such as the manifest of a bulk read, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Tokens, for a model call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Spent>,
    /// What came of it in a few words, redacted and shortened: an exit status, a reason to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl EffectClosed {
    /// The end of an effect that failed, or of one whose future was dropped.
    #[must_use]
    pub fn failed(code: FaultCode) -> Self {
        let outcome = if code == FaultCode::Cancelled { "cancelled" } else { "failed" };
        Self {
            outcome: outcome.into(),
            fault: Some(code),
            count: 0,
            bytes: 0,
            digest: None,
            spent: None,
            result: None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// A surface opened a session.
    SessionOpened {
        /// Who.
        by: By,
        /// The surface's name and version.
        client: String,
        /// The workspace, as a keyed digest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
    },
    /// A surface could not open a session: who asks was not proved, or a policy or folder could not be read.
    SessionRefused {
        /// Which surface.
        surface: Surface,
        /// Its name and version.
        client: String,
        /// Why.
        fault: FaultCode,
    },
    /// An ask was admitted.
    Opened(Opening),
    /// An ask was refused before anything was done.
    Refused(Opening),
    /// An ask ended.
    Closed {
        /// Which.
        ask: AskId,
        /// How.
        #[serde(flatten)]
        closing: Closing,
    },
    /// An effect is about to be done, or was refused: see its decision.
    EffectOpened(Effect),
    /// An effect ended.
    EffectClosed {
        /// Which.
        effect: RecordId,
        /// Of which ask.
        ask: AskId,
        /// How.
        #[serde(flatten)]
        closing: EffectClosed,
    },
    /// An editing session may go on without a record for each keystroke.
    LeaseOpened {
        /// The lease.
        lease: LeaseId,
        /// Who.
        by: By,
        /// What it covers.
        scope: String,
        /// The revision of the policies that it was given under.
        revision: u64,
        /// When it ends at the latest.
        until: Timestamp,
    },
    /// Something done under a lease.
    LeaseUsed {
        /// The lease.
        lease: LeaseId,
        /// What: the verb.
        verb: String,
        /// Who answered.
        answerer: Answerer,
    },
    /// A lease ended.
    LeaseClosed {
        /// The lease.
        lease: LeaseId,
    },
    /// Something was open when its process ended.
    Interrupted {
        /// Its id.
        id: String,
        /// The place of its opening.
        opened: u64,
    },
    /// The end of a segment was torn by a crash and cut.
    Recovered {
        /// The segment's first place.
        segment: u64,
        /// Bytes that were cut; none of them had been acknowledged.
        cut_bytes: u64,
    },
    /// The ledger could not be written for a while, and nothing was done. Written by the next start, from the reserve.
    Unavailable {
        /// When that was found.
        since: Timestamp,
        /// Why.
        fault: FaultCode,
        /// Records that waited to be written and were refused.
        waiting: u64,
    },
    /// Nothing of this ledger is removed from now on, whatever its age.
    HoldPlaced {
        /// The hold's name.
        hold: String,
        /// Who placed it.
        by: By,
        /// Why.
        reason: String,
    },
    /// A hold ended.
    HoldReleased {
        /// The hold's name.
        hold: String,
        /// Who released it.
        by: By,
        /// Why.
        reason: String,
    },
    /// Records below a place reached their age and are removed; their hashes and signed checkpoints stay.
    Pruned {
        /// The first place that stays.
        until: u64,
        /// The root over what is removed, in hex.
        root: String,
        /// SHA-256 over what is open at that place, as the segment's header has it, in hex.
        open: String,
        /// How many days records were kept.
        keep_days: u32,
        /// Who asked for it.
        by: By,
    },
}

impl Entry {
    /// What this entry opens, and what it closes: an id each.
    pub(crate) fn open_and_close(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Opened(opening) => (Some(opening.ask.to_string()), None),
            Self::EffectOpened(effect) if effect.decided.allowed => (Some(effect.effect.to_string()), None),
            Self::LeaseOpened { lease, .. } => (Some(lease.to_string()), None),
            Self::Closed { ask, .. } => (None, Some(ask.to_string())),
            Self::EffectClosed { effect, .. } => (None, Some(effect.to_string())),
            Self::LeaseClosed { lease } => (None, Some(lease.to_string())),
            Self::Interrupted { id, .. } => (None, Some(id.clone())),
            Self::SessionOpened { .. }
            | Self::SessionRefused { .. }
            | Self::Refused(_)
            | Self::EffectOpened(_)
            | Self::LeaseUsed { .. }
            | Self::Recovered { .. }
            | Self::Unavailable { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldReleased { .. }
            | Self::Pruned { .. } => (None, None),
        }
    }

    /// Cuts texts that came from outside to what a leaf holds.
    fn shorten(&mut self) {
        match self {
            Self::Opened(opening) | Self::Refused(opening) => shorten(&mut opening.resource),
            Self::EffectOpened(effect) => {
                shorten(&mut effect.resource);
                shorten(&mut effect.arguments);
            }
            Self::SessionOpened { client, .. } | Self::SessionRefused { client, .. } => shorten(client),
            Self::LeaseOpened { scope, .. } => shorten(scope),
            Self::EffectClosed { closing: EffectClosed { result: Some(result), .. }, .. } => shorten(result),
            Self::HoldPlaced { hold, reason, .. } | Self::HoldReleased { hold, reason, .. } => {
                shorten(hold);
                shorten(reason);
            }
            _ => {}
        }
    }
}

fn shorten(text: &mut String) {
    if text.len() > FIELD_BYTES_MAX {
        text.truncate(text.floor_char_boundary(FIELD_BYTES_MAX));
        text.push('…');
    }
}

impl Leaf {
    /// The leaf's bytes, which the tree hashes.
    ///
    /// # Errors
    /// `audit.record_too_large`.
    pub(crate) fn encode(&mut self) -> Result<Vec<u8>, Fault> {
        self.entry.shorten();
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Fault::internal("a record could not be written as JSON").inner(error))?;
        if bytes.len() > LEAF_BYTES_MAX {
            let size = bytes.len();
            return Err(Fault::new(
                FaultCode::AuditRecordTooLarge,
                format!("a record of {size} bytes is more than the {LEAF_BYTES_MAX} that the ledger takes"),
            ));
        }
        Ok(bytes)
    }

    /// Reads a leaf; `None` when it is not one that this build knows.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|leaf: &Self| is_known(leaf.v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_leaf_says_what_the_whole_says() {
        let ask = r#""ask":"ask_00000000000000000000000001""#;
        let effect = r#""effect":"rec_00000000000000000000000002""#;
        let lease = r#""lease":"lea_00000000000000000000000003""#;
        let by = r#""by":{"principal":"ada","proof":"local","surface":"cli","session":"ses_00000000000000000000000004"}"#;
        let decided = |allowed: bool| format!(r#""decided":{{"allowed":{allowed},"by":"p#0","revision":1}}"#);
        let opening = |kind: &str| {
            let decided = decided(true);
            format!(
                r#""kind":"{kind}",{ask},{by},"verb":"chat","action":"q:SendMessage","resource":"r",{decided},"content_bytes":1"#
            )
        };
        let effect_opened = |allowed| {
            let decided = decided(allowed);
            format!(
                r#""kind":"effect_opened",{effect},{ask},"does":"run_command","resource":"r",{decided},"arguments":"a""#
            )
        };
        let spent = r#""spent":{"amount":1,"input_tokens":0,"output_tokens":0}"#;
        let entries = [
            format!(r#""kind":"session_opened",{by},"client":"c""#),
            r#""kind":"session_refused","surface":"cli","client":"c","fault":"identity.unknown""#.to_owned(),
            opening("opened"),
            opening("refused"),
            format!(r#""kind":"closed",{ask},"outcome":"done",{spent},"effects":0,"content_bytes":0"#),
            effect_opened(true),
            effect_opened(false),
            format!(r#""kind":"effect_closed",{effect},{ask},"outcome":"done","count":1,"bytes":1"#),
            format!(r#""kind":"lease_opened",{lease},{by},"scope":"w","revision":1,"until":1"#),
            format!(r#""kind":"lease_used",{lease},"verb":"suggest","answerer":{{"by":"embedded"}}"#),
            format!(r#""kind":"lease_closed",{lease}"#),
            r#""kind":"interrupted","id":"ask_00000000000000000000000001","opened":1"#.to_owned(),
            r#""kind":"recovered","segment":0,"cut_bytes":1"#.to_owned(),
            r#""kind":"unavailable","since":1,"fault":"disk.full","waiting":1"#.to_owned(),
            format!(r#""kind":"hold_placed","hold":"h",{by},"reason":"r""#),
            format!(r#""kind":"hold_released","hold":"h",{by},"reason":"r""#),
            format!(r#""kind":"pruned","until":1,"root":"r","open":"o","keep_days":365,{by}"#),
        ];
        let mut opened_or_closed = 0;
        for entry in entries {
            let text =
                format!(r#"{{"v":2,"at":1,"writer":"00","organisation":"local","region":"device",{entry}}}"#);
            let leaf = Leaf::decode(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            let head = LeafHead::read(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            let of_head = head.open_and_close();
            opened_or_closed += usize::from(of_head != (None, None));
            assert_eq!((of_head, &*head.writer), (leaf.entry.open_and_close(), "00"), "{text}");
        }
        assert_eq!(opened_or_closed, 7);
    }
}
