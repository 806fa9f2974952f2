//! The rules and the engine from outside.

mod pages;
mod scan;
