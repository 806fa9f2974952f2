//! Not a byte of an answer leaves on a begun record.

use quillon_audit::AuditBegun;
use quillon_contract::Event;
use quillon_road::gate::AnswerGate;

async fn say(gate: &AnswerGate, begun: &AuditBegun, event: Event) {
    let _ = gate.send(begun, event).await;
}

fn main() {}
