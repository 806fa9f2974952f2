//! Links and swapped folders: nothing leads out.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use quillon_base::FaultCode;
use quillon_host::Before;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::support::{Machine, everything, path, put, read, walked};

const SECRET: &[u8] = b"what lies outside";

/// A workspace with a file, and a secret beside it.
fn machine() -> Machine {
    let machine = Machine::new();
    put(&machine.inside("a.txt"), b"a");
    put(&machine.inside("src/b.rs"), b"b");
    put(&machine.at("outside/secret"), SECRET);
    machine
}

#[test]
fn links_are_followed_as_far_as_they_stay_inside() {
    let machine = machine();
    let link = |to: &str, from: &str| symlink(to, machine.inside(from)).unwrap();
    link("a.txt", "file");
    link("src", "folder");
    link("../a.txt", "src/up");
    link("folder/../src/../a.txt", "winding");
    link(".", "self");
    let files = machine.open();
    for name in ["file", "src/up", "folder/up", "winding", "self/self/a.txt"] {
        assert_eq!(read(&*files, name), Ok(b"a".to_vec()), "{name}");
    }
    assert_eq!(read(&*files, "folder/b.rs"), Ok(b"b".to_vec()));
    let expected = (vec!["a.txt".to_owned(), "src/b.rs".to_owned()], Vec::new());
    assert_eq!(walked(&*files, &everything()), expected, "what a link leads to is listed under its own name");
    let below = quillon_host::WalkOptions { below: Some(path("folder")), ..everything() };
    assert_eq!(walked(&*files, &below).0, ["src/b.rs"]);
}

#[test]
fn links_that_lead_out_lead_nowhere() {
    let machine = machine();
    let link = |to: &str, from: &str| symlink(to, machine.inside(from)).unwrap();
    link("../outside/secret", "relative");
    link(machine.at("outside/secret").to_str().unwrap(), "absolute");
    link(machine.inside("a.txt").to_str().unwrap(), "absolute-inside");
    link("../outside", "folder");
    link(machine.at("outside").to_str().unwrap(), "absolute-folder");
    link("../../outside", "src/folder");
    link("/proc/self/root", "magic");
    link("/dev/zero", "device");
    link("circle-b", "circle-a");
    link("circle-a", "circle-b");
    link("nowhere", "dangling");
    let files = machine.open();
    let out = [
        "absolute",
        "absolute-folder/secret",
        "absolute-inside",
        "circle-a",
        "circle-b",
        "device",
        "folder/secret",
        "magic/etc/passwd",
        "relative",
        "src/folder/secret",
    ];
    for name in out {
        assert_eq!(read(&*files, name), Err(FaultCode::FileOutside), "{name}");
    }
    assert_eq!(read(&*files, "dangling"), Err(FaultCode::FileMissing));
    let skipped = [
        "absolute: LinkOutside",
        "absolute-folder: LinkOutside",
        "absolute-inside: LinkOutside",
        "circle-a: LinkOutside",
        "circle-b: LinkOutside",
        "dangling: LinkOutside",
        "device: LinkOutside",
        "folder: LinkOutside",
        "magic: LinkOutside",
        "relative: LinkOutside",
        "src/folder: LinkOutside",
    ];
    let found = walked(&*files, &everything());
    assert_eq!(found, (vec!["a.txt".to_owned(), "src/b.rs".to_owned()], skipped.map(str::to_owned).to_vec()));
    let below = quillon_host::WalkOptions { below: Some(path("folder")), ..everything() };
    assert_eq!(files.walk(&below, &|| false).map_err(|fault| fault.code).err(), Some(FaultCode::FileOutside));
}

#[test]
fn nothing_is_written_or_removed_through_a_link_that_leads_out() {
    let machine = machine();
    let link = |to: &str, from: &str| symlink(to, machine.inside(from)).unwrap();
    fs::create_dir_all(machine.inside(".git/hooks")).unwrap();
    link("../outside/secret", "secret");
    link("../outside/new", "new");
    link("nowhere", "dangling");
    link("../outside", "folder");
    link(".git/hooks", "hooks");
    link(".git", "git");
    link(".git/config", "config");
    put(&machine.inside(".git/config"), b"[core]");
    link("nowhere-folder", "dangling-folder");
    let files = machine.open();
    let write = |name: &str, before| files.write(&path(name), b"x", before).map_err(|fault| fault.code);
    let outside = Err(FaultCode::FileOutside);
    assert_eq!(write("secret", Before::of(SECRET)), outside);
    assert_eq!(write("secret", Before::Absent), outside);
    for name in ["new", "dangling", "folder/new", "folder/deep/er/new", "dangling-folder/new"] {
        assert_eq!(write(name, Before::Absent), outside, "{name}");
    }
    for name in ["hooks/pre-commit", "hooks/deep/er", "git/index", "git/hooks/pre-commit"] {
        assert_eq!(write(name, Before::Absent), outside, "{name}");
    }
    for name in ["config", "git/config"] {
        assert_eq!(write(name, Before::of(b"[core]")), outside, "{name}");
    }
    let remove = |name: &str, before| files.remove(&path(name), before).map_err(|fault| fault.code);
    assert_eq!(remove("git/config", Before::of(b"[core]")), outside);
    assert_eq!(remove("secret", Before::of(SECRET)), outside);
    assert_eq!(remove("folder/secret", Before::of(SECRET)), outside);
    assert_eq!(remove("dangling", Before::of(b"")), Err(FaultCode::FileMissing));
    let names = |folder: &str| fs::read_dir(machine.at(folder)).unwrap().count();
    assert_eq!((names("outside"), names("workspace/.git/hooks"), names("workspace/.git")), (1, 0, 2));
    assert_eq!(fs::read(machine.at("outside/secret")).unwrap(), SECRET);
    assert!(machine.inside("secret").is_symlink());
}

