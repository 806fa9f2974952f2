//! Beginning, waiting, closing; leases; two writers; limits and full disks.

use std::sync::Arc;

use quillon_audit::verify::verify;
use quillon_audit::{Effect, EffectClosed, Entry, LeaseScope, LocalLayer, LossyLayer, Under};
use quillon_base::{FaultCode, LeaseId, RecordId};
use quillon_contract::EffectKind;
use quillon_contract::event::Answerer;

use crate::support::{Bench, closing, entries, folder, kinds, reader};

fn effect(bench: &Bench, opening: &quillon_audit::Opening) -> Effect {
    Effect {
        effect: RecordId::generate(&*bench.clock, &*bench.entropy),
        ask: opening.ask,
        does: EffectKind::ReadWorkspace,
        resource: "arn:quillon:quillon:device:local:workspace/w".into(),
        decided: opening.decided.clone(),
        arguments: "all files".into(),
        model: None,
        commitment: None,
    }
}

#[tokio::test]
async fn an_ask_with_an_effect_takes_two_flushes() {
    let (_keep, folder) = folder();
    let bench = Bench::new(1);
    let log = bench.open_local(&folder);
    let opening = bench.opening();
    let begun = log.begin(opening.clone()).unwrap();
    let effect = log.begin_effect(Under::Ask(&begun), effect(&bench, &opening)).unwrap();
    assert_eq!(effect.durable().await.unwrap().index(), 1);
    assert_eq!(begun.durable().await.unwrap().index(), 0);
    let done = EffectClosed {
        outcome: "done".into(),
        fault: None,
        count: 3,
        bytes: 9,
        digest: None,
        spent: None,
        result: None,
    };
    effect.close_effect(done).unwrap();
    assert_eq!(begun.close(closing()).await.unwrap().index(), 3);
    assert_eq!(log.counters().flushes, 2);
    drop(log);
    let reader = reader(Arc::new(LocalLayer), &folder);
    assert_eq!(kinds(&reader), ["opened", "effect_opened", "effect_closed", "closed"]);
    let report = verify(&reader, None).unwrap();
    assert_eq!((report.size, report.problems.len(), report.open.len()), (4, 0, 0));
}

#[tokio::test]
async fn what_is_dropped_is_closed_as_cancelled() {
    let (_keep, folder) = folder();
    let bench = Bench::new(2);
    let log = bench.open_local(&folder);
    drop(log.begin(bench.opening()).unwrap());
    drop(log);
    let entries = entries(&reader(Arc::new(LocalLayer), &folder));
    let Entry::Closed { closing, .. } = &entries[1] else { panic!("{entries:?}") };
    assert_eq!((closing.outcome.as_str(), closing.fault), ("cancelled", Some(FaultCode::Cancelled)));
}

#[tokio::test]
async fn what_was_open_when_the_process_ended_is_interrupted() {
    let layer = LossyLayer::default();
    let folder = std::path::Path::new("/ledger");
    let bench = Bench::new(3);
    let log = bench.open(Arc::new(layer.clone()), folder);
    let begun = log.begin(bench.opening()).unwrap();
    begun.durable().await.unwrap();
    // The power fails now; the old log goes on writing to files that no longer exist.
    let after = layer.crash(|_| 0);
    let log = bench.open(Arc::new(after.clone()), folder);
    log.record(Entry::Opened(bench.opening())).await.unwrap();
    let kinds = kinds(&reader(Arc::new(after), folder));
    assert_eq!(kinds, ["opened", "interrupted", "opened"]);
}

#[tokio::test]
async fn two_writers_share_one_ledger_across_segments() {
    let (_keep, folder) = folder();
    let bench = Bench::new(4);
    let (one, two) = (bench.open_local(&folder), bench.open_local(&folder));
    for round in 0..700 {
        let log = if round % 3 == 0 { &one } else { &two };
        let begun = log.begin(bench.opening()).unwrap();
        begun.durable().await.unwrap();
        begun.close(closing()).await.unwrap();
    }
    drop((one, two));
    let reader = reader(Arc::new(LocalLayer), &folder);
    let report = verify(&reader, None).unwrap();
    assert_eq!((report.size, report.problems, report.open), (1_400, vec![], vec![]));
    let tail: Vec<u64> = reader.tail(500).unwrap().iter().map(|placed| placed.index).collect();
    assert_eq!(tail, (900..1_400).collect::<Vec<_>>());
    let reopened = bench.open_local(&folder);
    let recorded = reopened.record(Entry::Opened(bench.opening())).await.unwrap();
    assert_eq!(recorded.durable().await.unwrap().index(), 1_400);
}

#[tokio::test]
async fn a_lease_covers_its_scope_for_a_minute() {
    let (_keep, folder) = folder();
    let bench = Bench::new(5);
    let log = bench.open_local(&folder);
    let id = LeaseId::generate(&*bench.clock, &*bench.entropy);
    let scope = LeaseScope { lease: id, by: bench.by(), scope: "workspace/w".into(), revision: 1 };
    let lease = log.open_lease(scope).await.unwrap();
    let flushes = log.counters().flushes;
    for _ in 0..20 {
        lease.check("workspace/w", 1).unwrap();
        lease.used("suggest", Answerer::Embedded).unwrap();
    }
    assert_eq!(log.counters().flushes, flushes, "typing waits for nothing");
    lease.flush().await.unwrap();
    assert_eq!(log.counters().flushes, flushes + 1);
    let expired = Err(FaultCode::LeaseExpired);
    assert_eq!(lease.check("workspace/other", 1).map_err(|fault| fault.code), expired);
    assert_eq!(lease.check("workspace/w", 2).map_err(|fault| fault.code), expired);
    bench.clock.advance(60_000);
    assert_eq!(lease.check("workspace/w", 1).map_err(|fault| fault.code), expired);
    drop(lease);
    drop(log);
    let kinds = kinds(&reader(Arc::new(LocalLayer), &folder));
    assert_eq!((kinds.len(), kinds[0].as_str(), kinds[21].as_str()), (22, "lease_opened", "lease_closed"));
}

