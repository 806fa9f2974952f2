//! Segments: files of a bounded number of leaves, each readable without those before it.
//!
//! A segment opens with a header that carries what the tree was and what was open, so that starting needs only the
//! last segment. The header is believed only because the first checkpoint after it must match.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::checkpoint::VerifierKey;
use crate::commit::{hex, unhex};
use crate::frame::{self, FrameKind};
use crate::leaf::LeafHead;
use crate::merkle::{Frontier, Hash, leaf_hash};

/// A segment takes no further group once it holds this many leaves in [`SEGMENT_GROUPS`] groups. Starting reads at most
/// one segment.
pub(crate) const SEGMENT_LEAVES: u64 = 1_024;

/// A segment of fewer groups than this goes on up to [`SEGMENT_LEAVES_MAX`]: where hundreds write at once, a group is
/// hundreds of leaves, and a new file costs two syncs more.
pub(crate) const SEGMENT_GROUPS: u64 = 64;

/// A segment takes no further group once it holds this many leaves.
pub(crate) const SEGMENT_LEAVES_MAX: u64 = 16_384;

const HEADER_VERSION: u32 = 1;

/// Something that was opened and not closed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenItem {
    /// The writer that opened it.
    pub(crate) writer: String,
    /// The place of its opening.
    pub(crate) index: u64,
}

/// The first frame of a segment.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    v: u32,
    origin: String,
    first: u64,
    roots: Vec<String>,
    open: BTreeMap<String, OpenItem>,
}

/// The tree and what is open in it, at some size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) frontier: Frontier,
    pub(crate) open: BTreeMap<String, OpenItem>,
}

impl Tree {
    /// Adds a leaf as it was read.
    pub(crate) fn push_read(&mut self, bytes: &[u8], head: Option<&LeafHead<'_>>) {
        match head {
            Some(head) => self.push(leaf_hash(bytes), &head.writer, head.open_and_close()),
            None => self.push_hash(leaf_hash(bytes)),
        }
    }

    /// Adds a leaf of a writer by its hash, which opens something and closes something.
    pub(crate) fn push(
        &mut self,
        hash: Hash,
        writer: &str,
        (opens, closes): (Option<String>, Option<String>),
    ) {
        let index = self.frontier.size();
        self.frontier.push(hash);
        if let Some(id) = opens {
            self.open.insert(id, OpenItem { writer: writer.to_owned(), index });
        }
        if let Some(id) = closes {
            self.open.remove(&id);
        }
    }

    /// Adds a leaf of which only the hash is left. What it opened or closed is not known any more.
    pub(crate) fn push_hash(&mut self, hash: Hash) {
        self.frontier.push(hash);
    }

    /// SHA-256 over what is open, as a header has it, in hex.
    pub(crate) fn open_digest(&self) -> String {
        let open = serde_json::to_vec(&self.open).unwrap_or_default();
        hex(digest(&SHA256, &open).as_ref())
    }

    /// The header of a segment that starts here.
    pub(crate) fn header(&self, key: &VerifierKey) -> Vec<u8> {
        let header = Header {
            v: HEADER_VERSION,
            origin: key.origin().to_owned(),
            first: self.frontier.size(),
            roots: self.frontier.roots().iter().map(|root| hex(root)).collect(),
            open: self.open.clone(),
        };
        serde_json::to_vec(&header).unwrap_or_default()
    }

    /// The tree that a header tells of; `None` when it is of another ledger or version, or makes no sense.
    pub(crate) fn of_header(body: &[u8], key: &VerifierKey) -> Option<Self> {
        let header: Header = serde_json::from_slice(body).ok()?;
        if header.v != HEADER_VERSION || header.origin != key.origin() {
            return None;
        }
        let roots = header.roots.iter().map(|root| unhex(root)).collect::<Option<_>>()?;
        Some(Self { frontier: Frontier::from_roots(header.first, roots)?, open: header.open })
    }
}

