//! Checkpoints: the size and root of the tree, signed, as text that anyone can check and keep.
//!
//! The format is C2SP tlog-checkpoint (<https://c2sp.org/tlog-checkpoint>). Each group of records ends with one that is
//! signed with Ed25519, so that a receipt stays below two kilobytes. The one that lies beside the log, which is what
//! others keep, is signed with ML-DSA-44 as well: whoever keeps it is safe from a forger with a quantum computer, and
//! it covers everything before it.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, PqdsaKeyPair};
use quillon_base::{Fault, FaultCode, OrganisationId, Region, Secret, Timestamp};

use crate::commit::hex;
use crate::merkle::Hash;
use crate::note::{Algorithm, Note, NoteKey, bad_checkpoint, cosigned_message, subtree_message};

fn damaged() -> Fault {
    Fault::new(FaultCode::KeyUnusable, "the ledger's signing key is damaged")
        .hint("restore the keys folder from a copy")
}

/// Checks checkpoints of one ledger. Prints as signed-note verifier keys, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    ed25519: NoteKey,
    ml_dsa: Option<NoteKey>,
}

impl VerifierKey {
    /// Reads one or two keys, `NAME+ID+KEY` each: the Ed25519 key of a log, and its ML-DSA-44 key.
    ///
    /// # Errors
    /// `key.unusable` when they are not such keys, or not of one log.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let unusable = || {
            Fault::new(FaultCode::KeyUnusable, "the ledger's public key cannot be read")
                .hint("give the file `key.pub` of the ledger's folder, as it was when you copied it")
        };
        let mut keys = text.trim().split('\n').map(NoteKey::parse);
        let ed25519 = keys.next().ok_or_else(unusable)??;
        let ml_dsa = keys.next().transpose()?;
        let fits = ed25519.algorithm() == Algorithm::Ed25519
            && ml_dsa
                .as_ref()
                .is_none_or(|key| key.algorithm() == Algorithm::MlDsa44 && key.name() == ed25519.name());
        if !fits || keys.next().is_some() {
            return Err(unusable());
        }
        Ok(Self { ed25519, ml_dsa })
    }

    /// The name of the ledger that the key signs for.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.ed25519.name()
    }

    /// The Ed25519 key alone, as checkpoints inside the log and receipts need it.
    #[must_use]
    pub const fn ed25519(&self) -> &NoteKey {
        &self.ed25519
    }

    /// The ML-DSA-44 key, where it is known.
    #[must_use]
    pub const fn ml_dsa(&self) -> Option<&NoteKey> {
        self.ml_dsa.as_ref()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ed25519)?;
        self.ml_dsa.as_ref().map_or(Ok(()), |key| write!(f, "\n{key}"))
    }
}

/// Two key pairs of one name, made from one seed.
struct Pairs {
    ed25519: Ed25519KeyPair,
    ml_dsa: PqdsaKeyPair,
}

impl Pairs {
    fn ml_dsa_signature(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; ML_DSA_44_SIGNING.signature_len()];
        // It fails only for want of memory; what is left then is a signature that nobody accepts.
        let _ = self.ml_dsa.sign(message, &mut signature);
        signature
    }
}

/// A seed for one purpose, from the ledger's.
fn derived(seed: &Secret<Vec<u8>>, purpose: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seed.expose()), purpose.as_bytes())
}

/// The first bytes of a key's hash, in hex, which tell two keys of one name apart.
fn mark(public: &[u8]) -> String {
    hex(&digest(&SHA256, public).as_ref()[..4])
}

