//! What lies about in real folders: pipes, sockets, odd names, huge files, things that cannot be read.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use quillon_base::FaultCode;
use quillon_host::{Before, WalkOptions};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::{Machine, everything, path, put, read, walked};

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_bits_truncate(0o600), 0).unwrap();
}

#[test]
fn pipes_and_sockets_are_passed_over_and_never_waited_for() {
    let machine = Machine::new();
    pipe(&machine.inside("pipe"));
    let _socket = UnixListener::bind(machine.inside("socket")).unwrap();
    put(&machine.inside("a.txt"), b"a");
    let files = machine.open();
    assert_eq!(read(&*files, "pipe"), Err(FaultCode::FileUnreadable));
    assert_eq!(read(&*files, "socket"), Err(FaultCode::FileUnreadable));
    let skipped = ["pipe: NotAFile", "socket: NotAFile"].map(str::to_owned).to_vec();
    assert_eq!(walked(&*files, &everything()), (vec!["a.txt".to_owned()], skipped));
    let write = |before| files.write(&path("pipe"), b"x", before).map_err(|fault| fault.code);
    assert_eq!(write(Before::Absent), Err(FaultCode::FileUnreadable));
    assert_eq!(write(Before::of(b"")), Err(FaultCode::FileUnreadable));
    let below = files.write(&path("pipe/new"), b"x", Before::Absent).map_err(|fault| fault.code);
    assert_eq!(below, Err(FaultCode::FileUnreadable));
    let below = WalkOptions { below: Some(path("pipe")), ..everything() };
    assert_eq!(files.walk(&below, &|| false).err().map(|fault| fault.code), Some(FaultCode::FileUnreadable));
    let removed = files.remove(&path("pipe"), Before::of(b"")).map_err(|fault| fault.code);
    assert_eq!(removed, Err(FaultCode::FileUnreadable));
}

#[test]
fn a_pipe_in_place_of_rules_is_not_waited_for_either() {
    let machine = Machine::new();
    put(&machine.inside("a.txt"), b"a");
    put(&machine.inside("sub/b.txt"), b"b");
    pipe(&machine.inside(".gitignore"));
    pipe(&machine.inside("sub/.amazonqignore"));
    let files = machine.open();
    let (listed, skipped) = walked(&*files, &everything());
    assert_eq!(listed, ["a.txt"], "an unusable `.amazonqignore` hides its folder");
    assert_eq!(skipped, [".gitignore: NotAFile", "sub/.amazonqignore: Unreadable"]);
    pipe(&machine.inside(".amazonqignore"));
    let fault = files.walk(&everything(), &|| false).unwrap_err();
    assert_eq!(fault.code, FaultCode::FileUnreadable);
}

#[test]
fn names_that_are_not_utf_8_are_reported() {
    let machine = Machine::new();
    put(&machine.inside("").join(OsStr::from_bytes(b"caf\xe9.txt")), b"latin-1");
    put(&machine.inside("").join(OsStr::from_bytes(b"d\xff/inside.txt")), b"");
    put(&machine.inside("line\nbreak \\ \"quotes\".txt"), b"odd but fine");
    let (listed, skipped) = walked(&*machine.open(), &everything());
    assert_eq!(listed, ["line\nbreak \\ \"quotes\".txt"]);
    assert_eq!(skipped, ["caf\u{fffd}.txt: NameNotUtf8", "d\u{fffd}: NameNotUtf8"]);
    assert_eq!(read(&*machine.open(), "line\nbreak \\ \"quotes\".txt"), Ok(b"odd but fine".to_vec()));
}

