//! What becomes of a file that is replaced, and of everything around it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use quillon_base::FaultCode;
use quillon_host::{Before, WorkspaceFiles};
use rustix::fs::{FlockOperation, flock};

use crate::support::{Machine, everything, path, put, walked};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn write(files: &dyn WorkspaceFiles, name: &str, content: &[u8], before: Before) -> Result<(), FaultCode> {
    files.write(&path(name), content, before).map_err(|fault| fault.code)
}

#[test]
fn permissions_stay_and_new_files_are_not_for_all_to_write() {
    let machine = Machine::new();
    let files = machine.open();
    for bits in [0o755, 0o600, 0o640, 0o666, 0o4755] {
        put(&machine.inside("a"), b"a");
        fs::set_permissions(machine.inside("a"), Permissions::from_mode(bits)).unwrap();
        assert_eq!(write(&*files, "a", b"b", Before::of(b"a")), Ok(()));
        assert_eq!(mode(&machine.inside("a")), bits & 0o777, "{bits:o}");
    }
    assert_eq!(write(&*files, "new/b", b"", Before::Absent), Ok(()));
    let new = mode(&machine.inside("new/b"));
    assert_eq!((new & !0o644, new & 0o600), (0, 0o600), "{new:o}");
}

#[test]
fn the_owner_stays_when_root_writes() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let machine = Machine::new();
    put(&machine.inside("a"), b"a");
    std::os::unix::fs::chown(machine.inside("a"), Some(1234), Some(2345)).unwrap();
    assert_eq!(write(&*machine.open(), "a", b"b", Before::of(b"a")), Ok(()));
    let now = fs::metadata(machine.inside("a")).unwrap();
    assert_eq!((now.uid(), now.gid(), now.len()), (1234, 2345, 1));
}

#[test]
fn a_file_that_nobody_may_write_is_left_alone() {
    let machine = Machine::new();
    put(&machine.inside("a"), b"a");
    fs::set_permissions(machine.inside("a"), Permissions::from_mode(0o444)).unwrap();
    assert_eq!(write(&*machine.open(), "a", b"b", Before::of(b"a")), Err(FaultCode::FileUnreadable));
    assert_eq!(fs::read(machine.inside("a")).unwrap(), b"a");
}

#[test]
fn other_names_of_the_file_keep_the_old_content() {
    let machine = Machine::new();
    put(&machine.at("outside/store"), b"shared");
    fs::hard_link(machine.at("outside/store"), machine.inside("a")).unwrap();
    assert_eq!(write(&*machine.open(), "a", b"mine", Before::of(b"shared")), Ok(()));
    assert_eq!(fs::read(machine.at("outside/store")).unwrap(), b"shared");
}

#[test]
fn a_reader_sees_the_old_content_or_the_new_one() {
    let machine = Machine::new();
    let contents = [vec![b'a'; 100_000], vec![b'b'; 200_000]];
    put(&machine.inside("a"), &contents[0]);
    let files = machine.open();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for round in 0..60 {
                let (old, new) = (&contents[round % 2], &contents[(round + 1) % 2]);
                assert_eq!(write(&*files, "a", new, Before::of(old)), Ok(()));
            }
        });
        while !writing.is_finished() {
            let read = files.read(&path("a"), 1_000_000).unwrap().bytes;
            assert!(contents.contains(&read), "{} bytes", read.len());
        }
    });
    assert_eq!(walked(&*files, &everything()).0, ["a"]);
}

#[test]
fn another_program_that_writes_meanwhile_is_noticed() {
    let machine = Machine::new();
    let files = machine.open();
    let large = vec![b'x'; 20_000_000];
    let is_fresh = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".quillon-");
    let mut noticed = 0;
    // The other program is rarely so unlucky as to come too late, and then there is nothing to see.
    for _ in 0..20 {
        put(&machine.inside("a"), b"a");
        let written = std::thread::scope(|scope| {
            let writing = scope.spawn(|| write(&*files, "a", &large, Before::of(b"a")));
            while !writing.is_finished() {
                let mut names = fs::read_dir(machine.inside("")).unwrap().flatten();
                if names.any(|entry| is_fresh(&entry.file_name())) {
                    fs::write(machine.inside("a"), b"theirs").unwrap();
                    break;
                }
            }
            writing.join().unwrap()
        });
        if written.is_err() {
            assert_eq!(written, Err(FaultCode::FileChanged));
            assert_eq!(fs::read(machine.inside("a")).unwrap(), b"theirs");
            noticed += 1;
            break;
        }
    }
    assert_eq!(noticed, 1);
    assert_eq!(walked(&*files, &everything()).0, ["a"], "what was to replace it is gone");
}

#[test]
fn a_folder_that_another_writer_holds_is_waited_for_and_then_given_up() {
    let machine = Machine::new();
    put(&machine.inside("a"), b"a");
    let held = File::open(machine.inside("")).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    let files = machine.open();
    assert_eq!(write(&*files, "a", b"b", Before::of(b"a")), Err(FaultCode::Locked));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            drop(held);
        });
        assert_eq!(write(&*files, "a", b"b", Before::of(b"a")), Ok(()));
    });
}

/// A disk of its own that is soon full; only root may make one, and not everywhere.
struct SmallDisk<'m>(&'m Path);

impl<'m> SmallDisk<'m> {
    fn mount(folder: &'m Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(folder).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).output();
    }
}

#[test]
fn a_full_disk_harms_nothing() {
    let machine = Machine::new();
    let folder = machine.inside("disk");
    fs::create_dir(&folder).unwrap();
    let Some(_disk) = SmallDisk::mount(&folder) else { return };
    put(&folder.join("a"), b"a");
    let files = machine.open_at(&folder);
    let large = vec![b'x'; 1_000_000];
    assert_eq!(write(&*files, "a", &large, Before::of(b"a")), Err(FaultCode::DiskFull));
    assert_eq!(write(&*files, "b", &large, Before::Absent), Err(FaultCode::DiskFull));
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a"], "nothing is left behind");
    assert_eq!(fs::read(folder.join("a")).unwrap(), b"a");
    assert_eq!(write(&*files, "a", b"small", Before::of(b"a")), Ok(()));
    let paths = quillon_host_local::LocalPaths {
        config: folder.join("config"),
        cache: folder.join("cache"),
        home: None,
    };
    let host = quillon_host_local::LocalHost::new(paths);
    let written = quillon_host::Host::write_private(&host, "settings.json", &large);
    assert_eq!(written.map_err(|fault| fault.code), Err(FaultCode::DiskFull));
}
