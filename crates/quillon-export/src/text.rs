//! Small conversions that several shapes need.

use std::io::Write;

use aws_lc_rs::digest::{SHA256, digest};
use flate2::{Compression, GzBuilder};
use quillon_base::{Fault, Timestamp, hex};

/// RFC 3339 in UTC without fractions, as CloudTrail writes times.
pub(crate) fn seconds(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or_else(|| text.clone(), |whole| format!("{whole}Z"))
}

/// `2026-11-24T13:00:00Z` as `20261124T130000Z`, fit for a file name.
pub(crate) fn compact(at: Timestamp) -> String {
    seconds(at).chars().filter(|character| !matches!(character, '-' | ':')).collect()
}

/// `2026/11/24`.
pub(crate) fn day_path(at: Timestamp) -> String {
    seconds(at).get(..10).unwrap_or_default().replace('-', "/")
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// An id that is the same each time a record is exported: 128 bits of SHA-256 over the ledger's key and the record's
/// place, in the form of a UUID of version 8 (RFC 9562).
pub(crate) fn event_id(ledger: &str, index: u64) -> String {
    let hash = digest(&SHA256, format!("{ledger}\n{index}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// The same bytes give the same file: there is no time in its head.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::fast());
    let zipped = encoder.write_all(bytes).and_then(|()| encoder.finish());
    zipped.map_err(|error| Fault::internal("a file could not be compressed").inner(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ids_have_their_form() {
        let at = Timestamp(1_795_497_025_678_901);
        assert_eq!(seconds(at), "2026-11-24T05:10:25Z");
        assert_eq!(compact(at), "20261124T051025Z");
        assert_eq!(day_path(at), "2026/11/24");
        let id = event_id("key", 7);
        assert_eq!(id, event_id("key", 7));
        assert_ne!(id, event_id("key", 8));
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
    }

    #[test]
    fn the_same_bytes_give_the_same_file() {
        assert_eq!(gzip(b"x").unwrap(), gzip(b"x").unwrap());
    }
}
