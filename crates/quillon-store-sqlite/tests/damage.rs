//! A damaged file never gives anything but what was written, and is left as it is.

use std::path::Path;

use quillon_base::{Fault, FaultCode, Region};
use quillon_store::{Record, Store};
use quillon_store_sqlite::SqliteStore;

use crate::support::{all, folder, lasting, noise, open};

/// Bytes between two flips; odd, so that every place of a page is met in some page.
const STRIDE: usize = 31;

/// A store with small records and one that goes over several pages.
async fn filled(path: &Path) -> (Vec<u8>, Vec<Record>) {
    let store = open(path).await;
    for number in 0..20 {
        store.put(lasting(number, &noise(number, 60))).await.unwrap();
    }
    store.put(lasting(20, &noise(20, 15_000))).await.unwrap();
    store.delete(lasting(3, b"").class, lasting(3, b"").id).await.unwrap();
    let records = all(&store).await;
    assert_eq!(store.verify().await, Ok(20));
    store.close().await;
    (std::fs::read(path).unwrap(), records)
}

/// Everything that a reader gets from the store at `path`: what is read is as it was written, and when all of it is
/// verified, it is all there.
async fn check(path: &Path, records: &[Record], what: &str) -> Result<(), Fault> {
    let store = SqliteStore::open(path, Region::device()).await?;
    let verified = store.verify().await;
    let mut read = Vec::new();
    for record in records {
        read.extend(store.get(record.class, record.id).await.ok().flatten());
    }
    let listed = store.list(crate::support::page(records[0].class)).await.unwrap_or_default();
    for record in read.iter().chain(&listed) {
        assert!(records.contains(record), "{what}: a record came back changed");
    }
    if verified.is_ok() {
        assert_eq!((listed.as_slice(), read.as_slice()), (records, records), "{what}: records are missing");
    }
    store.close().await;
    verified.map(|_| ())
}

async fn check_damage(path: &Path, bad: &[u8], records: &[Record], what: &str) -> bool {
    std::fs::write(path, bad).unwrap();
    let found = check(path, records, what).await;
    if let Err(fault) = &found {
        assert_eq!(fault.code, FaultCode::StoreCorrupt, "{what}: {fault} {:?}", fault.detail());
        let hint = fault.hint.as_deref().unwrap_or_default();
        assert!(hint.contains("nothing was"), "{what}: {hint}");
        assert!(std::fs::read(path).unwrap() == bad, "{what}: a damaged file was changed");
    }
    found.is_err()
}

#[tokio::test]
async fn a_flipped_byte_is_found_or_does_not_matter() {
    let (_keep, path) = folder();
    let (good, records) = filled(&path).await;
    let mut found = 0;
    let places: Vec<_> = (0..100).chain((100..good.len()).step_by(STRIDE)).collect();
    for &place in &places {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        found += usize::from(check_damage(&path, &bad, &records, &format!("byte {place}")).await);
    }
    // What is not found lies in bytes that nothing reads: free space and free pages.
    assert!(found * 4 > places.len(), "only {found} of {} flips were found", places.len());
}

#[tokio::test]
async fn every_flip_in_a_record_is_found() {
    let (_keep, path) = folder();
    let (good, records) = filled(&path).await;
    let body = noise(7, 60);
    let start = good.windows(60).position(|window| window == body).expect("the body is in the file");
    for place in start..start + 60 {
        let mut bad = good.clone();
        bad[place] ^= 0x80;
        assert!(check_damage(&path, &bad, &records, &format!("byte {place}")).await, "byte {place}");
    }
}

#[tokio::test]
async fn a_file_cut_anywhere_is_found() {
    let (_keep, path) = folder();
    let (good, records) = filled(&path).await;
    let odd = [0, 1, 15, 16, 50, 99, 100, 101, 511, 512, 1_000, 4_095, 4_097, good.len() - 1];
    for length in (4_096..good.len()).step_by(4_096).chain(odd) {
        let what = format!("cut to {length} of {} bytes", good.len());
        assert!(check_damage(&path, &good[..length], &records, &what).await, "{what}");
    }
}

#[tokio::test]
async fn garbage_in_place_of_the_header_or_of_a_page_is_found() {
    let (_keep, path) = folder();
    let (good, records) = filled(&path).await;
    for (start, length) in [(0, 16), (0, 100), (0, 4_096), (8_192, 4_096), (12_288, 512)] {
        for filling in [vec![0; length], vec![0xff; length], noise(1, length)] {
            let mut bad = good.clone();
            bad[start..start + length].copy_from_slice(&filling);
            let what = format!("{length} bytes from {start} are {:02x}…", filling[0]);
            assert!(check_damage(&path, &bad, &records, &what).await, "{what}");
        }
    }
}

#[tokio::test]
async fn a_torn_log_loses_only_its_end() {
    let (_keep, path) = folder();
    let log = path.with_extension("db-wal");
    let store = open(&path).await;
    for number in 0..10 {
        store.put(lasting(number, &noise(number, 500))).await.unwrap();
    }
    let (file, whole) = (std::fs::read(&path).unwrap(), std::fs::read(&log).unwrap());
    store.close().await;
    let mut counts = Vec::new();
    for length in (0..=whole.len()).rev().step_by(2_000) {
        std::fs::write(&path, &file).unwrap();
        std::fs::write(&log, &whole[..length]).unwrap();
        let store = open(&path).await;
        let records = all(&store).await;
        let expected: Vec<_> =
            (0..).take(records.len()).map(|number| lasting(number, &noise(number, 500))).collect();
        assert_eq!(records, expected, "a log cut to {length} bytes");
        assert_eq!(store.verify().await, Ok(records.len() as u64));
        counts.push(records.len());
        store.close().await;
    }
    assert_eq!((counts.first(), counts.last()), (Some(&10), Some(&0)));
    assert!(counts.is_sorted_by(|left, right| left >= right), "{counts:?}");
}
