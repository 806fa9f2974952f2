//! Opening, walking, reading, writing and removing.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use quillon_base::FaultCode;

use super::{Ground, MakeGround, assert_fault, everything, listed, open, path, run, walk};
use crate::{Before, SkipReason, WalkOptions, WorkspaceFiles};

/// Holds the files of a workspace to the port.
pub fn files(make: MakeGround<'_>) {
    run(
        make,
        &[
            opens_only_a_folder,
            walks_in_the_order_of_paths,
            walks_below_a_folder,
            walks_up_to_its_limits,
            stops_when_asked,
            reads_what_is_there_up_to_a_limit,
            writes_only_what_was_expected,
            writes_make_the_folders_on_the_way,
            writes_nothing_where_it_does_not_belong,
            of_two_writers_one_wins,
            removes_only_what_was_expected,
        ],
    );
}

fn opens_only_a_folder(ground: &dyn Ground) {
    let folder = ground.folder();
    assert_eq!(open(ground).root(), folder);
    let opened = |folder: &Path| ground.host().open_workspace(folder).map(|files| files.root().to_owned());
    assert_fault(opened(&folder.join("nowhere")), FaultCode::WorkspaceMissing);
    ground.put("a.txt", b"a");
    assert_fault(opened(&folder.join("a.txt")), FaultCode::WorkspaceMissing);
    assert_fault(opened(Path::new("")), FaultCode::WorkspaceMissing);
}

fn walks_in_the_order_of_paths(ground: &dyn Ground) {
    let files = open(ground);
    assert_eq!(listed(&*files, &everything()), [""; 0]);
    let sorted = [".github/workflows/ci.yml", "a", "b-c", "b.d/e", "b/z", "b/é/ü.rs", "ba"];
    for path in sorted.iter().rev() {
        ground.put(path, path.as_bytes());
    }
    ground.put(".git/config", b"[core]");
    ground.put("b/.git/HEAD", b"ref: refs/heads/main");
    assert_eq!(listed(&*files, &everything()), sorted);
    let walked = walk(&*files, &everything()).expect("a walk");
    assert_eq!(walked.skipped, []);
    for file in walked.files {
        let read = files.read(&file.path, 1_000).expect("what was listed can be read");
        assert_eq!((read.bytes.len() as u64, read.modified), (file.bytes, file.modified), "{}", file.path);
        assert!(file.modified.as_millis() > 0, "{} has no time", file.path);
    }
}

fn walks_below_a_folder(ground: &dyn Ground) {
    for path in ["a.txt", "src/b.rs", "src/deep/c.rs", "src2/d.rs"] {
        ground.put(path, b"");
    }
    let files = open(ground);
    let below = |folder: &str| WalkOptions { below: Some(path(folder)), ..everything() };
    assert_eq!(listed(&*files, &below("src")), ["src/b.rs", "src/deep/c.rs"]);
    assert_eq!(listed(&*files, &below("src/deep")), ["src/deep/c.rs"]);
    assert_fault(walk(&*files, &below("nowhere")), FaultCode::FileMissing);
    assert_fault(walk(&*files, &below("a.txt")), FaultCode::FileUnreadable);
}

fn walks_up_to_its_limits(ground: &dyn Ground) {
    for (path, bytes) in [("a/1", 10), ("a/2", 11), ("b", 10), ("c/d", 10), ("e", 0)] {
        ground.put(path, &vec![b'x'; bytes]);
    }
    let files = open(ground);
    let skipped = |options: &WalkOptions| {
        let walked = walk(&*files, options).expect("a walk");
        walked.skipped.into_iter().map(|skipped| (skipped.path, skipped.reason)).collect::<Vec<_>>()
    };
    let small = WalkOptions { file_bytes_max: 10, ..everything() };
    assert_eq!(listed(&*files, &small), ["a/1", "b", "c/d", "e"]);
    assert_eq!(skipped(&small), [("a/2".to_owned(), SkipReason::TooLarge)]);
    let few = WalkOptions { files_max: 2, ..small };
    assert_eq!(listed(&*files, &few), ["a/1", "b"], "the first ones, whatever order the disk has");
    let two = [("a/2".to_owned(), SkipReason::TooLarge), ("c/d".to_owned(), SkipReason::TooMany)];
    assert_eq!(skipped(&few), two);
    let enough = WalkOptions { files_max: 5, ..everything() };
    assert_eq!((listed(&*files, &enough).len(), skipped(&enough)), (5, Vec::new()));
}

fn stops_when_asked(ground: &dyn Ground) {
    for number in 0..20 {
        ground.put(&format!("{number}/file"), b"");
    }
    let files = open(ground);
    let asked = AtomicUsize::new(0);
    let at_the_second = || asked.fetch_add(1, Ordering::Relaxed) > 0;
    assert_fault(files.walk(&everything(), &at_the_second), FaultCode::Cancelled);
    assert_fault(files.walk(&everything(), &|| true), FaultCode::Cancelled);
}

fn reads_what_is_there_up_to_a_limit(ground: &dyn Ground) {
    ground.put("a.txt", b"hello");
    ground.put("empty", b"");
    ground.put("src/b.rs", b"\0\xff\n");
    let files = open(ground);
    let read = |name: &str, bytes_max| files.read(&path(name), bytes_max).map(|file| file.bytes);
    assert_eq!(read("a.txt", 5).expect("as large as the limit"), b"hello");
    assert_eq!(read("empty", 1).expect("nothing in it"), b"");
    assert_eq!(read("src/b.rs", 100).expect("bytes of any sort"), b"\0\xff\n");
    assert_fault(read("a.txt", 4), FaultCode::FileTooLarge);
    assert_fault(read("nowhere", 4), FaultCode::FileMissing);
    assert_fault(read("src/nowhere", 4), FaultCode::FileMissing);
    assert_fault(read("a.txt/b", 4), FaultCode::FileMissing);
    assert_fault(read("src", 4), FaultCode::FileUnreadable);
    let real = |name: &str| files.real_path(&path(name)).expect("a path without links");
    for name in ["a.txt", "src", "src/b.rs", "nowhere", "src/new/file"] {
        assert_eq!(real(name), path(name), "a path without links leads where it says");
    }
}

