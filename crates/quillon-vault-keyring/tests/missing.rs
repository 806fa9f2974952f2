//! A keyring that is not there, not open, or does not answer: told at once, with what to do, and without asking anybody.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use quillon_base::FaultCode;
use quillon_vault_keyring::{IfMissing, KeyringRootKey, PATIENCE};

use crate::desktop::{Keyring, at_a_desktop, finish, is_inside, itself, lock, open, root_keys};

/// Far below [`PATIENCE`]: what is clear is told at once.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Opening is refused with this sentence, and with a hint that names the setting where that helps.
#[track_caller]
fn refused(if_missing: IfMissing, sentence: &str, within: Duration) {
    let started = Instant::now();
    let fault = open(if_missing).err().expect("there is no root key to open");
    assert!(started.elapsed() < within, "took {:?}: {fault}", started.elapsed());
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (FaultCode::KeyUnusable, sentence),
        "{:?}",
        fault.detail()
    );
    assert!(fault.hint.is_some_and(|hint| hint.contains("`quillon.keys` to `file`")));
}

#[test]
fn no_bus_is_told() {
    let home = tempfile::tempdir().unwrap();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let addresses = [
        String::new(),
        format!("unix:path={}/no-such-bus", home.path().display()),
        "nonsense".to_owned(),
        format!("tcp:host=127.0.0.1,port={}", elsewhere.local_addr().unwrap().port()),
        format!("unixexec:path=touch,argv1={}/touched", home.path().display()),
    ];
    for address in addresses {
        let mut command = itself("missing::without_a_bus", home.path(), &[]);
        if !address.is_empty() {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        finish(command);
    }
    assert!(elsewhere.accept().is_err(), "an address over the network was tried");
    assert!(!home.path().join("touched").exists(), "an address that is a program was run");
}

#[test]
#[ignore = "the other half of the test above"]
fn without_a_bus() {
    if !is_inside() {
        return;
    }
    refused(IfMissing::Create, "there is no session bus, so the keyring cannot be reached", AT_ONCE);
    assert!(!KeyringRootKey::is_available());
}

#[test]
fn a_bus_without_a_keyring_is_told() {
    at_a_desktop("missing::without_a_keyring");
}

#[test]
#[ignore = "the other half of the test above"]
fn without_a_keyring() {
    if !is_inside() {
        return;
    }
    refused(IfMissing::Create, "no keyring answers on the session bus", AT_ONCE);
    assert!(!KeyringRootKey::is_available());
}

#[test]
fn a_locked_keyring_is_told_and_nobody_is_asked() {
    at_a_desktop("missing::locked");
}

#[test]
#[ignore = "the other half of the test above"]
fn locked() {
    if !is_inside() {
        return;
    }
    let keyring = Keyring::unlocked();
    lock();
    refused(IfMissing::Create, "the keyring is locked", AT_ONCE);
    assert!(!KeyringRootKey::is_available());
    drop(keyring);
    let keyring = Keyring::unlocked();
    open(IfMissing::Create).unwrap();
    lock();
    for if_missing in [IfMissing::Create, IfMissing::Refuse] {
        refused(if_missing, "the keyring is locked", AT_ONCE);
    }
    drop(keyring);
    // After a restart nobody has signed in yet.
    let keyring = Keyring::locked();
    refused(IfMissing::Refuse, "the keyring is locked", AT_ONCE);
    drop(keyring);
    let _keyring = Keyring::unlocked();
    open(IfMissing::Refuse).unwrap();
    assert_eq!(root_keys().0, 1);
}

#[test]
fn a_keyring_that_was_never_used_is_told() {
    at_a_desktop("missing::never_used");
}

#[test]
#[ignore = "the other half of the test above"]
fn never_used() {
    if !is_inside() {
        return;
    }
    let _keyring = Keyring::locked();
    refused(IfMissing::Create, "the keyring has no place for new secrets", AT_ONCE);
    assert!(!KeyringRootKey::is_available());
}

#[test]
fn a_root_key_that_is_missing_beside_wrapped_keys_is_told() {
    at_a_desktop("missing::beside_wrapped_keys");
}

#[test]
#[ignore = "the other half of the test above"]
fn beside_wrapped_keys() {
    if !is_inside() {
        return;
    }
    let _keyring = Keyring::unlocked();
    let sentence = "the root key is not in the keyring, but keys that it wrapped are there";
    refused(IfMissing::Refuse, sentence, AT_ONCE);
    assert_eq!(root_keys().0, 0, "one was made all the same");
}

#[test]
fn a_keyring_that_hangs_is_left() {
    at_a_desktop("missing::hanging");
}

#[test]
#[ignore = "the other half of the test above"]
fn hanging() {
    if !is_inside() {
        return;
    }
    let keyring = Keyring::unlocked();
    keyring.hang();
    let started = Instant::now();
    refused(IfMissing::Create, "the keyring did not answer in 5 seconds", PATIENCE + AT_ONCE);
    assert!(started.elapsed() >= PATIENCE);
}
