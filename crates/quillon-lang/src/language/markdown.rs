//! Markdown, by a line reader of our own: headings are all the structure that a reader needs, the grammar of the field
//! takes asserts in C into the program, and lines cannot nest too deep. A heading opens a section that lasts until the
//! next heading of its level or above. Fenced code is skipped; local links are imports.

use std::ops::ControlFlow;

use crate::DefinitionKind;
use crate::gather::{Bytes, Gathered, RawDefinition};
use crate::grammar::{Grammar, Reader};
use crate::importing::Imported;
use crate::limits::Budget;
use crate::rules::Rules;

pub(crate) static MARKDOWN: Grammar = Grammar {
    fence: "markdown",
    separator: " > ",
    reader: Reader::Outline(outline),
    rules: Rules { imports: |target| Imported::module(target.trim(), None), ..Rules::PLAIN },
    otherwise: None,
};

/// Bytes of the first paragraph that are kept as a section's documentation.
const PARAGRAPH_BYTES_MAX: u32 = 600;

/// Links that are looked for in one line.
const LINKS_PER_LINE_MAX: usize = 200;

/// A line without its end, with the place where it starts.
#[derive(Clone, Copy)]
struct Line<'a> {
    start: u32,
    text: &'a str,
}

impl Line<'_> {
    fn end(&self) -> u32 {
        self.start + small(self.text.len())
    }
}

/// What is open while the lines go by.
#[derive(Default)]
struct State {
    /// Open sections: their level and their place among the definitions.
    open: Vec<(usize, usize)>,
    /// The mark and length of the fence that is open.
    fence: Option<(char, usize)>,
    /// The section whose first paragraph has not ended.
    paragraph_of: Option<usize>,
    is_front_matter: bool,
}

fn outline(text: &str, budget: &Budget<'_>, found: &mut Gathered) {
    let mut state = State::default();
    let mut before: Option<Line<'_>> = None;
    let mut start = 0;
    for (number, raw) in text.split_inclusive('\n').enumerate() {
        let line = Line { start, text: raw.trim_end_matches(['\n', '\r']) };
        start += small(raw.len());
        if matches!(budget.spend(small(raw.len()).into()), ControlFlow::Break(())) {
            break;
        }
        if is_front_matter(&mut state, number, line) || is_fenced(&mut state, line) {
            before = None;
            continue;
        }
        before = take_line(&mut state, line, before, found);
    }
    for (_, place) in state.open {
        found.definitions[place].whole.end = small(text.len());
    }
}

/// Skips what stands between `---` at the head of the file.
fn is_front_matter(state: &mut State, number: usize, line: Line<'_>) -> bool {
    let is_mark = line.text.trim_end() == "---";
    match (number, state.is_front_matter) {
        (0, _) => state.is_front_matter = is_mark,
        (_, true) => state.is_front_matter = !is_mark,
        _ => return false,
    }
    is_mark || state.is_front_matter
}

/// Skips fenced code, and opens and closes fences.
fn is_fenced(state: &mut State, line: Line<'_>) -> bool {
    let trimmed = line.text.trim_start();
    let mark = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'));
    let length = mark.map_or(0, |mark| trimmed.chars().take_while(|c| *c == mark).count());
    match (state.fence, mark) {
        (Some((open, count)), Some(mark)) => {
            if mark == open && length >= count && trimmed[length..].trim().is_empty() {
                state.fence = None;
            }
            true
        }
        (Some(_), None) => true,
        (None, Some(mark)) if length >= 3 => {
            state.fence = Some((mark, length));
            state.paragraph_of = None;
            true
        }
        _ => false,
    }
}

