//! The exceptions to the locks, each with a reason, in `exceptions.toml`.
//!
//! A row that is no longer needed is a finding, and an amount may only sink, so the list can only shrink.

use serde::Deserialize;

use super::tree::Tree;
use super::{Finding, LOCKS};
use crate::failure::{Context, Failure};

/// Where the list is.
pub(crate) const PATH: &str = "xtask/src/tidy/exceptions.toml";

/// The list.
#[derive(Default)]
pub(crate) struct Exceptions {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exception: Vec<toml::Spanned<Given>>,
}

/// A row as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    lock: String,
    /// A file, a folder ending in `/`, a crate, or an edge `from -> to`: what the lock calls its subject.
    subject: String,
    /// The largest amount that is still excused, for locks that count.
    at_most: Option<usize>,
    reason: String,
}

struct Row {
    line: usize,
    given: Given,
}

impl Row {
    fn excuses(&self, lock: &str, finding: &Finding) -> bool {
        let Given { lock: of, subject, at_most, .. } = &self.given;
        let below = subject.ends_with('/') && finding.subject.starts_with(subject.as_str());
        let within = at_most.is_none_or(|most| finding.amount.is_some_and(|amount| amount <= most));
        of == lock && (below || *subject == finding.subject) && within
    }
}

impl Exceptions {
    /// The list of this tree; a tree without one has no exceptions.
    pub(crate) fn of(tree: &Tree) -> Result<Self, Failure> {
        tree.text(PATH).map_or_else(|| Ok(Self::default()), Self::parse)
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let file: File = toml::from_str(text).context(|| format!("cannot read {PATH}"))?;
        let line = |offset| 1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count();
        let row =
            |given: toml::Spanned<Given>| Row { line: line(given.span().start), given: given.into_inner() };
        Ok(Self { rows: file.exception.into_iter().map(row).collect() })
    }

    /// The findings that no row excuses, and a finding for every row that excuses nothing or gives no reason.
    pub(crate) fn apply(&self, findings: &[(&'static str, Finding)]) -> Vec<Finding> {
        let excused =
            |(lock, finding): &(&str, Finding)| self.rows.iter().any(|row| row.excuses(lock, finding));
        let mut left: Vec<_> =
            findings.iter().filter(|pair| !excused(pair)).map(|(_, finding)| finding.clone()).collect();
        left.extend(self.rows.iter().filter_map(|row| objection(row, findings)));
        left.sort();
        left
    }
}

fn objection(row: &Row, findings: &[(&'static str, Finding)]) -> Option<Finding> {
    let Given { lock, subject, reason, .. } = &row.given;
    let object = |what: String, remedy: &str| Some(Finding::new(PATH, row.line, what, remedy));
    if !LOCKS.iter().any(|known| known.name == lock) {
        return object(format!("there is no lock `{lock}`"), "name one of the files of `xtask/src/tidy/`");
    }
    if reason.split_whitespace().count() < 3 {
        return object(
            format!("`{subject}` has no reason"),
            "say in a sentence why the lock does not fit here",
        );
    }
    if !findings.iter().any(|(lock, finding)| row.excuses(lock, finding)) {
        return object(format!("`{subject}` no longer needs an exception to `{lock}`"), "remove the row");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &str, findings: &[(&'static str, Finding)], expected: &[&str]) {
        let left = Exceptions::parse(rows).unwrap().apply(findings);
        let left: Vec<_> = left
            .iter()
            .map(|finding| format!("{}:{}: {}", finding.path, finding.line, finding.what))
            .collect();
        assert_eq!(left, expected);
    }

    fn edge() -> (&'static str, Finding) {
        let finding = Finding::new("crates/quillon-audit/Cargo.toml", 9, "sideways", "cut it");
        ("layers", finding.about("quillon-audit -> quillon-vault"))
    }

    const EDGE_ROW: &str = r#"
[[exception]]
lock = "layers"
subject = "quillon-audit -> quillon-vault"
reason = "the ledger seals its salts"
"#;

    #[test]
    fn a_row_excuses_its_subject_and_nothing_else() {
        check(EDGE_ROW, &[edge()], &[]);
        let other = (
            "layers",
            Finding::new("Cargo.toml", 1, "other", "mend it").about("quillon-meter -> quillon-vault"),
        );
        check(EDGE_ROW, &[edge(), other], &["Cargo.toml:1: other"]);
        let elsewhere = ("names", edge().1);
        check(EDGE_ROW, &[edge(), elsewhere], &["crates/quillon-audit/Cargo.toml:9: sideways"]);
    }

    #[test]
    fn a_row_that_is_not_needed_is_a_finding() {
        let expected =
            format!("{PATH}:2: `quillon-audit -> quillon-vault` no longer needs an exception to `layers`");
        check(EDGE_ROW, &[], &[&expected]);
    }

    #[test]
    fn a_folder_excuses_what_is_below_it() {
        let rows =
            "[[exception]]\nlock = \"opt_outs\"\nsubject = \"crates/a/\"\nreason = \"it is the host\"\n";
        let inside = ("opt_outs", Finding::new("crates/a/src/lib.rs", 3, "inside", "mend it"));
        let beside = ("opt_outs", Finding::new("crates/ab/src/lib.rs", 3, "beside", "mend it"));
        check(rows, &[inside, beside], &["crates/ab/src/lib.rs:3: beside"]);
    }

    #[test]
    fn an_amount_may_only_sink() {
        let rows = "[[exception]]\nlock = \"text\"\nsubject = \"a.rs\"\nat_most = 800\nreason = \"it is one table\"\n";
        let long = |lines| ("text", Finding::new("a.rs", 701, "long", "split it").amount(lines));
        check(rows, &[long(800)], &[]);
        let unneeded = format!("{PATH}:1: `a.rs` no longer needs an exception to `text`");
        check(rows, &[long(801)], &["a.rs:701: long", &unneeded]);
    }

    #[test]
    fn a_row_gives_a_known_lock_and_a_reason() {
        let rows = EDGE_ROW.replace("the ledger seals its salts", "needed");
        check(&rows, &[edge()], &[&format!("{PATH}:2: `quillon-audit -> quillon-vault` has no reason")]);
        let rows = EDGE_ROW.replace("layers", "layer");
        let expected = format!("{PATH}:2: there is no lock `layer`");
        check(&rows, &[edge()], &["crates/quillon-audit/Cargo.toml:9: sideways", &expected]);
        assert!(Exceptions::parse("[[exception]]\nlock = \"text\"\n").is_err());
    }
}
