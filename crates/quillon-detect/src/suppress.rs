//! Comments that take a finding back: `amazonq-ignore-next-line` before the line, `quillon-ignore[rule]: reason` on the
//! line or before it. A suppressed finding is kept and says why, so that it can be counted; and a comment that does
//! nothing is said, so that none outlives what it was written for. Start at [`apply`].

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

use crate::Language;
use crate::rule::Rule;
use crate::scan::{Finding, Unit};
use crate::source::Source;

/// What comments start with that take findings back.
const AMAZON: &str = "amazonq-ignore-next-line";
const OURS: &str = "quillon-ignore";

/// What one name in a comment did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taken {
    /// It took findings back.
    Used,
    /// There was nothing to take back.
    Unused,
    /// It says no reason, and counts for nothing.
    NoReason,
    /// No rule that was tried is called so.
    UnknownRule,
}

/// A comment that takes findings back, or would.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// The file.
    pub path: String,
    /// The line of the comment, from 1.
    pub line: u32,
    /// The rule that it names; of `amazonq-ignore-next-line` none.
    pub rule: Option<String>,
    /// What it did.
    pub taken: Taken,
}

/// A comment as it is written.
struct Comment<'a> {
    line: u32,
    /// The line of which it speaks.
    target: u32,
    /// The rules that it names; all without them.
    rules: Option<Vec<&'a str>>,
    reason: &'a str,
}

/// Where the comments of a text are, when a word in it says that one may take a finding back.
pub(crate) fn comments(text: &str, root: Node<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains(AMAZON) && !text.contains(OURS) {
        return found;
    }
    // By hand, not by calls: what is nested deeply must not cost the stack.
    let mut cursor = root.walk();
    loop {
        if cursor.node().kind().contains("comment") {
            found.push(cursor.node().byte_range());
        } else if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// Marks the findings that comments take back, and says what each comment did.
pub(crate) fn apply<'r>(
    units: &[Unit<'_>],
    findings: &mut [Finding],
    rules: impl Fn(Language) -> Vec<&'r Rule>,
) -> Vec<Suppression> {
    let mut said = Vec::new();
    let mut by_line: FxHashMap<(&str, u32), Vec<usize>> = FxHashMap::default();
    let units: Vec<&Unit<'_>> = units.iter().filter(|unit| !unit.source.comments.is_empty()).collect();
    if units.is_empty() {
        return said;
    }
    let places: Vec<(String, u32)> =
        findings.iter().map(|found| (found.spot.path.clone(), found.spot.line)).collect();
    for (nth, (path, line)) in places.iter().enumerate() {
        by_line.entry((path, *line)).or_default().push(nth);
    }
    for unit in units {
        let known: FxHashSet<&str> =
            rules(unit.source.language).into_iter().map(|rule| rule.id.as_str()).collect();
        for comment in written(&unit.source) {
            let here = by_line.get(&(unit.path, comment.target)).map_or(&[][..], Vec::as_slice);
            let mut say = |rule: Option<&str>, taken| {
                said.push(Suppression {
                    path: unit.path.to_owned(),
                    line: comment.line,
                    rule: rule.map(str::to_owned),
                    taken,
                });
            };
            match &comment.rules {
                None => {
                    here.iter().for_each(|nth| take(&mut findings[*nth], AMAZON));
                    say(None, if here.is_empty() { Taken::Unused } else { Taken::Used });
                }
                Some(names) => {
                    for name in names {
                        let mine: Vec<usize> =
                            here.iter().copied().filter(|nth| findings[*nth].rule == **name).collect();
                        let taken = match (comment.reason.is_empty(), known.contains(name), mine.is_empty()) {
                            (true, ..) => Taken::NoReason,
                            (_, false, true) => Taken::UnknownRule,
                            (_, _, true) => Taken::Unused,
                            (_, _, false) => Taken::Used,
                        };
                        if taken == Taken::Used {
                            mine.iter().for_each(|nth| take(&mut findings[*nth], comment.reason));
                        }
                        say(Some(name), taken);
                    }
                }
            }
        }
    }
    said.sort();
    said
}

fn take(finding: &mut Finding, reason: &str) {
    finding.suppressed.get_or_insert_with(|| reason.to_owned());
}

/// The comments of a text that take findings back, in order.
fn written(source: &Source) -> Vec<Comment<'_>> {
    let mut all = Vec::new();
    let after = lines_after(source);
    for span in &source.comments {
        let Some(text) = source.text.get(span.clone()) else { continue };
        let next = last_line(source, span) + 1;
        let next = after.get(&next).copied().unwrap_or(next);
        // Each line of a comment may name some; all of them speak of one line of code.
        for (offset, line) in offsets(text) {
            let at = source.line(span.start + offset);
            if line.contains(AMAZON) {
                all.push(Comment { line: at, target: next, rules: None, reason: "" });
            }
            if let Some((rules, reason)) = named(line) {
                let target = target(source, span, next);
                all.push(Comment { line: at, target, rules: Some(rules), reason });
            }
        }
    }
    all
}

fn offsets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

/// For each line that is nothing but comment, the first one after it that is not.
fn lines_after(source: &Source) -> FxHashMap<u32, u32> {
    let is_alone = |line: &u32| {
        let text = source.line_text(*line).trim_start();
        text.starts_with(['/', '*', '#', '<']) || text.starts_with("{/*")
    };
    let lines = source.comments.iter().flat_map(|span| source.line(span.start)..=last_line(source, span));
    let mut lines: Vec<u32> = lines.filter(is_alone).collect();
    lines.sort_unstable();
    // From the end, so that many comments in a row are gone through once.
    let mut after = FxHashMap::default();
    for line in lines.into_iter().rev() {
        let next = after.get(&(line + 1)).copied().unwrap_or(line + 1);
        after.insert(line, next);
    }
    after
}

fn last_line(source: &Source, span: &Range<usize>) -> u32 {
    source.line(span.end.saturating_sub(1).max(span.start))
}

/// The line of which a comment speaks: its own after code, else the next one with code.
fn target(source: &Source, span: &Range<usize>, next: u32) -> u32 {
    let line = source.line(span.start);
    let start = source.text[..span.start].rfind('\n').map_or(0, |end| end + 1);
    let before = source.text.get(start..span.start).unwrap_or_default().trim();
    // Markup holds a comment in braces.
    if before.is_empty() || before == "{" { next } else { line }
}

/// The rules of `quillon-ignore[a, b]: reason`, and the reason.
fn named(line: &str) -> Option<(Vec<&str>, &str)> {
    let rest = line.split_once(OURS)?.1.strip_prefix('[')?;
    let (rules, rest) = rest.split_once(']')?;
    let names: Vec<&str> = rules.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let reason = rest.trim_start_matches(':').trim().trim_end_matches('}');
    let reason = reason.trim_end_matches("*/").trim_end_matches("-->").trim();
    (!names.is_empty()).then_some((names, reason))
}
