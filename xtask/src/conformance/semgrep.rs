//! Holds our reading of rules in semgrep's language against the tests that stand beside such rules.
//!
//! A rule `a.yaml` has code `a.py` beside it, in which comments say of the next line that the rule finds something there
//! (`ruleid: a`) or must not (`ok: a`). The rules are run where they lie and never become part of this tree. A rule that we
//! refuse is counted by why, and so is what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quillon_detect::{Language, Scanner, Text, read_rules};

use super::Options;
use crate::failure::{Context, Failure};

/// The share of comments that has to agree.
const AGREEMENT_MIN: f64 = 0.85;

/// The rules whose comments are shown that do not agree.
const SHOWN_MAX: usize = 20;

/// What a comment says of the line below it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    rule: String,
    line: u32,
    is_finding: bool,
}

/// How many claims of some files hold.
#[derive(Debug, Default)]
struct Tally {
    agreed: BTreeMap<&'static str, [usize; 2]>,
    claims: BTreeMap<&'static str, [usize; 2]>,
    /// Claims of rules that are refused, by why.
    refused: BTreeMap<String, usize>,
    refused_claims: usize,
    /// Rules with claims that do not hold, and how many.
    wrong: BTreeMap<String, usize>,
}

/// Runs every rule below `--rules` on the code beside it.
pub(super) fn run(_root: &Path, options: &Options) -> Result<(), Failure> {
    let Some(folder) = &options.rules else {
        return Err(Failure::new(
            "`semgrep` needs `--rules` with a checkout of rules and the code beside them",
        ));
    };
    let mut tally = Tally::default();
    for entry in ignore::WalkBuilder::new(folder).standard_filters(false).sort_by_file_path(Path::cmp).build()
    {
        let path = entry.context(|| format!("cannot walk `{}`", folder.display()))?.into_path();
        if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            file(&path, &mut tally)?;
        }
    }
    tally.print();
    let share = tally.share();
    let is_enough = share.is_some_and(|share| share >= AGREEMENT_MIN);
    is_enough
        .then_some(())
        .ok_or_else(|| Failure::new(format!("less than {AGREEMENT_MIN} of the comments agree")))
}

fn file(path: &Path, tally: &mut Tally) -> Result<(), Failure> {
    let tests = tests_of(path);
    let Ok(text) = fs::read_to_string(path) else { return Ok(()) };
    if tests.is_empty() || !text.contains("rules:") {
        return Ok(());
    }
    let (rules, bad) = read_rules(&text);
    let mut codes = Vec::new();
    for test in &tests {
        let code = fs::read_to_string(test).context(|| format!("cannot read `{}`", test.display()))?;
        codes.push((test.display().to_string(), code));
    }
    for (_, code) in &codes {
        for claim in claims(code) {
            if let Some(bad) = bad.iter().find(|bad| bad.id.as_deref() == Some(&claim.rule)) {
                *tally.refused.entry(kind_of(&bad.what)).or_default() += 1;
                tally.refused_claims += 1;
            }
        }
    }
    for rule in rules {
        let id = rule.id.clone();
        let languages = rule.languages.clone();
        let mut scanner = Scanner::new(vec![rule], false);
        for (name, code) in &codes {
            let Some(language) = Language::of_path(name).filter(|language| languages.contains(language))
            else {
                continue;
            };
            let scan = scanner.scan(&[Text { path: name, text: code }]);
            let found: BTreeSet<u32> = scan.findings.iter().map(|found| found.spot.line).collect();
            for claim in claims(code).into_iter().filter(|claim| claim.rule == id) {
                let agrees = found.contains(&claim.line) == claim.is_finding;
                tally.claims.entry(language.name()).or_default()[usize::from(claim.is_finding)] += 1;
                tally.agreed.entry(language.name()).or_default()[usize::from(claim.is_finding)] +=
                    usize::from(agrees);
                if !agrees {
                    *tally.wrong.entry(format!("{}: {id}", path.display())).or_default() += 1;
                }
            }
        }
    }
    Ok(())
}

