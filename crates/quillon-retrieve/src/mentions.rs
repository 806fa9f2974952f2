//! What a question mentions in so many words: names of code, files and lines, phrases in quotation marks.

use std::ops::Range;

use quillon_base::LineRange;
use quillon_workspace::language_of;

use crate::query::{FileMention, Name};
use crate::word::words;

/// The most names, files and phrases of a question that count, each.
const MENTIONS_MAX: usize = 16;

/// What a question mentions.
#[derive(Default)]
pub(crate) struct Mentions {
    pub(crate) phrases: Vec<String>,
    pub(crate) names: Vec<Name>,
    pub(crate) files: Vec<FileMention>,
    /// Where files stand in the question, in bytes.
    file_ranges: Vec<Range<usize>>,
}

impl Mentions {
    pub(crate) fn of(question: &str) -> Self {
        let mut mentions = Self::default();
        mentions.take_quoted(question);
        let is_border = |c: char| c.is_whitespace() || matches!(c, '"' | '`' | ',' | '“' | '”');
        let mut start = 0;
        for token in question.split_inclusive(is_border) {
            mentions.take_token(token.trim_end_matches(is_border), start);
            start += token.len();
        }
        mentions
    }

    /// Whether the word that starts at this byte is part of a file's path.
    pub(crate) fn is_in_file(&self, byte: usize) -> bool {
        self.file_ranges.iter().any(|range| range.contains(&byte))
    }

    /// What stands in quotation marks is a phrase; what stands in backticks may be a name.
    fn take_quoted(&mut self, question: &str) {
        for (open, close) in [('"', '"'), ('“', '”'), ('`', '`')] {
            let mut rest = question;
            while let Some((quoted, after)) =
                rest.split_once(open).and_then(|(_, after)| after.split_once(close))
            {
                rest = after;
                self.take_quotation(quoted.trim(), open == '`');
            }
        }
    }

    fn take_quotation(&mut self, quoted: &str, is_code: bool) {
        if quoted.chars().all(is_name_character) {
            if is_code {
                self.add_name(quoted, None);
            }
        } else if file_mention(quoted).is_none() && words(quoted).count() > 1 {
            push(&mut self.phrases, quoted.to_owned());
        }
    }

    fn take_token(&mut self, token: &str, start: usize) {
        let end = start + token.len();
        let token = token.trim_start_matches(['\'', '(', '[', '{', '<', '@']);
        let token = token.trim_end_matches(['\'', '?', '!', ';', ']', '}', '>', '.', ':']);
        let token = if token.contains('(') { token } else { token.trim_end_matches(')') };
        if token.len() < 2 || token.contains("://") || is_product(token) {
            return;
        }
        match file_mention(token) {
            Some(file) => {
                self.file_ranges.push(start..end);
                push(&mut self.files, file);
            }
            None => self.take_code(token),
        }
    }

    /// `foo::bar`, `Foo.bar()`, `foo->bar`, `Foo#bar`, `foo_bar`, `fooBar`, `FOO_BAR`, `foo()`.
    fn take_code(&mut self, token: &str) {
        let called = token.find('(').map(|place| &token[..place]);
        let path = called.unwrap_or(token).trim_end_matches('!');
        let parts = path.split([':', '.', '#', '>', '/']).map(|part| part.trim_matches('-'));
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let Some((name, before)) = parts.split_last() else {
            return;
        };
        let abbreviates = parts.len() > 1 && parts.iter().all(|part| part.len() == 1);
        if abbreviates || !parts.iter().all(|part| part.chars().all(is_name_character)) {
            return;
        }
        let joined = ["::", "->", "#", "."].iter().any(|joint| path.contains(joint));
        if (joined && !before.is_empty()) || called.is_some() || is_written_as_code(name) {
            self.add_name(name, before.last().copied());
        }
    }

