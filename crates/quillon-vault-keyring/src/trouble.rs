//! Why the keyring gave no root key, and what to do about it.

use std::fmt;
use std::time::Duration;

use quillon_base::{Fault, FaultCode};

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// There is no session bus on this machine, or none that is ours alone.
    NoBus(String),
    /// Nothing on the bus keeps secrets, or it does not speak as the specification says.
    NoService(String),
    /// It would have to ask the user first.
    Locked,
    /// It has no place where new secrets go.
    NoCollection,
    /// The root key is not there, and must not be made.
    Missing,
    /// More than one root key is there.
    Several(usize),
    /// What is kept as the root key is none.
    Damaged,
    /// The root key could not be kept.
    NotKept(String),
    /// It did not answer in time.
    Silent(Duration),
}

impl Trouble {
    pub(crate) fn fault(self) -> Fault {
        let hint = match &self {
            Self::Locked => {
                "unlock the keyring, for example by signing in at the desktop; to keep the root key in a \
                             file instead, set `quillon.keys` to `file` before the first use"
            }
            Self::Missing => {
                "restore the keyring from a copy; if the root key was kept in a file, set `quillon.keys` \
                              to `file`"
            }
            Self::Several(_) => {
                "remove all but the one that made your keys; their name is `Quillon root key`"
            }
            Self::Damaged => "restore the keyring from a copy",
            _ => "to keep the root key in a file instead, set `quillon.keys` to `file`",
        };
        let fault = Fault::new(FaultCode::KeyUnusable, self.to_string()).hint(hint);
        match self {
            Self::NoBus(detail) | Self::NoService(detail) | Self::NotKept(detail) => fault.inner(detail),
            _ => fault,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBus(_) => f.write_str("there is no session bus, so the keyring cannot be reached"),
            Self::NoService(_) => f.write_str("no keyring answers on the session bus"),
            Self::Locked => f.write_str("the keyring is locked"),
            Self::NoCollection => f.write_str("the keyring has no place for new secrets"),
            Self::Missing => {
                f.write_str("the root key is not in the keyring, but keys that it wrapped are there")
            }
            Self::Several(count) => write!(f, "the keyring holds {count} root keys"),
            Self::Damaged => f.write_str("the root key in the keyring is damaged"),
            Self::NotKept(_) => f.write_str("the keyring did not keep the root key"),
            Self::Silent(patience) => {
                write!(f, "the keyring did not answer in {} seconds", patience.as_secs())
            }
        }
    }
}
