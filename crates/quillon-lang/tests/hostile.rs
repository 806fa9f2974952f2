//! Texts that are made to hurt: deep nesting, long lines, odd bytes, and limits that are reached.

use std::cell::Cell;

use quillon_lang::{Cut, Facts, Grammar, Limits, borders, facts, grammar_of, grammars};

/// How deep brackets nest.
const DEEP: usize = 100_000;

/// How often the dearer openers stand in a row: recovery from errors takes some microseconds for each, in unoptimised
/// code many.
const OFTEN: usize = 5_000;

/// Reads a text that is made to hurt. How long that takes is for benchmarks to say; a reader that went quadratic would not
/// come back from these.
fn check(grammar: &'static Grammar, text: &str) -> Facts {
    let facts = facts(grammar, text, &Limits { steps_max: 20_000_000, ..Limits::default() });
    let _ = borders(&facts);
    facts
}

#[test]
fn deep_nesting_neither_overflows_nor_lasts() {
    let openers = [
        "<", "a(", "-", "- ", "> ", "!", "*", "if (", "f(g{", "/*", "\"${", "$(", "`${", "- - ", "<<A\n",
        "  a:\n",
    ];
    for grammar in grammars() {
        check(grammar, "warm");
        for bracket in ["(", "[", "{"] {
            check(grammar, &bracket.repeat(DEEP));
        }
        for opener in openers {
            check(grammar, &opener.repeat(OFTEN));
        }
        check(grammar, &format!("x = {}1{}", "[".repeat(OFTEN), "]".repeat(OFTEN)));
    }
}

#[test]
fn deep_definitions_keep_short_paths() {
    let nested = format!("{}{}", "mod a { ".repeat(5_000), "}".repeat(5_000));
    let facts = check(grammar_of("rust").unwrap(), &nested);
    assert!(facts.definitions.len() > 1_000);
    assert!(facts.definitions.iter().all(|found| found.scope.len() < 2_000));
}

#[test]
fn odd_bytes_are_read_past() {
    for grammar in grammars() {
        for text in ["\0", "\u{feff}", "a\0b(\0)", "\r\n\r\n\t \t", "\r", "😀(\u{202e})", "\u{feff}\0\r"] {
            check(grammar, text);
        }
    }
    let facts = check(grammar_of("rust").unwrap(), "\u{feff}/// Doc.\r\nfn a() {}\r\n");
    assert_eq!(facts.definitions[0].doc, "Doc.");
    let facts =
        check(grammar_of("python").unwrap(), "def a():\r\n\tx = 1\r\n        y = 2\r\ndef b(): pass\r\n");
    assert!(facts.definitions.iter().any(|found| found.name == "b"));
}

#[test]
fn limits_hold_and_say_so() {
    let text = "fn a() { b(); }\n".repeat(10_000);
    let rust = grammar_of("rust").unwrap();
    let none = Limits::default();
    let cut = |limits: &Limits<'_>| facts(rust, &text, limits);
    assert_eq!(cut(&Limits { bytes_max: 10, ..none }).cut, Some(Cut::TooLarge));
    assert_eq!(cut(&Limits { steps_max: 1_000, ..none }).cut, Some(Cut::TooManySteps));
    assert_eq!(cut(&Limits { is_cancelled: &|| true, ..none }).cut, Some(Cut::Cancelled));
    let few = cut(&Limits { facts_max: 100, ..none });
    assert_eq!(few.cut, Some(Cut::TooManyFacts));
    assert!(!few.definitions.is_empty() && few.definitions.len() <= 100);
    assert!(cut(&Limits { keeps_plain_references: false, ..none }).cut.is_none());
}

#[test]
fn cancelling_is_prompt() {
    let text = "fn a() { b(c(d)); }\n".repeat(50_000);
    let asked = Cell::new(0);
    let is_cancelled = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let found = facts(
        grammar_of("rust").unwrap(),
        &text,
        &Limits { is_cancelled: &is_cancelled, ..Limits::default() },
    );
    assert_eq!(found.cut, Some(Cut::Cancelled));
    assert!(asked.get() <= 6, "asked {} times", asked.get());
}

#[test]
fn long_lines_stay_linear() {
    for grammar in grammars() {
        for piece in ["a,", "x ", "](", "$a$ "] {
            check(grammar, &piece.repeat(OFTEN));
        }
    }
}
