//! A record as an event of the Open Cybersecurity Schema Framework, version 1.7.0.
//!
//! Sessions are Authentication (3002), changes of members Account Change (3001), everything else API Activity (6003).
//! `cargo xtask conformance exports` holds every kind of record against the schemas that the framework publishes.

use serde_json::{Value, json};

use crate::fact::{Fact, Status};
use crate::shape::Place;
use crate::text::event_id;

/// The version of the schema.
pub(crate) const VERSION: &str = "1.7.0";

const AUTHENTICATION: u64 = 3002;
const ACCOUNT_CHANGE: u64 = 3001;
const API_ACTIVITY: u64 = 6003;
const OTHER: u64 = 99;

/// The event.
pub(crate) fn event(fact: &Fact, place: &Place) -> Value {
    let class = match fact.action.as_str() {
        "quillon:OpenSession" => AUTHENTICATION,
        // What Amazon Q calls the members of an organisation.
        "q:CreateAssignment" | "q:UpdateAssignment" | "q:DeleteAssignment" => ACCOUNT_CHANGE,
        _ => API_ACTIVITY,
    };
    let (activity, activity_name) = activity(fact, class);
    let mut event = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": class / 1_000,
        "class_uid": class,
        "type_uid": class * 100 + activity,
        "severity_id": if fact.status == Status::Failure { 2 } else { 1 },
        "time": fact.at.as_millis(),
        "message": fact.sentence(),
        "status_id": status(fact).0,
        "status": status(fact).1,
        "actor": actor(fact, place),
        "metadata": {
            "version": VERSION,
            "uid": event_id(&place.ledger, fact.index),
            "sequence": fact.index,
            "log_name": place.ledger_name(),
            "tenant_uid": place.organisation,
            "correlation_uid": fact.ask.map_or_else(|| fact.id.clone(), |ask| ask.to_string()),
            "product": {"name": "Quillon", "vendor_name": "Quillon", "version": env!("CARGO_PKG_VERSION")},
        },
        "unmapped": {"phase": fact.phase.name(), "record": fact.raw},
        "raw_data": fact.raw,
    });
    if let Some(error) = &fact.error {
        event["status_code"] = error.clone().into();
    }
    match class {
        API_ACTIVITY => describe_call(&mut event, fact, place),
        AUTHENTICATION => describe_sign_in(&mut event, fact, place),
        _ => event["user"] = json!({"uid": fact.resource.clone().unwrap_or_else(|| "unknown".into())}),
    }
    event
}

fn activity(fact: &Fact, class: u64) -> (u64, String) {
    let (_, operation) = fact.operation();
    match class {
        AUTHENTICATION => (1, "Logon".into()),
        API_ACTIVITY if fact.reads_only => (2, "Read".into()),
        _ => (OTHER, operation.to_owned()),
    }
}

const fn status(fact: &Fact) -> (u64, &'static str) {
    match fact.status {
        Status::UnderWay => (0, "Unknown"),
        Status::Success => (1, "Success"),
        Status::Failure => (2, "Failure"),
    }
}

fn actor(fact: &Fact, place: &Place) -> Value {
    match &fact.by {
        Some(by) => json!({
            "app_name": format!("quillon {}", by.surface.name()),
            "user": user(by.principal.as_str(), by.proof.ends_with("+mfa"), place),
            "session": {"uid": by.session.to_string(), "is_mfa": by.proof.ends_with("+mfa")},
        }),
        None => json!({"app_name": "quillon"}),
    }
}

fn user(name: &str, has_mfa: bool, place: &Place) -> Value {
    json!({
        "name": name,
        "uid": format!("{}/{name}", place.organisation),
        "has_mfa": has_mfa,
        "org": {"uid": place.organisation, "name": place.organisation},
    })
}

fn describe_call(event: &mut Value, fact: &Fact, place: &Place) {
    let (service, operation) = fact.operation();
    event["api"] = json!({
        "operation": operation,
        "service": {"name": service},
        "request": {"uid": fact.ask.map_or_else(|| fact.id.clone(), |ask| ask.as_request().to_string())},
    });
    if let Some(error) = &fact.error {
        event["api"]["response"] = json!({"error": error, "message": fact.sentence()});
    }
    // No record holds an address; the endpoint is the surface that the call came through.
    let surface = fact.by.as_ref().map_or("quillon", |by| by.surface.name());
    event["src_endpoint"] = json!({"name": surface, "uid": format!("{}/{surface}", place.region)});
    if let Some(resource) = &fact.resource {
        event["resources"] = json!([{"uid": resource, "name": resource}]);
    }
    if let Some(decided) = &fact.decided {
        let decision = if decided.allowed { "Allowed" } else { "Denied" };
        event["actor"]["authorizations"] = json!([{"decision": decision, "policy": {"name": decided.by, "version": decided.revision.to_string()}}]);
    }
}

fn describe_sign_in(event: &mut Value, fact: &Fact, place: &Place) {
    event["service"] = json!({"name": "quillon"});
    let by = fact.by.as_ref();
    let has_mfa = by.is_some_and(|by| by.proof.ends_with("+mfa"));
    event["is_mfa"] = has_mfa.into();
    event["user"] = user(by.map_or("unknown", |by| by.principal.as_str()), has_mfa, place);
    if let Some(by) = by {
        event["session"] = json!({"uid": by.session.to_string(), "is_mfa": has_mfa});
        event["auth_protocol_id"] = OTHER.into();
        event["auth_protocol"] = by.proof.clone().into();
    }
}
