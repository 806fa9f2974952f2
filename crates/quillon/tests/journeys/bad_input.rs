//! Bad input is daily bread: each gets a code, a sentence and a hint, or an answer without it, and loses nothing.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::person::{Person, Said, binary};

#[test]
fn a_folder_that_is_not_there_and_an_empty_one() {
    let person = Person::with_parcels();
    person.run(&["review", "x"]).with_fault(3, "file.missing");
    let empty = Person::new();
    empty.ask("where is the retry limit?").well().says("embedded engine");
    let mut command = person.command(&["chat", "--no-interactive", "hello"]);
    let said = Said::of(command.current_dir("/").output().unwrap());
    said.with_fault(3, "workspace.missing");
}

#[test]
fn unreadable_enormous_and_foreign_files_are_left_out_and_said() {
    let person = Person::with_parcels();
    person.write("latin.txt", b"retry limit of the caf\xe9\n");
    person.write("noise.bin", [0u8, 159, 146, 150, 0, 1, 2, 3].repeat(1_000));
    person.write("broken.rs", b"fn retry(\xff\xfe { limit\n");
    let huge = fs::File::create(person.space().join("huge.rs")).unwrap();
    huge.set_len(11 * 1024 * 1024).unwrap();
    symlink("/etc/passwd", person.space().join("passwd")).unwrap();
    symlink("loop", person.space().join("loop")).unwrap();
    person.ask("where is the retry limit?").well().says("src/retry.rs:").says_not("root:");
}

#[test]
fn a_file_outside_the_folder_is_refused() {
    let person = Person::with_parcels();
    symlink("/etc/passwd", person.space().join("passwd")).unwrap();
    for path in ["passwd", "../home/settings.json", "/etc/passwd"] {
        let said = person.run(&["chat", "--no-interactive", &format!("what is in @{path} ?")]);
        assert!(!said.out.contains("root:"), "{said:?}");
        assert!(!said.err.contains("panicked"), "{said:?}");
    }
}

#[test]
fn a_home_that_cannot_be_used() {
    let person = Person::with_parcels();
    fs::write(person.home().join("file"), "x").unwrap();
    let mut command = person.command(&["chat", "--no-interactive", "hello"]);
    let said = Said::of(command.env("QUILLON_HOME", person.home().join("file/below")).output().unwrap());
    said.with_fault(3, "home.unusable");
    let mut command = person.command(&["whoami"]);
    let said = Said::of(command.env("QUILLON_HOME", "relative").output().unwrap());
    said.with_fault(3, "home.unusable");
    let mut command = person.command(&["whoami"]);
    let said = Said::of(command.env_remove("QUILLON_HOME").env_remove("HOME").output().unwrap());
    said.with_fault(3, "home.unusable");
}

/// Runs a script as root of its own user and mount namespace, where it may mount.
fn in_namespace(person: &Person, script: &str) -> Said {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-euc", script, "sh"]).arg(binary());
    person.settle(&mut command);
    Said::of(command.output().unwrap())
}

#[test]
fn a_read_only_home() {
    let person = Person::with_parcels();
    person.ask("where is the retry limit?").well();
    let script = "mount --bind \"$QUILLON_HOME\" \"$QUILLON_HOME\"; mount -o remount,bind,ro \"$QUILLON_HOME\"; \
                  exec \"$1\" chat --no-interactive 'where is the retry limit?'";
    let said = in_namespace(&person, script);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.is_empty() && said.err.contains("hint: "), "{said:?}");
    person.run(&["audit", "verify"]).well();
}

#[test]
fn a_full_disk_starts_nothing_and_loses_nothing() {
    let person = Person::with_parcels();
    // A home of a few pages: keys fit, a ledger's reserve does not last.
    let script = "mount -t tmpfs -o size=48k tmpfs \"$QUILLON_HOME\"; \
                  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do \
                  \"$1\" whoami >/dev/null 2>\"/tmp/quillon-full.$$\" || { cat \"/tmp/quillon-full.$$\" >&2; \
                  rm -f \"/tmp/quillon-full.$$\"; \"$1\" whoami; exit $?; }; done";
    let said = in_namespace(&person, script);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.is_empty(), "{said:?}");
    assert!(said.err.contains("[disk.full]") || said.err.contains("[audit.unavailable]"), "{said:?}");
}

#[test]
fn a_damaged_key_ledger_store_or_settings_file() {
    let damage = |path: &str, code: &str| {
        let person = Person::with_parcels();
        person.ask("where is the retry limit?").well();
        person.run(&["settings", "quillon.chat.passages", "4"]).well();
        let path = person.home().join(path);
        let path =
            if path.is_dir() { fs::read_dir(&path).unwrap().next().unwrap().unwrap().path() } else { path };
        let mut bytes = fs::read(&path).unwrap();
        // The brace of the settings, the middle of everything else.
        let place = if bytes[0] == b'{' { 0 } else { bytes.len() / 2 };
        bytes[place] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        let said = person.run(&["conversation", "list"]);
        assert!(!said.err.contains("panicked"), "{said:?}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{} was changed", path.display());
        said.with_fault(3, code);
    };
    damage("keys/root-1.key", "key.unusable");
    damage("ledger/local/device/log", "ledger.corrupt");
    damage("settings.json", "settings.corrupt");
}

#[test]
fn a_store_that_is_no_database_is_refused_and_kept() {
    let person = Person::with_parcels();
    person.ask("where is the retry limit?").well();
    let store = person.home().join("store/device.db");
    for beside in ["store/device.db-wal", "store/device.db-shm"] {
        let _ = fs::remove_file(person.home().join(beside));
    }
    fs::write(&store, b"this is no database, and there is a lot of it to read here").unwrap();
    person.run(&["conversation", "list"]).with_fault(3, "store.corrupt");
    assert!(fs::read(&store).unwrap().starts_with(b"this is no database"), "the file was changed");
}

#[test]
fn a_torn_ledger_tail_is_cut_recorded_and_kept() {
    let person = Person::with_parcels();
    person.ask("where is the retry limit?").well();
    let log = fs::read_dir(person.ledger().join("log")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&log).unwrap();
    bytes.extend_from_slice(b"\x17half a record");
    fs::write(&log, &bytes).unwrap();
    person.ask("where is the retry limit?").well();
    person.run(&["audit", "verify"]).well().says("The ledger is what was written");
    person.run(&["audit", "tail", "--count", "50"]).well().says("recovered from a crash");
}

#[test]
fn two_processes_at_once() {
    let person = Person::with_parcels();
    let run = || {
        let mut command = person.command(&["chat", "--no-interactive", "where is the retry limit?"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..6).map(|_| run()).collect();
    for child in children {
        Said::of(child.wait_with_output().unwrap()).well().says("src/retry.rs:");
    }
    person.run(&["audit", "verify"]).well();
}

#[test]
fn what_is_misspelt_gets_the_nearest() {
    let person = Person::new();
    person.run(&["settings", "quillon.chat.pasages", "8"]).with_fault(2, "setting.unknown");
    let said = person.run(&["chatt"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("chat"), "{said:?}");
    person.run(&["chat", "--no-interactive", "--model", "gpt", "x"]).with_fault(3, "model.unknown");
}
