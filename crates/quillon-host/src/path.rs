//! Paths inside a workspace, and the names of the files beside it.

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

/// Checks the name of one of Quillon's own small files: one name, without a folder.
///
/// # Errors
/// `file.outside_workspace` for a name that climbs, `input.invalid` for one that is empty or names a folder.
pub fn check_private_name(name: &str) -> Result<(), Fault> {
    let path = WorkspacePath::new(name).map_err(|fault| beside(fault, name, "quillon's own folder"))?;
    if path.as_str() == name && !name.contains(['/', '\\']) {
        return Ok(());
    }
    Err(Fault::new(
        FaultCode::InputInvalid,
        format!("`{name}` is not the name of one of quillon's own files"),
    )
    .hint("give a name without a folder, such as `settings.json`"))
}

/// Checks the path of a file that the original product left, below its own folder in the user's home.
///
/// # Errors
/// `file.outside_workspace` for a path that climbs, `input.invalid` for one that is empty.
pub fn check_original_path(path: &str) -> Result<WorkspacePath, Fault> {
    WorkspacePath::new(path).map_err(|fault| beside(fault, path, "`~/.aws/amazonq`"))
}

/// The same refusal, about another folder.
fn beside(fault: Fault, given: &str, folder: &str) -> Fault {
    if fault.code != FaultCode::FileOutside {
        return fault;
    }
    Fault::new(fault.code, format!("`{given}` is outside {folder}"))
        .hint("give a path relative to it, without `..`")
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

    #[test]
    fn names_beside_the_workspace_do_not_climb() {
        let private = |name: &str| check_private_name(name).map_err(|fault| fault.code);
        assert_eq!(private("settings.json"), Ok(()));
        for climbs in ["../settings.json", "/settings.json", "a/../../b"] {
            assert_eq!(private(climbs), Err(FaultCode::FileOutside), "{climbs:?}");
        }
        for odd in ["", ".", "a/b", "./a", "a/", "a\\b", "a\0"] {
            assert_eq!(private(odd), Err(FaultCode::InputInvalid), "{odd:?}");
        }
        assert_eq!(check_original_path("cli-agents/a.json").unwrap().as_str(), "cli-agents/a.json");
        let fault = check_original_path("../credentials").unwrap_err();
        assert_eq!(
            fault.to_string(),
            "`../credentials` is outside `~/.aws/amazonq` [file.outside_workspace]"
        );
    }
}
