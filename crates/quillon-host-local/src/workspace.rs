//! One workspace, held open. Everything in here goes through the held folder; nothing else can be named.

use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use quillon_base::Fault;
use quillon_host::{Before, Cancelled, FileBytes, WalkOptions, Walked, WorkspaceFiles, WorkspacePath};

use crate::reading::{modified, open, read_up_to};
use crate::{ambient, fault, walk, writing};

/// A folder that is open, so that renaming it or putting a link in its place changes nothing for whoever holds it.
pub(crate) struct LocalWorkspace {
    path: PathBuf,
    folder: Dir,
}

impl LocalWorkspace {
    pub(crate) fn open(folder: &Path) -> Result<Self, Fault> {
        let (path, folder) = ambient::open_folder(folder)?;
        Ok(Self { path, folder })
    }
}

impl WorkspaceFiles for LocalWorkspace {
    fn root(&self) -> &Path {
        &self.path
    }

    fn walk(&self, options: &WalkOptions, cancelled: Cancelled<'_>) -> Result<Walked, Fault> {
        walk::walk(&self.folder, &self.path, options, cancelled)
    }

    fn real_path(&self, path: &WorkspacePath) -> Result<WorkspacePath, Fault> {
        writing::destination(&self.folder, path)
    }

    fn read(&self, path: &WorkspacePath, bytes_max: u64) -> Result<FileBytes, Fault> {
        let shown = path.as_str();
        let (file, metadata) = open(&self.folder, shown)?;
        let bytes = read_up_to(file, metadata.len(), bytes_max);
        let bytes = bytes.map_err(|error| fault::reading(&error, shown))?;
        let bytes = bytes.ok_or_else(|| fault::too_large(shown, bytes_max))?;
        Ok(FileBytes { bytes, modified: modified(&metadata) })
    }

    fn write(&self, path: &WorkspacePath, content: &[u8], before: Before) -> Result<(), Fault> {
        writing::write(&self.folder, path, content, before)
    }

    fn remove(&self, path: &WorkspacePath, before: Before) -> Result<(), Fault> {
        writing::remove(&self.folder, path, before)
    }
}
