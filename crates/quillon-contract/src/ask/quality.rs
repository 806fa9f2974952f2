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

/// A kind of file that is set apart unless it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetApart {
    /// Tests.
    Tests,
    /// Code of others.
    Vendored,
    /// Code that a program made.
    Generated,
}

/// How findings are put in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The worst first.
    #[default]
    Severity,
    /// By file and line.
    File,
}

/// Reviews code.
///
/// Without a file, a revision, the index or everything being named, what changed in the working tree is reviewed: staged,
/// not staged, and files that git does not know yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAsk {
    /// Files and folders, all of them or what changed in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The whole workspace.
    #[serde(default, skip_serializing_if = "is_false")]
    pub all: bool,
    /// Only what changed since this revision, with files that git does not know yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Only what is staged, as the index has it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub staged: bool,
    /// Kinds of files that are reviewed although they are set apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<SetApart>,
    /// Which parts; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<ReviewKind>,
    /// Apply the fixes that rules bring.
    #[serde(default)]
    pub fix: bool,
    /// Only the fixes of these rules, or of findings with these marks; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fix_only: Vec<String>,
    /// Show what would be fixed, and change nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// Findings from this severity on make the outcome `findings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<Severity>,
    /// Folders of the user's own rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// A file with findings that are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// Write that file instead of comparing with it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub write_baseline: bool,
    /// How findings are put in order.
    #[serde(default)]
    pub group_by: GroupBy,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Reviews code.
pub(super) static REVIEW: Manifest = Manifest {
    verb: Verb::Review,
    name: "review",
    summary: "find security, secret, quality and efficiency problems",
    help: "Reviews what changed in the working tree, files that git does not know yet with it; a path or `--all` reviews \
           everything there. Files are scanned with rules and data-flow analysis; no model is needed. Each finding names \
           its rule, its weakness class and, where a rule brings one that holds, a fix.\n\nA comment takes a finding back: \
           `quillon-ignore[rule]: reason` after the code or before its line, or `amazonq-ignore-next-line` before it.\n\n\
           `--fix` writes without asking again, whatever `--output` is; `--fix --dry-run` only shows the difference. Each \
           fix is read and scanned again before it is offered. Findings that were fixed do not count for `--fail-on`.",
    examples: &[
        Example { line: "quillon review", does: "reviews what changed and is not committed yet" },
        Example { line: "quillon review src", does: "reviews everything in a folder" },
        Example { line: "quillon review --fix --dry-run", does: "shows what fixes would change" },
        Example {
            line: "quillon review --diff main --fail-on high",
            does: "fails a build on new serious findings",
        },
        Example {
            line: "quillon review --all --baseline known.json --output sarif",
            does: "reports what is not known yet to a code host",
        },
    ],
    action: "q:StartCodeAnalysis",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::ReviewedLine,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Report,
    effects: &[Effect::ReadWorkspace, Effect::RunCommand, Effect::WriteWorkspace],
    leased: true,
    anonymous: false,
    smallest: r#"{"all":true}"#,
};

/// Explains a rule or a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewExplainAsk {
    /// The rule; or a finding: its mark, the start of one, or `PATH:LINE`.
    pub name: String,
    /// Folders of the user's own rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// Explains a rule or a finding.
pub(super) static REVIEW_EXPLAIN: Manifest = Manifest {
    verb: Verb::ReviewExplain,
    name: "review.explain",
    summary: "explain a rule, or a finding with the way its data came",
    help: "A rule is named by its id. A finding is named by its mark, by the start of it, or by `PATH:LINE`; the folder is \
           then reviewed to find it.",
    examples: &[
        Example { line: "quillon review explain java-sql-injection", does: "explains a rule" },
        Example {
            line: "quillon review explain src/Search.java:12",
            does: "explains what was found there, step by step",
        },
    ],
    action: "q:StartCodeAnalysis",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Report,
    effects: &[Effect::ReadWorkspace],
    leased: true,
    anonymous: false,
    smallest: r#"{"name":"python-weak-hash"}"#,
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
