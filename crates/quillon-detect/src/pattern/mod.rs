//! Patterns: source text with holes, read by the same grammar as the code they look for.
//!
//! `$X` is a hole that binds, `$...X` one for several, `...` one for any number, `"..."` any string, `<... x ...>` an `x`
//! anywhere below, `($X: Type)` or `(Type $X)` a hole with a type. Start at [`Pattern::read`], then [`find`].

mod bindings;
mod equal;
mod find;
mod read;
mod sequence;

pub(crate) use bindings::{Bindings, Bound};
pub(crate) use find::{Match, find};
pub(crate) use read::Pattern;
