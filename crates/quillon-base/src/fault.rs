//! Failure, in the form that every layer and every surface shares.
//!
//! A [`Fault`] has a stable code to branch on, a sentence to read, a hint to act on and a request id to quote. The
//! operator's detail never leaves the process by serialisation. Sentences are lower case, have no full stop and put
//! what the user gave in backticks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::RequestId;

/// What a caller can do about it. Each kind exists because some caller acts differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A decision said no. Asking again changes nothing.
    Refused,
    /// The request itself is wrong.
    Usage,
    /// The thing named does not exist.
    NotFound,
    /// A stated limit was reached.
    Limit,
    /// Something needed is not there now; trying later may help.
    Unavailable,
    /// Data is not what was written.
    Corrupt,
    /// The asker stopped it.
    Cancelled,
    /// Our own bug.
    Internal,
}

macro_rules! fault_codes {
    ($($(#[$doc:meta])* $code:ident = $text:literal, $kind:ident;)*) => {
        /// The stable code of a failure. Codes are never reused and never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum FaultCode {$(
            $(#[$doc])*
            #[serde(rename = $text)]
            $code,
        )*}

        impl FaultCode {
            /// Every code, in the order of the table.
            pub const ALL: &[FaultCode] = &[$(FaultCode::$code),*];

            /// The code as it is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(FaultCode::$code => $text,)* }
            }

            /// What a caller can do about it.
            #[must_use]
            pub const fn kind(self) -> FaultKind {
                match self { $(FaultCode::$code => FaultKind::$kind,)* }
            }
        }
    };
}

