//! Signed notes: a checkpoint's text, the signatures under it, and the keys that made them.
//!
//! The formats are C2SP signed-note (<https://c2sp.org/signed-note>) and tlog-cosignature
//! (<https://c2sp.org/tlog-cosignature>): Ed25519 as a log signs, Ed25519 as a witness cosigns, and ML-DSA-44, which
//! both use alike. Nothing here trusts what it reads; start at [`Note::parse`] and [`NoteKey::check`].

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, ML_DSA_44, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quillon_base::{Fault, FaultCode};

use crate::merkle::Hash;

/// A note is never longer, in bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// The most signatures that a note may have.
pub const NOTE_SIGNATURES_MAX: usize = 32;

const TIME_BYTES: usize = 8;
const ED25519_SIGNATURE_BYTES: usize = 64;
const ML_DSA_44_SIGNATURE_BYTES: usize = 2_420;
/// The length of a name in an ML-DSA-44 message is one byte.
const NAME_BYTES_MAX: usize = 255;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 over the text, by the log itself.
    Ed25519,
    /// Ed25519 over a time and the text, by a witness.
    Ed25519Cosignature,
    /// ML-DSA-44 over a time, the names and the tree, by a log or a witness.
    MlDsa44,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Ed25519Cosignature => 4,
            Self::MlDsa44 => 6,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Ed25519),
            4 => Some(Self::Ed25519Cosignature),
            6 => Some(Self::MlDsa44),
            _ => None,
        }
    }

    const fn key_bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::Ed25519Cosignature => 32,
            Self::MlDsa44 => 1_312,
        }
    }

    const fn signature_bytes(self) -> usize {
        match self {
            Self::Ed25519 => ED25519_SIGNATURE_BYTES,
            Self::Ed25519Cosignature => TIME_BYTES + ED25519_SIGNATURE_BYTES,
            Self::MlDsa44 => TIME_BYTES + ML_DSA_44_SIGNATURE_BYTES,
        }
    }
}

/// The public key of a log or a witness. Prints as a signed-note verifier key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    algorithm: Algorithm,
    public: Vec<u8>,
}

impl NoteKey {
    pub(crate) fn new(name: &str, algorithm: Algorithm, public: &[u8]) -> Self {
        Self { name: name.to_owned(), algorithm, public: public.to_vec() }
    }

