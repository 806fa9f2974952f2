//! Questions and conversations, through a real road.

mod asking;
mod conversing;
mod modelled;
mod support;
