//! Changes what lies beside the records of a long ledger (the hashes that pruning left, summaries, tiles, checkpoints,
//! what a witness keeps), or replaces it by anything, and reads the ledger in every way.
//!
//! Nothing panics; what `verify` covers is found; records are never taken from these files, so what is read of the records
//! that are left stays the same whatever they say.
#![no_main]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use quillon_audit::verify::verify;
use quillon_audit::{
    AddCheckpoint, By, Cosigner, Entry, LedgerReader, Log, LogOptions, LossyLayer, Signer, Witness,
};
use quillon_base::{
    OrganisationId, PrincipalId, Region, Secret, SeededEntropy, SessionId, StepClock, Timestamp,
};
use quillon_contract::Surface;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// What is changed, and the layer that holds the rest.
struct Whole {
    files: BTreeMap<PathBuf, Vec<u8>>,
    beside: Vec<PathBuf>,
    records: u64,
    request: AddCheckpoint,
}

fn cosigner() -> Cosigner {
    Cosigner::new(&Secret::new(vec![3; 32])).unwrap()
}

fn witness(layer: &LossyLayer) -> Witness {
    Witness::new(Arc::new(layer.clone()), "/ledger/witness".into(), cosigner())
}

fn reader(layer: &LossyLayer) -> Option<LedgerReader> {
    LedgerReader::of_folder(Arc::new(layer.clone()), "/ledger".into(), None).ok()
}

fn count(reader: &LedgerReader) -> u64 {
    let mut records = 0;
    let _ = reader.walk(0, |_| {
        records += 1;
        ControlFlow::Continue(())
    });
    records
}

static WHOLE: LazyLock<Whole> = LazyLock::new(|| {
    let (layer, clock, entropy) =
        (LossyLayer::default(), Arc::new(StepClock::default()), Arc::new(SeededEntropy::new(7)));
    let organisation = OrganisationId::new("local").unwrap();
    let log = Log::open(LogOptions {
        folder: "/ledger".into(),
        signer: Signer::new(&Secret::new(vec![7; 32]), &organisation, &Region::device()).unwrap(),
        organisation,
        region: Region::device(),
        layer: Arc::new(layer.clone()),
        clock: clock.clone(),
        entropy: entropy.clone(),
    })
    .unwrap();
    let by = By {
        principal: PrincipalId::new("ada").unwrap(),
        proof: "local".into(),
        surface: Surface::Cli,
        session: SessionId::generate(&*clock, &*entropy),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        for _ in 0..240 {
            clock.advance(DAY_MILLIS);
            for _ in 0..8 {
                log.mention(Entry::Recovered { segment: 0, cut_bytes: 0 }).unwrap();
            }
            log.record(Entry::Recovered { segment: 0, cut_bytes: 0 }).await.unwrap();
        }
        log.prune(90, by).await.unwrap();
    });
    let ledger = log.reader();
    let first = ledger.first_index().unwrap();
    assert!(first > 0, "something was pruned");
    let _ = ledger.search(5, |_| true, |_| true);
    let _ = ledger.search(u32::MAX as usize, |_| true, |_| false);
    ledger.receipt(first).unwrap();
    let (checkpoint, proof) = ledger.consistency(0).unwrap();
    let request = AddCheckpoint { old: 0, proof, checkpoint };
    witness(&layer).add_checkpoint(&request, ledger.key(), Timestamp(0)).unwrap();
    drop(log);
    let old = ledger.head().unwrap().map_or(0, |(_, checkpoint)| checkpoint.size);
    let (checkpoint, proof) = ledger.consistency(old).unwrap();
    let request = AddCheckpoint { old, proof, checkpoint };
    let records = count(&ledger);
    let files: BTreeMap<_, _> =
        layer.paths().into_iter().map(|path| (path.clone(), layer.bytes(&path).unwrap())).collect();
    let beside: Vec<_> = files
        .iter()
        .filter(|(path, bytes)| !bytes.is_empty() && path.extension().is_none_or(|end| end != "qlog"))
        .map(|(path, _)| path.clone())
        .collect();
    Whole { files, beside, records, request }
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&[which, how], rest)) = bytes.split_first_chunk() else { return };
    let layer = LossyLayer::default();
    WHOLE.files.iter().for_each(|(path, bytes)| layer.set_bytes(path, bytes.clone()));
    let path: &Path = &WHOLE.beside[usize::from(which) % WHOLE.beside.len()];
    let mut content = WHOLE.files[path].clone();
    if how & 128 == 0 {
        content = rest.to_vec();
    } else {
        for edit in rest.chunks_exact(3) {
            let place = usize::from(u16::from_le_bytes([edit[0], edit[1]]));
            if let Some(byte) = content.get_mut(place) {
                *byte ^= edit[2];
            }
        }
    }
    layer.set_bytes(path, content.clone());
    let Some(ledger) = reader(&layer) else { return };
    let report = verify(&ledger, None).unwrap();
    let is_pruned_hashes = path.extension().is_some_and(|end| end == "qprn");
    assert!(!is_pruned_hashes || content == WHOLE.files[path] || !report.problems.is_empty(), "{report:?}");
    assert_eq!(count(&ledger), WHOLE.records, "{}", path.display());
    let found = ledger.search(usize::MAX, |_| true, |_| true).unwrap();
    assert_eq!(found.len() as u64, WHOLE.records);
    let _ = ledger.tail(5);
    if let Ok(receipt) = ledger.receipt(WHOLE.request.old - 1) {
        assert!(receipt.check(ledger.key()).is_ok() || ledger.key() != reader_of_whole().key());
    }
    let cosigned = witness(&layer).add_checkpoint(&WHOLE.request, ledger.key(), Timestamp(0));
    let is_witness = path.starts_with("/ledger/witness");
    if cosigned.is_ok() && is_witness {
        // What is kept was believed: then it still says what was signed.
        let seen = witness(&layer).last_seen(ledger.key()).unwrap().unwrap();
        assert_eq!(seen.size, WHOLE.request.old);
    }
});

fn reader_of_whole() -> LedgerReader {
    let layer = LossyLayer::default();
    WHOLE.files.iter().for_each(|(path, bytes)| layer.set_bytes(path, bytes.clone()));
    reader(&layer).unwrap()
}
