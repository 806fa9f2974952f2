//! Text back to bytes, as it was.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::decode;

/// How a text ends its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// LF.
    Lf,
    /// CR and LF.
    CrLf,
}

impl LineEnd {
    /// The one that most lines have; LF when there is no line.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let all = text.matches('\n').count();
        let with_return = text.matches("\r\n").count();
        if with_return * 2 > all { Self::CrLf } else { Self::Lf }
    }

    /// The text with this end after each of its lines.
    #[must_use]
    pub fn apply(self, text: &str) -> String {
        let plain = text.replace("\r\n", "\n");
        match self {
            Self::Lf => plain,
            Self::CrLf => plain.replace('\n', "\r\n"),
        }
    }
}

/// Encodes a text as `original` is encoded, with its byte order mark. `None` when `original` is not text or could not be
/// decoded without loss, or when the encoding has no such character: what cannot be written faithfully is not written.
#[must_use]
pub fn encode_like(original: &[u8], text: &str) -> Option<Vec<u8>> {
    let decoded = decode(original)?;
    let (encoding, mark_bytes) = match Encoding::for_bom(original) {
        Some(found) => found,
        None => (Encoding::for_label(decoded.encoding.as_bytes())?, 0),
    };
    let encode = |text: &str| encode(encoding, &original[..mark_bytes], text);
    let is_faithful = encode(&decoded.text)? == original;
    if is_faithful { encode(text) } else { None }
}

fn encode(encoding: &'static Encoding, mark: &[u8], text: &str) -> Option<Vec<u8>> {
    let mut bytes = mark.to_vec();
    if encoding == UTF_8 {
        bytes.extend_from_slice(text.as_bytes());
    } else if encoding == UTF_16LE {
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    } else if encoding == UTF_16BE {
        bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    } else {
        let (encoded, _, has_unknown) = WINDOWS_1252.encode(text);
        if has_unknown {
            return None;
        }
        bytes.extend_from_slice(&encoded);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(original: &[u8], text: &str, expected: Option<&[u8]>) {
        assert_eq!(encode_like(original, text).as_deref(), expected, "{original:?}");
    }

    #[test]
    fn a_file_keeps_its_encoding() {
        check(b"", "hé", Some("hé".as_bytes()));
        check(b"a\n", "\u{2603}", Some("\u{2603}".as_bytes()));
        check(b"\xef\xbb\xbfa", "b", Some(b"\xef\xbb\xbfb"));
        check(b"\xff\xfea\0", "é", Some(b"\xff\xfe\xe9\0"));
        check(b"\xfe\xff\0a", "b", Some(b"\xfe\xff\0b"));
        check(b"caf\xe9", "th\u{e9}", Some(b"th\xe9"));
        check(b"caf\xe9", "\u{2603}", None);
        check(b"\xff\xfea\0\xe9", "b", None);
        check(b"\x7fELF\x02\x01\0", "b", None);
    }

    #[test]
    fn line_ends_follow_the_most() {
        assert_eq!(LineEnd::of("a\r\nb\r\nc\n"), LineEnd::CrLf);
        assert_eq!(LineEnd::of("a\r\nb\n"), LineEnd::Lf);
        assert_eq!(LineEnd::of("a"), LineEnd::Lf);
        assert_eq!(LineEnd::CrLf.apply("a\nb\r\n"), "a\r\nb\r\n");
        assert_eq!(LineEnd::Lf.apply("a\r\nb"), "a\nb");
    }

    proptest! {
        #[test]
        fn what_is_not_changed_is_the_same(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(encoded) = decode(&bytes).and_then(|decoded| encode_like(&bytes, &decoded.text)) {
                prop_assert_eq!(encoded, bytes);
            }
        }
    }
}
