//! A keyring that is there and open.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use quillon_base::FaultCode;
use quillon_vault::{RootKey, conformance};
use quillon_vault_keyring::{IfMissing, KeyringRootKey};

use crate::desktop::{
    Keyring, at_a_desktop, default_collection, is_inside, itself, lock, make_collection_without_password,
    open, plant, root_keys, talk,
};

const CONTEXT: &[u8] = b"branch+local+device+report+seal+1";
const MAKERS: usize = 6;

#[test]
fn conforms() {
    at_a_desktop("keyring::conform");
}

#[test]
#[ignore = "the other half of the test above"]
fn conform() {
    if !is_inside() {
        return;
    }
    let _keyring = Keyring::unlocked();
    assert!(KeyringRootKey::is_available());
    assert_eq!(root_keys().0, 0, "asking whether it is available makes nothing");
    conformance::root_key(|| Arc::new(open(IfMissing::Create).unwrap()));
    let (count, says) = root_keys();
    let says = String::from_utf8(says.unwrap()).unwrap();
    assert_eq!(count, 1, "one root key for every opening");
    assert!(says.starts_with("quillon-root-key-1 "), "{says}");
    assert_eq!(open(IfMissing::Refuse).unwrap().id(), "keyring");
}

#[test]
fn outlives_the_keyrings_process() {
    at_a_desktop("keyring::outlive");
}

#[test]
#[ignore = "the other half of the test above"]
fn outlive() {
    if !is_inside() {
        return;
    }
    let keyring = Keyring::unlocked();
    let wrapped = open(IfMissing::Create).unwrap().wrap(&[7; 32], CONTEXT).unwrap();
    drop(keyring);
    let _keyring = Keyring::unlocked();
    let root = open(IfMissing::Refuse).unwrap();
    assert_eq!(root.unwrap(&wrapped, CONTEXT).unwrap().expose(), &[7; 32]);
}

#[test]
fn a_keyring_that_opens_by_itself_is_opened() {
    at_a_desktop("keyring::open_by_itself");
}

#[test]
#[ignore = "the other half of the test above"]
fn open_by_itself() {
    if !is_inside() {
        return;
    }
    let _keyring = Keyring::locked();
    make_collection_without_password();
    lock();
    open(IfMissing::Create).unwrap();
    lock();
    open(IfMissing::Refuse).unwrap();
    lock();
    assert!(KeyringRootKey::is_available());
}

#[test]
fn opens_inside_a_runtime_too() {
    at_a_desktop("keyring::open_inside_a_runtime");
}

#[test]
#[ignore = "the other half of the test above"]
fn open_inside_a_runtime() {
    if !is_inside() {
        return;
    }
    let _keyring = Keyring::unlocked();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        assert!(KeyringRootKey::is_available());
        open(IfMissing::Create).unwrap();
    });
}

#[test]
fn processes_that_begin_at_once_get_one_key() {
    at_a_desktop("keyring::begin_at_once");
}

#[test]
#[ignore = "the other half of the test above"]
fn begin_at_once() {
    if !is_inside() {
        return;
    }
    let keyring = Keyring::unlocked();
    let home = std::path::PathBuf::from(std::env::var_os("HOME").unwrap());
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").unwrap();
    let start = |_| {
        let mut command = itself("keyring::make_and_say", &home, &[]);
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus).spawn().unwrap()
    };
    let makers: Vec<_> = (0..MAKERS).map(start).collect();
    let said: Vec<_> = makers.into_iter().map(|maker| maker.wait_with_output().unwrap()).collect();
    let root = open(IfMissing::Refuse).unwrap();
    assert_eq!(root_keys().0, 1, "more than one root key was made");
    for output in said {
        let text = String::from_utf8(output.stdout).unwrap();
        let hex = text.lines().find_map(|line| line.split_once("WRAPPED ")).expect(&text).1;
        let wrapped: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        assert_eq!(root.unwrap(&wrapped, CONTEXT).unwrap().expose(), &[9; 32]);
    }
    drop(keyring);
}

#[test]
#[ignore = "a process of the test above"]
fn make_and_say() {
    if !is_inside() {
        return;
    }
    let wrapped = open(IfMissing::Create).unwrap().wrap(&[9; 32], CONTEXT).unwrap();
    let hex: String = wrapped.iter().map(|byte| format!("{byte:02x}")).collect();
    std::io::stdout().write_all(format!("WRAPPED {hex}\n").as_bytes()).unwrap();
}

#[test]
fn waits_for_the_one_that_makes_it() {
    at_a_desktop("keyring::wait_for_the_maker");
}

#[test]
#[ignore = "the other half of the test above"]
fn wait_for_the_maker() {
    if !is_inside() {
        return;
    }
    let _keyring = Keyring::unlocked();
    let maker = std::thread::spawn(|| {
        talk(async |bus| {
            bus.request_name("org.quillon.RootKeyMaker").await?;
            tokio::time::sleep(Duration::from_millis(700)).await;
            Ok(())
        })
        .unwrap();
    });
    std::thread::sleep(Duration::from_millis(200));
    let opener = std::thread::spawn(|| open(IfMissing::Create).map(|_| ()));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(root_keys().0, 0, "it did not wait");
    maker.join().unwrap();
    opener.join().unwrap().unwrap();
    assert_eq!(root_keys().0, 1);
}

#[test]
fn a_damaged_or_doubled_root_key_is_refused() {
    at_a_desktop("keyring::damage_and_double");
}

#[test]
#[ignore = "the other half of the test above"]
fn damage_and_double() {
    if !is_inside() {
        return;
    }
    let _keyring = Keyring::unlocked();
    assert_ne!(default_collection().as_str(), "/");
    open(IfMissing::Create).unwrap();
    let good = String::from_utf8(root_keys().1.unwrap()).unwrap();
    for bad in ["", "quillon-root-key-1", &good[..good.len() - 1], &format!("{good}0")] {
        plant(bad, true);
        let fault = open(IfMissing::Create).err().unwrap();
        assert_eq!(
            (fault.code, fault.message.as_str()),
            (FaultCode::KeyUnusable, "the root key in the keyring is damaged")
        );
        assert_eq!(root_keys().1.as_deref(), Some(bad.as_bytes()), "a damaged root key was touched");
    }
    plant(&good, true);
    open(IfMissing::Refuse).unwrap();
    plant(&good, false);
    let fault = open(IfMissing::Create).err().unwrap();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (FaultCode::KeyUnusable, "the keyring holds 2 root keys")
    );
}
