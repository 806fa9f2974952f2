//! A witness: it remembers the last checkpoint of each log and cosigns only what extends it, so that a log cannot show
//! two histories to two people who both ask for the witness's signature.
//!
//! The rules are those of C2SP tlog-witness (<https://c2sp.org/tlog-witness>), whatever carries the request.
//! Invariant: what a cosignature was given for is durable before the cosignature leaves, and looking at the last state
//! and replacing it is one step, under a lock. Start at [`Witness::add_checkpoint`].

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quillon_base::{Fault, FaultCode, Timestamp};

use crate::checkpoint::{Checkpoint, Cosigner, VerifierKey};
use crate::commit::hex;
use crate::layer::FileLayer;
use crate::merkle::Hash;
use crate::note::{NOTE_BYTES_MAX, Note, decimal, hash_of_base64};
use crate::proof::{PROOF_HASHES_MAX, extends};
use crate::state::{Paths, file_fault};
use crate::writer::acquire;

/// A request is never longer, in bytes: a note, and at most 63 hashes.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 4 * 1024;

/// What a log asks of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness saw last, as far as the log knows.
    pub old: u64,
    /// That the checkpoint extends it.
    pub proof: Vec<Hash>,
    /// The checkpoint's text, signatures included.
    pub checkpoint: String,
}

impl AddCheckpoint {
    /// Reads a request's body.
    ///
    /// # Errors
    /// [`WitnessRefusal::Malformed`].
    pub fn parse(text: &str) -> Result<Self, WitnessRefusal> {
        let malformed = |what: &str| WitnessRefusal::Malformed(what.to_owned());
        if text.len() > REQUEST_BYTES_MAX {
            return Err(malformed("is longer than its limit"));
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or_else(|| malformed("has no checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or_else(|| malformed("has no old size"))?;
        let hash = |line| hash_of_base64(line).ok_or_else(|| malformed("holds a hash that is none"));
        let proof: Vec<Hash> = lines.take(PROOF_HASHES_MAX + 1).map(hash).collect::<Result<_, _>>()?;
        if proof.len() > PROOF_HASHES_MAX {
            return Err(malformed("has too many hashes"));
        }
        Ok(Self { old, proof, checkpoint: checkpoint.to_owned() })
    }

    /// Which of these logs the request is about; the first, which then refuses it, when it is about none.
    #[must_use]
    pub fn log_among<'k>(&self, logs: &'k [VerifierKey]) -> Option<&'k VerifierKey> {
        let origin = Note::parse(&self.checkpoint).ok().map(|note| note.origin);
        logs.iter().find(|log| Some(log.origin()) == origin.as_deref()).or(logs.first())
    }

    /// The request's body.
    #[must_use]
    pub fn print(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof {
            let _ = writeln!(text, "{}", BASE64.encode(hash));
        }
        text + "\n" + &self.checkpoint
    }
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessRefusal {
    /// The request cannot be read, or its old size is above the new one.
    Malformed(String),
    /// The log is none that the witness knows.
    UnknownLog(String),
    /// No trusted key of the log signed the checkpoint.
    NotSigned,
    /// The witness saw another state last; it had this size.
    Stale(u64),
    /// The checkpoint does not extend what the witness saw: the log shows two histories, or the proof is wrong.
    NotExtended,
    /// The witness itself cannot do it.
    Unavailable(Fault),
}

impl WitnessRefusal {
    /// The status that the specification gives it over HTTP.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::UnknownLog(_) => 404,
            Self::NotSigned => 403,
            Self::Stale(_) => 409,
            Self::NotExtended => 422,
            Self::Unavailable(_) => 503,
        }
    }

    /// The refusal as people hear it.
    #[must_use]
    pub fn fault(self) -> Fault {
        let status = self.status();
        let fault = match self {
            Self::Malformed(what) => Fault::new(FaultCode::WitnessMalformed, format!("the request {what}"))
                .hint("give what `quillon audit witness --since SIZE` printed on the log's side, whole and unchanged"),
            Self::UnknownLog(origin) => {
                Fault::new(FaultCode::WitnessLogUnknown, format!("`{origin}` is not a log that this witness knows"))
                    .hint("give the log's own key with `--log-key`")
            }
            Self::NotSigned => Fault::new(FaultCode::WitnessNotSigned, "the checkpoint is not signed by the log's key")
                .hint("ask the log's owner for the key, over a way that you trust"),
            Self::Stale(size) => Fault::new(
                FaultCode::WitnessStale,
                format!("the witness saw this log at size {size}; the request starts from another state"),
            )
            .hint(format!("ask again with `quillon audit witness --since {size}`")),
            Self::NotExtended => Fault::new(
                FaultCode::WitnessNotExtended,
                "the checkpoint does not extend what the witness saw: the log was rewritten, or shows two histories",
            )
            .hint("keep the request and the witness's state as evidence"),
            Self::Unavailable(fault) => return fault,
        };
        fault.inner(format!("status {status}"))
    }
}

impl From<Fault> for WitnessRefusal {
    fn from(fault: Fault) -> Self {
        Self::Unavailable(fault)
    }
}

/// What a witness gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The size that it gave it for.
    pub size: u64,
    /// Signature lines, to put under the checkpoint.
    pub lines: String,
    /// The checkpoint with them.
    pub checkpoint: String,
}

/// Remembers the last state of logs in a folder, and cosigns.
pub struct Witness {
    layer: Arc<dyn FileLayer>,
    folder: PathBuf,
    cosigner: Cosigner,
}

impl Witness {
    /// The witness whose state is in `folder`.
    #[must_use]
    pub fn new(layer: Arc<dyn FileLayer>, folder: PathBuf, cosigner: Cosigner) -> Self {
        Self { layer, folder, cosigner }
    }

