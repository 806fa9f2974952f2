//! The words of SQL: names, quoted names, marks and dollar quotes. Strings and comments are no words; comments are kept
//! apart as documentation. One pass over the bytes, with no state but the place.

use std::ops::ControlFlow;

use crate::gather::{Bytes, Gathered};
use crate::limits::Budget;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    /// A name in quotes, backquotes or brackets.
    Quoted,
    Mark(u8),
    /// Text between `$$` or `$tag$`.
    Dollar,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) kind: Kind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) starts_line: bool,
}

impl Word {
    /// Its bytes without quotes.
    pub(crate) fn bare(&self) -> Bytes {
        if self.kind == Kind::Quoted { self.start + 1..self.end - 1 } else { self.start..self.end }
    }

    /// Whether it is one of these words, which are in capitals.
    pub(crate) fn is(&self, text: &str, words: &[&str]) -> bool {
        let own = text.get(self.start as usize..self.end as usize).unwrap_or_default();
        words.iter().any(|word| own.eq_ignore_ascii_case(word))
    }
}

/// How many bytes a dollar quote's tag may have.
const TAG_BYTES_MAX: usize = 64;

/// How many bytes go by between two looks at the budget.
const STRIDE_WORDS: usize = 1_024;

pub(crate) fn words(text: &str, budget: &Budget<'_>, found: &mut Gathered) -> Vec<Word> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let (mut place, mut line_start) = (0, 0);
    while place < bytes.len() {
        let start = place;
        let (end, kind) = next(text, start, found);
        place = end;
        if let Some(kind) = kind {
            let starts_line = start == line_start;
            words.push(Word { kind, start: small(start), end: small(end), starts_line });
            let asks = words.len() % STRIDE_WORDS == 0;
            if asks && matches!(budget.spend(STRIDE_WORDS as u64), ControlFlow::Break(())) {
                return words;
            }
        } else if bytes[start] == b'\n' {
            line_start = place;
        }
    }
    words
}

/// The end of what starts at `start`, and what it is where it is a word.
fn next(text: &str, start: usize, found: &mut Gathered) -> (usize, Option<Kind>) {
    let bytes = text.as_bytes();
    let rest = &bytes[start..];
    match rest {
        [b'-', b'-', ..] => {
            let end = start + line_length(rest);
            found.comments.push(small(start)..small(end));
            (end, None)
        }
        [b'/', b'*', ..] => {
            let end = after(text, start + 2, "*/");
            found.comments.push(small(start)..small(end));
            (end, None)
        }
        [b'\'', ..] => (quote_end(bytes, start, b'\''), None),
        [quote @ (b'"' | b'`'), ..] => {
            let end = quote_end(bytes, start, *quote);
            let is_closed = end > start + 2 && bytes[end - 1] == *quote;
            (end, is_closed.then_some(Kind::Quoted))
        }
        [b'[', byte, ..] if byte.is_ascii_alphabetic() || *byte == b'_' => bracketed(bytes, start),
        [b'$', ..] => dollar(text, start),
        [byte, ..] if is_name(*byte) => {
            let length = rest.iter().take_while(|byte| is_name(**byte) || **byte == b'$').count();
            let is_number = byte.is_ascii_digit();
            (start + length, (!is_number).then_some(Kind::Name))
        }
        [byte, ..] if byte.is_ascii_whitespace() => (start + 1, None),
        [byte, ..] => (start + 1, Some(Kind::Mark(*byte))),
        [] => (start + 1, None),
    }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'@' || byte >= 0x80
}

fn line_length(rest: &[u8]) -> usize {
    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

/// The place after `mark`, or the end of the text.
fn after(text: &str, from: usize, mark: &str) -> usize {
    text.get(from..).and_then(|rest| rest.find(mark)).map_or(text.len(), |place| from + place + mark.len())
}

/// The place after the closing quote; a doubled one stands for itself.
fn quote_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut place = start + 1;
    while let Some(byte) = bytes.get(place) {
        place += 1;
        if *byte == quote {
            if bytes.get(place) != Some(&quote) {
                return place;
            }
            place += 1;
        } else if *byte == b'\\'
            && bytes.get(place) == Some(&quote)
            && bytes.get(place + 1).is_some_and(|next| {
                !next.is_ascii_whitespace() && *next != b',' && *next != b')' && *next != b';'
            })
        {
            // MySQL escapes a quote so; elsewhere a backslash may end a string, which something that ends it follows.
            place += 1;
        }
    }
    bytes.len()
}

/// `[name]`, as SQL Server quotes; anything longer than a line is no name.
fn bracketed(bytes: &[u8], start: usize) -> (usize, Option<Kind>) {
    let rest = &bytes[start..];
    let end = rest.iter().position(|byte| matches!(byte, b']' | b'\n'));
    match end {
        Some(end) if rest[end] == b']' => (start + end + 1, Some(Kind::Quoted)),
        _ => (start + 1, Some(Kind::Mark(b'['))),
    }
}

/// `$$ … $$` and `$tag$ … $tag$`.
fn dollar(text: &str, start: usize) -> (usize, Option<Kind>) {
    let rest = &text.as_bytes()[start + 1..];
    let length = rest.iter().take(TAG_BYTES_MAX).take_while(|byte| is_name(**byte)).count();
    if rest.get(length) != Some(&b'$') {
        return (start + 1, Some(Kind::Mark(b'$')));
    }
    let body = start + length + 2;
    let tag = text.get(start..body).unwrap_or("$$");
    (after(text, body, tag), Some(Kind::Dollar))
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
