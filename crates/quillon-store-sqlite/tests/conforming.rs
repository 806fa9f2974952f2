//! What every store does, this one does too; and it does it from many tasks at once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quillon_base::Region;
use quillon_store::{Store, conformance};
use quillon_store_sqlite::SqliteStore;

use crate::support::{all, block_on, folder, lasting, open};

#[tokio::test]
async fn conforms() {
    for region in ["device", "eu-west-2"] {
        let folders = Mutex::new(Vec::new());
        let make = async || {
            let (keep, path) = folder();
            folders.lock().unwrap().push(keep);
            SqliteStore::open(&path, Region::new(region).unwrap()).await.unwrap()
        };
        conformance::check(make).await;
    }
}

#[test]
fn many_tasks_share_it() {
    let (_keep, path) = folder();
    block_on(async {
        let store = Arc::new(SqliteStore::lazy(&path, Region::device()));
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let record = lasting(number, b"x");
                    store.put(record.clone()).await.unwrap();
                    assert_eq!(store.get(record.class, record.id).await.unwrap(), Some(record));
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(store.verify().await, Ok(100));
    });
}

#[test]
fn callers_that_go_away_leave_nothing_open() {
    let (_keep, path) = folder();
    block_on(async {
        let store = open(&path).await;
        let body = vec![7; 300_000];
        for number in 0..60 {
            let patience = Duration::from_micros(u64::from(number) * 40);
            let _ = tokio::time::timeout(patience, store.put(lasting(number, &body))).await;
            let _ = tokio::time::timeout(patience, all(&store)).await;
            let _ = tokio::time::timeout(
                patience,
                store.delete(lasting(number / 2, b"").class, lasting(number / 2, b"").id),
            )
            .await;
        }
        let whole = all(&store).await;
        assert!(whole.iter().all(|record| record.body.as_bytes().len() == 300_004));
        store.put(lasting(99, b"x")).await.unwrap();
        // Nobody holds a lock that would stop another process.
        let other = open(&path).await;
        other.put(lasting(100, b"x")).await.unwrap();
        other.verify().await.unwrap();
    });
}

#[tokio::test]
async fn goes_on_after_it_was_closed() {
    let (_keep, path) = folder();
    let store = open(&path).await;
    store.put(lasting(1, b"x")).await.unwrap();
    store.close().await;
    let beside: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["device.db"], "nothing is left beside the file of a closed store");
    store.put(lasting(2, b"x")).await.unwrap();
    store.close().await;
    store.close().await;
    assert_eq!(all(&open(&path).await).await.len(), 2);
}
