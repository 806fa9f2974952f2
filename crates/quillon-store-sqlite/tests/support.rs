//! Stores in temporary folders, and this test program as a child that does one thing with one.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use quillon_base::{DataClass, Region};
use quillon_store::conformance::record;
use quillon_store::{Page, Record, SEALED_MAGIC, Sealed, Store};
use quillon_store_sqlite::SqliteStore;
use sqlx::{ConnectOptions as _, SqliteConnection};

const PATH_VARIABLE: &str = "QUILLON_STORE_UNDER_TEST";

pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store/device.db");
    (folder, path)
}

pub async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Region::device()).await.unwrap()
}

/// A record that never goes by itself, with this body.
pub fn lasting(number: u32, body: &[u8]) -> Record {
    let body = Sealed::new([SEALED_MAGIC, body].concat()).unwrap();
    Record { class: DataClass::Knowledge, expires: None, body, ..record(number) }
}

pub fn page(class: DataClass) -> Page {
    Page { class, subject: None, group: None, newest_first: false, after: None, limit: 1_000 }
}

pub async fn all(store: &SqliteStore) -> Vec<Record> {
    store.list(page(DataClass::Knowledge)).await.unwrap()
}

/// Bytes that look random, the same for the same seed.
pub fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// The database itself, to do to it what the store never would.
pub async fn raw(path: &Path) -> SqliteConnection {
    sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

/// This program, about to run one of its ignored tests on the store at `path`.
pub fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    give(&mut command, path);
    command
}

pub fn give(command: &mut Command, path: &Path) {
    command.env(PATH_VARIABLE, path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// The path that a child was given; `None` when it is run by hand.
pub fn given() -> Option<PathBuf> {
    std::env::var_os(PATH_VARIABLE).map(PathBuf::from)
}

pub fn finish(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {out}{err}", output.status);
    out.into_owned()
}

/// Runs a child's work.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}
