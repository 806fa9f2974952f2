//! Sinks that refuse, hang, lie, are full or are cut off at any call: nothing is lost, and what happened is said.

use quillon_base::FaultCode;
use quillon_contract::ask::ExportFormat;
use quillon_contract::event::Outcome;
use quillon_sink::{Misbehaviour, ObjectName};

use crate::support::{assert_whole, from_start, objects, road, to_sink, value};

const JSONL: ExportFormat = ExportFormat::Jsonl;

/// Whatever goes wrong at whichever call, exporting until it goes well leaves everything there.
#[tokio::test]
async fn nothing_is_lost_whatever_goes_wrong_at_which_call() {
    for bad in [
        Misbehaviour::Refuses,
        Misbehaviour::Loses,
        Misbehaviour::Tears,
        Misbehaviour::IsFull,
        Misbehaviour::AnswersNot,
    ] {
        for before in 0..3 {
            let sink = objects();
            let travel = road(&sink).await;
            sink.will(std::iter::repeat_n(Misbehaviour::Behaves, before));
            sink.will([bad.clone()]);
            let mut next = 0;
            for round in 0..3 {
                let trail = travel.ask(to_sink(JSONL)).await;
                if trail.end.outcome == Outcome::Done {
                    next = value(&trail, "next record");
                    assert_whole(&sink, next);
                } else {
                    let code = trail.fault().map(|fault| fault.code);
                    let known = [
                        FaultCode::SinkRefused,
                        FaultCode::SinkFailed,
                        FaultCode::SinkLost,
                        FaultCode::DiskFull,
                    ];
                    assert!(known.map(Some).contains(&code), "{bad:?} at {before}, round {round}: {code:?}");
                    assert!(trail.fault().unwrap().hint.is_some());
                }
            }
            assert!(next > 0, "{bad:?} at {before} never went well");
        }
    }
}

/// The kill between the delivery and the cursor: what was delivered is delivered again, under the same name.
#[tokio::test]
async fn what_was_delivered_without_a_cursor_is_delivered_again() {
    let sink = objects();
    let travel = road(&sink).await;
    sink.will([Misbehaviour::Behaves, Misbehaviour::Refuses]);
    let trail = travel.ask(to_sink(JSONL)).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::SinkRefused);
    let first = sink.objects();
    assert_eq!(first.len(), 1);
    assert_eq!(value(&trail, "bytes sent"), first[0].content.len() as u64, "what was sent is said");
    let trail = travel.ask(to_sink(JSONL)).await;
    assert_eq!(value(&trail, "from record"), 0);
    assert_eq!(sink.objects().len(), 1, "it replaced itself");
    assert!(sink.objects()[0].content.len() > first[0].content.len());
    assert_whole(&sink, value(&trail, "next record"));
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_hangs_is_left_after_a_while() {
    let sink = objects();
    let travel = road(&sink).await;
    sink.will([Misbehaviour::Hangs]);
    let trail = travel.ask(to_sink(JSONL)).await;
    let fault = trail.fault().unwrap();
    assert_eq!(fault.code, FaultCode::TimedOut);
    assert!(fault.message.contains("fake:records") && fault.hint.is_some(), "{fault}");
    let trail = travel.ask(to_sink(JSONL)).await;
    assert_whole(&sink, value(&trail, "next record"));
}

#[tokio::test]
async fn a_sink_that_lies_is_found_at_once_or_at_the_next_export() {
    for lie in [Misbehaviour::Loses, Misbehaviour::Tears] {
        let sink = objects();
        let travel = road(&sink).await;
        sink.will([lie]);
        let trail = travel.ask(to_sink(JSONL)).await;
        assert_eq!(trail.fault().unwrap().code, FaultCode::SinkLost);
        assert_eq!(value(&trail, "next record"), 0, "the cursor did not move");
    }
    let sink = objects();
    let travel = road(&sink).await;
    travel.ask(to_sink(JSONL)).await;
    let last: ObjectName = sink.objects().pop().unwrap().name;
    assert!(sink.remove(&last));
    let fault = travel.ask(to_sink(JSONL)).await;
    let fault = fault.fault().unwrap();
    assert_eq!(fault.code, FaultCode::SinkLost);
    assert!(fault.message.contains(last.as_str()) && fault.hint.as_ref().unwrap().contains("--from-start"));
    let trail = travel.ask(from_start(JSONL)).await;
    assert_whole(&sink, value(&trail, "next record"));
}

#[tokio::test]
async fn a_damaged_cursor_is_refused_and_nothing_is_sent() {
    let sink = objects();
    let travel = road(&sink).await;
    travel.ask(to_sink(JSONL)).await;
    for bad in [&b""[..], b"{}", b"quillon-export-cursor-1 00\n{}\n", &[0xff; 40]] {
        sink.set_cursor(Some(bad));
        let before = sink.objects();
        let trail = travel.ask(to_sink(JSONL)).await;
        let fault = trail.fault().unwrap();
        assert_eq!(fault.code, FaultCode::SinkCursorInvalid);
        assert!(fault.hint.as_ref().unwrap().contains("--from-start"));
        assert_eq!(sink.objects(), before);
    }
    let trail = travel.ask(from_start(JSONL)).await;
    assert_whole(&sink, value(&trail, "next record"));
}