/// Takes one line of prose, and gives back what the next may underline.
fn take_line<'a>(
    state: &mut State,
    line: Line<'a>,
    before: Option<Line<'a>>,
    found: &mut Gathered,
) -> Option<Line<'a>> {
    if let Some((level, title)) = hashed(line) {
        open_section(state, level, line.start, line.end(), title, found);
        return None;
    }
    if let (Some(level), Some(title)) = (underlined(line.text), before) {
        state.paragraph_of = None;
        let name = trimmed_bytes(title.start, title.text);
        if let Some((_, place)) = state.open.last() {
            forget_paragraph(found, *place, title.start);
        }
        open_section(state, level, title.start, name.end, name, found);
        found.definitions.last_mut().into_iter().for_each(|section| section.whole.end = line.end());
        return None;
    }
    take_paragraph(state, line, found);
    links(line, found);
    (!line.text.trim().is_empty()).then_some(line)
}

/// `## Title ##`: its level and the bytes of its title.
fn hashed(line: Line<'_>) -> Option<(usize, Bytes)> {
    let text = line.text.trim_start_matches('\u{feff}');
    let trimmed = text.trim_start();
    // Four spaces make it code.
    if text.len() - trimmed.len() > 3 {
        return None;
    }
    let level = trimmed.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &trimmed[level..];
    let is_heading = (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    let title = rest.trim().trim_end_matches('#').trim_end();
    let offset = line.text.len() - rest.len() + (rest.len() - rest.trim_start().len());
    is_heading.then(|| (level, line.start + small(offset)..line.start + small(offset + title.len())))
}

/// The level of a line that only underlines.
fn underlined(text: &str) -> Option<usize> {
    let text = text.trim();
    let is_all = |mark| !text.is_empty() && text.chars().all(|c| c == mark);
    if is_all('=') { Some(1) } else { (is_all('-') && text.len() > 1).then_some(2) }
}

fn open_section(state: &mut State, level: usize, start: u32, end: u32, name: Bytes, found: &mut Gathered) {
    while let Some((_, place)) = state.open.pop_if(|(open, _)| *open >= level) {
        found.definitions[place].whole.end = start;
    }
    let place = found.definitions.len();
    let (kind, body) = (DefinitionKind::Section, Some(end));
    found.definitions.push(RawDefinition { kind, whole: start..end, name, body, scope: None, doc: None });
    state.open.push((level, place));
    state.paragraph_of = Some(place);
}

/// Keeps the first paragraph under a heading.
fn take_paragraph(state: &mut State, line: Line<'_>, found: &mut Gathered) {
    let Some(place) = state.paragraph_of else { return };
    let definition = &mut found.definitions[place];
    let bytes = trimmed_bytes(line.start, line.text);
    match (&mut definition.doc, bytes.is_empty()) {
        (None, true) => {}
        (None, false) => definition.doc = Some(bytes),
        (Some(doc), false) if bytes.end - doc.start <= PARAGRAPH_BYTES_MAX => doc.end = bytes.end,
        _ => state.paragraph_of = None,
    }
}

/// A line that turned out to be a title is no paragraph of the section before.
fn forget_paragraph(found: &mut Gathered, place: usize, title_start: u32) {
    let doc = &mut found.definitions[place].doc;
    if doc.as_ref().is_some_and(|doc| doc.start >= title_start) {
        *doc = None;
    }
}

/// Links to files of the same tree: `[text](path#part)`.
fn links(line: Line<'_>, found: &mut Gathered) {
    for (place, _) in line.text.match_indices("](").take(LINKS_PER_LINE_MAX) {
        let target = &line.text[place + 2..];
        let length = target.find([')', '#', ' ', '?']).unwrap_or(target.len());
        let is_local = length > 0 && !target[..length].contains("://") && !target.starts_with("mailto:");
        if is_local {
            let start = line.start + small(place + 2);
            found.imports.push(start..start + small(length));
        }
    }
}

fn trimmed_bytes(start: u32, text: &str) -> Bytes {
    let lead = text.len() - text.trim_start().len();
    let start = start + small(lead);
    start..start + small(text.trim().len())
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
