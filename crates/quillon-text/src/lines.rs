//! Places in a text: bytes to lines and back.

use quillon_base::Position;

/// Where the lines of a text start. Lines end with LF; a CR before it belongs to the line's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
    bytes: usize,
}

impl LineIndex {
    /// Looks for the lines of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(place, _)| place + 1)).collect();
        Self { starts, bytes: text.len() }
    }

    /// How many lines there are; an empty text has one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line, from 0, that a byte is in.
    #[must_use]
    pub fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte) - 1
    }

    /// The bytes of a line without its end.
    #[must_use]
    pub fn line<'a>(&self, text: &'a str, line: usize) -> Option<&'a str> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.bytes);
        let line = text.get(start..end)?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// The byte of a position. A position past the end of its line is that end; past the last line, the text's end;
    /// within a surrogate pair, the character's start.
    #[must_use]
    pub fn byte_of(&self, text: &str, position: Position) -> usize {
        let Some(line) = self.line(text, position.line as usize) else {
            return self.bytes;
        };
        let mut units = 0;
        let within = line.char_indices().find(|(_, c)| {
            units += c.len_utf16();
            units > position.character as usize
        });
        self.starts[position.line as usize] + within.map_or(line.len(), |(place, _)| place)
    }

    /// The position of a byte, which must lie between characters.
    #[must_use]
    pub fn position_of(&self, text: &str, byte: usize) -> Position {
        let byte = text.floor_char_boundary(byte);
        let line = self.line_of(byte);
        let units = text[self.starts[line]..byte].chars().map(char::len_utf16).sum::<usize>();
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Position { line: small(line), character: small(units) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_as_editors_do() {
        let text = "a😀b\r\nc\n";
        let index = LineIndex::new(text);
        let check =
            |line, character, byte| assert_eq!(index.byte_of(text, Position { line, character }), byte);
        check(0, 0, 0);
        check(0, 1, 1);
        check(0, 2, 1);
        check(0, 3, 5);
        check(0, 4, 6);
        check(0, 99, 6);
        check(1, 0, 8);
        check(2, 0, 10);
        check(9, 9, 10);
        assert_eq!((index.count(), index.line(text, 0), index.line(text, 2)), (3, Some("a😀b"), Some("")));
    }

    proptest! {
        #[test]
        fn there_and_back(text in "[a😀é\\n\\r]{0,40}") {
            let index = LineIndex::new(&text);
            for (byte, c) in text.char_indices().filter(|(_, c)| *c != '\n' && *c != '\r') {
                prop_assert_eq!(index.byte_of(&text, index.position_of(&text, byte)), byte, "{:?}", c);
            }
        }
    }
}
