//! Ledgers that were rolled back, pruned or damaged.

use quillon_base::FaultCode;
use quillon_contract::ask::{AuditExportAsk, ExportFormat};
use quillon_contract::event::Outcome;
use quillon_testkit::Travel;

use crate::support::{ask, assert_whole, lines, objects, road, to_sink, value};

const JSONL: ExportFormat = ExportFormat::Jsonl;

/// Asks until the ledger has more records than a segment holds.
async fn grow(travel: &Travel) {
    while travel.entries().len() < 1_040 {
        // An export that goes nowhere reads nothing, and leaves its records.
        travel.ask(ask(JSONL, Some("nowhere:x"))).await;
    }
}

fn first_segment(travel: &Travel) -> std::path::PathBuf {
    let mut paths = travel.layer.paths();
    paths.retain(|path| path.to_string_lossy().contains("/log/"));
    paths.sort();
    assert!(paths.len() > 1, "{paths:?}");
    paths.remove(0)
}

#[tokio::test]
async fn a_ledger_that_was_rolled_back_is_found() {
    let sink = objects();
    let longer = road(&sink).await;
    for _ in 0..5 {
        longer.ask(to_sink(JSONL)).await;
    }
    // The same seed draws the same keys: this is the same ledger, started over.
    let shorter = road(&sink).await;
    let trail = shorter.ask(to_sink(JSONL)).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::LedgerCorrupt, "{:?}", trail.end);
    assert!(trail.fault().unwrap().message.contains("ends before"));
    while shorter.entries().len() < longer.entries().len() + 4 {
        shorter.ask(ask(ExportFormat::Cef, None)).await;
    }
    let trail = shorter.ask(to_sink(JSONL)).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::LedgerCorrupt, "{:?}", trail.end);
    assert!(trail.fault().unwrap().message.contains("is not what was sent"));
}

#[tokio::test]
async fn records_that_were_pruned_before_they_were_sent_are_said() {
    let sink = objects();
    let travel = road(&sink).await;
    grow(&travel).await;
    let first = first_segment(&travel);
    let bytes = travel.layer.bytes(&first).unwrap();
    // A segment that is there and says nothing was not pruned.
    travel.layer.set_bytes(&first, Vec::new());
    let trail = travel.ask(AuditExportAsk { accept_gap: true, ..to_sink(JSONL) }).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::LedgerCorrupt, "{:?}", trail.end);
    travel.layer.set_bytes(&first, bytes);
    travel.layer.lose(&first);
    let trail = travel.ask(to_sink(JSONL)).await;
    let fault = trail.fault().unwrap();
    assert_eq!(fault.code, FaultCode::LedgerPruned);
    assert!(fault.message.contains(" records from 0 on were pruned"), "{fault}");
    let missing: u64 = fault.message.split(' ').next().unwrap().parse().unwrap();
    assert!(missing >= 1_024, "{fault}");
    assert!(sink.objects().is_empty());
    let trail = travel.ask(AuditExportAsk { accept_gap: true, ..to_sink(JSONL) }).await;
    assert_eq!(trail.end.outcome, Outcome::Done, "{:?}", trail.end);
    assert_eq!(lines(&sink).0.first(), Some(&missing));
    // Once behind the gap there is none any more.
    let trail = travel.ask(to_sink(JSONL)).await;
    assert_eq!(trail.end.outcome, Outcome::Done, "{:?}", trail.end);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_stops_the_export_there() {
    let sink = objects();
    let travel = road(&sink).await;
    grow(&travel).await;
    let segment = first_segment(&travel);
    let mut bytes = travel.layer.bytes(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    travel.layer.set_bytes(&segment, bytes);
    let trail = travel.ask(AuditExportAsk { accept_gap: true, ..to_sink(JSONL) }).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::LedgerCorrupt, "{:?}", trail.end);
    let next = value(&trail, "next record");
    assert!((1..1_024).contains(&next), "{next}");
    assert_whole(&sink, next);
    assert!(value(&trail, "records behind") > 16);
}
