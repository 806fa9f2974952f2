//! Every page is its own test: what it marks is found, and nothing else.

use quillon_detect::{Language, Page, Scanner, Text, pages};

/// The lines of a page on which its rule is wrong about its own code.
fn wrong(page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut marks = 0;
    for sample in &page.samples {
        let ending = match sample.language {
            Language::Java => "java",
            Language::JavaScript => "jsx",
            Language::Python => "py",
            Language::TypeScript => "ts",
        };
        let path = format!("sample.{ending}");
        let scan = Scanner::default().thorough().scan(&[Text { path: &path, text: sample.code }]);
        let (wanted, known_misses) = sample.marked_lines();
        marks += wanted.len();
        let mine = scan.findings.iter().filter(|finding| finding.rule == page.rule.id);
        let found: Vec<u32> = mine.map(|finding| finding.spot.line).collect();
        let at = |line: &u32| format!("{}:{}", page.path, sample.line + *line as usize);
        wrong.extend(
            wanted.iter().filter(|line| !found.contains(line)).map(|line| format!("{}: not found", at(line))),
        );
        wrong.extend(
            found.iter().filter(|line| !wanted.contains(line)).map(|line| format!("{}: found", at(line))),
        );
        wrong.extend(
            known_misses
                .iter()
                .filter(|line| found.contains(line))
                .map(|line| format!("{}: found now", at(line))),
        );
        wrong.extend(
            scan.skipped.iter().map(|skipped| format!("{}:{}: {}", page.path, sample.line, skipped.why)),
        );
    }
    if marks == 0 {
        wrong.push(format!("{}: shows nothing that it finds", page.path));
    }
    wrong
}

#[test]
fn every_page_finds_what_it_marks_and_nothing_else() {
    let pages = Language::ALL.iter().flat_map(|language| pages(*language));
    let wrong: Vec<String> = pages.flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_has_an_id_of_its_own_that_its_file_is_called_by() {
    let mut ids: Vec<&str> = Vec::new();
    for page in Language::ALL.iter().flat_map(|language| pages(*language)) {
        let file = page.path.rsplit('/').next().and_then(|name| name.strip_suffix(".md"));
        let folder = page.path.split('/').next().unwrap_or_default();
        assert_eq!(
            Some(format!("{folder}-{}", file.unwrap_or_default())).as_deref(),
            Some(page.rule.id.as_str())
        );
        assert!(!page.rule.message.is_empty() && page.rule.help.len() > 40, "{} says nothing", page.path);
        ids.push(&page.rule.id);
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
