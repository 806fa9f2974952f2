//! Questions and conversations, through a real road.

mod asking;
mod conversing;
mod knowing;
mod modelled;
mod support;
