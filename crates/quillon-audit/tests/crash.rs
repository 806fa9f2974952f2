//! Hundreds of crashes of a machine that loses and tears what was not synced: no acknowledged record is lost.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use quillon_audit::verify::verify;
use quillon_audit::{Entry, LossyLayer};

use crate::support::{Bench, TestEntropy, closing, crash_count, entries, reader};

/// A ledger lives through this many crashes, then the next one begins; each check reads the whole of it.
const CRASHES_PER_LEDGER: u64 = 20;

#[test]
fn no_acknowledged_record_is_lost_in_hundreds_of_crashes() {
    let folder = Path::new("/ledger");
    let random = TestEntropy::new(99);
    let mut layer = LossyLayer::default();
    let mut acknowledged = BTreeSet::new();
    let mut acknowledged_count = 0;
    let crashes = crash_count() as u64;
    for crash in 0..crashes {
        if crash % CRASHES_PER_LEDGER == 0 {
            layer = LossyLayer::default();
            acknowledged_count += std::mem::take(&mut acknowledged).len();
        }
        let bench = Bench::new(1_000 + crash);
        let log = Arc::new(bench.open(Arc::new(layer.clone()), folder));
        let fresh = Arc::new(Mutex::new(Vec::new()));
        let stop_after = random.below(24);
        let rounds = random.below(24) + 1;
        let next = std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                runtime.block_on(work(&bench, &log, rounds, &fresh));
            });
            // The machine dies at some point of the work: after some acknowledgements, or when it is done.
            while fresh.lock().unwrap().len() < stop_after && !worker.is_finished() {
                std::thread::yield_now();
            }
            let known = fresh.lock().unwrap();
            let next = layer.crash(|bound| random.below(bound));
            acknowledged.extend(known.iter().cloned());
            next
        });
        layer = next;
        check(&layer, folder, &acknowledged, crash);
    }
    assert!(acknowledged_count as u64 > 4 * crashes, "only {acknowledged_count} records were acknowledged");
}

async fn work(bench: &Bench, log: &quillon_audit::Log, rounds: usize, acknowledged: &Mutex<Vec<String>>) {
    for _ in 0..rounds {
        let opening = bench.opening();
        let id = opening.ask.to_string();
        let begun = log.begin(opening).unwrap();
        begun.durable().await.unwrap();
        acknowledged.lock().unwrap().push(format!("opened {id}"));
        begun.close(closing()).await.unwrap();
        acknowledged.lock().unwrap().push(format!("closed {id}"));
    }
}

fn check(layer: &LossyLayer, folder: &Path, acknowledged: &BTreeSet<String>, crash: u64) {
    let bench = Bench::new(500_000 + crash);
    let log = bench.open(Arc::new(layer.clone()), folder);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(log.record(Entry::Refused(bench.opening()))).unwrap();
    drop(log);
    let reader = reader(Arc::new(layer.clone()), folder);
    let report = verify(&reader, None).unwrap();
    assert_eq!((report.problems, report.open), (vec![], vec![]), "crash {crash}");
    let found: BTreeSet<String> = entries(&reader).into_iter().filter_map(name).collect();
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "crash {crash} lost {lost:?}");
}

pub fn name(entry: Entry) -> Option<String> {
    match entry {
        Entry::Opened(opening) => Some(format!("opened {}", opening.ask)),
        Entry::Closed { ask, .. } => Some(format!("closed {ask}")),
        _ => None,
    }
}
