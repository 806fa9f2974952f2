//! The store's file on the disk: made whole, for its owner only.
//!
//! Invariants: a file has its name only once it is a whole store, so an empty or short one is damage, never a beginning;
//! nothing here opens a file that SQLite may have open, because closing it would drop SQLite's locks.
#![expect(
    clippy::disallowed_methods,
    reason = "the store lies below the passage; this module makes its file and looks at it, SQLite does the rest"
)]

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use quillon_base::Fault;

use crate::fault::{corrupt, disk_full, unavailable};

/// What SQLite adds to the name of a database for the files beside it.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Tells apart the files that one process makes at once.
static NEW_FILES: AtomicU32 = AtomicU32::new(0);

fn fault(error: &io::Error, path: &Path) -> Fault {
    let fault = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => disk_full(),
        _ => unavailable(),
    };
    fault.inner(format!("{}: {error}", path.display()))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Whether the store is there; if so, makes sure that it is its owner's alone.
///
/// # Errors
/// `store.corrupt` when it is empty, or gone and its log is there; `store.unavailable`.
pub(crate) fn is_there(path: &Path) -> Result<bool, Fault> {
    let log = beside(path, "-wal");
    let has_log = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    let metadata = match std::fs::metadata(path) {
        // Looked at in this order: a store that another process makes meanwhile gets its log after its name.
        Err(error) if error.kind() == ErrorKind::NotFound && has_log => {
            return Err(corrupt("the store is gone, but its log is there", path).inner(log.display()));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        found => found.map_err(|error| fault(&error, path))?,
    };
    if !metadata.is_file() {
        return Err(unavailable().inner(format!("{} is not a file", path.display())));
    }
    if metadata.len() == 0 {
        return Err(corrupt("the store is empty: something truncated its file", path));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        close_to_others(path)?;
    }
    Ok(true)
}

/// SQLite gives the files beside a database the database's mode when it makes them, so those that are there already
/// need the same care.
fn close_to_others(path: &Path) -> Result<(), Fault> {
    let alone = |path: &Path| std::fs::set_permissions(path, Permissions::from_mode(0o600));
    alone(path).map_err(|error| fault(&error, path))?;
    for path in BESIDE.map(|suffix| beside(path, suffix)) {
        match alone(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            closed => closed.map_err(|error| fault(&error, &path))?,
        }
    }
    Ok(())
}

/// A file under a passing name, to be filled and then put in its place. Removed when it is dropped.
pub(crate) struct NewFile {
    folder: PathBuf,
    folder_is_new: bool,
    passing: PathBuf,
}

impl NewFile {
    /// Makes an empty file in the folder of `path`, and the folder where it is missing.
    pub(crate) fn beside(path: &Path) -> Result<Self, Fault> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder_is_new = std::fs::metadata(folder).is_err();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| fault(&error, folder))?;
        let name = path.file_name().ok_or_else(|| unavailable().inner(path.display()))?;
        let number = NEW_FILES.fetch_add(1, Ordering::Relaxed);
        let mut passing = OsString::from(".");
        passing.push(name);
        passing.push(format!(".new-{}-{number}", std::process::id()));
        let new = Self { folder: folder.to_owned(), folder_is_new, passing: folder.join(passing) };
        // Left over from a process that had this number before and did not live to the end.
        new.remove();
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new.passing);
        made.map_err(|error| fault(&error, &new.passing))?;
        Ok(new)
    }

    /// Where it is now.
    pub(crate) fn path(&self) -> &Path {
        &self.passing
    }

    /// Gives it its name, durably. When another process was first, that one's file stays.
    pub(crate) fn put_in_place(self, path: &Path) -> Result<(), Fault> {
        // A log that stayed would be a part of the store that the name does not take along.
        if std::fs::metadata(beside(&self.passing, "-wal")).is_ok_and(|log| log.len() > 0) {
            return Err(unavailable().inner("a new store's log was not brought into its file"));
        }
        let sync = |path: &Path| {
            File::open(path).and_then(|file| file.sync_all()).map_err(|error| fault(&error, path))
        };
        // SQLite has closed it, so that it may be opened here.
        sync(&self.passing)?;
        // A link fails where a rename would replace.
        match std::fs::hard_link(&self.passing, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
            linked => linked.map_err(|error| fault(&error, path))?,
        }
        sync(&self.folder)?;
        if self.folder_is_new {
            // A parent that may be written and not read cannot be flushed, which is no reason to refuse a store.
            let _ = self.folder.parent().map(sync);
        }
        Ok(())
    }

    fn remove(&self) {
        let _ = std::fs::remove_file(&self.passing);
        for suffix in BESIDE {
            let _ = std::fs::remove_file(beside(&self.passing, suffix));
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        self.remove();
    }
}
