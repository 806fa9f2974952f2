//! Reading a ledger: as it is on the disk, without writing and without trusting what is read.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use quillon_base::{Fault, FaultCode};

use crate::checkpoint::{Checkpoint, VerifierKey};
use crate::layer::FileLayer;
use crate::leaf::Leaf;
use crate::merkle::Hash;
use crate::segment::{self, PrunedSegment};
use crate::state::{Paths, corrupt, file_fault, pruned_segments, segments};
use crate::writer::acquire;

/// A leaf and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The place, from 0.
    pub index: u64,
    /// What it says; `None` when this build does not know its version.
    pub leaf: Option<Leaf>,
}

/// Reads one ledger.
pub struct LedgerReader {
    layer: Arc<dyn FileLayer>,
    paths: Paths,
    key: VerifierKey,
}

impl LedgerReader {
    pub(crate) fn new(layer: Arc<dyn FileLayer>, paths: Paths, key: VerifierKey) -> Self {
        Self { layer, paths, key }
    }

    /// Reads the ledger, or a copy of one, in `folder`. Without a key, the one that lies in the folder is used: then
    /// someone who rewrote everything, the key included, is not found.
    ///
    /// # Errors
    /// `key.unusable` when there is no key or it cannot be read.
    pub fn of_folder(
        layer: Arc<dyn FileLayer>,
        folder: PathBuf,
        key: Option<VerifierKey>,
    ) -> Result<Self, Fault> {
        let paths = Paths { folder };
        let key = match key {
            Some(key) => key,
            None => {
                let path = paths.key();
                let text = layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
                VerifierKey::parse(&String::from_utf8_lossy(&text.unwrap_or_default()))?
            }
        };
        Ok(Self { layer, paths, key })
    }

