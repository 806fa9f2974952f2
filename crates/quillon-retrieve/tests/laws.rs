//! What holds for any text and any question.

use proptest::prelude::*;
use quillon_retrieve::{Document, HITS_MAX, Index, PASSAGE_LINES_STRETCHED, Query};

use crate::support::{index, parcels};

/// Lines of pieces that definitions, headings and words are made of, in no order.
const LINES: &str = "(((fn|class|def |impl|# |== |struct|let|/// |//|    |\\}|\\{|\\(|\\)|:|=|=>|retry|Policy|_|\"|é|検|\t|```) ?){0,12}\n){0,40}";

proptest! {
    // Each case builds indexes of some kilobytes.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_can_be_indexed_and_asked(
        texts in proptest::collection::vec((LINES, "[a-z]{1,3}\\.(rs|py|md|c|js|yaml|txt|x)"), 0..5),
        question in "\\PC{0,60}|(where|how|who calls|`retry`|Policy::fn|a\\.rs:3|\"let retry\"| ){0,6}",
    ) {
        let documents = || texts.iter().map(|(text, path)| Document::new(path.clone(), text.clone()));
        let index = Index::build(documents());
        let query = Query::parse(&question);
        let hits = index.search(&query, 20);
        for hit in &hits {
            let text = texts.iter().filter(|(_, path)| path == hit.path).map(|(text, _)| text);
            let lines = |text: &String| text.lines().count() as u32;
            prop_assert!(text.map(lines).max().is_some_and(|count| hit.lines.last <= count), "{:?}", hit);
            prop_assert!(hit.lines.first >= 1 && hit.lines.first <= hit.lines.last);
            prop_assert!((hit.lines.last - hit.lines.first) < PASSAGE_LINES_STRETCHED as u32);
            prop_assert_eq!(hit.text.split('\n').count() as u32, hit.lines.last - hit.lines.first + 1);
        }
        let again = Index::build(documents());
        prop_assert_eq!(hits, again.search(&query, 20));
    }

    #[test]
    fn any_bytes_that_decode_can_be_indexed(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let index = Index::build([Document::new("a.rs", text.clone()), Document::new("b.md", text.clone())]);
        let _ = index.search(&Query::parse(&text), 10);
        let _ = index.unknown(&Query::parse(&text));
        let _ = index.symbols("", 10);
    }

    #[test]
    fn the_order_of_the_files_does_not_matter_to_what_is_found(seed in any::<u64>()) {
        let mut documents = parcels();
        let count = documents.len();
        for place in (1..count).rev() {
            documents.swap(place, (seed as usize).wrapping_mul(place + 7) % (place + 1));
        }
        let query = Query::parse("where is the retry policy of a depot?");
        let shuffled = Index::build(documents);
        let places = |index: &Index| {
            let hits = index.search(&query, HITS_MAX).into_iter();
            hits.map(|hit| (hit.path.to_owned(), hit.lines)).collect::<Vec<_>>()
        };
        prop_assert_eq!(places(&index()), places(&shuffled));
    }

    #[test]
    fn no_more_is_given_than_was_asked_for(limit in 0usize..200) {
        let hits = index().search(&Query::parse("depot retry parcel connection"), limit).len();
        prop_assert!(hits <= limit.min(HITS_MAX));
    }
}
