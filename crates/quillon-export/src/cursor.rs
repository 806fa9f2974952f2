//! How far an export to a destination is: what lies there, so that a copy or a deletion takes it along.
//!
//! It is a line with a checksum and a line of JSON. One that is damaged, or of another export, is refused: to guess would
//! be to leave records out.

use quillon_base::{Fault, FaultCode, Timestamp};
use quillon_contract::ask::ExportFormat;
use quillon_sink::CURSOR_BYTES_MAX;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fact::Story;
use crate::text::sha256;
use crate::trail::Trail;

const MARK: &str = "quillon-export-cursor-1";

/// What an export is of. Another one may not go on where this one ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Of {
    pub(crate) format: ExportFormat,
    /// The ledger's public key.
    pub(crate) ledger: String,
    pub(crate) account: String,
    pub(crate) after: Option<Timestamp>,
    pub(crate) before: Option<Timestamp>,
}

/// The object that was delivered last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastObject {
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

/// How far an export is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) of: Of,
    /// The first record that was not sent.
    pub(crate) next: u64,
    /// The hash of the record before, by which the ledger is known again.
    pub(crate) last_leaf: Option<String>,
    pub(crate) last_object: Option<LastObject>,
    pub(crate) story: Story,
    pub(crate) trail: Trail,
}

impl Cursor {
    /// Before the first record.
    pub(crate) fn start(of: Of) -> Self {
        Self {
            of,
            next: 0,
            last_leaf: None,
            last_object: None,
            story: Story::default(),
            trail: Trail::default(),
        }
    }

    /// The bytes that [`Cursor::read`] reads. Where what is carried over would make them too many, the older part of it
    /// is left out: a cursor that cannot be kept would end the export for good.
    pub(crate) fn print(&self) -> Result<Vec<u8>, Fault> {
        let mut bytes = self.printed()?;
        if bytes.len() > CURSOR_BYTES_MAX {
            let mut smaller = self.clone();
            while bytes.len() > CURSOR_BYTES_MAX && smaller.story.forget_older() {
                bytes = smaller.printed()?;
            }
        }
        Ok(bytes)
    }

    fn printed(&self) -> Result<Vec<u8>, Fault> {
        sealed(MARK, self)
    }

    /// Reads a cursor and sees that it is one of this export.
    ///
    /// # Errors
    /// `sink.cursor_invalid`.
    pub(crate) fn read(bytes: &[u8], of: &Of, address: &str) -> Result<Self, Fault> {
        let cursor: Self = unsealed(bytes, MARK, address)?;
        if cursor.of == *of {
            return Ok(cursor);
        }
        let what = if cursor.of.ledger == of.ledger { "another form or period" } else { "another ledger" };
        Err(invalid(format!("`{address}` holds an export of {what}")))
    }

    /// The cursor that the last event of a log says, where that is all there is.
    ///
    /// # Errors
    /// `sink.cursor_invalid` when it is none of ours.
    pub(crate) fn of_event(message: &[u8], of: Of, address: &str) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Line {
            index: u64,
            leaf_hash: String,
        }
        let foreign = |_| invalid(format!("the last event of `{address}` is not one of an export"));
        let Line { index, leaf_hash } = serde_json::from_slice(message).map_err(foreign)?;
        let next = index.saturating_add(1);
        Ok(Self { next, last_leaf: Some(leaf_hash), ..Self::start(of) })
    }
}

/// A cursor's bytes: a mark and a checksum, then what it says.
pub(crate) fn sealed(mark: &str, cursor: &impl Serialize) -> Result<Vec<u8>, Fault> {
    let body = serde_json::to_string(cursor)
        .map_err(|error| Fault::internal("a cursor could not be written as JSON").inner(error))?;
    Ok(format!("{mark} {}\n{body}\n", sha256(body.as_bytes())).into_bytes())
}

