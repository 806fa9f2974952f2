//! The data classes: the product's promise about everything it keeps, in a form that machines read.
//!
//! The store refuses a write that has no row here; `quillon admin data classes` prints the rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long something is kept when nobody deletes it earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// This many days from its last change.
    Days(u32),
    /// Until its owner or an administrator deletes it.
    UntilDeleted,
    /// Can be made again from other data; may vanish at any time.
    Cache,
}

/// Which branch of the key hierarchy seals it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// A key of one person or service, so that destroying the key removes what it sealed.
    Subject,
    /// The organisation's key for this class and region.
    Organisation,
    /// Not sealed: public data, metadata that must stay readable to verify it, or a 0600 file of the user's own.
    None,
}

/// Where it may rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegionRule {
    /// In the region of the profile and nowhere else.
    ProfileRegion,
    /// On the device that made it and nowhere else.
    Device,
    /// Anywhere: it is public.
    Anywhere,
}

/// Whether it may ever be used to improve the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Improvement {
    /// In no tier, under no setting.
    Never,
    /// Only of those who may and do opt in.
    OptedIn,
}

/// One row of the promise.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct DataClassRow {
    /// The class.
    pub class: DataClass,
    /// Its stable name.
    pub name: &'static str,
    /// What belongs to it.
    pub what: &'static str,
    /// How long it is kept.
    pub retention: Retention,
    /// Which key seals it.
    pub key: KeyKind,
    /// Where it may rest.
    pub region: RegionRule,
    /// Whether it may be used for improvement.
    pub improvement: Improvement,
}

macro_rules! data_classes {
    ($($class:ident, $name:literal, $what:literal, $retention:expr, $key:ident, $region:ident, $improvement:ident;)*) => {
        /// What kind of thing a stored record is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum DataClass {$(
            #[doc = $what]
            #[serde(rename = $name)]
            $class,
        )*}

        /// Every class, in the order of its name.
        pub static DATA_CLASSES: &[DataClassRow] = &[$(DataClassRow {
            class: DataClass::$class,
            name: $name,
            what: $what,
            retention: $retention,
            key: KeyKind::$key,
            region: RegionRule::$region,
            improvement: Improvement::$improvement,
        },)*];
    };
}

data_classes! {
    AuditRecord, "audit_record", "who did what, when, and how it was decided; no content", Retention::Days(365), None, ProfileRegion, Never;
    Conversation, "conversation", "prompts, answers and what was shown with them", Retention::Days(30), Subject, ProfileRegion, Never;
    Credential, "credential", "tokens, keys and passwords that Quillon holds for its users", Retention::UntilDeleted, Subject, ProfileRegion, Never;
    FileCheckpoint, "file_checkpoint", "a file as it was before Quillon changed it", Retention::Days(30), Subject, Device, Never;
    Identity, "identity", "members, groups and how they proved themselves", Retention::UntilDeleted, Organisation, ProfileRegion, Never;
    ImprovementSample, "improvement_sample", "content handed over by those who opted in", Retention::Days(365), Organisation, ProfileRegion, OptedIn;
    Knowledge, "knowledge", "documents that a user added to a knowledge base", Retention::UntilDeleted, Organisation, ProfileRegion, Never;
    Pack, "pack", "public rules, service models and documentation", Retention::Cache, None, Anywhere, Never;
    Policy, "policy", "policies, guardrails and profiles", Retention::UntilDeleted, Organisation, ProfileRegion, Never;
    PromptLog, "prompt_log", "prompts and answers, where a profile switches the log on", Retention::Days(365), Organisation, ProfileRegion, Never;
    Report, "report", "findings, transformation plans and their results", Retention::Days(90), Subject, ProfileRegion, Never;
    Settings, "settings", "choices of a user, without content", Retention::UntilDeleted, None, Device, Never;
    UsageEvent, "usage_event", "what was used, in the unit of its quota", Retention::Days(400), Organisation, ProfileRegion, Never;
    WorkspaceIndex, "workspace_index", "an index of a folder that can be built again", Retention::Cache, None, Device, Never;
}

impl DataClass {
    /// The promise about this class.
    #[must_use]
    pub fn row(self) -> &'static DataClassRow {
        &DATA_CLASSES[self as usize]
    }

    /// The stable name, as serialised and as used in key derivation.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_only_the_sample_may_be_used_for_improvement() {
        assert!(DATA_CLASSES.windows(2).all(|pair| pair[0].name < pair[1].name));
        for row in DATA_CLASSES {
            assert_eq!(row.class.row().name, row.name);
            assert_eq!(serde_json::to_value(row.class).unwrap(), row.name);
            assert_eq!(row.improvement == Improvement::OptedIn, row.class == DataClass::ImprovementSample);
        }
    }
}
