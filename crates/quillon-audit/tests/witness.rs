//! A witness cosigns what extends what it saw, and nothing else; what it cosigned is checked by `verify`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quillon_audit::verify::{Against, verify_against};
use quillon_audit::{
    AddCheckpoint, Checkpoint, Cosigner, Entry, FileLayer, LedgerReader, LossyLayer, Note, NoteKey, Signer,
    VerifierKey, Witness, WitnessRefusal,
};
use quillon_base::{FaultCode, OrganisationId, Region, Secret, Timestamp};

use crate::support::{Bench, reader};

const FOLDER: &str = "/ledger";
const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

async fn grow(layer: &LossyLayer, seed: u64, records: usize) -> LedgerReader {
    let bench = Bench::new(seed);
    let log = bench.open(Arc::new(layer.clone()), Path::new(FOLDER));
    for _ in 0..records {
        log.record(Entry::Refused(bench.opening())).await.unwrap();
    }
    drop(log);
    reader(Arc::new(layer.clone()), Path::new(FOLDER))
}

fn witness(layer: &LossyLayer) -> Witness {
    let cosigner = Cosigner::new(&Secret::new(vec![3; 32])).unwrap();
    Witness::new(Arc::new(layer.clone()), PathBuf::from("/witness"), cosigner)
}

fn request(reader: &LedgerReader, old: u64) -> AddCheckpoint {
    let (checkpoint, proof) = reader.consistency(old).unwrap();
    AddCheckpoint { old, proof, checkpoint }
}

fn status(witness: &Witness, request: &AddCheckpoint, key: &VerifierKey) -> u16 {
    witness.add_checkpoint(request, key, NOW).map_or_else(|refusal| refusal.status(), |_| 200)
}

#[tokio::test]
async fn what_extends_is_cosigned_and_the_state_survives_a_crash() {
    let (layer, state) = (LossyLayer::default(), LossyLayer::default());
    let ledger = grow(&layer, 1, 5).await;
    let cosigned = witness(&state).add_checkpoint(&request(&ledger, 0), ledger.key(), NOW).unwrap();
    assert_eq!((cosigned.size, cosigned.lines.lines().count()), (5, 2));
    // The state was durable before the cosignature left.
    let state = state.crash(|_| 0);
    let ledger = grow(&layer, 2, 7).await;
    let refused = witness(&state).add_checkpoint(&request(&ledger, 0), ledger.key(), NOW);
    assert_eq!(refused, Err(WitnessRefusal::Stale(5)));
    let cosigned = witness(&state).add_checkpoint(&request(&ledger, 5), ledger.key(), NOW).unwrap();
    let note = Note::parse(&cosigned.checkpoint).unwrap();
    for key in witness(&state).cosigner().keys() {
        assert_eq!(key.check(&note), Some(1_800_000_000), "{:?}", key.algorithm());
        assert_eq!(NoteKey::parse(&key.to_string()).as_ref(), Ok(key));
    }
    assert_eq!(Checkpoint::open(&cosigned.checkpoint, ledger.key()).unwrap().size, 12);
    // Asking again about the same tree is fine, with no proof.
    assert_eq!(status(&witness(&state), &request(&ledger, 12), ledger.key()), 200);
}

#[tokio::test]
async fn each_wrong_request_has_its_status() {
    let (layer, state) = (LossyLayer::default(), LossyLayer::default());
    let ledger = grow(&layer, 3, 4).await;
    let witness = witness(&state);
    let good = request(&ledger, 0);
    let organisation = OrganisationId::new("local").unwrap();
    let other = Signer::new(&Secret::new(vec![8; 32]), &organisation, &Region::device()).unwrap();
    assert_eq!(status(&witness, &good, other.key()), 404, "another log");
    let forged = AddCheckpoint { checkpoint: good.checkpoint.replace("\n4\n", "\n5\n"), ..good.clone() };
    assert_eq!(status(&witness, &forged, ledger.key()), 403, "not signed");
    let later = AddCheckpoint { old: 5, ..good.clone() };
    assert_eq!(status(&witness, &later, ledger.key()), 400, "from later");
    let no_note = AddCheckpoint { checkpoint: "nothing".into(), ..good.clone() };
    assert_eq!(status(&witness, &no_note, ledger.key()), 400, "no note");
    assert_eq!(status(&witness, &AddCheckpoint { old: 3, ..good.clone() }, ledger.key()), 409, "never seen");
    let padded = AddCheckpoint { proof: vec![[0; 32]], ..good.clone() };
    assert_eq!(status(&witness, &padded, ledger.key()), 422, "a proof from nothing");
    assert_eq!(status(&witness, &good, ledger.key()), 200);
    let ledger = grow(&layer, 4, 6).await;
    let mut wrong = request(&ledger, 4);
    wrong.proof[0][0] ^= 1;
    assert_eq!(status(&witness, &wrong, ledger.key()), 422, "a wrong proof");
    wrong.proof.clear();
    assert_eq!(status(&witness, &wrong, ledger.key()), 422, "no proof");
    assert_eq!(status(&witness, &request(&ledger, 4), ledger.key()), 200, "a refusal changes nothing");
}

