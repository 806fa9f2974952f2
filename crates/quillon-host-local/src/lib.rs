//! The host port over this machine: Linux, and other Unix as far as they have the same calls.
//!
//! A workspace is a folder that is held open; files are found, read and replaced through it and nothing
//! else, so neither a link nor a folder swapped under way leads out. Links that stay inside are followed when a file is
//! named; an absolute link counts as one that leads out, wherever it points. `.git` can be read and not changed.
//!
//! Commands run in a process group each. Quillon's own files are made for their owner only.
//!
//! Invariants: no call blocks on a pipe or device that lies in a workspace; a file that is replaced is never seen half
//! written, even after a loss of power; nothing of a command runs once its answer is there or its future is dropped.

mod ambient;
mod command;
mod fault;
mod fresh;
mod machine;
mod private;
mod reading;
mod rules;
mod walk;
mod workspace;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::Fault;
use quillon_host::{Command, CommandOutput, Host, WorkspaceFiles};

pub use machine::{SystemClock, SystemEntropy};

/// The folders of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPaths {
    /// Where Quillon's own small files are; made when the first one is written.
    pub config: PathBuf,
    /// Where Quillon's cache is; made when something is first put in.
    pub cache: PathBuf,
    /// The user's home, in which the original product may have left files.
    pub home: Option<PathBuf>,
}

/// This machine, as one user sees it.
#[derive(Clone, Debug)]
pub struct LocalHost {
    paths: LocalPaths,
}

impl LocalHost {
    /// A host with these folders. Nothing is touched yet.
    #[must_use]
    pub const fn new(paths: LocalPaths) -> Self {
        Self { paths }
    }
}

#[async_trait]
impl Host for LocalHost {
    fn open_workspace(&self, folder: &Path) -> Result<Arc<dyn WorkspaceFiles>, Fault> {
        Ok(Arc::new(workspace::LocalWorkspace::open(folder)?))
    }

    async fn run_command(&self, command: Command) -> Result<CommandOutput, Fault> {
        command::run(command).await
    }

    fn environment(&self) -> Vec<(String, String)> {
        machine::environment()
    }

    fn read_private(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        private::read(&self.paths, name)
    }

    fn write_private(&self, name: &str, content: &[u8]) -> Result<(), Fault> {
        private::write(&self.paths, name, content)
    }

    fn read_cache(&self, path: &str) -> Result<Option<Vec<u8>>, Fault> {
        private::read_cache(&self.paths, path)
    }

    fn write_cache(&self, path: &str, content: Option<&[u8]>) -> Result<(), Fault> {
        private::write_cache(&self.paths, path, content)
    }

    fn read_original(&self, path: &str) -> Result<Option<Vec<u8>>, Fault> {
        private::read_original(&self.paths, path)
    }
}
