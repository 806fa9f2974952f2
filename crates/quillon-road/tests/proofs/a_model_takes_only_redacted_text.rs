//! A request that has not been through redaction does not reach a model.

use quillon_audit::AuditBegun;
use quillon_model::{ModelRequest, ModelStream};
use quillon_road::gate::ModelGate;

fn call(gate: &ModelGate, begun: &AuditBegun, request: ModelRequest) -> ModelStream {
    gate.stream(begun, request)
}

fn main() {}
