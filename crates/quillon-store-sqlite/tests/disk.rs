//! A disk that is full, and one that cannot be written: a small one of its own, in a mount namespace of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use quillon_base::{Fault, FaultCode, Region};
use quillon_store::Store;
use quillon_store_sqlite::SqliteStore;

use crate::support::{all, block_on, finish, folder, give, given, lasting, noise, open};

/// Runs one of the tests below on a store that lies on a disk of `kilobytes`, on which `before` was done.
fn on_a_small_disk(test: &str, kilobytes: u32, before: &str) {
    let (_keep, path) = folder();
    let folder = path.parent().unwrap();
    std::fs::create_dir(folder).unwrap();
    let script = format!(
        "mount -t tmpfs -o size={kilobytes}k,mode=700 none \"$1\" && cd \"$1\" && {before} && \
         exec \"$2\" {test} --exact --ignored --nocapture --test-threads=1"
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--", "sh", "-c", &script, "sh"]);
    command.arg(folder).arg(std::env::current_exe().unwrap());
    give(&mut command, &path);
    let printed = finish(command.spawn().expect("`unshare`, which `cargo xtask test` installs"));
    assert!(printed.contains("1 passed"), "{printed}");
}

fn code(fault: &Fault) -> FaultCode {
    assert!(fault.hint.is_some(), "{fault}");
    fault.code
}

async fn refusal(path: &Path) -> FaultCode {
    code(&SqliteStore::open(path, Region::device()).await.err().expect("there is no room for a store"))
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    on_a_small_disk("disk::fill_it", 512, "true");
}

#[test]
#[ignore = "a child of the test above"]
fn fill_it() {
    let Some(path) = given() else { return };
    block_on(async {
        let store = open(&path).await;
        let body = noise(1, 10_000);
        let mut kept = 0;
        let fault = loop {
            match store.put(lasting(kept, &body)).await {
                Ok(()) => kept += 1,
                Err(fault) => break fault,
            }
        };
        assert_eq!(code(&fault), FaultCode::DiskFull, "{fault} {:?}", fault.detail());
        assert!(kept > 5, "only {kept} records had room");
        for store in [&store, &open(&path).await] {
            assert_eq!(all(store).await.len(), kept as usize);
            assert_eq!(store.verify().await, Ok(u64::from(kept)));
        }
        // A log that was brought into the file leaves room for a small one.
        store.close().await;
        store.put(lasting(kept, b"x")).await.unwrap();
    });
}

#[test]
fn a_disk_with_too_little_room_is_told_at_every_step() {
    on_a_small_disk("disk::begin_with_little_room", 512, "true");
}

#[test]
#[ignore = "a child of the test above"]
fn begin_with_little_room() {
    let Some(path) = given() else { return };
    block_on(async {
        let filling = Filling::of_the_disk(&path);
        let mut pages = 0;
        // Each page more lets it come one step further: the file, the log, the index of the log.
        while let Err(fault) = SqliteStore::open(&path, Region::device()).await {
            assert_eq!(code(&fault), FaultCode::DiskFull, "with {pages} pages: {:?}", fault.detail());
            let names = names(&path);
            assert!(
                !names.iter().any(|name| name.contains(".new-")),
                "the half of a store is left: {names:?}"
            );
            pages += 1;
            filling.leave(pages);
        }
        assert!(pages > 10, "{pages} pages were enough");
        filling.leave(100);
        open(&path).await.close().await;
        let filling = Filling::of_the_disk(&path);
        let mut refused = 0;
        let store = SqliteStore::lazy(&path, Region::device());
        while let Err(fault) = store.put(lasting(1, &noise(1, 9_000))).await {
            assert_eq!(code(&fault), FaultCode::DiskFull, "{refused} pages: {:?}", fault.detail());
            refused += 1;
            filling.leave(refused);
        }
        assert!(refused > 3, "{refused} pages were enough");
        assert_eq!(store.verify().await, Ok(1));
    });
}

/// A file that takes all the room of the disk but what it is told to leave.
struct Filling {
    file: std::fs::File,
    pages: u64,
}

impl Filling {
    /// Takes what is left of the disk.
    fn of_the_disk(path: &Path) -> Self {
        let path = path.with_file_name("filling");
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        while file.write_all(&[1; 4_096]).is_ok() {}
        let pages = file.metadata().unwrap().len() / 4_096;
        Self { file, pages }
    }

    /// Gives some of it back.
    fn leave(&self, pages: u64) {
        self.file.set_len(4_096 * (self.pages - pages)).unwrap();
    }
}

fn names(path: &Path) -> Vec<String> {
    let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
    folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    on_a_small_disk("disk::begin_on_a_closed_one", 512, "mount -o remount,ro none \"$1\"");
}

#[test]
#[ignore = "a child of the test above"]
fn begin_on_a_closed_one() {
    let Some(path) = given() else { return };
    block_on(async {
        assert_eq!(refusal(&path).await, FaultCode::StoreUnavailable);
        mount(&["-o", "remount,rw"], &path);
        let store = open(&path).await;
        store.put(lasting(1, b"x")).await.unwrap();
        store.close().await;
        mount(&["-o", "remount,ro"], &path);
        let fault = match SqliteStore::open(&path, Region::device()).await {
            Ok(store) => store.put(lasting(2, b"x")).await.unwrap_err(),
            Err(fault) => fault,
        };
        assert_eq!(code(&fault), FaultCode::StoreUnavailable, "{fault} {:?}", fault.detail());
    });
}

fn mount(options: &[&str], path: &Path) {
    let status =
        Command::new("mount").args(options).arg("none").arg(path.parent().unwrap()).status().unwrap();
    assert!(status.success(), "{options:?}");
}
