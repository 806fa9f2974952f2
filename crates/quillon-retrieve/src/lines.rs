//! The lines of a text, counted as people count them: a line feed at the end opens no further line.

use std::ops::Range;

/// Where the lines of a text are.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// Where each line starts, and where the last one ends.
    borders: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut borders = vec![0];
        borders.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|place| place + 1));
        if borders.last() != Some(&text.len()) {
            borders.push(text.len());
        }
        Self { text, borders }
    }

    pub(crate) fn count(&self) -> usize {
        self.borders.len() - 1
    }

    /// The line without its end; empty past the last one.
    pub(crate) fn get(&self, line: usize) -> &'a str {
        let Some(&end) = self.borders.get(line + 1) else {
            return "";
        };
        let text = &self.text[self.borders[line]..end];
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }

    /// The bytes of some lines with their ends.
    pub(crate) fn bytes(&self, lines: Range<usize>) -> Range<usize> {
        self.borders[lines.start]..self.borders[lines.end]
    }
}

/// How far a line is indented; a tab counts as four.
pub(crate) fn indent_of(line: &str) -> usize {
    let mut indent = 0;
    for byte in line.bytes() {
        match byte {
            b' ' => indent += 1,
            b'\t' => indent += 4,
            _ => break,
        }
    }
    indent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_people_do() {
        let check = |text: &str, expected: &[&str]| {
            let lines = Lines::new(text);
            let found: Vec<&str> = (0..lines.count()).map(|line| lines.get(line)).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("", &[]);
        check("a", &["a"]);
        check("a\r\nb\n", &["a", "b"]);
        check("a\n\n", &["a", ""]);
        assert_eq!(Lines::new("a\nbc\n").bytes(1..2), 2..5);
        assert_eq!(indent_of("\t  x"), 6);
    }
}
