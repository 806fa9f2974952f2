//! The store at its boundary: what it keeps, what it refuses, what it survives.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "tests make folders, damage files and kill processes on purpose"
)]

mod conforming;
mod damage;
mod disk;
mod durable;
mod opening;
mod processes;
mod removing;
mod support;
