//! The pages in `tests/cases`: under each heading a text, and the outline that it gives. `QUILLON_RENEW=1` writes what
//! comes out; read the difference before you keep it.

use std::fs;
use std::path::PathBuf;

use quillon_lang::{Limits, facts, grammar_of, grammars};

use crate::outline::outline;

/// Cases that each page has at least.
const CASES_MIN: usize = 6;

struct Case {
    title: String,
    fence: String,
    text: String,
    expected: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn pages() -> Vec<(PathBuf, Vec<Case>)> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), read(&fs::read_to_string(path).unwrap()))).collect()
}

/// Every text of every page, with its language.
pub fn texts() -> Vec<(String, String)> {
    let cases = pages().into_iter().flat_map(|(_, cases)| cases);
    cases.map(|case| (case.fence, case.text)).collect()
}

/// Fences have four backquotes, so that Markdown may have three.
fn read(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut fence: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut fence, line.strip_prefix("````")) {
            (Some((name, text)), Some(_)) => {
                let case = cases.last_mut().expect("a heading stands before the first text");
                if name == "outline" {
                    case.expected = text.trim_end().to_owned();
                } else {
                    (case.fence, case.text) = (name.clone(), text.clone());
                }
                fence = None;
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, Some(name)) => fence = Some((name.to_owned(), String::new())),
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    let empty = String::new;
                    cases.push(Case {
                        title: title.to_owned(),
                        fence: empty(),
                        text: empty(),
                        expected: empty(),
                    });
                }
            }
        }
    }
    cases
}

fn check(case: &Case) -> String {
    let grammar = grammar_of(&case.fence).unwrap_or_else(|| panic!("`{}` is no language", case.fence));
    let facts = facts(grammar, &case.text, &Limits::default());
    assert_eq!(facts.cut, None, "{}", case.title);
    outline(&facts, &case.text)
}

#[test]
fn every_case_gives_its_outline() {
    let renews = std::env::var_os("QUILLON_RENEW").is_some();
    let mut differing = Vec::new();
    for (path, cases) in pages() {
        let mut page = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .take_while(|line| !line.starts_with("## "))
            .collect::<Vec<_>>()
            .join("\n");
        for case in &cases {
            let found = check(case);
            if found != case.expected {
                differing.push(format!(
                    "{}: {}\n{}",
                    path.display(),
                    case.title,
                    differences(&case.expected, &found)
                ));
            }
            let Case { title, fence, text, .. } = case;
            page.push_str(&format!(
                "\n## {title}\n\n````{fence}\n{text}````\n\n````outline\n{found}\n````\n"
            ));
        }
        if renews {
            fs::write(&path, page).unwrap();
        }
    }
    assert!(renews || differing.is_empty(), "{}", differing.join("\n\n"));
}

/// The lines that only one side has.
fn differences(expected: &str, found: &str) -> String {
    let only = |mark, one: &str, other: &str| {
        let lines = one.lines().filter(|line| !other.lines().any(|known| known == *line));
        lines.map(|line| format!("{mark} {line}")).collect::<Vec<_>>()
    };
    [only('-', expected, found), only('+', found, expected)].concat().join("\n")
}

#[test]
fn every_language_has_cases() {
    let pages = pages();
    for grammar in grammars() {
        let count =
            pages.iter().flat_map(|(_, cases)| cases).filter(|case| case.fence == grammar.fence).count();
        assert!(
            count >= CASES_MIN || (grammar.fence == "tsx" && count >= 1),
            "`{}` has {count} cases",
            grammar.fence
        );
    }
}
