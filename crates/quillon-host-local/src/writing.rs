//! Changing the files of a workspace: what was expected is checked, then replaced as a whole.
//!
//! Invariant: a reader, and a machine that loses its power, sees the old content or the new one, never less. Two
//! writers of this program exclude each other by a lock on the folder. Any other program is noticed up to the moment
//! before the rename; no system offers a rename that compares content first.
//!
//! What is written is what was decided: a path says where it leads ([`destination`]), and a write follows no link, not even
//! one that came after the decision. A folder on the way is opened name by name and held.
//!
//! A file keeps its permissions and, where the system lets it, its owner. It loses its second names, which suits
//! package managers that link from a shared store, and its extended attributes.

use std::io::ErrorKind;
use std::os::unix::fs::fchown;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cap_std::fs::{
    Dir, File, Metadata, MetadataExt, OpenOptions, OpenOptionsExt, Permissions, PermissionsExt,
};
use quillon_base::{Fault, FaultCode};
use quillon_host::{Before, WorkspacePath};
use rustix::fs::{Access, AtFlags, FlockOperation, OFlags, accessat, flock};
use rustix::io::Errno;

use crate::fault::{self, is};
use crate::fresh::Fresh;
use crate::reading::{open, open_itself, real_path, sha256};

/// The permissions of a new file, before the user's mask.
const NEW_FILE_MODE: u32 = 0o644;
/// How often another writer is waited for.
const LOCK_TRIES_MAX: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Where a path leads, without links in it. What does not exist keeps its names below the deepest folder that does.
pub(crate) fn destination(root: &Dir, path: &WorkspacePath) -> Result<WorkspacePath, Fault> {
    let shown = path.as_str();
    let (mut existing, mut missing) = (shown, "");
    let real = loop {
        if existing.is_empty() {
            break PathBuf::new();
        }
        match real_path(root, existing) {
            Ok(real) => break real,
            Err(error) if error.kind() == ErrorKind::NotFound => refuse_dangling(root, existing)?,
            Err(error) => return Err(fault::writing(&error, shown)),
        }
        existing = split(existing).0;
        missing = shown[existing.len()..].trim_start_matches('/');
    };
    let real = if missing.is_empty() { real } else { real.join(missing) };
    match real.to_str() {
        // A link to the workspace's folder itself.
        Some("" | ".") => Err(fault::writing(&ErrorKind::IsADirectory.into(), shown)),
        Some(real) => WorkspacePath::new(real),
        None => Err(fault::writing(&ErrorKind::InvalidData.into(), shown)),
    }
}

/// Replaces or makes a file. No link is followed.
pub(crate) fn write(root: &Dir, path: &WorkspacePath, content: &[u8], before: Before) -> Result<(), Fault> {
    let shown = path.as_str();
    let fail = |error: std::io::Error| fault::writing(&error, shown);
    refuse_git(Path::new(shown), shown)?;
    let real = destination(root, path)?;
    refuse_git(Path::new(real.as_str()), shown)?;
    if real != *path {
        return Err(fault::changed(shown));
    }
    let (above, _) = split(shown);
    // Whoever expects content here must not get folders for it.
    if before == Before::Absent {
        make_folders(root, above, shown)?;
    } else if !above.is_empty() && !root.is_dir(above) {
        return Err(fault::changed(shown));
    }
    let place = Place::open(root, Path::new(shown), shown)?;
    let (folder, name) = (&place.folder, place.name.as_str());
    match before {
        Before::Absent => {
            refuse_taken(folder, name, shown)?;
            let fresh = Fresh::create(folder, NEW_FILE_MODE, content).and_then(Fresh::sync).map_err(fail)?;
            fresh.take_name(name).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => fault::changed(shown),
                _ => fail(error),
            })?;
        }
        Before::Sha256(sum) => {
            let old = match open_itself(folder, name) {
                Err(fault) if fault.code == FaultCode::FileMissing => return Err(fault::changed(shown)),
                opened => opened?,
            };
            if sha256(&old.0).map_err(fail)? != sum {
                return Err(fault::changed(shown));
            }
            refuse_read_only(folder, name, &old.1, shown)?;
            let fresh = Fresh::create(folder, 0o600, content).map_err(fail)?;
            keep_owner_and_permissions(&fresh.file, &old.1).map_err(fail)?;
            let fresh = fresh.sync().map_err(fail)?;
            refuse_other(folder, name, &old.1, shown)?;
            fresh.replace(name).map_err(fail)?;
        }
    }
    place.handle.sync_all().map_err(fail)
}

/// Removes a file. Of a link that stays inside, the link itself goes; what it leads to is what is compared.
pub(crate) fn remove(root: &Dir, path: &WorkspacePath, before: Before) -> Result<(), Fault> {
    let shown = path.as_str();
    let fail = |error: std::io::Error| fault::writing(&error, shown);
    refuse_git(Path::new(shown), shown)?;
    let (above, name) = split(shown);
    let above = if above.is_empty() { "." } else { above };
    let real = real_path(root, above).map_err(|error| fault::reading(&error, shown))?.join(name);
    let place = Place::open(root, &real, shown)?;
    let itself = place.folder.symlink_metadata(&place.name).map_err(|error| fault::reading(&error, shown))?;
    let (file, _) = open(root, shown)?;
    if Before::Sha256(sha256(file).map_err(fail)?) != before {
        return Err(fault::changed(shown));
    }
    refuse_other(&place.folder, &place.name, &itself, shown)?;
    place.folder.remove_file(&place.name).map_err(fail)?;
    place.handle.sync_all().map_err(fail)
}

