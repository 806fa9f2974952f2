//! A store in memory that is stricter than any real one.

/// Placeholder until written.
pub struct StrictStore;