#[tokio::test]
async fn a_split_view_gets_one_cosignature_only() {
    let state = LossyLayer::default();
    let witness = witness(&state);
    let (one, two) = (LossyLayer::default(), LossyLayer::default());
    let shown = grow(&one, 5, 6).await;
    assert_eq!(status(&witness, &request(&shown, 0), shown.key()), 200);
    // The same key signs another history: as long, longer, shorter.
    let hidden = grow(&two, 6, 6).await;
    assert_eq!(status(&witness, &request(&hidden, 6), hidden.key()), 422, "as long");
    let hidden = grow(&two, 7, 4).await;
    assert_eq!(status(&witness, &request(&hidden, 6), hidden.key()), 422, "longer");
    assert_eq!(status(&witness, &request(&hidden, 0), hidden.key()), 409, "as if it were new");
    let short = LossyLayer::default();
    let short = grow(&short, 8, 3).await;
    assert_eq!(
        status(&witness, &AddCheckpoint { old: 6, ..request(&short, 0) }, short.key()),
        400,
        "shorter"
    );
}

#[tokio::test]
async fn a_damaged_state_is_not_gone_on_from() {
    let (layer, state) = (LossyLayer::default(), LossyLayer::default());
    let ledger = grow(&layer, 9, 4).await;
    assert_eq!(status(&witness(&state), &request(&ledger, 0), ledger.key()), 200);
    let ledger = grow(&layer, 10, 4).await;
    let is_state = |path: &PathBuf| path.starts_with("/witness") && !path.ends_with("lock");
    let path = state.paths().into_iter().find(is_state).unwrap();
    let good = state.bytes(&path).unwrap();
    for place in (0..good.len()).step_by(31) {
        let mut bad = good.clone();
        bad[place] ^= 1;
        state.set_bytes(&path, bad);
        let refused = witness(&state).add_checkpoint(&request(&ledger, 4), ledger.key(), NOW).unwrap_err();
        assert_eq!(refused.fault().code, FaultCode::LedgerCorrupt, "byte {place}");
    }
    state.set_bytes(&path, good);
    assert_eq!(status(&witness(&state), &request(&ledger, 4), ledger.key()), 200);
}

#[tokio::test]
async fn verify_wants_the_witness_that_is_asked_for_and_finds_one_that_lies() {
    let (layer, state) = (LossyLayer::default(), LossyLayer::default());
    let ledger = grow(&layer, 11, 4).await;
    let witness = witness(&state);
    let bare = request(&ledger, 0);
    let cosigned = witness.add_checkpoint(&bare, ledger.key(), NOW).unwrap();
    let witnesses = witness.cosigner().keys();
    let against = |older: &str| verify_against(&ledger, Against { older: Some(older), witnesses }).unwrap();
    let report = against(&cosigned.checkpoint);
    assert_eq!((report.problems.len(), report.remarks.len()), (0, 2), "{report:?}");
    assert!(report.remarks[0].message.contains("cosigned it at 2027-01-15"), "{report:?}");
    assert_eq!(against(&bare.checkpoint).problems.len(), 2, "no cosignature");
    let missing = verify_against(&ledger, Against { older: None, witnesses }).unwrap();
    assert_eq!(missing.problems.len(), 2, "no checkpoint to cosign");
    for place in (0..cosigned.lines.len()).step_by(13) {
        let mut lines = cosigned.lines.clone().into_bytes();
        lines[place] ^= 1;
        let Ok(lines) = String::from_utf8(lines) else { continue };
        let report = against(&format!("{}{lines}", bare.checkpoint));
        assert!(!report.problems.is_empty(), "a flip at byte {place} of the cosignatures went unseen");
    }
    // A witness that cosigns whatever it is shown: what it cosigned of a hidden history is found beside the real one.
    let hidden = LossyLayer::default();
    let hidden = grow(&hidden, 12, 4).await;
    let liar = self::witness(&LossyLayer::default());
    let lie = liar.add_checkpoint(&request(&hidden, 0), hidden.key(), NOW).unwrap();
    let problems = against(&lie.checkpoint).problems;
    assert!(problems.iter().any(|problem| problem.message.contains("rewritten")), "{problems:?}");
}

#[tokio::test]
async fn two_requests_at_once_cannot_both_start_from_the_same_state() {
    let (layer, state) = (LossyLayer::default(), LossyLayer::default());
    let ledger = grow(&layer, 13, 4).await;
    let request = request(&ledger, 0);
    let results: Vec<u16> = std::thread::scope(|scope| {
        let ask = || status(&witness(&state), &request, ledger.key());
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let cosigned = results.iter().filter(|status| **status == 200).count();
    assert_eq!((cosigned, results.len()), (1, 8), "{results:?}");
    assert!(results.iter().all(|status| [200, 409].contains(status)), "{results:?}");
}

#[test]
fn the_layer_is_asked_for_a_durable_state() {
    // What is not durable may be an older state after a crash: then a second history would be cosigned.
    let layer = LossyLayer::default();
    layer.replace(Path::new("/witness/x"), b"old", true).unwrap();
    layer.replace(Path::new("/witness/x"), b"new", false).unwrap();
    assert_eq!(layer.crash(|_| 0).bytes(Path::new("/witness/x")), Some(b"old".to_vec()));
}
