//! A model call without a begun record does not compile.

use quillon_model::{ModelRequest, ModelStream};
use quillon_privacy::Redacted;
use quillon_road::gate::ModelGate;

fn call(gate: &ModelGate, request: Redacted<ModelRequest>) -> ModelStream {
    gate.stream(request)
}

fn main() {}
