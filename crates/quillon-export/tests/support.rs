//! A road with a sink, and what lies in the sink.

use std::collections::BTreeSet;

use quillon_base::Region;
use quillon_contract::ask::{AuditExportAsk, ExportFormat, LedgerSource};
use quillon_export::Export;
use quillon_sink::{Shape, StrictSink, StrictSinks};
use quillon_testkit::{Kit, Trail, Travel};

pub(crate) fn ask(format: ExportFormat, to: Option<&str>) -> AuditExportAsk {
    AuditExportAsk {
        format,
        source: LedgerSource::Own,
        to: to.map(str::to_owned),
        after: None,
        before: None,
        account: None,
        from_start: false,
        accept_gap: false,
    }
}

pub(crate) fn to_sink(format: ExportFormat) -> AuditExportAsk {
    ask(format, Some("fake:records"))
}

pub(crate) fn from_start(format: ExportFormat) -> AuditExportAsk {
    AuditExportAsk { from_start: true, ..to_sink(format) }
}

pub(crate) fn objects() -> StrictSink {
    StrictSink::new(Shape::Objects, None)
}

pub(crate) fn kit(sink: &StrictSink) -> Kit {
    Kit::new().with(Export).with_sink(StrictSinks::new(sink.clone()))
}

pub(crate) async fn road(sink: &StrictSink) -> Travel {
    kit(sink).start().await
}

/// A value of the closing table.
pub(crate) fn value(trail: &Trail, what: &str) -> u64 {
    let rows = trail.rows();
    let row = rows.iter().find_map(|row| row.strip_prefix(&format!("{what} | ")));
    row.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no `{what}` in {rows:?}"))
}

/// The places of the records that lie in a sink as JSON lines, and how many lines there are.
pub(crate) fn lines(sink: &StrictSink) -> (BTreeSet<u64>, usize) {
    let objects = sink.objects();
    let texts = objects.iter().map(|object| String::from_utf8(object.content.clone()).unwrap());
    let lines: Vec<String> =
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let index =
        |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap()["index"].as_u64().unwrap();
    (lines.iter().map(index).collect(), lines.len())
}

/// Everything up to the cursor is there, without a hole.
#[track_caller]
pub(crate) fn assert_whole(sink: &StrictSink, next: u64) {
    assert_eq!(lines(sink).0, (0..next).collect::<BTreeSet<_>>());
}

pub(crate) fn region(name: &str) -> Region {
    Region::new(name).unwrap()
}
