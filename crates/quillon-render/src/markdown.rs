//! Markdown for a terminal, while it streams.
//!
//! Prose goes out word by word, code line by line, a table once it is whole. Markers of structure (`#`, `-`, `>`,
//! fences) stay as they were written: they say without colour what colour says again. To a pipe the text goes as it is.

use anstyle::Style;
use quillon_text::terminal_safe;

use crate::inline::{Inline, Styled};
use crate::look::{Look, Palette, paint};
use crate::table::markdown_table;
use crate::width::char_columns;

/// The most text of a table that is held back to align it; a larger one goes out as it was written.
const TABLE_BYTES_MAX: usize = 64 * 1024;
/// The most text of a line that is held back to tell what the line is.
const UNDECIDED_BYTES_MAX: usize = 1024;

/// Turns pieces of Markdown into text for a terminal.
#[derive(Debug)]
pub struct Markdown {
    palette: Palette,
    width: Option<usize>,
    verbatim: bool,
    carriage_return: bool,
    /// The start of a line, as long as it is not clear what the line is.
    start: String,
    line: Line,
    fence: Option<Fence>,
    table: String,
    flow: Flow,
}

/// What the line that comes in is.
#[derive(Debug)]
enum Line {
    Undecided,
    Prose {
        inline: Inline,
        style: Style,
    },
    /// Shown only once it is whole.
    Whole,
}

/// An open block of code.
#[derive(Debug)]
struct Fence {
    marker: char,
    length: usize,
    language: String,
}

impl Markdown {
    /// Starts a text.
    #[must_use]
    pub fn new(look: &Look) -> Self {
        Self {
            palette: Palette::new(look.out_colour),
            width: look.width,
            verbatim: !look.out_colour && look.width.is_none(),
            carriage_return: false,
            start: String::new(),
            line: Line::Undecided,
            fence: None,
            table: String::new(),
            flow: Flow::default(),
        }
    }

    /// Whether the cursor is within a line.
    #[must_use]
    pub fn is_within_line(&self) -> bool {
        self.flow.column > 0
    }

