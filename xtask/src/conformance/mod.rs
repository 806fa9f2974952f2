//! `cargo xtask conformance`: holds our answers against those of programs that others wrote.
//!
//! A peer is fetched when it is needed and runs in a process of its own; neither its code nor its scenarios become part
//! of this tree. To add a peer, write one file and one row in [`SUITES`].

mod cases;
mod exports;
mod judge;
mod models;
mod policy;
mod random;
mod semgrep;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

pub(crate) use self::exports::day as exported_day;
pub(crate) use self::judge::Case;
pub(crate) use self::policy::Peer;
use crate::command::{run as run_command, target};
use crate::failure::{Context, Failure};

/// What to compare.
#[derive(Args)]
pub(crate) struct Options {
    /// What to compare: `cloudtrail` (minutes, for a million records), `models` (half a minute), `policy` (minutes, for a
    /// million cases) or `semgrep`
    #[arg(required = true, value_name = "NAME", value_parser = names())]
    suites: Vec<String>,
    /// A checkout of the peer's sources, for the scenarios that it publishes; without it only generated cases run
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// A checkout of rules for code with code beside them, for `semgrep`
    #[arg(long, value_name = "FOLDER")]
    rules: Option<PathBuf>,
    /// How many cases to generate, or records of a day
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// Where generation starts; the same seed makes the same cases
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write cases that are not agreed on and not explained to this file, one a line
    #[arg(long, value_name = "FILE")]
    differences: Option<PathBuf>,
}

/// One comparison.
struct Suite {
    name: &'static str,
    run: fn(&Path, &Options) -> Result<(), Failure>,
}

/// Every comparison, sorted by name.
const SUITES: &[Suite] = &[
    Suite { name: "cloudtrail", run: exports::run },
    Suite { name: "models", run: models::run },
    Suite { name: "policy", run: policy::run },
    Suite { name: "semgrep", run: semgrep::run },
];

/// Installs what is wanted into a folder, unless it is exactly what was installed there before.
fn install_once(
    folder: &Path,
    wanted: &str,
    install: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mark = folder.join("peers");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    install()?;
    fs::write(&mark, wanted).context(|| format!("cannot write `{}`", mark.display()))
}

/// The python of an environment of this name that has these packages; it is made when it is missing, or was made for
/// others.
fn python_with(root: &Path, name: &str, packages: &[&str]) -> Result<PathBuf, Failure> {
    let folder = target(root).join("conformance").join(name);
    let python = folder.join("bin").join("python");
    install_once(&folder, &packages.join("\n"), || {
        println!("missing: the peers of `{name}`; installing them takes half a minute");
        run_command(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run_command(Command::new(&python).args(pip).args(packages))
    })?;
    Ok(python)
}

/// Keeps a script beside the python that runs it.
fn beside(python: &Path, name: &str, script: &str) -> Result<PathBuf, Failure> {
    let file = python.with_file_name(name);
    fs::write(&file, script).context(|| format!("cannot write `{}`", file.display()))?;
    Ok(file)
}

/// Runs the chosen comparisons.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    for suite in SUITES.iter().filter(|suite| options.suites.iter().any(|name| name == suite.name)) {
        (suite.run)(root, options)?;
    }
    Ok(())
}

fn names() -> Vec<&'static str> {
    SUITES.iter().map(|suite| suite.name).collect()
}