/// Signs checkpoints of one ledger.
pub struct Signer {
    pairs: Pairs,
    key: VerifierKey,
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
        let ed25519 = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| damaged())?;
        let ml_dsa_seed = derived(seed, "quillon ledger ml-dsa-44 1");
        let ml_dsa =
            PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, ml_dsa_seed.as_ref()).map_err(|_| damaged())?;
        let public = ed25519.public_key().as_ref();
        let origin = format!("quillon/{organisation}/{region}/{}", mark(public));
        let key = VerifierKey {
            ed25519: NoteKey::new(&origin, Algorithm::Ed25519, public),
            ml_dsa: Some(NoteKey::new(&origin, Algorithm::MlDsa44, ml_dsa.public_key().as_ref())),
        };
        Ok(Self { pairs: Pairs { ed25519, ml_dsa }, key })
    }

    /// What others check with.
    #[must_use]
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The signed note for a tree, as each group ends with one.
    #[must_use]
    pub fn sign(&self, size: u64, root: &Hash) -> String {
        let text = Note::unsigned(self.key.origin(), size, root).text;
        let line = self.key.ed25519.line(self.pairs.ed25519.sign(text.as_bytes()).as_ref());
        format!("{text}\n{line}")
    }

    /// A note with the ML-DSA-44 signature too, made at `now`. What is no note stays as it is.
    #[must_use]
    pub fn sign_for_keeping(&self, note: &str, now: Timestamp) -> String {
        let (Ok(parsed), Some(key)) = (Note::parse(note), &self.key.ml_dsa) else {
            return note.to_owned();
        };
        let time = seconds(now);
        let message = subtree_message(key.name(), time, &parsed);
        let mut signature = time.to_be_bytes().to_vec();
        signature.extend(self.pairs.ml_dsa_signature(&message));
        format!("{note}{}", key.line(&signature))
    }
}

/// Whole seconds since 1970, as signatures state them.
fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.0 / 1_000_000).unwrap_or(0)
}

/// Cosigns checkpoints of other ledgers, as a witness.
pub struct Cosigner {
    pairs: Pairs,
    keys: [NoteKey; 2],
}

