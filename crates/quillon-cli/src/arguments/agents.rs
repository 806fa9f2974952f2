//! Agents: a feature, a new project, the two transformations.

use clap::{Args, Subcommand};
use quillon_base::Fault;
use quillon_contract::Verb;
use quillon_contract::ask::{DevAsk, JavaTarget, NewAsk, TransformDotnetAsk, TransformJavaAsk};

use super::{Planned, Row, values};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] = &[
    ("dev", &[Verb::Dev]),
    ("new", &[Verb::New]),
    ("transform", &[Verb::TransformJava, Verb::TransformDotnet]),
    ("transform dotnet", &[Verb::TransformDotnet]),
    ("transform java", &[Verb::TransformJava]),
];

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// What to build; `-` or nothing reads standard input
    request: Vec<String>,
    /// A command that must pass, such as a build or its tests; may be repeated
    #[arg(long = "check", value_name = "COMMAND")]
    checks: Vec<String>,
    /// Only plan
    #[arg(long)]
    plan: bool,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// What it should be; `-` or nothing reads standard input
    description: Vec<String>,
    /// The empty folder to make it in; this one without it
    #[arg(long)]
    folder: Option<String>,
}

/// Move a project to a newer platform
#[derive(Debug, Args)]
pub(crate) struct Transform {
    #[command(subcommand)]
    platform: Platform,
}

#[derive(Debug, Subcommand)]
enum Platform {
    Java {
        /// The project's folder; this one without it
        path: Option<String>,
        /// The release to reach
        #[arg(long, default_value = "21", value_parser = values::named::<JavaTarget>(&["17", "21"]))]
        to: JavaTarget,
        #[command(flatten)]
        mode: Mode,
    },
    Dotnet {
        /// The solution's or project's folder; this one without it
        path: Option<String>,
        /// The target framework, such as net8.0; the newest with long support without it
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        mode: Mode,
    },
}

#[derive(Debug, Args)]
struct Mode {
    /// Only plan
    #[arg(long)]
    plan: bool,
    /// Go on with the transformation that was interrupted
    #[arg(long)]
    resume: bool,
}

impl Dev {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        let request = inputs.words(&self.request, "what to build")?;
        Ok(DevAsk { request, checks: self.checks, plan_only: self.plan }.into())
    }
}

impl New {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        let description = inputs.words(&self.description, "a description")?;
        Ok(NewAsk { description, folder: self.folder.map(|path| inputs.within(&path)) }.into())
    }
}

impl Transform {
    pub(super) fn plan(self, inputs: &Inputs) -> Planned {
        let within = |path: Option<String>| path.map(|path| inputs.within(&path));
        match self.platform {
            Platform::Java { path, to, mode } => {
                TransformJavaAsk { path: within(path), to, plan_only: mode.plan, resume: mode.resume }.into()
            }
            Platform::Dotnet { path, to, mode } => {
                TransformDotnetAsk { path: within(path), to, plan_only: mode.plan, resume: mode.resume }
                    .into()
            }
        }
    }
}
