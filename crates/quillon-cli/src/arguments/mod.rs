//! The command line: what can be typed, and which ask it is.
//!
//! One file a subject, as in the contract's `ask`; each has the arguments, the asks that they become, and the rows that
//! join its commands to verbs. What a command does, its help and its examples come from the verb's manifest
//! ([`crate::manual`]); only arguments and acts within a verb are described here.

mod account;
mod admin;
mod agents;
mod audit;
mod cloud;
mod coding;
mod manage;
mod quality;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use quillon_base::{Fault, FaultCode, Region, Secret, Timestamp};
use quillon_contract::{Ask, Verb};

pub(crate) use coding::{Chat, Wrap};
pub(crate) use values::lines as lines_of;

use crate::inputs::Inputs;

/// The words of a command, and the verbs that it asks.
pub(crate) type Row = (&'static str, &'static [Verb]);

/// Every command that asks something, by subject.
pub(crate) const ROWS: &[&[Row]] = &[
    account::ROWS,
    admin::ROWS,
    agents::ROWS,
    audit::ROWS,
    cloud::ROWS,
    coding::ROWS,
    manage::ROWS,
    quality::ROWS,
];

/// The verbs that a command asks; none when it only groups others or is answered here.
pub(crate) fn verbs_of(words: &str) -> &'static [Verb] {
    let mut rows = ROWS.iter().copied().flatten();
    rows.find(|(command, _)| *command == words).map_or(&[], |(_, verbs)| verbs)
}

/// The open, self-hosted assistant that can prove what it did
#[derive(Debug, Parser)]
#[command(name = "quillon", version, subcommand_required = false, propagate_version = false)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options of every command")]
#[non_exhaustive]
pub struct Global {
    /// How answers are written: for people, as one document, as a line for each event; findings also for code hosts, or
    /// as a page
    #[arg(
        long,
        global = true,
        value_name = "text|json|jsonl|sarif|html",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub output: OutputMode,
    /// Reach models at this address and nowhere else
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Work in this region
    #[arg(long, global = true)]
    pub region: Option<Region>,
    /// Keep nothing of what is said; the audit log still has that it took place
    #[arg(long, global = true)]
    pub ephemeral: bool,
    /// Answer with this model, or with `embedded` for none
    #[arg(long, global = true)]
    pub model: Option<String>,
    /// Keep the receipt of the answer's record in this file: proof that it stands in the audit log
    #[arg(long, global = true, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// When to colour
    #[arg(
        long,
        global = true,
        value_name = "auto|always|never",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub color: ColorMode,
    /// Only the answer, warnings and faults
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// How answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputMode {
    /// For people
    #[default]
    Text,
    /// One document at the end
    Json,
    /// One event a line, as it comes
    Jsonl,
    /// Findings for code hosts: SARIF 2.1.0
    Sarif,
    /// Findings as a page that needs nothing else
    Html,
}

impl OutputMode {
    /// Its name, where it is a form of findings and of nothing else.
    pub(crate) const fn of_findings(self) -> Option<&'static str> {
        match self {
            Self::Sarif => Some("sarif"),
            Self::Html => Some("html"),
            Self::Text | Self::Json | Self::Jsonl => None,
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorMode {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Also where there is no terminal
    Always,
    /// Not at all
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Chat(Chat),
    Translate(coding::Translate),
    Review(quality::Review),
    Test(quality::Test),
    Doc(quality::Doc),
    Dev(agents::Dev),
    New(agents::New),
    Transform(agents::Transform),
    Aws(cloud::Aws),
    Cloud(cloud::Cloud),
    Knowledge(coding::Knowledge),
    Conversation(coding::Conversation),
    Suggest(coding::Suggest),
    Accept(coding::Accept),
    Edit(coding::Edit),
    Model(manage::Model),
    Settings(manage::Settings),
    Agent(manage::Agent),
    Mcp(manage::Mcp),
    Pack(manage::Pack),
    Editor(manage::Editor),
    Login(account::Login),
    Logout,
    Whoami(account::Whoami),
    Profile(account::Profile),
    Usage,
    Doctor,
    Migrate(manage::Migrate),
    Audit(audit::Audit),
    Evidence(audit::Evidence),
    Admin(admin::Admin),
    /// Serve an editor through the Language Server Protocol, on standard input and output
    Lsp {
        /// Editors say it; there is no other way
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Serve an editor's agent panel through the Agent Client Protocol, on standard input and output
    Acp,
    /// Serve an organisation: the API, the console and chat applications
    Serve {
        /// The server's settings
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Only check the settings
        #[arg(long)]
        check: bool,
    },
    /// Print the contract that all surfaces speak, as JSON Schema
    Schema,
    /// Print the completions of a shell
    Completion {
        /// Which
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    #[command(hide = true)]
    Man {
        /// Of this command; of the program without it
        words: Vec<String>,
    },
}

/// Another surface of this program, which the composition root starts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherSurface {
    /// The Language Server Protocol, on standard input and output.
    Lsp,
    /// The Agent Client Protocol, on standard input and output.
    Acp,
    /// A server of the Model Context Protocol, on standard input and output.
    Mcp,
    /// The server of an organisation.
    Server {
        /// Its settings.
        config: Option<PathBuf>,
        /// Only check them.
        check: bool,
    },
    /// A witness of other logs, over HTTP on this machine.
    Witness {
        /// Where it listens.
        listen: SocketAddr,
        /// The public keys of the logs.
        log_keys: Vec<String>,
        /// The folder with its state; one beside the audit log without it.
        state: Option<String>,
    },
}

impl OtherSurface {
    /// The command of [`OtherSurface::Witness`].
    pub const WITNESS: &str = "audit witness";

    /// The command that starts it.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        match self {
            Self::Lsp => "lsp",
            Self::Acp => "acp",
            Self::Mcp => "mcp serve",
            Self::Server { .. } => "serve",
            Self::Witness { .. } => Self::WITNESS,
        }
    }
}

// A stretch of time. (A doc comment here would become the help of every command that has one.)
#[derive(Debug, Args)]
struct Period {
    /// Not before this day or instant
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    after: Option<Timestamp>,
    /// Before this day or instant
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    before: Option<Timestamp>,
}

// The form of an answer, as Amazon Q names it.
#[derive(Debug, Default, Args)]
struct Format {
    /// As `--output`, in the words of Amazon Q
    #[arg(short, long, hide = true, value_enum)]
    format: Option<OriginalFormat>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OriginalFormat {
    Plain,
    Json,
    JsonPretty,
}

impl Format {
    fn output(&self) -> Option<OutputMode> {
        self.format.map(|format| match format {
            OriginalFormat::Plain => OutputMode::Text,
            OriginalFormat::Json | OriginalFormat::JsonPretty => OutputMode::Json,
        })
    }
}

/// An ask, and how its answer is wanted.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) ask: Ask,
    /// Instead of what `--output` says.
    pub(crate) output: Option<OutputMode>,
    /// Of tables, only the row that starts with this.
    pub(crate) only_row: Option<String>,
    /// Whether findings stand under the names of their files.
    pub(crate) by_file: bool,
    /// What answers the question for a secret: it stands in no ask.
    pub(crate) secret: Option<Secret<String>>,
}

impl<T: Into<Ask>> From<T> for Planned {
    fn from(ask: T) -> Self {
        Self { ask: ask.into(), output: None, only_row: None, by_file: false, secret: None }
    }
}

/// What a command line is about.
#[derive(Debug)]
pub(crate) enum Plan {
    Ask(Box<Planned>),
    Chat(Box<Chat>),
    Other(OtherSurface),
    Here(Here),
}

/// What is answered without asking anyone.
#[derive(Debug)]
pub(crate) enum Here {
    Schema,
    Completion(clap_complete::Shell),
    Man(Vec<String>),
}

impl Command {
    /// The ask that a command is, with what it needs from files and standard input.
    pub(crate) fn plan(self, global: &Global, inputs: &mut Inputs) -> Result<Plan, Fault> {
        let plan = self.planned(global, inputs)?;
        let has_findings = matches!(&plan, Plan::Ask(planned) if planned.ask.verb() == Verb::Review);
        match global.output.of_findings() {
            Some(form) if !has_findings => Err(no_findings(form)),
            _ => Ok(plan),
        }
    }

