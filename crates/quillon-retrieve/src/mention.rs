//! Files that a question names, and lines of them: what is named is shown, whatever its words are.

use std::ops::Range;

use crate::excerpt::PASSAGE_LINES_MAX;
use crate::index::{Index, Stored};
use crate::query::{FileMention, Query};
use crate::refine::Looked;

/// What a place that was named is worth: more than any word can be.
const PLACE_SCORE: f32 = 1e9;
/// What a file's beginning is worth to one who only names the file.
const FILE_SCORE: f32 = 1e8;
/// How many files of one name are shown.
const FILES_PER_MENTION_MAX: usize = 5;
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
    let longer = mention.contains('/') && path.contains('/') && ends(mention, path);
    let within = || path.contains(&format!("/{mention}/"));
    ends(path, mention) || begins || longer || within()
}

/// Passages for the files that a question names.
pub(crate) fn mentioned(index: &Index, query: &Query) -> Vec<Looked> {
    let asks_more = query.terms.iter().any(|term| term.weight >= 1.0) || !query.names.is_empty();
    let mut found = Vec::new();
    for (place, file) in query.files.iter().enumerate() {
        let documents = index.documents.iter().filter(|document| fits(&document.path, &file.path));
        let earlier = place as f32;
        for document in documents.take(FILES_PER_MENTION_MAX) {
            if file.lines.is_some() {
                found.extend(lines_of(index, document, file, PLACE_SCORE - earlier));
            } else if !asks_more {
                found.extend(beginning(document, FILE_SCORE - earlier));
            }
        }
    }
    found
}

fn lines_of(index: &Index, document: &Stored, file: &FileMention, score: f32) -> Option<Looked> {
    let lines = file.lines?;
    let last_line = index.chunks.get(document.chunks.end.checked_sub(1)? as usize)?.last_line as usize;
    let (first, last) = (lines.first as usize - 1, (lines.last as usize - 1).min(last_line));
    if first > last_line {
        return None;
    }
    let sections = index.sections_of(document);
    let section = crate::chunk::section_of(sections, &(first..first + 1));
    let wanted = if lines.first == lines.last {
        around(first, last_line, section.map(|at| sections[at].lines.clone()))
    } else {
        first..(last + 1).min(first + LINES_MAX)
    };
    let chunks = document.chunks.start..document.chunks.end;
    let chunk = chunks.clone().find(|chunk| index.chunks[*chunk as usize].last_line as usize >= first)?;
    Some(Looked { chunk, score, lines: wanted, section, defines: None })
}

/// A line with what is around it: its definition when that is short.
fn around(line: usize, last_line: usize, section: Option<Range<usize>>) -> Range<usize> {
    if let Some(section) =
        section.filter(|section| section.contains(&line) && section.len() <= PASSAGE_LINES_MAX)
    {
        return section;
    }
    line.saturating_sub(LINES_AROUND)..(line + LINES_AROUND + 1).min(last_line + 1)
}

fn beginning(document: &Stored, score: f32) -> impl Iterator<Item = Looked> {
    // A later part of a file is worth a little less than an earlier one, and all of it less than another file's start.
    document.chunks.clone().take(1).map(move |chunk| Looked {
        chunk,
        score,
        lines: 0..PASSAGE_LINES_MAX,
        section: None,
        defines: None,
    })
}
