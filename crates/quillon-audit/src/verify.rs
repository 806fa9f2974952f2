//! Verification: whether a ledger is what was written, for anyone who has its folder and its public key.
//!
//! Everything is recomputed: frames, leaf hashes, the tree, each header, each checkpoint's root and signature. With an
//! older checkpoint the tree at that size must have its root, which finds truncation, rollback and rewriting.

use quillon_base::{Fault, Timestamp};

use crate::checkpoint::Checkpoint;
use crate::commit::hex;
use crate::leaf::{Entry, Leaf, LeafHead};
use crate::note::{Note, NoteKey};
use crate::reader::LedgerReader;
use crate::receipt::{RECEIPT_HEAD, Receipt};
use crate::segment::{self, Group, PrunedSegment, Tree, file_name, pruned_file_name};
use crate::state::pruned_segments;

/// Kinds of records about the ledger itself, which are looked at as a whole.
const REMARKABLE: &[&str] = &["interrupted", "pruned", "recovered", "unavailable"];

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: a file and a byte, or a size of the tree.
    pub place: String,
    /// What, in a sentence.
    pub message: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Leaves that were checked.
    pub size: u64,
    /// The root over them, in hex.
    pub root: String,
    /// Checkpoints whose signature was checked.
    pub checkpoints: u64,
    /// The last of them, to keep elsewhere.
    pub checkpoint: Option<String>,
    /// What is wrong. None means that the ledger is what was written.
    pub problems: Vec<Problem>,
    /// What happened to the ledger and was recorded in it, such as a tail that a crash tore.
    pub remarks: Vec<Problem>,
    /// Ids that are open: work under way, or work whose process ended and that the next start will close.
    pub open: Vec<String>,
}

impl Report {
    fn problem(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { place: place.into(), message: message.into() });
    }
}

struct Walk<'a> {
    reader: &'a LedgerReader,
    older: Option<Checkpoint>,
    kept: Option<Checkpoint>,
    tree: Tree,
    /// What was removed before the first record that is there.
    removed: Option<Removed>,
    report: Report,
}

/// Records that were removed. A later record of the ledger must say the same of them.
struct Removed {
    /// The first place that is there.
    until: u64,
    /// The segments that start there and after: place, root and digest of what is open, as that record has them. A
    /// removal that a crash cut short has removed less than it recorded.
    borders: Vec<(u64, String, String)>,
}

/// What a ledger is held against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Against<'a> {
    /// An earlier checkpoint's text or a receipt's, which the ledger must extend.
    pub older: Option<&'a str>,
    /// Witnesses who must have cosigned that checkpoint.
    pub witnesses: &'a [NoteKey],
}

/// Checks the ledger; with `older`, an earlier checkpoint's text or a receipt's, also that it extends that.
///
/// # Errors
/// As [`verify_against`].
pub fn verify(reader: &LedgerReader, older: Option<&str>) -> Result<Report, Fault> {
    verify_against(reader, Against { older, witnesses: &[] })
}

/// Checks the ledger, and that it extends what it is held against.
///
/// # Errors
/// Only when files cannot be read. What is wrong with the ledger, or with the older checkpoint, is in the report.
pub fn verify_against(reader: &LedgerReader, against: Against<'_>) -> Result<Report, Fault> {
    let tree = Tree::default();
    let mut walk = Walk { reader, older: None, kept: None, tree, removed: None, report: Report::default() };
    walk.check_beside()?;
    match against.older {
        Some(text) if text.starts_with(RECEIPT_HEAD) => walk.open_receipt(text),
        Some(text) => walk.open_older(text),
        None => {}
    }
    walk.check_witnesses(against);
    walk.compare_points();
    walk.all_segments()?;
    Ok(walk.finish())
}

