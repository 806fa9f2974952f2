//! Hundreds of kills of real processes on real files: no acknowledged record is lost.
//!
//! A child is this test program running [`hammer`]; it prints the name of each record once that is durable.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use quillon_audit::LocalLayer;
use quillon_audit::verify::verify;

use crate::crash::name;
use crate::support::{Bench, TestEntropy, closing, crash_count, entries, folder, reader};

const FOLDER_VARIABLE: &str = "QUILLON_HAMMER_FOLDER";
const SEED_VARIABLE: &str = "QUILLON_HAMMER_SEED";

#[test]
fn no_acknowledged_record_is_lost_in_hundreds_of_kills() {
    let (_keep, folder) = folder();
    let random = TestEntropy::new(5);
    let mut acknowledged = BTreeSet::new();
    let mut kills = 0;
    // A busy machine or a slow disk acknowledges less in the same time; then the processes live longer.
    let mut micros_at_least = 8_000;
    let kills_wanted = crash_count();
    while kills < kills_wanted {
        if acknowledged.len() < 3 * kills {
            micros_at_least = (micros_at_least + 500).min(100_000);
        }
        // One process at a time, and now and then two that share the ledger.
        let children = 1 + usize::from(kills % 5 == 0);
        let mut running: Vec<_> = (0..children).map(|child| start(&folder, kills * 10 + child)).collect();
        for child in &mut running {
            std::thread::sleep(Duration::from_micros(micros_at_least + random.below(20_000) as u64));
            child.kill().unwrap();
            kills += 1;
        }
        for mut child in running {
            let mut printed = String::new();
            child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
            let mut errors = String::new();
            child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            assert!(!errors.contains("panicked"), "{errors}");
            child.wait().unwrap();
            let whole_lines = printed.rsplit_once('\n').map_or("", |(lines, _)| lines);
            let names = whole_lines
                .lines()
                .filter_map(|line| line.split_once("ACK ").map(|(_, name)| name.to_owned()));
            acknowledged.extend(names);
        }
    }
    drop(Bench::new(77).open_local(&folder));
    let reader = reader(Arc::new(LocalLayer), &folder);
    let found: BTreeSet<String> = entries(&reader).into_iter().filter_map(name).collect();
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    let problems = verify(&reader, None).unwrap().problems;
    assert!(problems.iter().all(|problem| problem.message.contains("torn by a crash")), "{problems:?}");
    assert!(acknowledged.len() > 2 * kills_wanted, "only {} records were acknowledged", acknowledged.len());
}

fn start(folder: &Path, seed: usize) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["kill::hammer", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER_VARIABLE, folder)
        .env(SEED_VARIABLE, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
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
