//! Audit: reading, checking and proving what was recorded.

use quillon_base::{DataClass, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{STATE, Verb};
use crate::manifest::{EffectKind as Effect, Example, Manifest, ResourceForm};

/// Which ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LedgerSource {
    /// The one that this session writes.
    #[default]
    Own,
    /// A copy in a folder, with the public key of its signer as its `key.pub` has it: `NAME+ID+KEY`.
    Folder {
        /// The folder.
        folder: String,
        /// The public key; the one that the folder holds without it, which proves less.
        key: Option<String>,
    },
}

/// Where records are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One record a line.
    Jsonl,
    /// The shape of AWS CloudTrail.
    Cloudtrail,
    /// CloudWatch Logs.
    Cloudwatch,
    /// Open Cybersecurity Schema Framework.
    Ocsf,
    /// Common Event Format.
    Cef,
    /// OpenTelemetry.
    Otlp,
    /// Not the records but the prompt log, in the layout of Amazon Q Developer.
    PromptLog,
}

fn count() -> u32 {
    20
}

/// Shows the last records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditTailAsk {
    /// How many.
    #[serde(default = "count")]
    pub count: u32,
    /// Go on with new ones until stopped.
    #[serde(default)]
    pub follow: bool,
}

/// Show the last records of the audit log.
pub(super) static TAIL: Manifest = Manifest {
    verb: Verb::AuditTail,
    name: "audit.tail",
    summary: "show the last records of the audit log",
    help: "Shows who did what, when, and how it was decided, newest last. Reading the log is itself recorded.",
    examples: &[
        Example { line: "quillon audit tail", does: "shows the last 20" },
        Example { line: "quillon audit tail --count 100 --output jsonl", does: "for scripts" },
    ],
    action: "quillon:ReadAudit",
    resource: ResourceForm::Ledger,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadLedger],
    ..STATE
};

/// Searches records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditSearchAsk {
    /// By this principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Of this action; `*` stands for any characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only what was allowed, or only what was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// Not before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// Before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
    /// The most to show.
    #[serde(default = "count")]
    pub count: u32,
}

/// Search the audit log.
pub(super) static SEARCH: Manifest = Manifest {
    verb: Verb::AuditSearch,
    name: "audit.search",
    summary: "search the audit log",
    help: "Finds records by principal, action, decision and time.",
    examples: &[Example {
        line: "quillon audit search --action quillon:RunCommand",
        does: "shows commands that were run",
    }],
    action: "quillon:ReadAudit",
    resource: ResourceForm::Ledger,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadLedger],
    ..STATE
};

/// Exports records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditExportAsk {
    /// In this form.
    pub format: ExportFormat,
    /// Of this ledger.
    #[serde(default)]
    pub source: LedgerSource,
    /// To this folder or address; standard output without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Not before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// Before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
    /// The account number that the shapes of AWS carry: 12 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Send everything again, from the first record.
    #[serde(default)]
    pub from_start: bool,
    /// Go on behind records that were pruned before they were sent.
    #[serde(default)]
    pub accept_gap: bool,
}

/// Export the audit log.
pub(super) static EXPORT: Manifest = Manifest {
    verb: Verb::AuditExport,
    name: "audit.export",
    summary: "export the audit log",
    help: "Sends records in the form that your log system reads, each at least once, from where the last export to the same place ended: the cursor lies with the destination, so a destination that was deleted is filled again from the first record. The last part of a folder's path stands for the bucket in files that point at each other. With `--to` the end says how many records, and how many seconds, the destination is behind.",
    examples: &[
        Example { line: "quillon audit export --format jsonl", does: "prints all records" },
        Example {
            line: "quillon audit export --format prompt_log --to s3://BUCKET/PREFIX",
            does: "sends prompts and answers, where the setting `quillon.promptLog` is on",
        },
        Example {
            line: "quillon audit export --format cloudtrail --to /srv/trail",
            does: "writes files and signed digests that `aws cloudtrail validate-logs` checks",
        },
    ],
    action: "quillon:ExportAudit",
    resource: ResourceForm::Ledger,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadLedger, Effect::ReadSettings, Effect::ReadStore, Effect::SendToSink],
    smallest: r#"{"format":"jsonl"}"#,
    ..STATE
};

/// Checks a ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditVerifyAsk {
    /// Which.
    #[serde(default)]
    pub source: LedgerSource,
    /// An older checkpoint, as its text, that the ledger must extend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Public keys of witnesses who must have cosigned that checkpoint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<String>,
}

