//! Sealed blobs: their labels and their bytes.
//!
//! `QSB1`, format version (1 byte), algorithm (1 byte, 1 = AES-256-GCM with HKDF-SHA-256 and key commitment), version of
//! the sealing key (4 bytes, big endian), message id (32 bytes), key commitment (32 bytes), nonce (12 bytes), ciphertext
//! and tag. Everything before the nonce, and the label, is bound as associated data.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use quillon_base::{DataClass, Entropy, Fault, OrganisationId, PrincipalId, RecordId, Region, Secret};
use quillon_store::SEALED_MAGIC;

use crate::cipher::{Key, NONCE_BYTES, decrypt, derive, encrypt, unusable};

const FORMAT: u8 = 1;
const ALGORITHM: u8 = 1;
const MESSAGE_ID_BYTES: usize = 32;
const COMMITMENT_BYTES: usize = 32;
const HEAD_BYTES: usize = 4 + 1 + 1 + 4 + MESSAGE_ID_BYTES + COMMITMENT_BYTES;

/// Whose data of which class, where: what a branch key is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant.
    pub organisation: OrganisationId,
    /// Where it rests.
    pub region: Region,
    /// Its class.
    pub class: DataClass,
}

/// What a sealed record is. It opens under no other label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Whose data of which class, where.
    pub scope: Scope,
    /// The person or service that it is of.
    pub subject: PrincipalId,
    /// The record.
    pub record: RecordId,
    /// The version of what is sealed.
    pub schema: u16,
}

impl Label {
    /// The label as bytes: each part after its length, so that no two labels are the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let record = self.record.to_string();
        let schema = self.schema.to_be_bytes();
        let parts: [&[u8]; 6] = [
            self.scope.organisation.as_str().as_bytes(),
            self.scope.region.as_str().as_bytes(),
            self.scope.class.name().as_bytes(),
            self.subject.as_str().as_bytes(),
            record.as_bytes(),
            &schema,
        ];
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// The version of the key that sealed a blob; `None` when it is not a blob of this format.
pub(crate) fn key_version(sealed: &[u8]) -> Option<u32> {
    let known = sealed.len() > HEAD_BYTES + NONCE_BYTES
        && sealed.starts_with(SEALED_MAGIC)
        && sealed[4] == FORMAT
        && sealed[5] == ALGORITHM;
    known.then(|| u32::from_be_bytes([sealed[6], sealed[7], sealed[8], sealed[9]]))
}

fn record_keys(key: &Key, message_id: &[u8]) -> Result<(Key, Key), Fault> {
    let record = derive(key, message_id, &[b"quillon record key v1"])?;
    let commitment = derive(key, message_id, &[b"quillon key commitment v1"])?;
    Ok((record, commitment))
}

/// Seals `plain` under `label` with a key derived from `key`, whose version is `version`.
pub(crate) fn seal(
    key: &Key,
    version: u32,
    label: &Label,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, Fault> {
    let mut message_id = [0; MESSAGE_ID_BYTES];
    entropy.fill(&mut message_id);
    let (record_key, commitment) = record_keys(key, &message_id)?;
    let mut blob = SEALED_MAGIC.to_vec();
    blob.extend_from_slice(&[FORMAT, ALGORITHM]);
    blob.extend_from_slice(&version.to_be_bytes());
    blob.extend_from_slice(&message_id);
    blob.extend_from_slice(commitment.expose());
    // The key is for this one message, so the nonce may be fixed; a random one costs nothing and forgives mistakes.
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    let bound = [blob.as_slice(), &label.bytes()].concat();
    let body = encrypt(&record_key, nonce, &bound, plain)?;
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(&body);
    Ok(blob)
}

/// Opens what [`seal`] made under the same label with the same key.
pub(crate) fn open(key: &Key, label: &Label, sealed: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
    let damaged = || unusable("sealed content cannot be opened: it is damaged, or sealed with another key");
    if key_version(sealed).is_none() {
        return Err(damaged());
    }
    let (head, rest) = sealed.split_at(HEAD_BYTES);
    let (nonce, body) = rest.split_at(NONCE_BYTES);
    let message_id = &head[10..10 + MESSAGE_ID_BYTES];
    let (record_key, commitment) = record_keys(key, message_id)?;
    let committed = &head[10 + MESSAGE_ID_BYTES..];
    verify_slices_are_equal(commitment.expose(), committed).map_err(|_| damaged())?;
    let bound = [head, &label.bytes()].concat();
    let nonce = nonce.try_into().map_err(|_| damaged())?;
    decrypt(&record_key, nonce, &bound, body).ok_or_else(damaged)
}
