//! Everything that was changed is found; what was removed or rewritten is found by a holder of an older checkpoint.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quillon_audit::verify::verify;
use quillon_audit::{Entry, FileLayer, LossyLayer};
use quillon_base::FaultCode;

use crate::support::{Bench, reader};

const FOLDER: &str = "/ledger";

/// A ledger of several groups and its last checkpoint.
async fn ledger(seed: u64, records: usize) -> (LossyLayer, String) {
    let layer = LossyLayer::default();
    let bench = Bench::new(seed);
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    for _ in 0..records {
        log.record(Entry::Refused(bench.opening())).await.unwrap();
    }
    drop(log);
    let checkpoint = layer.bytes(&Path::new(FOLDER).join("checkpoint")).unwrap();
    (layer, String::from_utf8(checkpoint).unwrap())
}

fn problems(layer: &LossyLayer, older: Option<&str>) -> usize {
    let reader = quillon_audit::LedgerReader::of_folder(Arc::new(layer.clone()), FOLDER.into(), None);
    // A key that cannot be read is as good as a problem.
    reader.map_or(1, |reader| verify(&reader, older).unwrap().problems.len())
}

fn evidence(layer: &LossyLayer) -> Vec<PathBuf> {
    // Locks are empty; the reserve is room for a note, and its note becomes a record.
    let of_record = |path: &PathBuf| {
        !path.ends_with("lock")
            && !path.ends_with("reserve")
            && path.parent().is_some_and(|up| !up.ends_with("writers"))
    };
    layer.paths().into_iter().filter(of_record).collect()
}

#[tokio::test]
async fn a_flip_of_any_byte_is_found() {
    let (layer, _) = ledger(1, 6).await;
    assert_eq!(problems(&layer, None), 0);
    for path in evidence(&layer) {
        let good = layer.bytes(&path).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1 << (place % 8);
            layer.set_bytes(&path, bad);
            assert_ne!(problems(&layer, None), 0, "{} byte {place}", path.display());
        }
        layer.set_bytes(&path, good);
    }
}

#[tokio::test]
async fn a_flip_before_the_last_group_stops_the_writer_too() {
    let (layer, _) = ledger(2, 6).await;
    let path = Path::new(FOLDER).join("log/00000000000000000000.qlog");
    let good = layer.bytes(&path).unwrap();
    for place in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[place] ^= 0x10;
        layer.set_bytes(&path, bad);
        let opened = Bench::new(3).try_open(Arc::new(layer.clone()), Path::new(FOLDER));
        assert_eq!(opened.err().map(|fault| fault.code), Some(FaultCode::LedgerCorrupt), "byte {place}");
    }
}

#[tokio::test]
async fn truncation_and_rollback_are_found_with_an_older_checkpoint() {
    let (layer, checkpoint) = ledger(4, 6).await;
    let folder = Path::new(FOLDER);
    let path = folder.join("log/00000000000000000000.qlog");
    let good = layer.bytes(&path).unwrap();
    // Somebody who removes records also removes the checkpoint beside them.
    layer.remove(&folder.join("checkpoint")).unwrap();
    for length in 0..good.len() {
        layer.set_bytes(&path, good[..length].to_vec());
        assert_ne!(problems(&layer, Some(&checkpoint)), 0, "cut to {length} bytes");
    }
    layer.remove(&path).unwrap();
    assert_ne!(problems(&layer, Some(&checkpoint)), 0, "removed as a whole");
}

#[tokio::test]
async fn a_whole_rewrite_is_found_with_an_older_checkpoint() {
    let (_, checkpoint) = ledger(5, 6).await;
    // Another history, signed with the same key: longer, as long, and shorter.
    for records in [12, 6, 3] {
        let (rewritten, _) = ledger(6, records).await;
        assert_eq!(problems(&rewritten, None), 0, "nothing else shows it");
        assert_eq!(problems(&rewritten, Some(&checkpoint)), 1, "{records} records");
    }
}

#[tokio::test]
async fn a_ledger_that_grew_extends_its_older_checkpoint() {
    let (layer, checkpoint) = ledger(7, 6).await;
    let bench = Bench::new(8);
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    log.record(Entry::Refused(bench.opening())).await.unwrap();
    drop(log);
    let report = verify(&reader(Arc::new(layer), Path::new(FOLDER)), Some(&checkpoint)).unwrap();
    assert_eq!((report.size, report.problems), (7, vec![]));
}

#[tokio::test]
async fn a_cut_below_the_checkpoint_beside_the_log_stops_the_writer() {
    let (layer, _) = ledger(9, 6).await;
    let path = Path::new(FOLDER).join("log/00000000000000000000.qlog");
    let good = layer.bytes(&path).unwrap();
    layer.set_bytes(&path, good[..good.len() - 1].to_vec());
    let opened = Bench::new(10).try_open(Arc::new(layer), Path::new(FOLDER));
    assert_eq!(opened.err().map(|fault| fault.code), Some(FaultCode::LedgerCorrupt));
}

#[tokio::test]
async fn a_ledger_of_another_key_is_not_written_to() {
    let (layer, _) = ledger(11, 2).await;
    let path = Path::new(FOLDER).join("key.pub");
    let organisation = quillon_base::OrganisationId::new("local").unwrap();
    let other = quillon_base::Secret::new(vec![8; 32]);
    let signer = quillon_audit::Signer::new(&other, &organisation, &quillon_base::Region::device()).unwrap();
    layer.set_bytes(&path, format!("{}\n", signer.key()).into_bytes());
    let opened = Bench::new(12).try_open(Arc::new(layer), Path::new(FOLDER));
    assert_eq!(opened.err().map(|fault| fault.code), Some(FaultCode::LedgerCorrupt));
}
