//! What a writer knows of the ledger: the tree, and where the last segment ends. Kept in step with other writers.

use std::io;
use std::path::{Path, PathBuf};

use quillon_base::{Fault, FaultCode};

use crate::checkpoint::{Checkpoint, VerifierKey};
use crate::layer::FileLayer;
use crate::leaf::{Entry, LeafHead};
use crate::segment::{self, SEGMENT_GROUPS, SEGMENT_LEAVES, SEGMENT_LEAVES_MAX, Tree};

/// The folders and files of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) folder: PathBuf,
}

impl Paths {
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(crate) fn segment(&self, first: u64) -> PathBuf {
        self.log().join(segment::file_name(first))
    }

    pub(crate) fn pruned(&self, first: u64) -> PathBuf {
        self.log().join(segment::pruned_file_name(first))
    }

    /// What searches skip segments by.
    pub(crate) fn summaries(&self) -> PathBuf {
        self.folder.join("summaries")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.folder.join("checkpoint")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.join("key.pub")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// The size that the tiles were last made for.
    pub(crate) fn tiles(&self) -> PathBuf {
        self.folder.join("tiles")
    }

    pub(crate) fn tiles_lock(&self) -> PathBuf {
        self.folder.join("tiles.lock")
    }

    /// Room that is taken, for the note that nothing can be written.
    pub(crate) fn reserve(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    pub(crate) fn writers(&self) -> PathBuf {
        self.folder.join("writers")
    }
}

/// A failure of a file of the ledger.
pub(crate) fn file_fault(error: &io::Error, doing: &str, path: &Path) -> Fault {
    let (code, message, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            FaultCode::DiskFull,
            "the disk is full",
            "free some space; nothing starts until the record can be written",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            FaultCode::HomeUnusable,
            "the ledger's folder cannot be used",
            "make it writable for you, or choose another place with `QUILLON_HOME`",
        ),
        _ => (FaultCode::AuditUnavailable, "the ledger's files cannot be used", "look at the disk's state"),
    };
    Fault::new(code, message).hint(hint).inner(format!("{doing} {}: {error}", path.display()))
}

pub(crate) fn corrupt(message: &str, detail: impl std::fmt::Display) -> Fault {
    Fault::new(FaultCode::LedgerCorrupt, message.to_owned())
        .hint("keep the ledger's folder as it is; `quillon audit verify` says what is wrong where")
        .inner(detail)
}

/// The segments that are there, by their first place.
pub(crate) fn segments(layer: &dyn FileLayer, paths: &Paths) -> Result<Vec<u64>, Fault> {
    let folder = paths.log();
    let names = layer.list(&folder).map_err(|error| file_fault(&error, "list", &folder))?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| segment::first_of(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// The segments of which only hashes are left, by their first place.
pub(crate) fn pruned_segments(layer: &dyn FileLayer, paths: &Paths) -> Result<Vec<u64>, Fault> {
    let folder = paths.log();
    let names = layer.list(&folder).map_err(|error| file_fault(&error, "list", &folder))?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| segment::pruned_first_of(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// The tree, and the end of the last segment that belongs to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) tree: Tree,
    /// The last segment's first place; `None` before there is one.
    pub(crate) segment: Option<u64>,
    /// Bytes of it that form whole groups.
    pub(crate) bytes: u64,
    /// How many groups those are.
    pub(crate) groups: u64,
    /// Where the last of those groups starts.
    pub(crate) last_group: u64,
    /// The last signed note.
    pub(crate) note: Option<String>,
}

impl State {
    /// Reads the last segment that holds a whole group. Must be called under the lock.
    pub(crate) fn load(layer: &dyn FileLayer, paths: &Paths, key: &VerifierKey) -> Result<Self, Fault> {
        let mut state = Self::default();
        for first in segments(layer, paths)?.into_iter().rev() {
            state = Self { segment: Some(first), ..Self::default() };
            state.catch_up_in_segment(layer, paths, key)?;
            if state.bytes > 0 {
                break;
            }
            // Nothing whole in it: its first write was torn. The one before is the end; this one is cut and used.
            state = Self::default();
        }
        if let Some(note) = &state.note {
            Checkpoint::open(note, key)?;
        }
        state.check_hint(layer, paths, key)?;
        Ok(state)
    }

    /// Applies what other writers appended since. Must be called under the lock.
    pub(crate) fn catch_up(
        &mut self,
        layer: &dyn FileLayer,
        paths: &Paths,
        key: &VerifierKey,
    ) -> Result<(), Fault> {
        loop {
            if self.segment.is_some() {
                self.catch_up_in_segment(layer, paths, key)?;
            }
            let next = self.tree.frontier.size();
            let path = paths.segment(next);
            let next_is_there = self.segment != Some(next)
                && layer.length(&path).map_err(|error| file_fault(&error, "look at", &path))?.is_some();
            if !next_is_there {
                return Ok(());
            }
            let mut ahead = Self { segment: Some(next), ..Self::default() };
            ahead.catch_up_in_segment(layer, paths, key)?;
            if ahead.bytes == 0 {
                return Ok(());
            }
            *self = ahead;
        }
    }

    fn catch_up_in_segment(
        &mut self,
        layer: &dyn FileLayer,
        paths: &Paths,
        key: &VerifierKey,
    ) -> Result<(), Fault> {
        let Some(first) = self.segment else {
            return Ok(());
        };
        let path = paths.segment(first);
        let length = layer.length(&path).map_err(|error| file_fault(&error, "look at", &path))?.unwrap_or(0);
        if length < self.bytes {
            return Err(corrupt("the ledger was cut while it was in use", path.display()));
        }
        if length == self.bytes {
            return Ok(());
        }
        let fresh = layer.read_from(&path, self.bytes).map_err(|error| file_fault(&error, "read", &path))?;
        self.apply(first, &fresh.unwrap_or_default(), key)
    }

    /// Applies whole groups; what follows them is left for [`State::torn_bytes`].
    fn apply(&mut self, first: u64, fresh: &[u8], key: &VerifierKey) -> Result<(), Fault> {
        let read = if self.bytes == 0 { segment::read_group } else { segment::read_tail_group };
        let mut start = 0;
        while let Some(group) = read(fresh, start) {
            if let Some(header) = group.header {
                let misfit = || corrupt("a segment of the ledger does not fit", format!("header of {first}"));
                self.tree = Tree::of_header(header, key).ok_or_else(misfit)?;
                if self.tree.frontier.size() != first {
                    return Err(misfit());
                }
            }
            for leaf in &group.leaves {
                self.tree.push_read(leaf, LeafHead::read(leaf).as_ref());
            }
            let size = self.tree.frontier.size();
            if !note_is_for(group.note, size, &self.tree.frontier.root()) {
                return Err(corrupt("the ledger does not match its checkpoint", format!("size {size}")));
            }
            self.note = Some(group.note.to_owned());
            self.last_group = self.bytes;
            self.groups += 1;
            self.bytes += (group.end - start) as u64;
            start = group.end;
        }
        Ok(())
    }

    /// The hint is written after the sync, so a ledger that ends before it has lost acknowledged records.
    fn check_hint(&self, layer: &dyn FileLayer, paths: &Paths, key: &VerifierKey) -> Result<(), Fault> {
        let path = paths.checkpoint();
        let hint = layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
        // A crash may leave a part of it. That is no worse than none: whoever could damage it could remove it, and
        // `verify` reports it either way.
        let text = String::from_utf8_lossy(hint.as_deref().unwrap_or_default());
        let Ok(hint) = Checkpoint::open(&text, key) else {
            return Ok(());
        };
        let size = self.tree.frontier.size();
        let rolled_back = hint.size > size;
        let rewritten = hint.size == size && hint.root != self.tree.frontier.root();
        if rolled_back || rewritten {
            let detail = format!("checkpoint of size {}, ledger of size {size}", hint.size);
            return Err(corrupt("the ledger lacks records that were acknowledged", detail));
        }
        Ok(())
    }

    /// Bytes after the last whole group, in the segment where it ends or in the one after it.
    pub(crate) fn torn_bytes(&self, layer: &dyn FileLayer, paths: &Paths) -> Result<u64, Fault> {
        let Some(first) = self.segment else {
            return Ok(0);
        };
        let path = paths.segment(first);
        let length = layer.length(&path).map_err(|error| file_fault(&error, "look at", &path))?;
        Ok(length.unwrap_or(0).saturating_sub(self.bytes))
    }

    /// Whether the next group starts a new segment.
    pub(crate) fn segment_is_full(&self) -> bool {
        let Some(first) = self.segment else {
            return true;
        };
        let leaves = self.tree.frontier.size() - first;
        leaves >= SEGMENT_LEAVES_MAX || (leaves >= SEGMENT_LEAVES && self.groups >= SEGMENT_GROUPS)
    }

    /// The leaf that tells of a cut.
    pub(crate) fn recovered(&self, cut_bytes: u64) -> Entry {
        Entry::Recovered { segment: self.segment.unwrap_or(0), cut_bytes }
    }
}

/// Whether the unsigned part of a note is for this tree. The signature of the last note is checked apart: checking
/// all of them would make starting slow, and `verify` does it.
fn note_is_for(note: &str, size: u64, root: &crate::merkle::Hash) -> bool {
    use base64::Engine as _;
    let mut lines = note.split('\n').skip(1);
    let size_fits = lines.next().is_some_and(|line| line == size.to_string());
    let root = base64::engine::general_purpose::STANDARD.encode(root);
    size_fits && lines.next().is_some_and(|line| line == root)
}
