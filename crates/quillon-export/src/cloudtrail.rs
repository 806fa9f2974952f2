//! A record as an event in the shape of AWS CloudTrail.
//!
//! An ask and its effects share an id (`sharedEventID`); the end of something is an event of its own with the same name,
//! whose `additionalEventData.phase` is `ended`. What was asked is not in the ledger, so `requestParameters` holds what
//! the record has: the resource, the redacted arguments and the decision.

use quillon_road::ledger::{Entry, Leaf};
use serde_json::{Map, Value, json};

use crate::fact::{Fact, Phase, Status};
use crate::shape::Place;
use crate::text::{event_id, seconds};

/// The version of the event's shape.
const EVENT_VERSION: &str = "1.09";
/// The source of Quillon's own actions. It is no service of AWS, so its name is not one of theirs.
const OWN_SOURCE: &str = "quillon.internal";

/// The event.
pub(crate) fn event(fact: &Fact, place: &Place) -> Value {
    let (service, operation) = fact.operation();
    let source = if service == "q" { "q.amazonaws.com" } else { OWN_SOURCE };
    let mut event = json!({
        "eventVersion": EVENT_VERSION,
        "userIdentity": identity(fact, place),
        "eventTime": seconds(fact.at),
        "eventSource": source,
        "eventName": operation,
        "awsRegion": place.region,
        "sourceIPAddress": OWN_SOURCE,
        "userAgent": fact.by.as_ref().map_or("quillon".to_owned(), |by| format!("quillon/{}", by.surface.name())),
        "requestParameters": parameters(fact),
        "responseElements": response(fact),
        "additionalEventData": additional(fact),
        "eventID": event_id(&place.ledger, fact.index),
        "readOnly": fact.reads_only,
        "eventType": if fact.by.is_some() { "AwsApiCall" } else { "AwsServiceEvent" },
        "managementEvent": true,
        "recipientAccountId": place.account,
        "eventCategory": "Management",
    });
    if let Some(ask) = fact.ask {
        event["requestID"] = ask.as_request().to_string().into();
        event["sharedEventID"] = ask.to_string().into();
    }
    if let Some(error) = &fact.error {
        event["errorCode"] = error.clone().into();
        event["errorMessage"] = fact.sentence().into();
    }
    if let Some(resource) = &fact.resource {
        event["resources"] =
            json!([{"ARN": resource, "accountId": place.account, "type": "Quillon::Resource"}]);
    }
    event
}

/// Who asked. The name is the one that was proved; what it was proved with stands in the session's attributes.
fn identity(fact: &Fact, place: &Place) -> Value {
    let Some(by) = &fact.by else {
        return json!({"type": "AWSService", "invokedBy": OWN_SOURCE});
    };
    let name = by.principal.as_str();
    json!({
        "type": "IAMUser",
        "principalId": name,
        "arn": format!("arn:quillon:iam::{}:user/{name}", place.organisation),
        "accountId": place.account,
        "userName": name,
        "sessionContext": {
            "attributes": {
                "mfaAuthenticated": by.proof.ends_with("+mfa").to_string(),
                "creationDate": seconds(fact.at),
            },
        },
    })
}

fn parameters(fact: &Fact) -> Value {
    if fact.phase == Phase::Ended {
        return Value::Null;
    }
    let mut parameters = Map::new();
    parameters.insert("what".into(), fact.what.clone().into());
    if let Some(resource) = &fact.resource {
        parameters.insert("resource".into(), resource.clone().into());
    }
    if let Some(decided) = &fact.decided {
        parameters.insert(
            "decision".into(),
            json!({"allowed": decided.allowed, "by": decided.by, "revision": decided.revision}),
        );
    }
    Value::Object(parameters)
}

/// What an end says: how it went, who answered, what was used.
fn response(fact: &Fact) -> Value {
    let Some(Leaf { entry, .. }) = &fact.leaf else { return Value::Null };
    match entry {
        Entry::Closed { closing, .. } => serde_json::to_value(closing).unwrap_or_default(),
        Entry::EffectClosed { closing, .. } => serde_json::to_value(closing).unwrap_or_default(),
        _ => Value::Null,
    }
}

/// Where the record stands, and all of it, so that nothing of the ledger is lost in this shape.
fn additional(fact: &Fact) -> Value {
    let status = match fact.status {
        Status::UnderWay => "under way",
        Status::Success => "success",
        Status::Failure => "failure",
    };
    json!({
        "ledgerIndex": fact.index,
        "phase": fact.phase.name(),
        "status": status,
        "surface": fact.by.as_ref().map(|by| by.surface.name()),
        "session": fact.by.as_ref().map(|by| by.session.to_string()),
        "proof": fact.by.as_ref().map(|by| by.proof.clone()),
        "record": serde_json::from_str::<Value>(&fact.raw).unwrap_or_default(),
    })
}
