//! What rests in the files: nothing that was not sealed, and nothing that was removed.

use std::path::Path;

use quillon_base::Timestamp;
use quillon_store::{Record, Store};

use crate::support::{all, folder, lasting, noise, open};

/// The names of the files of the store in which `bytes` are.
fn where_is(path: &Path, bytes: &[u8]) -> Vec<String> {
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap());
    let holds = |path: &Path| {
        let content = std::fs::read(path).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes)
    };
    files
        .filter(|file| holds(&file.path()))
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn files_hold_only_what_was_sealed() {
    let (_keep, path) = folder();
    let store = open(&path).await;
    let plain = b"the launch code is swordfish, says ada";
    let sealed: Vec<u8> = plain.iter().zip(noise(5, plain.len())).map(|(plain, key)| plain ^ key).collect();
    for number in 0..50 {
        store.put(Record { group: format!("{number:032x}"), ..lasting(number, &sealed) }).await.unwrap();
    }
    assert_eq!(where_is(&path, &sealed), ["device.db-wal"], "the scan finds what is there");
    for closed in [false, true] {
        for word in [&plain[..], b"launch code", b"swordfish", b"ada says"] {
            assert_eq!(where_is(&path, word), [""; 0], "after it was closed: {closed}");
        }
        store.close().await;
    }
    assert_eq!(where_is(&path, &sealed), ["device.db"]);
}

#[tokio::test]
async fn a_removed_record_is_in_no_file() {
    let (_keep, path) = folder();
    let store = open(&path).await;
    // Another process has it open and reads nothing just now.
    let other = open(&path).await;
    let (small, large) = (noise(1, 64), noise(2, 40_000));
    let needles = [&small[..], &large[..64], &large[20_000..20_064], &large[39_900..]];
    let group = "f00dfeed".repeat(8);
    for (number, body) in [(1, &small), (2, &large)] {
        store.put(Record { group: group.clone(), ..lasting(number, body) }).await.unwrap();
        store.put(lasting(number + 10, b"stays")).await.unwrap();
    }
    other.close().await;
    let other = open(&path).await;
    assert_eq!(all(&other).await.len(), 4);
    for needle in needles {
        assert_ne!(where_is(&path, needle), [""; 0], "the scan finds what is there");
    }
    for number in [1, 2] {
        let record = lasting(number, b"");
        assert_eq!(store.delete(record.class, record.id).await, Ok(true));
    }
    for needle in needles.into_iter().chain([group.as_bytes()]) {
        assert_eq!(where_is(&path, needle), [""; 0], "it is still there");
    }
    assert_eq!(all(&other).await.len(), 2);
}

#[tokio::test]
async fn what_a_replaced_record_said_is_gone_when_the_store_is_closed() {
    let (_keep, path) = folder();
    let store = open(&path).await;
    let before = noise(1, 9_000);
    store.put(lasting(1, &before)).await.unwrap();
    store.put(lasting(1, b"shorter")).await.unwrap();
    store.close().await;
    for needle in [&before[..64], &before[5_000..5_064]] {
        assert_eq!(where_is(&path, needle), [""; 0]);
    }
}

#[tokio::test]
async fn a_purge_leaves_nothing_and_makes_the_file_shorter() {
    let (_keep, path) = folder();
    let store = open(&path).await;
    let body = noise(3, 8_000);
    // More than go in one statement.
    for number in 0..600 {
        let expires = (number % 10 != 0).then(|| Timestamp::from_seconds(5));
        store.put(Record { expires, ..lasting(number, &body) }).await.unwrap();
    }
    store.close().await;
    let before = std::fs::metadata(&path).unwrap().len();
    assert_eq!(store.purge_expired(Timestamp::from_seconds(5)).await, Ok(540));
    store.close().await;
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after * 5 < before, "{before} bytes became {after}");
    assert_eq!(all(&store).await.len(), 60);
    assert_eq!(store.verify().await, Ok(60));
}
