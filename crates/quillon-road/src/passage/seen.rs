//! What was read in bulk before, so that the next bulk read takes only what changed since.
//!
//! A file is as it was when nothing about it changed that no program can set: when, which file of the disk, how large.
//! Invariant: what is taken for known has the digest that reading it would give.

use std::collections::BTreeMap;

use quillon_base::Timestamp;
use quillon_host::FileStat;

/// A file that was changed so short a time before it was read may be changed again and look the same, because clocks of
/// disks are coarse. It is read again.
pub(super) const YOUNG_MILLIS: i64 = 2_000;

/// A SHA-256.
pub(super) type Sum = [u8; 32];

/// Which files were read. It holds no content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<String, (Stamp, Sum)>);

/// What differs when a file was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Timestamp,
    changed: Timestamp,
    identity: u64,
}

impl Seen {
    /// Keeps only those files whose content the caller still has; the others are read the next time.
    pub fn keep(&mut self, mut has: impl FnMut(&str) -> bool) {
        self.0.retain(|path, _| has(path));
    }

    /// The digest of a file that is as it was.
    pub(super) fn sum_of(&self, stat: &FileStat) -> Option<Sum> {
        let (stamp, sum) = self.0.get(stat.path.as_str())?;
        (*stamp == Stamp::of(stat)).then_some(*sum)
    }

    pub(super) fn note(&mut self, stat: &FileStat, sum: Sum) {
        self.0.insert(stat.path.as_str().to_owned(), (Stamp::of(stat), sum));
    }
}

impl Stamp {
    const fn of(stat: &FileStat) -> Self {
        Self { bytes: stat.bytes, modified: stat.modified, changed: stat.changed, identity: stat.identity }
    }
}
