//! The score of labelled detector samples: blocks `{fact rule=ID@v1.0 defects=N} … {/fact}`, in which a line
//! `Noncompliant:` stands just above the defect.
//!
//! What counts is the pair: some rule fires near the mark of the bad block, and that same rule does not fire in the good
//! block of the same sample. Only the half is used whose id has an even SHA-256; the other half judges.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use crate::failure::{Context, Failure};

/// Lines before and after a mark in which a finding is at its place.
const LINES_BEFORE: u32 = 1;
const LINES_AFTER: u32 = 4;

/// A labelled block.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fact {
    file: String,
    rule: String,
    is_bad: bool,
    first: u32,
    last: u32,
    marks: Vec<u32>,
}

/// What a review found: where, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    file: String,
    first: u32,
    last: u32,
    rule: String,
}

/// Counts of one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scores {
    bad: u32,
    any: u32,
    good: u32,
    alarms: u32,
    pairs: u32,
}

impl Scores {
    pub(super) fn add(&mut self, other: &Self) {
        self.bad += other.bad;
        self.any += other.any;
        self.good += other.good;
        self.alarms += other.alarms;
        self.pairs += other.pairs;
    }

    pub(super) fn cells(&self, name: String) -> [String; 5] {
        let share = |part: u32, whole: u32| format!("{:.3}", f64::from(part) / f64::from(whole.max(1)));
        [
            name,
            self.bad.to_string(),
            share(self.any, self.bad),
            share(self.alarms, self.good),
            share(self.pairs, self.bad),
        ]
    }
}

/// Copies the files with samples of the open half into a folder. How many they are.
pub(super) fn open_half(from: &Path, to: &Path) -> Result<usize, Failure> {
    let files: BTreeSet<String> =
        facts(from)?.into_iter().filter(|fact| is_open(&fact.rule)).map(|fact| fact.file).collect();
    for file in &files {
        let target = to.join(file);
        let parent = target.parent().unwrap_or(to);
        fs::create_dir_all(parent).context(|| format!("cannot make `{}`", parent.display()))?;
        fs::copy(from.join(file), &target).context(|| format!("cannot copy `{file}`"))?;
    }
    Ok(files.len())
}

fn is_open(rule: &str) -> bool {
    digest(&SHA256, rule.as_bytes()).as_ref().last().is_some_and(|byte| byte % 2 == 0)
}

/// The findings of a document of SARIF, by the paths that it names.
pub(super) fn findings(sarif: &Value) -> Vec<Found> {
    let results = sarif["runs"].as_array().into_iter().flatten();
    let results = results.flat_map(|run| run["results"].as_array().into_iter().flatten());
    let found = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let line = |key: &str| place["region"][key].as_u64().and_then(|line| u32::try_from(line).ok());
        let first = line("startLine")?;
        Some(Found {
            file: unescaped(place["artifactLocation"]["uri"].as_str()?),
            first,
            last: line("endLine").unwrap_or(first),
            rule: result["ruleId"].as_str()?.to_owned(),
        })
    };
    results.filter_map(found).collect()
}

fn unescaped(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| uri.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The counts of each language, which is the first folder of a sample's path.
pub(super) fn scores(
    folder: &Path,
    found: &[Found],
    languages: &[&str],
) -> Result<BTreeMap<String, Scores>, Failure> {
    Ok(scored(facts(folder)?, found, languages))
}

fn scored(facts: Vec<Fact>, found: &[Found], languages: &[&str]) -> BTreeMap<String, Scores> {
    let mut samples: BTreeMap<(String, String), Vec<Fact>> = BTreeMap::new();
    for fact in facts {
        let language = fact.file.split('/').next().unwrap_or_default().to_owned();
        if languages.contains(&language.as_str()) {
            samples.entry((language, fact.rule.clone())).or_default().push(fact);
        }
    }
    let mut by_language: BTreeMap<String, Scores> = BTreeMap::new();
    for ((language, _), facts) in &samples {
        let scores = by_language.entry(language.clone()).or_default();
        let hits = |fact: &Fact| {
            let touches =
                |one: &&Found| one.file == fact.file && one.first <= fact.last && one.last >= fact.first;
            found.iter().filter(touches).collect::<Vec<_>>()
        };
        let mut loud: BTreeSet<&str> = BTreeSet::new();
        for fact in facts.iter().filter(|fact| !fact.is_bad) {
            let fired = hits(fact);
            scores.good += 1;
            scores.alarms += u32::from(!fired.is_empty());
            loud.extend(fired.iter().map(|one| one.rule.as_str()));
        }
        for fact in facts.iter().filter(|fact| fact.is_bad) {
            let fired = hits(fact);
            scores.bad += 1;
            scores.any += u32::from(!fired.is_empty());
            let is_near = |one: &Found| {
                fact.marks
                    .iter()
                    .any(|mark| one.first <= mark + LINES_AFTER && one.last + LINES_BEFORE >= *mark)
            };
            let is_pair = fired.iter().any(|one| is_near(one) && !loud.contains(one.rule.as_str()));
            scores.pairs += u32::from(is_pair);
        }
    }
    by_language
}

fn facts(folder: &Path) -> Result<Vec<Fact>, Failure> {
    let mut facts = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        let entries = fs::read_dir(&at).context(|| format!("cannot read `{}`", at.display()))?;
        for entry in entries {
            let path = entry.context(|| format!("cannot read `{}`", at.display()))?.path();
            if path.is_dir() && !path.ends_with(".git") {
                folders.push(path);
            } else if path.is_file() {
                let bytes = fs::read(&path).context(|| format!("cannot read `{}`", path.display()))?;
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                facts.extend(facts_of(&name, &String::from_utf8_lossy(&bytes)));
            }
        }
    }
    facts.sort_by(|a, b| (&a.file, a.first).cmp(&(&b.file, b.first)));
    Ok(facts)
}

