//! A made-up repository: always the same 100,000 lines, so that two machines and two weeks measure the same work.

use std::fs;
use std::path::Path;

use crate::failure::{Context, Failure};

/// What to ask about it.
pub(super) const QUESTION: &str = "where is the retry limit of a parcel set?";

const FILES: u64 = 400;
const FUNCTIONS_PER_FILE: u64 = 50;
const LINES_PER_FUNCTION: u64 = 5;

/// How many lines the whole has.
const LINES: u64 = FILES * FUNCTIONS_PER_FILE * LINES_PER_FUNCTION;

const VERBS: &[&str] =
    &["accept", "balance", "collect", "dispatch", "estimate", "forward", "group", "hold", "inspect", "join"];
const NOUNS: &[&str] =
    &["account", "basket", "carrier", "depot", "envelope", "ferry", "garage", "harbour", "invoice", "parcel"];
const ASPECTS: &[&str] =
    &["budget", "cache", "deadline", "limit", "owner", "priority", "queue", "retry", "schedule", "weight"];

/// A small fixed stream of numbers (xorshift, Marsaglia 2003). Only its repeatability matters.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn pick<'w>(&mut self, words: &[&'w str]) -> &'w str {
        let index = usize::try_from(self.next() % words.len() as u64).unwrap_or(0);
        words[index]
    }
}

/// Writes the repository below `folder` and returns its number of lines.
pub(super) fn write(folder: &Path) -> Result<u64, Failure> {
    for number in 0..FILES {
        let path = folder.join(path(number));
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).context(|| format!("cannot make `{}`", parent.display()))?;
        fs::write(&path, content(number)).context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(LINES)
}

fn path(number: u64) -> String {
    let mut stream = Stream(number + 1);
    let (noun, aspect) = (stream.pick(NOUNS), stream.pick(ASPECTS));
    format!("src/{noun}/{aspect}_{number:03}.py")
}

fn content(number: u64) -> String {
    let mut stream = Stream(0x9E37_79B9_7F4A_7C15 ^ number);
    let mut text = String::new();
    for function in 0..FUNCTIONS_PER_FILE {
        let (verb, noun, aspect) = (stream.pick(VERBS), stream.pick(NOUNS), stream.pick(ASPECTS));
        let (other, bound) = (stream.pick(ASPECTS), stream.next() % 100);
        text += &format!(
            "def {verb}_{noun}_{aspect}_{function}({noun}, {other}):\n    \
                 \"\"\"Decides the {aspect} of one {noun} by its {other}.\"\"\"\n    \
                 if {noun}.{other} > {bound}:\n        \
                     return {noun}.{aspect}\n    \
                 return {other}\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_the_same_every_time_and_as_long_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(write(folder.path()).unwrap(), 100_000);
        let mut lines = 0;
        for number in 0..FILES {
            let text = fs::read_to_string(folder.path().join(path(number))).unwrap();
            assert_eq!(text, content(number));
            lines += text.lines().count() as u64;
        }
        assert_eq!(lines, LINES);
        assert_ne!(content(1), content(2));
    }

    #[test]
    fn the_question_has_an_answer_in_it() {
        let all: String = (0..FILES).map(content).collect();
        assert!(all.contains("parcel_retry") && all.contains("parcel_limit"));
    }
}
