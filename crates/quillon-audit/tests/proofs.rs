//! Receipts and tiles: what this build proves, others can check.

use std::path::Path;
use std::sync::Arc;

use quillon_audit::verify::verify;
use quillon_audit::{Checkpoint, Entry, FileLayer, LedgerReader, LossyLayer, Receipt, proof};
use quillon_base::FaultCode;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Error as TlogError, Tile, TileHashReader, TileReader};

use crate::support::{Bench, reader};

const FOLDER: &str = "/ledger";

/// A ledger of `records` records in groups of a few.
async fn ledger(layer: &LossyLayer, seed: u64, records: usize) -> LedgerReader {
    let bench = Bench::new(seed);
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    for _ in 0..records {
        log.mention(Entry::Refused(bench.opening())).unwrap();
    }
    drop(log);
    reader(Arc::new(layer.clone()), Path::new(FOLDER))
}

/// Reads our tile files as the crate asks for them.
struct Files(LossyLayer);

impl TileReader for Files {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, TlogError> {
        let read = |tile: &Tile| {
            // The crate's paths begin with the tile's height, which the specification leaves out: it is always 8.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.0.bytes(&Path::new(FOLDER).join(&path)).unwrap_or_else(|| panic!("no {path}"))
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

#[tokio::test]
async fn the_crate_tlog_tiles_verifies_our_tiles_bundles_and_proofs() {
    let layer = LossyLayer::default();
    for (round, records) in [1, 200, 55, 1, 400, 1_000].into_iter().enumerate() {
        let reader = ledger(&layer, 100 + round as u64, records).await;
        let size = reader.write_tiles().unwrap();
        let (note, _) = reader.head().unwrap().unwrap();
        let verifier = StandardVerifier::new(&reader.key().ed25519().to_string()).unwrap();
        let opened = Note::from_bytes(note.as_bytes()).unwrap();
        opened.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
        let checkpoint = tlog_tiles::Checkpoint::from_bytes(opened.text()).unwrap();
        assert_eq!((checkpoint.size(), checkpoint.origin()), (size, reader.key().origin()));

        let files = Files(layer.clone());
        let hashes = TileHashReader::new(size, *checkpoint.hash(), &files);
        for index in [0, size / 2, size - 1] {
            let theirs = tlog_tiles::prove_record(size, index, &hashes).unwrap();
            let ours = Receipt::parse(&reader.receipt(index).unwrap().to_string()).unwrap();
            assert_eq!(theirs.iter().map(|hash| hash.0).collect::<Vec<_>>(), ours.proof, "{index} of {size}");
            let leaf = tlog_tiles::record_hash(&ours.record);
            tlog_tiles::check_record(&theirs, size, *checkpoint.hash(), index, leaf).unwrap();
        }
        let old = 1.max(size / 3);
        let old_root = tlog_tiles::tree_hash(old, &hashes).unwrap();
        let (_, ours) = reader.consistency(old).unwrap();
        let ours: Vec<_> = ours.into_iter().map(tlog_tiles::Hash).collect();
        tlog_tiles::check_tree(&ours, size, *checkpoint.hash(), old, old_root).unwrap();
        check_bundles(&layer, size);
    }
}

/// Every entry of every bundle hashes to its place in its tile.
fn check_bundles(layer: &LossyLayer, size: u64) {
    let mut entries = 0;
    for number in 0..size.div_ceil(256) {
        let width = (size - number * 256).min(256);
        let suffix = if width < 256 { format!(".p/{width}") } else { String::new() };
        let file = |kind: &str| {
            layer.bytes(&Path::new(FOLDER).join(format!("tile/{kind}/{number:03}{suffix}"))).unwrap()
        };
        let (bundle, tile) = (file("entries"), file("0"));
        let mut rest = bundle.as_slice();
        for hash in tile.chunks(32) {
            let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            assert_eq!(tlog_tiles::record_hash(&rest[2..2 + length]).0, hash);
            rest = &rest[2 + length..];
            entries += 1;
        }
        assert!(rest.is_empty());
    }
    assert_eq!(entries, size);
}

#[tokio::test]
async fn damaged_lost_and_stale_tiles_are_made_again() {
    let layer = LossyLayer::default();
    let reader = ledger(&layer, 3, 700).await;
    reader.write_tiles().unwrap();
    let tiles: Vec<_> = layer.paths().into_iter().filter(|path| path.starts_with("/ledger/tile")).collect();
    assert!(tiles.len() >= 7, "{tiles:?}");
    for path in &tiles {
        let good = layer.bytes(path).unwrap();
        let mut bad = good.clone();
        bad[5] ^= 1;
        layer.set_bytes(path, bad);
        reader.receipt(10).unwrap().check(reader.key()).unwrap();
        layer.remove(path).unwrap();
        reader.receipt(650).unwrap().check(reader.key()).unwrap();
    }
    // A crash may leave the note of what was built and lose some of it.
    layer.set_bytes(&Path::new(FOLDER).join("tiles"), b"999999\n".to_vec());
    reader.receipt(699).unwrap().check(reader.key()).unwrap();
}

#[tokio::test]
async fn a_receipt_stands_alone_and_any_change_of_it_is_found() {
    let layer = LossyLayer::default();
    let reader = ledger(&layer, 5, 9).await;
    let text = reader.receipt(4).unwrap().to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra ") && text.len() < 2_048, "{}", text.len());
    let (_, leaf) = Receipt::parse(&text).unwrap().check(reader.key()).unwrap();
    assert!(matches!(leaf.unwrap().entry, Entry::Refused(_)));
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        let checked = Receipt::parse(&changed).and_then(|receipt| receipt.check(reader.key()).map(|_| ()));
        assert!(checked.is_err(), "a flip at byte {place} went unseen");
    }
    assert_eq!(reader.receipt(9).unwrap_err().code, FaultCode::InputInvalid);
}

#[tokio::test]
async fn a_receipt_finds_a_ledger_that_no_longer_holds_its_record() {
    let layer = LossyLayer::default();
    let kept = ledger(&layer, 6, 12).await.receipt(11).unwrap().to_string();
    let reader = ledger(&layer, 7, 3).await;
    assert_eq!(verify(&reader, Some(&kept)).unwrap().problems, []);
    let rewritten = LossyLayer::default();
    let reader = ledger(&rewritten, 8, 20).await;
    assert_eq!(verify(&reader, Some(&kept)).unwrap().problems.len(), 1);
    assert_eq!(verify(&reader, Some(&kept[..kept.len() - 9])).unwrap().problems.len(), 1);
}

#[tokio::test]
async fn a_grown_ledger_proves_that_it_extends_what_it_was() {
    let layer = LossyLayer::default();
    let reader = ledger(&layer, 9, 300).await;
    let (_, old) = reader.head().unwrap().unwrap();
    let reader = ledger(&layer, 10, 300).await;
    let (note, path) = reader.consistency(old.size).unwrap();
    let new = Checkpoint::open(&note, reader.key()).unwrap();
    assert!(proof::extends(old.size, &old.root, new.size, &new.root, &path));
    assert_eq!(reader.consistency(601).unwrap_err().code, FaultCode::InputInvalid);
}
