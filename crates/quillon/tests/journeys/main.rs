//! Journeys of a person through the built binary, and laws over everything that it answers.

mod answers;
mod bad_input;
mod coverage;
mod keyring;
mod ledger;
mod outside;
mod person;
mod settings;
mod terminal;
