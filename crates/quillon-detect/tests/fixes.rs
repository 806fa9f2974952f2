//! What rules change: each fix of a page mends what the page marks, and takes nothing else along.
#![expect(
    clippy::disallowed_methods,
    reason = "`SHOW_FIXES=1` shows whoever writes a fix what it makes of the page"
)]

use quillon_detect::{Counts, Finding, Language, Page, Scanner, Text, Unfit, pages, read_rules};

/// The share of rules that bring a fix which holds, in percent.
const FIXED_PERCENT_MIN: usize = 30;

const ENDINGS: &[(Language, &str)] = &[
    (Language::Java, "sample.java"),
    (Language::JavaScript, "sample.jsx"),
    (Language::Python, "sample.py"),
    (Language::TypeScript, "sample.ts"),
];

/// How many places of a page its fix mends; what is wrong with the others goes into `wrong`.
fn mended(page: &Page, wrong: &mut Vec<String>) -> usize {
    let mut count = 0;
    for sample in &page.samples {
        let path = ENDINGS.iter().find(|(language, _)| *language == sample.language).unwrap().1;
        let texts = [Text { path, text: sample.code }];
        let mut scanner = Scanner::default().thorough();
        let scan = scanner.scan(&texts);
        let mine = |found: &&Finding| found.rule == page.rule.id && !found.fix.is_empty();
        for found in scan.findings.iter().filter(mine) {
            let known = Counts::of(&scan.findings);
            let alone = scanner.mended(&texts, path, &[found], None);
            // What a scan counted says the same as looking again.
            assert_eq!(scanner.mended(&texts, path, &[found], Some(&known)), alone, "{}", page.path);
            match alone {
                Ok(text) => {
                    count += 1;
                    if std::env::var_os("SHOW_FIXES").is_some() {
                        let changed: Vec<&str> = text
                            .lines()
                            .filter(|line| !sample.code.lines().any(|old| old == *line))
                            .collect();
                        wrong.push(format!("{}: {}", page.path, changed.join("\n    ")));
                    }
                }
                Err(unfit) => wrong.push(format!("{}: {}: {:?}", page.path, unfit.said(), found.fix)),
            }
        }
    }
    if page.rule.has_fix() && count == 0 {
        wrong.push(format!("{}: its fix mends nothing that the page shows", page.path));
    }
    count
}

#[test]
fn every_fix_of_a_page_mends_what_the_page_marks_and_enough_pages_have_one() {
    let pages: Vec<&Page> = Language::ALL.iter().flat_map(|language| pages(*language)).collect();
    let mut wrong = Vec::new();
    let fixed = pages.iter().filter(|page| mended(page, &mut wrong) > 0).count();
    assert!(wrong.is_empty(), "{}\n{fixed} of {}", wrong.join("\n"), pages.len());
    assert!(fixed * 100 >= pages.len() * FIXED_PERCENT_MIN, "{fixed} of {} rules", pages.len());
}

/// The texts after the fixes of all findings of some rules, each by itself.
fn each(rule: &str, path: &str, text: &str) -> Vec<Result<String, Unfit>> {
    let (rules, bad) = read_rules(rule);
    assert!(bad.is_empty(), "{bad:?}");
    let texts = [Text { path, text }];
    let mut scanner = Scanner::new(rules, false);
    let scan = scanner.scan(&texts);
    scan.findings.iter().map(|found| scanner.mended(&texts, path, &[found], None)).collect()
}

fn rule(rest: &str) -> String {
    format!("rules:\n  - id: a\n    languages: [python]\n    message: m\n    severity: LOW\n{rest}")
}

#[test]
fn holes_are_filled_in_once_and_lines_keep_their_depth() {
    let rule = rule("    pattern: f($X, $...R)\n    fix: |\n      g($X,\n        $...R)\n");
    let done = each(&rule, "a.py", "if a:\n    f('$X', 2)\n    f(1)\n");
    assert_eq!(done[0].as_deref(), Ok("if a:\n    g('$X',\n      2)\n    f(1)\n"));
}

#[test]
fn a_hole_that_stands_for_nothing_here_gives_no_fix() {
    let rule = rule("    pattern-either:\n      - pattern: f($X)\n      - pattern: g($Y)\n    fix: h($X)\n");
    assert_eq!(each(&rule, "a.py", "f(1)\ng(2)\n"), [Ok("h(1)\ng(2)\n".to_owned()), Err(Unfit::None)]);
}

#[test]
fn steps_replace_what_they_match_in_what_was_found() {
    let rule = rule(
        "    pattern: f(...)\n    fix-regex:\n      - {regex: '^f\\((.*)\\)$', replacement: 'g(\\1)'}\n      - {regex: 'a', replacement: b, count: 1}\n",
    );
    assert_eq!(each(&rule, "a.py", "f(a, a)  # a\n"), [Ok("g(b, a)  # a\n".to_owned())]);
}

#[test]
fn a_fix_that_breaks_the_code_or_leaves_the_finding_or_brings_one_is_not_offered() {
    let one = |fix: &str| each(&rule(&format!("    pattern: f(...)\n    fix: {fix}\n")), "a.py", "f(1)\n");
    assert_eq!(one("'g(('"), [Err(Unfit::Broken)]);
    assert_eq!(one("f(2)"), [Err(Unfit::StillThere)]);
    let both = format!(
        "{}  - {{id: b, languages: [python], message: m, severity: LOW, pattern: g()}}\n",
        rule("    pattern: f(...)\n    fix: g()\n")
    );
    assert_eq!(each(&both, "a.py", "f(1)\n"), [Err(Unfit::New)]);
}

#[test]
fn imports_come_once_and_before_the_first() {
    let rule = rule("    pattern: f()\n    fix: os.g()\n    fix-imports: [import os]\n");
    let (rules, _) = read_rules(&rule);
    let text =
        "\"\"\"What it is.\"\"\"\r\nfrom __future__ import annotations\r\nimport sys\r\nf()\r\nf()\r\n";
    let texts = [Text { path: "a.py", text }];
    let mut scanner = Scanner::new(rules, false);
    let scan = scanner.scan(&texts);
    let all: Vec<&Finding> = scan.findings.iter().collect();
    assert_eq!(
        scanner.mended(&texts, "a.py", &all, None).as_deref(),
        Ok(
            "\"\"\"What it is.\"\"\"\r\nfrom __future__ import annotations\r\nimport os\r\nimport sys\r\nos.g()\r\nos.g()\r\n"
        )
    );
    let first = each(&rule, "a.py", "#!/bin/python\n\"\"\"What it is.\"\"\"\nf()\n");
    assert_eq!(first, [Ok("#!/bin/python\n\"\"\"What it is.\"\"\"\nimport os\nos.g()\n".to_owned())]);
}

#[test]
fn fixes_that_overlap_do_not_go_together() {
    let rule = rule("    pattern: f($X)\n    fix: g($X)\n");
    let (rules, _) = read_rules(&rule);
    let texts = [Text { path: "a.py", text: "f(\n    f(1))\n" }];
    let mut scanner = Scanner::new(rules, false);
    let scan = scanner.scan(&texts);
    let all: Vec<&Finding> = scan.findings.iter().collect();
    assert_eq!(all.len(), 2);
    assert_eq!(scanner.mended(&texts, "a.py", &all, None), Err(Unfit::Overlaps));
}
