//! Lists for pickers: short, quick, and decided like everything else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most items that one listing holds.
pub const QUERY_ITEMS_MAX: usize = 200;

/// What to list. `prefix` narrows it to what was typed so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "query", rename_all = "snake_case", deny_unknown_fields)]
pub enum Query {
    /// Files of the workspace, for `@file`.
    Files {
        /// What was typed.
        prefix: String,
    },
    /// Definitions in the workspace, for `@symbol`.
    Symbols {
        /// What was typed.
        prefix: String,
    },
    /// Saved prompts, for `@prompt`.
    Prompts {
        /// What was typed.
        prefix: String,
    },
    /// Agents.
    Agents,
    /// Models that may be used.
    Models,
    /// Conversations of this workspace, newest first.
    Conversations,
    /// Profiles that may be used.
    Profiles,
    /// Names of settings.
    Settings {
        /// What was typed.
        prefix: String,
    },
    /// Verbs that this installation can answer.
    Verbs,
}

impl Query {
    /// Its stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Files { .. } => "files",
            Self::Symbols { .. } => "symbols",
            Self::Prompts { .. } => "prompts",
            Self::Agents => "agents",
            Self::Models => "models",
            Self::Conversations => "conversations",
            Self::Profiles => "profiles",
            Self::Settings { .. } => "settings",
            Self::Verbs => "verbs",
        }
    }
}

/// One thing to pick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// What to use when it is picked.
    pub id: String,
    /// What to show.
    pub label: String,
    /// What to show beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A list for a picker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listing {
    /// At most [`QUERY_ITEMS_MAX`] items.
    pub items: Vec<Item>,
    /// Whether there are more than are shown.
    pub more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_survives_a_round_trip_under_its_name() {
        let prefix = || "s".to_owned();
        for query in [
            Query::Files { prefix: prefix() },
            Query::Symbols { prefix: prefix() },
            Query::Prompts { prefix: prefix() },
            Query::Agents,
            Query::Models,
            Query::Conversations,
            Query::Profiles,
            Query::Settings { prefix: prefix() },
            Query::Verbs,
        ] {
            let value = serde_json::to_value(&query).unwrap();
            assert_eq!(value["query"], query.name());
            assert_eq!(serde_json::from_value::<Query>(value).unwrap(), query);
        }
        let listing =
            Listing { items: vec![Item { id: "a".into(), label: "b".into(), detail: None }], more: true };
        let text = serde_json::to_string(&listing).unwrap();
        assert_eq!(serde_json::from_str::<Listing>(&text).unwrap(), listing);
    }
}
