//! Widths as a terminal counts them: wide characters take two columns, combining ones none.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that a text takes on one line.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Text from outside for one line: safe, and without line ends or tabs.
#[must_use]
pub fn one_line(text: &str) -> String {
    quillon_text::terminal_safe(text).replace(['\n', '\t'], " ")
}

/// Breaks one line between words so that no part takes more than `width` columns. A word that is longer is broken too.
#[must_use]
pub fn wrap(line: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut parts = vec![String::new()];
    let mut used = 0;
    for word in line.split(' ') {
        let mut wide = columns(word);
        let is_started = !parts.last().is_none_or(String::is_empty);
        if is_started && used + 1 + wide > width {
            parts.push(String::new());
            used = 0;
        } else if is_started {
            push(&mut parts, " ");
            used += 1;
        }
        let mut rest = word;
        while wide > width {
            let (head, tail) = rest.split_at(split_point(rest, width));
            if tail.is_empty() {
                break;
            }
            push(&mut parts, head);
            parts.push(String::new());
            (rest, wide, used) = (tail, columns(tail), 0);
        }
        push(&mut parts, rest);
        used += wide;
    }
    parts
}

fn push(parts: &mut [String], text: &str) {
    if let Some(last) = parts.last_mut() {
        last.push_str(text);
    }
}

/// The byte before which `width` columns are full; at least one character, and combining ones stay with theirs.
fn split_point(text: &str, width: usize) -> usize {
    let mut used = 0;
    let mut joined = false;
    for (at, c) in text.char_indices() {
        let wide = char_columns(c);
        if at > 0 && !joined && wide > 0 && used + wide > width {
            return at;
        }
        joined = c == '\u{200d}';
        used += wide;
    }
    text.len()
}

/// The columns of one character.
pub(crate) fn char_columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Text with spaces after it, up to `width` columns.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Text with spaces before it, up to `width` columns.
pub(crate) fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, width: usize, expected: &[&str]) {
        assert_eq!(wrap(line, width), expected, "{line:?}");
    }

    #[test]
    fn breaks_between_words_and_within_only_when_it_must() {
        check("", 5, &[""]);
        check("one two", 7, &["one two"]);
        check("one two", 6, &["one", "two"]);
        check("a bcdefghij k", 4, &["a", "bcde", "fghi", "j k"]);
        check("a  b", 9, &["a  b"]);
        check("日本語", 4, &["日本", "語"]);
        check("日本語", 1, &["日", "本", "語"]);
        check("e\u{301}e\u{301}", 1, &["e\u{301}", "e\u{301}"]);
    }

    #[test]
    fn one_line_is_one_line_and_safe() {
        assert_eq!(one_line("a\r\nb\tc\u{1b}[2J"), "a b c\\u{1b}[2J");
    }

    proptest::proptest! {
        #[test]
        fn wrapping_keeps_the_text_and_the_width(line in "[a-c 日e\u{301}]{0,40}", width in 2usize..12) {
            let parts = wrap(&line, width);
            let fit = parts.iter().all(|part| columns(part) <= width);
            proptest::prop_assert!(fit, "{:?}", parts);
            let letters = |text: &str| text.replace(' ', "");
            proptest::prop_assert_eq!(letters(&parts.concat()), letters(&line));
        }
    }
}
