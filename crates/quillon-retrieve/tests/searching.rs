//! What is found for a question, and which lines of it are shown.

use quillon_retrieve::{Document, Index, Query};

use crate::support::index;

/// The first hits, as `path:first-last heading`.
fn found(index: &Index, question: &str, limit: usize) -> Vec<String> {
    let hits = index.search(&Query::parse(question), limit);
    let show = |hit: &quillon_retrieve::Hit<'_>| {
        let heading = hit.heading.as_ref().map(|heading| format!(" {heading}")).unwrap_or_default();
        format!("{}:{}-{}{heading}", hit.path, hit.lines.first, hit.lines.last)
    };
    hits.iter().map(show).collect()
}

/// Checks the first hits.
#[track_caller]
fn check(question: &str, expected: &[&str]) {
    assert_eq!(found(&index(), question, expected.len()), expected, "{question}");
}

#[test]
fn a_question_in_words_finds_the_code() {
    check("where is the retry policy?", &["src/retry.rs:5-9 pub struct RetryPolicy"]);
    check(
        "how long does it wait before the next try?",
        &["src/retry.rs:17-20 impl RetryPolicy › pub fn delay(&self, attempt: u32) -> Duration"],
    );
    check(
        "where are expired connections evicted?",
        &["src/pool.rs:14-17 impl ConnectionPool › pub fn evict_expired(&mut self)"],
    );
    check("how is a depot deleted", &["web/depot.py:11-13 class DepotView › def delete(self, name)"]);
    check("which table holds the depots", &["db/schema.sql:1-4 CREATE TABLE depots"]);
}

#[test]
fn a_name_finds_its_definition_before_its_uses() {
    check("what is `RetryPolicy`", &["src/retry.rs:5-9 pub struct RetryPolicy"]);
    check("find_depot", &["web/depot.py:16-20 def find_depot(name)"]);
    check("findDepot", &["web/depot.py:16-20 def find_depot(name)"]);
    check("explain showToast()", &["web/static/app.js:1-3 export const showToast = (message) =>"]);
    check("MAX_CAPACITY", &["web/depot.py:3-6 MAX_CAPACITY = 40"]);
    check(
        "ConnectionPool::acquire",
        &["src/pool.rs:9-12 impl ConnectionPool › pub fn acquire(&mut self) -> Connection"],
    );
}

#[test]
fn who_uses_it_comes_before_what_it_is() {
    let found = found(&index(), "who calls RetryPolicy::from_settings?", 2);
    assert!(found[0].starts_with("src/main.rs:"), "{found:?}");
}

#[test]
fn the_kind_of_question_chooses_among_code_tests_and_prose() {
    check(
        "which tests cover deleting a depot",
        &["tests/test_depot.py:1-3 def test_delete_depot_that_is_empty()"],
    );
    check("how do I install it?", &["README.md:7-9 Parcels › Install"]);
    check("documentation of draining a depot", &["docs/operations.md:3-5 Operations › Draining"]);
    let found = found(&index(), "where are the retry settings", 5);
    assert!(found.iter().any(|hit| hit.starts_with("parcels.toml:1-3 [retry]")), "{found:?}");
    check("what is this project?", &["README.md:3-13"]);
}

#[test]
fn a_phrase_in_quotation_marks_is_found_as_it_stands() {
    check("where does \"refused the connection\" come from", &["src/pool.rs:8-18 impl ConnectionPool"]);
}

#[test]
fn a_file_that_is_named_is_shown() {
    check(
        "what is at src/retry.rs:18",
        &["src/retry.rs:17-20 impl RetryPolicy › pub fn delay(&self, attempt: u32) -> Duration"],
    );
    check("depot.py:17-18", &["web/depot.py:17-18 def find_depot(name)"]);
    check(
        "thread 'main' panicked at /srv/example/src/pool.rs:11:9:",
        &["src/pool.rs:9-12 impl ConnectionPool › pub fn acquire(&mut self) -> Connection"],
    );
    check("what is in db/schema.sql?", &["db/schema.sql:1-4 CREATE TABLE depots"]);
    let parts = found(&index(), "what is in docs/?", 5);
    assert_eq!(parts, ["docs/ja.md:1-3 再試行", "docs/operations.md:1-9 Operations"]);
    let found = found(&index(), "how are depots found in web/depot.py", 5);
    assert!(found.iter().all(|hit| hit.starts_with("web/depot.py")) && found.len() == 1, "{found:?}");
}

#[test]
fn other_forms_and_slips_are_understood() {
    check("time between retries", &["src/retry.rs:11-21 impl RetryPolicy"]);
    check("removing depots", &["web/depot.py:6-13 class DepotView"]);
    check("conection", &["src/pool.rs:3-6 pub struct ConnectionPool"]);
    check("再試行", &["docs/ja.md:1-3 再試行"]);
}

#[test]
fn what_is_nowhere_is_said() {
    let index = index();
    let unknown = |question: &str| {
        let unknown = index.unknown(&Query::parse(question)).into_iter();
        unknown.map(|unknown| (unknown.word, unknown.nearest)).collect::<Vec<_>>()
    };
    assert_eq!(unknown("where is the blockchain?"), [("blockchain".into(), None)]);
    assert_eq!(unknown("conection"), [("conection".into(), Some("connection".into()))]);
    assert_eq!(unknown("where is the retry policy?"), []);
    assert_eq!(found(&index, "blockchain consensus", 5), Vec::<String>::new());
    assert_eq!(found(&Index::default(), "anything", 5), Vec::<String>::new());
}

#[test]
fn one_file_does_not_crowd_out_the_others() {
    let parts: String =
        (0..40).map(|part| format!("def retry_{part}():\n{}\n", "    retry()\n".repeat(30))).collect();
    let index =
        Index::build([Document::new("a.py", parts), Document::new("b.py", "def other():\n    retry()\n")]);
    let found = found(&index, "where is retry", 10);
    assert_eq!(found.iter().filter(|hit| hit.starts_with("a.py")).count(), 2, "{found:?}");
    assert!(found.iter().any(|hit| hit.starts_with("b.py")), "{found:?}");
}

#[test]
fn what_other_people_wrote_and_lists_of_changes_come_last() {
    let found = found(&index(), "retry policy", 10);
    let place = |path: &str| found.iter().position(|hit| hit.starts_with(path)).unwrap_or(usize::MAX);
    assert!(place("src/retry.rs") < place("vendor/"), "{found:?}");
    assert!(place("src/retry.rs") < place("CHANGELOG.md"), "{found:?}");
    assert!(place("src/retry.rs") < place("examples/"), "{found:?}");
}

#[test]
fn limits_hold_and_are_counted() {
    let long = "word\n".repeat(quillon_retrieve::DOCUMENT_BYTES_MAX / 4);
    let index = Index::build([Document::new("a.py", long), Document::new("b.csv", "a,b\n".repeat(20_000))]);
    let counts = index.counts();
    assert_eq!((counts.documents, counts.cut_short, counts.left_out), (2, 2, 0));
    assert!(
        counts.lines <= (quillon_retrieve::DOCUMENT_BYTES_MAX + quillon_retrieve::DATA_BYTES_MAX) / 4 + 2
    );
}
