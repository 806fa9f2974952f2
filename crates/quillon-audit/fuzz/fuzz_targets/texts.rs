//! Reads anything as a note, a key, a receipt, a witness's request and a leaf.
//!
//! Reading never panics; what is read prints to a text that reads back to the same; and nothing that was not signed opens.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use quillon_audit::{AddCheckpoint, Checkpoint, Cosigner, Leaf, LossyLayer, Note, NoteKey, Receipt, Signer, VerifierKey, Witness};
use quillon_base::{OrganisationId, Region, Secret, Timestamp};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    Signer::new(&Secret::new(vec![7; 32]), &OrganisationId::new("local").unwrap(), &Region::device()).unwrap()
});

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let key = SIGNER.key();
    if let Ok(note) = Note::parse(&text) {
        assert!(note.text.starts_with(&format!("{}\n{}\n", note.origin, note.size)));
        assert!(!note.signatures.is_empty() && key.ed25519().check(&note).is_none());
    }
    assert!(Checkpoint::open(&text, key).is_err());
    if let Ok(parsed) = NoteKey::parse(&text) {
        assert_eq!(NoteKey::parse(&parsed.to_string()), Ok(parsed));
    }
    if let Ok(parsed) = VerifierKey::parse(&text) {
        assert_eq!(VerifierKey::parse(&parsed.to_string()), Ok(parsed));
    }
    if let Ok(receipt) = Receipt::parse(&text) {
        assert_eq!(Receipt::parse(&receipt.to_string()), Ok(receipt.clone()));
        assert!(receipt.check(key).is_err());
    }
    if let Ok(request) = AddCheckpoint::parse(&text) {
        assert_eq!(AddCheckpoint::parse(&request.print()), Ok(request.clone()));
        let witness = Witness::new(Arc::new(LossyLayer::default()), "/w".into(), cosigner());
        assert!(witness.add_checkpoint(&request, key, Timestamp(0)).is_err());
    }
    let _ = Leaf::decode(bytes);
});

fn cosigner() -> Cosigner {
    Cosigner::new(&Secret::new(vec![3; 32])).unwrap()
}