/// A name in a folder that is held open and locked.
struct Place {
    folder: Dir,
    name: String,
    /// The folder again, as something that can be synced. It holds the lock until it is dropped.
    handle: File,
}

impl Place {
    /// `real` is a path with no links in it; one that appears meanwhile can still not lead out.
    fn open(root: &Dir, real: &Path, shown: &str) -> Result<Self, Fault> {
        refuse_git(real, shown)?;
        let fail = |error: std::io::Error| fault::writing(&error, shown);
        let name = real.file_name().and_then(|name| name.to_str());
        let Some(name) = name else { return Err(fail(ErrorKind::IsADirectory.into())) };
        let above = real.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = open_folder_itself(root, above).map_err(|error| match is(&error, Errno::LOOP) {
            true => fault::changed(shown),
            false => fail(error),
        })?;
        let handle = folder.open(".").map_err(fail)?;
        lock(&handle, shown)?;
        Ok(Self { folder, name: name.to_owned(), handle })
    }
}

fn lock(folder: &File, shown: &str) -> Result<(), Fault> {
    for _ in 0..LOCK_TRIES_MAX {
        match flock(folder, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => std::thread::sleep(LOCK_PAUSE),
            // A disk without locks has no second writer of ours to fear more than any other program.
            Ok(()) | Err(_) => return Ok(()),
        }
    }
    Err(Fault::new(FaultCode::Locked, format!("another program is changing files beside `{shown}`"))
        .hint("wait until it is done and try again"))
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Opens a folder name by name, none of which may be a link: `ELOOP` says that one is.
fn open_folder_itself(root: &Dir, folder: &Path) -> std::io::Result<Dir> {
    let mut held = root.try_clone()?;
    for name in folder.iter().filter(|name| *name != ".") {
        let flags = OFlags::NOFOLLOW | OFlags::DIRECTORY;
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(flags.bits().cast_signed());
        let opened = held.open_with(name, &options).map_err(|error| {
            // Of a link the system says that it is no folder.
            let is_link = held.symlink_metadata(name).is_ok_and(|found| found.is_symlink());
            if is_link { Errno::LOOP.into() } else { error }
        })?;
        held = Dir::from_std_file(opened.into_std());
    }
    Ok(held)
}

/// Makes what is missing of `folder`, which has no links on the way.
fn make_folders(root: &Dir, folder: &str, shown: &str) -> Result<(), Fault> {
    let fail = |error: std::io::Error| fault::writing(&error, shown);
    let mut path = PathBuf::new();
    let mut above = root.try_clone().map_err(fail)?;
    for name in folder.split('/').filter(|name| !name.is_empty()) {
        match above.create_dir(name) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made.and_then(|()| above.open(".")?.sync_all()).map_err(fail)?,
        }
        path.push(name);
        above = open_folder_itself(root, &path).map_err(|error| match is(&error, Errno::LOOP) {
            true => fault::changed(shown),
            false => fail(error),
        })?;
    }
    Ok(())
}

/// Some systems do not tell `.GIT` from `.git`, so no spelling of it is written.
fn refuse_git(path: &Path, shown: &str) -> Result<(), Fault> {
    if path.iter().any(|name| name.eq_ignore_ascii_case(".git")) {
        return Err(fault::belongs_to_git(shown));
    }
    Ok(())
}

fn refuse_dangling(root: &Dir, path: &str) -> Result<(), Fault> {
    match root.symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            Err(Fault::new(FaultCode::FileOutside, format!("`{path}` is a link that leads to nothing"))
                .hint("mend the link or remove it"))
        }
        // Nothing, or something that someone else has just made.
        _ => Ok(()),
    }
}

fn refuse_taken(folder: &Dir, name: &str, shown: &str) -> Result<(), Fault> {
    match folder.symlink_metadata(name) {
        Ok(found) if found.is_dir() => Err(fault::writing(&ErrorKind::IsADirectory.into(), shown)),
        Ok(_) => Err(fault::changed(shown)),
        Err(_) => Ok(()),
    }
}

/// A rename asks only the folder for permission, so the file is asked here. Root may write everywhere, and still a
/// file that nobody may write was made so for a reason.
fn refuse_read_only(folder: &Dir, name: &str, old: &Metadata, shown: &str) -> Result<(), Fault> {
    let nobody = old.mode() & 0o222 == 0;
    if !nobody && accessat(folder, name, Access::WRITE_OK, AtFlags::EACCESS).is_ok() {
        return Ok(());
    }
    Err(Fault::new(FaultCode::FileUnreadable, format!("`{shown}` may only be read"))
        .hint("make it writable first, for instance with `chmod u+w`"))
}

/// Whether the name still stands for what was compared.
fn refuse_other(folder: &Dir, name: &str, old: &Metadata, shown: &str) -> Result<(), Fault> {
    let is_same = |now: Metadata| {
        let identity = |one: &Metadata| (one.dev(), one.ino(), one.size(), one.mtime(), one.mtime_nsec());
        identity(&now) == identity(old) && (now.ctime(), now.ctime_nsec()) == (old.ctime(), old.ctime_nsec())
    };
    if folder.symlink_metadata(name).is_ok_and(is_same) { Ok(()) } else { Err(fault::changed(shown)) }
}

fn keep_owner_and_permissions(file: &File, old: &Metadata) -> std::io::Result<()> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        // Only root may give files away; for anyone else the new file is simply theirs, as with every editor.
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    // The bits that let a program run as its owner do not outlive a change of its content.
    file.set_permissions(Permissions::from_mode(old.mode() & 0o777))
}
