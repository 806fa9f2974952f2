//! Agents: a feature, a new project, and the two transformations.

use quillon_base::DataClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verb;
use crate::manifest::{Allowance, EffectKind as Effect, Example, Manifest, MeterUnit, ResourceForm};

const EFFECTS: &[Effect] = &[
    Effect::InvokeModel,
    Effect::ReadStore,
    Effect::ReadWorkspace,
    Effect::RunCommand,
    Effect::WriteStore,
    Effect::WriteWorkspace,
];

/// Builds a feature across files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DevAsk {
    /// What to build.
    pub request: String,
    /// Commands that must pass, such as a build and its tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// Only plan.
    #[serde(default)]
    pub plan_only: bool,
}

/// Builds a feature across files.
pub(super) static DEV: Manifest = Manifest {
    verb: Verb::Dev,
    name: "dev",
    summary: "build a feature across many files",
    help: "Plans the change, shows the plan, edits the files, runs your checks and mends what they reject. You see the \
           whole difference before it is kept.",
    examples: &[Example {
        line: "quillon dev \"add paging to the orders endpoint\"",
        does: "plans and builds it",
    }],
    action: "quillon:DevelopFeature",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Report,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: r#"{"request":"add paging"}"#,
};

/// Starts a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAsk {
    /// What it should be.
    pub description: String,
    /// The empty folder to make it in, as the workspace names it; the workspace itself without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// Starts a project.
pub(super) static NEW: Manifest = Manifest {
    verb: Verb::New,
    name: "new",
    summary: "start a project from a description",
    help: "Lays out a project that builds and has a test, from the templates that fit the description, and checks that \
           it does before it says done.",
    examples: &[Example {
        line: "quillon new \"a web service in Rust with a health page\"",
        does: "makes it here",
    }],
    action: "quillon:CreateProject",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Report,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: r#"{"description":"a web service"}"#,
};

/// The Java release to reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum JavaTarget {
    /// Java 17.
    #[serde(rename = "17")]
    Java17,
    /// Java 21.
    #[default]
    #[serde(rename = "21")]
    Java21,
}

/// Moves a Java project to a newer release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformJavaAsk {
    /// The project's folder; the workspace without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The release to reach.
    #[serde(default)]
    pub to: JavaTarget,
    /// Only plan.
    #[serde(default)]
    pub plan_only: bool,
    /// Go on with the transformation that was interrupted.
    #[serde(default)]
    pub resume: bool,
}

/// Moves a Java project to a newer release.
pub(super) static TRANSFORM_JAVA: Manifest = Manifest {
    verb: Verb::TransformJava,
    name: "transform.java",
    summary: "move a Java project to Java 17 or 21",
    help: "Applies recipes step by step, builds and tests after each, and reports what changed and what is left to do \
           by hand.",
    examples: &[
        Example { line: "quillon transform java --plan", does: "shows what would change" },
        Example { line: "quillon transform java --to 21", does: "does it and reports" },
    ],
    action: "q:StartTransformation",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::TransformedLine,
    allowance: Allowance { free: Some(1_000), pro: Some(4_000) },
    class: DataClass::Report,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: "{}",
};

/// Moves a .NET Framework project to .NET on Linux.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformDotnetAsk {
    /// The solution's or project's folder; the workspace without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The target framework, such as `net8.0`; the newest with long support without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Only plan.
    #[serde(default)]
    pub plan_only: bool,
    /// Go on with the transformation that was interrupted.
    #[serde(default)]
    pub resume: bool,
}

/// Moves a .NET Framework project to .NET on Linux.
pub(super) static TRANSFORM_DOTNET: Manifest = Manifest {
    verb: Verb::TransformDotnet,
    name: "transform.dotnet",
    summary: "move a .NET Framework project from Windows to .NET on Linux",
    help: "Converts project files, packages and code, builds after each step, and reports what Windows-only parts are \
           left.",
    examples: &[Example { line: "quillon transform dotnet --plan", does: "shows what would change" }],
    action: "q:StartTransformation",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::TransformedLine,
    allowance: Allowance { free: Some(1_000), pro: Some(4_000) },
    class: DataClass::Report,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: "{}",
};