fn writes_only_what_was_expected(ground: &dyn Ground) {
    let files = open(ground);
    let write = |content: &[u8], before| files.write(&path("a.txt"), content, before);
    assert_fault(write(b"x", Before::of(b"")), FaultCode::FileChanged);
    assert_eq!(ground.get("a.txt"), None);
    write(b"one", Before::Absent).expect("nothing was there");
    assert_eq!(ground.get("a.txt").as_deref(), Some(&b"one"[..]));
    assert_fault(write(b"x", Before::Absent), FaultCode::FileChanged);
    assert_fault(write(b"x", Before::of(b"other")), FaultCode::FileChanged);
    write(b"", Before::of(b"one")).expect("it was as expected");
    assert_eq!(ground.get("a.txt").as_deref(), Some(&b""[..]));
    ground.put("a.txt", b"someone else was here");
    assert_fault(write(b"x", Before::of(b"")), FaultCode::FileChanged);
    assert_eq!(ground.get("a.txt").as_deref(), Some(&b"someone else was here"[..]));
    assert_eq!(listed(&*files, &everything()), ["a.txt"], "a refused write leaves nothing behind");
}

fn writes_make_the_folders_on_the_way(ground: &dyn Ground) {
    let files = open(ground);
    let large = vec![b'x'; 3_000_000];
    files.write(&path("a/b/c/d.txt"), &large, Before::Absent).expect("folders are made");
    assert_eq!(ground.get("a/b/c/d.txt"), Some(large.clone()));
    files.write(&path("a/b/e.txt"), b"e", Before::Absent).expect("folders that are there are used");
    let read = files.read(&path("a/b/c/d.txt"), 3_000_000).expect("what was written");
    assert_eq!(read.bytes, large);
}

fn writes_nothing_where_it_does_not_belong(ground: &dyn Ground) {
    ground.put("a.txt", b"a");
    ground.put("src/b.rs", b"b");
    ground.put(".git/config", b"[core]");
    let files = open(ground);
    let write = |name: &str, before| files.write(&path(name), b"x", before);
    assert_fault(write("src", Before::Absent), FaultCode::FileUnreadable);
    assert_fault(write("a.txt/b", Before::Absent), FaultCode::FileUnreadable);
    assert_fault(write(".git/config", Before::of(b"[core]")), FaultCode::FileOutside);
    assert_fault(write(".git/hooks/pre-commit", Before::Absent), FaultCode::FileOutside);
    assert_fault(write("src/.GIT/config", Before::Absent), FaultCode::FileOutside);
    assert_fault(files.remove(&path(".git/config"), Before::of(b"[core]")), FaultCode::FileOutside);
    assert_eq!(ground.get(".git/config").as_deref(), Some(&b"[core]"[..]));
    assert_eq!(ground.get(".git/hooks/pre-commit"), None);
    assert_eq!(listed(&*files, &everything()), ["a.txt", "src/b.rs"]);
}

fn of_two_writers_one_wins(ground: &dyn Ground) {
    for round in 0..20 {
        let name = path(&format!("round-{round}"));
        let before = if round % 2 == 0 { Before::Absent } else { Before::of(b"old") };
        if before != Before::Absent {
            ground.put(name.as_str(), b"old");
        }
        // Each has opened the workspace for itself, as two sessions would.
        let writers = [open(ground), open(ground)];
        let write = |files: &dyn WorkspaceFiles, content: &[u8]| files.write(&name, content, before);
        let won = std::thread::scope(|scope| {
            let contents = [b"one", b"two"];
            let running: Vec<_> = std::iter::zip(&writers, contents)
                .map(|(files, content)| scope.spawn(move || write(&**files, content).map(|()| content)))
                .collect();
            let ended: Vec<_> = running.into_iter().map(|one| one.join().expect("no panic")).collect();
            let (won, lost): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 1), "round {round}: {won:?} {lost:?}");
            lost.into_iter().for_each(|fault| assert_fault(fault, FaultCode::FileChanged));
            won.into_iter().flatten().next().expect("one")
        });
        assert_eq!(ground.get(name.as_str()).as_deref(), Some(&won[..]), "round {round}");
    }
}

fn removes_only_what_was_expected(ground: &dyn Ground) {
    ground.put("a.txt", b"a");
    ground.put("src/b.rs", b"b");
    let files = open(ground);
    let remove = |name: &str, before| files.remove(&path(name), before);
    assert_fault(remove("a.txt", Before::Absent), FaultCode::FileChanged);
    assert_fault(remove("a.txt", Before::of(b"b")), FaultCode::FileChanged);
    assert_fault(remove("nowhere", Before::of(b"b")), FaultCode::FileMissing);
    assert_fault(remove("nowhere", Before::Absent), FaultCode::FileMissing);
    assert_fault(remove("src", Before::Absent), FaultCode::FileUnreadable);
    assert_eq!(ground.get("a.txt").as_deref(), Some(&b"a"[..]));
    remove("a.txt", Before::of(b"a")).expect("it was as expected");
    assert_eq!(ground.get("a.txt"), None);
    assert_fault(remove("a.txt", Before::of(b"a")), FaultCode::FileMissing);
    assert_eq!(listed(&*files, &everything()), ["src/b.rs"]);
}
