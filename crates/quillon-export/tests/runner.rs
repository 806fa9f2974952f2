//! Exports through a real road to a strict sink.

mod ledgers;
mod misbehaving;
mod places;
mod sending;
mod support;
