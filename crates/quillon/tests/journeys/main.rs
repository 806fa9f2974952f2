//! Journeys of a person through the built binary, and laws over everything that it answers.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these tests stand outside the product and look at it"
)]

mod agent;
mod always;
mod answers;
mod bad_input;
mod choosing;
mod coverage;
mod disk;
mod keyring;
mod keys;
mod knowing;
mod ledger;
mod mending;
mod models;
mod outside;
mod person;
mod policies;
mod review;
mod settings;
mod terminal;
mod tls;
mod tricks;
mod trouble;
mod upstream;
