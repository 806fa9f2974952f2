//! The text of a pattern, read when a language first needs it.

use std::fmt;
use std::sync::OnceLock;

use crate::Language;
use crate::pattern::Pattern;

/// The text of a pattern.
pub(crate) struct PatternText {
    text: String,
    /// The line of the file that it stands in.
    pub(crate) line: usize,
    read: Box<[OnceLock<Result<Pattern, String>>; Language::ALL.len()]>,
}

/// The text alone, so that formulas that say the same show the same, read or not.
impl fmt::Debug for PatternText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

impl PatternText {
    pub(crate) fn new(text: String, line: usize) -> Self {
        Self { text, line, read: Default::default() }
    }

    pub(crate) fn of(&self, language: Language) -> Result<&Pattern, &str> {
        let read = self.read[language as usize].get_or_init(|| Pattern::read(language, &self.text));
        read.as_ref().map_err(String::as_str)
    }

    /// Words that a text must have for this to match in it.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut before = ' ';
        for letter in without_regexes(&self.text).chars().chain([' ']) {
            let is_part = letter.is_ascii_alphanumeric() || letter == '_';
            if is_part {
                if word.is_empty() && before == '$' {
                    word.push('$');
                }
                word.push(letter);
            } else if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            before = letter;
        }
        // Holes, numbers and words that any code may write otherwise say nothing.
        words.retain(|word| {
            word.len() > 2
                && !word.starts_with('$')
                && !word.starts_with(|letter: char| letter.is_ascii_digit())
                && !COMMON.contains(&word.as_str())
        });
        words
    }
}

/// The text without `"=~/…/"`, whose words need not occur.
fn without_regexes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("=~/") {
        out.push_str(before);
        let quote = if before.ends_with('\'') { '\'' } else { '"' };
        rest = after.split_once(quote).map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Words that a pattern may have where the code that it matches has not.
const COMMON: &[&str] = &[
    "int",
    "var",
    "let",
    "const",
    "function",
    "def",
    "pass",
    "else",
    "try",
    "catch",
    "public",
    "void",
    "lambda",
    "none",
    "true",
    "false",
    "null",
    "undefined",
    "async",
    "await",
    "java",
    "lang",
    "util",
    "static",
    "final",
    "private",
    "protected",
];
