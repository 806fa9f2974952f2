//! Receipts: a record, the proof that it is in the ledger, and the signed checkpoint, as text that needs no log.
//!
//! The format is C2SP tlog-proof (<https://c2sp.org/tlog-proof>); its `extra` line carries the record itself. Whoever
//! holds a receipt and the ledger's public key can check it offline, with this build or with any other tool.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quillon_base::{Fault, FaultCode};

use crate::checkpoint::{Checkpoint, VerifierKey};
use crate::leaf::{LEAF_BYTES_MAX, Leaf};
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::hash_of_base64;
use crate::proof::{PROOF_HASHES_MAX, consistency, extends, includes, inclusion, root};
use crate::reader::LedgerReader;

/// The first line of a receipt.
pub const RECEIPT_HEAD: &str = "c2sp.org/tlog-proof@v1";

/// A record with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The record's place in the ledger, from 0.
    pub index: u64,
    /// The record's bytes, which the tree hashes.
    pub record: Vec<u8>,
    /// The hashes from the record's sibling up to the root.
    pub proof: Vec<Hash>,
    /// The checkpoint's text, signatures included.
    pub checkpoint: String,
}

fn malformed(what: &str) -> Fault {
    Fault::new(FaultCode::InputInvalid, format!("the receipt {what}"))
        .hint("give the file that `quillon audit prove` printed, whole and unchanged")
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{RECEIPT_HEAD}\nextra {}\nindex {}", BASE64.encode(&self.record), self.index)?;
        for hash in &self.proof {
            writeln!(f, "{}", BASE64.encode(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl Receipt {
    /// Reads a receipt. Nothing is checked yet but its form; [`Receipt::check`] does the rest.
    ///
    /// # Errors
    /// `input.invalid`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or_else(|| malformed("has no checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(RECEIPT_HEAD) {
            return Err(malformed("is not a C2SP tlog-proof of version 1"));
        }
        let record = lines.next().and_then(|line| line.strip_prefix("extra "));
        let record = record.and_then(|record| BASE64.decode(record).ok());
        let record = record.filter(|record| record.len() <= LEAF_BYTES_MAX);
        let record = record.ok_or_else(|| malformed("does not hold its record"))?;
        let digits = lines.next().and_then(|line| line.strip_prefix("index ")).unwrap_or_default();
        let index: u64 = digits.parse().map_err(|_| malformed("has no place"))?;
        if index.to_string() != digits {
            return Err(malformed("has no place"));
        }
        let proof: Vec<Hash> = lines
            .map(|line| hash_of_base64(line).ok_or_else(|| malformed("holds a hash that is none")))
            .collect::<Result<_, _>>()?;
        if proof.len() > PROOF_HASHES_MAX {
            return Err(malformed("has too many hashes"));
        }
        Ok(Self { index, record, proof, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that `key` signed the checkpoint and that the record is in the tree that it signed. Returns what the
    /// record says; `None` when this build does not know its version.
    ///
    /// # Errors
    /// `ledger.corrupt` when it proves nothing.
    pub fn check(&self, key: &VerifierKey) -> Result<(Checkpoint, Option<Leaf>), Fault> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = leaf_hash(&self.record);
        if !includes(self.index, &leaf, &self.proof, checkpoint.size, &checkpoint.root) {
            return Err(Fault::new(FaultCode::LedgerCorrupt, "the receipt does not prove its record")
                .hint("the record, its place or the proof was changed; ask for a new receipt"));
        }
        Ok((checkpoint, Leaf::decode(&self.record)))
    }
}

impl LedgerReader {
    /// The receipt of the record at `index`, against the last checkpoint.
    ///
    /// # Errors
    /// `input.invalid` when there is no such record, `ledger.corrupt`, `audit.unavailable`.
    pub fn receipt(&self, index: u64) -> Result<Receipt, Fault> {
        let head = self.head()?;
        let size = head.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size);
        let (note, checkpoint) = head.filter(|_| index < size).ok_or_else(|| {
            Fault::new(FaultCode::InputInvalid, format!("there is no record `{index}`"))
                .hint(format!("the ledger has {size} records, counted from 0"))
        })?;
        let record = self.record(index)?;
        let leaf = leaf_hash(&record);
        let proof = self.of_tree(
            &checkpoint,
            |tree| inclusion(tree, index, size),
            |proof| includes(index, &leaf, proof, size, &checkpoint.root),
        )?;
        let receipt = Receipt { index, record, proof, checkpoint: note };
        receipt.check(self.key())?;
        Ok(receipt)
    }

    /// What shows that the last checkpoint extends the tree of `old` records, with that checkpoint's text.
    ///
    /// # Errors
    /// `input.invalid` when the ledger has fewer records, `ledger.corrupt`, `audit.unavailable`.
    pub fn consistency(&self, old: u64) -> Result<(String, Vec<Hash>), Fault> {
        let head = self.head()?;
        let size = head.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size);
        let (note, checkpoint) = head.filter(|_| old <= size).ok_or_else(|| {
            Fault::new(FaultCode::InputInvalid, format!("the ledger never had `{old}` records"))
                .hint(format!("it has {size}"))
        })?;
        let (_, proof) = self.of_tree(
            &checkpoint,
            |tree| {
                let old_root = if old == 0 { Frontier::default().root() } else { root(tree, 0, old)? };
                Ok((old_root, consistency(tree, old, size)?))
            },
            |(old_root, proof)| extends(old, old_root, size, &checkpoint.root, proof),
        )?;
        Ok((note, proof))
    }
}
