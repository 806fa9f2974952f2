//! An edit gives what a full reading gives.

use quillon_lang::{Edit, Limits, grammar_of, parse};

use crate::cases;

fn check(fence: &str, old: &str, new: &str) {
    let grammar = grammar_of(fence).unwrap();
    let limits = Limits::default();
    let mut syntax = parse(grammar, old, &limits);
    syntax.replace(new, &limits);
    let fresh = parse(grammar, new, &limits);
    assert_eq!(syntax.text(), new);
    assert_eq!(syntax.facts(&limits).definitions, fresh.facts(&limits).definitions, "{fence}: {new}");
}

#[test]
fn a_new_function_is_seen() {
    check("rust", "fn a() {}\n", "fn a() {}\nfn b() {}\n");
    check("rust", "fn größe() {}\n", "fn größer() { x() }\n");
    check("python", "def a():\n    pass\n", "def a():\n    def b(): pass\n");
    check("markdown", "# a\n", "# a\n## b\n");
    check("rust", "fn a() {}", "");
    check("rust", "", "fn a() {}");
}

#[test]
fn an_edit_may_turn_the_language() {
    let limits = Limits::default();
    let plain = "export const A = 1;\n";
    let mut syntax = parse(grammar_of("typescript").unwrap(), plain, &limits);
    assert_eq!(syntax.grammar().fence, "typescript");
    syntax.replace("export const A = () => <b>x</b>;\n", &limits);
    assert_eq!(syntax.grammar().fence, "tsx");
    syntax.replace(plain, &limits);
    assert_eq!(syntax.grammar().fence, "typescript");
}

#[test]
fn edits_that_do_not_fit_are_made_good() {
    let (old, new) = ("fn a() {}\n", "fn b() {}\nfn c() {}\n");
    let limits = Limits::default();
    let wrong = [
        vec![],
        vec![Edit { start: 0, end: 0, inserted: 0 }],
        vec![Edit { start: 900, end: 3, inserted: usize::MAX }],
        vec![Edit { start: 3, end: 4, inserted: 1 }, Edit { start: 10, end: 10, inserted: 10 }],
    ];
    for edits in wrong {
        let mut syntax = parse(grammar_of("rust").unwrap(), old, &limits);
        syntax.edit(new, &edits, &limits);
        let names: Vec<_> = syntax.facts(&limits).definitions.into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["b", "c"], "{edits:?}");
    }
}

#[test]
fn every_case_survives_the_loss_of_each_line() {
    for (fence, text) in cases::texts() {
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        for lost in (0..lines.len()).step_by(3) {
            let rest: String =
                lines.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, line)| *line).collect();
            let limits = Limits::default();
            let mut syntax = parse(grammar_of(&fence).unwrap(), &text, &limits);
            syntax.replace(&rest, &limits);
            let _ = syntax.facts(&limits);
            syntax.replace(&text, &limits);
        }
    }
}
