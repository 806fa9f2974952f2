//! The only module of this crate that touches the disk: a folder that is held open, and files in it that appear whole.

use std::fs::TryLockError;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use quillon_base::{Fault, FaultCode};

/// The file whose lock says that an export is under way.
const LOCK: &str = ".quillon-lock";
/// Files that are being written start so.
const NEW: &str = ".new-";
/// Readable for the group, so that a collector of logs which is in it can read; nobody else.
const FILE_MODE: u32 = 0o640;

/// A folder that is held open, and locked.
pub(crate) struct Folder {
    dir: Dir,
    shown: String,
    _lock: std::fs::File,
}

impl Folder {
    /// Opens the folder, makes it when it is missing, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let shown = path.display().to_string();
        let fail = |error: &io::Error| fault(error, &shown);
        Dir::create_ambient_dir_all(path, ambient_authority()).map_err(|error| fail(&error))?;
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(|error| fail(&error))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).mode(FILE_MODE);
        let lock = dir.open_with(LOCK, &options).map_err(|error| fail(&error))?.into_std();
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir, shown, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Fault::new(FaultCode::Locked, format!("another export to `{shown}` is under way"))
                    .hint("wait until it has ended"))
            }
            Err(TryLockError::Error(error)) => Err(fault(&error, &shown)),
        }
    }

    /// What a file holds; `None` when there is none.
    pub(crate) fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, Fault> {
        let file = match self.dir.open(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            found => found.map_err(|error| self.fault(&error))?,
        };
        let mut bytes = Vec::new();
        file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|error| self.fault(&error))?;
        Ok(Some(bytes))
    }

    /// The size of a file in bytes; `None` when there is none.
    pub(crate) fn size(&self, name: &str) -> Result<Option<u64>, Fault> {
        match self.dir.symlink_metadata(name) {
            Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fault(&error)),
        }
    }

    /// Makes or replaces a file, whole and durable, with the folders on the way.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), Fault> {
        self.try_replace(name, content).map_err(|error| self.fault(&error))
    }

    fn try_replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let (way, file) = name.rsplit_once('/').map_or((None, name), |(way, file)| (Some(way), file));
        let folder = self.open_way(way)?;
        let new = format!("{NEW}{file}");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(FILE_MODE);
        let mut written = folder.open_with(&new, &options)?;
        let synced = written.write_all(content).and_then(|()| written.sync_all());
        if let Err(error) = synced.and_then(|()| folder.rename(&new, &folder, file)) {
            // What is left of it has no use, and on a full disk it is in the way.
            let _ = folder.remove_file(&new);
            return Err(error);
        }
        folder.open(".")?.sync_all()
    }

    /// Makes and opens the folders on the way to a file. Each is durable in the one above it, also where it was there
    /// already: who made it may have been killed before that.
    fn open_way(&self, way: Option<&str>) -> io::Result<Dir> {
        let mut dir = self.dir.try_clone()?;
        for part in way.into_iter().flat_map(|way| way.split('/')) {
            match dir.create_dir(part) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => made?,
            }
            dir.open(".")?.sync_all()?;
            dir = dir.open_dir(part)?;
        }
        Ok(dir)
    }

    fn fault(&self, error: &io::Error) -> Fault {
        fault(error, &self.shown)
    }
}

pub(crate) fn fault(error: &io::Error, shown: &str) -> Fault {
    let fault = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Fault::new(FaultCode::DiskFull, format!("there is no room left for `{shown}`"))
                .hint("free some space and run the export again; it goes on where it was")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::NotADirectory => {
            Fault::new(FaultCode::SinkRefused, format!("`{shown}` cannot be written"))
                .hint("name a folder that you may write to")
        }
        _ => Fault::new(FaultCode::SinkFailed, format!("`{shown}` cannot be used"))
            .hint("run the export again: it goes on where the destination's cursor stands"),
    };
    fault.inner(error)
}