fault_codes! {
    /// The audit log cannot be written; nothing starts.
    AuditUnavailable = "audit.unavailable", Unavailable;
    /// A record is larger than the ledger takes.
    AuditRecordTooLarge = "audit.record_too_large", Limit;
    /// The budget that the person set for one turn is used up.
    BudgetExceeded = "budget.exceeded", Limit;
    /// No capability of this build answers the verb.
    CapabilityUnavailable = "capability.unavailable", Unavailable;
    /// The asker stopped the work.
    Cancelled = "cancelled", Cancelled;
    /// A cloud account refused or failed a call.
    CloudFailed = "cloud.failed", Unavailable;
    /// No cloud account is configured.
    CloudUnconfigured = "cloud.unconfigured", Unavailable;
    /// A credential that is configured by its name is not there, or cannot be used.
    CredentialMissing = "credential.missing", Unavailable;
    /// The disk is full or the quota is used up.
    DiskFull = "disk.full", Unavailable;
    /// The file is not text.
    FileBinary = "file.binary", Usage;
    /// The file changed since it was read; it was not overwritten.
    FileChanged = "file.changed", Refused;
    /// The file does not exist.
    FileMissing = "file.missing", NotFound;
    /// The path, or a link on the way, leads out of the workspace.
    FileOutside = "file.outside_workspace", Refused;
    /// The file is larger than the limit.
    FileTooLarge = "file.too_large", Limit;
    /// The file exists but cannot be read or written.
    FileUnreadable = "file.unreadable", Unavailable;
    /// Quillon's own folder cannot be used.
    HomeUnusable = "home.unusable", Unavailable;
    /// Who is asking could not be established.
    IdentityUnknown = "identity.unknown", Refused;
    /// The request is malformed or larger than its limit.
    InputInvalid = "input.invalid", Usage;
    /// Our own bug; the request stopped, the process goes on.
    Internal = "internal", Internal;
    /// A key is missing, damaged or not the one that sealed the data.
    KeyUnusable = "key.unusable", Corrupt;
    /// Another process is using the resource.
    Locked = "locked", Unavailable;
    /// Records that an export has not sent yet were pruned from the ledger.
    LedgerPruned = "ledger.pruned", NotFound;
    /// The ledger is not what was written.
    LedgerCorrupt = "ledger.corrupt", Corrupt;
    /// A lease has ended or does not cover the request.
    LeaseExpired = "lease.expired", Refused;
    /// The provider takes no more requests for now.
    ModelBusy = "model.busy", Unavailable;
    /// The model catalogue is malformed.
    ModelCatalogueInvalid = "model.catalogue_invalid", Usage;
    /// The request is longer than the model reads at once.
    ModelContextExceeded = "model.context_exceeded", Limit;
    /// The model sent something that its protocol does not allow, or stopped answering.
    ModelFailed = "model.failed", Unavailable;
    /// The provider does not accept the key, or the account behind it may not use the model.
    ModelKeyRefused = "model.key_refused", Refused;
    /// The provider says that the request is wrong.
    ModelRequestRefused = "model.request_refused", Usage;
    /// The model is not configured or not in the list.
    ModelUnknown = "model.unknown", NotFound;
    /// A model script is malformed.
    ModelScriptInvalid = "model.script_invalid", Usage;
    /// The connection broke before the end of what it carried.
    NetworkBroken = "network.broken", Unavailable;
    /// The other side's certificate is not one to trust.
    NetworkCertificate = "network.certificate", Refused;
    /// The name of the host is not known.
    NetworkNameUnknown = "network.name_unknown", Unavailable;
    /// The proxy refused, or does not answer as one.
    NetworkProxy = "network.proxy", Unavailable;
    /// The other side answered with a redirection, which is not followed.
    NetworkRedirected = "network.redirected", Refused;
    /// The other side did not connect, answer or go on in time.
    NetworkTimedOut = "network.timed_out", Unavailable;
    /// No secure connection came about.
    NetworkTls = "network.tls", Unavailable;
    /// The other side sent more than is taken.
    NetworkTooLarge = "network.too_large", Limit;
    /// Nothing takes connections there.
    NetworkUnreachable = "network.unreachable", Unavailable;
    /// A policy is malformed or uses something this version does not know; it denies.
    PolicyInvalid = "policy.invalid", Usage;
    /// No policy allows it, or one forbids it.
    PolicyRefused = "policy.refused", Refused;
    /// A command could not be started or ended badly.
    ProcessFailed = "process.failed", Unavailable;
    /// The allowance of this tier is used up.
    QuotaExceeded = "quota.exceeded", Limit;
    /// The region is not the profile's.
    RegionRefused = "region.refused", Refused;
    /// The session is not open.
    SessionUnknown = "session.unknown", NotFound;
    /// The setting's value cannot be used.
    SettingInvalid = "setting.invalid", Usage;
    /// There is no such setting.
    SettingUnknown = "setting.unknown", Usage;
    /// A settings file cannot be read.
    SettingsCorrupt = "settings.corrupt", Corrupt;
    /// The cursor of an export is damaged, or belongs to another export.
    SinkCursorInvalid = "sink.cursor_invalid", Corrupt;
    /// A sink cannot be reached, or did not do what it must.
    SinkFailed = "sink.failed", Unavailable;
    /// A sink acknowledged something and does not have it.
    SinkLost = "sink.lost", Corrupt;
    /// A sink does not accept what it was given.
    SinkRefused = "sink.refused", Refused;
    /// There is no sink at such an address, or none that takes the format.
    SinkUnknown = "sink.unknown", Usage;
    /// The store's content is damaged or from a newer version.
    StoreCorrupt = "store.corrupt", Corrupt;
    /// The record does not exist.
    StoreMissing = "store.missing", NotFound;
    /// The store refuses a write without a data class, or of the wrong one.
    StoreRefused = "store.refused", Refused;
    /// The store cannot be opened or written.
    StoreUnavailable = "store.unavailable", Unavailable;
    /// Something took longer than its limit.
    TimedOut = "timed_out", Unavailable;
    /// A witness did not do what it was asked, for a reason of its own.
    WitnessFailed = "witness.failed", Unavailable;
    /// A witness's answer cannot be what it says it is.
    WitnessLied = "witness.lied", Corrupt;
    /// The log is none that the witness knows.
    WitnessLogUnknown = "witness.log_unknown", NotFound;
    /// The request to a witness cannot be read.
    WitnessMalformed = "witness.malformed", Usage;
    /// The checkpoint does not extend what a witness saw: the log was rewritten, or shows two histories.
    WitnessNotExtended = "witness.not_extended", Corrupt;
    /// No trusted key of the log signed the checkpoint.
    WitnessNotSigned = "witness.not_signed", Refused;
    /// The request to a witness starts from another state than the one that it saw last.
    WitnessStale = "witness.stale", Usage;
    /// There is no folder to work in.
    WorkspaceMissing = "workspace.missing", NotFound;
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One failure, as everyone outside sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// The code to branch on.
    pub code: FaultCode,
    /// The sentence to read.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What to quote when asking for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    #[serde(skip)]
    detail: Option<String>,
}

impl Fault {
    /// A failure with `code`, said in one sentence.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, request: None, detail: None }
    }

    /// Our own bug.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FaultCode::Internal, message)
            .hint("this is a bug in quillon; please report it with the request id")
    }

    /// Adds what the reader can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what only the operator may see.
    #[must_use]
    pub fn inner(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// Adds the id to quote.
    #[must_use]
    pub fn request(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }

    /// What a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.code.kind()
    }

    /// The operator's detail.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_serialise_as_they_print() {
        let mut seen = std::collections::BTreeSet::new();
        for &code in FaultCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn detail_stays_inside() {
        let fault = Fault::new(FaultCode::StoreUnavailable, "cannot open").inner("secret path");
        assert!(!serde_json::to_string(&fault).unwrap().contains("secret"));
        assert!(!fault.to_string().contains("secret"));
        assert_eq!(fault.detail(), Some("secret path"));
    }
}