    /// Makes room for a line of something else on the same screen; the text goes on after it.
    pub fn make_room(&mut self) -> &'static str {
        if !self.is_within_line() {
            return "";
        }
        (self.flow.column, self.flow.spaces) = (0, 0);
        "\n"
    }

    /// Adds a piece, which may end anywhere; gives what can be shown.
    pub fn push(&mut self, piece: &str) -> String {
        let mut text = String::with_capacity(piece.len() + 1);
        // A line end that is cut in two must not look like a lone carriage return.
        if std::mem::take(&mut self.carriage_return) {
            text.push('\r');
        }
        text.push_str(piece);
        if text.ends_with('\r') {
            text.pop();
            self.carriage_return = true;
        }
        let safe = terminal_safe(&text);
        if self.verbatim {
            self.flow.note(&safe);
            return safe.into_owned();
        }
        let mut out = String::new();
        for part in safe.split_inclusive('\n') {
            self.push_part(part, &mut out);
        }
        out
    }

    /// Ends the text; gives what was held back, with a line end.
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        if std::mem::take(&mut self.carriage_return) {
            out.push_str(&terminal_safe("\r"));
            self.flow.column += 1;
        }
        let open = !matches!(self.line, Line::Undecided) || !self.start.is_empty() || self.flow.column > 0;
        if open {
            self.push_part("\n", &mut out);
        }
        self.end_table(&mut out);
        self.fence = None;
        out
    }

    /// Adds text that has at most one line end, at its end.
    fn push_part(&mut self, part: &str, out: &mut String) {
        if self.verbatim {
            self.flow.note(part);
            out.push_str(part);
            return;
        }
        let (text, ends) = part.strip_suffix('\n').map_or((part, false), |text| (text, true));
        match &mut self.line {
            Line::Prose { inline, style } => {
                self.flow.add(inline.push(text, *style, &self.palette), self.width, out);
            }
            Line::Undecided | Line::Whole => self.start.push_str(text),
        }
        if matches!(self.line, Line::Undecided) {
            self.decide(ends, out);
        }
        if ends {
            self.end_line(out);
        }
    }

    /// Finds out what the line is, if its start says so.
    fn decide(&mut self, ends: bool, out: &mut String) {
        let kind = match &self.fence {
            Some(_) => Kind::Whole,
            None => kind_of(&self.start, ends || self.start.len() > UNDECIDED_BYTES_MAX),
        };
        if !matches!(kind, Kind::Undecided | Kind::TableRow) && self.fence.is_none() {
            self.end_table(out);
        }
        match kind {
            Kind::Undecided => {}
            Kind::TableRow | Kind::Whole => self.line = Line::Whole,
            Kind::Prose { marker_bytes, heading } => self.start_prose(marker_bytes, heading, out),
        }
    }

    /// Starts a line of prose; its marker stands before it and later lines are indented by its width.
    fn start_prose(&mut self, marker_bytes: usize, heading: bool, out: &mut String) {
        let text = std::mem::take(&mut self.start);
        let (marker, rest) = text.split_at(marker_bytes);
        let style = if heading { self.palette.heading } else { Style::new() };
        let marker_style = if heading { style } else { self.palette.quiet };
        let is_quote = marker.trim_start().starts_with('>');
        self.flow.start(marker, marker_style, is_quote, out);
        let mut inline = Inline::default();
        self.flow.add(inline.push(rest, style, &self.palette), self.width, out);
        self.line = Line::Prose { inline, style };
    }

    fn end_line(&mut self, out: &mut String) {
        match std::mem::replace(&mut self.line, Line::Undecided) {
            Line::Prose { mut inline, style } => {
                self.flow.add(inline.finish(style, &self.palette), self.width, out);
                self.flow.end(out);
            }
            Line::Whole | Line::Undecided => {
                let line = std::mem::take(&mut self.start);
                self.whole_line(&line, out);
            }
        }
    }

    fn whole_line(&mut self, line: &str, out: &mut String) {
        if let Some(fence) = &self.fence {
            let closes = is_fence(line).is_some_and(|(marker, length, info)| {
                marker == fence.marker && length >= fence.length && info.is_empty()
            });
            if closes {
                self.fence = None;
                out.push_str(&paint(self.palette.quiet, line));
            } else {
                out.push_str(&code_line(line, &fence.language, &self.palette));
            }
            out.push('\n');
            return;
        }
        if let Some((marker, length, info)) = is_fence(line) {
            self.fence = Some(Fence { marker, length, language: info.to_owned() });
            out.push_str(&paint(self.palette.quiet, line));
            out.push('\n');
            return;
        }
        if line.trim_start().starts_with('|') {
            self.table.push_str(line);
            self.table.push('\n');
            if self.table.len() > TABLE_BYTES_MAX {
                out.push_str(&std::mem::take(&mut self.table));
            }
            return;
        }
        let is_rule = line.len() >= 3 && !line.trim().is_empty();
        out.push_str(&if is_rule { paint(self.palette.quiet, line) } else { line.to_owned() });
        out.push('\n');
    }

    fn end_table(&mut self, out: &mut String) {
        let rows = std::mem::take(&mut self.table);
        if !rows.is_empty() {
            out.push_str(&markdown_table(&rows, self.width, &self.palette).unwrap_or(rows));
        }
    }
}

/// A line of code in a language. Colours for its syntax would be added here, and nowhere else.
pub(crate) fn code_line(line: &str, _language: &str, _palette: &Palette) -> String {
    line.to_owned()
}

/// What a line is, as far as its start tells.
#[derive(Debug)]
enum Kind {
    Undecided,
    Prose {
        marker_bytes: usize,
        heading: bool,
    },
    TableRow,
    /// A fence, a rule or an empty line: shown when it is whole.
    Whole,
}

