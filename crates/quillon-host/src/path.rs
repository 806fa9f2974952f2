//! Paths inside a workspace.

use std::fmt;

use quillon_base::{Fault, FaultCode};
use serde::{Deserialize, Serialize};

/// A path relative to the workspace, with `/` between names: never empty, absolute, or with `.`, `..` or NUL in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkspacePath(String);

impl WorkspacePath {
    /// Normalises what a person or a model wrote: `./a//b` becomes `a/b`; on Windows `\` separates as well.
    ///
    /// # Errors
    /// `file.outside_workspace` for an absolute path or one that climbs, `input.invalid` for an empty one or a NUL.
    pub fn new(given: &str) -> Result<Self, Fault> {
        let outside = || {
            Fault::new(FaultCode::FileOutside, format!("`{given}` is outside the workspace"))
                .hint("give a path relative to the workspace, without `..`")
        };
        let drive = given.as_bytes().get(1) == Some(&b':') && cfg!(windows);
        if given.starts_with('/') || drive {
            return Err(outside());
        }
        let separator = |c: char| c == '/' || (cfg!(windows) && c == '\\');
        let mut names = Vec::new();
        for name in given.split(separator) {
            match name {
                "" | "." => {}
                ".." => return Err(outside()),
                name => names.push(name),
            }
        }
        if names.is_empty() || given.contains('\0') {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("`{}` is not a file path", given.escape_debug()),
            ));
        }
        Ok(Self(names.join("/")))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkspacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WorkspacePath {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        Self::new(&text)
    }
}

impl From<WorkspacePath> for String {
    fn from(path: WorkspacePath) -> String {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, expected: Result<&str, FaultCode>) {
        let found = WorkspacePath::new(given);
        assert_eq!(
            found.as_ref().map(WorkspacePath::as_str).map_err(|fault| fault.code),
            expected,
            "{given:?}"
        );
    }

    #[test]
    fn stays_inside() {
        check("src/lib.rs", Ok("src/lib.rs"));
        check("./src//lib.rs", Ok("src/lib.rs"));
        check("a/../b", Err(FaultCode::FileOutside));
        check("..", Err(FaultCode::FileOutside));
        check("/etc/passwd", Err(FaultCode::FileOutside));
        check("", Err(FaultCode::InputInvalid));
        check("./", Err(FaultCode::InputInvalid));
        check("a\0b", Err(FaultCode::InputInvalid));
    }
}