    fn planned(self, global: &Global, inputs: &mut Inputs) -> Result<Plan, Fault> {
        let planned = match self {
            Self::Chat(chat) => match chat.act() {
                Some(planned) => planned,
                None => return Ok(Plan::Chat(Box::new(chat))),
            },
            Self::Lsp { .. } => return Ok(Plan::Other(OtherSurface::Lsp)),
            Self::Acp => return Ok(Plan::Other(OtherSurface::Acp)),
            Self::Serve { config, check } => return Ok(Plan::Other(OtherSurface::Server { config, check })),
            Self::Mcp(manage::Mcp { act: manage::McpAct::Serve }) => {
                return Ok(Plan::Other(OtherSurface::Mcp));
            }
            Self::Schema => return Ok(Plan::Here(Here::Schema)),
            Self::Completion { shell } => return Ok(Plan::Here(Here::Completion(shell))),
            Self::Man { words } => return Ok(Plan::Here(Here::Man(words))),
            Self::Mcp(command) => command.act.plan()?,
            Self::Aws(command) => command.plan(global.region.as_ref())?,
            Self::Translate(command) => command.plan(inputs)?,
            Self::Review(command) => command.plan(inputs),
            Self::Test(command) => command.plan(inputs),
            Self::Doc(command) => command.plan(inputs),
            Self::Dev(command) => command.plan(inputs)?,
            Self::New(command) => command.plan(inputs)?,
            Self::Transform(command) => command.plan(inputs),
            Self::Cloud(command) => command.plan(inputs)?,
            Self::Knowledge(command) => command.plan(inputs),
            Self::Conversation(command) => command.plan(),
            Self::Suggest(command) => command.plan(inputs),
            Self::Accept(command) => command.plan(),
            Self::Edit(command) => command.plan(inputs)?,
            Self::Model(command) => command.plan(inputs)?,
            Self::Settings(command) => command.plan(),
            Self::Agent(command) => command.plan(inputs)?,
            Self::Pack(command) => command.plan(),
            Self::Editor(command) => command.plan(),
            Self::Login(command) => command.plan(),
            Self::Logout => account::logout(),
            Self::Whoami(command) => command.plan(),
            Self::Profile(command) => command.plan(),
            Self::Usage => manage::usage(),
            Self::Doctor => manage::doctor(),
            Self::Migrate(command) => command.plan(),
            Self::Audit(command) => match command.listen(inputs) {
                Some(surface) => return Ok(Plan::Other(surface)),
                None => command.plan(inputs)?,
            },
            Self::Evidence(command) => command.plan(),
            Self::Admin(command) => command.plan(inputs)?,
        };
        Ok(Plan::Ask(Box::new(planned)))
    }
}

/// What is said where a form of findings is asked of a command that has none.
pub(crate) fn no_findings(form: &str) -> Fault {
    let message = format!("`--output {form}` is a form of findings, and this command gives none");
    Fault::new(FaultCode::InputInvalid, message)
        .hint("`quillon review` gives findings; use `text`, `json` or `jsonl` here")
}

#[cfg(test)]
mod tests;
