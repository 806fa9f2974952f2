//! The ledger at its boundary: what it keeps, what it finds, what it survives.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "tests make folders, damage files and kill processes on purpose"
)]

mod crash;
mod damage;
mod faults;
mod kill;
mod proofs;
mod retention;
mod searching;
mod support;
mod witness;
mod writing;
