//! Retention: what is removed, what is not, and that everything it proved stays provable.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quillon_audit::verify::verify;
use quillon_audit::{Checkpoint, Entry, FileLayer, LossyLayer, Receipt, proof};
use quillon_base::FaultCode;

use crate::support::{Bench, kinds, reader};

const FOLDER: &str = "/ledger";
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// Writes one batch of records a day, each of two segments or so over all days.
async fn write(bench: &Bench, layer: &LossyLayer, days: usize, records_a_day: usize) {
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    for _ in 0..days {
        bench.clock.advance(DAY_MILLIS);
        for _ in 0..records_a_day {
            log.mention(Entry::Refused(bench.opening())).unwrap();
        }
        log.record(Entry::Refused(bench.opening())).await.unwrap();
    }
}

async fn prune(bench: &Bench, layer: &LossyLayer, keep_days: u32) -> quillon_audit::PrunePlan {
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    log.prune(keep_days, bench.by()).await.unwrap()
}

fn problems(layer: &LossyLayer, older: Option<&str>) -> Vec<String> {
    let report = verify(&reader(Arc::new(layer.clone()), Path::new(FOLDER)), older).unwrap();
    report.problems.into_iter().map(|problem| format!("{}: {}", problem.place, problem.message)).collect()
}

fn segments(layer: &LossyLayer, suffix: &str) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| path.extension().is_some_and(|extension| extension == suffix);
    layer.paths().into_iter().filter(is_one).collect()
}

#[tokio::test]
async fn what_is_old_goes_and_every_proof_stays() {
    let (bench, layer) = (Bench::new(1), LossyLayer::default());
    write(&bench, &layer, 200, 25).await;
    let before = reader(Arc::new(layer.clone()), Path::new(FOLDER));
    let old_receipt = before.receipt(10).unwrap().to_string();
    let (old_note, old) = before.head().unwrap().unwrap();

    let plan = prune(&bench, &layer, 100).await;
    assert_eq!(plan.from, 0);
    assert!((1_024..3_000).contains(&plan.until), "{plan:?}");
    let kept = segments(&layer, "qlog").remove(0);
    assert_eq!(kept.file_stem().unwrap().to_str().unwrap().parse(), Ok(plan.until));
    assert!(!segments(&layer, "qprn").is_empty());
    let after = reader(Arc::new(layer.clone()), Path::new(FOLDER));
    assert_eq!(after.first_index().unwrap(), plan.until);
    for older in [None, Some(old_note.as_str()), Some(old_receipt.as_str())] {
        assert_eq!(problems(&layer, older), [""; 0]);
    }
    Receipt::parse(&old_receipt).unwrap().check(after.key()).unwrap();
    // From any state that it ever had, the ledger still proves that it grew and did not change.
    for size in [1, 10, 1_500, old.size] {
        let (note, path) = after.consistency(size).unwrap();
        let new = Checkpoint::open(&note, after.key()).unwrap();
        if size == old.size {
            assert!(proof::extends(size, &old.root, new.size, &new.root, &path));
        }
    }
    after.receipt(plan.until).unwrap().check(after.key()).unwrap();
    let gone = after.receipt(plan.until - 1).unwrap_err();
    assert_eq!(gone.code, FaultCode::InputInvalid);
    assert!(gone.message.contains("was removed"), "{gone:?}");
    // It goes on: more records, another removal, a restart.
    write(&bench, &layer, 60, 25).await;
    let again = prune(&bench, &layer, 100).await;
    assert!(again.from == plan.until && again.until > again.from, "{again:?}");
    assert_eq!(problems(&layer, Some(&old_note)), [""; 0]);
    // Tiles are made again from what is left; none of the removed records is among them.
    for path in layer.paths().into_iter().filter(|path| path.starts_with("/ledger/tile")) {
        layer.remove(&path).unwrap();
    }
    layer.remove(Path::new("/ledger/tiles")).unwrap();
    let after = reader(Arc::new(layer.clone()), Path::new(FOLDER));
    after.write_tiles().unwrap();
    let first_bundle =
        layer.paths().into_iter().find(|path| path.starts_with("/ledger/tile/entries")).unwrap();
    let number: u64 = first_bundle.file_name().unwrap().to_str().unwrap().parse().unwrap();
    assert_eq!(number, again.until.div_ceil(256));
    after.receipt(again.until + 300).unwrap().check(after.key()).unwrap();
}

#[tokio::test]
async fn bundles_of_removed_records_go_too() {
    let (bench, layer) = (Bench::new(2), LossyLayer::default());
    write(&bench, &layer, 200, 25).await;
    reader(Arc::new(layer.clone()), Path::new(FOLDER)).write_tiles().unwrap();
    let plan = prune(&bench, &layer, 100).await;
    for path in layer.paths().into_iter().filter(|path| path.starts_with("/ledger/tile/entries")) {
        let number: u64 = path.file_name().unwrap().to_str().unwrap().parse().unwrap_or(u64::MAX);
        assert!(number * 256 >= plan.until || number == u64::MAX, "{}", path.display());
    }
}

