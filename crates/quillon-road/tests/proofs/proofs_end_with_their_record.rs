//! A proof is given up when its record closes, and is not taken out of what holds it.

use quillon_audit::{AuditBegun, AuditDurable, Closing};

fn again(durable: &AuditDurable) -> AuditDurable {
    *durable
}

async fn after_the_end(begun: AuditBegun) {
    let _ = begun.close(Closing::abandoned()).await;
    let _ = begun.durable().await;
}

fn main() {}
