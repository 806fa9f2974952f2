//! What the road costs: processor time, flushes and wall time of an ask that does nothing, over the floor of the same
//! run: one `fdatasync` of as many bytes.
//!
//! `cargo bench -p quillon-road --bench road`, or `cargo xtask bench road`. The ledger is a real one in a temporary folder
//! below the current one; only the host, the store and the root key are fakes.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark writes files, reads the clock and prints"
)]

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::StreamExt;
use quillon_audit::{LocalLayer, Log, LogOptions, Signer};
use quillon_base::{Fault, Region, Secret};
use quillon_contract::ask::WhoamiAsk;
use quillon_contract::settings::Settings;
use quillon_contract::{Ask, CONTRACT_VERSION, Gateway, Hello, Request, Surface, Verb};
use quillon_host::StrictHost;
use quillon_identity::StrictIdentity;
use quillon_meter::Meter;
use quillon_policy::PolicySet;
use quillon_road::{Capability, Finished, Models, Parts, Passage, Road};
use quillon_store::StrictStore;
use quillon_testkit::{SeededEntropy, StepClock, principal, vault};

/// Asks before the measurement.
const WARM_UP: usize = 50;
/// Asks that are measured.
const ASKS: usize = 500;
/// Bytes of an ask's records and checkpoints, about.
const FLOOR_BYTES: usize = 1_500;

/// Says one word.
struct Word;

#[async_trait]
impl Capability for Word {
    fn verbs(&self) -> &'static [Verb] {
        &[Verb::Whoami]
    }

    async fn run(&self, passage: &Passage, _: Ask) -> Result<Finished, Fault> {
        passage.answered_by_embedded();
        passage.text("word").await?;
        Ok(Finished::default())
    }
}

fn main() {
    let folder = tempfile::tempdir_in(".").expect("a folder to write in");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let before = floor(folder.path());
    let asked = runtime.block_on(asks(folder.path()));
    let after = floor(folder.path());
    let floor_cpu = (before.cpu + after.cpu) / (2 * ASKS as u32);
    let floor = median(before.walls.into_iter().chain(after.walls).collect());
    let per_ask = asked.flushes as f64 / ASKS as f64;
    let wall = median(asked.walls.clone());
    let budget = floor.mul_f64(per_ask) + Duration::from_micros(300);
    println!("ask that does nothing, {ASKS} times, one after the other");
    println!("  processor time, kernel included  {:>8.1} µs", micros(asked.cpu / ASKS as u32));
    println!("  of one write and fdatasync       {:>8.1} µs", micros(floor_cpu));
    println!("  flushes                          {per_ask:>8.2}");
    println!("  wall, median                     {:>8.1} µs", micros(wall));
    println!("  wall, 99th of 100                {:>8.1} µs", micros(percentile(asked.walls, 99)));
    println!("  one write and fdatasync (floor)  {:>8.1} µs", micros(floor));
    println!("  flushes x floor + 300 µs         {:>8.1} µs", micros(budget));
    println!(
        "  wall over flushes x floor        {:>8.2}",
        wall.as_secs_f64() / floor.mul_f64(per_ask).as_secs_f64()
    );
}

struct Floor {
    cpu: Duration,
    walls: Vec<Duration>,
}

struct Asked {
    cpu: Duration,
    flushes: u64,
    walls: Vec<Duration>,
}

async fn asks(folder: &Path) -> Asked {
    let road = road(folder);
    let hello = Hello {
        contract: CONTRACT_VERSION,
        surface: Surface::Http,
        client: "bench".into(),
        workspace: None,
        token: None,
    };
    let session = road.open(hello).await.expect("a session").session;
    let ask = async || {
        let (_, stream) = road.ask(session, Request::from(WhoamiAsk {})).await.expect("an ask");
        stream.count().await
    };
    for _ in 0..WARM_UP {
        ask().await;
    }
    let (cpu, flushes) = (cpu(), road.log_counters().flushes);
    let mut walls = Vec::with_capacity(ASKS);
    for _ in 0..ASKS {
        let start = Instant::now();
        ask().await;
        walls.push(start.elapsed());
    }
    Asked { cpu: self::cpu() - cpu, flushes: road.log_counters().flushes - flushes, walls }
}

fn road(folder: &Path) -> Road {
    let ada = principal("ada");
    let (clock, entropy) = (Arc::new(StepClock::default()), Arc::new(SeededEntropy::new(1)));
    let seed = Secret::new(vec![7; 32]);
    let signer = Signer::new(&seed, &ada.organisation, &Region::device()).expect("a key");
    let log = Log::open(LogOptions {
        folder: folder.join("ledger"),
        organisation: ada.organisation.clone(),
        region: Region::device(),
        signer,
        layer: Arc::new(LocalLayer),
        clock: clock.clone(),
        entropy: entropy.clone(),
    });
    Road::new(Parts {
        identity: Arc::new(StrictIdentity::default().with_local(ada)),
        policy: PolicySet::local_owner(),
        meter: Meter::default(),
        vault: Arc::new(vault(&entropy)),
        log: log.expect("a ledger"),
        store: Arc::new(StrictStore::new(Region::device())),
        host: Arc::new(StrictHost::new()),
        models: Models::default(),
        cloud: None,
        sinks: Vec::new(),
        witnesses: None,
        settings: Settings::default(),
        clock,
        entropy,
        capabilities: vec![Arc::new(Word)],
    })
    .expect("a road")
}

/// What one write and sync of an ask's bytes takes at least.
fn floor(folder: &Path) -> Floor {
    let path = folder.join("floor");
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a file");
    let bytes = vec![b'x'; FLOOR_BYTES / 2];
    let mut once = || {
        let start = Instant::now();
        file.write_all(&bytes).expect("a write");
        file.sync_data().expect("a sync");
        start.elapsed()
    };
    let start = cpu();
    let walls = (0..ASKS).map(|_| once()).collect();
    Floor { cpu: cpu() - start, walls }
}

/// Processor time of this process, user and system.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn median(samples: Vec<Duration>) -> Duration {
    percentile(samples, 50)
}

fn percentile(mut samples: Vec<Duration>, of_hundred: usize) -> Duration {
    samples.sort_unstable();
    samples[(samples.len() * of_hundred / 100).min(samples.len() - 1)]
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
