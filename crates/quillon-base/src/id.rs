//! One id type per noun, so that an ask cannot be passed where a session is meant.
//!
//! Generated ids are time-ordered (48 bits of milliseconds, 80 random bits, as RFC 9562 version 7 orders them) and
//! print as a prefix and 26 characters of Crockford base 32. Names (organisation, principal, profile) are chosen by
//! people; they are checked once here, because they become folder names and parts of resource names.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Clock, Entropy};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const NAME_BYTES_MAX: usize = 63;

/// A name or id that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    what: &'static str,
    given: String,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, given } = self;
        write!(f, "`{given}` is not a valid {what}")
    }
}

impl std::error::Error for NameError {}

fn encode(value: u128, prefix: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0u8; 26];
    for (place, byte) in text.iter_mut().enumerate() {
        let shift = 5 * (25 - place);
        *byte = ALPHABET[(value >> shift) as usize & 31];
    }
    write!(f, "{prefix}_{}", std::str::from_utf8(&text).unwrap_or_default())
}

fn decode(text: &str, prefix: &str) -> Option<u128> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if digits.len() != 26 || digits.as_bytes()[0] > b'7' {
        return None;
    }
    digits.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|&known| known == byte)?;
        Some(value << 5 | digit as u128)
    })
}

macro_rules! generated_ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(u128);

        impl $name {
            /// A new id, ordered by `clock`, made unique by `entropy`.
            pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
                let mut random = [0u8; 10];
                entropy.fill(&mut random);
                let low = random.iter().fold(0u128, |value, &byte| value << 8 | u128::from(byte));
                let millis = clock.now().as_millis().max(0) as u128 & 0xffff_ffff_ffff;
                Self(millis << 80 | low)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                encode(self.0, $prefix, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let refuse = || NameError { what: concat!($prefix, " id"), given: text.to_owned() };
                decode(text, $prefix).map(Self).ok_or_else(refuse)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> { text.parse() }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String { id.to_string() }
        }
    )*};
}

generated_ids! {
    /// One request on the road.
    AskId, "ask";
    /// One opening by a surface: who, where, which workspace.
    SessionId, "ses";
    /// A chat that may be continued later.
    ConversationId, "cnv";
    /// A question that waits for an answer.
    QuestionId, "qst";
    /// One record in the ledger or in a store.
    RecordId, "rec";
    /// A short permission for an editing session.
    LeaseId, "lea";
    /// What a user quotes when something went wrong.
    RequestId, "req";
}

impl AskId {
    /// What the asker quotes: the same digits, so that whoever has the ledger finds the record.
    #[must_use]
    pub const fn as_request(self) -> RequestId {
        RequestId(self.0)
    }
}

/// Checks a chosen name: 1 to 63 of `a-z 0-9 . _ -`, starting with a letter or digit.
pub(crate) fn check_name(text: &str, what: &'static str) -> Result<(), NameError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let starts_well =
        text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if starts_well && text.len() <= NAME_BYTES_MAX && text.bytes().all(allowed) {
        return Ok(());
    }
    Err(NameError { what, given: text.to_owned() })
}

macro_rules! chosen_names {
    ($($(#[$doc:meta])* $name:ident, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and keeps `text`.
            ///
            /// # Errors
            /// [`NameError`](crate::NameError) unless it is 1 to 63 of `a-z 0-9 . _ -`, starting with a letter or digit.
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::NameError> {
                let text = text.into();
                $crate::id::check_name(&text, $what)?;
                Ok(Self(text))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::NameError;
            fn from_str(text: &str) -> Result<Self, $crate::NameError> { Self::new(text) }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::NameError;
            fn try_from(text: String) -> Result<Self, $crate::NameError> { Self::new(text) }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String { name.0 }
        }
    )*};
}
pub(crate) use chosen_names;

chosen_names! {
    /// The tenant; everything belongs to exactly one.
    OrganisationId, "organisation name";
    /// A user, a service, an administrator or `anonymous`, within its organisation.
    PrincipalId, "principal name";
    /// An administrator's choice of region, key and switches.
    ProfileId, "profile name";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(1_795_497_025)
        }
    }
    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0xa5);
        }
    }

    #[test]
    fn ids_print_and_parse_back() {
        let id = AskId::generate(&Fixed, &Fixed);
        assert_eq!(id.to_string(), "ask_01m85zcqf8mpjtb9d5mpjtb9d5");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.as_request().to_string(), "req_01m85zcqf8mpjtb9d5mpjtb9d5");
        assert!("ses_01m85zcqf8mpjtb9d5mpjtb9d5".parse::<AskId>().is_err());
        assert!("ask_81kyf1dj18mpjtb9d5mpjtb9d5".parse::<AskId>().is_err());
        assert!("ask_é".parse::<AskId>().is_err());
    }

    #[test]
    fn names_cannot_leave_their_folder() {
        for bad in ["", ".", "..", "../x", "a/b", "A", "-a", "a b", "a\0", &"a".repeat(64)] {
            assert!(OrganisationId::new(bad).is_err(), "{bad:?}");
        }
        for good in ["local", "eu-west-2", "a.b_c-1", &"a".repeat(63)] {
            assert!(OrganisationId::new(good).is_ok(), "{good:?}");
        }
    }
}
