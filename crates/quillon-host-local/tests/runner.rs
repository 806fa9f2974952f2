//! The host over this machine, held to the port's suite and to what only a real machine can do.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "tests make folders, links and pipes, and look at processes, on purpose"
)]

mod around;
mod commands;
mod conformance;
mod links;
mod odd;
mod private_files;
mod replacing;
mod support;
mod walking;
