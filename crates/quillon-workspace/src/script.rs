//! How a program that stands alone is started, as it says itself: by its first line, or by a place that starts it.

use quillon_text::shorten;

use crate::language::language_of;
use crate::role::{Role, role_of};

/// The longest first line that names an interpreter, in bytes.
const FIRST_LINE_BYTES_MAX: usize = 200;

/// Programs that fetch and start a build tool, which projects keep a copy of.
const WRAPPERS: &[&str] = &["gradlew", "mill", "mvnw", "sbt", "sbtx", "configure", "bootstrap"];

/// The command that starts a program, and the line, from 1, that says so; nothing for what is no program, or only tests.
pub(crate) fn script(path: &str, text: &str) -> Option<(String, u32)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if WRAPPERS.contains(&name.trim_end_matches(".sh")) {
        return None;
    }
    let found = by_first_line(path, text).or_else(|| by_language(path, text))?;
    let is_other =
        matches!(role_of(path, text), Role::Test | Role::Generated | Role::Minified | Role::Vendored);
    (!is_other).then_some(found)
}

/// `#!/usr/bin/env -S python3 -u` and `#!/bin/bash`.
fn by_first_line(path: &str, text: &str) -> Option<(String, u32)> {
    let line = shorten(text.lines().next()?.strip_prefix("#!")?.trim(), FIRST_LINE_BYTES_MAX);
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
    let program = words.next().filter(|program| program.starts_with('/'))?;
    let name = program.rsplit('/').next()?;
    let name = if name == "env" { words.find(|word| !word.contains('='))? } else { name };
    // People type what is given here, and a first line may say anything.
    is_plain(name).then(|| (format!("{name} {}", shown(path)), 1))
}

/// What a place that starts the program says, where the language runs a file as it is.
fn by_language(path: &str, text: &str) -> Option<(String, u32)> {
    let (starts, program): (fn(&str) -> bool, &str) = match language_of(path)?.fence {
        "python" => (|line| line.starts_with("if __name__ ==") && line.contains("__main__"), "python3"),
        "ruby" => {
            (|line| line.contains("__FILE__ == $0") || line.contains("__FILE__ == $PROGRAM_NAME"), "ruby")
        }
        "go" if text.lines().any(|line| line == "package main") => {
            (|line| line.starts_with("func main()"), "go run")
        }
        "java" => (|line| line.contains("static void main("), "java"),
        _ => return None,
    };
    let place = text.lines().position(|line| starts(line.trim_end()))?;
    Some((format!("{program} {}", shown(path)), u32::try_from(place + 1).ok()?))
}

/// A path as it is typed, and never an option.
fn shown(path: &str) -> String {
    let here = if path.starts_with('-') { "./" } else { "" };
    if is_plain(path) { format!("{here}{path}") } else { format!("'{here}{}'", path.replace('\'', "'\\''")) }
}

/// Whether a shell takes a word as it stands.
fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || "-_./+@".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_is_the_one_that_the_first_line_names() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(script("a b", text).map(|(command, _)| command).as_deref(), expected, "{text}");
        };
        check("#!/bin/sh\n", Some("sh 'a b'"));
        check("#! /usr/bin/env -S A=1 node --title\n", Some("node 'a b'"));
        check("#!/bin/sh;reboot\n", None);
        check("#!/usr/bin/env $(reboot)\n", None);
        check("#!\n", None);
        check("#!/usr/bin/env\n", None);
        check("#![allow(dead_code)]\n", None);
        check("", None);
    }

    #[test]
    fn a_path_is_typed_as_one_word_and_is_no_option() {
        assert_eq!(shown("a/b.py"), "a/b.py");
        assert_eq!(shown("-cid"), "./-cid");
        assert_eq!(shown("-it's"), "'./-it'\\''s'");
    }
}
