//! Hundreds of kills of real processes on real files: no acknowledged record is lost.
//!
//! A child is this test program running [`hammer`]; it prints the name of each record once that is durable.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use quillon_audit::LocalLayer;
use quillon_audit::verify::verify;

use crate::crash::name;
use crate::support::{Bench, TestEntropy, closing, crash_count, entries, folder, reader};

const FOLDER_VARIABLE: &str = "QUILLON_HAMMER_FOLDER";
const SEED_VARIABLE: &str = "QUILLON_HAMMER_SEED";
/// A process is killed after it acknowledged fewer records than this.
const ACKNOWLEDGED_MAX: usize = 7;

#[test]
fn no_acknowledged_record_is_lost_in_hundreds_of_kills() {
    let (_keep, folder) = folder();
    let random = TestEntropy::new(5);
    let mut acknowledged = BTreeSet::new();
    let (mut kills, mut heard) = (0, 0);
    let kills_wanted = crash_count();
    while kills < kills_wanted {
        // One process at a time, and now and then two that share the ledger.
        let children = 1 + usize::from(kills % 5 == 0);
        let mut running: Vec<_> =
            (0..children).map(|child| Hammer::start(&folder, kills * 10 + child)).collect();
        for child in &mut running {
            // By what it acknowledged and not by the clock alone, so that a busy machine and a slow disk kill no less
            // work; without any it dies somewhere on the way to its first record.
            let count = random.below(ACKNOWLEDGED_MAX);
            child.hear(count);
            heard += count;
            std::thread::sleep(Duration::from_micros(random.below(10_000) as u64));
            child.process.kill().unwrap();
            kills += 1;
        }
        running.into_iter().for_each(|child| acknowledged.extend(child.bury()));
    }
    drop(Bench::new(77).open_local(&folder));
    let reader = reader(Arc::new(LocalLayer), &folder);
    let found: BTreeSet<String> = entries(&reader).into_iter().filter_map(name).collect();
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    let problems = verify(&reader, None).unwrap().problems;
    assert!(problems.iter().all(|problem| problem.message.contains("torn by a crash")), "{problems:?}");
    // How much work that was follows from the seed alone, on any machine.
    assert!(
        acknowledged.len() >= heard,
        "of {heard} records that were heard, {} are known",
        acknowledged.len()
    );
}

/// A process that writes until it is killed.
struct Hammer {
    process: Child,
    output: BufReader<ChildStdout>,
    printed: String,
}

impl Hammer {
    fn start(folder: &Path, seed: usize) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["kill::hammer", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FOLDER_VARIABLE, folder)
            .env(SEED_VARIABLE, seed.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output, printed: String::new() }
    }

    /// Waits until so many records were acknowledged.
    fn hear(&mut self, count: usize) {
        while self.printed.matches("ACK ").count() < count {
            assert!(self.output.read_line(&mut self.printed).unwrap() > 0, "it ended: {}", self.printed);
        }
    }

    /// What it acknowledged before it died.
    fn bury(mut self) -> Vec<String> {
        self.output.read_to_string(&mut self.printed).unwrap();
        let mut errors = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert!(!errors.contains("panicked"), "{errors}");
        self.process.wait().unwrap();
        let whole_lines = self.printed.rsplit_once('\n').map_or("", |(lines, _)| lines);
        whole_lines
            .lines()
            .filter_map(|line| line.split_once("ACK ").map(|(_, name)| name.to_owned()))
            .collect()
    }
}

#[test]
#[ignore = "the child of the test above; it writes until it is killed"]
fn hammer() {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else {
        return;
    };
    let seed: u64 = std::env::var(SEED_VARIABLE).unwrap().parse().unwrap();
    let bench = Bench::new(seed.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let log = bench.open_local(Path::new(&folder));
    let acknowledge = |line: String| std::io::stdout().write_all(format!("ACK {line}\n").as_bytes()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        loop {
            let opening = bench.opening();
            let id = opening.ask;
            let begun = log.begin(opening).unwrap();
            begun.durable().await.unwrap();
            acknowledge(format!("opened {id}"));
            begun.close(closing()).await.unwrap();
            acknowledge(format!("closed {id}"));
        }
    });
}