/// What the line is that starts with `text`; `ended` says that nothing more of it comes.
fn kind_of(text: &str, ended: bool) -> Kind {
    let prose = |marker_bytes, heading| Kind::Prose { marker_bytes, heading };
    let body = text.trim_start_matches(' ');
    let indent = text.len() - body.len();
    let Some(first) = body.chars().next() else {
        return if ended { Kind::Whole } else { Kind::Undecided };
    };
    let run = body.chars().take_while(|c| *c == first).count();
    let after = body[run * first.len_utf8()..].chars().next();
    let undecided = after.is_none() && !ended;
    match first {
        '|' => Kind::TableRow,
        '#' | '-' | '*' | '+' | '`' | '~' | '_' if undecided => Kind::Undecided,
        '#' if run <= 6 && after.is_none_or(|c| c == ' ') => prose(text.len().min(indent + run + 1), true),
        '`' | '~' if run >= 3 => Kind::Whole,
        '-' | '*' | '_' if run >= 3 && after.is_none() => Kind::Whole,
        '-' | '*' | '+' if run == 1 && after == Some(' ') => prose(indent + 2, false),
        '>' => quote(text, indent, ended),
        '0'..='9' => numbered(body, indent, ended),
        // Prose keeps its indent, also on the lines that wrapping adds.
        _ => prose(indent, false),
    }
}

/// The marks of a quote, which may be nested.
fn quote(text: &str, indent: usize, ended: bool) -> Kind {
    let marks = text[indent..].bytes().take_while(|byte| matches!(byte, b'>' | b' ')).count();
    if indent + marks == text.len() && !ended {
        return Kind::Undecided;
    }
    Kind::Prose { marker_bytes: indent + marks, heading: false }
}

/// An item of a numbered list, if there are at most nine digits, a full stop or parenthesis, and a space.
fn numbered(body: &str, indent: usize, ended: bool) -> Kind {
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let mut after = body[digits..].chars();
    let (stop, space) = (after.next(), after.next());
    let marker_bytes = match (digits <= 9, stop, space) {
        (true, None, _) | (true, Some('.' | ')'), None) if !ended => return Kind::Undecided,
        (true, Some('.' | ')'), Some(' ')) => indent + digits + 2,
        _ => indent,
    };
    Kind::Prose { marker_bytes, heading: false }
}

/// The marker, its length and the word after it, if a line opens or closes a block of code.
fn is_fence(line: &str) -> Option<(char, usize, &str)> {
    let body = line.trim_start();
    let marker = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = body.chars().take_while(|c| *c == marker).count();
    let info = body[length..].trim();
    (length >= 3 && !(marker == '`' && info.contains('`'))).then_some((marker, length, info))
}

/// Puts words on lines.
#[derive(Debug, Default)]
struct Flow {
    column: usize,
    hang: String,
    hang_columns: usize,
    spaces: usize,
    word: Vec<Styled>,
    word_columns: usize,
}

impl Flow {
    /// Follows the column of text that goes out as it is.
    fn note(&mut self, text: &str) {
        self.column = match text.rsplit_once('\n') {
            Some((_, tail)) => tail.len(),
            None => self.column + text.len(),
        };
    }

    fn start(&mut self, marker: &str, style: Style, repeats: bool, out: &mut String) {
        let columns = marker.chars().map(char_columns).sum();
        let painted = if marker.trim().is_empty() { marker.to_owned() } else { paint(style, marker) };
        out.push_str(&painted);
        self.hang = if repeats { painted } else { " ".repeat(columns) };
        (self.column, self.hang_columns) = (columns, columns);
    }

