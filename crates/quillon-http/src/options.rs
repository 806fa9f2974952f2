//! What a client is made of. The composition root fills it; nothing here looks around.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use quillon_base::{Clock, Entropy, Fault};

use crate::ProxyRules;

/// How long each part of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To find the host and come to a secure connection.
    pub connect: Duration,
    /// From there to the head of the answer.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), first_byte: seconds(120), stall: seconds(60) }
    }
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Those that the system trusts.
    pub system: bool,
    /// Where those are, if not in the usual place.
    pub system_file: Option<PathBuf>,
    /// Beside them, those in these PEM files, such as an organisation's own authority.
    pub files: Vec<PathBuf>,
}

impl Default for Trust {
    fn default() -> Self {
        Self { system: true, system_file: None, files: Vec::new() }
    }
}

/// A certificate to show to servers that ask for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The PEM file of the certificate and those between it and its authority.
    pub certificate: PathBuf,
    /// The PEM file of its private key.
    pub key: PathBuf,
}

/// What a client is made of.
#[derive(Clone)]
pub struct Options {
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// What is shown to servers that ask.
    pub identity: Option<ClientIdentity>,
    /// What goes through a proxy.
    pub proxies: ProxyRules,
    /// How long things may take; a request may say otherwise.
    pub timeouts: Timeouts,
    /// Why nothing may be sent: what the rest should have been made of cannot be read.
    pub unusable: Option<Fault>,
    /// For a date in `Retry-After`.
    pub clock: Arc<dyn Clock>,
    /// For jitter.
    pub entropy: Arc<dyn Entropy>,
}

impl Options {
    /// The system's trust, no proxy, the usual time-outs.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let (trust, identity, proxies) = (Trust::default(), None, ProxyRules::default());
        Self { trust, identity, proxies, timeouts: Timeouts::default(), unusable: None, clock, entropy }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trust, identity, proxies, timeouts, .. } = self;
        f.debug_struct("Options")
            .field("trust", trust)
            .field("identity", identity)
            .field("proxies", proxies)
            .field("timeouts", timeouts)
            .finish_non_exhaustive()
    }
}
