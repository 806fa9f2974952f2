//! The port's suite.

use quillon_host::conformance::{self, Ground};

use crate::support::Machine;

fn make() -> Box<dyn Ground> {
    Box::new(Machine::new())
}

#[test]
fn files() {
    conformance::files(&make);
}

#[test]
fn private_files() {
    conformance::private_files(&make);
}

#[test]
fn ignoring() {
    conformance::ignoring(&make);
}

#[tokio::test]
async fn commands() {
    conformance::commands(&make).await;
}
