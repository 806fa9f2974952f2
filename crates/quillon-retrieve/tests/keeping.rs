//! An index that is kept: saves, removals, a cache, and what is no cache.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use quillon_retrieve::{Document, Index, Kept, Query, Stopped, Watch};

use crate::support::parcels;

const QUESTIONS: &[&str] = &[
    "where is the retry policy?",
    "who calls `find_depot`?",
    "depot parcel connection",
    "what is this project",
];

/// Everything that an index says, to compare it with another.
fn said(index: &Index) -> String {
    let mut said = String::new();
    for question in QUESTIONS {
        for hit in index.search(&Query::parse(question), 50) {
            said += &format!(
                "{} {}:{}-{} {:?}\n",
                hit.score, hit.path, hit.lines.first, hit.lines.last, hit.heading
            );
        }
    }
    for name in ["find_depot", "RetryPolicy", "acquire", "fa", "B"] {
        for found in index.definitions(name) {
            said += &format!("{} {} {}:{}\n", found.kind.name(), found.rank, found.path, found.line);
            let callers = index.callers(found.id, 50).into_iter();
            said += &callers
                .map(|caller| format!("  {}:{}\n", caller.call.path, caller.call.line))
                .collect::<String>();
        }
        for used in index.references(name, 50) {
            said += &format!("{} {}:{} {}\n", used.kind.name(), used.path, used.line, used.count);
        }
    }
    let counts = index.counts();
    said += &format!("{} {} {} {}", counts.documents, counts.lines, counts.chunks, counts.definitions);
    said
}

fn opened(kept: Kept, documents: Vec<Document>) -> (Index, usize) {
    let (index, refreshed) = kept.open(documents, &Watch::nobody()).unwrap();
    (index, refreshed.read)
}

#[test]
fn a_cache_gives_the_same_index_and_nothing_is_read_again() {
    let index = Index::build(parcels());
    let bytes = index.to_bytes().unwrap();
    let (again, read) = opened(Kept::from_bytes(&bytes).unwrap(), parcels());
    assert_eq!((said(&again), read), (said(&index), 0));
    assert!(again.to_bytes().unwrap() == bytes, "the cache of the same index differs");
}

#[test]
fn only_what_changed_is_read_again() {
    let bytes = Index::build(parcels()).to_bytes().unwrap();
    let mut changed = parcels();
    let gone = changed.remove(0);
    let path = changed[0].path.clone();
    changed[0] = Document::new(path, format!("{}\n\nfn find_depot() {{}}\n", changed[0].text));
    changed.push(Document::new("new.rs", "struct RetryPolicy;\n"));
    let (index, read) = opened(Kept::from_bytes(&bytes).unwrap(), changed.clone());
    assert_eq!((said(&index), read), (said(&Index::build(changed)), 2));
    assert_eq!(index.text(&gone.path), None);
}

#[test]
fn a_text_that_the_cache_does_not_fit_is_read_again() {
    let bytes = Index::build(parcels()).to_bytes().unwrap();
    let lying: Vec<Document> = parcels()
        .into_iter()
        .map(|document| Document { text: document.text.replace('\n', "\r\n"), ..document })
        .collect();
    let (index, read) = opened(Kept::from_bytes(&bytes).unwrap(), lying.clone());
    assert_eq!((said(&index), read), (said(&Index::build(lying)), index.counts().documents));
}

#[test]
fn work_that_is_stopped_leaves_nothing_half_done() {
    let mut index = Index::build(parcels());
    let before = said(&index);
    let many: Vec<_> =
        (0..200).map(|at| Document::new(format!("{at}.rs"), format!("fn f{at}() {{}}\n"))).collect();
    for after in [0, 3, 100] {
        let asked = AtomicUsize::new(0);
        let is_stopped = || asked.fetch_add(1, Ordering::Relaxed) >= after;
        let watch = Watch { is_stopped: &is_stopped, progress: &|_, _| {} };
        assert_eq!(index.refresh(many.clone(), &watch), Err(Stopped));
        assert_eq!(said(&index), before);
    }
    let told = AtomicUsize::new(0);
    let progress = |done: usize, all: usize| {
        assert!(done <= all && all == 200);
        told.fetch_max(done + 1, Ordering::Relaxed);
    };
    let watch = Watch { is_stopped: &|| false, progress: &progress };
    let refreshed = index.refresh(many.clone(), &watch).unwrap();
    assert_eq!((refreshed.read, refreshed.known), (200, 0));
    assert!(told.into_inner() >= 199);
    assert_eq!(said(&index), said(&Index::build(many)));
}

#[test]
fn a_cache_that_is_cut_or_of_another_version_is_none() {
    let bytes = Index::build(parcels()).to_bytes().unwrap();
    for length in (0..bytes.len()).step_by(37) {
        assert!(Kept::from_bytes(&bytes[..length]).is_none(), "{length}");
    }
    let mut other = bytes.clone();
    other[4] += 1;
    assert!(Kept::from_bytes(&other).is_none());
    assert!(Kept::from_bytes(&[bytes, vec![0]].concat()).is_none());
}

/// The same bytes with a checksum that says that they are whole.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32c::crc32c(&bytes[12..]);
    bytes[8..12].copy_from_slice(&sum.to_le_bytes());
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_bytes_give_an_index_that_works_or_none(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = Index::build(parcels()).to_bytes().unwrap();
        let body = bytes.len() - 12;
        for (place, byte) in changes {
            bytes[12 + place.index(body)] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(12 + cut.index(body));
        }
        if let Some(kept) = Kept::from_bytes(&sealed(bytes)) {
            let (index, _) = opened(kept, parcels());
            let _ = said(&index);
            let _ = (index.settings(), index.routes(), index.entry_points(), index.map(50, None, &[]));
            for path in index.paths().map(str::to_owned).collect::<Vec<_>>() {
                let _ = (index.imports(&path), index.importers(&path, 9), index.definition_at(&path, 3));
                for found in index.definitions_in(&path) {
                    let _ = (index.callees(found.id, 9), index.members(found.id));
                }
            }
            prop_assert!(Kept::from_bytes(&index.to_bytes().unwrap()).is_some());
        }
    }

    #[test]
    fn however_an_index_came_about_it_says_the_same(
        steps in proptest::collection::vec((0_usize..6, 0_usize..6, any::<bool>()), 0..12),
    ) {
        let texts = [
            "fn find_depot() { acquire(); }\n",
            "struct RetryPolicy;\nimpl RetryPolicy { fn fa() { find_depot(); } }\n",
            "# Depot\n\nThe retry policy of a depot.\n",
            "def acquire():\n    return find_depot()\n",
            "class B:\n    def fa(self):\n        acquire()\n",
            "// @generated\nfn nothing() {}\n",
        ];
        let ending = |text: usize| ["rs", "rs", "md", "py", "py", "rs"][text];
        let mut living = Index::default();
        let mut files = std::collections::BTreeMap::new();
        for (file, text, is_removal) in steps {
            let path = format!("a/f{file}.{}", ending(text));
            if is_removal {
                prop_assert_eq!(living.remove(&path), files.remove(&path).is_some());
            } else {
                living.update(Document::new(path.clone(), texts[text]));
                files.insert(path, texts[text]);
            }
        }
        living.settle();
        let fresh = Index::build(files.into_iter().map(|(path, text)| Document::new(path, text)));
        prop_assert_eq!(said(&living), said(&fresh));
        let kept = Kept::from_bytes(&living.to_bytes().unwrap());
        prop_assert!(kept.is_some());
    }
}
