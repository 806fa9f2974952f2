//! The root key in the operating system's keyring: on Linux, whatever speaks for the Secret Service on the session bus
//! (GNOME Keyring, KWallet, KeePassXC).
//!
//! Invariants: it never prompts and never waits longer than [`PATIENCE`]; a root key is made once, by one process, and
//! never where keys that another one wrapped already are; the key leaves this crate only inside what it wrapped.
//!
//! The keyring is asked once, when the root key is opened; from then on it is in memory ([`SoftRootKey`]), as text that
//! some keyrings can keep where they keep no bytes.

mod service;
mod trouble;

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use quillon_base::{Entropy, Fault, Secret};
use quillon_vault::{ROOT_KEY_BYTES, RootKey, SoftRootKey};

use crate::service::Service;
use crate::trouble::Trouble;

/// How long the keyring has for everything that one opening asks of it.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How much longer the thread has that asks it, so that the thread's own answer comes first.
const THREAD_PATIENCE: Duration = Duration::from_secs(6);

/// What to do when the keyring holds no root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMissing {
    /// There are no wrapped keys yet: make a root key.
    Create,
    /// There are wrapped keys that a new root key could not open: refuse.
    Refuse,
}

/// A root key that rests in the keyring.
pub struct KeyringRootKey(SoftRootKey);

impl KeyringRootKey {
    /// Opens the root key in the keyring of this session, or makes it.
    ///
    /// # Errors
    /// `key.unusable`, with the reason and what to do: no session bus, no keyring, a locked one, one that does not
    /// answer, a root key that is missing, damaged or there twice.
    pub fn open_or_create(entropy: Arc<dyn Entropy>, if_missing: IfMissing) -> Result<Self, Fault> {
        let fresh = SoftRootKey::fresh(&*entropy);
        let key = ask(async move || find_or_make(&fresh, if_missing).await).map_err(Trouble::fault)?;
        Ok(Self(SoftRootKey::new("keyring", key, entropy)))
    }

    /// Whether a keyring is there that would keep a root key without asking anybody.
    #[must_use]
    pub fn is_available() -> bool {
        ask(async || Service::connect().await?.collection().await).is_ok()
    }
}

/// Asks the keyring from a thread of its own: the caller may itself be in the middle of a runtime, and a bus that hangs
/// must not take the caller along.
fn ask<T, F>(work: F) -> Result<T, Trouble>
where
    T: Send + 'static,
    F: AsyncFnOnce() -> Result<T, Trouble> + Send + 'static,
{
    let (sender, receiver) = mpsc::sync_channel(1);
    let no_thread = |error: std::io::Error| Trouble::NoBus(error.to_string());
    let talk = move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(no_thread)?;
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, work()).await });
        answer.unwrap_or(Err(Trouble::Silent(PATIENCE)))
    };
    // Nobody is there to hear it only when it was too late anyway.
    let talk_and_tell = move || drop(sender.send(talk()));
    thread::Builder::new().name("quillon-keyring".to_owned()).spawn(talk_and_tell).map_err(no_thread)?;
    receiver.recv_timeout(THREAD_PATIENCE).unwrap_or(Err(Trouble::Silent(PATIENCE)))
}

async fn find_or_make(
    fresh: &Secret<[u8; ROOT_KEY_BYTES]>,
    if_missing: IfMissing,
) -> Result<Secret<[u8; ROOT_KEY_BYTES]>, Trouble> {
    let service = Service::connect().await?;
    let mut item = service.find().await?;
    if item.is_none() {
        // Some keyrings show nothing of what is locked, so it counts only once the collection is open.
        let collection = service.collection().await?;
        item = service.find().await?;
        if item.is_none() && if_missing == IfMissing::Refuse {
            return Err(Trouble::Missing);
        }
        if item.is_none() {
            service.become_maker().await?;
            // Another process may have had its turn before.
            item = service.find().await?;
        }
        if item.is_none() {
            item = Some(service.keep(&collection, &SoftRootKey::print(fresh)).await?);
        }
    }
    // Read back even when it was just made: what the keyring kept counts.
    let item = item.ok_or(Trouble::Missing)?;
    SoftRootKey::parse(service.read(&item).await?.expose()).ok_or(Trouble::Damaged)
}

impl RootKey for KeyringRootKey {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn wrap(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        self.0.wrap(plain, context)
    }

    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        self.0.unwrap(wrapped, context)
    }
}
