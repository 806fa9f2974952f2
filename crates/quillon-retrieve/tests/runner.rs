//! Questions about a small workspace, and laws over any text.

mod graph;
mod laws;
mod searching;
mod support;
