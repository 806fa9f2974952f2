//! What a fuzzer may call: everything here that reads what others wrote. It is there only when a fuzzer builds.

use quillon_contract::ask::ExportFormat;
use serde_json::Value;

use crate::cursor::{Cursor, Of};
use crate::fact::{Fact, Story};
use crate::shape::{self, Place};
use crate::text::sha256;
use crate::{cef, cloudtrail, jsonl, ocsf};

/// Reads bytes as lines of records, as a cursor, and as the last event of a log.
///
/// # Panics
/// Never: that is what is tried.
pub fn read(bytes: &[u8]) {
    let mut story = Story::default();
    let records = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let facts: Vec<Fact> = (7..).zip(records).map(|(index, record)| story.next(index, record)).collect();
    shapes(&facts);
    cursors(bytes, story);
}

fn shapes(facts: &[Fact]) {
    let place = Place::new("quillon/acme/eu-west-2/mark+0+k".into(), None, None).expect("a place");
    for fact in facts {
        assert!(!cef::line(fact).contains(['\n', '\r']), "a line of CEF is one line");
        assert!(!jsonl::line(fact).contains('\n'), "a record is one line");
        for event in [cloudtrail::event(fact, &place), ocsf::event(fact, &place)] {
            let read: Value = serde_json::from_str(&event.to_string()).expect("JSON that reads");
            assert_eq!(read, event);
        }
    }
    for format in [ExportFormat::Cloudtrail, ExportFormat::Cloudwatch, ExportFormat::Otlp] {
        let _ = shape::page(format, facts, &place, 0);
    }
}

fn cursors(bytes: &[u8], story: Story) {
    let of = Of {
        format: ExportFormat::Jsonl,
        ledger: "key".into(),
        account: "000000000000".into(),
        after: None,
        before: None,
    };
    let _ = Cursor::read(bytes, &of, "/x");
    let _ = Cursor::of_event(bytes, of.clone(), "x");
    let body = String::from_utf8_lossy(bytes);
    let summed = format!("quillon-export-cursor-1 {}\n{body}\n", sha256(body.as_bytes()));
    if let Ok(cursor) = Cursor::read(summed.as_bytes(), &of, "/x") {
        let printed = cursor.print().expect("a cursor that was read prints");
        assert_eq!(Cursor::read(&printed, &of, "/x"), Ok(cursor));
    }
    let cursor = Cursor { story, ..Cursor::start(of.clone()) };
    let printed = cursor.print().expect("a cursor prints");
    assert_eq!(Cursor::read(&printed, &of, "/x"), Ok(cursor));
}
