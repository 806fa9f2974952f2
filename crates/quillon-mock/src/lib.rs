//! A strict provider of models: it speaks every wire format of the adapters from a script, and nothing but the script.
//!
//! A request that nobody expected, that does not keep to its format, that carries a field the format does not know or the
//! wrong key, gets an error in the provider's own words *and* fails the test, when the server is dropped; so does a reply
//! that was never asked for. A [`Gate`] holds an answer between two chunks, so that a test decides what comes when.
//! A server may speak TLS, ask for client certificates, or stand in for a proxy that looks into connections
//! ([`Door::Intercepting`]).
//!
//! Streams that real servers sent wrong, or might, are files in `fixtures/`; [`fixtures`] lists them. The binary serves a
//! script file to other programs (its `--help` says how). [`mod@suite`] is what every adapter passes. Start at [`MockServer::start`].

mod certificates;
mod check;
mod connection;
mod fixture;
mod gate;
mod http;
pub mod real;
mod script;
mod server;
pub mod suite;
mod wire;

pub use certificates::{Authority, Leaf};
pub use fixture::{Fixture, fixtures, summary};
pub use gate::Gate;
pub use http::Seen;
pub use script::{Ending, Reply, SCRIPT_EXAMPLE, Script};
pub use server::{Door, MockServer, NOBODY};
pub use wire::Wire;