/// What a cursor with this mark says.
///
/// # Errors
/// `sink.cursor_invalid`.
pub(crate) fn unsealed<T: DeserializeOwned>(bytes: &[u8], mark: &str, address: &str) -> Result<T, Fault> {
    let damaged = || invalid(format!("the cursor at `{address}` is damaged, or of another form of export"));
    if bytes.len() > CURSOR_BYTES_MAX {
        return Err(damaged());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
    let (head, body) = text.strip_suffix('\n').and_then(|text| text.split_once('\n')).ok_or_else(damaged)?;
    if head != format!("{mark} {}", sha256(body.as_bytes())) {
        return Err(damaged());
    }
    serde_json::from_str(body).map_err(|error| damaged().inner(error))
}

fn invalid(message: String) -> Fault {
    Fault::new(FaultCode::SinkCursorInvalid, message)
        .hint("choose another destination, or send everything again with `--from-start`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of() -> Of {
        let format = ExportFormat::Jsonl;
        Of { format, ledger: "key".into(), account: "000000000000".into(), after: None, before: None }
    }

    fn code(bytes: &[u8], of: &Of) -> Option<FaultCode> {
        Cursor::read(bytes, of, "/x").err().map(|fault| fault.code)
    }

    #[test]
    fn reads_what_it_wrote_and_refuses_every_flipped_or_missing_byte() {
        let cursor = Cursor { next: 42, last_leaf: Some("00".into()), ..Cursor::start(of()) };
        let bytes = cursor.print().unwrap();
        assert_eq!(Cursor::read(&bytes, &of(), "/x").unwrap(), cursor);
        for place in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[place] ^= 1;
            assert_eq!(code(&bad, &of()), Some(FaultCode::SinkCursorInvalid), "byte {place}");
            assert_eq!(code(&bytes[..place], &of()), Some(FaultCode::SinkCursorInvalid), "cut at {place}");
        }
    }

    #[test]
    fn a_cursor_is_never_too_large_to_be_kept() {
        let carried = |index: u64| {
            let what = "x".repeat(2_048);
            let value = serde_json::json!({"index": index, "by": null, "action": "a", "resource": what, "what": what, "reads_only": false});
            (index.to_string(), value)
        };
        let open: serde_json::Map<_, _> = (0..crate::fact::CARRIED_MAX as u64).map(carried).collect();
        let story: Story = serde_json::from_value(open.into()).unwrap();
        let cursor = Cursor { next: 42, story, ..Cursor::start(of()) };
        let bytes = cursor.print().unwrap();
        assert!((CURSOR_BYTES_MAX / 4..=CURSOR_BYTES_MAX).contains(&bytes.len()), "{}", bytes.len());
        let read = Cursor::read(&bytes, &of(), "/x").unwrap();
        assert_eq!(read.next, 42);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(r#""index":4095"#) && !text.contains(r#""index":0,"#), "the newest are kept");
    }

    #[test]
    fn another_export_does_not_go_on_here() {
        let bytes = Cursor::start(of()).print().unwrap();
        for other in [
            Of { format: ExportFormat::Cef, ..of() },
            Of { ledger: "other".into(), ..of() },
            Of { account: "111122223333".into(), ..of() },
            Of { after: Some(Timestamp(1)), ..of() },
        ] {
            assert_eq!(code(&bytes, &other), Some(FaultCode::SinkCursorInvalid), "{other:?}");
        }
    }

    #[test]
    fn the_last_event_of_a_log_is_a_cursor() {
        let line = br#"{"index":7,"leaf_hash":"ab","record":{"v":1}}"#;
        let cursor = Cursor::of_event(line, of(), "x").unwrap();
        assert_eq!((cursor.next, cursor.last_leaf.as_deref()), (8, Some("ab")));
        let fault = Cursor::of_event(b"hello", of(), "x").unwrap_err();
        assert_eq!(fault.code, FaultCode::SinkCursorInvalid);
    }
}