/// The file name of the segment whose first leaf is at `first`.
pub(crate) fn file_name(first: u64) -> String {
    format!("{first:020}.qlog")
}

/// The first place of a segment, from its file name.
pub(crate) fn first_of(name: &str) -> Option<u64> {
    first_with(name, ".qlog")
}

/// The file name of what is left of a segment whose records were removed.
pub(crate) fn pruned_file_name(first: u64) -> String {
    format!("{first:020}.qprn")
}

/// The first place of a segment whose records were removed, from its file name.
pub(crate) fn pruned_first_of(name: &str) -> Option<u64> {
    first_with(name, ".qprn")
}

fn first_with(name: &str, suffix: &str) -> Option<u64> {
    let digits = name.strip_suffix(suffix)?;
    (digits.len() == 20).then(|| digits.parse().ok()).flatten()
}

/// What is left of a segment whose records were removed: the hashes of its leaves, and its last checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PrunedSegment<'a> {
    pub(crate) hashes: &'a [Hash],
    pub(crate) note: &'a str,
}

impl<'a> PrunedSegment<'a> {
    /// Reads one; `None` when it is not whole.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let hashes = frame::read(bytes, 0).filter(|frame| frame.kind == FrameKind::Hashes)?;
        let note = frame::read(bytes, hashes.end).filter(|frame| frame.kind == FrameKind::Checkpoint)?;
        let (hashes, rest) = hashes.body.as_chunks::<32>();
        let whole = rest.is_empty() && !hashes.is_empty() && note.end == bytes.len();
        let note = std::str::from_utf8(note.body).ok()?;
        whole.then_some(Self { hashes, note })
    }

    /// What is left of a whole segment; `None` when it holds no whole group, or more than whole groups.
    pub(crate) fn of_segment(bytes: &[u8]) -> Option<Vec<u8>> {
        let (mut place, mut hashes, mut note) = (0, Vec::new(), None);
        while let Some(group) = read_group(bytes, place) {
            group.leaves.iter().for_each(|leaf| hashes.extend_from_slice(&leaf_hash(leaf)));
            note = Some(group.note);
            place = group.end;
        }
        let note = note.filter(|_| place == bytes.len())?;
        let mut left = Vec::new();
        frame::push(&mut left, FrameKind::Hashes, &hashes);
        frame::push(&mut left, FrameKind::Checkpoint, note.as_bytes());
        Some(left)
    }
}

/// One group as it lies in a segment: a header at most once, leaves, and the checkpoint over them.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// The header, in a segment's first group.
    pub(crate) header: Option<&'a [u8]>,
    /// The leaves.
    pub(crate) leaves: Vec<&'a [u8]>,
    /// The signed note.
    pub(crate) note: &'a str,
    /// Where the next group starts.
    pub(crate) end: usize,
}

/// Reads the whole group at `start` of a segment; `None` when there is none.
pub(crate) fn read_group(segment: &[u8], start: usize) -> Option<Group<'_>> {
    read(segment, start, start == 0)
}

/// Reads the whole group at `start` of bytes that are not a segment's beginning.
pub(crate) fn read_tail_group(tail: &[u8], start: usize) -> Option<Group<'_>> {
    read(tail, start, false)
}

fn read(bytes: &[u8], start: usize, with_header: bool) -> Option<Group<'_>> {
    let mut place = start;
    let (mut header, mut leaves) = (None, Vec::new());
    loop {
        let frame = frame::read(bytes, place)?;
        match frame.kind {
            FrameKind::Header if with_header && place == start => header = Some(frame.body),
            FrameKind::Header | FrameKind::Hashes => return None,
            FrameKind::Leaf => leaves.push(frame.body),
            FrameKind::Checkpoint => {
                let note = std::str::from_utf8(frame.body).ok()?;
                let complete = header.is_some() == with_header;
                return complete.then_some(Group { header, leaves, note, end: frame.end });
            }
        }
        place = frame.end;
    }
}