/// The code that stands beside a file of rules.
fn tests_of(path: &Path) -> Vec<PathBuf> {
    let ends = ["java", "py", "js", "jsx", "ts", "tsx"];
    ends.iter().map(|end| path.with_extension(end)).filter(|path| path.is_file()).collect()
}

/// What the comments of some code say of the lines below them.
fn claims(code: &str) -> Vec<Claim> {
    let mut waiting: Vec<(String, bool)> = Vec::new();
    let mut claims = Vec::new();
    for (text, line) in code.lines().zip(1..) {
        match claim(text) {
            Some((rules, is_finding)) => waiting.extend(rules.into_iter().map(|rule| (rule, is_finding))),
            None if text.contains("todoruleid:") || text.contains("todook:") => {}
            None => {
                claims.extend(waiting.drain(..).map(|(rule, is_finding)| Claim { rule, line, is_finding }))
            }
        }
    }
    claims
}

/// The rules that a comment names.
fn claim(text: &str) -> Option<(Vec<String>, bool)> {
    let is_comment =
        ["//", "#", "/*", "*", "{/*", "<!--"].iter().any(|start| text.trim_start().starts_with(start));
    let marks = [("ruleid:", true), ("ok:", false)];
    let (at, mark, is_finding) = marks
        .iter()
        .filter_map(|(mark, is_finding)| Some((text.find(mark)?, *mark, *is_finding)))
        .min_by_key(|(at, ..)| *at)?;
    let is_whole = !text[..at].ends_with(|letter: char| letter.is_alphanumeric());
    if !is_comment || !is_whole {
        return None;
    }
    let names = text[at + mark.len()..].split(',').filter_map(|name| name.split_whitespace().next());
    Some((names.map(str::to_owned).collect(), is_finding))
}

/// Why a rule is refused, without its names.
fn kind_of(what: &str) -> String {
    let mut kept = String::new();
    for (nth, part) in what.split('`').enumerate() {
        kept.push_str(if nth % 2 == 0 || part.starts_with("pattern") || part.starts_with("metavariable") {
            part
        } else {
            "…"
        });
    }
    kept.split(':').next().unwrap_or(&kept).to_owned()
}

impl Tally {
    fn share(&self) -> Option<f64> {
        let sum = |of: &BTreeMap<&str, [usize; 2]>| of.values().flatten().sum::<usize>();
        let all = sum(&self.claims);
        (all > 0).then(|| sum(&self.agreed) as f64 / all as f64)
    }

    fn print(&self) {
        for (language, [ok, ruleid]) in &self.claims {
            let [ok_agreed, ruleid_agreed] = self.agreed.get(language).copied().unwrap_or_default();
            let share = (ok_agreed + ruleid_agreed) as f64 / (ok + ruleid).max(1) as f64;
            println!("{language:12} ruleid {ruleid_agreed}/{ruleid}  ok {ok_agreed}/{ok}  agree {share:.3}");
        }
        println!("all          agree {:.3}", self.share().unwrap_or_default());
        println!("comments of rules that are refused: {}", self.refused_claims);
        for (why, count) in &self.refused {
            println!("  {count:4}  {why}");
        }
        let mut wrong: Vec<_> = self.wrong.iter().collect();
        wrong.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (rule, count) in wrong.iter().take(SHOWN_MAX) {
            println!("  {count:4} do not agree  {rule}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_speak_of_the_line_below() {
        let code = "# ruleid: a, b\n# ok: c\nrun()\n# todoruleid: a\nbook: x\n// ok:a\nx\n";
        let claims: Vec<_> =
            claims(code).into_iter().map(|claim| (claim.rule, claim.line, claim.is_finding)).collect();
        let wanted = [("a", 3, true), ("b", 3, true), ("c", 3, false), ("a", 7, false)];
        assert_eq!(claims, wanted.map(|(rule, line, is_finding)| (rule.to_owned(), line, is_finding)));
    }
}
