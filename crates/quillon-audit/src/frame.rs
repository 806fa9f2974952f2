//! Frames: how records lie in a segment file.
//!
//! A frame is a kind (1 byte), the body's length (4 bytes, little endian), a CRC-32C over kind, length and body
//! (4 bytes, little endian), and the body. The checksum tells a torn write from a whole one; it proves nothing.

use crate::leaf::LEAF_BYTES_MAX;

/// Bytes before a body.
pub(crate) const FRAME_HEAD_BYTES: usize = 9;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// The first frame of a segment.
    Header,
    /// A leaf.
    Leaf,
    /// A signed checkpoint over all leaves before it.
    Checkpoint,
    /// The hashes of leaves that were removed.
    Hashes,
}

impl FrameKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Header => b'H',
            Self::Leaf => b'L',
            Self::Checkpoint => b'C',
            Self::Hashes => b'P',
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            b'H' => Some(Self::Header),
            b'L' => Some(Self::Leaf),
            b'C' => Some(Self::Checkpoint),
            b'P' => Some(Self::Hashes),
            _ => None,
        }
    }

    const fn bytes_max(self) -> usize {
        match self {
            Self::Header | Self::Hashes => 4 * 1024 * 1024,
            Self::Leaf => LEAF_BYTES_MAX,
            Self::Checkpoint => 4 * 1024,
        }
    }
}

/// Appends a frame to `out`.
pub(crate) fn push(out: &mut Vec<u8>, kind: FrameKind, body: &[u8]) {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    let sum = checksum(kind.byte(), length, body);
    out.push(kind.byte());
    out.extend_from_slice(&length);
    out.extend_from_slice(&sum.to_le_bytes());
    out.extend_from_slice(body);
}

fn checksum(kind: u8, length: [u8; 4], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(&[kind]), &length), body)
}

/// One whole frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: FrameKind,
    pub(crate) body: &'a [u8],
    /// Where the next one starts.
    pub(crate) end: usize,
}

/// Reads the frame at `start`; `None` when what is there is not a whole frame.
pub(crate) fn read(bytes: &[u8], start: usize) -> Option<Frame<'_>> {
    let head = bytes.get(start..start + FRAME_HEAD_BYTES)?;
    let kind = FrameKind::of(head[0])?;
    let length = [head[1], head[2], head[3], head[4]];
    let sum = u32::from_le_bytes([head[5], head[6], head[7], head[8]]);
    let body_bytes = u32::from_le_bytes(length) as usize;
    if body_bytes > kind.bytes_max() {
        return None;
    }
    let body_start = start + FRAME_HEAD_BYTES;
    let end = body_start + body_bytes;
    let body = bytes.get(body_start..end)?;
    (checksum(head[0], length, body) == sum).then_some(Frame { kind, body, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_reads_back_and_a_damaged_or_short_one_does_not() {
        let mut bytes = Vec::new();
        push(&mut bytes, FrameKind::Leaf, b"leaf");
        assert_eq!(read(&bytes, 0), Some(Frame { kind: FrameKind::Leaf, body: b"leaf", end: bytes.len() }));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length], 0), None);
        }
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                assert_eq!(read(&flipped, 0), None, "byte {place} bit {bit}");
            }
        }
    }

    #[test]
    fn a_body_may_be_as_long_as_its_limit_and_no_longer() {
        for (length, is_read) in [(LEAF_BYTES_MAX, true), (LEAF_BYTES_MAX + 1, false)] {
            let mut bytes = Vec::new();
            push(&mut bytes, FrameKind::Leaf, &vec![b'x'; length]);
            assert_eq!(read(&bytes, 0).is_some(), is_read, "{length}");
        }
    }
}
