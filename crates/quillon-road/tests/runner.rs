//! The laws of the road.

mod authority;
mod cancel;
mod durable;
mod editing;
mod effects;
mod failing;
mod journey;
mod machine;
mod proofs;
mod sessions;
mod support;
mod tools;
