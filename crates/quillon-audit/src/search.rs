//! Searching: from the last record back, past segments that cannot hold what is looked for.
//!
//! Beside the log lies a summary of each full segment: the times, principals, actions and decisions of its rows. It is
//! derived and disposable: made when a search first reads a segment, made again when it is missing, damaged or of a
//! segment of another length. Whoever may write in the ledger's folder can make a summary that hides a segment from
//! searches. No proof looks at it; [`LedgerReader::walk`] reads every record without it.

use std::collections::{BTreeMap, BTreeSet};

use quillon_base::{Fault, Timestamp};
use serde::{Deserialize, Serialize};

use crate::leaf::Leaf;
use crate::reader::{LedgerReader, Placed};
use crate::row::{Row, Rows};
use crate::segment::{self, OpenItem, Tree};
use crate::state::file_fault;

/// A summary knows at most so many principals; with more it says nothing about them.
const PRINCIPALS_MAX: usize = 4_096;
/// A summary names at most so many actions; with more it says nothing about them.
const ACTIONS_MAX: usize = 64;
/// The digits of the checksum before a summary.
const SUM_DIGITS: usize = 8;
/// How many new summaries are kept in memory before they are written down.
const UNWRITTEN_MAX: usize = 256;

/// What the rows of one segment are like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    first: u64,
    bytes: u64,
    /// The earliest row's time.
    pub at_min: Timestamp,
    /// The latest row's time.
    pub at_max: Timestamp,
    /// Hashes of the names of who stands behind them, in order; `None` when they are too many.
    principals: Option<Vec<u32>>,
    /// The actions that were decided; `None` when they are too many to name.
    pub actions: Option<BTreeSet<String>>,
    /// Whether something was allowed.
    pub allowed: bool,
    /// Whether something was refused.
    pub refused: bool,
}

impl Summary {
    /// Reads a line; `None` when it is not what was written.
    fn read(line: &[u8]) -> Option<Self> {
        let (sum, body) = line.split_at_checked(SUM_DIGITS)?;
        (checksum(body).as_bytes() == sum).then(|| serde_json::from_slice(body).ok()).flatten()
    }

    /// The line of a file of summaries; a checksum stands before it, because one that says too little hides records.
    fn line(&self) -> Vec<u8> {
        let body = serde_json::to_vec(self).unwrap_or_default();
        [checksum(&body).as_bytes(), &body, b"\n"].concat()
    }

    fn of_rows(first: u64, bytes: u64, rows: &[Row]) -> Self {
        let actions: BTreeSet<&String> = rows.iter().filter_map(|row| row.action.as_ref()).collect();
        let principals: BTreeSet<u32> =
            rows.iter().filter_map(|row| row.principal.as_deref()).map(hash_of).collect();
        Self {
            first,
            bytes,
            at_min: rows.iter().map(|row| row.at).min().unwrap_or_default(),
            at_max: rows.iter().map(|row| row.at).max().unwrap_or_default(),
            principals: (principals.len() <= PRINCIPALS_MAX).then(|| principals.into_iter().collect()),
            actions: (actions.len() <= ACTIONS_MAX).then(|| actions.into_iter().cloned().collect()),
            allowed: rows.iter().any(|row| row.allowed == Some(true)),
            refused: rows.iter().any(|row| row.allowed == Some(false)),
        }
    }

    /// Whether `principal` may stand behind one of the rows. Two names may share a hash; then a segment is read for
    /// nothing.
    #[must_use]
    pub fn may_be_by(&self, principal: &str) -> bool {
        self.principals.as_ref().is_none_or(|hashes| hashes.binary_search(&hash_of(principal)).is_ok())
    }
}

fn checksum(body: &[u8]) -> String {
    format!("{:08x}", crc32c::crc32c(body))
}

fn hash_of(name: &str) -> u32 {
    crc32c::crc32c(name.as_bytes())
}