    fn add_name(&mut self, name: &str, within: Option<&str>) {
        let name = name.trim_matches('$');
        let is_known = self.names.iter().any(|known| known.name == name);
        if !name.is_empty() && !is_known {
            push(&mut self.names, Name { within: within.map(str::to_owned), name: name.to_owned() });
        }
    }
}

/// Adds what is new, as long as there is room.
pub(crate) fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.len() < MENTIONS_MAX && !list.contains(&item) {
        list.push(item);
    }
}

fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// Whether a word is written as only code writes it: with `_` or with a capital within.
fn is_written_as_code(word: &str) -> bool {
    let inner = word.trim_matches('_');
    let pairs = word.as_bytes().windows(2);
    let has_hump = pairs.into_iter().any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let is_dunder = word.starts_with("__") && word.ends_with("__") && !inner.is_empty();
    inner.contains('_') || has_hump || is_dunder
}

/// `src/x.rs`, `x.rs:120`, `x.rs:120-140`, `x.rs:120:5`, `crates/foo/`, `Makefile`.
fn file_mention(token: &str) -> Option<FileMention> {
    let (path, lines) = split_lines(token);
    let path = path.trim_start_matches("./");
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let is_path = path.chars().all(|c| c.is_alphanumeric() || "/._-+@".contains(c));
    if !is_path || !name.contains(|c: char| c.is_alphanumeric()) || is_product(name) {
        return None;
    }
    let has_ending =
        name.rsplit_once('.').is_some_and(|(stem, ending)| !ending.is_empty() && !stem.is_empty());
    let is_known = language_of(name).is_some();
    let is_hidden = name.starts_with('.') && name.len() > 2 && name[1..].chars().all(is_name_character);
    let slashes = path.matches('/').count();
    let is_folder = slashes > 1 || (slashes == 1 && path.ends_with('/'));
    (is_known || is_hidden || is_folder || (has_ending && lines.is_some()))
        .then(|| FileMention { path: path.trim_end_matches('/').to_owned(), lines })
}

/// Products whose names look like files.
fn is_product(name: &str) -> bool {
    const PRODUCTS: &[&str] =
        &["asp.net", "express.js", "next.js", "node.js", "nuxt.js", "react.js", "three.js", "vue.js"];
    PRODUCTS.contains(&name.to_ascii_lowercase().as_str())
}

/// Takes the lines off a path: `x.rs:3`, `x.rs:3-7`, `x.rs:3:14`, `x.rs#L3`.
fn split_lines(token: &str) -> (&str, Option<LineRange>) {
    let (path, rest) = token.split_once("#L").or_else(|| token.split_once(':')).unwrap_or((token, ""));
    match line_range(rest.split(':').next().unwrap_or(rest)) {
        Some(lines) => (path, Some(lines)),
        None => (token, None),
    }
}

fn line_range(text: &str) -> Option<LineRange> {
    let (first, last) = text.split_once(['-', '–']).unwrap_or((text, text));
    let number = |text: &str| text.trim_start_matches('L').parse::<u32>().ok().filter(|line| *line > 0);
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(LineRange { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_files_from_words() {
        let check = |token: &str, expected: Option<(&str, Option<(u32, u32)>)>| {
            let found = file_mention(token);
            let found =
                found.as_ref().map(|file| (file.path.as_str(), file.lines.map(|l| (l.first, l.last))));
            assert_eq!(found, expected, "{token}");
        };
        check("src/a.rs", Some(("src/a.rs", None)));
        check("./a.py:7", Some(("a.py", Some((7, 7)))));
        check("a.weird:7-9", Some(("a.weird", Some((7, 9)))));
        check("a.rs:9-7", None);
        check("a.rs:0", None);
        check(".gitignore", Some((".gitignore", None)));
        check("docs/guide/", Some(("docs/guide", None)));
        check("and/or", None);
        check("foo::bar", None);
        check("1.5", None);
        check("e.g", None);
        check("README", Some(("README", None)));
        check("node.js", None);
    }
}
