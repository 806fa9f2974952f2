//! The ledger beside the disk, and its crashes in earnest: the benchmark and the tests of its own crate.

use super::Bench;
use super::table::Table;
use crate::command::{cargo, run as run_command};
use crate::failure::Failure;

/// How many times the tests of the ledger crash and kill.
const CRASHES_VARIABLE: &str = "QUILLON_LEDGER_CRASHES";

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    let records = bench.options.records.to_string();
    let ledger = ["bench", "--locked", "--package", "quillon-audit", "--bench", "ledger", "--"];
    run_command(cargo(bench.root).args(ledger).arg(records))?;
    if let Some(kills) = bench.options.kills {
        let test = ["test", "--locked", "--package", "quillon-audit", "--test", "runner", "--"];
        let which = ["--include-ignored", "no_acknowledged_record_is_lost", "a_fault_at_every_system_call"];
        run_command(cargo(bench.root).args(test).args(which).env(CRASHES_VARIABLE, kills.to_string()))?;
    }
    Ok(Vec::new())
}
