//! A witness elsewhere: what it is asked, and what its answer is worth.
//!
//! Invariant: nothing that a witness says is believed by itself. A cosignature counts when it checks with the key that
//! the log's owner knows the witness by; a refusal is said with what it would mean if it were true. Start at
//! [`WitnessAnswer::judge`], which is pure; what carries request and answer is an adapter, a [`WitnessCarrier`].

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode};

use crate::note::{NOTE_BYTES_MAX, Note, NoteKey, decimal};
use crate::witness::Cosigned;

/// An answer is never longer, in bytes.
pub const ANSWER_BYTES_MAX: usize = NOTE_BYTES_MAX;

/// Carries requests to witnesses.
#[async_trait]
pub trait WitnessCarrier: Send + Sync {
    /// Posts the body of an `add-checkpoint` to the witness at an address, and gives what it answers, whatever that is.
    ///
    /// # Errors
    /// `input.invalid` for an address that cannot be one, `network.*`.
    async fn add_checkpoint(&self, address: &str, body: String) -> Result<WitnessAnswer, Fault>;
}

/// What a witness answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessAnswer {
    /// The status that the specification gives it.
    pub status: u16,
    /// What it says.
    pub body: String,
}

/// What an answer is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Every key that was asked for has signed the checkpoint.
    Cosigned(Cosigned),
    /// The witness saw the log at this size last: the request is to start from there.
    Saw(u64),
}

impl WitnessAnswer {
    /// What the answer to a request about `checkpoint` is worth, to someone who knows the witness by `keys`.
    ///
    /// # Errors
    /// `witness.lied` when it cannot be what it says; `witness.not_extended` when it says that it saw another history or a
    /// longer one; `witness.not_signed`, `witness.log_unknown`, `witness.malformed` and `witness.failed` as it refuses.
    pub fn judge(&self, checkpoint: &str, keys: &[NoteKey]) -> Result<Heard, Fault> {
        let note = Note::parse(checkpoint)?;
        match self.status {
            200 => self.cosigned(checkpoint, &note, keys).map(Heard::Cosigned),
            409 => self.saw(note.size),
            422 => Err(Fault::new(
                FaultCode::WitnessNotExtended,
                "the witness says that it saw another history of this log",
            )
            .hint("compare the log with a copy and with checkpoints that you kept: either it was rewritten or the witness lies")),
            status => Err(refused(status)),
        }
    }

    /// Only lines that check are kept: what else an answer holds is no part of the checkpoint.
    fn cosigned(&self, checkpoint: &str, note: &Note, keys: &[NoteKey]) -> Result<Cosigned, Fault> {
        let signs = |line: &str, key: &NoteKey| {
            Note::parse(&format!("{checkpoint}{line}\n")).is_ok_and(|note| key.check(&note).is_some())
        };
        let mut lines = String::new();
        for key in keys {
            let line = self.body.split('\n').find(|line| signs(line, key)).ok_or_else(|| {
                lied(&format!("does not carry the signature of `{}` under this checkpoint", key.name()))
            })?;
            lines.extend([line, "\n"]);
        }
        Ok(Cosigned { size: note.size, checkpoint: format!("{checkpoint}{lines}"), lines })
    }

    fn saw(&self, size: u64) -> Result<Heard, Fault> {
        let said = self.body.strip_suffix('\n').unwrap_or(&self.body);
        match decimal(said) {
            None => Err(lied("does not say which state it saw")),
            Some(seen) if seen > size => Err(Fault::new(
                FaultCode::WitnessNotExtended,
                format!("the witness says that it saw {seen} records of this log, which has {size}"),
            )
            .hint(
                "the log was rolled back, or the witness lies: check it against a checkpoint that you kept",
            )),
            Some(seen) => Ok(Heard::Saw(seen)),
        }
    }
}

fn lied(what: &str) -> Fault {
    Fault::new(FaultCode::WitnessLied, format!("the witness's answer {what}"))
        .hint("nothing of it was kept; ask its operator for its key, over a way that you trust")
}

fn refused(status: u16) -> Fault {
    let (code, what, hint) = match status {
        400 => {
            (FaultCode::WitnessMalformed, "cannot read the request", "see whether the address is a witness's")
        }
        403 => (
            FaultCode::WitnessNotSigned,
            "knows another key of this log",
            "give its operator the log's `key.pub`",
        ),
        404 => {
            (FaultCode::WitnessLogUnknown, "does not know this log", "give its operator the log's `key.pub`")
        }
        _ => (
            FaultCode::WitnessFailed,
            "did not do it",
            "see whether the address is a witness's, and ask again",
        ),
    };
    Fault::new(code, format!("the witness {what}: {status}")).hint(hint)
}
