//! The files of one workspace.

use std::path::Path;

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
    /// When it was last changed.
    pub modified: Timestamp,
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

/// How far a walk goes. `.git` is never entered; `.gitignore`, `.ignore` and `.git/info/exclude` and, always,
/// `.amazonqignore` are respected whether or not the folder is a repository.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Only below this folder, or the whole workspace.
    pub below: Option<WorkspacePath>,
    /// Larger files are skipped.
    pub file_bytes_max: u64,
    /// The walk stops here and says so.
    pub files_max: usize,
}

/// What a walk found, sorted by path.
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

/// One workspace, held open so that a folder swapped for a link cannot lead elsewhere.
pub trait WorkspaceFiles: Send + Sync {
    /// The folder, made absolute, with links in it resolved.
    fn root(&self) -> &Path;

    /// Lists the files.
    ///
    /// # Errors
    /// `cancelled`, or `file.unreadable` when the folder itself cannot be read; what lies below is skipped instead.
    fn walk(&self, options: &WalkOptions, cancelled: Cancelled<'_>) -> Result<Walked, Fault>;

    /// Reads a file of at most `bytes_max` bytes. Links are followed as far as they stay inside.
    ///
    /// # Errors
    /// `file.missing`, `file.outside_workspace`, `file.too_large`, `file.unreadable`.
    fn read(&self, path: &WorkspacePath, bytes_max: u64) -> Result<FileBytes, Fault>;

    /// Replaces or makes a file as a whole, with the folders on the way. Durable when it returns.
    ///
    /// # Errors
    /// `file.changed`, `file.outside_workspace`, `file.unreadable`, `disk.full`.
    fn write(&self, path: &WorkspacePath, content: &[u8], before: Before) -> Result<(), Fault>;

    /// Removes a file.
    ///
    /// # Errors
    /// `file.changed`, `file.missing`, `file.outside_workspace`, `file.unreadable`.
    fn remove(&self, path: &WorkspacePath, before: Before) -> Result<(), Fault>;
}
