//! A command, a file, a cloud call and a stored record need more than a begun record: a durable one.

use quillon_audit::AuditBegun;
use quillon_cloud_api::CloudCall;
use quillon_host::{Before, Command, WorkspacePath};
use quillon_road::gate::{CloudGate, FilesGate, HostGate, StoreGate};
use quillon_store::Record;

async fn run(gate: &HostGate, begun: &AuditBegun, command: Command) {
    let _ = gate.run_command(begun, command).await;
}

fn read(gate: &FilesGate, begun: &AuditBegun, path: &WorkspacePath) {
    let _ = gate.read(begun, path, 1);
}

fn write(gate: &FilesGate, begun: &AuditBegun, path: &WorkspacePath) {
    let _ = gate.write(begun, path, b"", Before::Absent);
}

async fn call(gate: &CloudGate, begun: &AuditBegun, call: CloudCall) {
    let _ = gate.call(begun, call).await;
}

async fn put(gate: &StoreGate, begun: &AuditBegun, record: Record) {
    let _ = gate.put(begun, record).await;
}

fn main() {}
