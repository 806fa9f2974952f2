//! Lists one folder: what to enter, what to list, what to skip.

use std::ffi::CStr;
use std::sync::Arc;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use quillon_base::{Fault, FaultCode};
use quillon_host::{Cancelled, FileStat, SkipReason, Skipped, WorkspacePath};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Dir as Entries, DirEntry, FileType, OFlags, statat};
use rustix::io::Errno;

use crate::ambient::Around;
use crate::fault;
use crate::fresh::is_fresh;
use crate::reading::{open, read_up_to, timestamp};
use crate::rules::{Kind, RULES_BYTES_MAX, Rules};

/// How many names are looked at before the caller is asked again whether to go on.
const NAMES_PER_QUESTION: usize = 256;

/// A folder that waits to be listed.
pub(super) struct Folder {
    /// Its path in the workspace; empty for the workspace itself.
    pub(super) path: String,
    /// The rules that hold around it, without its own.
    pub(super) rules: Arc<Rules>,
}

/// What one folder had in it.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) folders: Vec<Folder>,
    pub(super) files: Vec<FileStat>,
    pub(super) skipped: Vec<Skipped>,
}

impl Listed {
    /// Files in the order of their paths; folders the other way round, for a stack.
    pub(super) fn sort(&mut self) {
        self.files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        self.folders.sort_unstable_by(|one, other| other.path.cmp(&one.path));
    }

    fn skip(&mut self, path: impl Into<String>, reason: SkipReason) {
        self.skipped.push(Skipped { path: path.into(), reason });
    }
}

/// What listing needs to know.
pub(super) struct List<'w> {
    pub(super) root: &'w Dir,
    pub(super) around: &'w Around,
    pub(super) file_bytes_max: u64,
    pub(super) cancelled: Cancelled<'w>,
}

/// One name in a folder that is being listed.
struct Entry<'e> {
    name: &'e CStr,
    /// Its path in the workspace.
    path: &'e str,
    /// Its path from the top of the rules.
    ruled_path: &'e str,
    file_type: FileType,
    rules: &'e Arc<Rules>,
}

impl List<'_> {
    /// Lists a folder, or `None` when the caller wants to stop.
    pub(super) fn list(&self, folder: &Folder) -> Option<Listed> {
        let mut listed = Listed::default();
        if (self.cancelled)() {
            return None;
        }
        let mut entries = match open_entries(self.root, &folder.path) {
            Ok(entries) => entries,
            Err(error) => {
                skip_reason(&error).inspect(|&reason| listed.skip(folder.path.as_str(), reason));
                return Some(listed);
            }
        };
        // All names come first, because the rules among them decide about the others.
        let names = self.names(&mut entries, folder, &mut listed)?;
        match self.rules(folder, &names) {
            Ok(rules) => self.place_all(&entries, folder, &rules, &names, &mut listed)?,
            Err(_) => listed.skip(join(&folder.path, Kind::Amazonq.file()), SkipReason::Unreadable),
        }
        Some(listed)
    }

    fn names(&self, entries: &mut Entries, folder: &Folder, listed: &mut Listed) -> Option<Vec<DirEntry>> {
        let mut names = Vec::new();
        while let Some(entry) = entries.read() {
            match entry {
                Ok(entry) => names.push(entry),
                Err(_) => listed.skip(folder.path.as_str(), SkipReason::Unreadable),
            }
            if names.len().is_multiple_of(NAMES_PER_QUESTION) && (self.cancelled)() {
                return None;
            }
        }
        Some(names)
    }

    fn rules(&self, folder: &Folder, names: &[DirEntry]) -> Result<Arc<Rules>, Fault> {
        let is_rule = |name: &[u8]| Kind::ALL.iter().any(|kind| kind.file_or_folder().as_bytes() == name);
        if names.iter().any(|entry| is_rule(entry.file_name().to_bytes())) {
            return rules_of(self.root, self.around, &folder.path, &folder.rules);
        }
        Ok(Arc::clone(&folder.rules))
    }

    fn place_all(
        &self,
        entries: &Entries,
        folder: &Folder,
        rules: &Arc<Rules>,
        names: &[DirEntry],
        listed: &mut Listed,
    ) -> Option<()> {
        let Ok(handle) = entries.fd() else {
            listed.skip(folder.path.as_str(), SkipReason::Unreadable);
            return Some(());
        };
        let prefix_bytes = if self.around.prefix.is_empty() { 0 } else { self.around.prefix.len() + 1 };
        // One buffer for all the paths: most of them are looked at and forgotten.
        let mut buffer = join(&self.around.prefix, &folder.path);
        if !buffer.is_empty() {
            buffer.push('/');
        }
        let folder_bytes = buffer.len();
        for (place, entry) in names.iter().enumerate() {
            if place.is_multiple_of(NAMES_PER_QUESTION) && (self.cancelled)() {
                return None;
            }
            let Ok(name) = entry.file_name().to_str() else {
                let shown = join(&folder.path, &entry.file_name().to_string_lossy());
                listed.skip(shown, SkipReason::NameNotUtf8);
                continue;
            };
            if matches!(name, "." | ".." | ".git") || is_fresh(name) {
                continue;
            }
            buffer.truncate(folder_bytes);
            buffer.push_str(name);
            let entry = Entry {
                name: entry.file_name(),
                path: &buffer[prefix_bytes..],
                ruled_path: &buffer,
                file_type: entry.file_type(),
                rules,
            };
            self.place(handle, &entry, listed);
        }
        Some(())
    }

    /// Puts one name where it belongs.
    fn place(&self, folder: BorrowedFd<'_>, entry: &Entry<'_>, listed: &mut Listed) {
        let path = entry.path;
        let mut stat = None;
        let mut file_type = entry.file_type;
        // Not every disk tells the type with the name, and only the disk knows a file's size.
        if matches!(file_type, FileType::Unknown) {
            match statat(folder, entry.name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => {
                    file_type = FileType::from_raw_mode(found.st_mode);
                    stat = Some(found);
                }
                Err(Errno::NOENT) => return,
                Err(_) => return listed.skip(path, SkipReason::Unreadable),
            }
        }
        if entry.rules.excludes(entry.ruled_path, file_type == FileType::Directory) {
            return;
        }
        match file_type {
            FileType::Directory => {
                listed.folders.push(Folder { path: path.to_owned(), rules: Arc::clone(entry.rules) });
            }
            FileType::RegularFile => {
                let stat = stat.map_or_else(|| statat(folder, entry.name, AtFlags::SYMLINK_NOFOLLOW), Ok);
                match stat {
                    Ok(stat) => self.list_file(path, &stat, listed),
                    // It went away meanwhile, as files do.
                    Err(Errno::NOENT) => {}
                    Err(_) => listed.skip(path, SkipReason::Unreadable),
                }
            }
            FileType::Symlink if self.root.metadata(path).is_ok() => {}
            FileType::Symlink => listed.skip(path, SkipReason::LinkOutside),
            _ => listed.skip(path, SkipReason::NotAFile),
        }
    }

    fn list_file(&self, path: &str, stat: &rustix::fs::Stat, listed: &mut Listed) {
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return listed.skip(path, SkipReason::NotAFile);
        }
        let bytes = u64::try_from(stat.st_size).unwrap_or_default();
        if bytes > self.file_bytes_max {
            return listed.skip(path, SkipReason::TooLarge);
        }
        #[allow(clippy::unnecessary_cast, reason = "the widths of these fields differ between systems")]
        let (modified, changed, identity) = (
            timestamp(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            timestamp(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
            stat.st_ino as u64,
        );
        match WorkspacePath::new(path) {
            Ok(path) => listed.files.push(FileStat { path, bytes, modified, changed, identity }),
            Err(_) => listed.skip(path, SkipReason::Unreadable),
        }
    }
}

