//! No terminal frame leaves on a record that is only open, however durable.

use quillon_audit::AuditDurable;
use quillon_contract::event::End;
use quillon_road::gate::AnswerGate;

async fn end(gate: AnswerGate, open: AuditDurable, end: End) {
    gate.end(open, end).await;
}

fn main() {}