    /// What others check its cosignatures with.
    #[must_use]
    pub const fn cosigner(&self) -> &Cosigner {
        &self.cosigner
    }

    /// Cosigns the checkpoint of a request when `log`, the one log that is trusted here, signed it and it extends what
    /// the witness saw of it last.
    ///
    /// # Errors
    /// Why not.
    pub fn add_checkpoint(
        &self,
        request: &AddCheckpoint,
        log: &VerifierKey,
        now: Timestamp,
    ) -> Result<Cosigned, WitnessRefusal> {
        let note = Note::parse(&request.checkpoint)
            .map_err(|fault| WitnessRefusal::Malformed(format!("holds no checkpoint: {}", fault.message)))?;
        if note.origin != log.origin() {
            return Err(WitnessRefusal::UnknownLog(note.origin));
        }
        if Checkpoint::open(&request.checkpoint, log).is_err() {
            return Err(WitnessRefusal::NotSigned);
        }
        if request.old > note.size {
            return Err(WitnessRefusal::Malformed("starts from a later state than its checkpoint's".into()));
        }
        self.replace_state(request, &note, log, now)
    }

    /// Looks at the last state and replaces it, under the lock.
    fn replace_state(
        &self,
        request: &AddCheckpoint,
        note: &Note,
        log: &VerifierKey,
        now: Timestamp,
    ) -> Result<Cosigned, WitnessRefusal> {
        self.layer.create_folder(&self.folder).map_err(|error| file_fault(&error, "make", &self.folder))?;
        let paths = Paths { folder: self.folder.clone() };
        let lock_path = paths.lock();
        let lock =
            self.layer.open_lock(&lock_path).map_err(|error| file_fault(&error, "open", &lock_path))?;
        acquire(&*lock, &*self.layer, &paths)?;
        let replaced = self.judge_and_keep(request, note, log, now);
        let released = lock.release().map_err(|error| file_fault(&error, "unlock", &lock_path));
        let cosigned = replaced?;
        released?;
        Ok(cosigned)
    }

    fn judge_and_keep(
        &self,
        request: &AddCheckpoint,
        note: &Note,
        log: &VerifierKey,
        now: Timestamp,
    ) -> Result<Cosigned, WitnessRefusal> {
        let path = self.state_of(log);
        let last = self.last_seen(log)?;
        let last_size = last.as_ref().map_or(0, |last| last.size);
        if request.old != last_size {
            return Err(WitnessRefusal::Stale(last_size));
        }
        let (size, root) = (note.size, &note.root);
        if request.old == size && last.as_ref().is_some_and(|last| last.root != *root) {
            // Two trees of one size: the log shows two histories.
            return Err(WitnessRefusal::NotExtended);
        }
        let extended = match &last {
            Some(last) => extends(last.size, &last.root, size, root, &request.proof),
            None => request.proof.is_empty(),
        };
        if !extended {
            return Err(WitnessRefusal::NotExtended);
        }
        let lines = self.cosigner.cosign(note, now);
        let checkpoint = format!("{}{lines}", request.checkpoint);
        let kept = checkpoint.as_bytes();
        self.layer.replace(&path, kept, true).map_err(|error| file_fault(&error, "write", &path))?;
        Ok(Cosigned { size, lines, checkpoint })
    }

    /// The last checkpoint that was cosigned for a log. What is kept must still carry the witness's own signature:
    /// a state that was damaged or rolled forward by somebody else is no state to go on from.
    ///
    /// # Errors
    /// `ledger.corrupt`, `audit.unavailable`, `home.unusable`.
    pub fn last_seen(&self, log: &VerifierKey) -> Result<Option<Checkpoint>, Fault> {
        let path = self.state_of(log);
        let kept = self.layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
        let Some(kept) = kept else {
            return Ok(None);
        };
        let damaged = || {
            Fault::new(FaultCode::LedgerCorrupt, "the witness's own state is damaged")
                .hint("restore its folder from a copy; without it the witness would sign a second history")
                .inner(path.display())
        };
        let text = String::from_utf8(kept).map_err(|_| damaged())?;
        let note = Note::parse(&text).map_err(|_| damaged())?;
        let own = self.cosigner.keys().iter().all(|key| key.check(&note).is_some());
        let checkpoint = Checkpoint::open(&text, log).ok().filter(|_| own);
        checkpoint.map(Some).ok_or_else(damaged)
    }

    fn state_of(&self, log: &VerifierKey) -> PathBuf {
        // An origin may hold anything that a file name may not.
        self.folder.join(hex(&digest(&SHA256, log.origin().as_bytes()).as_ref()[..16]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_back_and_other_forms_are_refused() {
        let request = AddCheckpoint { old: 3, proof: vec![[1; 32], [2; 32]], checkpoint: "log\n1\n".into() };
        let text = request.print();
        assert_eq!(AddCheckpoint::parse(&text), Ok(request.clone()));
        let many = AddCheckpoint { proof: vec![[1; 32]; PROOF_HASHES_MAX], ..request.clone() };
        assert_eq!(AddCheckpoint::parse(&many.print()), Ok(many));
        let too_many = AddCheckpoint { proof: vec![[1; 32]; PROOF_HASHES_MAX + 1], ..request };
        let broken = [
            text.replace("old 3", "old 03"),
            text.replace("old 3", "old"),
            text.replace("old 3", "new 3"),
            text.replace("\n\n", "\n"),
            text.replace('=', ""),
            too_many.print(),
            "old 0\n\n".to_owned() + &"x".repeat(REQUEST_BYTES_MAX),
        ];
        for text in broken {
            assert_eq!(
                AddCheckpoint::parse(&text).map_err(|refusal| refusal.status()),
                Err(400),
                "{text:.80}"
            );
        }
    }
}
