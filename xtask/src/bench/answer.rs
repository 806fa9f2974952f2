//! One headless answer about a folder, the first time and again, over a plain search of the same folder.
//!
//! Cold means a fresh `QUILLON_HOME`: no key, no store, no index. The page cache is left as it is, so cold and warm
//! differ by Quillon's own work only.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::measure::{Subject, alternate, once};
use super::table::Table;
use super::{Bench, corpus};
use crate::command::{capture, find, shown};
use crate::failure::{Context, Failure};

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    let binary = bench.binary()?;
    let made_up = TempDir::new().context(|| "cannot make a folder".to_owned())?;
    let (folder, title) = match &bench.options.dir {
        Some(given) => (given.clone(), format!("answer about `{}`", given.display())),
        None => {
            let lines = corpus::write(made_up.path())?;
            (made_up.path().to_owned(), format!("answer about {lines} made-up lines"))
        }
    };
    let ask = Ask { binary: &binary, folder: &folder, question: &bench.options.question };
    let warm_home = home()?;
    ask.check(warm_home.path())?;
    let rows = alternate(bench.options.runs, subjects(&ask, warm_home.path())?)?;
    Ok(vec![Table::of_samples(format!("{title}, median of {}", bench.options.runs), &rows)])
}

/// What is measured, in order; the last is the floor.
fn subjects<'s>(ask: &'s Ask<'_>, warm_home: &'s Path) -> Result<Vec<Subject<'s>>, Failure> {
    // Holds the home of the latest cold run, which lives until the next one or the end of the measurement.
    let mut cold_homes = Vec::new();
    let cold = move || {
        cold_homes.clear();
        cold_homes.push(home()?);
        Ok(ask.command(cold_homes[0].path()))
    };
    let mut subjects: Vec<Subject<'_>> =
        vec![("quillon, cold", Box::new(cold)), ("quillon, warm", Box::new(|| Ok(ask.command(warm_home))))];
    let searches = [("rg", "rg", "-ni"), ("grep -rni (floor)", "grep", "-rni")];
    for (name, program, flags) in searches.into_iter().filter(|(_, program, _)| find(program).is_some()) {
        let search = move || {
            let mut command = Command::new(program);
            command.args([flags, "-e", word(ask.question), "."]).current_dir(ask.folder);
            Ok(command)
        };
        // A search that finds nothing ends with an error, so see first that there is something to find.
        once(&mut search()?)?;
        subjects.push((name, Box::new(search)));
    }
    Ok(subjects)
}

/// The longest word of the question: what a person would search for.
fn word(question: &str) -> &str {
    let words = question.split(|c: char| !c.is_alphanumeric());
    words.max_by_key(|word| word.len()).unwrap_or_default()
}

fn home() -> Result<TempDir, Failure> {
    TempDir::new().context(|| "cannot make a home".to_owned())
}

/// A question about a folder.
struct Ask<'a> {
    binary: &'a PathBuf,
    folder: &'a Path,
    question: &'a str,
}

impl Ask<'_> {
    /// The question as a process that sees no setting, key or endpoint of the person who measures.
    fn command(&self, home: &Path) -> Command {
        let mut command = Command::new(self.binary);
        command.args(["chat", "--no-interactive", self.question]).current_dir(self.folder);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).env("QUILLON_HOME", home);
        command
    }

    /// Sees that there is an answer, and leaves `home` warm.
    fn check(&self, home: &Path) -> Result<(), Failure> {
        let mut command = self.command(home);
        let (succeeded, output) = capture(&mut command)?;
        if succeeded && has_reference(&output) {
            return Ok(());
        }
        Err(Failure(format!("`{}` gave no answer with a reference:\n{output}", shown(&command))))
    }
}

/// Whether `output` points into a file: a dot in a name, a colon and a line number.
fn has_reference(output: &str) -> bool {
    output.split(|c: char| c.is_whitespace() || "()[]`\"'".contains(c)).any(|word| {
        let Some((path, rest)) = word.split_once(':') else { return false };
        path.contains('.') && rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_refers_to_a_line() {
        assert!(has_reference("It is decided in `src/queue.rs:14-20`."));
        assert!(has_reference("see (docs/a.md:3)"));
        assert!(!has_reference("I found nothing: ask again at 10:30"));
        assert!(!has_reference(""));
    }

    #[test]
    fn searches_for_the_longest_word() {
        assert_eq!(word("where is the retry limit decided?"), "decided");
        assert_eq!(word(""), "");
    }

    #[test]
    fn a_binary_that_does_not_answer_is_refused() {
        let home = home().unwrap();
        let binary = PathBuf::from("/bin/echo");
        let ask = Ask { binary: &binary, folder: home.path(), question: "in a.rs:1?" };
        ask.check(home.path()).unwrap();
        let ask = Ask { binary: &binary, folder: home.path(), question: "anything?" };
        let Err(Failure(message)) = ask.check(home.path()) else { panic!("an echo is no answer") };
        assert!(message.contains("gave no answer with a reference"), "{message}");
    }
}
