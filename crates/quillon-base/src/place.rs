//! Where data rests and on which terms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::chosen_names;

chosen_names! {
    /// A store, objects and model endpoints under one jurisdiction, such as `eu-west-2`; on a laptop, `device`.
    Region, "region name";
}

impl Region {
    /// The laptop: a cache of what the organisation holds, or all there is when there is no organisation.
    #[must_use]
    pub fn device() -> Self {
        Self::new("device").expect("a constant that passes its own check")
    }
}

/// The terms of use: quotas, where data lives, whether content may be used for improvement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Monthly limits; content is used for improvement only by those who opt in.
    Free,
    /// Larger or no limits; content is never used for improvement.
    Pro,
}