    fn add(&mut self, pieces: Vec<Styled>, width: Option<usize>, out: &mut String) {
        for piece in pieces {
            for (text, is_space) in words(&piece.text) {
                if is_space {
                    self.end_word(width, out);
                    self.spaces += text.chars().count();
                    continue;
                }
                match self.word.last_mut().filter(|last| last.style == piece.style) {
                    Some(last) => last.text.push_str(text),
                    None => self.word.push(Styled { text: text.to_owned(), style: piece.style }),
                }
                self.word_columns += text.chars().map(char_columns).sum::<usize>();
                // Between wide characters a line may break without a space.
                if text.chars().next_back().is_some_and(|c| char_columns(c) == 2) {
                    self.end_word(width, out);
                }
            }
        }
    }

    fn end_word(&mut self, width: Option<usize>, out: &mut String) {
        if self.word.is_empty() {
            return;
        }
        let needed = self.column + self.spaces + self.word_columns;
        let breaks = width.is_some_and(|width| needed > width) && self.column > self.hang_columns;
        if breaks {
            out.push('\n');
            out.push_str(&self.hang);
            self.column = self.hang_columns;
        } else {
            out.push_str(&" ".repeat(self.spaces));
            self.column += self.spaces;
        }
        out.extend(self.word.drain(..).map(|part| paint(part.style, part.text)));
        self.column += self.word_columns;
        (self.spaces, self.word_columns) = (0, 0);
    }

    fn end(&mut self, out: &mut String) {
        self.end_word(None, out);
        out.push('\n');
        *self = Self::default();
    }
}

