//! How a rule mends what it finds: a text with holes in the place of what was found, or steps that each replace what a
//! regular expression matches in it. Lines that have to stand at the head of the file come along.
//!
//! Nothing here says that the change is good: see `crate::fix`, which reads and scans the changed text before anyone is
//! offered it.

use super::Place;
use crate::Language;
use crate::pattern::Bound;
use crate::scan::Edit;
use crate::source::Source;
use crate::tree::{Kind, Tree};

/// The bytes that one fix may put in the place of what was found.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// How a rule mends what it finds.
#[derive(Debug)]
pub(crate) struct Fix {
    pub(crate) way: Way,
    /// Imports that the new text needs.
    pub(crate) imports: Vec<String>,
}

/// What comes in the place of what was found.
#[derive(Debug)]
pub(crate) enum Way {
    /// This text, with its holes filled in.
    Text(String),
    /// What these steps make of it, one after the other.
    Steps(Vec<Step>),
}

/// One step.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) regex: fancy_regex::Regex,
    /// What comes instead; `\1` is the first group, `\n` a line end.
    pub(crate) replacement: String,
    /// How many matches are replaced; all without it.
    pub(crate) count: Option<usize>,
}

impl Fix {
    /// The edits that mend what was found; none where the fix does not fit it.
    pub(crate) fn edits(&self, place: &Place, source: &Source) -> Vec<Edit> {
        let Some(found) = source.text.get(place.span.clone()) else { return Vec::new() };
        let made = match &self.way {
            Way::Text(text) => {
                let (text, is_whole) = filled(text.trim_end_matches('\n'), place, source);
                is_whole.then(|| indented(&text, source, place.span.start))
            }
            Way::Steps(steps) => stepped(steps, found),
        };
        let Some(text) = made.filter(|text| text != found && text.len() <= TEXT_BYTES_MAX) else {
            return Vec::new();
        };
        let mut edits: Vec<Edit> =
            self.imports.iter().filter_map(|import| import_edit(import, source)).collect();
        edits.push(Edit { start: place.span.start, end: place.span.end, text });
        edits
    }
}

/// A text with its holes filled in, and whether all of them were.
pub(crate) fn filled(text: &str, place: &Place, source: &Source) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_whole = true;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let name = hole(from);
        let bound = name.and_then(|name| code(place.bindings.get(name)?, source));
        match (name, bound) {
            (Some(name), Some(code)) => {
                if code.is_empty() && out.ends_with(", ") {
                    out.truncate(out.len() - 2);
                }
                out.push_str(code);
                rest = &from[name.len()..];
            }
            (name, _) => {
                is_whole &= name.is_none();
                out.push('$');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    (out, is_whole)
}

/// The hole that a text starts with: `$X`, `$...XS`, `$1`.
fn hole(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let name = name.strip_prefix("...").unwrap_or(name);
    let is_part = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let len = name.find(|letter| !is_part(letter)).unwrap_or(name.len());
    (len > 0).then(|| &text[..text.len() - name.len() + len])
}

fn code<'a>(bound: &'a Bound, source: &'a Source) -> Option<&'a str> {
    match bound {
        Bound::Word(word, _) => Some(word),
        // No arguments are no text.
        Bound::Nodes(nodes) if nodes.is_empty() => Some(""),
        _ => source.text.get(bound.span(&source.tree)?),
    }
}

/// The lines after the first as deep as the line in which they are put.
fn indented(text: &str, source: &Source, at: usize) -> String {
    let line = source.line_text(source.line(at));
    let blanks = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    text.replace('\n', &format!("\n{blanks}"))
}

fn stepped(steps: &[Step], found: &str) -> Option<String> {
    steps.iter().try_fold(found.to_owned(), |text, step| step.applied(&text))
}

impl Step {
    /// The text after this step; nothing where the expression takes too long.
    fn applied(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for captures in self.regex.captures_iter(text).take(self.count.unwrap_or(usize::MAX)) {
            let captures = captures.ok()?;
            let whole = captures.get(0)?;
            out.push_str(text.get(last..whole.start())?);
            last = whole.end();
            let mut letters = self.replacement.chars();
            while let Some(letter) = letters.next() {
                match (letter, letters.clone().next()) {
                    ('\\', Some('n')) => out.push('\n'),
                    ('\\', Some('t')) => out.push('\t'),
                    ('\\', Some('\\')) => out.push('\\'),
                    ('\\', Some(digit @ '0'..='9')) => {
                        let group = captures.get(digit as usize - '0' as usize);
                        out.push_str(group.map_or("", |group| group.as_str()));
                    }
                    (letter, _) => {
                        out.push(letter);
                        continue;
                    }
                }
                letters.next();
            }
            if out.len() > TEXT_BYTES_MAX {
                return None;
            }
        }
        out.push_str(text.get(last..)?);
        Some(out)
    }
}

/// The line that brings an import, where it is not there yet: before the first one, so that it counts everywhere.
fn import_edit(import: &str, source: &Source) -> Option<Edit> {
    let is_there = |line: &str| line.trim_end() == import;
    if source.text.lines().any(is_there) {
        return None;
    }
    let at = import_place(source);
    Some(Edit { start: at, end: at, text: format!("{import}\n") })
}

/// Where a line of imports starts: at the first import, else at the first statement after what has to come first.
fn import_place(source: &Source) -> usize {
    let tree = &source.tree;
    let line_start = |byte: usize| source.text[..byte].rfind('\n').map_or(0, |end| end + 1);
    let line_end =
        |byte: usize| source.text[byte..].find('\n').map_or(source.text.len(), |length| byte + length + 1);
    let first = tree.of_kind(Kind::Import).iter().map(|id| tree.span(*id)).filter(|span| {
        line_start(span.start) == span.start && !source.text[span.clone()].contains("__future__")
    });
    if let Some(first) = first.min_by_key(|span| span.start) {
        return first.start;
    }
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let is_head = match source.language {
            Language::Java => line.starts_with("package "),
            Language::Python => line.contains("__future__"),
            _ => line.starts_with("'use strict'") || line.starts_with("\"use strict\""),
        };
        let end = line.as_ptr() as usize - source.text.as_ptr() as usize + line.len();
        if is_head {
            return end;
        }
        if line.starts_with('#') && at == end - line.len() {
            at = end;
        }
    }
    docstring(tree).map_or(at, |span| line_end(span.end))
}

/// The text that stands first in a file of Python.
fn docstring(tree: &Tree) -> Option<std::ops::Range<usize>> {
    let mut first = tree.children(Tree::ROOT).first().copied()?;
    while tree.is(first, Kind::Block) {
        first = tree.children(first).first().copied()?;
    }
    tree.is(first, Kind::Str).then(|| tree.span(first))
}
