//! Checkpoints: the size and root of the tree, signed, as text that anyone can check and keep.
//!
//! The format is C2SP tlog-checkpoint in a C2SP signed-note with an Ed25519 key
//! (<https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/signed-note>).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quillon_base::{Fault, FaultCode, OrganisationId, Region, Secret};

use crate::merkle::Hash;

const ED25519_ALGORITHM: u8 = 1;

fn corrupt(what: &str) -> Fault {
    Fault::new(FaultCode::LedgerCorrupt, format!("a checkpoint {what}"))
        .hint("keep the ledger's folder as it is and compare it with a copy")
}

/// The first four bytes of SHA-256 over name, newline, algorithm and key, as signed-note defines a key's id.
fn key_id(name: &str, public: &[u8]) -> [u8; 4] {
    let mut message = format!("{name}\n").into_bytes();
    message.push(ED25519_ALGORITHM);
    message.extend_from_slice(public);
    let hash = digest(&SHA256, &message);
    let mut id = [0; 4];
    id.copy_from_slice(&hash.as_ref()[..4]);
    id
}

/// Checks checkpoints of one ledger. Prints as a signed-note verifier key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    origin: String,
    public: [u8; 32],
}

impl VerifierKey {
    /// Reads `NAME+ID+KEY`.
    ///
    /// # Errors
    /// `key.unusable` when it is not such a key or its id does not fit.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let unusable = || {
            Fault::new(FaultCode::KeyUnusable, "the ledger's public key cannot be read")
                .hint("give the file `key.pub` of the ledger's folder, as it was when you copied it")
        };
        // Read from the left: base 64 has a `+` of its own, a name has none.
        let mut parts = text.trim().splitn(3, '+');
        let origin = parts.next().ok_or_else(unusable)?.to_owned();
        let id = parts.next().ok_or_else(unusable)?;
        let key = parts.next().and_then(|key| BASE64.decode(key).ok()).ok_or_else(unusable)?;
        let (algorithm, public) = key.split_first().ok_or_else(unusable)?;
        let public: [u8; 32] = public.try_into().map_err(|_| unusable())?;
        let fits = id == format!("{:08x}", u32::from_be_bytes(key_id(&origin, &public)));
        if *algorithm != ED25519_ALGORITHM || !fits {
            return Err(unusable());
        }
        Ok(Self { origin, public })
    }

    /// The name of the ledger that the key signs for.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = u32::from_be_bytes(key_id(&self.origin, &self.public));
        let mut key = vec![ED25519_ALGORITHM];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{id:08x}+{}", self.origin, BASE64.encode(key))
    }
}

/// Signs checkpoints of one ledger.
pub struct Signer {
    pair: Ed25519KeyPair,
    key: VerifierKey,
    id: [u8; 4],
}

impl Signer {
    /// The signer of the ledger of `organisation` in `region`, from its 32-byte seed.
    ///
    /// # Errors
    /// `key.unusable` when the seed is not one.
    pub fn new(
        seed: &Secret<Vec<u8>>,
        organisation: &OrganisationId,
        region: &Region,
    ) -> Result<Self, Fault> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| {
            Fault::new(FaultCode::KeyUnusable, "the ledger's signing key is damaged")
                .hint("restore the keys folder from a copy")
        })?;
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        let mark: String =
            digest(&SHA256, &public).as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let origin = format!("quillon/{organisation}/{region}/{mark}");
        let id = key_id(&origin, &public);
        Ok(Self { pair, key: VerifierKey { origin, public }, id })
    }

    /// What others check with.
    #[must_use]
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The signed note for a tree.
    #[must_use]
    pub fn sign(&self, size: u64, root: &Hash) -> String {
        let origin = &self.key.origin;
        let text = format!("{origin}\n{size}\n{}\n", BASE64.encode(root));
        let mut signature = self.id.to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n\u{2014} {origin} {}\n", BASE64.encode(signature))
    }
}

/// A checkpoint whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many leaves the tree had.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads a signed note and checks that `key` signed it for its own ledger.
    ///
    /// # Errors
    /// `ledger.corrupt` when it is malformed, of another ledger, or not signed by the key.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, Fault> {
        let (text, signatures) = note.split_once("\n\n").ok_or_else(|| corrupt("is malformed"))?;
        let mut lines = text.split('\n');
        let origin = lines.next().unwrap_or_default();
        if origin != key.origin {
            return Err(corrupt("belongs to another ledger").inner(origin));
        }
        let size = lines.next().and_then(|size| size.parse().ok()).ok_or_else(|| corrupt("has no size"))?;
        let root = lines.next().and_then(|root| BASE64.decode(root).ok());
        let root: Hash = root.and_then(|root| root.try_into().ok()).ok_or_else(|| corrupt("has no root"))?;
        let signed = format!("{text}\n");
        let prefix = format!("\u{2014} {origin} ");
        let id = key_id(origin, &key.public);
        let good = signatures.ends_with('\n')
            && signatures.lines().filter_map(|line| line.strip_prefix(&prefix)).any(|signature| {
                let bytes = BASE64.decode(signature).unwrap_or_default();
                let public = UnparsedPublicKey::new(&ED25519, &key.public);
                bytes.starts_with(&id) && public.verify(signed.as_bytes(), &bytes[4..]).is_ok()
            });
        if !good {
            return Err(corrupt("is not signed by the ledger's key"));
        }
        Ok(Self { size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(byte: u8) -> Signer {
        let organisation = OrganisationId::new("local").unwrap();
        Signer::new(&Secret::new(vec![byte; 32]), &organisation, &Region::device()).unwrap()
    }

    #[test]
    fn what_is_signed_opens_and_nothing_else_does() {
        let signer = signer(7);
        let note = signer.sign(42, &[9; 32]);
        assert_eq!(Checkpoint::open(&note, signer.key()), Ok(Checkpoint { size: 42, root: [9; 32] }));
        for place in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= 1;
            let opened =
                String::from_utf8(bytes).ok().and_then(|note| Checkpoint::open(&note, signer.key()).ok());
            assert_eq!(opened, None, "a flip at byte {place} went unseen");
        }
        assert!(Checkpoint::open(&note, self::signer(8).key()).is_err());
    }

    #[test]
    fn the_key_survives_a_round_trip_and_a_damaged_one_is_refused() {
        // Among so many keys are some with a `+` in their base 64.
        for byte in 0..=255 {
            let key = signer(byte).key().clone();
            assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key));
        }
        let text = signer(7).key().to_string();
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let parsed = String::from_utf8(bytes).ok().and_then(|text| VerifierKey::parse(&text).ok());
            assert_eq!(parsed, None, "a flip at byte {place} went unseen");
        }
    }
}
