//! `cargo xtask`: tests, checks and measurements of the whole workspace, in the language of the workspace.
//!
//! `test` is what has to pass before a change lands, `tidy` holds the architecture (each lock of `ARCHITECTURE.md` is
//! one file in `tidy/`), `bench` measures the built binary next to a floor of the same run, and `conformance` holds
//! our answers against those of programs that others wrote.

mod bench;
mod command;
mod conformance;
mod failure;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::failure::Failure;

/// Tests, checks and measurements of the whole workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Set up what the tests need, then run everything that must hold before a change lands
    Test(test::Options),
    /// Check the locks on the architecture: layers, side doors, proofs, text
    Tidy,
    /// Measure the built binary, as medians and ratios to a floor of the same run
    Bench(Box<bench::Options>),
    /// Hold our answers against those of programs that others wrote
    Conformance(conformance::Options),
}

fn main() -> ExitCode {
    let root = workspace_root();
    let outcome = match Task::parse() {
        Task::Test(options) => test::run(&root, &options),
        Task::Tidy => tidy::run(&root),
        Task::Bench(options) => bench::run(&root, &options),
        Task::Conformance(options) => conformance::run(&root, &options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}

/// The folder that holds the workspace's manifest: the parent of this crate's.
fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
