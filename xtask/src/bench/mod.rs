//! `cargo xtask bench`: measures the built release binary and prints medians next to a floor of the same run.
//!
//! A number alone says more about the machine than about the program. So every table has a floor: the least that
//! the same machine, at the same moment, needs for something of the same shape. Runs of subject and floor alternate,
//! so that a busy minute hits both. To add a measurement, write one file and one row in [`MEASUREMENTS`].

mod answer;
mod ask;
mod build;
mod corpus;
mod ledger;
mod measure;
mod mutate;
mod policy;
mod review;
mod road;
mod start;
mod symbols;
mod table;
mod turn;

use std::path::{Path, PathBuf};

use clap::Args;

use self::table::Table;
use crate::command::quillon;
use crate::failure::{Context, Failure};

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// What to measure: `start` (seconds), `road`, `answer`, `turn` (a minute each), `ask`, `ledger`, `policy`, `review` (minutes), `build` (ten minutes), or `mutate`, which measures nothing and makes a changed copy of Java
    #[arg(required = true, value_name = "NAME", value_parser = names())]
    measurements: Vec<String>,
    /// Measure this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Answer about this folder instead of a made-up one of 100,000 lines
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Ask this question, whose longest word occurs in the folder
    #[arg(long, default_value = corpus::QUESTION)]
    question: String,
    /// The clones that `ask` asks, in one folder, each named `owner+name`
    #[arg(long, value_name = "FOLDER")]
    repositories: Option<PathBuf>,
    /// Ask these questions instead of the committed ones (the forms of a line: `xtask/src/bench/ask/gold.rs`)
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// Only name commits of this repository by the rule, as lines of a file of questions
    #[arg(long, value_name = "OWNER/NAME", value_delimiter = ',')]
    pick: Vec<String>,
    /// Write the figures of `ask` to this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write this many records into the ledger
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Kill this many processes that write a ledger, and crash the layer that loses and tears as often
    #[arg(long, value_name = "COUNT")]
    kills: Option<u32>,
    /// Where the changed copy of `--dir` goes that `mutate` makes
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Review the open half of the detector samples in this checkout of aws-samples/amazon-q-detectors
    #[arg(long, value_name = "FOLDER")]
    samples: Option<PathBuf>,
    /// Review this checkout of OWASP-Benchmark/BenchmarkJava, and a changed copy of it
    #[arg(long, value_name = "FOLDER")]
    owasp: Option<PathBuf>,
    /// Compare with semgrep over these rules, a checkout of semgrep/semgrep-rules
    #[arg(long, value_name = "FOLDER")]
    semgrep_rules: Option<PathBuf>,
    /// The program of semgrep; the one on the search path without it
    #[arg(long, value_name = "FILE")]
    semgrep: Option<PathBuf>,
    /// Run each command this often, where the measurement does not say otherwise
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    runs: u32,
}

/// One measurement.
struct Measurement {
    name: &'static str,
    run: fn(&Bench<'_>) -> Result<Vec<Table>, Failure>,
}

/// Every measurement, sorted by name.
const MEASUREMENTS: &[Measurement] = &[
    Measurement { name: "answer", run: answer::measure },
    Measurement { name: "ask", run: ask::measure },
    Measurement { name: "build", run: build::measure },
    Measurement { name: "ledger", run: ledger::measure },
    Measurement { name: "mutate", run: mutate::measure },
    Measurement { name: "policy", run: policy::measure },
    Measurement { name: "review", run: review::measure },
    Measurement { name: "road", run: road::measure },
    Measurement { name: "start", run: start::measure },
    Measurement { name: "turn", run: turn::measure },
];

/// What a measurement works with.
struct Bench<'b> {
    root: &'b Path,
    options: &'b Options,
}

impl Bench<'_> {
    /// The binary to measure: the given one, else a fresh release build.
    fn binary(&self) -> Result<PathBuf, Failure> {
        if let Some(given) = &self.options.binary {
            return given.canonicalize().context(|| format!("cannot find `{}`", given.display()));
        }
        quillon(self.root, true)
    }
}

/// Runs the chosen measurements and prints their tables.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let bench = Bench { root, options };
    for measurement in MEASUREMENTS.iter().filter(|measurement| is_chosen(measurement, options)) {
        for table in (measurement.run)(&bench)? {
            println!("\n{table}");
        }
    }
    Ok(())
}

fn is_chosen(measurement: &Measurement, options: &Options) -> bool {
    options.measurements.iter().any(|name| name == measurement.name)
}

fn names() -> Vec<&'static str> {
    MEASUREMENTS.iter().map(|measurement| measurement.name).collect()
}