#[test]
fn a_write_replaces_what_a_link_leads_to_and_a_removal_takes_the_link() {
    let machine = machine();
    symlink("src/b.rs", machine.inside("link")).unwrap();
    symlink("src", machine.inside("folder")).unwrap();
    let files = machine.open();
    // By the link itself nothing is written: who decides must see where it leads.
    for (name, before) in
        [("link", Before::of(b"b")), ("folder/b.rs", Before::of(b"b")), ("folder/new", Before::Absent)]
    {
        assert_eq!(
            files.write(&path(name), b"c", before).map_err(|fault| fault.code),
            Err(FaultCode::FileChanged)
        );
    }
    let real = |name: &str| files.real_path(&path(name)).unwrap();
    assert_eq!(real("link"), path("src/b.rs"));
    assert_eq!(real("folder/deep/new"), path("src/deep/new"));
    files.write(&real("link"), b"c", Before::of(b"b")).unwrap();
    assert!(machine.inside("link").is_symlink());
    assert_eq!(fs::read(machine.inside("src/b.rs")).unwrap(), b"c");
    files.write(&real("folder/deep/new"), b"n", Before::Absent).unwrap();
    assert_eq!(fs::read(machine.inside("src/deep/new")).unwrap(), b"n");
    assert_eq!(
        files.remove(&path("link"), Before::of(b"b")).map_err(|fault| fault.code),
        Err(FaultCode::FileChanged)
    );
    files.remove(&path("link"), Before::of(b"c")).unwrap();
    assert!(!machine.inside("link").is_symlink());
    assert_eq!(fs::read(machine.inside("src/b.rs")).unwrap(), b"c");
}

#[test]
fn a_workspace_stays_the_folder_that_was_opened() {
    let machine = machine();
    let files = machine.open();
    fs::rename(machine.inside(""), machine.at("moved")).unwrap();
    symlink(machine.at("outside"), machine.at("workspace")).unwrap();
    assert_eq!(read(&*files, "a.txt"), Ok(b"a".to_vec()));
    assert_eq!(read(&*files, "secret"), Err(FaultCode::FileMissing));
    assert_eq!(walked(&*files, &everything()).0, ["a.txt", "src/b.rs"]);
    files.write(&path("new"), b"n", Before::Absent).unwrap();
    assert!(machine.at("moved/new").is_file() && !machine.at("outside/new").exists());
}

#[test]
fn a_folder_that_is_swapped_for_a_link_under_way_leads_nowhere() {
    let machine = machine();
    put(&machine.inside("swapped/secret"), b"inside");
    put(&machine.inside("swapped/deep/secret"), b"inside");
    put(&machine.at("outside/deep/secret"), SECRET);
    let files = machine.open();
    let is_done = AtomicBool::new(false);
    let (mut inside, mut refused, mut written) = (0, 0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let exchange = || {
                renameat_with(CWD, machine.inside("swapped"), CWD, machine.at("link"), RenameFlags::EXCHANGE)
            };
            symlink(machine.at("outside"), machine.at("link")).unwrap();
            while !is_done.load(Ordering::Relaxed) {
                exchange().unwrap();
                std::thread::yield_now();
            }
        });
        let _done = Done(&is_done);
        for round in 0..3_000 {
            for name in ["swapped/secret", "swapped/deep/secret"] {
                match files.read(&path(name), 1_000) {
                    Ok(file) => {
                        assert_eq!(file.bytes, b"inside", "round {round}");
                        inside += 1;
                    }
                    // How it is refused depends on where the kernel, or the sandbox, noticed.
                    Err(_) => refused += 1,
                }
            }
            if round % 10 == 0 {
                let new = path(&format!("swapped/deep/new-{round}"));
                written += u32::from(files.write(&new, b"x", Before::Absent).is_ok());
                // The walk may see the folder under either name, and never what is outside.
                for file in files.walk(&everything(), &|| false).unwrap().files {
                    let is_secret = file.path.as_str().ends_with("secret") && file.bytes != 6;
                    assert!(!is_secret, "round {round}: {}", file.path);
                }
            }
        }
    });
    assert!(inside > 0 && refused > 0 && written > 0, "{inside} {refused} {written}: nothing was raced");
    let outside: Vec<_> = fs::read_dir(machine.at("outside/deep")).unwrap().collect();
    assert_eq!(outside.len(), 1, "{outside:?}");
}

/// Ends the other thread also when an assertion fails.
struct Done<'d>(&'d AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
