//! Every system call of a writer fails once, with every errno that a disk gives: nothing that was acknowledged is lost,
//! and nothing is acknowledged that is not there.
//!
//! A child is this test program running [`writer`] under strace, which makes the n-th call of a kind that touches the
//! ledger's folder fail. What is stated: the child goes on (an interrupted call is made again), or it stops and says so;
//! afterwards the ledger opens, is whole, and holds what was printed.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use quillon_audit::verify::verify;
use quillon_audit::{Entry, LocalLayer};

use crate::crash::name;
use crate::support::{Bench, closing, entries, folder, reader};

const FOLDER_VARIABLE: &str = "QUILLON_FAULT_FOLDER";
/// What a writer asks of the system about its files.
const CALLS: &[&str] =
    &["openat", "write", "fdatasync", "fsync", "flock", "ftruncate", "read", "rename", "unlink", "lseek"];
const ERRNOS: &[&str] = &["EIO", "ENOSPC", "EINTR", "EROFS"];
const ASKS: usize = 4;

/// What a child did.
struct Ran {
    acknowledged: BTreeSet<String>,
    finished: bool,
    calls: String,
}

fn run(ledger: &Path, inject: Option<String>) -> Ran {
    let trace = ledger.with_extension("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", &format!("trace={}", CALLS.join(",")), "-o"]).arg(&trace);
    // Only calls about the ledger: those of the loader and of the output are not a writer's.
    let paths =
        ["", "log", "log/00000000000000000000.qlog", "lock", "key.pub", "checkpoint", "reserve", "writers"];
    for path in paths {
        command.arg("-P").arg(if path.is_empty() { ledger.to_owned() } else { ledger.join(path) });
    }
    command.args(inject.iter().map(|rule| format!("--inject={rule}")));
    command.arg(std::env::current_exe().unwrap());
    command.args(["faults::writer", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    let output = command.env(FOLDER_VARIABLE, ledger).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!errors.contains("panicked"), "{inject:?}: {errors}");
    let names = said.lines().filter_map(|line| line.split_once("ACK ").map(|(_, name)| name.to_owned()));
    let acknowledged = names.collect();
    let calls = std::fs::read_to_string(&trace).unwrap_or_default();
    Ran { acknowledged, finished: said.contains("ALL WRITTEN"), calls }
}

/// A ledger in which a process died, so that recovery is among what can fail.
fn torn_ledger(base: &Path, number: usize) -> (PathBuf, BTreeSet<String>) {
    let ledger = base.join(format!("ledger-{number}"));
    let ran = run(&ledger, None);
    assert!(ran.finished && ran.acknowledged.len() == 2 * ASKS);
    let log = ledger.join("log/00000000000000000000.qlog");
    let mut file = std::fs::OpenOptions::new().append(true).open(log).unwrap();
    file.write_all(b"L\x10\0\0\0torn").unwrap();
    (ledger, ran.acknowledged)
}

/// Whether the fault was met: the calls of each thread are counted by themselves.
fn check(base: &Path, number: usize, call: &str, errno: &str, when: usize) -> bool {
    let (ledger, mut acknowledged) = torn_ledger(base, number);
    let rule = format!("{call}:error={errno}:when={when}");
    let ran = run(&ledger, Some(rule.clone()));
    let met = ran.calls.contains("(INJECTED)");
    if errno == "EINTR" && !matches!(call, "rename" | "unlink" | "lseek") {
        assert!(ran.finished, "{rule}: an interrupted call is made again");
    }
    acknowledged.extend(ran.acknowledged);
    // The disk is well again: the next process goes on, and leaves a record of what the last one could not write.
    let bench = Bench::new(900 + number as u64);
    let log = bench.open_local(&ledger);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(log.record(Entry::Refused(bench.opening()))).unwrap();
    drop(log);
    let reader = reader(Arc::new(LocalLayer), &ledger);
    let report = verify(&reader, None).unwrap();
    assert_eq!(report.problems, [], "{rule}");
    let found: BTreeSet<String> = entries(&reader).into_iter().filter_map(name).collect();
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "{rule} lost {lost:?}");
    met
}

/// How often a writer makes each call: every one of them can fail.
fn counts(base: &Path) -> Vec<(&'static str, usize)> {
    let (ledger, _) = torn_ledger(base, 0);
    let ran = run(&ledger, None);
    assert!(ran.finished);
    let made = |call: &str| ran.calls.lines().filter(|line| line.contains(&format!(" {call}("))).count();
    CALLS.iter().map(|call| (*call, made(call))).collect()
}

fn check_all(step: usize) {
    let (_keep, base) = folder();
    std::fs::create_dir_all(&base).unwrap();
    let counts = counts(&base);
    let made: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).map(|(call, _)| *call).collect();
    for call in ["openat", "write", "fdatasync", "fsync", "flock", "ftruncate", "read"] {
        assert!(made.contains(&call), "a writer makes no {call}: {counts:?}");
    }
    let (mut number, mut planted) = (1, 0);
    for (call, count) in counts {
        for when in (1..=count).step_by(step) {
            for errno in ERRNOS {
                planted += usize::from(check(&base, number, call, errno, when));
                std::fs::remove_dir_all(base.join(format!("ledger-{number}"))).unwrap();
                number += 1;
            }
        }
    }
    assert!(planted > 40, "only {planted} faults were planted");
}

#[test]
fn a_fault_at_a_spread_of_system_calls_loses_nothing() {
    check_all(5);
}

#[test]
#[ignore = "minutes; `cargo xtask bench ledger --kills COUNT` runs it"]
fn a_fault_at_every_system_call_loses_nothing() {
    check_all(1);
}

#[test]
#[ignore = "the child of the tests above"]
fn writer() {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else {
        return;
    };
    let seed = u64::from(std::process::id());
    let bench = Bench::new(seed.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let say = |line: String| std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
    let log = match bench.try_open(Arc::new(LocalLayer), Path::new(&folder)) {
        Ok(log) => log,
        Err(fault) => return say(format!("STOPPED {}", fault.code)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let written = runtime.block_on(async {
        for _ in 0..ASKS {
            let opening = bench.opening();
            let id = opening.ask;
            let begun = log.begin(opening)?;
            begun.durable().await?;
            say(format!("ACK opened {id}"));
            begun.close(closing()).await?;
            say(format!("ACK closed {id}"));
        }
        Ok::<_, quillon_base::Fault>(())
    });
    drop(log);
    say(written.map_or_else(|fault| format!("STOPPED {}", fault.code), |()| "ALL WRITTEN".into()));
}
