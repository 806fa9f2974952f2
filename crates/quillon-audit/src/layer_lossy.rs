//! A file layer in memory that forgets and tears whatever was not synced, for crash tests.
//!
//! [`LossyLayer::crash`] makes the next life of the files: synced bytes stay; of the rest, a prefix of random length
//! survives, and one random byte of that prefix may be damaged; names that no folder sync made durable may be gone.
//! Locks of the old life are void. Faults can be planted: the n-th write from now fails, half done; the n-th sync fails,
//! and what it was to write is lost in silence, as on Linux; the disk is full. Syncs can be held, to see what waits for
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::layer::{FileLayer, Lock, LogFile};

#[derive(Clone, Default)]
struct Node {
    bytes: Vec<u8>,
    synced: usize,
    named: bool,
    /// What a failed sync left: it reads as written, is on no disk, and no later sync writes it.
    never_written: Option<Range<usize>>,
}

#[derive(Default)]
struct Disk {
    files: BTreeMap<PathBuf, Node>,
    /// What a replaced file was before, until a folder sync.
    before: BTreeMap<PathBuf, Option<Node>>,
    held: BTreeSet<PathBuf>,
    life: u64,
    writes_until_failure: Option<u64>,
    syncs_until_failure: Option<u64>,
    is_full: bool,
    holds_syncs: bool,
}

#[derive(Default)]
struct Shared {
    disk: Mutex<Disk>,
    released: Condvar,
}

/// Files in memory that a crash can lose and tear.
#[derive(Clone, Default)]
pub struct LossyLayer(Arc<Shared>);

impl LossyLayer {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds every sync of a log file from now on, or lets them go on.
    pub fn hold_syncs(&self, hold: bool) {
        self.disk().holds_syncs = hold;
        self.0.released.notify_all();
    }

    /// Fails the `writes`-th append from now as a full disk does, with half of its bytes written.
    pub fn fail_after(&self, writes: u64) {
        self.disk().writes_until_failure = Some(writes);
    }

    /// Fails the `syncs`-th sync of a log file from now. What it was to write reads as if it were there, and is lost at
    /// the next crash unless it is written again.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.disk().syncs_until_failure = Some(syncs);
    }

    /// Whether the disk has no room for anything more. What is replaced in place still goes.
    pub fn fill(&self, is_full: bool) {
        self.disk().is_full = is_full;
    }

    /// The bytes of a file, to damage or compare; `None` when there is none.
    #[must_use]
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        self.disk().files.get(path).map(|node| node.bytes.clone())
    }

    /// Puts bytes in place of a file's, durably.
    pub fn set_bytes(&self, path: &Path, bytes: Vec<u8>) {
        let node = Node { synced: bytes.len(), bytes, named: true, never_written: None };
        self.disk().files.insert(path.to_owned(), node);
    }

    /// Takes a file away, behind the ledger's back.
    pub fn lose(&self, path: &Path) {
        self.disk().files.remove(path);
    }

    /// Every file's path.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.disk().files.keys().cloned().collect()
    }

    /// What is on the disk after the power failed now; `random(n)` gives a number below `n`.
    pub fn crash(&self, mut random: impl FnMut(usize) -> usize) -> Self {
        let disk = self.disk();
        let mut files = BTreeMap::new();
        for (path, node) in &disk.files {
            let mut node = match disk.before.get(path) {
                Some(before) if random(2) == 0 => match before {
                    Some(before) => before.clone(),
                    None => continue,
                },
                _ => node.clone(),
            };
            let name_is_lost = !node.named && random(2) == 0;
            if name_is_lost {
                continue;
            }
            if let Some(lost) = node.never_written.take() {
                node.bytes[lost].fill(0);
            }
            let kept = node.synced + random(node.bytes.len() - node.synced + 1);
            node.bytes.truncate(kept);
            if kept > node.synced && random(2) == 0 {
                let place = node.synced + random(kept - node.synced);
                node.bytes[place] ^= 1 << random(8);
            }
            node.synced = node.bytes.len();
            node.named = true;
            files.insert(path.clone(), node);
        }
        let disk = Disk { files, life: disk.life + 1, ..Disk::default() };
        Self(Arc::new(Shared { disk: Mutex::new(disk), released: Condvar::new() }))
    }
}

