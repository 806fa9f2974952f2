//! A model that answers from memory and is stricter than any real one.

/// Placeholder until written.
pub struct StrictModel;
/// Placeholder until written.
pub struct Reply;
