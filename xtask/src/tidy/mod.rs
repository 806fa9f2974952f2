//! The locks on the architecture. Each lock is one file here, one row in [`LOCKS`], and pure: a [`Tree`] goes in,
//! findings come out, so that each is shown to catch its violation on a synthetic tree.
//!
//! Invariant: a finding is silenced only by a row with a reason in `exceptions.toml`, and a row that silences nothing
//! is itself a finding. So the list can only shrink.

mod dependencies;
mod exceptions;
mod inheritance;
mod layers;
mod manifest;
mod names;
mod opt_outs;
mod proofs;
mod side_doors;
mod source;
mod text;
mod tree;
mod unsafe_code;

use std::fmt;
use std::path::Path;

use self::exceptions::Exceptions;
use self::tree::Tree;
use crate::failure::Failure;

/// One lock: its name, as exceptions refer to it, and its check.
struct Lock {
    name: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

/// Every lock, sorted by name.
const LOCKS: &[Lock] = &[
    Lock { name: "dependencies", check: dependencies::check },
    Lock { name: "inheritance", check: inheritance::check },
    Lock { name: "layers", check: layers::check },
    Lock { name: "names", check: names::check },
    Lock { name: "opt_outs", check: opt_outs::check },
    Lock { name: "proofs", check: proofs::check },
    Lock { name: "side_doors", check: side_doors::check },
    Lock { name: "source", check: source::check },
    Lock { name: "text", check: text::check },
    Lock { name: "unsafe_code", check: unsafe_code::check },
];

/// Something that breaks a lock, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
    remedy: String,
    /// What an exception names to silence this: a file, a crate or an edge `from -> to`.
    subject: String,
    /// How much of it there is, where an exception may cap an amount.
    amount: Option<usize>,
}

impl Finding {
    /// A finding in the file `path`, which is also what an exception would name.
    fn new(path: &str, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (what, remedy) = (what.into(), remedy.into());
        Self { path: path.to_owned(), line, what, remedy, subject: path.to_owned(), amount: None }
    }

    /// The same finding under another name for exceptions.
    fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    fn amount(mut self, amount: usize) -> Self {
        self.amount = Some(amount);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.remedy)
    }
}

/// Checks the workspace at `root` and prints what is wrong with it.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let tree = Tree::read(root)?;
    let exceptions = Exceptions::of(&tree)?;
    let findings = exceptions.apply(&all_findings(&tree));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} locks hold over {}", LOCKS.len(), tree.summary());
            Ok(())
        }
        count => Err(Failure(format!("tidy: {count} to mend"))),
    }
}

fn all_findings(tree: &Tree) -> Vec<(&'static str, Finding)> {
    let mut all = Vec::new();
    for lock in LOCKS {
        all.extend((lock.check)(tree).into_iter().map(|finding| (lock.name, finding)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        let tree = Tree::read(&crate::workspace_root()).unwrap();
        let findings = Exceptions::of(&tree).unwrap().apply(&all_findings(&tree));
        let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }

    #[test]
    fn locks_are_sorted_and_named_once() {
        assert!(LOCKS.is_sorted_by(|left, right| left.name < right.name));
    }
}

/// What the tests of every lock share: a tree from text, and findings as text.
#[cfg(test)]
mod testing {
    use super::{Finding, Tree};

    /// Checks that `check` finds exactly `expected` (as `path:line: what`, without the remedy) in `files`.
    #[track_caller]
    pub(crate) fn expect(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], expected: &[&str]) {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let found: Vec<String> = check(&Tree::of(files).unwrap())
            .iter()
            .map(|finding| format!("{}:{}: {}", finding.path, finding.line, finding.what))
            .collect();
        assert_eq!(found, expected);
    }
}
