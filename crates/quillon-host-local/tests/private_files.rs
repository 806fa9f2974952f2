//! Quillon's own folder: for its owner only, and a plain word when it cannot be used.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use quillon_base::FaultCode;
use quillon_host::Host;
use quillon_host_local::{LocalHost, LocalPaths};

use crate::support::{Machine, put};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn they_are_for_their_owner_only() {
    let machine = Machine::new();
    assert_eq!(machine.host.read_private("settings.json"), Ok(None));
    assert!(!machine.at("config").exists(), "looking makes nothing");
    machine.host.write_private("settings.json", b"{}").unwrap();
    assert_eq!(mode(&machine.at("config/quillon")), 0o700);
    assert_eq!(mode(&machine.at("config/quillon/settings.json")), 0o600);
    fs::set_permissions(machine.at("config/quillon/settings.json"), fs::Permissions::from_mode(0o644))
        .unwrap();
    machine.host.write_private("settings.json", b"{\"a\":1}").unwrap();
    assert_eq!(mode(&machine.at("config/quillon/settings.json")), 0o600);
    assert_eq!(fs::read_dir(machine.at("config/quillon")).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn a_link_to_where_someone_keeps_their_settings_stays_one() {
    let machine = Machine::new();
    put(&machine.at("outside/settings.json"), b"{}");
    fs::create_dir_all(machine.at("config/quillon")).unwrap();
    symlink(machine.at("outside/settings.json"), machine.at("config/quillon/settings.json")).unwrap();
    assert_eq!(machine.host.read_private("settings.json"), Ok(Some(b"{}".to_vec())));
    machine.host.write_private("settings.json", b"{\"a\":1}").unwrap();
    assert!(machine.at("config/quillon/settings.json").is_symlink());
    assert_eq!(fs::read(machine.at("outside/settings.json")).unwrap(), b"{\"a\":1}");
    symlink("nowhere", machine.at("config/quillon/dangling")).unwrap();
    let fault = machine.host.write_private("dangling", b"").unwrap_err();
    assert_eq!(fault.code, FaultCode::HomeUnusable);
}

#[test]
fn a_folder_that_cannot_be_used_is_said_so() {
    let machine = Machine::new();
    put(&machine.at("file"), b"");
    // Permission bits do not hold root back; a file in the way and a folder of the system do.
    for config in [machine.at("file/quillon"), machine.at("file"), "/proc/quillon".into()] {
        let host =
            LocalHost::new(LocalPaths { config: config.clone(), cache: machine.at("cache"), home: None });
        let fault = host.write_private("settings.json", b"{}").unwrap_err();
        assert_eq!(fault.code, FaultCode::HomeUnusable, "{config:?}");
        assert!(fault.hint.is_some_and(|hint| hint.contains("`QUILLON_HOME`")));
        assert!(!fault.message.contains("file"), "the path is for the operator");
    }
    put(&machine.at("config/quillon/settings.json/inside"), b"");
    for fault in [
        machine.host.read_private("settings.json").unwrap_err(),
        machine.host.write_private("settings.json", b"{}").unwrap_err(),
    ] {
        assert_eq!(fault.code, FaultCode::HomeUnusable, "a folder of that name is in the way");
    }
}

#[test]
fn originals_do_not_lead_out_of_their_folder() {
    let machine = Machine::new();
    put(&machine.at("home/.aws/credentials"), b"secret");
    put(&machine.at("home/.aws/amazonq/real.json"), b"{}");
    symlink("../credentials", machine.at("home/.aws/amazonq/link.json")).unwrap();
    symlink("real.json", machine.at("home/.aws/amazonq/inside.json")).unwrap();
    let read = |path: &str| machine.host.read_original(path).map_err(|fault| fault.code);
    assert_eq!(read("link.json"), Err(FaultCode::FileOutside));
    assert_eq!(read("../credentials"), Err(FaultCode::FileOutside));
    assert_eq!(read("inside.json"), Ok(Some(b"{}".to_vec())));
    assert_eq!(read("real.json/x"), Ok(None));
    let homeless =
        LocalHost::new(LocalPaths { config: machine.at("config"), cache: machine.at("cache"), home: None });
    assert_eq!(homeless.read_original("real.json"), Ok(None));
}
