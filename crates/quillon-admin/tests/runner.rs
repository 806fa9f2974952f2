//! One's own installation, through a real road.

mod account;
mod audit;
mod doctor;
mod key;
mod policy;
mod settings;
