//! A search finds what a look at every record finds, with and without the summaries, whatever they say.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use quillon_audit::{Entry, FileLayer, LedgerReader, LossyLayer, Row, Rows, Summary};
use quillon_base::{PrincipalId, Timestamp};

use crate::support::{Bench, closing, reader};

const FOLDER: &str = "/ledger";
/// When the first record was written.
const FIRST: Timestamp = Timestamp(1_800_000_000_000_000);

async fn ledger(layer: &LossyLayer) -> LedgerReader {
    let bench = Bench::new(1);
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    let mut open = Vec::new();
    for round in 0..3_000u32 {
        let mut opening = bench.opening();
        if round % 700 == 3 {
            opening.by.principal = PrincipalId::new("mallory").unwrap();
            opening.decided.allowed = false;
            log.mention(Entry::Refused(opening)).unwrap();
            continue;
        }
        if round.is_multiple_of(500) {
            opening.by.principal = PrincipalId::new("grace").unwrap();
        }
        open.push(log.begin(opening).unwrap());
        // Asks that go on for a while end in another segment than they began.
        if open.len() > 40 {
            open.remove(0).close(closing()).await.unwrap();
        }
    }
    for begun in open {
        begun.close(closing()).await.unwrap();
    }
    drop(log);
    reader(Arc::new(layer.clone()), Path::new(FOLDER))
}

fn of(principal: &'static str) -> (impl Fn(&Summary) -> bool, impl Fn(&Row) -> bool) {
    (
        // All that is looked for was written at this time or later.
        move |summary: &Summary| summary.may_be_by(principal) && summary.at_max >= FIRST,
        move |row: &Row| row.principal.as_deref() == Some(principal),
    )
}

fn search(reader: &LedgerReader, principal: &'static str, count: usize) -> Vec<Row> {
    let (may_match, matches) = of(principal);
    reader.search(count, may_match, matches).unwrap()
}

fn all(reader: &LedgerReader, principal: &'static str) -> Vec<Row> {
    let (mut rows, mut found) = (Rows::default(), Vec::new());
    let walk = |placed| {
        found.push(rows.row(placed));
        ControlFlow::Continue(())
    };
    reader.walk(0, walk).unwrap();
    found.retain(of(principal).1);
    found
}

#[tokio::test]
async fn a_search_finds_what_a_walk_finds() {
    let layer = LossyLayer::default();
    let reader = ledger(&layer).await;
    let summaries = Path::new(FOLDER).join("summaries");
    for principal in ["mallory", "grace", "ada", "nobody"] {
        let every = all(&reader, principal);
        // Without summaries, with them, and with damaged, stale and missing ones.
        for damage in 0..6 {
            assert_eq!(search(&reader, principal, 100_000), every, "{principal} {damage}");
            let last = every.len().saturating_sub(3);
            assert_eq!(search(&reader, principal, 3), every[last..], "{principal} {damage}");
            let text = String::from_utf8(layer.bytes(&summaries).unwrap()).unwrap();
            match damage {
                1 => layer.set_bytes(&summaries, text.into_bytes().iter().map(|byte| byte ^ 1).collect()),
                2 => layer.set_bytes(&summaries, text.replace("\"bytes\":", "\"bytes\":1").into_bytes()),
                3 => reader.forget_summaries().unwrap(),
                4 => layer.set_bytes(&summaries, text.replace("\"at_max\":1", "\"at_max\":-1").into_bytes()),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_rare_search_reads_only_what_may_hold_it() {
    let layer = LossyLayer::default();
    let reader = ledger(&layer).await;
    search(&reader, "nobody", 10);
    let looked = std::cell::Cell::new(0u64);
    let counted = |row: &Row| {
        looked.set(looked.get() + 1);
        row.principal.as_deref() == Some("nobody")
    };
    assert!(reader.search(10, of("nobody").0, counted).unwrap().is_empty());
    // Only the last segment has no summary yet.
    assert!(looked.get() <= 1_600, "{} rows were looked at", looked.get());
    // On a medium that cannot be written, it is found all the same.
    layer.remove(&Path::new(FOLDER).join("summaries")).unwrap();
    layer.fill(true);
    assert_eq!(search(&reader, "mallory", 10), all(&reader, "mallory"));
}