/// Check that the audit log is what was written.
pub(super) static VERIFY: Manifest = Manifest {
    verb: Verb::AuditVerify,
    name: "audit.verify",
    summary: "check that the audit log is what was written",
    help: "Reads every record, recomputes the tree and checks every signature. With an older checkpoint it also finds truncation, rollback and rewriting. Without one, a holder of the signing key could have rewritten everything; keep checkpoints elsewhere.",
    examples: &[
        Example { line: "quillon audit verify", does: "checks the log of this machine" },
        Example {
            line: "quillon audit verify --checkpoint FILE",
            does: "also checks that it extends an older state",
        },
        Example {
            line: "quillon audit verify --checkpoint FILE --witness KEY",
            does: "also checks that a witness saw that state",
        },
    ],
    action: "quillon:VerifyAudit",
    resource: ResourceForm::Ledger,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadLedger],
    ..STATE
};

/// Proves one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditProveAsk {
    /// Its place in the ledger, from 0.
    pub index: u64,
}

/// Prove that a record is in the audit log.
pub(super) static PROVE: Manifest = Manifest {
    verb: Verb::AuditProve,
    name: "audit.prove",
    summary: "prove that a record is in the audit log",
    help: "Prints the record, its inclusion proof and the signed checkpoint, which anyone can check without the log.",
    examples: &[Example { line: "quillon audit prove 42", does: "prints the proof" }],
    action: "quillon:ProveAudit",
    resource: ResourceForm::Ledger,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadLedger],
    smallest: r#"{"index":0}"#,
    ..STATE
};

/// The media type of the size that a witness saw last, when a request starts from another one: the artifact before such a
/// refusal has it.
pub const WITNESS_SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

/// What a witness is asked, or a log that asks one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum WitnessAct {
    /// Cosign the checkpoint of a request.
    Cosign {
        /// The request: the body of C2SP tlog-witness `add-checkpoint`.
        request: String,
        /// The public keys of the logs that it may be about.
        log_keys: Vec<String>,
        /// The folder with the witness's state; one beside the audit log without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
    },
    /// Make such a request for the audit log of this machine.
    Request {
        /// How many records the witness saw last.
        since: u64,
    },
    /// Ask a witness elsewhere to cosign the audit log of this machine.
    Ask {
        /// Its address, over HTTPS, or over HTTP on this machine.
        address: String,
        /// Its public keys, all of which must have signed.
        keys: Vec<String>,
        /// How many records it saw last; when that is not so it says it, and is asked once more.
        #[serde(default)]
        since: u64,
    },
    /// Show the public keys of this machine's witness.
    Keys,
}

/// Cosigns a checkpoint of another ledger, or makes the request for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditWitnessAsk {
    /// What to do.
    pub witness: WitnessAct,
}

/// Cosign a checkpoint of another ledger.
pub(super) static WITNESS: Manifest = Manifest {
    verb: Verb::AuditWitness,
    name: "audit.witness",
    summary: "cosign a checkpoint of another ledger",
    help: "A witness remembers the last state of a ledger and signs only what extends it, so that nobody can show two histories. Without a request it shows its public keys; with --since it makes the request of this machine's own log, for a witness elsewhere, and with --ask it asks one itself. With --listen it serves C2SP tlog-witness on this machine: every request is an ask of its own, and recorded; put a server with TLS before it.",
    examples: &[
        Example { line: "quillon audit witness --since 0", does: "makes the request of this machine's log" },
        Example {
            line: "quillon audit witness --log-key KEY FILE",
            does: "cosigns it, on the witness's machine",
        },
        Example {
            line: "quillon audit witness --listen 127.0.0.1:8420 --log-key KEY",
            does: "cosigns what that log posts to `/add-checkpoint`",
        },
        Example {
            line: "quillon audit witness --ask https://witness.example --witness-key KEY",
            does: "asks that witness for its cosignature of this machine's log",
        },
        Example { line: "quillon audit witness", does: "shows the keys to check cosignatures with" },
    ],
    action: "quillon:WitnessAudit",
    resource: ResourceForm::Ledger,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadLedger, Effect::SendToSink, Effect::WriteLedger],
    smallest: r#"{"witness":{"act":"keys"}}"#,
    ..STATE
};

/// Makes an evidence pack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceAsk {
    /// For these controls; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<String>,
    /// Not before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// Before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
}

/// Make a pack of evidence for an auditor.
pub(super) static EVIDENCE: Manifest = Manifest {
    verb: Verb::Evidence,
    name: "evidence",
    summary: "make a pack of evidence for an auditor",
    help: "Gathers settings, policies, data classes, decisions and proofs for a period into one document that can be checked without Quillon.",
    examples: &[Example { line: "quillon evidence", does: "makes the pack" }],
    action: "quillon:ExportEvidence",
    resource: ResourceForm::Organisation,
    class: DataClass::Report,
    effects: &[Effect::ReadLedger, Effect::ReadSettings, Effect::ReadStore],
    ..STATE
};
