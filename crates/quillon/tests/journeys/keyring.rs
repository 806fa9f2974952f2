//! The root key in the operating system's keyring: a real one on a bus of its own.

use std::process::Command;

use crate::person::{Person, Said, binary};

#[test]
fn the_root_key_can_be_kept_in_the_keyring() {
    let person = Person::with_parcels();
    person.run(&["settings", "quillon.keys", "keyring"]).well();
    // The ledger of before was signed under the file's key; the keyring is a fresh start.
    for folder in ["keys", "ledger", "store"] {
        let _ = std::fs::remove_dir_all(person.home().join(folder));
    }
    let script = "printf 'secret' | gnome-keyring-daemon --unlock --components=secrets >/dev/null; \
                  \"$1\" chat --no-interactive 'where is the retry limit?' && \"$1\" doctor && \"$1\" audit verify";
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-euc", script, "sh"]).arg(binary());
    person.settle(&mut command);
    let said = Said::of(command.output().unwrap()).well();
    assert!(said.out.contains("src/retry.rs:") && said.out.contains("keyring"), "{said:?}");
    assert!(!person.home().join("keys/root-1.key").exists(), "the root key lies in a file");
}

#[test]
fn without_a_keyring_the_setting_says_what_to_do() {
    let person = Person::with_parcels();
    person.run(&["settings", "quillon.keys", "keyring"]).well();
    person.run(&["whoami"]).with_fault(3, "key.unusable");
}
