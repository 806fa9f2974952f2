//! Emphasis and code within a line of Markdown, found while the line still comes in.
//!
//! A span is shown only once its end is there; until then its text is held back. What turns out to be no span is shown
//! as it was written, so that nothing is lost: `2*3*4`, `**/*.rs` and `__init__` stay what they are. Underscores never
//! emphasise, because in answers about code they are parts of names.

use anstyle::Style;

use crate::look::Palette;

/// The most text that is held back for the end of a span.
const HELD_BYTES_MAX: usize = 512;

/// A piece of a line and how it looks.
#[derive(Debug, PartialEq)]
pub(crate) struct Styled {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// The spans of one line.
#[derive(Debug, Default)]
pub(crate) struct Inline {
    held: String,
    before: Option<char>,
}

impl Inline {
    /// Adds text; gives what is certain.
    pub(crate) fn push(&mut self, text: &str, base: Style, palette: &Palette) -> Vec<Styled> {
        self.held.push_str(text);
        self.take(false, base, palette)
    }

    /// Gives the rest: the line has ended.
    pub(crate) fn finish(&mut self, base: Style, palette: &Palette) -> Vec<Styled> {
        let rest = self.take(true, base, palette);
        *self = Self::default();
        rest
    }

    fn take(&mut self, ended: bool, base: Style, palette: &Palette) -> Vec<Styled> {
        // Without styles the asterisks are all that says it.
        if palette.is_plain() {
            return vec![Styled { text: std::mem::take(&mut self.held), style: base }];
        }
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.held.len() {
            let rest = &self.held[at..];
            let token = next_token(rest, self.before, ended || rest.len() > HELD_BYTES_MAX);
            let length = match token {
                Token::More => break,
                Token::Plain(length) => {
                    found.push(Styled { text: rest[..length].to_owned(), style: base });
                    length
                }
                Token::Code(length) => {
                    found.push(Styled { text: rest[..length].to_owned(), style: over(base, palette.code) });
                    length
                }
                Token::Emphasis { run, inner_bytes } => {
                    let mut style = base;
                    if run != 1 {
                        style = over(style, palette.strong);
                    }
                    if run != 2 {
                        style = over(style, palette.emphasis);
                    }
                    let mut inner = Self::default();
                    inner.held.push_str(&rest[run..run + inner_bytes]);
                    found.extend(inner.take(true, style, palette));
                    2 * run + inner_bytes
                }
            };
            self.before = self.held[..at + length].chars().next_back();
            at += length;
        }
        self.held.drain(..at);
        found
    }
}

/// One style laid over another.
fn over(base: Style, top: Style) -> Style {
    Style::new()
        .fg_color(top.get_fg_color().or(base.get_fg_color()))
        .effects(base.get_effects() | top.get_effects())
}

#[derive(Debug)]
enum Token {
    /// As it is written.
    Plain(usize),
    /// Code, with its backticks.
    Code(usize),
    /// Emphasis of 1, strong of 2 or both of 3 asterisks, around so many bytes.
    Emphasis { run: usize, inner_bytes: usize },
    /// It depends on what follows.
    More,
}

/// What `text` starts with. `ended` says that nothing follows it.
fn next_token(text: &str, before: Option<char>, ended: bool) -> Token {
    match text.as_bytes().first() {
        Some(b'`') => code(text, ended),
        Some(b'*') => emphasis(text, before, ended),
        Some(b'\\') if text.len() == 1 && !ended => Token::More,
        Some(b'\\') => Token::Plain(1 + text[1..].chars().next().map_or(0, char::len_utf8)),
        _ => Token::Plain(text.find(['`', '*', '\\']).unwrap_or(text.len())),
    }
}

fn code(text: &str, ended: bool) -> Token {
    let run = run_length(text, b'`');
    if run == text.len() && !ended {
        return Token::More;
    }
    let mut at = run;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let closing = run_length(&text[start..], b'`');
        at = start + closing;
        if closing == run && (ended || at < text.len()) {
            return Token::Code(at);
        }
    }
    if ended { Token::Plain(run) } else { Token::More }
}

