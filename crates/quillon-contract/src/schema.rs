//! The contract as JSON Schema, for those who speak it from another language.

use schemars::{Schema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};

use crate::{Answer, Event, Hello, Listing, Notification, Opened, Query, Request};

/// Everything that crosses the waist, so that one schema holds it all.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "QuillonContract")]
struct Contract {
    hello: Hello,
    opened: Opened,
    notification: Notification,
    request: Request,
    event: Event,
    answer: Answer,
    query: Query,
    listing: Listing,
    fault: quillon_base::Fault,
}

/// The JSON Schema (draft 2020-12) of every message, under its own name in `properties` and `$defs`.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Contract>();
    schema.insert("x-contract-version".into(), crate::CONTRACT_VERSION.into());
    schema
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_every_verb_and_every_message() {
        let text = serde_json::to_string(&super::schema()).unwrap();
        for manifest in crate::MANIFESTS {
            assert!(text.contains(&format!("\"const\":\"{}\"", manifest.name)), "{}", manifest.name);
        }
        for message in
            ["Hello", "Opened", "Notification", "Request", "Event", "Answer", "Query", "Listing", "Fault"]
        {
            assert!(text.contains(&format!("\"#/$defs/{message}\"")), "{message}");
        }
    }
}
