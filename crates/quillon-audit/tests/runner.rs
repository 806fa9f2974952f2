//! The ledger at its boundary: what it keeps, what it finds, what it survives.
#![expect(
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests make folders, damage files and kill processes on purpose"
)]

mod crash;
mod damage;
mod faults;
mod kill;
mod proofs;
mod remote;
mod retention;
mod searching;
mod support;
mod witness;
mod writing;
