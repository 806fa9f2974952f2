//! A ledger to write into, and what tests say about it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use quillon_audit::{
    By, Closing, Decided, Entry, FileLayer, LedgerReader, LocalLayer, Log, LogOptions, Opening, Signer, Spent,
};
use quillon_base::{
    AskId, Clock, Entropy, Fault, OrganisationId, PrincipalId, Region, Secret, SessionId, Timestamp,
};
use quillon_contract::Surface;

/// A clock that moves a millisecond at each look, or as told.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis * 1_000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_800_000_000_000_000 + self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}

/// SplitMix64, seeded.
pub struct TestEntropy(AtomicU64);

impl TestEntropy {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub fn next(&self) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}

impl Entropy for TestEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.next().to_le_bytes()[0];
        }
    }
}

/// How often the crash tests crash and kill; `cargo xtask bench ledger --kills COUNT` asks for more.
pub fn crash_count() -> usize {
    let given = std::env::var("QUILLON_LEDGER_CRASHES").ok();
    given.map_or(500, |count| count.parse().expect("a count"))
}

pub struct Bench {
    pub clock: Arc<TestClock>,
    pub entropy: Arc<TestEntropy>,
}

impl Bench {
    pub fn new(seed: u64) -> Self {
        Self { clock: Arc::default(), entropy: Arc::new(TestEntropy::new(seed)) }
    }

    pub fn try_open(&self, layer: Arc<dyn FileLayer>, folder: &Path) -> Result<Log, Fault> {
        let organisation = OrganisationId::new("local").unwrap();
        let signer = Signer::new(&Secret::new(vec![7; 32]), &organisation, &Region::device()).unwrap();
        Log::open(LogOptions {
            folder: folder.to_owned(),
            organisation,
            region: Region::device(),
            signer,
            layer,
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        })
    }

    pub fn open(&self, layer: Arc<dyn FileLayer>, folder: &Path) -> Log {
        self.try_open(layer, folder).unwrap()
    }

    pub fn open_local(&self, folder: &Path) -> Log {
        self.open(Arc::new(LocalLayer), folder)
    }

    pub fn by(&self) -> By {
        By {
            principal: PrincipalId::new("ada").unwrap(),
            proof: "local".into(),
            surface: Surface::Cli,
            session: SessionId::generate(&*self.clock, &*self.entropy),
        }
    }

    pub fn opening(&self) -> Opening {
        Opening {
            ask: AskId::generate(&*self.clock, &*self.entropy),
            parent: None,
            by: self.by(),
            verb: "chat".into(),
            action: "q:SendMessage".into(),
            resource: "arn:quillon:q:device:local:conversation/*".into(),
            decided: Decided { allowed: true, by: "local-owner#0".into(), revision: 1 },
            content_bytes: 12,
            commitment: None,
        }
    }
}

pub fn closing() -> Closing {
    Closing {
        outcome: "done".into(),
        fault: None,
        answerer: None,
        spent: Spent::default(),
        effects: 0,
        content_bytes: 0,
        commitment: None,
    }
}

pub fn reader(layer: Arc<dyn FileLayer>, folder: &Path) -> LedgerReader {
    LedgerReader::of_folder(layer, folder.to_owned(), None).unwrap()
}

pub fn entries(reader: &LedgerReader) -> Vec<Entry> {
    let mut entries = Vec::new();
    let keep = |placed: quillon_audit::Placed| {
        entries.push(placed.leaf.expect("a leaf of this version").entry);
        ControlFlow::Continue(())
    };
    reader.walk(0, keep).unwrap();
    entries
}

/// The kinds of the entries, as they stand in the ledger.
pub fn kinds(reader: &LedgerReader) -> Vec<String> {
    let kind = |entry: &Entry| serde_json::to_value(entry).unwrap()["kind"].as_str().unwrap().to_owned();
    entries(reader).iter().map(kind).collect()
}

pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    (folder, path)
}
