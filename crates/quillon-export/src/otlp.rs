//! Records as OpenTelemetry logs, in the JSON encoding of OTLP (`ExportLogsServiceRequest`).
//!
//! As that encoding asks: 64-bit numbers are decimal strings, ids are lower-case hexadecimal, fields are in lowerCamelCase.

use serde_json::{Value, json};

use crate::fact::{Fact, Status};
use crate::shape::Place;

const SEVERITY_INFO: u32 = 9;
const SEVERITY_WARN: u32 = 13;

/// The request that carries these records.
pub(crate) fn request(facts: &[Fact], place: &Place) -> Value {
    let records: Vec<_> = facts.iter().map(record).collect();
    json!({
        "resourceLogs": [{
            "resource": {"attributes": [
                text("service.name", "quillon"),
                text("service.version", env!("CARGO_PKG_VERSION")),
                text("cloud.region", &place.region),
                text("quillon.organisation", &place.organisation),
                text("quillon.ledger", &place.ledger),
            ]},
            "scopeLogs": [{
                "scope": {"name": "quillon.audit", "version": env!("CARGO_PKG_VERSION")},
                "logRecords": records,
            }],
        }],
    })
}

/// One log record.
fn record(fact: &Fact) -> Value {
    let (severity, name) =
        if fact.status == Status::Failure { (SEVERITY_WARN, "WARN") } else { (SEVERITY_INFO, "INFO") };
    let nanos = i128::from(fact.at.0.max(0)) * 1_000;
    let mut attributes = vec![
        text("event.name", &format!("quillon.audit.{}", fact.phase.name())),
        json!({"key": "quillon.index", "value": {"intValue": fact.index.to_string()}}),
        text("quillon.action", &fact.action),
        text("quillon.id", &fact.id),
        text("quillon.record", &fact.raw),
    ];
    if let Some(by) = &fact.by {
        attributes.push(text("enduser.id", by.principal.as_str()));
        attributes.push(text("session.id", &by.session.to_string()));
        attributes.push(text("quillon.surface", by.surface.name()));
    }
    if let Some(resource) = &fact.resource {
        attributes.push(text("quillon.resource", resource));
    }
    if let Some(decided) = &fact.decided {
        attributes.push(json!({"key": "quillon.allowed", "value": {"boolValue": decided.allowed}}));
        attributes.push(text("quillon.decided_by", &decided.by));
    }
    if let Some(error) = &fact.error {
        attributes.push(text("error.type", error));
    }
    json!({
        "timeUnixNano": nanos.to_string(),
        "observedTimeUnixNano": nanos.to_string(),
        "severityNumber": severity,
        "severityText": name,
        "body": {"stringValue": fact.sentence()},
        "attributes": attributes,
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}
