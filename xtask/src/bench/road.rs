//! What the road costs beside the disk: the benchmark of its own crate, which prints its own table.

use super::Bench;
use super::table::Table;
use crate::command::{cargo, run as run_command};
use crate::failure::Failure;

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    run_command(cargo(bench.root).args([
        "bench",
        "--locked",
        "--package",
        "quillon-road",
        "--bench",
        "road",
    ]))?;
    Ok(Vec::new())
}
