//! The suite that every host passes.
//!
//! [`files`] and [`private_files`] hold for all of them, the strict fake included. [`ignoring`] and [`commands`] hold
//! for a host over a real machine with `/bin/sh`; the fake knows neither ignore rules nor programs. Each check gets a
//! fresh [`Ground`]. A check that fails panics, as a test does.

mod commands;
mod files;
mod ignoring;
mod private_files;

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use quillon_base::{Fault, FaultCode};

use crate::{Host, WalkOptions, Walked, WorkspaceFiles, WorkspacePath};

pub use commands::commands;
pub use files::files;
pub use ignoring::ignoring;
pub use private_files::private_files;

/// A host to test, with a hand in its world that does not go through the port.
pub trait Ground {
    /// The host. It has no private files and none of the original product.
    fn host(&self) -> &dyn Host;
    /// An empty workspace, absolute and without links on the way.
    fn folder(&self) -> PathBuf;
    /// Makes or changes a file of the workspace, with the folders on the way.
    fn put(&self, path: &str, content: &[u8]);
    /// What a file of the workspace holds.
    fn get(&self, path: &str) -> Option<Vec<u8>>;
    /// Makes a file of the original product, by its path below `~/.aws/amazonq`.
    fn put_original(&self, path: &str, content: &[u8]);
}

/// Makes a fresh ground.
pub type MakeGround<'a> = &'a (dyn Fn() -> Box<dyn Ground> + Sync);

type Check = fn(&dyn Ground);

fn run(make: MakeGround<'_>, checks: &[Check]) {
    for check in checks {
        check(make().as_ref());
    }
}

fn open(ground: &dyn Ground) -> Arc<dyn WorkspaceFiles> {
    ground.host().open_workspace(&ground.folder()).expect("an empty workspace opens")
}

fn path(text: &str) -> WorkspacePath {
    WorkspacePath::new(text).expect("a path that the suite chose")
}

#[track_caller]
fn assert_fault<T: Debug>(result: Result<T, Fault>, code: FaultCode) {
    let fault = result.expect_err("this must fail");
    assert_eq!(fault.code, code, "{fault}; {:?}", fault.detail());
    let message = &fault.message;
    let is_sentence =
        message.chars().next().is_some_and(|first| !first.is_uppercase()) && !message.ends_with('.');
    assert!(is_sentence, "{message:?} is not a sentence in lower case without a full stop");
}

fn everything() -> WalkOptions {
    WalkOptions { below: None, file_bytes_max: 1_000_000, files_max: 1_000 }
}

fn walk(files: &dyn WorkspaceFiles, options: &WalkOptions) -> Result<Walked, Fault> {
    files.walk(options, &|| false)
}

/// The paths that a walk lists.
fn listed(files: &dyn WorkspaceFiles, options: &WalkOptions) -> Vec<String> {
    let walked = walk(files, options).expect("a walk");
    walked.files.iter().map(|file| file.path.to_string()).collect()
}
