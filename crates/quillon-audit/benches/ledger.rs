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
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quillon_audit::verify::verify;
use quillon_audit::{Entry, LedgerReader, LocalLayer, Log, Row, Summary};
use quillon_base::PrincipalId;

use crate::support::Bench;

const RECORDS: u64 = 1_000_000;
/// So many write at once, and so many records in all; `None` is what the command line asks for.
const ROWS: [(u64, Option<u64>); 3] = [(1, Some(2_000)), (16, Some(20_000)), (512, None)];
/// Bytes of a record, its frame included, about.
const RECORD_BYTES: usize = 620;
/// A row is measured in so many parts, each between two stretches of the disk's own flushes, so that what else the
/// machine does burdens both alike.
const PARTS: u64 = 10;
/// Flushes of one stretch.
const FLOOR_FLUSHES: usize = 60;

/// A name, what rules a stretch out, what picks a row.
type Search = (&'static str, fn(&Summary) -> bool, fn(&Row) -> bool);

fn main() {
    let given = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let records = given.unwrap_or(RECORDS);
    let keep = tempfile::tempdir_in(".").expect("a folder to write in");
    println!(
        "each record durable before its writer goes on; a flush is one write and fdatasync of as many records"
    );
    println!(
        "writers  records/s  ceiling/s  records a flush  flush ms, p50 p99   append ms, p50 p99   p99 in flushes, of p50 and p99"
    );
    for (writers, fixed) in ROWS {
        let folder = keep.path().join(format!("ledger-{writers}"));
        row(&folder, writers, fixed.unwrap_or(records));
    }
    read(&keep.path().join("ledger-512"), records);
}

/// What so many writers do, beside what the disk does in the same moments.
fn row(folder: &Path, writers: u64, records: u64) {
    let threads = 2;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).build().expect("a runtime");
    let bench = Arc::new(Bench::new(writers));
    let log = Arc::new(bench.open_local(folder));
    let (mut waits, mut flushes, mut taken) = (Vec::new(), Vec::new(), Duration::ZERO);
    for part in 0..PARTS {
        flushes.extend(floor(folder, writers));
        let places = part * records / PARTS..(part + 1) * records / PARTS;
        let start = Instant::now();
        waits.extend(runtime.block_on(write(&bench, &log, writers, places)));
        taken += start.elapsed();
    }
    flushes.extend(floor(folder, writers));
    let counters = log.counters();
    let [flush, slow_flush] = [50, 99].map(|of_hundred| percentile(&mut flushes, of_hundred));
    let [median, p99] = [50, 99].map(|of_hundred| percentile(&mut waits, of_hundred));
    // Beside the median flush stands the 99th of 100, too: where the disk itself is slow now and then, so is a record.
    println!(
        "{writers:>7}  {:>9.0}  {:>9.0}  {:>15.1}  {:>9.2} {:>7.2}   {:>10.2} {:>7.2}   {:>21.1} {:>7.1}",
        records as f64 / taken.as_secs_f64(),
        writers as f64 / flush.as_secs_f64(),
        counters.leaves as f64 / counters.flushes as f64,
        millis(flush),
        millis(slow_flush),
        millis(median),
        millis(p99),
        p99.as_secs_f64() / flush.as_secs_f64(),
        p99.as_secs_f64() / slow_flush.as_secs_f64(),
    );
}

async fn write(bench: &Arc<Bench>, log: &Arc<Log>, writers: u64, places: Range<u64>) -> Vec<Duration> {
    let (next, end) = (Arc::new(AtomicU64::new(places.start)), places.end);
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (bench, log, next) = (Arc::clone(bench), Arc::clone(log), Arc::clone(&next));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= end {
                        return waits;
                    }
                    let mut opening = bench.opening();
                    let rare = place % 200_000 == 100_000;
                    let name = if rare { "mallory".to_owned() } else { format!("user-{writer}") };
                    opening.by.principal = PrincipalId::new(&name).expect("a name");
                    opening.decided.allowed = !rare;
                    let start = Instant::now();
                    log.record(Entry::Refused(opening)).await.expect("a durable record");
                    waits.push(start.elapsed());
                }
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
fn floor(folder: &Path, writers: u64) -> Vec<Duration> {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("floor")).expect("a file");
    let bytes = vec![b'x'; RECORD_BYTES * writers as usize];
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

fn percentile(samples: &mut [Duration], of_hundred: usize) -> Duration {
    samples.sort_unstable();
    samples[(samples.len() * of_hundred / 100).min(samples.len() - 1)]
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
