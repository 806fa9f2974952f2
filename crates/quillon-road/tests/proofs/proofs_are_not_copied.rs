//! A proof stands for one record: nobody copies it.

use quillon_audit::AuditBegun;

fn twice(begun: &AuditBegun) -> AuditBegun {
    begun.clone()
}

fn main() {}
