//! Commitments: what a record says about content without saying the content.

use aws_lc_rs::digest::{Context, SHA256};
use quillon_base::Entropy;
use serde::{Deserialize, Serialize};

/// SHA-256 over a random salt and the content. The salt is kept, sealed, with the content, so that whoever holds both
/// can show that the content is the one that was recorded, and nobody can guess it from the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(String);

impl Commitment {
    /// Commits to `content`; returns the salt to keep with it.
    pub fn new(content: &[u8], entropy: &dyn Entropy) -> (Self, [u8; 16]) {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        (Self::with_salt(content, &salt), salt)
    }

    /// The commitment that `salt` and `content` give.
    #[must_use]
    pub fn with_salt(content: &[u8], salt: &[u8; 16]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(salt);
        context.update(content);
        Self(hex(context.finish().as_ref()))
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Reads a hash from hexadecimal.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok()).flatten()
}
