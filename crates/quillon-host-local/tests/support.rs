//! A machine in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quillon_base::FaultCode;
use quillon_host::conformance::Ground;
use quillon_host::{Host, WalkOptions, WorkspaceFiles, WorkspacePath};
use quillon_host_local::{LocalHost, LocalPaths};
use tempfile::TempDir;

/// The host with its folders: `workspace`, `config` (not made yet), `home`, and `outside`.
pub struct Machine {
    pub host: LocalHost,
    folder: PathBuf,
    _held: TempDir,
}

impl Machine {
    pub fn new() -> Self {
        let held = tempfile::tempdir().unwrap();
        let folder = held.path().canonicalize().unwrap();
        for name in ["workspace", "home", "outside"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let paths = LocalPaths {
            config: folder.join("config/quillon"),
            cache: folder.join("cache/quillon"),
            home: Some(folder.join("home")),
        };
        Self { host: LocalHost::new(paths), folder, _held: held }
    }

    /// A path beside the workspace, such as `outside/secret`.
    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// A path in the workspace.
    pub fn inside(&self, path: &str) -> PathBuf {
        self.folder.join("workspace").join(path)
    }

    pub fn open(&self) -> Arc<dyn WorkspaceFiles> {
        self.open_at(&self.inside(""))
    }

    /// A workspace anywhere.
    pub fn open_at(&self, folder: &Path) -> Arc<dyn WorkspaceFiles> {
        self.host.open_workspace(folder).unwrap()
    }

    /// Why a folder cannot be opened.
    pub fn fault_at(&self, folder: &Path) -> FaultCode {
        self.host.open_workspace(folder).map(|files| files.root().to_owned()).unwrap_err().code
    }
}

pub fn put(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

impl Ground for Machine {
    fn host(&self) -> &dyn Host {
        &self.host
    }
    fn folder(&self) -> PathBuf {
        self.folder.join("workspace")
    }
    fn put(&self, path: &str, content: &[u8]) {
        put(&self.inside(path), content);
    }
    fn get(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.inside(path)).ok()
    }
    fn put_original(&self, path: &str, content: &[u8]) {
        put(&self.at("home/.aws/amazonq").join(path), content);
    }
}

pub fn path(text: &str) -> WorkspacePath {
    WorkspacePath::new(text).unwrap()
}

pub fn everything() -> WalkOptions {
    WalkOptions { below: None, file_bytes_max: 1_000_000, files_max: 1_000_000 }
}

/// What a walk lists, and what it skips as `path: reason`.
pub fn walked(files: &dyn WorkspaceFiles, options: &WalkOptions) -> (Vec<String>, Vec<String>) {
    let walked = files.walk(options, &|| false).unwrap();
    let skipped = walked.skipped.iter().map(|one| format!("{}: {:?}", one.path, one.reason));
    (walked.files.iter().map(|file| file.path.to_string()).collect(), skipped.collect())
}

/// What a read gives, or why it gives nothing.
pub fn read(files: &dyn WorkspaceFiles, name: &str) -> Result<Vec<u8>, FaultCode> {
    files.read(&path(name), 1_000_000).map(|file| file.bytes).map_err(|fault| fault.code)
}
