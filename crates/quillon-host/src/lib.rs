//! The host port: the files of a workspace, Quillon's own small files, and commands.
//!
//! Invariant: nothing behind [`WorkspaceFiles`] leads out of the workspace's folder, through no link and no `..`.
//! Paths are [`WorkspacePath`]s: relative, with `/`, already normal.

mod command;
pub mod conformance;
mod fake;
mod files;
mod path;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::Fault;

pub use command::{Command, CommandOutput, OUTPUT_BYTES_MAX, OUTPUT_GAP};
pub use fake::StrictHost;
pub use files::{Before, FileBytes, FileStat, SkipReason, Skipped, WalkOptions, Walked, WorkspaceFiles};
pub use path::{WorkspacePath, check_original_path, check_private_name};

/// The largest of Quillon's own small files, in bytes.
pub const PRIVATE_BYTES_MAX: u64 = 1024 * 1024;
/// The largest file of the original product that is read, in bytes.
pub const ORIGINAL_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// The largest file in Quillon's cache, in bytes.
pub const CACHE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Asked now and then by long work; `true` means stop.
pub type Cancelled<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// One machine.
#[async_trait]
pub trait Host: Send + Sync {
    /// Opens the workspace at `folder`, which must be a folder that can be read.
    ///
    /// # Errors
    /// `workspace.missing`, `file.unreadable`.
    fn open_workspace(&self, folder: &Path) -> Result<Arc<dyn WorkspaceFiles>, Fault>;

    /// Runs a command to its end, its time-out or its cancellation; its whole process group ends with it. Dropping
    /// the future ends the command too.
    ///
    /// # Errors
    /// `input.invalid` as [`Command::check`] finds it, `process.failed` when it could not be started, `timed_out`.
    async fn run_command(&self, command: Command) -> Result<CommandOutput, Fault>;

    /// The environment of the person who runs this process, as far as it is UTF-8.
    fn environment(&self) -> Vec<(String, String)>;

    /// Reads one of Quillon's own small files by its name, such as `settings.json`; `None` when there is none.
    ///
    /// # Errors
    /// `home.unusable`, `file.too_large`, and those of [`check_private_name`].
    fn read_private(&self, name: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// Replaces one of Quillon's own small files as a whole, readable by its owner only.
    ///
    /// # Errors
    /// `home.unusable`, `disk.full`, `file.too_large`, and those of [`check_private_name`].
    fn write_private(&self, name: &str, content: &[u8]) -> Result<(), Fault>;

    /// Reads a file of Quillon's cache by its path there, such as `index/ID/index`; `None` when there is none. What is
    /// in a cache can be made again, and may be gone at any moment.
    ///
    /// # Errors
    /// `home.unusable`, `file.too_large`, and those of [`WorkspacePath::new`].
    fn read_cache(&self, path: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// Replaces a file of Quillon's cache as a whole, readable by its owner only, or removes it where there is no
    /// content. One who reads at the same time gets the old content or the new, and nothing in between.
    ///
    /// # Errors
    /// `home.unusable`, `disk.full`, `file.too_large`, and those of [`WorkspacePath::new`].
    fn write_cache(&self, path: &str, content: Option<&[u8]>) -> Result<(), Fault>;

    /// Reads a file that the original product left in the user's home, by its path below `~/.aws/amazonq`, such as
    /// `mcp.json`; `None` when there is none.
    ///
    /// # Errors
    /// `file.unreadable`, `file.too_large`, `file.outside_workspace` for a link that leads out, and those of
    /// [`check_original_path`].
    fn read_original(&self, path: &str) -> Result<Option<Vec<u8>>, Fault>;
}
