//! A root key in memory, for adapters whose keeper hands the key out: a file, a keyring.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use quillon_base::{Entropy, Fault, Secret, hex};

use crate::cipher::{KEY_BYTES, Key, NONCE_BYTES, decrypt, encrypt, unusable};
use crate::key::RootKey;

/// A root key's length, in bytes.
pub const ROOT_KEY_BYTES: usize = KEY_BYTES;
/// What the text of a root key begins with.
const MARK: &str = "quillon-root-key-1";

/// A root key of 256 bits that wraps with AES-256-GCM: a random nonce, the context as associated data.
pub struct SoftRootKey {
    id: &'static str,
    key: Key,
    entropy: Arc<dyn Entropy>,
}

impl SoftRootKey {
    /// A key that has just been made; nothing knows it yet.
    pub fn fresh(entropy: &dyn Entropy) -> Secret<[u8; KEY_BYTES]> {
        let mut key = [0; KEY_BYTES];
        entropy.fill(&mut key);
        Secret::new(key)
    }

    /// A root key, called `id` in status and record.
    #[must_use]
    pub fn new(id: &'static str, key: Secret<[u8; KEY_BYTES]>, entropy: Arc<dyn Entropy>) -> Self {
        Self { id, key, entropy }
    }

    /// The key as a line of text: what it is, the key in hexadecimal, and a checksum.
    #[must_use]
    pub fn print(key: &Secret<[u8; KEY_BYTES]>) -> Secret<String> {
        let hex = Secret::new(hex(key.expose()));
        Secret::new(format!("{MARK} {} {}", hex.expose(), checksum(hex.expose())))
    }

    /// The key in what [`SoftRootKey::print`] gave; `None` for anything else.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Secret<[u8; KEY_BYTES]>> {
        let mut parts = std::str::from_utf8(text).ok()?.split(' ');
        let (Some(MARK), Some(hex), Some(sum), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        if hex.len() != 2 * KEY_BYTES || !hex.is_ascii() || sum != checksum(hex) {
            return None;
        }
        let mut key = [0; KEY_BYTES];
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).ok()?;
        }
        Some(Secret::new(key))
    }
}

fn checksum(hex_of_key: &str) -> String {
    hex(&digest(&SHA256, format!("{MARK} {hex_of_key}").as_bytes()).as_ref()[..4])
}

impl RootKey for SoftRootKey {
    fn id(&self) -> &str {
        self.id
    }

    fn wrap(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce);
        Ok([&nonce[..], &encrypt(&self.key, nonce, context, plain)?].concat())
    }

    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        let damaged = || unusable("a wrapped key is damaged, or was wrapped by another root key");
        let (nonce, body) = wrapped.split_at_checked(NONCE_BYTES).ok_or_else(damaged)?;
        decrypt(&self.key, nonce.try_into().map_err(|_| damaged())?, context, body).ok_or_else(damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_comes_back_and_anything_else_is_refused() {
        let text = SoftRootKey::print(&Secret::new([0xa5; KEY_BYTES]));
        let text = text.expose().as_bytes();
        assert_eq!(SoftRootKey::parse(text).unwrap().expose(), &[0xa5; KEY_BYTES]);
        for place in 0..text.len() {
            let mut bad = text.to_vec();
            bad[place] ^= 1;
            assert!(SoftRootKey::parse(&bad).is_none(), "byte {place}");
            assert!(SoftRootKey::parse(&text[..place]).is_none(), "cut at {place}");
        }
        assert!(SoftRootKey::parse(&[text, b"\n"].concat()).is_none());
        assert!(SoftRootKey::parse("quillon-root-key-1 é é".as_bytes()).is_none());
    }
}
