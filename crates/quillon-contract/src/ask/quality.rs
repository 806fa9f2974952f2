//! Quality: review, unit tests and documentation.

use quillon_base::DataClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verb;
use crate::manifest::{Allowance, EffectKind as Effect, Example, Manifest, MeterUnit, ResourceForm};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth mending when near.
    Low,
    /// Should be mended.
    Medium,
    /// Should be mended soon.
    High,
    /// Should be mended before anything else.
    Critical,
}

/// A part of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// Code security and misuse.
    Code,
    /// Secrets.
    Secrets,
    /// Infrastructure as code.
    Infrastructure,
    /// Dependencies.
    Dependencies,
    /// Efficiency and quality.
    Efficiency,
}

/// Reviews code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAsk {
    /// Files and folders; the whole workspace when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Only what changed since this revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Which parts; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<ReviewKind>,
    /// Apply the fixes that rules bring.
    #[serde(default)]
    pub fix: bool,
    /// Findings from this severity on make the outcome `findings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<Severity>,
    /// Folders of the user's own rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// Reviews code.
pub(super) static REVIEW: Manifest = Manifest {
    verb: Verb::Review,
    name: "review",
    summary: "find security, secret, infrastructure, dependency and efficiency problems",
    help: "Scans files with rules and data-flow analysis; no model is needed. Each finding names its rule, its weakness \
           class and, where a rule brings one, a fix.",
    examples: &[
        Example { line: "quillon review", does: "reviews this folder" },
        Example {
            line: "quillon review --diff main --fail-on high",
            does: "fails a build on new serious findings",
        },
    ],
    action: "q:StartCodeAnalysis",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::ReviewedLine,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Report,
    effects: &[
        Effect::InvokeModel,
        Effect::ReadWorkspace,
        Effect::RunCommand,
        Effect::WriteStore,
        Effect::WriteWorkspace,
    ],
    leased: true,
    anonymous: false,
    smallest: "{}",
};

/// Writes unit tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestAsk {
    /// The file to test.
    pub path: String,
    /// Only this function, type or method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// What to look at in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
}

/// Writes unit tests.
pub(super) static TEST: Manifest = Manifest {
    verb: Verb::Test,
    name: "test",
    summary: "write unit tests that pass and add coverage",
    help: "Writes tests for a file, runs them, and keeps only those that pass and reach lines that no other test \
           reaches.",
    examples: &[Example { line: "quillon test src/orders.py", does: "writes tests for the file" }],
    action: "quillon:GenerateTests",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Report,
    effects: &[Effect::InvokeModel, Effect::ReadWorkspace, Effect::RunCommand, Effect::WriteWorkspace],
    leased: false,
    anonymous: false,
    smallest: r#"{"path":"a.py"}"#,
};

/// What to document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocKind {
    /// The README of the folder.
    #[default]
    Readme,
    /// Comments on public items.
    Comments,
    /// Pages about the interface.
    Api,
    /// Diagrams of the structure.
    Diagrams,
}

/// Writes documentation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocAsk {
    /// The folder or file; the whole workspace without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What to write.
    #[serde(default)]
    pub kind: DocKind,
    /// What to change, when the document is there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
}

/// Writes documentation.
pub(super) static DOC: Manifest = Manifest {
    verb: Verb::Doc,
    name: "doc",
    summary: "write or update documentation",
    help: "Writes a README, comments, interface pages or diagrams from what the code says, and shows the difference \
           before anything is written.",
    examples: &[Example { line: "quillon doc", does: "proposes a README for this folder" }],
    action: "quillon:GenerateDocumentation",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Report,
    effects: &[Effect::InvokeModel, Effect::ReadWorkspace, Effect::WriteWorkspace],
    leased: false,
    anonymous: false,
    smallest: "{}",
};
