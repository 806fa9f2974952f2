//! The three ways to find files for a question, each in processes of its own over the same folder.
//!
//! Ours is the library of the product (`crates/quillon-retrieve/examples/ask.rs`), built as a release is. BM25 is the
//! package `bm25s` with its own tokeniser and English stop words, a file being a document. The search is ripgrep, once for
//! each word of the question that says something: files with more of the words come first, then those with more matches.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{cargo, run, shown, target};
use crate::failure::{Context, Failure};

/// Both come from PyPI, into a folder of their own below `target/`.
const PACKAGES: &[&str] = &["bm25s==0.3.16", "ripgrep==15.1.0"];
/// More files of a question are not looked at.
pub(super) const FILES_MAX: usize = 20;
/// Shorter words are not searched for.
const WORD_CHARS_MIN: usize = 3;
/// Words that a person would not search for.
const STOP_WORDS: &[&str] = &[
    "and", "are", "but", "can", "does", "for", "from", "get", "has", "have", "how", "into", "its", "not",
    "that", "the", "their", "them", "this", "was", "what", "when", "where", "which", "who", "why", "will",
    "with", "without",
];

/// The ways, in the order of the tables.
pub(super) const WAYS: [&str; 3] = ["quillon", "ripgrep", "BM25"];

/// What each way says, by question.
pub(super) type Ranked = [Vec<Vec<String>>; 3];

/// The programs.
pub(super) struct Rivals {
    ask: PathBuf,
    python: PathBuf,
    bm25: PathBuf,
    ripgrep: PathBuf,
}

impl Rivals {
    /// Builds ours, and installs the others where they are not.
    pub(super) fn prepare(root: &Path) -> Result<Self, Failure> {
        run(cargo(root).args([
            "build",
            "--locked",
            "--release",
            "-p",
            "quillon-retrieve",
            "--example",
            "ask",
        ]))?;
        let folder = target(root).join("bench").join("ask");
        let venv = folder.join("venv");
        fs::create_dir_all(&folder).context(|| format!("cannot make `{}`", folder.display()))?;
        let programs = venv.join("bin");
        if !programs.join("rg").is_file() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            run(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(PACKAGES))?;
        }
        let bm25 = folder.join("bm25.py");
        fs::write(&bm25, include_str!("bm25.py")).context(|| format!("cannot write `{}`", bm25.display()))?;
        let ask = target(root).join("release").join("examples").join("ask");
        Ok(Self { ask, python: programs.join("python3"), bm25, ripgrep: programs.join("rg") })
    }

    /// The program of ours.
    pub(super) fn ask(&self) -> Command {
        Command::new(&self.ask)
    }

    /// The files that each way gives, best first.
    pub(super) fn rank(&self, folder: &Path, questions: &[&str]) -> Result<Ranked, Failure> {
        let ours = converse(self.ask().arg("rank").arg(folder), questions)?;
        let bm25 = converse(Command::new(&self.python).arg(&self.bm25).arg(folder), questions)?;
        let searched = questions.iter().map(|question| self.search(folder, question));
        Ok([ours, searched.collect::<Result<_, _>>()?, bm25])
    }

    fn search(&self, folder: &Path, question: &str) -> Result<Vec<String>, Failure> {
        let mut found: BTreeMap<String, (usize, u64)> = BTreeMap::new();
        for word in words(question) {
            let mut command = Command::new(&self.ripgrep);
            command.args([
                "--no-config",
                "--no-ignore",
                "--hidden",
                "-iF",
                "--count-matches",
                "--null",
                "-e",
            ]);
            let output = command.arg(&word).arg(".").current_dir(folder).stdin(Stdio::null()).output();
            let output = output.context(|| "cannot start ripgrep".to_owned())?;
            // 1 says that nothing was found, 2 that a file could not be read, and the others were.
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                let Some((path, count)) = line.split_once('\0') else { continue };
                let file = found.entry(path.trim_start_matches("./").to_owned()).or_default();
                file.0 += 1;
                file.1 += count.parse::<u64>().unwrap_or(0);
            }
        }
        Ok(best(found))
    }
}

/// More words before more matches; of equal ones by path.
fn best(found: BTreeMap<String, (usize, u64)>) -> Vec<String> {
    let mut files: Vec<_> = found.into_iter().collect();
    files.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    files.into_iter().take(FILES_MAX).map(|(path, _)| path).collect()
}

/// The different words of a question that are worth a search.
fn words(question: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in question.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        let word = word.to_lowercase();
        if word.chars().count() >= WORD_CHARS_MIN
            && !STOP_WORDS.contains(&word.as_str())
            && !words.contains(&word)
        {
            words.push(word);
        }
    }
    words
}

/// Hands one question a line to a program, and reads one array of paths a line.
fn converse(command: &mut Command, questions: &[&str]) -> Result<Vec<Vec<String>>, Failure> {
    let doing = shown(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context(|| format!("cannot start `{doing}`"))?;
    let lines: String = questions.iter().map(|question| question.replace('\n', " ") + "\n").collect();
    if let Some(mut input) = child.stdin.take() {
        input.write_all(lines.as_bytes()).context(|| format!("cannot write to `{doing}`"))?;
    }
    let output = child.wait_with_output().context(|| format!("cannot wait for `{doing}`"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let read = |line: &str| serde_json::from_str(line).context(|| format!("`{doing}` said no list"));
    let ranked: Vec<Vec<String>> = text.lines().map(read).collect::<Result<_, _>>()?;
    if output.status.success() && ranked.len() == questions.len() {
        return Ok(ranked);
    }
    Err(Failure(format!(
        "`{doing}` ended with {} after {} of {}",
        output.status,
        ranked.len(),
        questions.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_searched_for_once_and_only_if_they_say_something() {
        assert_eq!(words("how does the Depot open a depot_door at 10?"), ["depot", "open", "depot_door"]);
    }

    #[test]
    fn more_words_come_before_more_matches() {
        let found = [("a", (1, 90)), ("b", (2, 3)), ("c", (2, 5)), ("d", (2, 5))];
        let found = found.into_iter().map(|(path, worth)| (path.to_owned(), worth)).collect();
        assert_eq!(best(found), ["c", "d", "b", "a"]);
    }

    #[test]
    fn a_program_answers_each_question_or_is_refused() {
        let mut echo = Command::new("sed");
        assert_eq!(converse(echo.arg(r#"s/.*/["&"]/"#), &["a", "b\nc"]).unwrap(), [["a"], ["b c"]]);
        let Err(Failure(message)) = converse(Command::new("sed").arg("-n").arg(r#"1s/.*/[]/p"#), &["a", "b"])
        else {
            panic!("one answer is not two")
        };
        assert!(message.contains("after 1 of 2"), "{message}");
    }
}
