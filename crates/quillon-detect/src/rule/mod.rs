//! Rules: what is looked for, and what is said about it.

mod compare;
mod fix;
mod formula;
mod matcher;
mod page;
mod paths;
mod read;
mod severity;
mod taint;

pub(crate) use fix::{Fix, filled};
pub(crate) use formula::{Formula, Place, evaluate};
pub(crate) use matcher::PatternText;
pub use page::{Page, Sample, pages};
pub(crate) use paths::Paths;
pub(crate) use read::formula_needs;
pub use read::{BadRule, read_rules};
pub use severity::Severity;
pub(crate) use taint::{Propagator, Taint};

use crate::Language;

/// A part of a review that a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Security and misuse.
    Code,
    /// Secrets in code.
    Secrets,
    /// Efficiency and quality.
    Efficiency,
}

/// How often what a rule finds is worth mending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Depends on what the program is for; tried when asked for.
    Low,
    /// Nearly always.
    High,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id, which findings and suppressions name.
    pub id: String,
    /// What it finds, in a line.
    pub title: String,
    /// Why that matters and what to do, in Markdown.
    pub help: String,
    /// What is said at a finding; holes such as `$X` are filled in.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
    /// The part of a review that it belongs to.
    pub category: Category,
    /// How often what it finds is worth mending.
    pub confidence: Confidence,
    /// Weakness classes, as CWE numbers.
    pub cwe: Vec<u32>,
    /// Where to read more.
    pub references: Vec<String>,
    /// The languages that it reads.
    pub languages: Vec<Language>,
    pub(crate) matcher: Matcher,
    pub(crate) fix: Option<Fix>,
    /// The files of which it speaks; all without it.
    pub(crate) paths: Option<Paths>,
    /// Words of which a text must have one of each row, or the rule finds nothing in it.
    pub(crate) needs: Vec<Vec<String>>,
}

impl Rule {
    /// Whether it says how to mend what it finds.
    #[must_use]
    pub const fn has_fix(&self) -> bool {
        self.fix.is_some()
    }

    /// Whether it speaks of a file.
    pub(crate) fn is_about(&self, path: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.allow(path))
    }
}

/// How a rule finds.
#[derive(Debug)]
pub(crate) enum Matcher {
    Search(Box<Formula>),
    Taint(Box<Taint>),
}
