//! The rules and the engine from outside.

mod fixes;
mod pages;
mod scan;
mod suppress;
