//! How the program ends.

use std::process::ExitCode;

use quillon_base::{Fault, FaultCode, FaultKind};
use quillon_contract::Verb;
use quillon_contract::event::Outcome;

/// An exit code: 0 done, 1 findings or refused, 2 usage, 3 fault, 130 stopped by Ctrl-C, 128 and its number where a signal
/// ended the program. `quillon aws` keeps the AWS
/// CLI's: 252 usage, 253 configuration, 254 the service's error, 255 anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Done.
    pub const DONE: Self = Self(0);
    /// Done, with findings; or a decision said no.
    pub const FINDINGS: Self = Self(1);
    /// The command line or the request is wrong.
    pub const USAGE: Self = Self(2);
    /// It failed.
    pub const FAULT: Self = Self(3);
    /// Stopped by Ctrl-C.
    pub const CANCELLED: Self = Self(130);
    /// The command line is wrong, as the AWS CLI says it.
    pub(crate) const AWS_USAGE: Self = Self(252);

    /// Ended by a signal, as shells say it.
    pub(crate) const fn of_signal(number: u8) -> Self {
        Self(128 + number)
    }

    /// The code as the operating system gets it.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// What a fault means, whatever was asked.
    #[must_use]
    pub fn of_fault(fault: &Fault) -> Self {
        match fault.kind() {
            FaultKind::Refused | FaultKind::Limit => Self::FINDINGS,
            FaultKind::Usage => Self::USAGE,
            FaultKind::Cancelled => Self::CANCELLED,
            FaultKind::NotFound | FaultKind::Unavailable | FaultKind::Corrupt | FaultKind::Internal => {
                Self::FAULT
            }
        }
    }

    /// What a fault means for an ask of `verb`.
    pub(crate) fn of_fault_in(fault: &Fault, verb: Verb) -> Self {
        match (verb, fault.code) {
            (Verb::Aws, FaultCode::Cancelled) => Self::CANCELLED,
            (Verb::Aws, FaultCode::InputInvalid) => Self::AWS_USAGE,
            (Verb::Aws, FaultCode::CloudUnconfigured) => Self(253),
            (Verb::Aws, FaultCode::CloudFailed) => Self(254),
            (Verb::Aws, _) => Self(255),
            _ => Self::of_fault(fault),
        }
    }

    /// What the outcome of an ask of `verb` means.
    pub(crate) fn of_outcome(outcome: &Outcome, verb: Verb) -> Self {
        match outcome {
            Outcome::Done => Self::DONE,
            Outcome::Findings => Self::FINDINGS,
            Outcome::Cancelled => Self::CANCELLED,
            Outcome::Refused { fault } | Outcome::Failed { fault } => Self::of_fault_in(fault, verb),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}
