//! YAML, by a line reader of our own. The field's grammar ends the process by an assertion in C when blocks nest some
//! hundred deep, which a hostile file may do; indentation is all that an outline needs. Keys in flow mappings on one
//! line are left to their value.

use std::ops::ControlFlow;

use crate::gather::{Bytes, Gathered, RawDefinition};
use crate::grammar::{Grammar, Reader};
use crate::limits::Budget;
use crate::rules::Rules;
use crate::{DefinitionKind, ReferenceKind, SettingSource};

pub(crate) static YAML: Grammar = Grammar {
    fence: "yaml",
    separator: ".",
    reader: Reader::Outline(outline),
    rules: Rules::PLAIN,
    otherwise: None,
};

/// What is open while the lines go by.
#[derive(Default)]
struct State {
    /// Open keys: the column they stand in, and their place among the definitions.
    open: Vec<(usize, usize)>,
    /// The column of the key whose block of text is open.
    text_under: Option<usize>,
    /// The end of the last line that said something.
    last_end: usize,
}

fn outline(text: &str, budget: &Budget<'_>, found: &mut Gathered) {
    let mut state = State::default();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        if matches!(budget.spend(small(raw.len()).into()), ControlFlow::Break(())) {
            break;
        }
        let line = raw.trim_end();
        let skipped = line.len() - line.trim_start_matches('\u{feff}').len();
        take_line(&mut state, start + skipped, &line[skipped..], found);
        start += raw.len();
    }
    close(&mut state, 0, found);
}

fn take_line(state: &mut State, start: usize, line: &str, found: &mut Gathered) {
    let rest = line.trim_start_matches([' ', '\t']);
    let column = line.len() - rest.len();
    if rest.is_empty() || state.text_under.is_some_and(|under| column > under) {
        state.last_end = if rest.is_empty() { state.last_end } else { start + line.len() };
        return;
    }
    state.text_under = None;
    if rest.starts_with('#') {
        found.comments.push(small(start + column)..small(start + line.len()));
        return;
    }
    if column == 0 && (rest.starts_with("---") || rest.starts_with("...")) {
        close(state, 0, found);
        return;
    }
    let rest = rest.trim_start_matches("- ").trim_start();
    let column = line.len() - rest.len();
    close(state, column, found);
    state.last_end = start + line.len();
    match key_length(rest) {
        Some(length) => open_key(state, start, (column, line), length, found),
        None => values(start + column, rest, found),
    }
}

/// Ends the keys that stand in this column or further right.
fn close(state: &mut State, column: usize, found: &mut Gathered) {
    while let Some((_, place)) = state.open.pop_if(|(open, _)| *open >= column) {
        let whole = &mut found.definitions[place].whole;
        whole.end = whole.end.max(small(state.last_end));
    }
}

/// The length of the key that a line starts with; nothing where it starts with none.
fn key_length(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let colon = match quote {
        Some(quote) => {
            let end = 1 + rest[1..].find(quote)? + 1;
            rest[end..].starts_with(':').then_some(end)?
        }
        None if rest.starts_with(['[', '{', '&', '*', '!', '|', '>', '%', '@', '#', '?', ':']) => {
            return None;
        }
        None => rest.find(": ").or_else(|| rest.strip_suffix(':').map(str::len))?,
    };
    let ends = rest[colon + 1..].chars().next().is_none_or(char::is_whitespace);
    (ends && !rest[..colon].contains(" #")).then_some(colon)
}

fn open_key(
    state: &mut State,
    start: usize,
    (column, line): (usize, &str),
    length: usize,
    found: &mut Gathered,
) {
    let key = start + column;
    let value = line[column + length + 1..].trim();
    let is_text = value.starts_with(['|', '>']);
    let opens = value.is_empty() || value.starts_with(['|', '>', '&', '#']);
    found.definitions.push(RawDefinition {
        kind: DefinitionKind::Key,
        whole: small(key)..small(start + line.len()),
        name: small(key)..small(key + length),
        body: opens.then(|| small(key + length)),
        scope: None,
        doc: None,
    });
    state.text_under = is_text.then_some(column);
    state.open.push((column, found.definitions.len() - 1));
    values(key + length + 1, &line[column + length + 1..], found);
}

/// Files the `${settings}` and the `*aliases` of a value.
fn values(start: usize, value: &str, found: &mut Gathered) {
    let mut from = 0;
    while let Some(place) = value[from..].find("${").map(|place| from + place) {
        let name = value[place + 2..]
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        let end = place + 2 + name.count();
        let closes = value[end..].starts_with(['}', ':', '?']);
        if closes && end > place + 2 {
            found.settings.push((span(start, place + 2, end), SettingSource::Environment));
        }
        from = end;
    }
    let trimmed = value.trim_start();
    if let Some(alias) = trimmed.strip_prefix('*') {
        let length =
            alias.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(alias.len());
        let at = value.len() - alias.len();
        found.references.push((span(start, at, at + length), ReferenceKind::Plain));
    }
}

fn span(start: usize, from: usize, to: usize) -> Bytes {
    small(start + from)..small(start + to)
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