/// Runs of spaces, runs of narrow characters, and wide characters singly.
fn words(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let class = |c: char| (c.is_whitespace(), char_columns(c) == 2);
        let end = if class(first).1 {
            // What takes no column belongs to the character before it.
            let tail = &rest[first.len_utf8()..];
            first.len_utf8() + tail.find(|c| char_columns(c) > 0).unwrap_or(tail.len())
        } else {
            rest.find(|c| class(c) != class(first)).unwrap_or(rest.len())
        };
        let (word, tail) = rest.split_at(end);
        rest = tail;
        Some((word, first.is_whitespace()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::visible;

    const TERMINAL: Look = Look {
        out_colour: false,
        err_colour: false,
        out_terminal: true,
        width: Some(30),
        live: false,
        shared: false,
        quiet: false,
        by_file: false,
        names_conversation: false,
    };
    const COLOURED: Look = Look { out_colour: true, ..TERMINAL };

    fn render(look: &Look, pieces: impl IntoIterator<Item = impl AsRef<str>>) -> String {
        let mut markdown = Markdown::new(look);
        let mut out = String::new();
        for piece in pieces {
            out.push_str(&markdown.push(piece.as_ref()));
        }
        out.push_str(&markdown.finish());
        out
    }

    /// Pieces of any length give the same text.
    fn check(look: &Look, text: &str) -> String {
        let whole = render(look, [text]);
        for size in [1, 2, 3, 7] {
            let chars: Vec<char> = text.chars().collect();
            let pieces = chars.chunks(size).map(|piece| piece.iter().collect::<String>());
            assert_eq!(render(look, pieces), whole, "in pieces of {size}");
        }
        visible(&whole)
    }

    const TEXT: &str = "# Retries and their limits\n\nThe **retry policy** is in `src/retry.rs`, which every caller \
        goes through.\n\n- first item that is longer than a line of this terminal\n  - nested\n10. tenth, with more \
        words than fit\n> quoted words that go on and on for more than a line\n---\n```rust\nfn a_line_that_is_longer_than_the_width() {\n    // *not* emphasis\n}\n```\nend";

    #[test]
    fn wraps_prose_and_leaves_code_alone() {
        insta::assert_snapshot!(check(&TERMINAL, TEXT), @"
        # Retries and their limits

        The **retry policy** is in
        `src/retry.rs`, which every
        caller goes through.

        - first item that is longer
          than a line of this terminal
          - nested
        10. tenth, with more words
            than fit
        > quoted words that go on and
        > on for more than a line
        ---
        ```rust
        fn a_line_that_is_longer_than_the_width() {
            // *not* emphasis
        }
        ```
        end
        ");
    }

    #[test]
    fn colours_say_again_what_the_text_says() {
        insta::assert_snapshot!(check(&COLOURED, TEXT), @"
        ␛[1m␛[34m# ␛[0m␛[1m␛[34mRetries␛[0m ␛[1m␛[34mand␛[0m ␛[1m␛[34mtheir␛[0m ␛[1m␛[34mlimits␛[0m

        The ␛[1mretry␛[0m ␛[1mpolicy␛[0m is in
        ␛[36m`src/retry.rs`␛[0m, which every
        caller goes through.

        ␛[2m- ␛[0mfirst item that is longer
          than a line of this terminal
        ␛[2m  - ␛[0mnested
        ␛[2m10. ␛[0mtenth, with more words
            than fit
        ␛[2m> ␛[0mquoted words that go on and
        ␛[2m> ␛[0mon for more than a line
        ␛[2m---␛[0m
        ␛[2m```rust␛[0m
        fn a_line_that_is_longer_than_the_width() {
            // *not* emphasis
        }
        ␛[2m```␛[0m
        end
        ");
    }

    #[test]
    fn to_a_pipe_the_text_goes_as_it_is() {
        assert_eq!(render(&Look::default(), [TEXT]), format!("{TEXT}\n"));
        assert_eq!(render(&Look::default(), ["a\r", "\nb\u{1b}[2J"]), "a\nb\\u{1b}[2J\n");
        assert_eq!(render(&Look::default(), ["a\r"]), "a\\u{d}\n");
        assert_eq!(render(&Look::default(), ["a\n"]), "a\n");
        assert_eq!(render(&Look::default(), [""]), "");
    }

    #[test]
    fn aligns_a_table_once_it_is_whole() {
        let text = "Before\n\n| name | 数 |\n|:---|--:|\n| `日本` | 1 |\n| e\u{301} | 200 |\n\nAfter | not | a table";
        insta::assert_snapshot!(check(&TERMINAL, text), @"
        Before

        name     数
        ------  ---
        `日本`    1
        é       200

        After | not | a table
        ");
        insta::assert_snapshot!(check(&TERMINAL, "| no table\n| at all"), @"
        | no table
        | at all
        ");
    }

    #[test]
    fn half_written_markdown_loses_nothing() {
        insta::assert_snapshot!(check(&COLOURED, "```py\nx = 1"), @"
        ␛[2m```py␛[0m
        x = 1
        ");
        insta::assert_snapshot!(check(&COLOURED, "a **b\nc*"), @"
        a **b
        c*
        ");
        insta::assert_snapshot!(check(&COLOURED, "#\n#hash\n-\n1.\n1.5 is 2\n>"), @"
        ␛[1m␛[34m#␛[0m
        #hash
        -
        1.
        1.5 is 2
        ␛[2m>␛[0m
        ");
        insta::assert_snapshot!(check(&COLOURED, "日本語の文章は空白なしで続いていくので折り返す必要がある"), @"
        日本語の文章は空白なしで続いて
        いくので折り返す必要がある
        ");
    }

    proptest::proptest! {
        /// Whatever comes, in whatever pieces: no panic, nothing that commands the terminal, and no letter lost.
        #[test]
        fn keeps_every_letter(pieces in proptest::collection::vec("[a-c*`#>|~ \n\r\u{1b}日1.-]{0,12}", 0..12)) {
            let letters = |text: &str| text.chars().filter(|c| c.is_ascii_lowercase() || *c == '日').collect::<String>();
            let shown = render(&TERMINAL, &pieces);
            let safe = terminal_safe(&pieces.concat()).into_owned();
            let commands = shown.contains('\u{1b}');
            proptest::prop_assert!(!commands);
            let without_escapes = |text: &str| letters(&text.replace("\\u{1b}", "").replace("\\u{d}", ""));
            proptest::prop_assert_eq!(without_escapes(&shown), without_escapes(&safe));
        }
    }
}
