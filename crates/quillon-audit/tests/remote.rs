//! Asking a witness elsewhere: what an honest one answers is taken, and what a lying one answers is found.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quillon_audit::{
    AddCheckpoint, Cosigner, Entry, Heard, LedgerReader, LossyLayer, Note, NoteKey, Witness, WitnessAnswer,
};
use quillon_base::{FaultCode, Secret, Timestamp};

use crate::support::{Bench, reader};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

async fn ledger(seed: u64, records: usize) -> LedgerReader {
    let (layer, bench) = (LossyLayer::default(), Bench::new(seed));
    let log = bench.open(Arc::new(layer.clone()), Path::new("/ledger"));
    for _ in 0..records {
        log.record(Entry::Refused(bench.opening())).await.unwrap();
    }
    drop(log);
    reader(Arc::new(layer), Path::new("/ledger"))
}

fn witness(seed: u8) -> Witness {
    let cosigner = Cosigner::new(&Secret::new(vec![seed; 32])).unwrap();
    Witness::new(Arc::new(LossyLayer::default()), PathBuf::from("/witness"), cosigner)
}

fn request(ledger: &LedgerReader) -> AddCheckpoint {
    let (checkpoint, proof) = ledger.consistency(0).unwrap();
    AddCheckpoint { old: 0, proof, checkpoint }
}

fn answer(status: u16, body: &str) -> WitnessAnswer {
    WitnessAnswer { status, body: body.to_owned() }
}

fn code(answer: &WitnessAnswer, checkpoint: &str, keys: &[NoteKey]) -> FaultCode {
    answer.judge(checkpoint, keys).unwrap_err().code
}

#[tokio::test]
async fn what_an_honest_witness_answers_is_put_under_the_checkpoint() {
    let (ledger, witness) = (ledger(1, 5).await, witness(3));
    let request = request(&ledger);
    let cosigned = witness.add_checkpoint(&request, ledger.key(), NOW).unwrap();
    let keys = witness.cosigner().keys();
    let heard = answer(200, &cosigned.lines).judge(&request.checkpoint, keys);
    assert_eq!(heard, Ok(Heard::Cosigned(cosigned.clone())));
    // Who knows it by one key keeps that signature, and nothing else that the answer holds.
    let noise = format!("hello\n\n\u{2014} x AAAAAAAA\n{}more", cosigned.lines);
    for key in keys {
        let one = std::slice::from_ref(key);
        let Ok(Heard::Cosigned(one)) = answer(200, &noise).judge(&request.checkpoint, one) else {
            panic!("{key}")
        };
        assert_eq!((one.size, one.lines.lines().count()), (5, 1));
        let note = Note::parse(&one.checkpoint).unwrap();
        assert_eq!(note.signatures.len(), Note::parse(&request.checkpoint).unwrap().signatures.len() + 1);
        assert_eq!(key.check(&note), Some(1_800_000_000));
    }
    assert_eq!(answer(409, "3\n").judge(&request.checkpoint, keys), Ok(Heard::Saw(3)));
    assert_eq!(answer(409, "5").judge(&request.checkpoint, keys), Ok(Heard::Saw(5)), "as far as it is now");
}

#[tokio::test]
async fn a_witness_that_signs_something_else_is_found_to_lie() {
    let (ours, other) = (ledger(2, 5).await, ledger(3, 5).await);
    let request = request(&ours);
    let witness = witness(3);
    let keys = witness.cosigner().keys();
    let good = witness.add_checkpoint(&request, ours.key(), NOW).unwrap();
    let lied = |body: &str| code(&answer(200, body), &request.checkpoint, keys) == FaultCode::WitnessLied;
    let stranger = self::witness(4).add_checkpoint(&request, ours.key(), NOW).unwrap();
    assert!(lied(&stranger.lines), "another key, which calls itself a witness too");
    let liar = self::witness(3).add_checkpoint(&self::request(&other), other.key(), NOW).unwrap();
    assert!(lied(&liar.lines), "its own key, under another tree of the same size");
    let half: String = good.lines.lines().take(1).map(|line| format!("{line}\n")).collect();
    assert!(lied(&half), "one signature of the two that were asked for");
    for body in ["", "\n", "ok", &"\u{2014} w AAAAAAAA\n".repeat(500), &good.checkpoint.replace('+', "-")] {
        assert!(lied(body), "{body:.40}");
    }
    for place in (0..good.lines.len()).step_by(7) {
        let mut lines = good.lines.clone().into_bytes();
        lines[place] ^= 1;
        assert!(lied(&String::from_utf8_lossy(&lines)), "a flip at byte {place}");
    }
}

#[tokio::test]
async fn each_refusal_is_said_with_what_it_means() {
    let (ledger, witness) = (ledger(4, 5).await, witness(3));
    let (checkpoint, keys) = (request(&ledger).checkpoint, witness.cosigner().keys());
    for (status, body, expected) in [
        (422, "", FaultCode::WitnessNotExtended),
        (409, "6\n", FaultCode::WitnessNotExtended),
        (409, "18446744073709551615\n", FaultCode::WitnessNotExtended),
        (409, "", FaultCode::WitnessLied),
        (409, "05\n", FaultCode::WitnessLied),
        (409, "-1\n", FaultCode::WitnessLied),
        (409, "3 records\n", FaultCode::WitnessLied),
        (400, "", FaultCode::WitnessMalformed),
        (403, "", FaultCode::WitnessNotSigned),
        (404, "", FaultCode::WitnessLogUnknown),
        (302, "", FaultCode::WitnessFailed),
        (500, "", FaultCode::WitnessFailed),
        (0, "", FaultCode::WitnessFailed),
    ] {
        assert_eq!(code(&answer(status, body), &checkpoint, keys), expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_request_finds_its_log_among_several() {
    use quillon_audit::{Signer, VerifierKey};
    use quillon_base::{OrganisationId, Region};
    let ledger = ledger(5, 2).await;
    let organisation = OrganisationId::new("acme").unwrap();
    let other = Signer::new(&Secret::new(vec![9; 32]), &organisation, &Region::device()).unwrap();
    let logs: Vec<VerifierKey> = vec![other.key().clone(), ledger.key().clone()];
    assert_eq!(request(&ledger).log_among(&logs), Some(ledger.key()));
    let no_note = AddCheckpoint { checkpoint: "x".into(), ..request(&ledger) };
    assert_eq!(no_note.log_among(&logs), Some(other.key()), "the first refuses it");
    assert_eq!(no_note.log_among(&[]), None);
}