#[tokio::test]
async fn a_clock_that_stepped_removes_nothing() {
    let (bench, layer) = (Bench::new(3), LossyLayer::default());
    write(&bench, &layer, 20, 150).await;
    bench.clock.advance(10 * 365 * DAY_MILLIS);
    assert_eq!(prune(&bench, &layer, 90).await.until, 0);
    // Nor do records that are written under the wrong clock, until as many days have really passed.
    write(&bench, &layer, 60, 30).await;
    assert_eq!(prune(&bench, &layer, 90).await.until, 0);
    bench.clock.advance(-10 * 365 * DAY_MILLIS);
    write(&bench, &layer, 10, 30).await;
    assert_eq!(prune(&bench, &layer, 90).await.until, 0);
    assert_eq!(problems(&layer, None), [""; 0]);
}

#[tokio::test]
async fn less_than_ninety_days_cannot_be_asked_for() {
    let (bench, layer) = (Bench::new(4), LossyLayer::default());
    write(&bench, &layer, 3, 1).await;
    let log = bench.open(Arc::new(layer), Path::new(FOLDER));
    let fault = log.prune(89, bench.by()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::InputInvalid);
    assert_eq!(log.prune(90, bench.by()).await.unwrap().until, 0);
}

#[tokio::test]
async fn a_legal_hold_keeps_everything_until_it_is_released() {
    let (bench, layer) = (Bench::new(5), LossyLayer::default());
    write(&bench, &layer, 200, 25).await;
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    for name in ["case-1", "case-2", "case-1"] {
        log.place_hold(name, "a lawsuit", bench.by()).await.unwrap();
    }
    let plan = log.prune(100, bench.by()).await.unwrap();
    let names: Vec<&str> = plan.holds.iter().map(|hold| hold.name.as_str()).collect();
    assert_eq!((plan.until, names), (0, vec!["case-1", "case-2"]));
    log.release_hold("case-1", "settled", bench.by()).await.unwrap();
    assert_eq!(log.prune(100, bench.by()).await.unwrap().until, 0);
    let unknown = log.release_hold("case-1", "again", bench.by()).await.unwrap_err();
    assert_eq!(unknown.code, FaultCode::InputInvalid);
    log.release_hold("case-2", "settled", bench.by()).await.unwrap();
    assert!(log.prune(100, bench.by()).await.unwrap().until > 0);
    drop(log);
    let kinds = kinds(&reader(Arc::new(layer), Path::new(FOLDER)));
    let about: Vec<&String> = kinds.iter().rev().take_while(|kind| *kind != "refused").collect();
    assert_eq!(
        about,
        ["pruned", "hold_released", "hold_released", "hold_placed", "hold_placed", "hold_placed"]
    );
}

#[tokio::test]
async fn a_crash_at_any_point_of_a_removal_loses_nothing_that_stays() {
    let (bench, whole) = (Bench::new(6), LossyLayer::default());
    write(&bench, &whole, 300, 25).await;
    let pruned = whole.crash(|_| 0);
    prune(&bench, &pruned, 100).await;
    // Hashes written, nothing recorded yet.
    let early = whole.crash(|_| 0);
    for path in segments(&pruned, "qprn") {
        early.set_bytes(&path, pruned.bytes(&path).unwrap());
    }
    assert_eq!(problems(&early, None), [""; 0]);
    assert!(prune(&bench, &early, 100).await.until > 0);
    assert_eq!(problems(&early, None), [""; 0]);
    // Recorded, and only the first of two segments removed.
    let late = pruned.crash(|_| 0);
    let removed = segments(&pruned, "qprn");
    assert!(removed.len() > 1, "{removed:?}");
    let second = removed.last().unwrap().with_extension("qlog");
    late.set_bytes(&second, whole.bytes(&second).unwrap());
    let found = problems(&late, None);
    assert_eq!(found, [""; 0], "what the record says of both is true of the first");
    prune(&bench, &late, 100).await;
    assert_eq!(problems(&late, None), [""; 0]);
}

#[tokio::test]
async fn records_that_went_without_a_record_are_found_and_so_is_a_change_of_what_is_left() {
    let (bench, layer) = (Bench::new(7), LossyLayer::default());
    write(&bench, &layer, 200, 25).await;
    let whole = layer.crash(|_| 0);
    prune(&bench, &layer, 100).await;
    // Somebody who removes records makes hashes of them too, but cannot write the record.
    let forged = whole.crash(|_| 0);
    for path in segments(&layer, "qprn") {
        forged.set_bytes(&path, layer.bytes(&path).unwrap());
        forged.remove(&path.with_extension("qlog")).unwrap();
    }
    let found = problems(&forged, None);
    assert!(found.iter().any(|problem| problem.contains("no record says")), "{found:?}");
    for path in segments(&layer, "qprn") {
        let good = layer.bytes(&path).unwrap();
        for place in (0..good.len()).step_by(good.len() / 40) {
            let mut bad = good.clone();
            bad[place] ^= 1;
            layer.set_bytes(&path, bad);
            assert!(!problems(&layer, None).is_empty(), "{} byte {place}", path.display());
        }
        layer.remove(&path).unwrap();
        assert!(!problems(&layer, None).is_empty(), "without {}", path.display());
        layer.set_bytes(&path, good);
    }
    assert_eq!(problems(&layer, None), [""; 0]);
}