impl LedgerReader {
    /// The last `count` rows of all that `matches` picks, oldest first. Segments that `may_match` rules out by their
    /// summary are not read.
    ///
    /// # Errors
    /// `audit.unavailable`, `home.unusable`.
    pub fn search(
        &self,
        count: usize,
        may_match: impl Fn(&Summary) -> bool,
        matches: impl Fn(&Row) -> bool,
    ) -> Result<Vec<Row>, Fault> {
        let segments = self.segments()?;
        let mut summaries = self.summaries();
        let mut unwritten = 0;
        let mut found: Vec<Row> = Vec::new();
        for (place, (first, length)) in segments.iter().enumerate().rev() {
            if found.len() >= count {
                break;
            }
            let known = summaries.get(first).filter(|summary| summary.bytes == *length);
            if known.is_some_and(|summary| !may_match(summary)) {
                continue;
            }
            let rows = self.rows_of(*first, *length)?;
            let is_full = place + 1 < segments.len();
            if is_full && known.is_none() {
                summaries.insert(*first, Summary::of_rows(*first, *length, &rows));
                unwritten += 1;
            }
            if unwritten >= UNWRITTEN_MAX {
                self.write_summaries(&summaries);
                unwritten = 0;
            }
            let mut picked: Vec<Row> = rows.into_iter().filter(|row| matches(row)).collect();
            picked.append(&mut found);
            found = picked;
        }
        if unwritten > 0 {
            self.write_summaries(&summaries);
        }
        Ok(found.split_off(found.len().saturating_sub(count)))
    }

    /// The rows of a segment, with who stands behind what was opened before it.
    fn rows_of(&self, first: u64, length: u64) -> Result<Vec<Row>, Fault> {
        let bytes = self.segment(first, length)?;
        let mut rows = Rows::default();
        let (mut place, mut index, mut made) = (0, first, Vec::new());
        while let Some(group) = segment::read_group(&bytes, place) {
            if let Some(tree) = group.header.and_then(|header| Tree::of_header(header, self.key())) {
                self.note_open(&tree.open, &mut rows)?;
            }
            for leaf in &group.leaves {
                made.push(rows.row(Placed { index, leaf: Leaf::decode(leaf) }));
                index += 1;
            }
            place = group.end;
        }
        Ok(made)
    }

    /// Reads the openings of what is open at a segment's start. They lie close before it, nearly always.
    fn note_open(&self, open: &BTreeMap<String, OpenItem>, rows: &mut Rows) -> Result<(), Fault> {
        let mut wanted: BTreeSet<u64> = open.values().map(|item| item.index).collect();
        while let Some(next) = wanted.first().copied() {
            let segments = self.segments()?;
            let Some((first, length)) = segments.into_iter().rfind(|(first, _)| *first <= next) else {
                // It was removed; who stands behind it is not known any more.
                wanted.pop_first();
                continue;
            };
            let bytes = self.segment(first, length)?;
            let (mut place, mut index) = (0, first);
            while let Some(group) = segment::read_group(&bytes, place) {
                for leaf in &group.leaves {
                    if wanted.remove(&index) {
                        rows.row(Placed { index, leaf: Leaf::decode(leaf) });
                    }
                    index += 1;
                }
                place = group.end;
            }
            // What is not there is not asked for again.
            wanted.remove(&next);
        }
        Ok(())
    }

    fn summaries(&self) -> BTreeMap<u64, Summary> {
        let bytes = self.layer().read_from(&self.paths().summaries(), 0).ok().flatten().unwrap_or_default();
        let lines = bytes.split(|byte| *byte == b'\n');
        lines.filter_map(Summary::read).map(|summary| (summary.first, summary)).collect()
    }

    /// Writes the summaries down for the next search, where that is possible.
    fn write_summaries(&self, summaries: &BTreeMap<u64, Summary>) {
        let mut text = Vec::new();
        for summary in summaries.values() {
            text.extend(summary.line());
        }
        // A ledger on a read-only medium is searched without.
        let _ = self.layer().replace(&self.paths().summaries(), &text, false);
    }

    /// Forgets the summaries; the next search makes them again.
    ///
    /// # Errors
    /// `home.unusable`, `audit.unavailable`.
    pub fn forget_summaries(&self) -> Result<(), Fault> {
        let path = self.paths().summaries();
        self.layer().remove(&path).map_err(|error| file_fault(&error, "remove", &path))
    }
}
