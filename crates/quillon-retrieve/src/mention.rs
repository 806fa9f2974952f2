//! Files that a question names, and lines of them: what is named is shown, whatever its words are.

use std::ops::Range;

use crate::chunk::section_of;
use crate::excerpt::PASSAGE_LINES_MAX;
use crate::index::{Index, Stored};
use crate::query::{FileMention, Query};
use crate::refine::Looked;
use crate::search::PINNED_SCORE_MIN;

/// What lines that are named are worth, and below it the parts of a file that is only named.
const PLACE_SCORE: f32 = PINNED_SCORE_MIN * 4.0;
const FILE_SCORE: f32 = PINNED_SCORE_MIN * 3.0;
/// How many files of one name, or of one folder, are shown.
const FILES_PER_MENTION_MAX: usize = 5;
/// How many parts of a file are shown to one who only names it.
const PARTS_MAX: usize = 20;
/// How much of a range of lines is shown that the question gives.
const LINES_MAX: usize = 120;
/// Lines around a single one.
const LINES_AROUND: usize = 10;

/// Whether a path is meant by what the question says: a whole path, its end, or a folder on the way.
pub(crate) fn fits(path: &str, mention: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let begins = path.strip_prefix(mention).is_some_and(|after| after.starts_with('/'));
    // A path from elsewhere, such as one of a stack trace, ends with ours.
    let is_longer = mention.contains('/') && path.contains('/') && ends(mention, path);
    let is_within = || {
        path.match_indices(mention)
            .any(|(at, _)| path[..at].ends_with('/') && path[at + mention.len()..].starts_with('/'))
    };
    ends(path, mention) || begins || is_longer || is_within()
}

/// Passages for the files that a question names.
pub(crate) fn mentioned(index: &Index, query: &Query) -> Vec<Looked> {
    let asks_more = query.terms.iter().any(|term| term.weight >= 1.0);
    let mut found = Vec::new();
    for (place, file) in query.files.iter().enumerate() {
        let fitting =
            index.living().map(|(_, document)| document).filter(|document| fits(&document.path, &file.path));
        let mut documents: Vec<&Stored> = fitting.collect();
        documents.sort_by_key(|document| (document.path.matches('/').count(), &document.path));
        documents.truncate(FILES_PER_MENTION_MAX);
        let later = (place * FILES_PER_MENTION_MAX) as f32;
        for (at, document) in documents.iter().enumerate() {
            let later = later + at as f32;
            if file.lines.is_some() {
                found.extend(lines_of(index, document, file, PLACE_SCORE - later));
            } else if !asks_more {
                let parts = if documents.len() == 1 { PARTS_MAX } else { 1 };
                found.extend(parts_of(index, document, parts, FILE_SCORE - later * PARTS_MAX as f32));
            }
        }
    }
    found
}

fn lines_of(index: &Index, document: &Stored, file: &FileMention, score: f32) -> Option<Looked> {
    let lines = file.lines?;
    let (first, last) = (lines.first as usize - 1, lines.last as usize - 1);
    let chunk = document.chunks.clone().find(|chunk| index.lines_of(*chunk).contains(&first))?;
    let end = index.lines_of(document.chunks.end - 1).end;
    let sections = index.sections_of(document);
    let section = section_of(sections, &(first..first + 1));
    let lines = if first == last {
        around(first, end, section.map(|at| sections[at].lines.clone()))
    } else {
        first..(last + 1).min(end).min(first + LINES_MAX)
    };
    Some(Looked { chunk, score, lines, section, defines: None })
}

/// A line with what is around it: its definition when that is short.
fn around(line: usize, end: usize, section: Option<Range<usize>>) -> Range<usize> {
    match section {
        Some(section) if section.contains(&line) && section.len() <= PASSAGE_LINES_MAX => section,
        _ => line.saturating_sub(LINES_AROUND)..(line + LINES_AROUND + 1).min(end),
    }
}

/// How each part of a file begins, in their order.
fn parts_of(index: &Index, document: &Stored, count: usize, score: f32) -> Vec<Looked> {
    let sections = index.sections_of(document);
    let chunks = document.chunks.clone().take(count).enumerate();
    chunks
        .map(|(place, chunk)| {
            let range = index.lines_of(chunk);
            let section = section_of(sections, &(range.start..range.start + 1));
            let lines = range.start..range.end.min(range.start + PASSAGE_LINES_MAX);
            Looked { chunk, score: score - place as f32, lines, section, defines: None }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_meant_by_its_end_its_folder_or_a_longer_path() {
        let check = |path: &str, mention: &str, expected: bool| {
            assert_eq!(fits(path, mention), expected, "{path} {mention}");
        };
        check("src/a/b.rs", "b.rs", true);
        check("src/a/b.rs", "a/b.rs", true);
        check("src/a/b.rs", "src/a", true);
        check("src/a/b.rs", "a", true);
        check("src/a/b.rs", "/srv/example/src/a/b.rs", true);
        check("src/a/lib.rs", "b.rs", false);
        check("src/ab.rs", "b.rs", false);
        check("b.rs", "src/b.rs", false);
        check("src/a/b.rs", "src/a/b", false);
    }
}
