//! The suite that every host passes.
