//! What a scan says of several texts and rules together.

use quillon_detect::{Scanner, Text, read_rules};

fn found(rules: &str, texts: &[(&str, &str)]) -> Vec<String> {
    let (rules, bad) = read_rules(rules);
    assert!(bad.is_empty(), "{bad:?}");
    let texts: Vec<Text<'_>> = texts.iter().map(|(path, text)| Text { path, text }).collect();
    let scan = Scanner::new(rules, false).scan(&texts);
    scan.findings
        .iter()
        .map(|found| format!("{}:{} {}", found.spot.path, found.spot.line, found.rule))
        .collect()
}

#[test]
fn a_rule_speaks_once_of_a_line_whatever_stands_between() {
    let rules = "rules:\n  - {id: a, languages: [python], message: m, severity: LOW, pattern: first()}\n  - {id: b, languages: [python], message: m, severity: LOW, pattern: other()}\n";
    let text = "[first(), other(), first()]\n";
    // The ending is known however it is written.
    assert_eq!(found(rules, &[("A.PY", text)]), ["A.PY:1 a", "A.PY:1 b"]);
}

#[test]
fn more_rules_over_the_flow_of_data_than_one_run_holds_are_all_followed() {
    let rule = |nth: usize| {
        format!(
            "  - id: r{nth:03}\n    languages: [python]\n    message: m\n    severity: LOW\n    mode: taint\n    pattern-sources:\n      - pattern: source()\n    pattern-sinks:\n      - pattern: sink(...)\n"
        )
    };
    let rules: String = (0..150).map(rule).collect();
    let found = found(&format!("rules:\n{rules}"), &[("a.py", "x = source()\nsink(x)\n")]);
    assert_eq!(found.len(), 150);
    assert_eq!(found.last().map(String::as_str), Some("a.py:2 r149"));
}

#[test]
fn data_is_followed_through_texts_that_only_hand_it_on() {
    let rules = "rules:\n  - id: a\n    languages: [python]\n    message: m\n    severity: LOW\n    mode: taint\n    pattern-sources:\n      - pattern: source()\n    pattern-sinks:\n      - pattern: sink(...)\n";
    let first = "from b import middle\ndef first():\n    middle(source())\ndef other():\n    middle(1)\n";
    let middle = "from c import last\ndef middle(x):\n    last(x)\n";
    let last = "def last(x):\n    sink(x)\ndef safe(x):\n    sink(1)\n";
    assert_eq!(found(rules, &[("a.py", first), ("b.py", middle), ("c.py", last)]), ["c.py:2 a"]);
    // The other way round: what comes in is handed back.
    let source = "def door():\n    return source()\n";
    let middle = "from a import door\ndef middle():\n    return door()\n";
    let sink = "from b import middle\nsink(middle())\n";
    assert_eq!(found(rules, &[("a.py", source), ("b.py", middle), ("c.py", sink)]), ["c.py:2 a"]);
}

#[test]
fn a_rule_speaks_of_the_files_that_its_paths_name() {
    let paths = "paths: {include: ['src/*.py'], exclude: [old]}";
    let search = format!(
        "  - {{id: a, languages: [python], message: m, severity: LOW, pattern: sink(...), {paths}}}\n"
    );
    let flow = format!(
        "  - id: b\n    languages: [python]\n    message: m\n    severity: LOW\n    {paths}\n    mode: taint\n    pattern-sources:\n      - pattern: source()\n    pattern-sinks:\n      - pattern: sink(...)\n"
    );
    let text = "sink(source())\n";
    let texts = ["src/a.py", "x/src/a.py", "src/old/src/a.py", "src/x/a.py", "a.py"].map(|path| (path, text));
    let wanted = ["src/a.py:1 a", "src/a.py:1 b", "x/src/a.py:1 a", "x/src/a.py:1 b"];
    assert_eq!(found(&format!("rules:\n{search}{flow}"), &texts), wanted);
}

#[test]
fn values_of_types_that_a_rule_takes_for_harmless_are_not_followed() {
    let rule = |options: &str| {
        format!(
            "rules:\n  - id: a\n    languages: [java]\n    message: m\n    severity: LOW\n    mode: taint\n    options: {{{options}}}\n    pattern-sources:\n      - patterns: [{{pattern: '$R $F(..., $T $P, ...) {{ ... }}'}}, {{focus-metavariable: $P}}]\n    pattern-sinks:\n      - pattern: sink(...)\n"
        )
    };
    let text = "class A {\n  void a(int x) { sink(x); }\n  void b(String x) { sink(x); }\n  void c(java.lang.Boolean x) { sink(x); }\n}\n";
    let texts = [("A.java", text)];
    assert_eq!(found(&rule(""), &texts), ["A.java:2 a", "A.java:3 a", "A.java:4 a"]);
    assert_eq!(found(&rule("taint_assume_safe_numbers: true"), &texts), ["A.java:3 a", "A.java:4 a"]);
    let both = "taint_assume_safe_numbers: true, taint_assume_safe_booleans: true";
    assert_eq!(found(&rule(both), &texts), ["A.java:3 a"]);
}
