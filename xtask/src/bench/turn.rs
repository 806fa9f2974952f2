//! One turn of a model at work, from a script, over the one command that it runs.
//!
//! The model is a script without a pause, so that what is measured is everything around a model: reading the workspace,
//! tools, records, redaction, the store. The turn reads, searches, changes a file, runs a command and answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::measure::{Subject, alternate, once};
use super::table::Table;
use super::{Bench, corpus};
use crate::failure::{Context, Failure};

/// The replies of the model: name of the tool, and its arguments as JSON.
const CALLS: &[(&str, &str)] = &[
    ("list", "{}"),
    ("search", r#"{"pattern":"price","output_mode":"files_with_matches"}"#),
    ("fs_read", r#"{"operations":[{"mode":"Line","path":"lib/price.sh"}]}"#),
    ("fs_write", r#"{"command":"create","path":"lib/price.sh","file_text":"price() {\n  echo 300\n}\n"}"#),
    ("execute_bash", r#"{"command":". lib/price.sh; price"}"#),
];
/// What the turn works on, besides what a folder holds anyway.
const FILE: &str = "price() {\n  echo 200\n}\n";

/// A turn of six model calls and five tools, in a small folder and in the folder of the other measurements.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    let binary = bench.binary()?;
    let small = Turn::prepare(&binary, "small", |_| Ok(()))?;
    let large = Turn::prepare(&binary, "large", |folder| corpus::write(folder).map(|_| ()))?;
    small.check()?;
    large.check()?;
    let subjects: Vec<Subject<'_>> = vec![
        ("turn, small folder", Box::new(|| small.command())),
        ("turn, 100,000 lines", Box::new(|| large.command())),
        ("the command alone (floor)", Box::new(|| small.floor())),
    ];
    let rows = alternate(bench.options.runs, subjects)?;
    let title = format!("a turn with {} tools, median of {}", CALLS.len(), bench.options.runs);
    Ok(vec![Table::of_samples(title, &rows)])
}

/// A turn in a folder of its own.
struct Turn {
    binary: PathBuf,
    root: TempDir,
}

impl Turn {
    fn prepare(
        binary: &Path,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let root = TempDir::new().context(|| format!("cannot make the {name} folder"))?;
        let turn = Self { binary: binary.to_owned(), root };
        for folder in [turn.home(), turn.space().join("lib")] {
            fs::create_dir_all(&folder).context(|| format!("cannot make `{}`", folder.display()))?;
        }
        fill(&turn.space())?;
        write(&turn.script(), &script())?;
        turn.reset()?;
        Ok(turn)
    }

    fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    fn space(&self) -> PathBuf {
        self.root.path().join("space")
    }

    fn script(&self) -> PathBuf {
        self.root.path().join("script.json")
    }

    /// The change of the turn before is undone, or this one would have nothing to change.
    fn reset(&self) -> Result<(), Failure> {
        write(&self.space().join("lib/price.sh"), FILE)
    }

    fn command(&self) -> Result<Command, Failure> {
        self.reset()?;
        let mut command = Command::new(&self.binary);
        command.args(["chat", "--no-interactive", "--trust-all-tools", "--model"]);
        command.arg(format!("script:{}", self.script().display())).arg("raise the price to 300");
        command.current_dir(self.space());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.home());
        command.env("QUILLON_HOME", self.home());
        Ok(command)
    }

    #[expect(clippy::unnecessary_wraps, reason = "a subject may fail to be made")]
    fn floor(&self) -> Result<Command, Failure> {
        let mut command = Command::new("bash");
        command.args(["-c", ". lib/price.sh; price"]).current_dir(self.space());
        Ok(command)
    }

    /// Sees that a turn does what it is measured for.
    fn check(&self) -> Result<(), Failure> {
        once(&mut self.command()?)?;
        let path = self.space().join("lib/price.sh");
        let found = fs::read_to_string(&path).context(|| format!("cannot read `{}`", path.display()))?;
        if found.contains("echo 300") {
            return Ok(());
        }
        Err(Failure(format!("the turn changed nothing:\n{found}")))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).context(|| format!("cannot write `{}`", path.display()))
}

/// The script of the turn.
fn script() -> String {
    let usage = r#"{"type":"usage","input":900,"output":40}"#;
    let call = |(place, (name, arguments)): (usize, &(&str, &str))| {
        let arguments = arguments.replace('\\', "\\\\").replace('"', "\\\"");
        format!(
            r#"{{"events":[{{"type":"tool_call","id":"{place}","name":"{name}","arguments":"{arguments}"}},{usage},
                {{"type":"stop","reason":"tool_use"}}]}}"#
        )
    };
    let calls: Vec<_> = CALLS.iter().enumerate().map(call).collect();
    let end = format!(
        r#"{{"events":[{{"type":"text","text":"It is 300 now."}},{usage},{{"type":"stop","reason":"finished"}}]}}"#
    );
    format!(r#"{{"version":1,"name":"turn","replies":[{},{end}]}}"#, calls.join(","))
}
