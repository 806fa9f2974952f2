//! The root key as text: what it is, the key in hexadecimal, and a checksum. Text, because some keyrings keep no bytes.

use aws_lc_rs::digest::{SHA256, digest};
use quillon_base::Secret;

const MARK: &str = "quillon-root-key-1";
pub(crate) const KEY_BYTES: usize = 32;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn checksum(hex_of_key: &str) -> String {
    hex(&digest(&SHA256, format!("{MARK} {hex_of_key}").as_bytes()).as_ref()[..4])
}

pub(crate) fn print(key: &Secret<[u8; KEY_BYTES]>) -> Secret<String> {
    let hex = Secret::new(hex(key.expose()));
    Secret::new(format!("{MARK} {} {}", hex.expose(), checksum(hex.expose())))
}

/// The key in what [`print`] gave; `None` for anything else.
pub(crate) fn parse(text: &[u8]) -> Option<Secret<[u8; KEY_BYTES]>> {
    let mut parts = std::str::from_utf8(text).ok()?.split(' ');
    let (Some(MARK), Some(hex), Some(sum), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    if hex.len() != 2 * KEY_BYTES || !hex.is_ascii() || sum != checksum(hex) {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (place, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_and_anything_else_is_refused() {
        let text = print(&Secret::new([0xa5; KEY_BYTES]));
        let text = text.expose().as_bytes();
        assert_eq!(parse(text).unwrap().expose(), &[0xa5; KEY_BYTES]);
        for place in 0..text.len() {
            let mut bad = text.to_vec();
            bad[place] ^= 1;
            assert!(parse(&bad).is_none(), "byte {place}");
            assert!(parse(&text[..place]).is_none(), "cut at {place}");
        }
        assert!(parse(&[text, b"\n"].concat()).is_none());
        assert!(parse("quillon-root-key-1 é é".as_bytes()).is_none());
    }
}