    /// The key that checkpoints are checked with.
    #[must_use]
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The key that lies in the ledger's folder.
    pub(crate) fn kept_key(&self) -> Result<Option<String>, Fault> {
        let path = self.paths.key();
        let bytes = self.layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The checkpoint that lies in the ledger's folder.
    pub(crate) fn kept_checkpoint(&self) -> Result<Option<Vec<u8>>, Fault> {
        let path = self.paths.checkpoint();
        self.layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))
    }

    /// Every segment's first place and bytes, in order, as they are between two groups.
    pub(crate) fn segments(&self) -> Result<Vec<(u64, u64)>, Fault> {
        // A ledger on a read-only medium has no lock to take, and nobody who writes to it.
        let lock = self.layer.open_lock(&self.paths.lock()).ok();
        if let Some(lock) = &lock {
            acquire(&**lock, &*self.layer, &self.paths)?;
        }
        let lengths = segments(&*self.layer, &self.paths)?.into_iter().map(|first| {
            let path = self.paths.segment(first);
            let length = self.layer.length(&path).map_err(|error| file_fault(&error, "look at", &path))?;
            Ok((first, length.unwrap_or(0)))
        });
        let lengths = lengths.collect();
        if let Some(lock) = &lock {
            lock.release().map_err(|error| file_fault(&error, "unlock", &self.paths.lock()))?;
        }
        lengths
    }

    /// The first `length` bytes of a segment.
    pub(crate) fn segment(&self, first: u64, length: u64) -> Result<Vec<u8>, Fault> {
        let path = self.paths.segment(first);
        let bytes = self.layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
        let mut bytes = bytes.unwrap_or_default();
        bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    pub(crate) fn layer(&self) -> &dyn FileLayer {
        &*self.layer
    }

    pub(crate) const fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The last signed note, and what it says; `None` before the first record. Its signature is checked.
    ///
    /// # Errors
    /// `ledger.corrupt`, `audit.unavailable`, `home.unusable`.
    pub fn head(&self) -> Result<Option<(String, Checkpoint)>, Fault> {
        for (first, length) in self.segments()?.into_iter().rev() {
            let bytes = self.segment(first, length)?;
            let (mut place, mut note) = (0, None);
            while let Some(group) = segment::read_group(&bytes, place) {
                note = Some(group.note.to_owned());
                place = group.end;
            }
            // In a segment without a whole group the first write was torn; the one before is the end.
            if let Some(note) = note {
                let checkpoint = Checkpoint::open(&note, &self.key)?;
                return Ok(Some((note, checkpoint)));
            }
        }
        Ok(None)
    }

    /// The first place whose record is still there: the minimum index of C2SP tlog-tiles. 0 of an empty ledger.
    ///
    /// # Errors
    /// `audit.unavailable`, `home.unusable`.
    pub fn first_index(&self) -> Result<u64, Fault> {
        Ok(segments(&*self.layer, &self.paths)?.first().copied().unwrap_or(0))
    }

    /// The hashes of removed records at a place and after, each with its place.
    pub(crate) fn pruned_hashes(&self, from: u64) -> Result<Vec<(u64, Hash)>, Fault> {
        let until = self.first_index()?;
        let mut hashes = Vec::new();
        for first in pruned_segments(&*self.layer, &self.paths)?.into_iter().filter(|first| *first < until) {
            let bytes = self.pruned(first)?;
            let left = PrunedSegment::read(&bytes)
                .ok_or_else(|| corrupt("the hashes of removed records are damaged", first))?;
            hashes.extend((first..).zip(left.hashes.iter().copied()).filter(|(index, _)| *index >= from));
        }
        Ok(hashes)
    }

    /// What is left of a segment whose records were removed.
    pub(crate) fn pruned(&self, first: u64) -> Result<Vec<u8>, Fault> {
        let path = self.paths.pruned(first);
        let bytes = self.layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
        Ok(bytes.unwrap_or_default())
    }

    /// The bytes of one record.
    pub(crate) fn record(&self, index: u64) -> Result<Vec<u8>, Fault> {
        let kept_from = self.first_index()?;
        if index < kept_from {
            let message = format!("record `{index}` was removed when its time to be kept had passed");
            return Err(Fault::new(FaultCode::InputInvalid, message)
                .hint(format!("records are there from {kept_from} on; receipts made before stay good")));
        }
        let mut found = None;
        self.walk_bytes(index, |_, leaf| {
            found = Some(leaf.to_vec());
            ControlFlow::Break(())
        })?;
        found.ok_or_else(|| corrupt("a record of the ledger cannot be read", index))
    }

    /// Walks the bytes of the leaves of a place and after, as far as whole groups go. Nothing is checked.
    ///
    /// # Errors
    /// `audit.unavailable`, `home.unusable`.
    pub fn walk_bytes(
        &self,
        from: u64,
        mut visit: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let segments = self.segments()?;
        let start = segments.iter().rposition(|(first, _)| *first <= from).unwrap_or(0);
        for (first, length) in segments.into_iter().skip(start) {
            let bytes = self.segment(first, length)?;
            let (mut place, mut index) = (0, first);
            while let Some(group) = segment::read_group(&bytes, place) {
                for leaf in &group.leaves {
                    if index >= from && visit(index, leaf).is_break() {
                        return Ok(());
                    }
                    index += 1;
                }
                place = group.end;
            }
        }
        Ok(())
    }

    /// Walks the leaves of a place and after, as far as whole groups go. Nothing is checked; [`crate::verify`] does.
    ///
    /// # Errors
    /// `audit.unavailable`, `home.unusable`.
    pub fn walk(&self, from: u64, mut visit: impl FnMut(Placed) -> ControlFlow<()>) -> Result<(), Fault> {
        self.walk_bytes(from, |index, leaf| visit(Placed { index, leaf: Leaf::decode(leaf) }))
    }

    /// The last `count` leaves, oldest first.
    ///
    /// # Errors
    /// `audit.unavailable`, `home.unusable`.
    pub fn tail(&self, count: usize) -> Result<Vec<Placed>, Fault> {
        let mut kept: Vec<Placed> = Vec::new();
        for (first, length) in self.segments()?.into_iter().rev() {
            if kept.len() >= count {
                break;
            }
            let mut of_segment = Vec::new();
            let bytes = self.segment(first, length)?;
            let (mut place, mut index) = (0, first);
            while let Some(group) = segment::read_group(&bytes, place) {
                for leaf in &group.leaves {
                    of_segment.push(Placed { index, leaf: Leaf::decode(leaf) });
                    index += 1;
                }
                place = group.end;
            }
            of_segment.append(&mut kept);
            kept = of_segment;
        }
        Ok(kept.split_off(kept.len().saturating_sub(count)))
    }
}
