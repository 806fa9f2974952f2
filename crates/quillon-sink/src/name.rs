//! The names of objects: parts of plain characters joined by `/`, fit for a path and for a key of an object store.

use std::fmt;

use quillon_base::Fault;

/// A name is never longer, in bytes: what an object store takes as a key, less room for a prefix.
pub const OBJECT_NAME_BYTES_MAX: usize = 768;

/// The name of an object below its destination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName(String);

impl ObjectName {
    /// Checks and keeps a name.
    ///
    /// # Errors
    /// `internal`: names are made by formats from checked parts, so a bad one is our own.
    pub fn new(text: impl Into<String>) -> Result<Self, Fault> {
        let text = text.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._=-".contains(&byte);
        // A part that starts with a dot could be hidden, or lead out.
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain);
        if text.len() <= OBJECT_NAME_BYTES_MAX && text.split('/').all(is_part) {
            return Ok(Self(text));
        }
        Err(Fault::internal("an exported object has a name that cannot be used").inner(text))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_lead_out() {
        for bad in ["", "/", "a/", "/a", "a//b", "..", "a/../b", ".a", "a/.b", "a b", "a\\b", "é", "a\0"] {
            assert!(ObjectName::new(bad).is_err(), "{bad:?}");
        }
        assert!(ObjectName::new("a".repeat(OBJECT_NAME_BYTES_MAX + 1)).is_err());
        for good in ["a", "AWSLogs/000000000000/CloudTrail/eu-west-2/2026/11/24/x_1=2.json.gz"] {
            assert_eq!(ObjectName::new(good).unwrap().as_str(), good);
        }
    }
}
