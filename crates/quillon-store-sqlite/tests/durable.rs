//! What `put` returned for is on the disk: seen from outside, by the system calls.

use std::io::Write;
use std::process::Command;

use quillon_store::Store;

use crate::support::{block_on, finish, folder, give, given, lasting, open};

#[test]
fn the_log_is_flushed_before_put_and_delete_return() {
    let (keep, path) = folder();
    let trace = keep.path().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o"]).arg(&trace);
    command.arg(std::env::current_exe().unwrap());
    command.args(["durable::put_and_say_so", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    give(&mut command, &path);
    finish(command.spawn().expect("`strace`, which `cargo xtask test` installs"));
    let trace = std::fs::read_to_string(&trace).unwrap();
    let part = |from: &str, to: &str| {
        let start = trace.find(&format!("\"{from}\\n\"")).expect("the child says where it is");
        let end = trace.find(&format!("\"{to}\\n\"")).expect("the child says where it is");
        trace[start..end].lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for (from, to) in [("MADE", "FIRST"), ("FIRST", "SECOND"), ("SECOND", "REMOVED")] {
        let calls = part(from, to);
        let of_log = |line: &String| line.contains("device.db-wal>");
        let wrote = calls.iter().rposition(|line| of_log(line) && line.contains("write"));
        let synced = calls.iter().rposition(|line| of_log(line) && line.contains("sync("));
        assert!(wrote.is_some() && wrote < synced, "{from} to {to}: {calls:#?}");
    }
    let made = &trace[..trace.find("\"MADE\\n\"").unwrap()];
    assert!(
        made.lines().any(|line| line.contains("sync(") && line.contains("/store>")),
        "the folder: {made}"
    );
}

#[test]
#[ignore = "a child of the test above"]
fn put_and_say_so() {
    let Some(path) = given() else { return };
    let say = |word: &str| std::io::stdout().write_all(format!("{word}\n").as_bytes()).unwrap();
    block_on(async {
        let store = open(&path).await;
        say("MADE");
        store.put(lasting(1, b"x")).await.unwrap();
        say("FIRST");
        store.put(lasting(2, b"x")).await.unwrap();
        say("SECOND");
        store.delete(lasting(1, b"").class, lasting(1, b"").id).await.unwrap();
        say("REMOVED");
    });
}
