//! The keys of providers that a vault keeps, and how a catalogue names them.
//!
//! Invariant: a key is in no `Debug` and is wiped when it is dropped; only its name and a fingerprint are ever shown.

use std::fmt;

use quillon_base::{Fault, FaultCode, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// The longest key, in bytes; tokens of gateways may be long.
pub const KEY_BYTES_MAX: usize = 16 * 1024;
/// The most keys that a person keeps.
pub const KEYS_MAX: u32 = 200;
/// The group of the store that keys are kept in.
pub const KEYS_GROUP: &str = "model-keys";
/// The longest name of a key, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// The name of a key, such as `anthropic` or `acme/eu`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct KeyName(String);

impl KeyName {
    /// Checks and keeps a name: letters, digits, `.`, `_`, `-` and `/`.
    ///
    /// # Errors
    /// `input.invalid`, which does not repeat it: it may be the key itself, given in the wrong place.
    pub fn new(text: impl Into<String>) -> Result<Self, Fault> {
        let text = text.into();
        let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        if !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(is_fine) {
            return Ok(Self(text));
        }
        Err(Fault::new(FaultCode::InputInvalid, "this is not the name of a key")
            .hint("a name has letters, digits, `.`, `_`, `-` and `/`; the key itself is asked for"))
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

impl TryFrom<String> for KeyName {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        Self::new(text)
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

/// Where a key comes from, as a catalogue says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// `env:VARIABLE`: a variable of the environment.
    Variable(String),
    /// `vault:NAME`: the vault.
    Vault(KeyName),
}

impl KeySource {
    /// Reads `env:VARIABLE` or `vault:NAME`; `None` for anything else, which may be a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_variable = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        match text.split_once(':')? {
            ("env", name) if is_variable(name) => Some(Self::Variable(name.to_owned())),
            ("vault", name) => KeyName::new(name).ok().map(Self::Vault),
            _ => None,
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "env:{name}"),
            Self::Vault(name) => write!(f, "vault:{name}"),
        }
    }
}

/// A key as the vault keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptKey {
    /// Its name.
    pub name: KeyName,
    key: String,
}

impl KeptKey {
    /// A key with its name, without the blanks and line ends around it.
    ///
    /// # Errors
    /// `input.invalid` when it is empty, too long, or cannot stand in a header; it is not repeated.
    pub fn new(name: KeyName, key: &Secret<String>) -> Result<Self, Fault> {
        let key = key.expose().trim();
        let is_fine =
            !key.is_empty() && key.len() <= KEY_BYTES_MAX && key.bytes().all(|byte| byte.is_ascii_graphic());
        if is_fine {
            return Ok(Self { name, key: key.to_owned() });
        }
        Err(Fault::new(
            FaultCode::InputInvalid,
            "this is not a key: it is empty, too long, or not visible ASCII",
        )
        .hint("give the key alone, without quotes, names or further lines"))
    }

    /// The key itself.
    #[must_use]
    pub fn secret(&self) -> Secret<String> {
        Secret::new(self.key.clone())
    }
}

impl Drop for KeptKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl fmt::Debug for KeptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptKey").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_and_a_key_is_none() {
        let check = |text: &str| KeySource::parse(text).map(|source| source.to_string());
        for good in ["env:MODEL_KEY", "vault:anthropic", "vault:acme/eu-1.x"] {
            assert_eq!(check(good).as_deref(), Some(good));
        }
        for bad in ["sk-hush", "env:", "env:A B", "vault:", "vault:a b", "file:x", "VAULT:x", ""] {
            assert_eq!(check(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_trimmed_checked_and_shown_nowhere() {
        let kept = |key: &str| KeptKey::new(KeyName::new("a").unwrap(), &Secret::new(key.to_owned()));
        let good = kept(" sk-hush\n").unwrap();
        assert_eq!(good.secret().expose(), "sk-hush");
        assert!(!format!("{good:?}").contains("hush"));
        let long = "x".repeat(KEY_BYTES_MAX + 1);
        for bad in ["", " \n", "hu sh", "hush\nhush", "hüsh", &long] {
            let fault = kept(bad).unwrap_err();
            assert_eq!(fault.code, FaultCode::InputInvalid);
            assert!(!format!("{fault:?}").contains("hush"), "{fault:?}");
        }
        assert!(!format!("{:?}", KeyName::new("sk hush").unwrap_err()).contains("hush"));
    }
}
