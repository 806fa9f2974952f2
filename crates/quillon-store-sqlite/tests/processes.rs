//! Several processes share one store, and a killed one loses nothing that was acknowledged.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use quillon_base::FaultCode;
use quillon_store::Store;

use crate::support::{all, block_on, child, finish, folder, given, lasting, noise, open, raw};

const WRITERS: u32 = 3;
const RECORDS_EACH: u32 = 40;
const KILLS: u32 = 30;
const FIRST_VARIABLE: &str = "QUILLON_STORE_FIRST_RECORD";

#[test]
fn processes_that_begin_at_once_share_it() {
    for _ in 0..5 {
        let (_keep, path) = folder();
        let spawn = |writer: u32| {
            let first = (writer * RECORDS_EACH).to_string();
            child("processes::write_some", &path).env(FIRST_VARIABLE, first).spawn().unwrap()
        };
        let writers: Vec<_> = (0..WRITERS).map(spawn).collect();
        for writer in writers {
            finish(writer);
        }
        let expected: Vec<_> = (0..WRITERS * RECORDS_EACH).map(|number| lasting(number, b"x")).collect();
        block_on(async {
            let store = open(&path).await;
            assert_eq!(all(&store).await, expected);
            assert_eq!(store.verify().await, Ok(expected.len() as u64));
            store.close().await;
        });
        let left: Vec<_> =
            std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["device.db"], "something was left beside the store");
    }
}

#[test]
#[ignore = "a child of the test above"]
fn write_some() {
    let Some(path) = given() else { return };
    let first: u32 = std::env::var(FIRST_VARIABLE).unwrap().parse().unwrap();
    block_on(async {
        let store = open(&path).await;
        for number in first..first + RECORDS_EACH {
            store.put(lasting(number, b"x")).await.unwrap();
        }
        store.close().await;
    });
}

#[test]
fn a_killed_process_loses_nothing_that_was_acknowledged() {
    let (_keep, path) = folder();
    let mut acknowledged = BTreeSet::new();
    for kill in 0..KILLS {
        let first = (kill * 10_000).to_string();
        let mut writer =
            child("processes::write_until_killed", &path).env(FIRST_VARIABLE, first).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + u64::from(kill) * 2));
        writer.kill().unwrap();
        let mut printed = String::new();
        writer.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        writer.wait().unwrap();
        let whole_lines = printed.rsplit_once('\n').map_or("", |(lines, _)| lines);
        acknowledged
            .extend(whole_lines.lines().filter_map(|line| line.split_once("ACK ")?.1.parse::<u32>().ok()));
    }
    assert!(acknowledged.len() > 100, "only {} records were acknowledged", acknowledged.len());
    block_on(async {
        let store = open(&path).await;
        store.verify().await.unwrap();
        for number in acknowledged {
            let record = lasting(number, &noise(number, 6_000));
            assert_eq!(
                store.get(record.class, record.id).await.unwrap(),
                Some(record),
                "record {number} is lost"
            );
        }
    });
}

#[test]
#[ignore = "a child of the test above; it writes until it is killed"]
fn write_until_killed() {
    let Some(path) = given() else { return };
    let first: u32 = std::env::var(FIRST_VARIABLE).unwrap().parse().unwrap();
    block_on(async {
        let store = open(&path).await;
        for number in first.. {
            store.put(lasting(number, &noise(number, 6_000))).await.unwrap();
            std::io::stdout().write_all(format!("ACK {number}\n").as_bytes()).unwrap();
        }
    });
}

#[test]
fn a_lock_that_another_process_keeps_is_waited_for_and_then_told() {
    let (_keep, path) = folder();
    block_on(async {
        let store = open(&path).await;
        store.put(lasting(1, b"x")).await.unwrap();
        let mut holder = child("processes::hold_the_lock", &path).spawn().unwrap();
        let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("HELD")));
        let started = Instant::now();
        let fault = store.put(lasting(2, b"x")).await.unwrap_err();
        let waited = started.elapsed();
        assert_eq!(fault.code, FaultCode::Locked, "{fault}");
        assert!((4..8).contains(&waited.as_secs()), "waited for {waited:?}");
        assert_eq!(all(&store).await.len(), 1, "a reader does not wait");
        // A holder that lets go in time is waited for.
        let mut stdin = holder.stdin.take().unwrap();
        let release = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            stdin.write_all(b"go\n").unwrap();
        });
        store.put(lasting(2, b"x")).await.unwrap();
        release.join().unwrap();
        assert!(holder.wait().unwrap().success());
    });
}

#[test]
#[ignore = "a child of the test above"]
fn hold_the_lock() {
    let Some(path) = given() else { return };
    block_on(async {
        let mut connection = raw(&path).await;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        std::io::stdout().write_all(b"HELD\n").unwrap();
        std::io::stdin().read_line(&mut String::new()).unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
    });
}
