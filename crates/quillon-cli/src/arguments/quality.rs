//! Quality: review, unit tests, documentation.

use clap::{Args, Subcommand};
use quillon_contract::Verb;
use quillon_contract::ask::{
    DocAsk, DocKind, GroupBy, ReviewAsk, ReviewExplainAsk, ReviewKind, SetApart, Severity, TestAsk,
};

use super::{Planned, Row, values};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] = &[
    ("doc", &[Verb::Doc]),
    ("review", &[Verb::Review]),
    ("review explain", &[Verb::ReviewExplain]),
    ("test", &[Verb::Test]),
];

const DOCUMENTS: &[&str] = &["readme", "comments", "api", "diagrams"];
const KINDS_APART: &[&str] = &["tests", "vendored", "generated"];
const ORDERS: &[&str] = &["severity", "file"];
const PARTS: &[&str] = &["code", "secrets", "infrastructure", "dependencies", "efficiency"];
const SEVERITIES: &[&str] = &["info", "low", "medium", "high", "critical"];

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Review {
    #[command(subcommand)]
    act: Option<ReviewAct>,
    /// Files and folders, all of them; with `--diff` or `--staged` what changed in them
    paths: Vec<String>,
    /// Everything in this folder
    #[arg(short, long, conflicts_with_all = ["diff", "staged", "paths"])]
    all: bool,
    /// Only what changed since this revision, with files that git does not know yet
    #[arg(long, value_name = "REVISION", conflicts_with = "staged")]
    diff: Option<String>,
    /// Only what is staged, as the index has it
    #[arg(long, alias = "cached", conflicts_with_all = ["fix", "fix_only"])]
    staged: bool,
    /// Also these files, which are set apart otherwise
    #[arg(long, value_delimiter = ',', value_parser = values::named::<SetApart>(KINDS_APART))]
    include: Vec<SetApart>,
    /// Only these parts
    #[arg(long = "only", value_delimiter = ',', value_parser = values::named::<ReviewKind>(PARTS))]
    kinds: Vec<ReviewKind>,
    /// Apply the fixes that rules bring
    #[arg(long)]
    fix: bool,
    /// Apply only the fixes of this rule, or of the finding with this mark; may be repeated
    #[arg(long, value_name = "RULE|MARK")]
    fix_only: Vec<String>,
    /// Show what would be fixed, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// End with exit code 1 when there are findings from this severity on
    #[arg(long, value_name = "SEVERITY", value_parser = values::named::<Severity>(SEVERITIES))]
    fail_on: Option<Severity>,
    /// A folder of your own rules; may be repeated
    #[arg(long, value_name = "FOLDER")]
    rules: Vec<String>,
    /// A file with findings that are known and do not count
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,
    /// Write that file from what is found now
    #[arg(long, requires = "baseline", conflicts_with_all = ["fix", "fix_only"])]
    write_baseline: bool,
    /// The order of findings
    #[arg(long, default_value = "severity", hide_default_value = true, value_parser = values::named::<GroupBy>(ORDERS))]
    group_by: GroupBy,
}

#[derive(Debug, Subcommand)]
enum ReviewAct {
    Explain {
        /// A rule; or a finding: its mark, or PATH:LINE
        #[arg(value_name = "RULE|FINDING")]
        name: String,
        /// A folder of your own rules; may be repeated
        #[arg(long, value_name = "FOLDER")]
        rules: Vec<String>,
    },
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
        if let Some(ReviewAct::Explain { name, rules }) = self.act {
            return ReviewExplainAsk { name: inputs.within(&name), rules: within(rules) }.into();
        }
        let by_file = self.group_by == GroupBy::File;
        let ask = ReviewAsk {
            paths: within(self.paths),
            all: self.all,
            diff: self.diff,
            staged: self.staged,
            include: self.include,
            kinds: self.kinds,
            fix: self.fix || !self.fix_only.is_empty() || self.dry_run,
            fix_only: self.fix_only,
            dry_run: self.dry_run,
            fail_on: self.fail_on,
            rules: within(self.rules),
            baseline: self.baseline.map(|path| inputs.within(&path)),
            write_baseline: self.write_baseline,
            group_by: self.group_by,
        };
        Planned { by_file, ..ask.into() }
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
