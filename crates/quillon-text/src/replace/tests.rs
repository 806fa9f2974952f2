//! Edits that were not copied to the letter, and those that must not be made.

use proptest::prelude::*;

use super::{LineEnd, NotFound, Strategy, replace_once};

fn edit(text: &str, old: &str, new: &str) -> Result<(String, Strategy), NotFound> {
    let found = replace_once(text, old, new)?;
    Ok((format!("{}{}{}", &text[..found.range.start], found.with, &text[found.range.end..]), found.strategy))
}

#[track_caller]
fn check(text: &str, old: &str, new: &str, expected: &str, strategy: Strategy) {
    assert_eq!(edit(text, old, new), Ok((expected.to_owned(), strategy)));
}

#[test]
fn to_the_letter_also_within_a_line() {
    check("a b c", "b", "x", "a x c", Strategy::Exact);
    check("a\nb\nc\n", "b\n", "", "a\nc\n", Strategy::Exact);
}

#[test]
fn line_ends_are_those_of_the_file() {
    check("a\r\nb\r\nc\r\n", "a\nb\n", "x\ny\nz\n", "x\r\ny\r\nz\r\nc\r\n", Strategy::Exact);
    check("a\nb\nc\n", "a\r\nb\r\n", "x\r\n", "x\nc\n", Strategy::Exact);
    // A file of both kinds keeps each line as it is; what comes follows what goes.
    check("a\r\nb\nc\r\n", "b\n", "x\ny\n", "a\r\nx\ny\nc\r\n", Strategy::Exact);
}

#[test]
fn blanks_at_line_ends_do_not_matter() {
    check(
        "if a:  \n    b\t\nc\n",
        "if a:\n    b\n",
        "if x:\n    y\n",
        "if x:\n    y\nc\n",
        Strategy::TrailingSpace,
    );
    check("a\nb", "b  ", "x", "a\nx", Strategy::TrailingSpace);
}

#[test]
fn another_indentation_is_carried_over() {
    let text = "fn a() {\n    if b {\n        c();\n    }\n}\n";
    let old = "if b {\n    c();\n}\n";
    let new = "if b {\n    d();\n\n    e();\n}\n";
    let expected = "fn a() {\n    if b {\n        d();\n\n        e();\n    }\n}\n";
    check(text, old, new, expected, Strategy::Indentation);
    check("a\n  b\n", "    a\n      b", "    x\n      y", "x\n  y\n", Strategy::Indentation);
    // Lines that are indented by different amounts are another text.
    assert!(edit("a\n  b\n", "a\nb\n", "x\ny\n").is_err());
}

#[test]
fn typography_does_not_matter_last_of_all() {
    check("say(\u{201c}hi\u{201d}) \u{2013} ok\n", "say(\"hi\") - ok", "x", "x\n", Strategy::Punctuation);
    check("say(\"hi\")\n", "say(\u{201c}hi\u{201d})", "x", "x\n", Strategy::Punctuation);
}

#[test]
fn two_places_are_refused_with_their_lines() {
    let ambiguous = |lines: &[usize], strategy| Err(NotFound::Ambiguous { lines: lines.to_vec(), strategy });
    assert_eq!(edit("a\nb\na\n", "a\n", "x"), ambiguous(&[1, 3], Strategy::Exact));
    assert_eq!(edit("aaa", "aa", "x"), ambiguous(&[1, 1], Strategy::Exact));
    assert_eq!(edit("if b:\n  x\n    x\n", "      x", "y"), ambiguous(&[2, 3], Strategy::Indentation));
    let many = 200_000;
    let lines: Vec<usize> = (1..=many).collect();
    assert_eq!(edit(&"a\r\n".repeat(many), "a", "x"), ambiguous(&lines, Strategy::Exact));
    // One place to the letter counts before two that are only alike.
    check("  x\nx \n    x\n", "x ", "y", "  x\ny\n    x\n", Strategy::Exact);
}

#[test]
fn what_is_nowhere_is_said_with_the_closest_place() {
    let closest = |text, old| match edit(text, old, "") {
        Err(NotFound::Nowhere { closest }) => closest.map(|at| (at.line, at.found, at.wanted)),
        other => panic!("{other:?}"),
    };
    assert_eq!(closest("a\nb\nc\na\nb\nd\n", "a\nb\ne\n"), Some((3, "c".into(), "e".into())));
    assert_eq!(closest("x\n", "a\n"), None);
    assert_eq!(edit("a", "", "x"), Err(NotFound::Empty));
    assert_eq!(edit("", "a", "x"), Err(NotFound::Nowhere { closest: None }));
    assert_eq!(edit("a\n\n\nb", "  \n  ", "x"), Err(NotFound::Nowhere { closest: None }));
}

proptest! {
    #[test]
    fn what_lies_outside_stays(
        before in "[a-c \\r\\n\u{2019}é]{0,30}", old in "[a-c \\n]{1,12}", after in "[a-c \\r\\n]{0,30}", new in "[x-z \\n]{0,12}",
    ) {
        let text = format!("{before}{old}{after}");
        match replace_once(&text, &old, &new) {
            Ok(found) => {
                prop_assert!(text.is_char_boundary(found.range.start) && text.is_char_boundary(found.range.end));
                if found.strategy == Strategy::Exact {
                    prop_assert_eq!(LineEnd::Lf.apply(&text[found.range]), LineEnd::Lf.apply(&old));
                }
            }
            Err(NotFound::Ambiguous { lines, .. }) => prop_assert!(lines.len() > 1),
            Err(NotFound::Nowhere { .. } | NotFound::Empty) => {
                // A CR at the seam can belong to the line end before it.
                prop_assert!(text.contains('\r'), "{:?}", text);
            }
        }
    }

    #[test]
    fn never_panics(text in "\\PC{0,80}", old in "\\PC{0,20}", new in "\\PC{0,20}") {
        let _ = replace_once(&text, &old, &new);
    }
}
