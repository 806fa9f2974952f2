//! Questions and conversations, through a real road.

mod agent;
mod answering;
mod approving;
mod asking;
mod conversing;
mod explaining;
mod knowing;
mod modelled;
mod redacting;
mod stopping;
mod support;
mod views;
