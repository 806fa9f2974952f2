//! Third-party crates: licences, bans and sources always; advisories where their database can be reached.
//!
//! The tool is pinned and kept in `target/tools`, so that no one's own installation is touched and a cache of
//! `target` keeps it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{capture, cargo, find, run as run_command};
use crate::failure::Failure;

const VERSION: &str = "0.20.2";

/// What cargo-deny says when the database of advisories is out of reach.
const OUT_OF_REACH: &str = "failed to fetch advisory database";

pub(super) fn run(root: &Path) -> Result<Option<String>, Failure> {
    let tool = located_or_installed(root)?;
    run_command(Command::new(&tool).current_dir(root).args([
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))?;
    let (passed, output) = capture(Command::new(&tool).current_dir(root).args(["check", "advisories"]))?;
    let note = judge_advisories(passed, &output)?;
    if let Some(note) = &note {
        println!("{note}");
    }
    Ok(note)
}

fn located_or_installed(root: &Path) -> Result<PathBuf, Failure> {
    let folder = root.join("target/tools");
    let own = folder.join("bin/cargo-deny");
    if let Some(tool) = find("cargo-deny").into_iter().chain([own.clone()]).find(|tool| is_pinned(tool)) {
        return Ok(tool);
    }
    println!(
        "missing: cargo-deny {VERSION}, which reads licences and sources; building it takes a few minutes"
    );
    // Unoptimised: it runs once and is done in a second either way, and it builds in a third of the time.
    let install = ["install", "cargo-deny", "--version", VERSION, "--locked", "--debug", "--root"];
    run_command(cargo(root).args(install).arg(&folder))?;
    if is_pinned(&own) { Ok(own) } else { Err(Failure::new("cargo-deny was installed but does not run")) }
}

fn is_pinned(tool: &Path) -> bool {
    let version = capture(Command::new(tool).arg("--version"));
    version.is_ok_and(|(_, text)| text.trim() == format!("cargo-deny {VERSION}"))
}

/// A database out of reach is said plainly and repeated in the summary; anything else is a failure.
fn judge_advisories(passed: bool, output: &str) -> Result<Option<String>, Failure> {
    if passed {
        return Ok(None);
    }
    match output.lines().find(|line| line.contains(OUT_OF_REACH)) {
        Some(_) => {
            let cause = output.lines().rev().find(|line| line.contains("fatal:")).unwrap_or(OUT_OF_REACH);
            Ok(Some(format!("advisories not checked: {}", cause.trim_start_matches("fatal:").trim())))
        }
        None => Err(Failure(format!("advisories:\n{output}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advisories_pass_fail_or_are_said_to_be_unchecked() {
        assert_eq!(judge_advisories(true, "advisories ok").unwrap(), None);
        let unreachable = "2026-01-01 [ERROR] failed to fetch advisory database https://example.org with cli\n\
                           fatal: unable to access 'https://example.org/': Could not resolve host\n";
        let note = "advisories not checked: unable to access 'https://example.org/': Could not resolve host";
        assert_eq!(judge_advisories(false, unreachable).unwrap().as_deref(), Some(note));
        let Err(Failure(message)) = judge_advisories(false, "error[vulnerability]: RUSTSEC-0000-0000\n")
        else {
            panic!("a vulnerability passed");
        };
        assert!(message.contains("RUSTSEC-0000-0000"), "{message}");
    }

    #[test]
    fn a_tool_that_is_not_there_is_not_the_pinned_one() {
        assert!(!is_pinned(Path::new("/nowhere/cargo-deny")));
        assert!(!is_pinned(Path::new("true")));
    }
}
