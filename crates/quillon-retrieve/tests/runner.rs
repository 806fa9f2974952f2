//! Questions about a small workspace, and laws over any text.

mod graph;
mod keeping;
mod laws;
mod searching;
mod support;