fn emphasis(text: &str, before: Option<char>, ended: bool) -> Token {
    let run = run_length(text, b'*');
    if run == text.len() {
        return if ended { Token::Plain(run) } else { Token::More };
    }
    let after = text[run..].chars().next();
    let opens =
        run <= 3 && !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_whitespace);
    if !opens {
        return Token::Plain(run);
    }
    let mut at = run;
    let mut within = None;
    while at < text.len() {
        let rest = &text[at..];
        match rest.as_bytes()[0] {
            b'*' => {
                let closing = run_length(rest, b'*');
                let next = text[at + closing..].chars().next();
                if next.is_none() && !ended {
                    return Token::More;
                }
                let closes = closing == run && !within.is_some_and(char::is_whitespace);
                if closes && !next.is_some_and(char::is_alphanumeric) {
                    return Token::Emphasis { run, inner_bytes: at - run };
                }
                at += closing;
            }
            b'`' => match code(rest, ended) {
                Token::Code(length) | Token::Plain(length) => at += length,
                _ => return Token::More,
            },
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
        within = text[..at].chars().next_back();
    }
    if ended { Token::Plain(run) } else { Token::More }
}

fn run_length(text: &str, byte: u8) -> usize {
    text.bytes().take_while(|found| *found == byte).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows styles as `<b>`, `<i>`, `<c>`; feeding all at once and feeding character by character must agree.
    fn check(text: &str, expected: &str) {
        let palette = Palette::new(true);
        let show = |styled: Vec<Styled>| -> String {
            let mut shown = String::new();
            let mut last = String::new();
            for Styled { text, style } in styled {
                let effects = style.get_effects();
                let marks = [
                    (effects.contains(anstyle::Effects::BOLD), "b"),
                    (effects.contains(anstyle::Effects::ITALIC), "i"),
                    (style.get_fg_color().is_some(), "c"),
                ];
                let name: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
                if name != last {
                    shown.push_str(&format!("<{name}>"));
                    last = name;
                }
                shown.push_str(&text);
            }
            shown
        };
        let mut whole = Inline::default();
        let mut found = whole.push(text, Style::new(), &palette);
        found.extend(whole.finish(Style::new(), &palette));
        assert_eq!(show(found), expected, "{text:?} at once");
        let mut slowly = Inline::default();
        let mut found = Vec::new();
        for c in text.chars() {
            found.extend(slowly.push(c.encode_utf8(&mut [0; 4]), Style::new(), &palette));
        }
        found.extend(slowly.finish(Style::new(), &palette));
        assert_eq!(show(found), expected, "{text:?} by character");
    }

    #[test]
    fn spans_lose_their_asterisks_and_code_keeps_its_backticks() {
        check("a **b** c", "a <b>b<> c");
        check("*a* and ***b***.", "<i>a<> and <bi>b<>.");
        check("**a `b*c` d**", "<b>a <bc>`b*c`<b> d");
        check("**a *b* c**", "<b>a <bi>b<b> c");
        check("``a`b`` `c`", "<c>``a`b``<> <c>`c`");
        check("**é**", "<b>é");
    }

    #[test]
    fn what_is_no_span_stays_as_it_was_written() {
        for text in [
            "2*3*4",
            "2 * 3 * 4",
            "**/*.rs",
            "*.rs and *.py",
            "__init__ a_b_c",
            "a ** b",
            "`open",
            "**open",
            "****",
            "\\*not\\* this",
            "a*",
            "C:\\dir",
            "\\",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn gives_up_on_a_span_that_does_not_end() {
        let palette = Palette::new(true);
        let mut inline = Inline::default();
        let given: usize = (0..1_000)
            .flat_map(|_| inline.push("*a ", Style::new(), &palette))
            .map(|styled| styled.text.len())
            .sum();
        assert!(given > 2_000, "{given}");
    }
}
