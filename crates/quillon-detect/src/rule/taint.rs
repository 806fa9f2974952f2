//! What a rule over the flow of data looks for.

use super::Formula;

/// Sources, sinks, and what lies between.
#[derive(Debug)]
pub(crate) struct Taint {
    pub(crate) sources: Vec<Formula>,
    pub(crate) sinks: Vec<Formula>,
    pub(crate) sanitizers: Vec<Formula>,
    pub(crate) propagators: Vec<Propagator>,
    /// Types whose values carry no text that does harm.
    pub(crate) safe_types: Vec<&'static str>,
}

/// A place where what is in one hole comes into another.
#[derive(Debug)]
pub(crate) struct Propagator {
    pub(crate) formula: Formula,
    pub(crate) from: String,
    pub(crate) to: String,
}
