//! Server-sent events: bytes in, events out, however the bytes are cut.
//!
//! As the HTML standard says (§9.2.6), with limits, because the other side may be hostile: lines end with LF, CR or both;
//! a leading byte order mark and comments are skipped; an event without data is none; bytes that are not UTF-8 are
//! replaced. What is not ended by an empty line is not an event.

use std::collections::VecDeque;

/// The largest event, in bytes: the lines of its data, and its name.
pub const EVENT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most events that one piece of bytes may hold.
const EVENTS_PER_PIECE_MAX: usize = 1_000_000;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name; empty where none is given.
    pub name: String,
    /// Its data, lines joined by LF.
    pub data: String,
}

/// Reads events out of pieces of a stream.
#[derive(Debug, Default)]
pub struct EventDecoder {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    /// The last byte was a CR, so that an LF which follows ends no line of its own.
    after_cr: bool,
    has_begun: bool,
}

impl EventDecoder {
    /// Takes a piece and appends the events that it completes.
    ///
    /// # Errors
    /// The limit, when an event is larger or a piece holds more than any should.
    pub fn feed(&mut self, piece: &[u8], events: &mut VecDeque<Event>) -> Result<(), usize> {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (head, tail) = rest.split_at(end);
            let byte = tail[0];
            rest = &tail[1..];
            let is_second_half = byte == b'\n' && self.after_cr && head.is_empty();
            self.after_cr = byte == b'\r';
            if is_second_half {
                continue;
            }
            self.extend_line(head)?;
            self.end_line(events);
            if events.len() > EVENTS_PER_PIECE_MAX {
                return Err(EVENTS_PER_PIECE_MAX);
            }
        }
        if !rest.is_empty() {
            self.after_cr = false;
        }
        self.extend_line(rest)
    }

    fn extend_line(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let size = self.line.len() + bytes.len() + self.event.data.len() + self.event.name.len();
        if size > EVENT_BYTES_MAX {
            return Err(EVENT_BYTES_MAX);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, events: &mut VecDeque<Event>) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text = if self.has_begun { &*text } else { text.strip_prefix('\u{feff}').unwrap_or(&text) };
        self.has_begun = true;
        if text.is_empty() {
            let event = std::mem::take(&mut self.event);
            if std::mem::take(&mut self.has_data) {
                events.push_back(event);
            }
            return;
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            "event" => value.clone_into(&mut self.event.name),
            // Not of the standard: so a llama-server says what went wrong in the middle of its stream.
            "error" => {
                self.event = Event { name: "error".into(), data: value.to_owned() };
                self.has_data = true;
            }
            // A comment, an id, a time to reconnect, or what nobody knows.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Event>, usize> {
        let (mut decoder, mut events) = (EventDecoder::default(), VecDeque::new());
        for piece in pieces {
            decoder.feed(piece, &mut events)?;
        }
        Ok(events.into())
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let wanted: Vec<_> = expected
            .iter()
            .map(|(name, data)| Event { name: (*name).into(), data: (*data).into() })
            .collect();
        assert_eq!(decode([text.as_bytes()]).unwrap(), wanted, "{text:?}");
        // Byte by byte is the same.
        assert_eq!(decode(text.as_bytes().chunks(1)).unwrap(), wanted, "{text:?} in bytes");
    }

    #[test]
    fn events_are_read_as_the_standard_says() {
        check("data: a\n\n", &[("", "a")]);
        check("data:a\r\rdata: b\r\n\r\n", &[("", "a"), ("", "b")]);
        check("\u{feff}event: x\ndata: a\ndata:  b\ndata\n\n", &[("x", "a\n b\n")]);
        check(": a comment\n\nevent: none\n\ndata: a\n\n", &[("", "a")]);
        check("error: {}\n\n", &[("error", "{}")]);
        check("id: 1\nretry: 5\nnonsense\ndata: a\n\n", &[("", "a")]);
        check("data: cut off\n", &[]);
        check("data: cut off", &[]);
        check("data: \u{feff}\n\n", &[("", "\u{feff}")]);
        check("data: {\"a\":\"b: c\"}\n\n\n\n", &[("", "{\"a\":\"b: c\"}")]);
        assert_eq!(decode([&b"data: \xff\n\n"[..]]).unwrap()[0].data, "\u{fffd}");
    }

    #[test]
    fn an_endless_line_and_an_endless_event_are_refused() {
        let line = vec![b'x'; EVENT_BYTES_MAX + 1];
        assert_eq!(decode([&b"data: "[..], &line]), Err(EVENT_BYTES_MAX));
        let piece = [&b"data: "[..], &vec![b'x'; 1024 * 1024], b"\n"].concat();
        assert_eq!(decode(std::iter::repeat_n(&piece[..], 9)), Err(EVENT_BYTES_MAX));
    }

    proptest! {
        #[test]
        fn cutting_changes_nothing(
            parts in prop::collection::vec("(data|event|id|x)?:? ?[a-zé]{0,3}(\n|\r|\r\n){0,3}", 0..12),
            cuts in prop::collection::vec(0usize..200, 0..6),
        ) {
            let text = parts.concat().into_bytes();
            let whole = decode([&text[..]]).unwrap();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts {
                pieces.push(&text[from..cut]);
                from = cut;
            }
            pieces.push(&text[from..]);
            prop_assert_eq!(decode(pieces).unwrap(), whole);
        }

        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            decode(bytes.chunks(7)).unwrap();
        }
    }
}
