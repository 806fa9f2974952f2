//! Changes the files of a whole ledger, or replaces one by anything, and reads it in every way.
//!
//! Nothing panics, whoever wrote it; a change of a byte that the tree or a signature covers is found; and a ledger that
//! opens to be written to is still whole afterwards, or says that it was not.
#![no_main]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use quillon_audit::verify::verify;
use quillon_audit::{Entry, LedgerReader, Log, LogOptions, LossyLayer, Signer};
use quillon_base::{Clock, Entropy, Fault, FaultCode, OrganisationId, Region, Secret, Timestamp};
use quillon_contract::Surface;

const LOG: &str = "/ledger/log/00000000000000000000.qlog";

#[derive(Default)]
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Counted(AtomicU8);

impl Entropy for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.iter_mut().for_each(|byte| *byte = self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn open(layer: &LossyLayer) -> Result<Log, Fault> {
    let organisation = OrganisationId::new("local").unwrap();
    let signer = Signer::new(&Secret::new(vec![7; 32]), &organisation, &Region::device()).unwrap();
    Log::open(LogOptions {
        folder: "/ledger".into(),
        organisation,
        region: Region::device(),
        signer,
        layer: Arc::new(layer.clone()),
        clock: Arc::new(Ticks::default()),
        entropy: Arc::new(Counted::default()),
    })
}

fn write(log: &Log) -> Result<(), Fault> {
    let entry = Entry::SessionRefused { surface: Surface::Cli, client: "c".into(), fault: FaultCode::IdentityUnknown };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(log.record(entry)).map(|_| ())
}

static WHOLE: LazyLock<BTreeMap<PathBuf, Vec<u8>>> = LazyLock::new(|| {
    let layer = LossyLayer::default();
    let log = open(&layer).unwrap();
    for _ in 0..4 {
        write(&log).unwrap();
    }
    drop(log);
    layer.paths().into_iter().map(|path| (path.clone(), layer.bytes(&path).unwrap())).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let layer = LossyLayer::default();
    WHOLE.iter().for_each(|(path, bytes)| layer.set_bytes(path, bytes.clone()));
    let paths: Vec<&PathBuf> = WHOLE.keys().collect();
    let path = if how & 1 == 0 { Path::new(LOG) } else { paths[usize::from(how >> 1) % paths.len()] };
    let mut content = WHOLE[path].clone();
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
    let Ok(reader) = LedgerReader::of_folder(Arc::new(layer.clone()), "/ledger".into(), None) else { return };
    let report = verify(&reader, None).unwrap();
    let changed_log = path == Path::new(LOG) && content != WHOLE[path];
    assert!(!changed_log || !report.problems.is_empty() || report.size == 0, "{report:?}");
    let _ = reader.walk(0, |_| ControlFlow::Continue(()));
    let _ = reader.tail(5);
    let _ = reader.search(5, |_| true, |_| true);
    let _ = reader.receipt(1);
    let _ = reader.plan_prune(90, Timestamp(i64::MAX));
    if let Ok(log) = open(&layer) {
        let written = write(&log);
        drop(log);
        let report = verify(&reader, None).unwrap();
        assert!(written.is_err() || report.problems.iter().all(|problem| problem.place != LOG), "{report:?}");
    }
});
