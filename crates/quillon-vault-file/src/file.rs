//! Key files: made whole, read whole, for their owner only. The only module of this crate that touches the disk.
#![expect(
    clippy::disallowed_methods,
    reason = "keys are needed before there is a passage; this adapter keeps them in files and does nothing else"
)]

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use quillon_base::{Fault, FaultCode};

/// A key file is never larger.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Tells apart the files that one process makes at once.
static NEW_FILES: AtomicU32 = AtomicU32::new(0);

/// A failure of a key file.
fn file_fault(error: &io::Error, path: &Path) -> Fault {
    let (code, message, hint) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            (FaultCode::DiskFull, "the disk is full", "free some space")
        }
        _ => (
            FaultCode::HomeUnusable,
            "the keys folder cannot be used",
            "make it readable and writable for you, or choose another place with `QUILLON_HOME`",
        ),
    };
    Fault::new(code, message).hint(hint).inner(format!("{}: {error}", path.display()))
}

/// Makes the folder, for its owner only.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Fault> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| file_fault(&error, folder))
}

/// Reads a key file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(|error| file_fault(&error, path))?,
    };
    let metadata = file.metadata().map_err(|error| file_fault(&error, path))?;
    if metadata.mode() & 0o077 != 0 {
        return Err(Fault::new(FaultCode::KeyUnusable, "a key file can be read by others")
            .hint(format!("make it yours alone: `chmod 600 {}`", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(KEY_FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|error| file_fault(&error, path))?;
    Ok(Some(bytes))
}

/// Makes a key file, whole and durable; `false` when the name is taken.
pub(crate) fn create(folder: &Path, name: &str, bytes: &[u8]) -> Result<bool, Fault> {
    let path = folder.join(name);
    let fail = |error: &io::Error| file_fault(error, &path);
    // A name of its own for each call: two threads that shared one would write over each other's key.
    let number = NEW_FILES.fetch_add(1, Ordering::Relaxed);
    let new = folder.join(format!(".new-{}-{number}-{name}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .map_err(|e| fail(&e))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    // A link fails where a rename would replace, so of two processes the first one's key stays.
    let linked = written.and_then(|()| std::fs::hard_link(&new, &path));
    let removed = std::fs::remove_file(&new);
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        linked => linked.map_err(|e| fail(&e))?,
    }
    removed.map_err(|e| fail(&e))?;
    sync(folder)?;
    Ok(true)
}

/// Removes a key file, durably; `false` when there is none.
pub(crate) fn remove(folder: &Path, name: &str) -> Result<bool, Fault> {
    let path = folder.join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        removed => removed.map_err(|error| file_fault(&error, &path))?,
    }
    sync(folder)?;
    Ok(true)
}

/// Whether the folder holds a file with this ending.
pub(crate) fn holds(folder: &Path, ending: &str) -> Result<bool, Fault> {
    let mut entries = std::fs::read_dir(folder).map_err(|error| file_fault(&error, folder))?;
    let is_one = |name: &str| name.ends_with(ending);
    Ok(entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_one))))
}

fn sync(folder: &Path) -> Result<(), Fault> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| file_fault(&error, folder))
}