impl Cosigner {
    /// The witness of an installation, from the seed of its own ledger. Its keys are others than the ledger's, because
    /// what an Ed25519 cosignature says must not be mixed up with what a log signs.
    ///
    /// # Errors
    /// `key.unusable` when the seed is not one.
    pub fn new(seed: &Secret<Vec<u8>>) -> Result<Self, Fault> {
        let ed25519 = derived(seed, "quillon witness ed25519 1");
        let ed25519 = Ed25519KeyPair::from_seed_unchecked(ed25519.as_ref()).map_err(|_| damaged())?;
        let ml_dsa = derived(seed, "quillon witness ml-dsa-44 1");
        let ml_dsa = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, ml_dsa.as_ref()).map_err(|_| damaged())?;
        let name = format!("quillon/witness/{}", mark(ed25519.public_key().as_ref()));
        let keys = [
            NoteKey::new(&name, Algorithm::Ed25519Cosignature, ed25519.public_key().as_ref()),
            NoteKey::new(&name, Algorithm::MlDsa44, ml_dsa.public_key().as_ref()),
        ];
        Ok(Self { pairs: Pairs { ed25519, ml_dsa }, keys })
    }

    /// What others check with, one for each algorithm.
    #[must_use]
    pub const fn keys(&self) -> &[NoteKey; 2] {
        &self.keys
    }

    /// The lines that say: at `now`, this was the largest consistent tree that the witness saw of this log.
    pub(crate) fn cosign(&self, note: &Note, now: Timestamp) -> String {
        let time = seconds(now);
        let [ed25519, ml_dsa] = &self.keys;
        let text = cosigned_message(time, &note.text);
        let message = subtree_message(ml_dsa.name(), time, note);
        let timed = |signature: &[u8]| [&time.to_be_bytes(), signature].concat();
        let first = ed25519.line(&timed(self.pairs.ed25519.sign(text.as_bytes()).as_ref()));
        first + &ml_dsa.line(&timed(&self.pairs.ml_dsa_signature(&message)))
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
    /// Reads a signed note and checks that `key` signed it for its own ledger with Ed25519, and with ML-DSA-44 where
    /// it has such a signature of the key's. Signatures of others are none of its business.
    ///
    /// # Errors
    /// `ledger.corrupt` when it is malformed, of another ledger, or not signed by the key.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, Fault> {
        let note = Note::parse(note)?;
        if note.origin != key.origin() {
            return Err(bad_checkpoint("belongs to another ledger").inner(note.origin));
        }
        if key.ed25519.check(&note).is_none() {
            return Err(bad_checkpoint("is not signed by the ledger's key"));
        }
        let claims = |ml_dsa: &NoteKey| {
            note.signatures
                .iter()
                .any(|line| line.name == ml_dsa.name() && line.bytes.starts_with(&ml_dsa.id()))
        };
        if let Some(ml_dsa) = &key.ml_dsa
            && claims(ml_dsa)
            && ml_dsa.check(&note).is_none()
        {
            return Err(bad_checkpoint("is not signed by the ledger's ML-DSA-44 key"));
        }
        Ok(Self { size: note.size, root: note.root })
    }

    /// Reads a signed note as the ledger's own writer left it: nobody else's signature stands under it.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub(crate) fn open_own(note: &str, key: &VerifierKey) -> Result<Self, Fault> {
        let checkpoint = Self::open(note, key)?;
        let signatures = Note::parse(note)?.signatures;
        let own = |bytes: &[u8]| {
            let known = [Some(&key.ed25519), key.ml_dsa.as_ref()];
            known.into_iter().flatten().any(|key| bytes.starts_with(&key.id()))
        };
        let strange = signatures.iter().any(|line| line.name != key.origin() || !own(&line.bytes));
        if strange && key.ml_dsa.is_some() {
            return Err(bad_checkpoint("holds a signature that is not the ledger's"));
        }
        Ok(checkpoint)
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
        let short = signer.sign(42, &[9; 32]);
        let long = signer.sign_for_keeping(&short, Timestamp::from_seconds(1_800_000_000));
        for note in [short, long] {
            let opened = Checkpoint::open_own(&note, signer.key());
            assert_eq!(opened, Ok(Checkpoint { size: 42, root: [9; 32] }));
            for place in 0..note.len() {
                let mut bytes = note.clone().into_bytes();
                bytes[place] ^= 1;
                let changed = String::from_utf8(bytes).ok();
                let opened = changed.and_then(|note| Checkpoint::open_own(&note, signer.key()).ok());
                assert_eq!(opened, None, "a flip at byte {place} went unseen");
            }
            assert!(Checkpoint::open(&note, self::signer(8).key()).is_err());
        }
    }

    #[test]
    fn the_ml_dsa_signature_is_under_the_tree_and_its_time() {
        let signer = signer(7);
        let note =
            signer.sign_for_keeping(&signer.sign(42, &[9; 32]), Timestamp::from_seconds(1_800_000_000));
        let note = Note::parse(&note).unwrap();
        let key = signer.key().ml_dsa().unwrap();
        assert_eq!(key.check(&note), Some(1_800_000_000));
        for changed in [Note { size: 43, ..note.clone() }, Note { root: [8; 32], ..note.clone() }] {
            assert_eq!(key.check(&changed), None);
        }
    }

    #[test]
    fn the_key_survives_a_round_trip_and_a_damaged_one_is_refused() {
        // Among so many keys are some with a `+` in their base 64.
        for byte in 0..=255 {
            let key = signer(byte).key().clone();
            assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key.clone()));
            let alone = VerifierKey::parse(&key.ed25519().to_string()).unwrap();
            assert_eq!((alone.ml_dsa(), alone.ed25519()), (None, key.ed25519()));
        }
        let text = signer(7).key().to_string();
        for place in (0..200).chain((200..text.len()).step_by(17)) {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let parsed = String::from_utf8(bytes).ok().and_then(|text| VerifierKey::parse(&text).ok());
            assert_eq!(parsed, None, "a flip at byte {place} went unseen");
        }
        let (one, two) = (signer(1), signer(2));
        let mixed = format!("{}\n{}", one.key().ed25519(), two.key().ml_dsa().unwrap());
        assert!(VerifierKey::parse(&mixed).is_err());
        assert!(VerifierKey::parse(&one.key().ml_dsa().unwrap().to_string()).is_err());
        assert!(VerifierKey::parse(&format!("{}\n{}", one.key(), one.key().ed25519())).is_err());
    }
}
