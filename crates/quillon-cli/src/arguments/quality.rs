//! Quality: review, unit tests, documentation.

use clap::Args;
use quillon_contract::Verb;
use quillon_contract::ask::{DocAsk, DocKind, ReviewAsk, ReviewKind, Severity, TestAsk};

use super::{Planned, Row, values};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] =
    &[("doc", &[Verb::Doc]), ("review", &[Verb::Review]), ("test", &[Verb::Test])];

const DOCUMENTS: &[&str] = &["readme", "comments", "api", "diagrams"];
const PARTS: &[&str] = &["code", "secrets", "infrastructure", "dependencies", "efficiency"];
const SEVERITIES: &[&str] = &["info", "low", "medium", "high", "critical"];

#[derive(Debug, Args)]
pub(crate) struct Review {
    /// Files and folders; this folder without them
    paths: Vec<String>,
    /// Only what changed since this revision
    #[arg(long, value_name = "REVISION")]
    diff: Option<String>,
    /// Only these parts
    #[arg(long = "only", value_delimiter = ',', value_parser = values::named::<ReviewKind>(PARTS))]
    kinds: Vec<ReviewKind>,
    /// Apply the fixes that rules bring
    #[arg(long)]
    fix: bool,
    /// End with exit code 1 when there are findings from this severity on
    #[arg(long, value_name = "SEVERITY", value_parser = values::named::<Severity>(SEVERITIES))]
    fail_on: Option<Severity>,
    /// A folder of your own rules; may be repeated
    #[arg(long, value_name = "FOLDER")]
    rules: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The file to test
    path: String,
    /// Only this function, type or method
    #[arg(long)]
    symbol: Option<String>,
    /// What to look at in particular
    #[arg(long)]
    instruction: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Doc {
    /// The folder or file; this folder without it
    path: Option<String>,
    /// What to write
    #[arg(long, default_value = "readme", value_parser = values::named::<DocKind>(DOCUMENTS))]
    kind: DocKind,
    /// What to change, when the document is there already
    #[arg(long)]
    instruction: Option<String>,
}

impl Review {
    pub(super) fn plan(self, inputs: &Inputs) -> Planned {
        let within = |paths: Vec<String>| paths.iter().map(|path| inputs.within(path)).collect();
        let Self { paths, diff, kinds, fix, fail_on, rules } = self;
        ReviewAsk { paths: within(paths), diff, kinds, fix, fail_on, rules: within(rules) }.into()
    }
}

impl Test {
    pub(super) fn plan(self, inputs: &Inputs) -> Planned {
        TestAsk { path: inputs.within(&self.path), symbol: self.symbol, instruction: self.instruction }.into()
    }
}

impl Doc {
    pub(super) fn plan(self, inputs: &Inputs) -> Planned {
        let path = self.path.map(|path| inputs.within(&path));
        DocAsk { path, kind: self.kind, instruction: self.instruction }.into()
    }
}
