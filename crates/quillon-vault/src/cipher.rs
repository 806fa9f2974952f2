//! The three primitives, all from AWS-LC: AES-256-GCM, HKDF-SHA-256 and HMAC-SHA-256.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use quillon_base::{Fault, FaultCode, Secret};

pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = NONCE_LEN;

/// A key of 256 bits.
pub(crate) type Key = Secret<[u8; KEY_BYTES]>;

pub(crate) fn unusable(what: &str) -> Fault {
    Fault::new(FaultCode::KeyUnusable, what.to_owned())
        .hint("restore the keys folder from a copy; `quillon doctor` says where it is")
}

fn aead(key: &Key) -> Result<LessSafeKey, Fault> {
    let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| unusable("a key is not usable"))?;
    Ok(LessSafeKey::new(key))
}

/// Encrypts `plain`, bound to `bound`; returns ciphertext and tag.
pub(crate) fn encrypt(
    key: &Key,
    nonce: [u8; NONCE_BYTES],
    bound: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, Fault> {
    let mut buffer = plain.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    aead(key)?
        .seal_in_place_append_tag(nonce, Aad::from(bound), &mut buffer)
        .map_err(|_| unusable("content could not be sealed"))?;
    Ok(buffer)
}

/// Decrypts what [`encrypt`] made; `None` when key, binding or bytes are not the same.
pub(crate) fn decrypt(
    key: &Key,
    nonce: [u8; NONCE_BYTES],
    bound: &[u8],
    sealed: &[u8],
) -> Option<Secret<Vec<u8>>> {
    let mut buffer = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    let plain_bytes = aead(key).ok()?.open_in_place(nonce, Aad::from(bound), &mut buffer).ok()?.len();
    buffer.truncate(plain_bytes);
    Some(Secret::new(buffer))
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

/// HKDF (RFC 5869): a key for `purpose`, from `key` and `salt`.
pub(crate) fn derive(key: &Key, salt: &[u8], purpose: &[&[u8]]) -> Result<Key, Fault> {
    let failed = |_| unusable("a key could not be derived");
    let extracted = Salt::new(HKDF_SHA256, salt).extract(key.expose());
    let mut derived = [0; KEY_BYTES];
    extracted.expand(purpose, Length).map_err(failed)?.fill(&mut derived).map_err(failed)?;
    Ok(Secret::new(derived))
}

/// HMAC-SHA-256.
pub(crate) fn digest(key: &Key, message: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
    hmac::sign(&key, message).as_ref().to_vec()
}
