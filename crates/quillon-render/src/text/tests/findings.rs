//! Findings in their order, differences that carry what goes, and what was left out.

use super::*;

#[test]
fn edits_that_carry_what_goes_are_a_difference_that_other_tools_read() {
    let edits = vec![
        TextEdit { range: range((0, 0), (0, 0)), text: "import os\n".into(), before: String::new() },
        TextEdit { range: range((2, 0), (4, 0)), text: "one\n".into(), before: "two\nlines\n".into() },
        TextEdit { range: range((9, 0), (10, 0)), text: String::new(), before: "gone\u{1b}[2J\n".into() },
    ];
    let files = BTreeMap::from([("a.py".to_owned(), FileChange::Edit { edits, before_sha256: "00".into() })]);
    insta::assert_snapshot!(show(PIPE, &[Event::Patch(Patch { summary: "mends".into(), files })]), @r"
    [out]
    mends
    --- a/a.py
    +++ b/a.py
    @@ -0,0 +1,1 @@
    +import os
    @@ -3,2 +4,1 @@
    -two
    -lines
    +one
    @@ -10,1 +9,0 @@
    -gone\u{1b}[2J
    ");
}

#[test]
fn findings_stand_under_their_files_and_what_is_set_apart_comes_under_a_heading() {
    let finding = |path: &str, apart| {
        Event::Finding(Finding {
            rule: "r".into(),
            severity: Severity::High,
            headline: "h".into(),
            explanation: "Why.".into(),
            place: place(path, 3, 3),
            range: Some(range((2, 4), (2, 9))),
            path: Vec::new(),
            cwe: Vec::new(),
            fingerprint: "f".into(),
            fix: None,
            snippet: Some(Snippet { first: 2, text: "a\n日本\tmeant = 1; and more that is cut\n".into() }),
            references: Vec::new(),
            apart,
            suppressed: None,
        })
    };
    let suppressed = Event::Finding(Finding {
        rule: "r".into(),
        severity: Severity::High,
        headline: "not shown".into(),
        explanation: "e".into(),
        place: place("a.py", 1, 1),
        range: None,
        path: Vec::new(),
        cwe: Vec::new(),
        fingerprint: "f".into(),
        fix: None,
        snippet: None,
        references: Vec::new(),
        apart: None,
        suppressed: Some(Suppressed { by: SuppressedBy::Comment, reason: "why".into() }),
    });
    let tests = Some(quillon_contract::ask::SetApart::Tests);
    let events = [finding("a.py", None), finding("a.py", None), finding("tests/b.py", tests), suppressed];
    insta::assert_snapshot!(show(Look { by_file: true, width: Some(30), ..PIPE }, &events), @"
    [out]
    a.py
    high: h
      a.py:3  r
      2 | a
      3 | 日本    meant = 1; and …
        |          ^^^^^
      Why.

    high: h
      a.py:3  r
      2 | a
      3 | 日本    meant = 1; and …
        |          ^^^^^
      Why.

    in tests
    tests/b.py
    high: h
      tests/b.py:3  r
      2 | a
      3 | 日本    meant = 1; and …
        |          ^^^^^
      Why.
    ");
}

#[test]
fn what_was_left_out_is_said_by_name_as_long_as_it_is_little() {
    let skipped = |nth: usize| {
        Event::Skipped(Skipped {
            path: format!("{nth}.py"),
            reason: "it is not text".into(),
            partial: nth == 0,
        })
    };
    let mut events: Vec<Event> = (0..22).map(skipped).collect();
    events.push(end(Outcome::Done, None));
    let shown = show(PIPE, &events);
    assert!(shown.contains("warning: 0.py was reviewed in part: it is not text\n"), "{shown}");
    assert!(shown.contains("warning: 19.py was not reviewed: it is not text\n") && !shown.contains("20.py"));
    assert!(shown.contains("warning: 2 more files were left out; `--output json` names them\n"), "{shown}");
}