#[test]
fn huge_files_cost_nothing() {
    let machine = Machine::new();
    // Sparse: a terabyte on paper, nothing on the disk.
    File::create(machine.inside("huge")).unwrap().set_len(1 << 40).unwrap();
    put(&machine.inside("a.txt"), b"a");
    let files = machine.open();
    assert_eq!(read(&*files, "huge"), Err(FaultCode::FileTooLarge));
    let (listed, skipped) = walked(&*files, &everything());
    assert_eq!((listed, skipped), (vec!["a.txt".to_owned()], vec!["huge: TooLarge".to_owned()]));
    let unlimited = WalkOptions { file_bytes_max: u64::MAX, files_max: usize::MAX, ..everything() };
    assert_eq!(walked(&*files, &unlimited).0, ["a.txt", "huge"]);
    // A limit that lets it through is still no reason to fall over.
    let fault = files.read(&path("huge"), u64::MAX);
    assert!(fault.is_err_and(|fault| fault.code == FaultCode::FileUnreadable));
}

#[test]
fn a_file_that_does_not_know_its_size_is_read_up_to_the_limit() {
    let machine = Machine::new();
    // Files of `/proc` say 0 bytes.
    let proc = machine.open_at(Path::new("/proc/self"));
    assert!(!read(&*proc, "status").unwrap().is_empty());
    let too_large = proc.read(&path("status"), 10).map_err(|fault| fault.code);
    assert_eq!(too_large.err(), Some(FaultCode::FileTooLarge));
}

#[test]
fn deep_and_long_paths_end_somewhere() {
    let machine = Machine::new();
    // Longer than the system takes in one call, so it is made step by step.
    let mut folder =
        cap_std::fs::Dir::open_ambient_dir(machine.inside(""), cap_std::ambient_authority()).unwrap();
    let name = "d".repeat(200);
    for _ in 0..30 {
        folder.create_dir(&name).unwrap();
        folder = folder.open_dir(&name).unwrap();
        folder.write("f", "x").unwrap();
    }
    let files = machine.open();
    let (listed, skipped) = walked(&*files, &everything());
    // Where the kernel walks the path, it ends somewhere; where the sandbox does it step by step, there is no end.
    assert!((15..=30).contains(&listed.len()), "{} files", listed.len());
    assert_eq!(listed.len() < 30, !skipped.is_empty());
    assert!(skipped.iter().all(|one| one.ends_with(": Unreadable")), "{skipped:?}");
    let long = "n".repeat(300);
    assert_eq!(read(&*files, &long), Err(FaultCode::FileUnreadable));
    let written = files.write(&path(&long), b"", Before::Absent).map_err(|fault| fault.code);
    assert_eq!(written, Err(FaultCode::FileUnreadable));
}

#[test]
fn what_may_not_be_read_is_said_so() {
    // Permission bits do not hold root back, so as root this shows nothing.
    if rustix::process::geteuid().is_root() {
        return;
    }
    let machine = Machine::new();
    put(&machine.inside("closed.txt"), b"a");
    put(&machine.inside("folder/b.txt"), b"b");
    put(&machine.inside("sealed/.amazonqignore"), b"");
    let mode = |name: &str, mode| {
        fs::set_permissions(machine.inside(name), fs::Permissions::from_mode(mode)).unwrap()
    };
    mode("closed.txt", 0o000);
    mode("folder", 0o000);
    mode("sealed/.amazonqignore", 0o000);
    let files = machine.open();
    assert_eq!(read(&*files, "closed.txt"), Err(FaultCode::FileUnreadable));
    assert_eq!(read(&*files, "folder/b.txt"), Err(FaultCode::FileUnreadable));
    let (listed, skipped) = walked(&*files, &everything());
    assert_eq!(listed, ["closed.txt"]);
    assert_eq!(skipped, ["folder: Unreadable", "sealed/.amazonqignore: Unreadable"]);
    let write = |name: &str, before| files.write(&path(name), b"x", before).map_err(|fault| fault.code);
    assert_eq!(write("folder/new", Before::Absent), Err(FaultCode::FileUnreadable));
    assert_eq!(write("closed.txt", Before::of(b"a")), Err(FaultCode::FileUnreadable));
    mode("", 0o311);
    let opened = machine.fault_at(&machine.inside(""));
    assert_eq!(opened, FaultCode::FileUnreadable);
    mode("", 0o700);
    mode("folder", 0o700);
}
