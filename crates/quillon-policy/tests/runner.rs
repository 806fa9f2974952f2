//! The tests of this crate from outside.

mod allocation;
mod answers;
mod explained;
mod generate;
mod laws;
mod limits;
mod questions;
mod reference;
mod shipped;
