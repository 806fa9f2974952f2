//! What is sent, from where, and how far that is behind.

use quillon_base::{FaultCode, Timestamp};
use quillon_contract::Event;
use quillon_contract::ask::{AuditExportAsk, ExportFormat};
use quillon_contract::event::{Artifact, Outcome};
use quillon_sink::{Shape, StrictSink};
use quillon_testkit::Trail;

use crate::support::{ask, assert_whole, from_start, lines, objects, road, to_sink, value};

const JSONL: ExportFormat = ExportFormat::Jsonl;

fn printed(trail: &Trail) -> String {
    let texts = trail.events.iter().filter_map(|event| match event {
        Event::Artifact(Artifact { text, .. }) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

#[tokio::test]
async fn each_export_goes_on_where_the_last_one_ended() {
    let sink = objects();
    let travel = road(&sink).await;
    let mut next = 0;
    for round in 0..4 {
        let trail = travel.ask(to_sink(JSONL)).await;
        assert_eq!(trail.end.outcome, Outcome::Done, "round {round}");
        assert_eq!(value(&trail, "from record"), next);
        assert!(value(&trail, "records sent") > 0);
        next = value(&trail, "next record");
        assert_whole(&sink, next);
        assert_eq!(lines(&sink).1 as u64, next, "nothing was sent twice");
    }
}

#[tokio::test]
async fn the_export_is_one_effect_with_a_digest_and_a_decision() {
    let sink = objects();
    let travel = road(&sink).await;
    let trail = travel.ask(to_sink(JSONL)).await;
    let shape = trail.shape();
    let effects: Vec<_> = shape.iter().filter(|shape| shape.starts_with("effect quillon:")).collect();
    assert_eq!(effects, ["effect quillon:ReadLedger", "effect quillon:SendToSink"]);
    let text = format!("{:?}", trail.entries);
    assert!(text.contains("fake:records in device") && text.contains("digest: Some("), "{text}");
}

#[tokio::test]
async fn what_is_read_to_find_a_destination_is_recorded_first_and_its_host_is_named() {
    let sink = objects().configured("other.example:9000");
    let trail = road(&sink).await.ask(to_sink(JSONL)).await;
    let shape = trail.shape();
    let effects: Vec<_> = shape.iter().filter(|shape| shape.starts_with("effect quillon:")).collect();
    assert_eq!(
        effects,
        ["effect quillon:ReadLedger", "effect quillon:ReadSettings", "effect quillon:SendToSink"]
    );
    let text = format!("{:?}", trail.entries);
    for part in
        ["the configuration of the fake, for fake:records", "fake:records in device at other.example:9000"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_destination_that_was_deleted_is_filled_again_from_the_first_record() {
    let sink = objects();
    let travel = road(&sink).await;
    travel.ask(to_sink(JSONL)).await;
    sink.delete_all();
    let trail = travel.ask(to_sink(JSONL)).await;
    assert_eq!(value(&trail, "from record"), 0);
    assert_whole(&sink, value(&trail, "next record"));
}

#[tokio::test]
async fn from_start_sends_everything_again() {
    let sink = objects();
    let travel = road(&sink).await;
    let next = value(&travel.ask(to_sink(JSONL)).await, "next record");
    let trail = travel.ask(from_start(JSONL)).await;
    assert_eq!(value(&trail, "from record"), 0);
    assert!(value(&trail, "records sent") > next);
}

#[tokio::test]
async fn the_lag_is_counted_in_records_and_seconds() {
    let sink = objects();
    let travel = road(&sink).await;
    sink.will([quillon_sink::Misbehaviour::Refuses]);
    travel.clock.advance(90_000);
    let trail = travel.ask(to_sink(JSONL)).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::SinkRefused);
    assert!(value(&trail, "records behind") >= 3);
    assert!((90..100).contains(&value(&trail, "seconds behind")), "{:?}", trail.rows());
    assert_eq!((value(&trail, "parcels sent"), value(&trail, "bytes sent")), (0, 0));
    let trail = travel.ask(to_sink(JSONL)).await;
    assert_eq!(
        (value(&trail, "records behind"), value(&trail, "seconds behind")),
        (0, 0),
        "{:?}",
        trail.rows()
    );
}

#[tokio::test]
async fn a_period_is_kept_to_and_does_not_mix_with_another() {
    let sink = objects();
    let travel = road(&sink).await;
    travel.ask(ask(JSONL, None)).await;
    let middle = quillon_base::Clock::now(&*travel.clock);
    let later = AuditExportAsk { after: Some(middle), ..to_sink(JSONL) };
    let trail = travel.ask(later).await;
    let (indexes, count) = lines(&sink);
    assert!(count > 0 && !indexes.contains(&0), "{indexes:?}");
    assert!(value(&trail, "next record") > count as u64);
    let fault = travel.ask(to_sink(JSONL)).await;
    assert_eq!(fault.fault().unwrap().code, FaultCode::SinkCursorInvalid);
    let nothing = AuditExportAsk { before: Some(Timestamp(1)), ..ask(JSONL, None) };
    assert_eq!(printed(&travel.ask(nothing).await), "");
}

#[tokio::test]
async fn without_a_destination_everything_is_printed_in_every_format() {
    let sink = objects();
    let travel = road(&sink).await;
    for (format, start) in [
        (ExportFormat::Jsonl, r#"{"index":0,"leaf_hash":""#),
        (ExportFormat::Cloudtrail, r#"{"Records":[{"#),
        (ExportFormat::Cloudwatch, r#"{"logEvents":[{"#),
        (ExportFormat::Ocsf, r#"{"activity_id":1,"#),
        (ExportFormat::Cef, "CEF:0|Quillon|quillon|"),
        (ExportFormat::Otlp, r#"{"resourceLogs":[{"#),
    ] {
        let trail = travel.ask(ask(format, None)).await;
        assert_eq!(trail.end.outcome, Outcome::Done);
        assert!(printed(&trail).starts_with(start), "{format:?}: {}", printed(&trail));
    }
    assert_eq!(sink.calls(), 0);
}

#[tokio::test]
async fn the_bytes_of_a_line_are_those_that_the_tree_hashed() {
    let sink = objects();
    let travel = road(&sink).await;
    let text = printed(&travel.ask(ask(JSONL, None)).await);
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let at = line.find(r#","record":"#).unwrap() + r#","record":"#.len();
        let record = &line[at..line.len() - 1];
        let hash = quillon_road::ledger::leaf_hash(record.as_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(value["leaf_hash"], hash.as_str());
    }
}

#[tokio::test]
async fn a_log_of_events_needs_no_cursor_beside_it() {
    let sink = StrictSink::new(Shape::Events, None);
    let travel = road(&sink).await;
    let mut next = 0;
    for _ in 0..3 {
        // What a log service gives for a cursor is its last event.
        let last = sink.events().last().map(|event| event.message.clone());
        sink.set_cursor(last.as_deref().map(str::as_bytes));
        let trail = travel.ask(to_sink(ExportFormat::Cloudwatch)).await;
        assert_eq!(trail.end.outcome, Outcome::Done, "{:?}", trail.end);
        assert_eq!(value(&trail, "from record"), next);
        next = value(&trail, "next record");
    }
    assert_eq!(sink.events().len() as u64, next);
}

#[tokio::test]
async fn a_sink_of_requests_has_its_cursor_with_us() {
    let sink = StrictSink::new(Shape::Requests, None);
    let travel = road(&sink).await;
    let next = value(&travel.ask(to_sink(ExportFormat::Otlp)).await, "next record");
    let trail = travel.ask(to_sink(ExportFormat::Otlp)).await;
    assert_eq!(value(&trail, "from record"), next);
    assert_eq!(sink.requests().len(), 2);
}