/// Joins two paths, either of which may be empty.
pub(super) fn join(folder: &str, name: &str) -> String {
    let between = if folder.is_empty() || name.is_empty() { "" } else { "/" };
    [folder, between, name].concat()
}

/// The rules that hold in `folder` of the workspace, under those `above` it.
pub(super) fn rules_of(
    root: &Dir,
    around: &Around,
    folder: &str,
    above: &Arc<Rules>,
) -> Result<Arc<Rules>, Fault> {
    let is_repository = root.symlink_metadata(join(folder, ".git")).is_ok();
    Rules::below(above, &join(&around.prefix, folder), is_repository, |kind| {
        let text = read_rules(root, &join(folder, kind.file()));
        match kind {
            Kind::GitExclude if folder.is_empty() => {
                Ok(text.ok().flatten().or_else(|| around.exclude.clone()))
            }
            _ => text,
        }
    })
}

fn read_rules(root: &Dir, path: &str) -> Result<Option<Vec<u8>>, Fault> {
    let (file, metadata) = match open(root, path) {
        Err(fault) if fault.code == FaultCode::FileMissing => return Ok(None),
        opened => opened?,
    };
    let text = read_up_to(file, metadata.len(), RULES_BYTES_MAX);
    let text = text.map_err(|error| fault::reading(&error, path))?;
    text.map(Some).ok_or_else(|| fault::too_large(path, RULES_BYTES_MAX))
}

fn open_entries(root: &Dir, path: &str) -> std::io::Result<Entries> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    let folder = root.open_with(if path.is_empty() { "." } else { path }, &options)?;
    Ok(Entries::new(OwnedFd::from(folder.into_std()))?)
}

/// Why a folder that was there is not listed; `None` when it went away meanwhile.
fn skip_reason(error: &std::io::Error) -> Option<SkipReason> {
    match error.kind() {
        std::io::ErrorKind::NotFound => None,
        _ if fault::is_escape(error) || fault::is(error, Errno::LOOP) => Some(SkipReason::LinkOutside),
        // With these flags a link in place of a folder is not a folder.
        std::io::ErrorKind::NotADirectory => Some(SkipReason::LinkOutside),
        _ => Some(SkipReason::Unreadable),
    }
}
