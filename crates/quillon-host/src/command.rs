//! Commands and what came of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use quillon_base::{Fault, FaultCode};

/// The most that is kept of a command's output, per stream, in bytes: both ends of it, for what was run stands at the
/// beginning and what came of it at the end. The rest is counted and dropped.
pub const OUTPUT_BYTES_MAX: usize = 400 * 1024;
/// Stands in a stream where a part of it was dropped.
pub const OUTPUT_GAP: &str = "\n[a part of the output is left out here]\n";

/// A program with its arguments, never a line for a shell to split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program, by name or path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs: the workspace's root or a folder below it, as an absolute path.
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
    /// Its standard output, or both ends of it with [`OUTPUT_GAP`] between, up to [`OUTPUT_BYTES_MAX`].
    pub stdout: Vec<u8>,
    /// Its standard error, likewise.
    pub stderr: Vec<u8>,
    /// Bytes that were dropped from the two.
    pub dropped_bytes: u64,
}

impl Command {
    /// Whether this can be run as it stands, in the environment that it names and no other.
    ///
    /// # Errors
    /// `input.invalid` for an empty program, a folder that is not absolute, a NUL, or an environment that names a
    /// variable twice or with `=` in it.
    pub fn check(&self) -> Result<(), Fault> {
        let invalid = |what: String| Err(Fault::new(FaultCode::InputInvalid, what));
        if self.program.is_empty() {
            return invalid("a command needs a program".to_owned());
        }
        if !self.folder.is_absolute() {
            return invalid("a command needs a folder to run in, as an absolute path".to_owned());
        }
        let variables = self.environment.iter().flat_map(|(name, value)| [name, value]);
        if [&self.program].into_iter().chain(&self.arguments).chain(variables).any(|text| text.contains('\0'))
        {
            return invalid(format!("`{}` was given a NUL, which no program can take", self.program));
        }
        let mut seen = BTreeSet::new();
        for (name, _) in &self.environment {
            if name.is_empty() || name.contains('=') {
                return invalid(format!("`{name}` cannot be the name of an environment variable"));
            }
            if !seen.insert(name) {
                return invalid(format!("the environment variable `{name}` is given twice"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Command), expected: Result<(), &str>) {
        let mut command = Command {
            program: "cargo".to_owned(),
            arguments: vec!["test".to_owned()],
            folder: PathBuf::from("/w"),
            environment: vec![("PATH".to_owned(), "/bin".to_owned())],
            input: Vec::new(),
            timeout_ms: 1_000,
        };
        change(&mut command);
        assert_eq!(command.check().map_err(|fault| fault.message), expected.map_err(str::to_owned));
    }

    #[test]
    fn a_command_that_means_two_things_is_refused() {
        check(|_| {}, Ok(()));
        check(|command| command.program.clear(), Err("a command needs a program"));
        check(
            |command| command.folder = PathBuf::from("w"),
            Err("a command needs a folder to run in, as an absolute path"),
        );
        check(
            |command| command.arguments[0].push('\0'),
            Err("`cargo` was given a NUL, which no program can take"),
        );
        check(
            |command| command.environment.push(("PATH".to_owned(), String::new())),
            Err("the environment variable `PATH` is given twice"),
        );
        check(
            |command| command.environment[0].0 = "A=B".to_owned(),
            Err("`A=B` cannot be the name of an environment variable"),
        );
    }
}
