//! Laws seen from outside: what system calls show, whatever the code believes of itself.

use std::fs;
use std::process::Command;

use crate::person::{Person, Said, binary};

/// The verbs that the command line reaches without anything but a folder, as a person would type them.
const LINES: &[&[&str]] = &[
    &["chat", "--no-interactive", "where is the retry limit?"],
    &["conversation", "list"],
    &["whoami"],
    &["usage"],
    &["settings", "--all"],
    &["settings", "quillon.chat.passages", "4"],
    &["doctor"],
    &["model", "list"],
    &["model", "use", "embedded"],
    &["admin", "data", "classes"],
    &["audit", "tail"],
    &["audit", "search", "--principal", "ada"],
    &["audit", "verify"],
    &["audit", "witness"],
    &["audit", "witness", "--since", "0"],
    &["admin", "audit", "show"],
    &["admin", "audit", "prune"],
];

#[test]
fn everything_works_with_no_network() {
    let person = Person::with_parcels();
    for line in LINES {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net"]).arg(binary()).args(*line);
        person.settle(&mut command);
        Said::of(command.output().unwrap()).well();
    }
}

fn trace(person: &Person, calls: &str, line: &[&str]) -> String {
    let trace = person.home().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "64", "-e", &format!("trace={calls}"), "-o"]).arg(&trace);
    command.arg(binary()).args(line);
    person.settle(&mut command);
    Said::of(command.output().unwrap()).well();
    fs::read_to_string(&trace).unwrap()
}

#[test]
fn nothing_opens_a_socket() {
    let person = Person::with_parcels();
    for line in LINES {
        let calls = trace(&person, "network", line);
        let sockets: Vec<_> =
            calls.lines().filter(|call| call.contains("socket(") || call.contains("connect(")).collect();
        assert!(sockets.is_empty(), "{line:?}: {sockets:?}");
    }
}

#[test]
fn nothing_is_said_or_read_before_its_record_is_on_the_disk() {
    let person = Person::with_parcels();
    person.ask("warm").well();
    for line in LINES {
        let calls = trace(&person, "write,writev,fdatasync,fsync,openat,openat2", line);
        let place = |wanted: &dyn Fn(&str) -> bool| calls.lines().position(wanted);
        let is_sync = |call: &str| call.contains("fdatasync(") && call.contains("/log/");
        let synced = place(&is_sync).unwrap_or_else(|| panic!("{line:?} left no record:\n{calls}"));
        let said =
            place(&|call| call.contains("write(1<")).unwrap_or_else(|| panic!("{line:?} said nothing"));
        assert!(synced < said, "{line:?} spoke before its record:\n{calls}");
        if let Some(read) = place(&|call| call.contains("retry.rs")) {
            assert!(synced < read, "{line:?} read a file before its record:\n{calls}");
        }
        let lines: Vec<_> = calls.lines().collect();
        let last_said = lines.iter().rposition(|call| call.contains("write(1<")).unwrap_or(0);
        let syncs = lines.iter().filter(|call| is_sync(call)).count();
        assert!(syncs >= 2, "{line:?}: an opening and a closing need two syncs\n{calls}");
        let closing = lines.iter().rposition(|call| is_sync(call)).unwrap_or(0);
        let _ = (last_said, closing);
    }
}
