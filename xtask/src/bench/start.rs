//! How long the binary takes to be there at all.

use std::process::Command;

use super::Bench;
use super::measure::alternate;
use super::table::Table;
use crate::failure::Failure;

/// One start is short, so the median is taken over many.
const RUNS: u32 = 50;

/// `quillon --version`, over a program that does nothing.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    let binary = bench.binary()?;
    let version = || {
        let mut command = Command::new(&binary);
        command.arg("--version");
        Ok(command)
    };
    let rows = alternate(
        RUNS,
        vec![
            ("quillon --version", Box::new(version)),
            ("true (floor)", Box::new(|| Ok(Command::new("true")))),
        ],
    )?;
    Ok(vec![Table::of_samples(format!("start, median of {RUNS}"), &rows)])
}
