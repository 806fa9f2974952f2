//! What the ledger does in a second, beside what the same disk does in the same minute, and how fast a long one is
//! verified, searched and proved.
//!
//! `cargo bench -p quillon-audit --bench ledger [-- RECORDS]`, or `cargo xtask bench ledger`. The ledger is a real one in
//! a temporary folder below the current one. Writers are tasks that write a record, wait until it is durable, and write
//! the next.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a benchmark writes files, reads the clock and prints"
)]

#[path = "../tests/support.rs"]
mod support;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quillon_audit::verify::verify;
use quillon_audit::{Entry, LedgerReader, LocalLayer, Log, Row, Summary};
use quillon_base::PrincipalId;

use crate::support::Bench;

const WRITERS: u64 = 512;
const RECORDS: u64 = 1_000_000;
/// With so few writers the disk is what is waited for, not a processor.
const FEW_WRITERS: u64 = 16;
const FEW_RECORDS: u64 = 10_000;
/// Bytes of a record, its frame included, about.
const RECORD_BYTES: usize = 620;
const FLOOR_FLUSHES: usize = 300;

/// A name, what rules a stretch out, what picks a row.
type Search = (&'static str, fn(&Summary) -> bool, fn(&Row) -> bool);

fn main() {
    let given = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let records = given.unwrap_or(RECORDS);
    let keep = tempfile::tempdir_in(".").expect("a folder to write in");
    let folder = keep.path().join("ledger");
    let threads = 2;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).build().expect("a runtime");

    let before = floor(keep.path());
    let bench = Arc::new(Bench::new(1));
    let log = Arc::new(bench.open_local(&folder));
    let start = Instant::now();
    let waits = runtime.block_on(write(&bench, &log, WRITERS, records));
    let taken = start.elapsed();
    let counters = log.counters();
    drop(log);
    let few = Arc::new(bench.open_local(&keep.path().join("few")));
    let few_waits = runtime.block_on(write(&bench, &few, FEW_WRITERS, FEW_RECORDS));
    drop(few);
    let after = floor(keep.path());
    let flush = median(before.into_iter().chain(after).collect());
    let durable = records as f64 / taken.as_secs_f64();
    let ceiling = WRITERS as f64 / flush.as_secs_f64();
    let p99 = percentile(waits.clone(), 99);
    println!("{records} records by {WRITERS} writers, each durable before its writer goes on");
    println!("  durable records a second           {durable:>12.0}");
    println!(
        "  records a flush                    {:>12.0}",
        counters.leaves as f64 / counters.flushes as f64
    );
    println!("  one write and fdatasync of {WRITERS}     {:>12.2} ms, median (floor)", millis(flush));
    println!("  that disk's ceiling, records/s     {ceiling:>12.0}");
    println!("  append to durable, median          {:>12.2} ms", millis(median(waits)));
    println!("  append to durable, 99th of 100     {:>12.2} ms", millis(p99));
    println!("  the same in flushes                {:>12.2}", p99.as_secs_f64() / flush.as_secs_f64());
    let p99 = percentile(few_waits.clone(), 99);
    println!("  by {FEW_WRITERS} writers, median              {:>12.2} ms", millis(median(few_waits)));
    println!("  by {FEW_WRITERS} writers, 99th of 100         {:>12.2} ms", millis(p99));
    println!("  the same in flushes                {:>12.2}", p99.as_secs_f64() / flush.as_secs_f64());
    read(&folder, records);
}

async fn write(bench: &Arc<Bench>, log: &Arc<Log>, writers: u64, records: u64) -> Vec<Duration> {
    let left = Arc::new(AtomicU64::new(records));
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (bench, log, left) = (Arc::clone(bench), Arc::clone(log), Arc::clone(&left));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while let Ok(place) =
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                {
                    let mut opening = bench.opening();
                    let rare = place % 200_000 == 100_000;
                    let name = if rare { "mallory".to_owned() } else { format!("user-{writer}") };
                    opening.by.principal = PrincipalId::new(&name).expect("a name");
                    opening.decided.allowed = !rare;
                    let start = Instant::now();
                    log.record(Entry::Refused(opening)).await.expect("a durable record");
                    waits.push(start.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.expect("a writer"));
    }
    waits
}

fn read(folder: &Path, records: u64) {
    let reader = support::reader(Arc::new(LocalLayer), folder);
    let (report, taken) = timed(|| verify(&reader, None).expect("a report"));
    assert_eq!((report.size, report.problems), (records, vec![]));
    println!("verify, one core                     {:>12.2} s", taken.as_secs_f64());
    let who: fn(&Summary) -> bool = |rows| rows.may_be_by("mallory");
    let any: fn(&Summary) -> bool = |_| true;
    let searches: [Search; 6] = [
        ("search all for nobody, no summaries", any, |row| row.principal.as_deref() == Some("nobody")),
        ("search all for nobody, summaries", |_| false, |row| row.principal.as_deref() == Some("nobody")),
        ("the last 20 of one principal", any, |row| row.principal.as_deref() == Some("user-7")),
        ("all of a rare principal", who, |row| row.principal.as_deref() == Some("mallory")),
        ("all that was refused", |rows| rows.refused, |row| row.allowed == Some(false)),
        ("the last 20 of an action", any, |row| row.action.as_deref() == Some("q:SendMessage")),
    ];
    for (name, may_match, matches) in searches {
        let (found, taken) = timed(|| reader.search(20, may_match, matches).expect("rows"));
        println!("{name:<37}{:>12.1} ms, {} rows", millis(taken), found.len());
    }
    receipts(&reader, records);
}

fn receipts(reader: &LedgerReader, records: u64) {
    let (_, taken) = timed(|| reader.receipt(records / 2).expect("a receipt"));
    println!("the first receipt, which makes tiles {:>12.1} ms", millis(taken));
    let (receipt, taken) = timed(|| reader.receipt(records / 3).expect("a receipt"));
    println!("another receipt                      {:>12.1} ms", millis(taken));
    let (_, taken) = timed(|| receipt.check(reader.key()).expect("a good receipt"));
    println!("checking it                          {:>12.1} µs", taken.as_secs_f64() * 1e6);
    println!("its size                             {:>12} bytes", receipt.to_string().len());
}

/// What one write and sync of as many records as there are writers takes at least.
fn floor(folder: &Path) -> Vec<Duration> {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("floor")).expect("a file");
    let bytes = vec![b'x'; RECORD_BYTES * WRITERS as usize];
    let once = |_| {
        let start = Instant::now();
        file.write_all(&bytes).expect("a write");
        file.sync_data().expect("a sync");
        start.elapsed()
    };
    (0..FLOOR_FLUSHES).map(once).collect()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn median(samples: Vec<Duration>) -> Duration {
    percentile(samples, 50)
}

fn percentile(mut samples: Vec<Duration>, of_hundred: usize) -> Duration {
    samples.sort_unstable();
    samples[(samples.len() * of_hundred / 100).min(samples.len() - 1)]
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