    /// Reads `NAME+ID+KEY`.
    ///
    /// # Errors
    /// `key.unusable` when it is not such a key or its id does not fit.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let unusable = || {
            Fault::new(FaultCode::KeyUnusable, "a public key cannot be read")
                .hint("give it as its owner printed it: `NAME+ID+KEY`, as in the file `key.pub` of a ledger's folder")
        };
        // Read from the left: base 64 has a `+` of its own, a name has none.
        let mut parts = text.trim().splitn(3, '+');
        let name = parts.next().filter(|name| is_name(name)).ok_or_else(unusable)?;
        let id = parts.next().ok_or_else(unusable)?;
        let key = parts.next().and_then(|key| BASE64.decode(key).ok()).ok_or_else(unusable)?;
        let (algorithm, public) = key.split_first().ok_or_else(unusable)?;
        let algorithm = Algorithm::of(*algorithm).ok_or_else(unusable)?;
        let key = Self::new(name, algorithm, public);
        if public.len() != algorithm.key_bytes() || id != format!("{:08x}", u32::from_be_bytes(key.id())) {
            return Err(unusable());
        }
        Ok(key)
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The first four bytes of SHA-256 over name, newline, algorithm and key.
    pub(crate) fn id(&self) -> [u8; 4] {
        let mut message = format!("{}\n", self.name).into_bytes();
        message.push(self.algorithm.byte());
        message.extend_from_slice(&self.public);
        let hash = digest(&SHA256, &message);
        let mut id = [0; 4];
        id.copy_from_slice(&hash.as_ref()[..4]);
        id
    }

    /// The line of a note that carries `signature`.
    pub(crate) fn line(&self, signature: &[u8]) -> String {
        let mut bytes = self.id().to_vec();
        bytes.extend_from_slice(signature);
        format!("\u{2014} {} {}\n", self.name, BASE64.encode(bytes))
    }

    /// Whether one of the note's signatures is by this key and good, and the time that it states; 0 where it states
    /// none.
    #[must_use]
    pub fn check(&self, note: &Note) -> Option<u64> {
        let id = self.id();
        let own = note.signatures.iter().filter(|signature| signature.name == self.name);
        own.filter_map(|signature| signature.bytes.strip_prefix(&id))
            .find_map(|signature| self.check_signature(note, signature))
    }

    /// Whether the signature is good, and the time that it states.
    fn check_signature(&self, note: &Note, signature: &[u8]) -> Option<u64> {
        if signature.len() != self.algorithm.signature_bytes() {
            return None;
        }
        let timed = || {
            let (time, signature) = signature.split_first_chunk::<TIME_BYTES>()?;
            let time = u64::from_be_bytes(*time);
            i64::try_from(time).is_ok().then_some((time, signature))
        };
        let (time, good) = match self.algorithm {
            Algorithm::Ed25519 => {
                let key = UnparsedPublicKey::new(&ED25519, &self.public);
                (0, key.verify(note.text.as_bytes(), signature))
            }
            Algorithm::Ed25519Cosignature => {
                let (time, signature) = timed()?;
                let message = cosigned_message(time, &note.text);
                let key = UnparsedPublicKey::new(&ED25519, &self.public);
                (time, key.verify(message.as_bytes(), signature))
            }
            Algorithm::MlDsa44 => {
                let (time, signature) = timed()?;
                let message = subtree_message(&self.name, time, note);
                (time, UnparsedPublicKey::new(&ML_DSA_44, &self.public).verify(&message, signature))
            }
        };
        good.ok().map(|()| time)
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        let mut key = vec![self.algorithm.byte()];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{id:08x}+{}", self.name, BASE64.encode(key))
    }
}

fn is_name(name: &str) -> bool {
    let in_bounds = !name.is_empty() && name.len() <= NAME_BYTES_MAX;
    in_bounds && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// What a witness signs with Ed25519.
pub(crate) fn cosigned_message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// What a log or a witness signs with ML-DSA-44: the tree as a subtree that starts at 0.
pub(crate) fn subtree_message(name: &str, time: u64, note: &Note) -> Vec<u8> {
    let mut message = b"subtree/v1\n\0".to_vec();
    for (text, number) in [(name, time), (&note.origin, 0)] {
        // Names are at most NAME_BYTES_MAX long.
        message.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
        message.extend_from_slice(text.as_bytes());
        message.extend_from_slice(&number.to_be_bytes());
    }
    message.extend_from_slice(&note.size.to_be_bytes());
    message.extend_from_slice(&note.root);
    message
}

/// One signature under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Whose it says it is.
    pub name: String,
    /// The id of the key, and the signature.
    pub bytes: Vec<u8>,
}

/// A checkpoint's note as it was read. Nothing is checked but its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text that is signed, its last newline included.
    pub text: String,
    /// Which log it is about.
    pub origin: String,
    /// How many leaves the tree has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// What stands under the text.
    pub signatures: Vec<NoteSignature>,
}

/// The fault of a checkpoint that is not what it must be.
pub(crate) fn bad_checkpoint(what: &str) -> Fault {
    Fault::new(FaultCode::LedgerCorrupt, format!("a checkpoint {what}"))
        .hint("keep the ledger's folder as it is and compare it with a copy")
}

