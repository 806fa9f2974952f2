//! What is true of a verb, as data.

use quillon_base::{DataClass, Tier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Verb;

/// What a verb's action is asked about; the road makes the resource's name from it and the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResourceForm {
    /// `agent/*`: agents that are installed.
    Agent,
    /// `account/ACCOUNT`: a cloud account.
    CloudAccount,
    /// `conversation/ID`, or `conversation/*` before it has one.
    Conversation,
    /// `installation/local`: this installation.
    Installation,
    /// `key/CLASS`: keys of the organisation.
    Key,
    /// `knowledge/*`: knowledge bases.
    Knowledge,
    /// `ledger/REGION`: the audit log.
    Ledger,
    /// `model/ID`.
    Model,
    /// `organisation/ID`.
    Organisation,
    /// `pack/*`.
    Pack,
    /// `policy/*`.
    Policy,
    /// `profile/ID`.
    Profile,
    /// `session/ID`.
    Session,
    /// `settings/PRINCIPAL`.
    Settings,
    /// `tool/*`: tools and their servers.
    Tool,
    /// `workspace/ID`: the folder being worked in.
    Workspace,
}

impl ResourceForm {
    /// The type in a resource's name, before the slash.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::CloudAccount => "account",
            Self::Conversation => "conversation",
            Self::Installation => "installation",
            Self::Key => "key",
            Self::Knowledge => "knowledge",
            Self::Ledger => "ledger",
            Self::Model => "model",
            Self::Organisation => "organisation",
            Self::Pack => "pack",
            Self::Policy => "policy",
            Self::Profile => "profile",
            Self::Session => "session",
            Self::Settings => "settings",
            Self::Tool => "tool",
            Self::Workspace => "workspace",
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeterUnit {
    /// A request that starts a model-driven or retrieval-driven answer.
    AgentRequest,
    /// An operation of a cloud service.
    CloudCall,
    /// A request that only reads or changes Quillon's own state.
    Request,
    /// A line of code that was reviewed.
    ReviewedLine,
    /// An inline suggestion that was shown.
    Suggestion,
    /// A line of code that was submitted for transformation.
    TransformedLine,
}

impl MeterUnit {
    /// The unit as people read it, in the plural.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::AgentRequest => "agent requests",
            Self::CloudCall => "cloud calls",
            Self::Request => "requests",
            Self::ReviewedLine => "reviewed lines",
            Self::Suggestion => "suggestions",
            Self::TransformedLine => "transformed lines",
        }
    }
}

/// How much of the unit a tier may use in a calendar month (UTC). `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Allowance {
    /// For the free tier.
    pub free: Option<u64>,
    /// For the pro tier.
    pub pro: Option<u64>,
}

impl Allowance {
    /// No limit in any tier.
    pub const UNLIMITED: Self = Self { free: None, pro: None };

    /// The limit of `tier`.
    #[must_use]
    pub const fn of(self, tier: Tier) -> Option<u64> {
        match tier {
            Tier::Free => self.free,
            Tier::Pro => self.pro,
        }
    }
}

/// A way to touch the world. A capability may use only those that its manifest names, and each use is decided and
/// recorded under its own action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// One operation of a cloud service.
    CallCloud,
    /// A tool that a model uses: Quillon's own, or one of another process.
    CallTool,
    /// A model call.
    InvokeModel,
    /// Reading or replacing the index of the workspace in Quillon's cache.
    KeepIndex,
    /// Reading the audit log.
    ReadLedger,
    /// Reading settings.
    ReadSettings,
    /// Reading sealed records.
    ReadStore,
    /// Reading files of the workspace.
    ReadWorkspace,
    /// Running a command.
    RunCommand,
    /// Sending records to a sink.
    SendToSink,
    /// Changing what belongs to the audit log: its legal holds, what it keeps, what was cosigned as a witness.
    WriteLedger,
    /// Changing settings.
    WriteSettings,
    /// Writing or removing sealed records.
    WriteStore,
    /// Writing or removing files of the workspace.
    WriteWorkspace,
}

impl EffectKind {
    /// The policy action under which the effect is decided.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::CallCloud => "quillon:CallCloud",
            Self::CallTool => "quillon:CallTool",
            Self::InvokeModel => "quillon:InvokeModel",
            Self::KeepIndex => "quillon:KeepIndex",
            Self::ReadLedger => "quillon:ReadLedger",
            Self::ReadSettings => "quillon:ReadSettings",
            Self::ReadStore => "quillon:ReadStore",
            Self::ReadWorkspace => "quillon:ReadWorkspace",
            Self::RunCommand => "quillon:RunCommand",
            Self::SendToSink => "quillon:SendToSink",
            Self::WriteLedger => "quillon:WriteLedger",
            Self::WriteSettings => "quillon:WriteSettings",
            Self::WriteStore => "quillon:WriteStore",
            Self::WriteWorkspace => "quillon:WriteWorkspace",
        }
    }
}

/// A command line that works, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Example {
    /// What to type.
    pub line: &'static str,
    /// What it shows or does.
    pub does: &'static str,
}

/// Everything that is true of a verb.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Manifest {
    /// The verb.
    pub verb: Verb,
    /// Its stable name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What a newcomer should know before using it.
    pub help: &'static str,
    /// Lines that work.
    pub examples: &'static [Example],
    /// The policy action that admits it.
    pub action: &'static str,
    /// What the action is asked about.
    pub resource: ResourceForm,
    /// What is counted.
    pub unit: MeterUnit,
    /// How much of it each tier may use.
    pub allowance: Allowance,
    /// What it keeps, beside its audit record.
    pub class: DataClass,
    /// How it may touch the world.
    pub effects: &'static [EffectKind],
    /// Whether it may run under an editing session's lease.
    pub leased: bool,
    /// Whether `anonymous` may ask it.
    pub anonymous: bool,
    /// The smallest ask of this verb, as JSON.
    pub smallest: &'static str,
}