impl Walk<'_> {
    fn open_older(&mut self, text: &str) {
        match Checkpoint::open(text, self.reader.key()) {
            Ok(checkpoint) => self.older = Some(checkpoint),
            Err(fault) => self.report.problem("older checkpoint", fault.message),
        }
    }

    /// Checks a receipt, whose checkpoint the ledger must extend like any other.
    fn open_receipt(&mut self, text: &str) {
        match Receipt::parse(text).and_then(|receipt| receipt.check(self.reader.key())) {
            Ok((checkpoint, _)) => self.older = Some(checkpoint),
            Err(fault) => self.report.problem("receipt", fault.message),
        }
    }

    /// Checks that every witness who is asked for cosigned the older checkpoint.
    fn check_witnesses(&mut self, against: Against<'_>) {
        let note_of = |text: &str| match text.starts_with(RECEIPT_HEAD) {
            true => Note::parse(&Receipt::parse(text).ok()?.checkpoint).ok(),
            false => Note::parse(text).ok(),
        };
        let note = against.older.and_then(note_of);
        for witness in against.witnesses {
            let name = witness.name();
            match note.as_ref().and_then(|note| witness.check(note)) {
                Some(time) => {
                    let at = Timestamp::from_seconds(i64::try_from(time).unwrap_or(i64::MAX / 1_000_000));
                    let message = format!("`{name}` cosigned it at {at}");
                    self.report.remarks.push(Problem { place: "older checkpoint".into(), message });
                }
                None => self.report.problem("older checkpoint", format!("`{name}` did not cosign it")),
            }
        }
    }

    /// Checks the key and the checkpoint that lie beside the log.
    fn check_beside(&mut self) -> Result<(), Fault> {
        let key = self.reader.key();
        let is_other = |kept: String| match key.ml_dsa() {
            Some(_) => kept != format!("{key}\n"),
            None => kept.lines().next() != Some(&key.to_string()),
        };
        if self.reader.kept_key()?.is_some_and(is_other) {
            self.report
                .problem("key.pub", "the public key in the folder is not the one that is checked with");
        }
        let kept = self.reader.kept_checkpoint()?.unwrap_or_default();
        if !kept.is_empty() {
            let text = String::from_utf8_lossy(&kept);
            match Checkpoint::open_own(&text, self.reader.key()) {
                Ok(checkpoint) => self.kept = Some(checkpoint),
                Err(fault) => self.report.problem("checkpoint", fault.message),
            }
        }
        Ok(())
    }

    /// Recomputes the tree over records that were removed from their hashes, and checks their checkpoints.
    fn removed_segments(&mut self, until: u64) -> Result<(), Fault> {
        let firsts = pruned_segments(self.reader.layer(), self.reader.paths())?;
        for first in firsts.into_iter().filter(|first| *first < until) {
            let at = format!("log/{}", pruned_file_name(first));
            let bytes = self.reader.pruned(first)?;
            let Some(left) = PrunedSegment::read(&bytes).filter(|_| first == self.tree.frontier.size())
            else {
                self.report.problem(at, "the hashes of removed records are missing or damaged");
                return Ok(());
            };
            for hash in left.hashes {
                self.tree.push_hash(*hash);
                self.compare_points();
            }
            self.check_note(left.note, &at);
        }
        if until > 0 && self.tree.frontier.size() == until {
            self.removed = Some(Removed { until, borders: Vec::new() });
        }
        Ok(())
    }

    fn all_segments(&mut self) -> Result<(), Fault> {
        let segments = self.reader.segments()?;
        self.removed_segments(segments.first().map_or(0, |(first, _)| *first))?;
        let last = segments.last().map(|(first, _)| *first);
        for (first, length) in segments {
            if first != self.tree.frontier.size() {
                let name = file_name(self.tree.frontier.size());
                self.report.problem(format!("log/{name}"), "a segment is missing");
                return Ok(());
            }
            let bytes = self.reader.segment(first, length)?;
            let end = self.segment(first, &bytes);
            if end < bytes.len() {
                let place = format!("log/{} byte {end}", file_name(first));
                let torn = Some(first) == last;
                let message = if torn {
                    "the end of the log is damaged or was torn by a crash"
                } else {
                    "a record is damaged"
                };
                self.report.problem(place, message);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Checks whole groups; returns where they end.
    fn segment(&mut self, first: u64, bytes: &[u8]) -> usize {
        let mut place = 0;
        while let Some(group) = segment::read_group(bytes, place) {
            let at = format!("log/{} byte {place}", file_name(first));
            self.group(&group, &at);
            place = group.end;
        }
        place
    }

    fn group(&mut self, group: &Group<'_>, at: &str) {
        if let Some(header) = group.header {
            self.header(header, at);
        }
        for bytes in &group.leaves {
            let head = LeafHead::read(bytes);
            if head.as_ref().is_none_or(|head| REMARKABLE.contains(&&*head.kind)) {
                let leaf = Leaf::decode(bytes);
                self.remark(leaf.as_ref(), at);
                self.confirm_removal(leaf.as_ref());
            }
            self.tree.push_read(bytes, head.as_ref());
            self.compare_points();
        }
        self.check_note(group.note, at);
    }

    fn header(&mut self, header: &[u8], at: &str) {
        let Some(told) = Tree::of_header(header, self.reader.key()) else {
            return self.report.problem(at, "a segment does not continue the one before it");
        };
        if let Some(removed) = &mut self.removed {
            let size = self.tree.frontier.size();
            if removed.until == size {
                // What was open there cannot be recomputed; the record of the removal says what it was.
                self.tree.open.clone_from(&told.open);
            }
            let root = hex(&self.tree.frontier.root());
            removed.borders.push((size, root, self.tree.open_digest()));
        }
        if told != self.tree {
            self.report.problem(at, "a segment does not continue the one before it");
        }
    }

    /// Forgets the removal of records once a record says that they were removed, and the same of them.
    fn confirm_removal(&mut self, leaf: Option<&Leaf>) {
        let Some(Entry::Pruned { until, root, open, .. }) = leaf.map(|leaf| &leaf.entry) else {
            return;
        };
        let is_said =
            |(place, of, digest): &(u64, String, String)| (place, of, digest) == (until, root, open);
        self.removed.take_if(|removed| removed.borders.iter().any(is_said));
    }

    /// Checks a checkpoint against the tree so far.
    fn check_note(&mut self, note: &str, at: &str) {
        let (size, root) = (self.tree.frontier.size(), self.tree.frontier.root());
        match Checkpoint::open(note, self.reader.key()) {
            Ok(checkpoint) if checkpoint == (Checkpoint { size, root }) => {
                self.report.checkpoints += 1;
                self.report.checkpoint = Some(note.to_owned());
            }
            Ok(_) => self.report.problem(at, "records do not match the checkpoint that signs them"),
            Err(fault) => self.report.problem(at, fault.message),
        }
    }

    fn remark(&mut self, leaf: Option<&Leaf>, at: &str) {
        let place = || format!("record {} ({at})", self.tree.frontier.size());
        let message = match leaf.map(|leaf| &leaf.entry) {
            None => "a record is of a version that this build does not know".to_owned(),
            Some(Entry::Recovered { cut_bytes, .. }) => {
                format!("a crash tore the log's end; {cut_bytes} bytes that nobody had relied on were cut")
            }
            Some(Entry::Unavailable { since, fault, .. }) => {
                format!("the ledger could not be written from {since} on: {fault}")
            }
            Some(Entry::Pruned { until, keep_days, .. }) => {
                format!("records before {until} were removed after {keep_days} days; their hashes are here")
            }
            Some(Entry::Interrupted { id, .. }) => format!("`{id}` was under way when its process ended"),
            Some(_) => return,
        };
        let remark = Problem { place: place(), message };
        self.report.remarks.push(remark);
    }

    /// Compares the tree with the checkpoints from elsewhere when it has reached their size.
    fn compare_points(&mut self) {
        let size = self.tree.frontier.size();
        for (checkpoint, name) in [(&self.older, "older checkpoint"), (&self.kept, "checkpoint")] {
            let Some(checkpoint) = checkpoint else { continue };
            if checkpoint.size != size {
                continue;
            }
            if checkpoint.root != self.tree.frontier.root() {
                let message =
                    format!("the first {size} records are not those that it signed: the log was rewritten");
                self.report.problems.push(Problem { place: name.into(), message });
            }
        }
    }

    fn finish(mut self) -> Report {
        let size = self.tree.frontier.size();
        for (checkpoint, name) in [(&self.older, "older checkpoint"), (&self.kept, "checkpoint")] {
            if let Some(checkpoint) = checkpoint
                && checkpoint.size > size
            {
                let signed = checkpoint.size;
                let message = format!("it signed {signed} records, the log has {size}: records were removed");
                self.report.problems.push(Problem { place: name.into(), message });
            }
        }
        if let Some(removed) = self.removed.take() {
            let message = "records are missing, and no record says that they were removed";
            self.report.problem(format!("log, before record {}", removed.until), message);
        }
        self.report.size = size;
        self.report.root = hex(&self.tree.frontier.root());
        self.report.open = self.tree.open.into_keys().collect();
        self.report
    }
}
