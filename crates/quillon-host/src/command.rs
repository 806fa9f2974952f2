//! Commands and what came of them.

use std::path::PathBuf;

/// The most that is kept of a command's output, per stream, in bytes. The rest is counted and dropped.
pub const OUTPUT_BYTES_MAX: usize = 400 * 1024;

/// A program with its arguments, never a line for a shell to split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program, by name or path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs: the workspace's root or a folder below it.
    pub folder: PathBuf,
    /// Its whole environment; nothing else is inherited.
    pub environment: Vec<(String, String)>,
    /// What it reads from standard input.
    pub input: Vec<u8>,
    /// It is ended after this long, in milliseconds.
    pub timeout_ms: u64,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// Its exit code, or `None` when a signal ended it.
    pub exit_code: Option<i32>,
    /// The start of its standard output, up to [`OUTPUT_BYTES_MAX`].
    pub stdout: Vec<u8>,
    /// The start of its standard error, up to [`OUTPUT_BYTES_MAX`].
    pub stderr: Vec<u8>,
    /// Bytes that were dropped from the two.
    pub dropped_bytes: u64,
}