fn facts_of(file: &str, text: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut open: Option<Fact> = None;
    let mut last = 0;
    for (line, number) in text.split('\n').zip(1..) {
        last = number;
        if let Some((rule, is_bad)) = opening(line) {
            facts.extend(open.take().map(closed(number)));
            let file = file.to_owned();
            open = Some(Fact { file, rule, is_bad, first: number, last: number, marks: Vec::new() });
        } else if let Some(fact) = open.as_mut().filter(|_| is_mark(line)) {
            fact.marks.push(number);
        }
        if is_closing(line) {
            facts.extend(open.take().map(closed(number)));
        }
    }
    facts.extend(open.map(closed(last)));
    facts
}

/// Ends a block; one without a mark is meant from its start.
fn closed(last: u32) -> impl FnOnce(Fact) -> Fact {
    move |fact| {
        let marks = if fact.marks.is_empty() { vec![fact.first] } else { fact.marks };
        Fact { last, marks, ..fact }
    }
}

/// `{fact rule=ID@v1.0 defects=N}`.
fn opening(line: &str) -> Option<(String, bool)> {
    let (_, rest) = line.split_once('{')?;
    let rest = rest.trim_start().strip_prefix("fact")?;
    let (_, rule) = rest.split_once("rule=")?;
    let rule = rule.split(|letter: char| letter.is_whitespace() || letter == '@').next()?;
    let (_, count) = rest.split_once("defects=")?;
    let digits: String = count.chars().take_while(char::is_ascii_digit).collect();
    Some((rule.to_owned(), digits.parse::<u32>().ok()? > 0))
}

fn is_closing(line: &str) -> bool {
    let plain: String = line.chars().filter(|letter| !letter.is_whitespace()).collect();
    plain.contains("{/fact}")
}

fn is_mark(line: &str) -> bool {
    let plain: String = line.to_ascii_lowercase().chars().filter(|letter| !letter.is_whitespace()).collect();
    plain.contains("noncompliant:") || plain.contains("non-compliant:")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# {fact rule=a@v1.0 defects=1}\ndef bad():\n    # Noncompliant: why\n    run()\n# {/fact}\n\n# {fact rule=a@v1.0 defects=0}\ndef good():\n    safe()\n# {/fact}\n";

    fn found(line: u32, rule: &str) -> Found {
        Found { file: "python/a.py".into(), first: line, last: line, rule: rule.into() }
    }

    fn check(found: &[Found], any: u32, alarms: u32, pairs: u32) {
        let scores = scored(facts_of("python/a.py", TEXT), found, &["python"]);
        assert_eq!(scores["python"], Scores { bad: 1, any, good: 1, alarms, pairs }, "{found:?}");
    }

    #[test]
    fn blocks_are_read_with_their_marks() {
        let facts = facts_of("python/a.py", TEXT);
        let shown: Vec<_> =
            facts.iter().map(|fact| (fact.is_bad, fact.first, fact.last, fact.marks.clone())).collect();
        assert_eq!(shown, [(true, 1, 5, vec![3]), (false, 7, 10, vec![7])]);
    }

    #[test]
    fn a_pair_is_a_rule_that_fires_at_the_mark_and_not_in_the_good_block() {
        check(&[], 0, 0, 0);
        check(&[found(4, "r")], 1, 0, 1);
        check(&[found(1, "r")], 1, 0, 0);
        check(&[found(4, "r"), found(9, "r")], 1, 1, 0);
        check(&[found(4, "r"), found(4, "s"), found(9, "r")], 1, 1, 1);
    }

    #[test]
    fn paths_are_unescaped() {
        assert_eq!(unescaped("a%20b/%C3%A4.py"), "a b/ä.py");
        assert_eq!(unescaped("100%"), "100%");
    }
}
