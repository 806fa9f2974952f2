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
