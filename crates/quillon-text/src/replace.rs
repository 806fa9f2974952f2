//! Finding the one place that an edit means, although it was not copied to the letter.
//!
//! A text is looked for in stages, and the first stage that finds it counts: to the letter; without the blanks at the
//! ends of lines; with another indentation, the same for all lines; with typographic quotes, dashes and blanks as their
//! plain relatives. A stage that finds two places refuses: a wrong edit is worse than none. Line ends never matter.
//! Invariant: what lies outside the range of a [`Replacement`] stays as it is, to the byte.

use std::ops::Range;

use crate::encode::LineEnd;

/// How a text was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// To the letter.
    Exact,
    /// But for blanks at the ends of lines.
    TrailingSpace,
    /// But for how far the lines are indented.
    Indentation,
    /// But for quotes, dashes and blanks that only look alike.
    Punctuation,
}

impl Strategy {
    /// The strategy in words, after "found".
    #[must_use]
    pub const fn said(self) -> &'static str {
        match self {
            Self::Exact => "to the letter",
            Self::TrailingSpace => "but for blanks at the ends of lines",
            Self::Indentation => "but for its indentation, which was kept",
            Self::Punctuation => "but for quotes, dashes or blanks that only look alike",
        }
    }
}

/// What is replaced by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The bytes that go.
    pub range: Range<usize>,
    /// What comes, with the line ends of the text around it.
    pub with: String,
    /// How the place was found.
    pub strategy: Strategy,
}

/// Why nothing was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The text to look for is empty.
    Empty,
    /// It is nowhere.
    Nowhere {
        /// Where the most of it is there, if any is.
        closest: Option<Closest>,
    },
    /// It is in several places, which begin on these lines, from 1.
    Ambiguous {
        /// The lines.
        lines: Vec<usize>,
        /// How they were found.
        strategy: Strategy,
    },
}

/// The place that is most like a text that was not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closest {
    /// The line, from 1, that differs first.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// What was looked for instead.
    pub wanted: String,
}

/// Finds the one place of `old` in `text` and says what comes there instead.
///
/// # Errors
/// [`NotFound`].
pub fn replace_once(text: &str, old: &str, new: &str) -> Result<Replacement, NotFound> {
    let view = View::new(text);
    let old = LineEnd::Lf.apply(old);
    if old.is_empty() {
        return Err(NotFound::Empty);
    }
    for strategy in [Strategy::Exact, Strategy::TrailingSpace, Strategy::Indentation, Strategy::Punctuation] {
        let found = match strategy {
            Strategy::Exact => to_the_letter(&view.plain, &old),
            _ => by_lines(&view.plain, &old, strategy),
        };
        match found.as_slice() {
            [] => {}
            [one] => return Ok(view.replacement(text, one, new, strategy)),
            several => {
                return Err(NotFound::Ambiguous { lines: view.lines_of(several), strategy });
            }
        }
    }
    Err(NotFound::Nowhere { closest: closest(&view.plain, &old) })
}

/// A text with LF at the end of every line, and where its CRs were.
struct View {
    plain: String,
    /// Places in `plain` of an LF that had a CR before it.
    returns: Vec<usize>,
}

impl View {
    fn new(text: &str) -> Self {
        let returns =
            text.match_indices("\r\n").enumerate().map(|(count, (place, _))| place - count).collect();
        Self { plain: LineEnd::Lf.apply(text), returns }
    }

    /// The place in the text itself.
    fn original(&self, place: usize) -> usize {
        place + self.returns.partition_point(|&at| at < place)
    }

    /// The lines, from 1, on which places in `plain` begin. The places come in order, so one pass counts for all: a short
    /// text may stand in a long one at a million places.
    fn lines_of(&self, places: &[Place]) -> Vec<usize> {
        let (mut line, mut from) = (1, 0);
        let line_of = |place: &Place| {
            line += self.plain[from..place.start].matches('\n').count();
            from = place.start;
            line
        };
        places.iter().map(line_of).collect()
    }

    fn replacement(&self, text: &str, place: &Place, new: &str, strategy: Strategy) -> Replacement {
        let range = self.original(place.start)..self.original(place.end);
        let ends = match &text[range.clone()] {
            gone if gone.contains('\n') => LineEnd::of(gone),
            _ => LineEnd::of(text),
        };
        let new = place.indent.apply(&LineEnd::Lf.apply(new));
        Replacement { range, with: ends.apply(&new), strategy }
    }
}

/// A place in the plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    start: usize,
    end: usize,
    indent: Indent,
}

