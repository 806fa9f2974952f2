//! What is handed over to be indexed, what of it is left out, and why.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use quillon_workspace::{Role, is_marked_generated, role_of};

/// The bytes of a digest that are kept: enough that nobody finds two texts with the same.
pub(crate) const DIGEST_BYTES: usize = 16;

/// Which content a file has. Facts are computed once for each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest(pub(crate) [u8; DIGEST_BYTES]);

impl ContentDigest {
    /// The digest of a content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut sum = [0; 32];
        sum.copy_from_slice(digest(&SHA256, content).as_ref());
        Self::from_sha256(&sum)
    }

    /// From the SHA-256 of a content, where that is known already.
    #[must_use]
    pub fn from_sha256(sum: &[u8; 32]) -> Self {
        let mut kept = [0; DIGEST_BYTES];
        kept.copy_from_slice(&sum[..DIGEST_BYTES]);
        Self(kept)
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// A file as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it is.
    pub path: String,
    /// What it says.
    pub text: String,
    /// What it is for.
    pub role: Role,
    /// Which content it has.
    pub digest: ContentDigest,
}

impl Document {
    /// A document whose role is told by its path and how it begins.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let digest = ContentDigest::of(text.as_bytes());
        Self::with_digest(path, text, digest)
    }

    /// The same, when the digest of the content is known.
    #[must_use]
    pub fn with_digest(path: impl Into<String>, text: impl Into<String>, digest: ContentDigest) -> Self {
        let (path, text) = (path.into(), text.into());
        let role = role_of(&path, &text);
        Self { path, text, role, digest }
    }

    /// Why this is not indexed, if it is not. A folder such as `build` alone is no reason: what is ignored never comes
    /// here, and what is kept there on purpose is often written by hand.
    pub(crate) fn left_out(&self) -> Option<LeftOut> {
        match self.role {
            Role::Minified => Some(LeftOut::Minified),
            Role::Vendored => Some(LeftOut::Vendored),
            Role::Generated if is_marked_generated(&self.text) => Some(LeftOut::Generated),
            _ => None,
        }
    }
}

/// Why a file is not in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// It says that a program made it.
    Generated,
    /// A program squeezed it.
    Minified,
    /// It lies in a folder for what others wrote.
    Vendored,
    /// The index has no more room.
    NoRoom,
}

impl LeftOut {
    /// The reason in a few words, as it stands after the number of files.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Minified => "minified",
            Self::Vendored => "written by others",
            Self::NoRoom => "beyond the limit of the index",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_person_wrote_here_is_left_out() {
        let check = |path: &str, text: &str, expected: Option<LeftOut>| {
            assert_eq!(Document::new(path, text).left_out(), expected, "{path}");
        };
        check("src/a.rs", "fn a() {}", None);
        check("build/rules.py", "def rule(): pass", None);
        check("build/rules.py", "# @generated\ndef rule(): pass", Some(LeftOut::Generated));
        check("vendor/a.go", "package a", Some(LeftOut::Vendored));
        check("a.min.js", "x", Some(LeftOut::Minified));
    }

    #[test]
    fn a_digest_is_the_beginning_of_a_sha256() {
        assert_eq!(format!("{:?}", ContentDigest::of(b"")), "e3b0c44298fc1c149afbf4c8996fb924");
    }
}
