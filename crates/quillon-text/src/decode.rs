//! Bytes to text.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How many bytes are looked at to tell text from other data.
const PROBE_BYTES: usize = 8 * 1024;
/// More control characters than one in this many are not text.
const CONTROL_SHARE: usize = 10;

/// Text that was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The encoding that it was in, as the WHATWG names it.
    pub encoding: &'static str,
    /// Whether bytes had to be replaced or guessed at.
    pub lossy: bool,
}

/// Decodes a file: by its byte order mark, else as UTF-8, else, guessing, as Windows-1252. `None` when it is not text.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Decoded> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(&bytes[mark_bytes..]);
        return Some(Decoded { text: text.into_owned(), encoding: encoding.name(), lossy });
    }
    if is_binary(&bytes[..bytes.len().min(PROBE_BYTES)]) {
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Decoded { text: text.to_owned(), encoding: UTF_8.name(), lossy: false }),
        Err(_) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            Some(Decoded { text: text.into_owned(), encoding: WINDOWS_1252.name(), lossy: true })
        }
    }
}

fn is_binary(probe: &[u8]) -> bool {
    let is_control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    probe.contains(&0) || probe.iter().filter(is_control).count() * CONTROL_SHARE > probe.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Option<(&str, &str, bool)>) {
        let decoded = decode(bytes);
        let found = decoded.as_ref().map(|decoded| (decoded.text.as_str(), decoded.encoding, decoded.lossy));
        assert_eq!(found, expected, "{bytes:?}");
    }

    #[test]
    fn knows_what_is_text() {
        check(b"", Some(("", "UTF-8", false)));
        check("hé\n".as_bytes(), Some(("hé\n", "UTF-8", false)));
        check(b"\xef\xbb\xbfa", Some(("a", "UTF-8", false)));
        check(b"\xff\xfea\0\xe9\0", Some(("aé", "UTF-16LE", false)));
        check(b"\xfe\xff\0a", Some(("a", "UTF-16BE", false)));
        check(b"\xff\xfea\0\xe9", Some(("a\u{fffd}", "UTF-16LE", true)));
        check(b"caf\xe9", Some(("café", "windows-1252", true)));
        check(b"\x7fELF\x02\x01\0", None);
        check(b"\x01\x02\x03abc", None);
    }
}