/// How the text's lines are indented beside those that were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Indent {
    Same,
    /// The text has this before every line.
    More(String),
    /// The text lacks this before every line.
    Less(String),
}

impl Indent {
    fn apply(&self, text: &str) -> String {
        let line = |line: &str| match self {
            Self::Same => line.to_owned(),
            Self::More(_) if line.trim().is_empty() => line.to_owned(),
            Self::More(more) => format!("{more}{line}"),
            Self::Less(less) => line.strip_prefix(less.as_str()).unwrap_or(line.trim_start()).to_owned(),
        };
        text.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }
}

fn to_the_letter(text: &str, old: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut from = 0;
    // Places that overlap are two as well.
    while let Some(found) = text[from..].find(old) {
        let start = from + found;
        places.push(Place { start, end: start + old.len(), indent: Indent::Same });
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    places
}

/// Whole lines that are alike as far as the strategy looks.
fn by_lines(text: &str, old: &str, strategy: Strategy) -> Vec<Place> {
    let ends_line = old.ends_with('\n');
    let wanted: Vec<String> =
        old.strip_suffix('\n').unwrap_or(old).split('\n').map(|l| alike(l, strategy)).collect();
    if wanted.iter().all(String::is_empty) {
        return Vec::new();
    }
    let lines = lines_of(text);
    let normal: Vec<String> = lines.iter().map(|(_, line)| alike(line, strategy)).collect();
    let mut places = Vec::new();
    for first in 0..(lines.len() + 1).saturating_sub(wanted.len()) {
        let window = &normal[first..first + wanted.len()];
        let Some(indent) = indent_between(window, &wanted) else {
            continue;
        };
        if strategy < Strategy::Indentation && indent != Indent::Same {
            continue;
        }
        let last = first + wanted.len() - 1;
        let (start, (last_start, last_line)) = (lines[first].0, lines[last]);
        let mut end = last_start + last_line.len();
        if ends_line && text[end..].starts_with('\n') {
            end += 1;
        }
        places.push(Place { start, end, indent });
    }
    places
}

/// Where each line begins, and the line without its end.
fn lines_of(text: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    let line = |line: &'_ str| {
        let place = start;
        start += line.len() + 1;
        place
    };
    let starts: Vec<usize> = text.split('\n').map(line).collect();
    starts.into_iter().zip(text.split('\n')).collect()
}

/// A line as a strategy compares it.
fn alike(line: &str, strategy: Strategy) -> String {
    let line = line.trim_end();
    if strategy < Strategy::Punctuation { line.to_owned() } else { line.chars().map(plain).collect() }
}

/// The plain relative of a typographic character.
const fn plain(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{2033}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// The indentation that makes all lines equal, if there is one.
fn indent_between(found: &[String], wanted: &[String]) -> Option<Indent> {
    let mut indent: Option<Indent> = None;
    for (found, wanted) in found.iter().zip(wanted) {
        if found.is_empty() && wanted.is_empty() {
            continue;
        }
        let this = if found == wanted {
            Indent::Same
        } else if let Some(more) = found.strip_suffix(wanted.as_str()).filter(|rest| is_blank(rest)) {
            Indent::More(more.to_owned())
        } else if let Some(less) = wanted.strip_suffix(found.as_str()).filter(|rest| is_blank(rest)) {
            Indent::Less(less.to_owned())
        } else {
            return None;
        };
        match &indent {
            Some(known) if *known != this => return None,
            Some(_) => {}
            None => indent = Some(this),
        }
    }
    indent
}

fn is_blank(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == ' ' || c == '\t')
}

/// The place where most lines of `old` follow each other, and the line that differs.
fn closest(text: &str, old: &str) -> Option<Closest> {
    let wanted: Vec<&str> = old.trim_matches('\n').split('\n').collect();
    let lines: Vec<&str> = text.split('\n').collect();
    let alike = |first: usize| {
        let pairs = wanted.iter().zip(&lines[first..]);
        pairs.take_while(|(wanted, found)| wanted.trim() == found.trim()).count()
    };
    let first_line = wanted.iter().position(|line| !line.trim().is_empty())?;
    let starts = (0..lines.len()).filter(|&line| lines[line].trim() == wanted[first_line].trim());
    let starts = starts.filter_map(|line| line.checked_sub(first_line));
    let (count, first) =
        starts.map(|line| (alike(line), line)).max_by_key(|&(count, line)| (count, usize::MAX - line))?;
    let at = (first + count).min(lines.len() - 1);
    let wanted = wanted.get(count)?.trim().to_owned();
    Some(Closest { line: at + 1, found: lines[at].trim().to_owned(), wanted })
}

#[cfg(test)]
mod tests;