impl Note {
    /// Reads a note: origin, size, root, other lines, an empty line, signatures.
    ///
    /// # Errors
    /// `ledger.corrupt` when it has another form or is longer than its limits.
    pub fn parse(note: &str) -> Result<Self, Fault> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(bad_checkpoint("is longer than its limit"));
        }
        // The last empty line, because further lines of the text may be anything.
        let (text, signatures) = note.rsplit_once("\n\n").ok_or_else(|| bad_checkpoint("is malformed"))?;
        let mut lines = text.split('\n');
        let origin =
            lines.next().filter(|origin| is_name(origin)).ok_or_else(|| bad_checkpoint("has no origin"))?;
        let size = lines.next().and_then(decimal).ok_or_else(|| bad_checkpoint("has no size"))?;
        let root = lines.next().and_then(hash_of_base64).ok_or_else(|| bad_checkpoint("has no root"))?;
        if lines.any(str::is_empty) {
            return Err(bad_checkpoint("holds an empty line"));
        }
        let signatures =
            signatures.strip_suffix('\n').ok_or_else(|| bad_checkpoint("has no whole signature"))?;
        let signatures: Vec<NoteSignature> = signatures
            .split('\n')
            .take(NOTE_SIGNATURES_MAX + 1)
            .map(|line| signature_of(line).ok_or_else(|| bad_checkpoint("holds a signature that is none")))
            .collect::<Result<_, _>>()?;
        if signatures.len() > NOTE_SIGNATURES_MAX {
            return Err(bad_checkpoint("has too many signatures"));
        }
        let (text, origin) = (format!("{text}\n"), origin.to_owned());
        Ok(Self { text, origin, size, root, signatures })
    }

    /// A note that is not signed yet.
    pub(crate) fn unsigned(origin: &str, size: u64, root: &Hash) -> Self {
        let text = format!("{origin}\n{size}\n{}\n", BASE64.encode(root));
        Self { text, origin: origin.to_owned(), size, root: *root, signatures: Vec::new() }
    }
}

fn signature_of(line: &str) -> Option<NoteSignature> {
    let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = BASE64.decode(bytes).ok().filter(|bytes| bytes.len() > 4)?;
    is_name(name).then(|| NoteSignature { name: name.to_owned(), bytes })
}

/// A number in its only form: no sign, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Reads a hash in base 64.
pub(crate) fn hash_of_base64(text: &str) -> Option<Hash> {
    BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specifications: its log key and its witness are not published, so only its form is read.
    const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        \u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

    #[test]
    fn the_example_of_the_specification_is_read() {
        let note = Note::parse(EXAMPLE).unwrap();
        assert_eq!((note.origin.as_str(), note.size), ("example.com/behind-the-sofa", 20_852_163));
        let lengths: Vec<usize> = note.signatures.iter().map(|signature| signature.bytes.len()).collect();
        assert_eq!(lengths, [4 + 64, 4 + 8 + 64]);
        let time = &note.signatures[1].bytes[4..12];
        assert_eq!(u64::from_be_bytes(time.try_into().unwrap()), 1_679_315_147);
    }

    #[test]
    fn other_forms_are_refused() {
        let broken = [
            EXAMPLE.replace("20852163", "020852163"),
            EXAMPLE.replace("20852163", "+20852163"),
            EXAMPLE.replace("CsUY", ""),
            EXAMPLE.replace("\n\n", "\n"),
            EXAMPLE.replace("\n\n", "\n\n\n"),
            EXAMPLE.replace("\u{2014} witness", "- witness"),
            EXAMPLE.replace("example.com/behind-the-sofa\n2", "two words\n2"),
            EXAMPLE.trim_end().to_owned(),
            format!("{EXAMPLE}\n"),
            "x".repeat(NOTE_BYTES_MAX + 1),
            format!("{EXAMPLE}{}", "\u{2014} w AAAAAAAA\n".repeat(NOTE_SIGNATURES_MAX)),
        ];
        for text in broken {
            assert!(Note::parse(&text).is_err(), "{text}");
        }
        let extended = EXAMPLE.replace("\n\n", "\nanother line\n\n");
        assert!(Note::parse(&extended).unwrap().text.ends_with("another line\n"));
    }

    #[test]
    fn the_message_of_ml_dsa_is_the_structure_of_the_specification() {
        let note = Note::unsigned("log", 513, &[9; 32]);
        let mut expected =
            b"subtree/v1\n\0\x01w\0\0\0\0\0\0\0\x07\x03log\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\x01".to_vec();
        expected.extend([9; 32]);
        assert_eq!(subtree_message("w", 7, &note), expected);
        assert_eq!(cosigned_message(7, "log\n"), "cosignature/v1\ntime 7\nlog\n");
    }
}
