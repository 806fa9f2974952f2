//! Bytes to lines, for the spans of facts. Smaller than `quillon_text::LineIndex`, and only in one direction.

use quillon_base::LineRange;

use crate::Span;
use crate::gather::Bytes;

pub(crate) struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = breaks.map(|(place, _)| u32::try_from(place + 1).unwrap_or(u32::MAX));
        Self { starts: std::iter::once(0).chain(starts).collect() }
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, byte: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= byte)).unwrap_or(u32::MAX)
    }

    pub(crate) fn span(&self, bytes: &Bytes) -> Span {
        // A node may hold the break after its last line; that line is still its last.
        let last = bytes.end.saturating_sub(1).max(bytes.start);
        let lines = LineRange { first: self.line(bytes.start), last: self.line(last) };
        Span { start: bytes.start, end: bytes.end, lines }
    }
}