impl FileLayer for LossyLayer {
    fn create_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let disk = self.disk();
        let inside = disk.files.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Option<Vec<u8>>> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(self.disk().files.get(path).map(|node| node.bytes.get(offset..).unwrap_or_default().to_vec()))
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        Ok(self.disk().files.get(path).map(|node| node.bytes.len() as u64))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        self.disk().files.entry(path.to_owned()).or_default();
        Ok(Box::new(LossyFile { layer: self.clone(), path: path.to_owned() }))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.before.retain(|path, _| path.parent() != Some(folder));
        for (path, node) in &mut disk.files {
            node.named |= path.parent() == Some(folder);
        }
        Ok(())
    }

    fn replace(&self, path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.is_full {
            return Err(ErrorKind::StorageFull.into());
        }
        let synced = if durable { bytes.len() } else { 0 };
        let node = Node { bytes: bytes.to_vec(), synced, named: true, never_written: None };
        let before = disk.files.insert(path.to_owned(), node);
        if durable {
            disk.before.remove(path);
        } else {
            disk.before.entry(path.to_owned()).or_insert(before);
        }
        Ok(())
    }

    fn reserve(&self, path: &Path, bytes: usize) -> io::Result<()> {
        match self.length(path)? {
            Some(length) if length == bytes as u64 => Ok(()),
            _ => self.replace(path, &vec![0; bytes], true),
        }
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        let node = disk.files.get_mut(path).ok_or(ErrorKind::NotFound)?;
        let place = node.bytes.get_mut(..bytes.len()).ok_or(ErrorKind::StorageFull)?;
        place.copy_from_slice(bytes);
        Ok(())
    }

    fn write_again(&self, path: &Path, offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut disk = self.disk();
        let node = disk.files.get_mut(path).ok_or(ErrorKind::NotFound)?;
        node.never_written = node.never_written.take().filter(|lost| lost.start < offset);
        if let Some(lost) = &mut node.never_written {
            lost.end = lost.end.min(offset);
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk().files.remove(path);
        Ok(())
    }

    fn open_lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        self.disk().files.entry(path.to_owned()).or_default();
        Ok(Box::new(LossyLock { layer: self.clone(), path: path.to_owned() }))
    }

    fn pause(&self) {
        std::thread::yield_now();
    }
}

struct LossyFile {
    layer: LossyLayer,
    path: PathBuf,
}

impl LogFile for LossyFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.layer.disk();
        let fails = match &mut disk.writes_until_failure {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => disk.is_full,
        };
        let node = disk.files.entry(self.path.clone()).or_default();
        let written = if fails { bytes.len() / 2 } else { bytes.len() };
        node.bytes.extend_from_slice(&bytes[..written]);
        if fails { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.layer.disk();
        while disk.holds_syncs {
            disk = self.layer.0.released.wait(disk).unwrap_or_else(PoisonError::into_inner);
        }
        let fails = match &mut disk.syncs_until_failure {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        let node = disk.files.entry(self.path.clone()).or_default();
        if fails {
            node.never_written = Some(node.synced..node.bytes.len());
            // It fails once: the next sync has nothing to do, and says that all is well.
            node.synced = node.bytes.len();
            disk.syncs_until_failure = None;
            return Err(io::Error::other("a sync failed"));
        }
        node.synced = node.bytes.len();
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.layer.disk();
        let node = disk.files.entry(self.path.clone()).or_default();
        node.bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        node.synced = node.bytes.len();
        let end = node.bytes.len();
        node.never_written = node.never_written.take().filter(|lost| lost.start < end);
        if let Some(lost) = &mut node.never_written {
            lost.end = lost.end.min(end);
        }
        Ok(())
    }
}

struct LossyLock {
    layer: LossyLayer,
    path: PathBuf,
}

impl Lock for LossyLock {
    fn try_acquire(&self) -> io::Result<bool> {
        Ok(self.layer.disk().held.insert(self.path.clone()))
    }

    fn release(&self) -> io::Result<()> {
        self.layer.disk().held.remove(&self.path);
        Ok(())
    }
}
