//! What is safe and short enough to show.

use std::borrow::Cow;

/// Cuts `text` to at most `bytes_max` bytes at a character's border, and shows that with `…`.
#[must_use]
pub fn shorten(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return Cow::Borrowed(text);
    }
    let room = bytes_max.saturating_sub('…'.len_utf8());
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(room)]))
}

/// Whether a character could command a terminal or make text read other than it is: control characters but newline and
/// tab, and the characters that turn the direction of text (Unicode TR 36).
const fn commands_a_terminal(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// Makes what could command a terminal visible instead, as `\u{1b}`.
#[must_use]
pub fn terminal_safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(commands_a_terminal) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // The CR of a line end says nothing that the LF does not.
        let line_end = c == '\r' && chars.peek() == Some(&'\n');
        if line_end {
            continue;
        }
        if commands_a_terminal(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_cannot_get_through() {
        let check = |text, expected: &str| assert_eq!(terminal_safe(text), expected);
        check("plain\n\ttext é", "plain\n\ttext é");
        check("\u{1b}[2Jx", "\\u{1b}[2Jx");
        check("a\u{202e}b", "a\\u{202e}b");
        check("a\r\nb\rc", "a\nb\\u{d}c");
        check("\u{9b}1m", "\\u{9b}1m");
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdef", 5), "ab…");
        assert_eq!(shorten("ééé", 5), "é…");
    }
}
