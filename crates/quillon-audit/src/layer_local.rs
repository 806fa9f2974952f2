//! The file layer over this machine's files. The only module of this crate that touches the disk.
#![expect(
    clippy::disallowed_methods,
    reason = "the ledger is what the passage records into; it cannot go through the passage"
)]

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, retry_on_intr};

use crate::layer::{FileLayer, Lock, LogFile};

const LOCK_PAUSE: Duration = Duration::from_micros(200);

/// This machine's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalLayer;

fn missing_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a call again that a signal interrupted; the standard library does so for most, but not for this one.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

impl FileLayer for LocalLayer {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let Some(entries) = missing_is_none(uninterrupted(|| std::fs::read_dir(folder)))? else {
            return Ok(Vec::new());
        };
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(mut file) = missing_is_none(File::open(path))? else {
            return Ok(None);
        };
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        Ok(missing_is_none(std::fs::metadata(path))?.map(|metadata| metadata.len()))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(LocalFile(private_file().append(true).open(path)?)))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn replace(&self, path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
        let new = path.with_extension(format!("new-{}", std::process::id()));
        let mut file = private_file().write(true).truncate(true).open(&new)?;
        file.write_all(bytes)?;
        if durable {
            file.sync_all()?;
        }
        std::fs::rename(&new, path)?;
        match path.parent() {
            Some(folder) if durable => self.sync_folder(folder),
            _ => Ok(()),
        }
    }

    fn reserve(&self, path: &Path, bytes: usize) -> io::Result<()> {
        let length = self.length(path)?;
        if length == Some(bytes as u64) {
            return Ok(());
        }
        // Zeros that are written take room; a hole, or a promise of the file system, may not.
        self.replace(path, &vec![0; bytes], true)
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn write_again(&self, path: &Path, offset: u64) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(&bytes)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        missing_is_none(std::fs::remove_file(path)).map(|_| ())
    }

    fn open_lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        Ok(Box::new(LocalLock(private_file().write(true).truncate(false).open(path)?)))
    }

    fn pause(&self) {
        std::thread::sleep(LOCK_PAUSE);
    }
}

struct LocalFile(File);

impl LogFile for LocalFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)?;
        self.0.sync_all()
    }
}

struct LocalLock(File);

impl Lock for LocalLock {
    fn try_acquire(&self) -> io::Result<bool> {
        match retry_on_intr(|| flock(&self.0, FlockOperation::NonBlockingLockExclusive)) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn release(&self) -> io::Result<()> {
        Ok(retry_on_intr(|| flock(&self.0, FlockOperation::Unlock))?)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn files_hold_what_was_written_and_are_their_owners_alone() {
        let (keep, layer) = (tempfile::tempdir().unwrap(), LocalLayer);
        let folder = keep.path().join("a").join("b");
        assert_eq!(layer.list(&folder).unwrap(), Vec::<String>::new());
        layer.create_folder(&folder).unwrap();
        layer.create_folder(&folder).unwrap();
        let path = folder.join("log");
        assert_eq!((layer.length(&path).unwrap(), layer.read_from(&path, 0).unwrap()), (None, None));
        let mut file = layer.open(&path).unwrap();
        file.append(b"one").unwrap();
        file.append(b"two").unwrap();
        file.sync().unwrap();
        assert_eq!(layer.length(&path).unwrap(), Some(6));
        assert_eq!(layer.read_from(&path, 2).unwrap(), Some(b"etwo".to_vec()));
        file.truncate(4).unwrap();
        file.append(b"!").unwrap();
        layer.write_again(&path, 1).unwrap();
        assert_eq!(layer.read_from(&path, 0).unwrap(), Some(b"onet!".to_vec()));
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
        assert_eq!(layer.list(&folder).unwrap(), ["log"]);
        layer.sync_folder(&folder).unwrap();
        assert!(layer.sync_folder(&keep.path().join("none")).is_err());
        layer.remove(&path).unwrap();
        layer.remove(&path).unwrap();
        assert_eq!(layer.length(&path).unwrap(), None);
    }

    #[test]
    fn a_file_is_replaced_whole_and_room_is_kept() {
        let (keep, layer) = (tempfile::tempdir().unwrap(), LocalLayer);
        let path = keep.path().join("reserve");
        layer.reserve(&path, 4_096).unwrap();
        assert_eq!(layer.read_from(&path, 0).unwrap(), Some(vec![0; 4_096]));
        assert!(std::fs::metadata(&path).unwrap().blocks() > 0, "the room is taken, not promised");
        layer.overwrite(&path, b"note").unwrap();
        layer.reserve(&path, 4_096).unwrap();
        assert_eq!(layer.read_from(&path, 0).unwrap().unwrap()[..5], *b"note\0", "one that is there stays");
        for durable in [true, false] {
            layer.replace(&path, b"new", durable).unwrap();
            assert_eq!(layer.read_from(&path, 0).unwrap(), Some(b"new".to_vec()));
        }
        assert_eq!((mode(&path), layer.list(keep.path()).unwrap()), (0o600, vec!["reserve".to_owned()]));
        assert!(layer.overwrite(&keep.path().join("none"), b"x").is_err());
    }

    #[test]
    fn what_cannot_be_done_is_said_and_only_a_missing_file_is_none() {
        let (keep, layer) = (tempfile::tempdir().unwrap(), LocalLayer);
        std::fs::write(keep.path().join("file"), b"x").unwrap();
        let below = keep.path().join("file").join("below");
        assert!(layer.read_from(&below, 0).is_err() && layer.length(&below).is_err());
        assert!(layer.create_folder(&below).is_err() && layer.remove(&below).is_err());
        assert!(layer.open(&below).is_err() && layer.list(&below).is_err());
        let mut tries = 0;
        let third_time = uninterrupted(|| {
            tries += 1;
            if tries < 3 { Err(ErrorKind::Interrupted.into()) } else { Ok(tries) }
        });
        assert_eq!(third_time.unwrap(), 3);
        let refused = uninterrupted(|| Err::<(), _>(ErrorKind::PermissionDenied.into()));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_lock_is_held_by_one() {
        let (keep, layer) = (tempfile::tempdir().unwrap(), LocalLayer);
        let path = keep.path().join("lock");
        let [one, two] = [layer.open_lock(&path).unwrap(), layer.open_lock(&path).unwrap()];
        assert!(one.try_acquire().unwrap() && !two.try_acquire().unwrap());
        one.release().unwrap();
        assert!(two.try_acquire().unwrap() && !one.try_acquire().unwrap());
        drop(two);
        assert!(one.try_acquire().unwrap(), "a lock ends with its holder");
    }
}