#[tokio::test]
async fn a_full_disk_stops_the_log_and_the_next_start_recovers() {
    let layer = LossyLayer::default();
    let folder = std::path::Path::new("/ledger");
    let bench = Bench::new(6);
    let log = bench.open(Arc::new(layer.clone()), folder);
    log.record(Entry::Opened(bench.opening())).await.unwrap();
    layer.fail_after(0);
    let fault = log.begin(bench.opening()).unwrap().durable().await.map(|_| ()).unwrap_err();
    assert_eq!(fault.code, FaultCode::AuditUnavailable);
    assert!(fault.message.contains("disk is full") && fault.hint.is_some(), "{fault:?}");
    assert_eq!(log.begin(bench.opening()).err().map(|fault| fault.code), Some(FaultCode::AuditUnavailable));
    drop(log);
    let layer = layer.crash(|bound| bound - 1);
    let log = bench.open(Arc::new(layer.clone()), folder);
    log.record(Entry::Opened(bench.opening())).await.unwrap();
    let reader = reader(Arc::new(layer.clone()), folder);
    assert_eq!(kinds(&reader), ["opened", "recovered", "unavailable", "interrupted", "opened"]);
    assert_eq!(verify(&reader, None).unwrap().problems, []);
    let Entry::Unavailable { fault, waiting, .. } = entries(&reader).remove(2) else { panic!("no note") };
    assert_eq!((fault, waiting), (FaultCode::DiskFull, 1));
    // It is told once.
    drop(log);
    let log = bench.open(Arc::new(layer), folder);
    log.record(Entry::Opened(bench.opening())).await.unwrap();
    assert_eq!(kinds(&log.reader()).iter().filter(|kind| *kind == "unavailable").count(), 1);
}

#[tokio::test]
async fn a_full_disk_still_takes_the_note_that_it_is_full() {
    let layer = LossyLayer::default();
    let folder = std::path::Path::new("/ledger");
    let bench = Bench::new(8);
    let log = bench.open(Arc::new(layer.clone()), folder);
    log.record(Entry::Refused(bench.opening())).await.unwrap();
    layer.fill(true);
    let fault = log.record(Entry::Refused(bench.opening())).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::AuditUnavailable);
    drop(log);
    // It stays so while the disk is full: nothing starts, and the first note is kept.
    let log = bench.open(Arc::new(layer.clone()), folder);
    assert!(log.record(Entry::Refused(bench.opening())).await.is_err());
    drop(log);
    layer.fill(false);
    let log = bench.open(Arc::new(layer.clone()), folder);
    log.record(Entry::Refused(bench.opening())).await.unwrap();
    let reader = log.reader();
    assert_eq!(kinds(&reader), ["refused", "recovered", "unavailable", "refused"]);
    assert_eq!(verify(&reader, None).unwrap().problems, []);
}

#[tokio::test]
async fn what_a_failed_sync_left_behind_is_written_again_before_it_is_built_on() {
    for failing in 0..4 {
        let layer = LossyLayer::default();
        let folder = std::path::Path::new("/ledger");
        let bench = Bench::new(9 + failing);
        let log = bench.open(Arc::new(layer.clone()), folder);
        layer.fail_sync_after(failing);
        let mut durable = 0;
        while log.record(Entry::Refused(bench.opening())).await.is_ok() {
            durable += 1;
        }
        assert_eq!(durable, failing, "nothing goes on after a failed sync");
        assert!(log.stopped().is_some());
        drop(log);
        // The next process reads what is on no disk, builds on it, and acknowledges that. Then the power fails.
        let log = bench.open(Arc::new(layer.clone()), folder);
        log.record(Entry::Refused(bench.opening())).await.unwrap();
        drop(log);
        let layer = layer.crash(|_| 0);
        let reader = reader(Arc::new(layer), folder);
        assert_eq!(verify(&reader, None).unwrap().problems, [], "sync {failing}");
        assert!(kinds(&reader).contains(&"unavailable".to_owned()));
    }
}

#[test]
fn a_record_of_the_first_version_is_still_read() {
    let text = r#"{"v":1,"at":1800000000000000,"writer":"00","organisation":"local","region":"device",
        "kind":"effect_closed","effect":"rec_00000000000000000000000000","ask":"ask_00000000000000000000000000",
        "outcome":"done","count":3,"bytes":9}"#;
    let leaf = quillon_audit::Leaf::decode(text.as_bytes()).expect("a leaf of version 1");
    assert!(matches!(leaf.entry, Entry::EffectClosed { .. }));
    for other in ["\"v\":0", "\"v\":3"] {
        assert_eq!(quillon_audit::Leaf::decode(text.replace("\"v\":1", other).as_bytes()), None);
    }
}

#[tokio::test]
async fn a_huge_resource_is_shortened_and_a_huge_record_refused() {
    let (_keep, folder) = folder();
    let bench = Bench::new(7);
    let log = bench.open_local(&folder);
    let mut opening = bench.opening();
    opening.resource = "é".repeat(100_000);
    log.record(Entry::Opened(opening.clone())).await.unwrap();
    opening.verb = "v".repeat(70_000);
    let refused = log.record(Entry::Opened(opening)).await.map_err(|fault| fault.code);
    assert_eq!(refused.err(), Some(FaultCode::AuditRecordTooLarge));
    log.record(Entry::Opened(bench.opening())).await.unwrap();
}
