//! What adapters offer: a root key that only wraps, and a place for wrapped keys.

use std::fmt;

use quillon_base::{Fault, Secret};

/// Wraps and unwraps other keys. The root key itself never leaves its adapter, so that a KMS or a PKCS#11 token fits.
pub trait RootKey: Send + Sync {
    /// Which key it is, for status and record.
    fn id(&self) -> &str;

    /// Wraps a key, bound to `context`.
    ///
    /// # Errors
    /// `key.unusable`.
    fn wrap(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Unwraps what [`RootKey::wrap`] gave for the same context.
    ///
    /// # Errors
    /// `key.unusable`.
    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault>;
}

/// The name of a wrapped key: parts of `a-z 0-9 . _ -`, joined by `+`, fit for a file name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    pub(crate) fn new(parts: &[&str]) -> Self {
        Self(parts.join("+"))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of a key that was to be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is kept, durably.
    Stored,
    /// Another one has the name; it stays.
    AlreadyThere,
}

/// Keeps wrapped keys, apart from the data that they seal.
pub trait WrappedKeys: Send + Sync {
    /// The wrapped key of this name.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`.
    fn get(&self, name: &KeyName) -> Result<Option<Vec<u8>>, Fault>;

    /// Keeps a wrapped key unless the name is taken.
    ///
    /// # Errors
    /// `home.unusable`, `disk.full`.
    fn put_new(&self, name: &KeyName, wrapped: &[u8]) -> Result<Put, Fault>;

    /// Destroys a wrapped key; says whether it was there.
    ///
    /// # Errors
    /// `home.unusable`.
    fn remove(&self, name: &KeyName) -> Result<bool, Fault>;
}
