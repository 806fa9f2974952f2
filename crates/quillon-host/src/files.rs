//! The files of one workspace.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use quillon_base::{Fault, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Cancelled, WorkspacePath};

/// A file as a walk sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// Where it is.
    pub path: WorkspacePath,
    /// Its size in bytes.
    pub bytes: u64,
    /// When its content was last changed, as far as that can be told: a program may set it.
    pub modified: Timestamp,
    /// When anything about it was last changed, which no program can set.
    pub changed: Timestamp,
    /// Which file of its disk it is. Another file under the same path has another, or was changed later.
    pub identity: u64,
}

/// What a file held when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileBytes {
    /// The whole content.
    pub bytes: Vec<u8>,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// Why a walk left something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Larger than [`WalkOptions::file_bytes_max`].
    TooLarge,
    /// It or its folder cannot be read.
    Unreadable,
    /// A link that leads out of the workspace, to nothing, or in a circle.
    LinkOutside,
    /// Its name is not UTF-8.
    NameNotUtf8,
    /// A pipe, socket or device.
    NotAFile,
    /// The walk had found [`WalkOptions::files_max`] files already.
    TooMany,
}

/// Something that a walk left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The path as far as it can be shown.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
}

/// How far a walk goes.
///
/// `.git` is never entered. `.amazonqignore`, `.ignore`, `.gitignore` and `.git/info/exclude` are respected whether or
/// not the folder is a repository; where they disagree the earlier in this row counts, and of two of a kind the deeper.
/// Inside a repository those of the folders above count too, up to the repository's root, and never from beyond it.
/// What the user keeps for all repositories does not count, so that everyone gets the same answer. An `.amazonqignore`
/// that cannot be understood hides its whole folder rather than nothing.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Only below this folder, or the whole workspace. A folder that git ignores is walked when it is named here; one
    /// that `.amazonqignore` excludes is not.
    pub below: Option<WorkspacePath>,
    /// Larger files are skipped.
    pub file_bytes_max: u64,
    /// The walk stops here and says so.
    pub files_max: usize,
}

/// What a walk found, sorted by path. Links are not followed: what one leads to inside the workspace is listed under
/// its own name, and one that leads out is skipped.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// Regular files.
    pub files: Vec<FileStat>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// What a write expects to replace; anything else is `file.changed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// There is no such file.
    Absent,
    /// The file's content has this SHA-256.
    Sha256([u8; 32]),
}

impl Before {
    /// Expects exactly this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut sum = [0; 32];
        sum.copy_from_slice(digest(&SHA256, content).as_ref());
        Self::Sha256(sum)
    }

    /// Whether what is there, if anything is, is what was expected.
    #[must_use]
    pub fn matches(&self, found: Option<&[u8]>) -> bool {
        found.map_or(Self::Absent, Self::of) == *self
    }
}

/// One workspace, held open so that a folder swapped for a link cannot lead elsewhere.
pub trait WorkspaceFiles: Send + Sync {
    /// The folder, made absolute, with links in it resolved.
    fn root(&self) -> &Path;

    /// Lists the files.
    ///
    /// # Errors
    /// `cancelled`; and of the folder itself `file.missing`, `file.outside_workspace` or `file.unreadable`, the last
    /// also for an `.amazonqignore` there that cannot be understood. What lies below is skipped instead.
    fn walk(&self, options: &WalkOptions, cancelled: Cancelled<'_>) -> Result<Walked, Fault>;

    /// Where a path leads: the same file or folder by a path without links in it. What does not exist yet keeps its names
    /// below the deepest folder that does. Nothing of a file is read.
    ///
    /// # Errors
    /// `file.outside_workspace` also for a link that leads to nothing, `file.unreadable`.
    fn real_path(&self, path: &WorkspacePath) -> Result<WorkspacePath, Fault>;

    /// Reads a file of at most `bytes_max` bytes. Links are followed as far as they stay inside.
    ///
    /// # Errors
    /// `file.missing`, `file.outside_workspace`, `file.too_large`, `file.unreadable`.
    fn read(&self, path: &WorkspacePath, bytes_max: u64) -> Result<FileBytes, Fault>;

    /// Replaces or makes a file as a whole, with the folders on the way. Durable when it returns. No link is followed, so
    /// that what was decided about a path is what is written: a path with one in it, even one that came just now, is
    /// `file.changed`; [`WorkspaceFiles::real_path`] tells where it leads. `.git` is git's own and counts as outside.
    ///
    /// # Errors
    /// `file.changed`, `file.outside_workspace`, `file.unreadable`, `disk.full`, `locked`.
    fn write(&self, path: &WorkspacePath, content: &[u8], before: Before) -> Result<(), Fault>;

    /// Removes a file. Of a link that stays inside, the link itself goes.
    ///
    /// # Errors
    /// `file.changed`, `file.missing`, `file.outside_workspace`, `file.unreadable`, `locked`.
    fn remove(&self, path: &WorkspacePath, before: Before) -> Result<(), Fault>;
}
