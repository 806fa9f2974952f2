//! What a store is made with, and what is refused as one.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use quillon_base::{Fault, FaultCode, Region};
use quillon_store::Store;
use quillon_store_sqlite::SqliteStore;
use sqlx::{Connection as _, raw_sql};

use crate::support::{folder, lasting, open, raw};

async fn refusal(path: &Path) -> Fault {
    SqliteStore::open(path, Region::device()).await.err().expect("this is no store of this device")
}

/// Opening is refused as corrupt, with this in the sentence, and the file stays as it is.
async fn check_corrupt(path: &Path, expected: &str) {
    let before = std::fs::read(path).ok();
    let fault = refusal(path).await;
    assert_eq!(fault.code, FaultCode::StoreCorrupt, "{fault}");
    assert!(fault.message.contains(expected), "{fault}");
    let hint = fault.hint.unwrap();
    assert!(hint.starts_with("nothing was "), "{hint}");
    assert_eq!(std::fs::read(path).ok(), before, "a file that was refused was changed");
}

async fn alter(path: &Path, sql: &'static str) {
    let mut connection = raw(path).await;
    raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_new_store_is_its_owners_alone() {
    let (_keep, path) = folder();
    let store = open(&path).await;
    store.put(lasting(1, b"x")).await.unwrap();
    let folder = path.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 3, "the file, its log and its index: {names:?}");
    for path in names {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_store_that_others_may_read_is_closed_to_them() {
    let (_keep, path) = folder();
    let first = open(&path).await;
    first.put(lasting(1, b"x")).await.unwrap();
    let wal = path.with_extension("db-wal");
    for path in [&path, &wal] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    open(&path).await;
    assert_eq!((mode(&path), mode(&wal)), (0o600, 0o600));
}

#[tokio::test]
async fn nothing_is_made_before_it_is_needed() {
    let (keep, path) = folder();
    let store = SqliteStore::lazy(&path, Region::device());
    assert_eq!(std::fs::read_dir(keep.path()).unwrap().count(), 0);
    assert_eq!(store.get(lasting(1, b"").class, lasting(1, b"").id).await, Ok(None));
    assert!(!path.exists(), "looking for a record makes no store");
    store.put(lasting(1, b"")).await.unwrap();
    assert!(path.exists());
}

#[tokio::test]
async fn the_header_says_whose_it_is() {
    let (_keep, path) = folder();
    open(&path).await.close().await;
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(&bytes[68..72], b"QSDB", "the application id");
    assert_eq!(bytes[60..64], [0, 0, 0, 1], "the version");
    assert_eq!(bytes[18..20], [2, 2], "the write-ahead log is on");
}

#[tokio::test]
async fn a_store_of_another_region_is_refused() {
    let (_keep, path) = folder();
    SqliteStore::open(&path, Region::new("eu-west-2").unwrap()).await.unwrap().close().await;
    check_corrupt(&path, "the store holds region `eu-west-2`, not `device`").await;
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let (_keep, path) = folder();
    open(&path).await.close().await;
    alter(&path, "PRAGMA user_version = 2").await;
    check_corrupt(&path, "newer version").await;
    let hint = refusal(&path).await.hint.unwrap();
    assert!(hint.contains("update quillon"), "{hint}");
    alter(&path, "PRAGMA user_version = 0").await;
    check_corrupt(&path, "which version").await;
}

#[tokio::test]
async fn what_is_no_store_is_refused() {
    let (keep, path) = folder();
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    alter(&path, "CREATE TABLE theirs (x)").await;
    check_corrupt(&path, "not one that quillon made").await;
    std::fs::write(&path, b"").unwrap();
    check_corrupt(&path, "empty").await;
    std::fs::write(&path, "a text file, long enough to be more than a header\n".repeat(10)).unwrap();
    check_corrupt(&path, "damaged").await;
    let fault = refusal(keep.path()).await;
    assert_eq!(fault.code, FaultCode::StoreUnavailable, "a folder: {fault}");
    let fault = refusal(&path.join("below-a-file.db")).await;
    assert_eq!(fault.code, FaultCode::StoreUnavailable, "below a file: {fault}");
}

#[tokio::test]
async fn tables_that_are_gone_are_damage() {
    let (_keep, path) = folder();
    open(&path).await.close().await;
    alter(&path, "DROP TABLE records").await;
    let store = open(&path).await;
    let gone = store.put(lasting(1, b"x")).await.unwrap_err();
    assert_eq!(gone.code, FaultCode::StoreCorrupt);
    store.close().await;
    alter(&path, "DELETE FROM region").await;
    check_corrupt(&path, "which region").await;
    alter(&path, "DROP TABLE region").await;
    check_corrupt(&path, "damaged").await;
}

#[tokio::test]
async fn a_log_without_its_store_is_not_taken_for_a_new_ones() {
    let (_keep, path) = folder();
    let store = open(&path).await;
    store.put(lasting(1, b"x")).await.unwrap();
    let log = path.with_extension("db-wal");
    let bytes = std::fs::read(&log).unwrap();
    store.close().await;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&log, &bytes).unwrap();
    check_corrupt(&path, "its log is there").await;
    assert_eq!(std::fs::read(&log).unwrap(), bytes);
    assert!(!path.exists());
    std::fs::remove_file(&log).unwrap();
    assert_eq!(open(&path).await.verify().await, Ok(0));
}

#[tokio::test]
async fn odd_names_are_names() {
    let (keep, _) = folder();
    for name in ["a b?mode=ro.db", "ü%20#.db", "'quoted'.db"] {
        let path = keep.path().join(name);
        let store = open(&path).await;
        store.put(lasting(1, b"x")).await.unwrap();
        assert!(path.exists(), "{name}");
    }
    let bytes = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff.db");
    let fault = refusal(&keep.path().join(Path::new(std::ffi::OsStr::new::<std::ffi::OsStr>(bytes)))).await;
    assert_eq!(fault.code, FaultCode::StoreUnavailable);
    assert!(fault.hint.unwrap().contains("UTF-8"));
}
