//! Every committed line: no stray whitespace, nothing that only means something on the machine it was written on,
//! and no file too long to read.

use super::Finding;
use super::tree::{Text, Tree};

/// The length beyond which a source file is more than one subject, or wants a reason.
const FILE_LINES_MAX: usize = 700;

/// Folders of one machine. Split, so that this file does not contain them.
const MACHINE_FOLDERS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];

/// Words for how a team works, which a reader of the product has no use for. Split for the same reason.
const WORDS_OF_WORK: &[&str] = &[concat!("helper ", "agent"), concat!("session ", "log of")];

/// Registry hosts and mirrors, which belong in the settings of a machine. Split for the same reason.
const REGISTRY_HOSTS: &[&str] =
    &[concat!("/artif", "actory/"), concat!("index.", "crates.io"), concat!("static.", "crates.io")];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts.iter().flat_map(check_text).collect()
}

fn check_text(text: &Text) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in text.content.split('\n').enumerate() {
        let faults = [form_fault(text, line), place_fault(line)];
        let finding = |(what, remedy): (String, &str)| Finding::new(&text.path, index + 1, what, remedy);
        found.extend(faults.into_iter().flatten().map(finding));
    }
    found.extend(end_fault(text));
    found.extend(length_fault(text));
    found
}

/// What is wrong with the white space of a line. A fixture may need any.
fn form_fault(text: &Text, line: &str) -> Option<(String, &'static str)> {
    if text.is_fixture() {
        return None;
    }
    if line.ends_with('\r') {
        return Some(("a line ends in a carriage return".to_owned(), "use plain line feeds"));
    }
    if line.ends_with([' ', '\t']) {
        return Some(("a line ends in white space".to_owned(), "remove it"));
    }
    let has_tab = text.path.ends_with(".rs") && line.contains('\t');
    has_tab.then(|| ("a tab in Rust source".to_owned(), "use spaces, or `\\t` in a string"))
}

/// What ties a line to one machine or to the making of it.
fn place_fault(line: &str) -> Option<(String, &'static str)> {
    if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| has_absolute(line, folder)) {
        return Some((
            format!("`{folder}` is a folder of one machine"),
            "use a relative path, or one below `/srv/example/`",
        ));
    }
    if let Some(host) = REGISTRY_HOSTS.iter().find(|host| line.contains(**host)) {
        return Some((
            format!("`{host}` is a registry host"),
            "leave registries to the settings of each machine",
        ));
    }
    let words = WORDS_OF_WORK.iter().find(|words| line.to_lowercase().contains(**words))?;
    Some((format!("`{words}` is about how the work was done"), "say what the product does"))
}

/// Whether `folder` stands in `line` as the start of an absolute path, not as a part of another.
fn has_absolute(line: &str, folder: &str) -> bool {
    let starts_path = |(at, _): (usize, &str)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || "_-.~})]>*$".contains(c)))
    };
    line.match_indices(folder).any(starts_path)
}

fn end_fault(text: &Text) -> Option<Finding> {
    let lines = text.content.lines().count();
    let content = &text.content;
    if text.is_fixture() || content.is_empty() {
        return None;
    }
    if !content.ends_with('\n') {
        return Some(Finding::new(&text.path, lines, "the file does not end in a line feed", "add one"));
    }
    content
        .ends_with("\n\n")
        .then(|| Finding::new(&text.path, lines, "the file ends in an empty line", "remove it"))
}

fn length_fault(text: &Text) -> Option<Finding> {
    let is_source = text.path.ends_with(".rs") && text.path.split('/').any(|part| part == "src");
    let lines = text.content.lines().count();
    if !is_source || lines <= FILE_LINES_MAX {
        return None;
    }
    let what = format!("the file has {lines} lines, more than {FILE_LINES_MAX}");
    let remedy = "split it by subject, or give it a row with `at_most` in `xtask/src/tidy/exceptions.toml`";
    Some(Finding::new(&text.path, lines, what, remedy).amount(lines))
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    fn check_line(line: &str, expected: Option<&str>) {
        let expected: Vec<_> = expected.iter().map(|what| format!("docs/a.md:1: {what}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        expect(check, &[("docs/a.md", &format!("{line}\n"))], &expected);
    }

    #[test]
    fn finds_stray_white_space() {
        check_line("tidy", None);
        check_line("stray ", Some("a line ends in white space"));
        check_line("stray\t", Some("a line ends in white space"));
        check_line("stray\r", Some("a line ends in a carriage return"));
        check_line("a\ttable in prose", None);
        expect(check, &[("a.rs", "fn f() {\n\tg()\n}\n")], &["a.rs:2: a tab in Rust source"]);
        expect(check, &[("a.rs", "fn f() {}")], &["a.rs:1: the file does not end in a line feed"]);
        expect(check, &[("a.rs", "fn f() {}\n\n")], &["a.rs:2: the file ends in an empty line"]);
        expect(check, &[("a/tests/fixtures/odd.rs", "odd \r\n\n"), ("empty.txt", "")], &[]);
    }

    #[test]
    fn finds_paths_of_one_machine_but_not_parts_of_others() {
        for folder in MACHINE_FOLDERS {
            let what = format!("`{folder}` is a folder of one machine");
            for line in [
                format!("see {folder}a"),
                format!("{folder}a"),
                format!("\"{folder}a\""),
                format!("file://{folder}a"),
            ] {
                check_line(&line, Some(&what));
            }
            for line in [
                format!("src{folder}a"),
                format!("https://example.org{folder}"),
                format!("{{root}}{folder}"),
                format!("..{folder}"),
            ] {
                check_line(&line, None);
            }
        }
    }

    #[test]
    fn finds_registry_hosts_and_words_of_work() {
        for host in REGISTRY_HOSTS {
            check_line(&format!("https://mirror{host}x"), Some(&format!("`{host}` is a registry host")));
        }
        for words in WORDS_OF_WORK {
            check_line(&words.to_uppercase(), Some(&format!("`{words}` is about how the work was done")));
        }
        check_line("published on crates.io", None);
    }

    #[test]
    fn finds_long_sources_only() {
        let long = |lines| "//\n".repeat(lines);
        expect(check, &[("crates/a/src/b.rs", &long(FILE_LINES_MAX)), ("docs/b.md", &long(9_000))], &[]);
        let expected = format!("crates/a/src/b.rs:701: the file has 701 lines, more than {FILE_LINES_MAX}");
        expect(check, &[("crates/a/src/b.rs", &long(701))], &[&expected]);
    }
}
