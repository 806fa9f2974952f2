//! Management of one's own installation: settings, models, packs, agents, tool servers, editors.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use quillon_base::{Fault, FaultCode};
use quillon_contract::Verb;
use quillon_contract::ask::{
    AgentListAsk, AgentWriteAsk, DoctorAsk, EditorInstallAsk, EditorKind, McpListAsk, McpServerSpec,
    McpWriteAsk, MigrateAsk, ModelKeyAct, ModelKeyReadAsk, ModelKeyWriteAsk, ModelListAsk, ModelUseAsk,
    PackAct, PackAsk, PackListAsk, Scope, SettingsReadAsk, SettingsWriteAsk, UsageAsk,
};

use super::{Format, Planned, Row, values};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] = &[
    ("agent", &[Verb::AgentList, Verb::AgentWrite]),
    ("agent create", &[Verb::AgentWrite]),
    ("agent list", &[Verb::AgentList]),
    ("agent remove", &[Verb::AgentWrite]),
    ("agent set-default", &[Verb::SettingsWrite]),
    ("doctor", &[Verb::Doctor]),
    ("editor install", &[Verb::EditorInstall]),
    ("mcp add", &[Verb::McpWrite]),
    ("mcp list", &[Verb::McpList]),
    ("mcp remove", &[Verb::McpWrite]),
    ("mcp status", &[Verb::McpList]),
    ("migrate", &[Verb::Migrate]),
    ("model", &[Verb::ModelList, Verb::ModelUse, Verb::ModelKeyRead, Verb::ModelKeyWrite]),
    ("model key", &[Verb::ModelKeyRead, Verb::ModelKeyWrite]),
    ("model key remove", &[Verb::ModelKeyWrite]),
    ("model key set", &[Verb::ModelKeyWrite]),
    ("model key show", &[Verb::ModelKeyRead]),
    ("model list", &[Verb::ModelList]),
    ("model show", &[Verb::ModelList]),
    ("model use", &[Verb::ModelUse]),
    ("pack", &[Verb::PackList, Verb::Pack]),
    ("pack add", &[Verb::Pack]),
    ("pack list", &[Verb::PackList]),
    ("pack remove", &[Verb::Pack]),
    ("pack update", &[Verb::Pack]),
    ("settings", &[Verb::SettingsRead, Verb::SettingsWrite]),
    ("settings all", &[Verb::SettingsRead]),
    ("settings get", &[Verb::SettingsRead]),
    ("settings list", &[Verb::SettingsRead]),
    ("settings set", &[Verb::SettingsWrite]),
    ("settings unset", &[Verb::SettingsWrite]),
    ("usage", &[Verb::Usage]),
];

const EDITORS: &[&str] = &["vscode", "jetbrains", "visual-studio", "eclipse", "neovim"];
/// The setting that names the agent a chat starts with, as in Amazon Q.
const DEFAULT_AGENT: &str = "chat.defaultAgent";

/// Show or change settings
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Settings {
    #[command(subcommand)]
    act: Option<SettingsAct>,
    /// The setting to show or, with a value, to set
    key: Option<String>,
    /// Its new value
    #[arg(conflicts_with = "delete", allow_hyphen_values = true)]
    value: Option<String>,
    /// Go back to the default
    #[arg(short, long, requires = "key")]
    delete: bool,
    /// Also show those that have their default
    #[arg(long, conflicts_with_all = ["key", "delete"])]
    all: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum SettingsAct {
    List {
        /// Also those that have their default
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Show all settings
    #[command(hide = true)]
    All {
        #[command(flatten)]
        format: Format,
    },
    /// Show one setting
    Get {
        key: String,
        #[command(flatten)]
        format: Format,
    },
    /// Set a value
    Set {
        key: String,
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Go back to the default
    Unset { key: String },
}

/// List or choose models, and keep the keys of their providers
#[derive(Debug, Args)]
pub(crate) struct Model {
    #[command(subcommand)]
    act: Option<ModelAct>,
}

#[derive(Debug, Subcommand)]
enum ModelAct {
    List,
    /// Show everything about a model, but its key
    Show {
        /// Which
        model: String,
    },
    Use {
        /// Which; `auto` for the first that may be asked, `embedded` for none
        model: String,
    },
    /// Show or change the keys of providers that the vault keeps
    Key {
        #[command(subcommand)]
        act: Option<KeyCommand>,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Show which keys are kept, never a key itself
    #[command(visible_alias = "list")]
    Show {
        /// Only this one
        name: Option<String>,
    },
    /// Keep a key, which is asked for or read from standard input
    Set {
        /// What to call it, such as `anthropic`
        name: String,
    },
    /// Remove a key
    #[command(visible_alias = "rm")]
    Remove {
        /// Which
        name: String,
    },
}

/// List or change packs of rules, service models and documents
#[derive(Debug, Args)]
pub(crate) struct Pack {
    #[command(subcommand)]
    act: Option<PackCommand>,
}

#[derive(Debug, Subcommand)]
enum PackCommand {
    List,
    /// Install a pack
    Add {
        /// The pack, by name or file
        pack: String,
    },
    /// Bring a pack up to date
    Update {
        pack: String,
    },
    /// Remove a pack
    Remove {
        pack: String,
    },
}

/// List or change agents
#[derive(Debug, Args)]
pub(crate) struct Agent {
    #[command(subcommand)]
    act: Option<AgentAct>,
}

#[derive(Debug, Subcommand)]
enum AgentAct {
    List,
    /// Make or change an agent
    Create {
        #[command(flatten)]
        name: Name,
        /// What it is for
        #[arg(long, conflicts_with = "from")]
        description: Option<String>,
        /// Its definition, as agent JSON; `-` is standard input
        #[arg(short, long, value_name = "FILE")]
        from: Option<PathBuf>,
        #[command(flatten)]
        scope: ScopeOption,
    },
    /// Remove an agent
    #[command(visible_alias = "delete")]
    Remove {
        #[command(flatten)]
        name: Name,
        #[command(flatten)]
        scope: ScopeOption,
    },
    /// Let chats start with this agent
    SetDefault {
        #[command(flatten)]
        name: Name,
    },
}

/// List or change servers of the Model Context Protocol, or be one
#[derive(Debug, Args)]
pub(crate) struct Mcp {
    #[command(subcommand)]
    pub(super) act: McpAct,
}

#[derive(Debug, Subcommand)]
pub(super) enum McpAct {
    List,
    /// Show the state of a server
    Status {
        #[command(flatten)]
        name: Name,
    },
    /// Add a server
    Add {
        #[command(flatten)]
        name: Name,
        /// The program and its arguments, after `--`
        #[arg(last = true, value_name = "PROGRAM", conflicts_with_all = ["command", "url"])]
        program: Vec<String>,
        /// The program
        #[arg(long, conflicts_with = "url")]
        command: Option<String>,
        /// Its arguments: separated by commas (`\,` is a comma), or a JSON list; may be repeated
        #[arg(long, requires = "command", allow_hyphen_values = true)]
        args: Vec<String>,
        /// The address of a server over HTTPS
        #[arg(long)]
        url: Option<String>,
        #[command(flatten)]
        scope: ScopeOption,
    },
    /// Remove a server
    #[command(visible_alias = "rm")]
    Remove {
        #[command(flatten)]
        name: Name,
        #[command(flatten)]
        scope: ScopeOption,
    },
    /// Serve this assistant to another one, on standard input and output
    Serve,
}

// A name, as an argument or, as in Amazon Q, as an option.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Name {
    /// Its name
    name: Option<String>,
    /// Its name
    #[arg(short = 'n', long = "name", value_name = "NAME", hide = true)]
    name_option: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ScopeOption {
    /// Where it is kept: with you, or with this folder
    #[arg(long, default_value = "user", value_parser = scope)]
    scope: Scope,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Carry it over; without it, only report
    #[arg(long)]
    apply: bool,
}

/// Install into editors
#[derive(Debug, Args)]
pub(crate) struct Editor {
    #[command(subcommand)]
    act: EditorAct,
}

#[derive(Debug, Subcommand)]
enum EditorAct {
    Install {
        /// Which
        #[arg(value_parser = values::named::<EditorKind>(EDITORS))]
        editor: EditorKind,
    },
}

/// The words of Amazon Q are taken too.
fn scope(text: &str) -> Result<Scope, String> {
    match text {
        "user" | "global" | "default" => Ok(Scope::User),
        "workspace" => Ok(Scope::Workspace),
        _ => Err("use `user` or `workspace`".to_owned()),
    }
}

impl Settings {
    pub(super) fn plan(self) -> Planned {
        let Self { act, key, value, delete, all, format } = self;
        let read = |key, all, format: &Format| Planned {
            output: format.output(),
            ..SettingsReadAsk { key, all }.into()
        };
        let write = |key, value| SettingsWriteAsk { key, value }.into();
        match (act, key, value) {
            (Some(SettingsAct::List { all, format }), ..) => read(None, all, &format),
            (Some(SettingsAct::All { format }), ..) => read(None, true, &format),
            (Some(SettingsAct::Get { key, format }), ..) => read(Some(key), false, &format),
            (Some(SettingsAct::Set { key, value }), ..) => write(key, Some(value)),
            (Some(SettingsAct::Unset { key }), ..) => write(key, None),
            (None, Some(key), Some(value)) => write(key, Some(value)),
            (None, Some(key), None) if delete => write(key, None),
            (None, key, _) => read(key, all, &format),
        }
    }
}

impl Model {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        Ok(match self.act {
            None | Some(ModelAct::List) => ModelListAsk { model: None }.into(),
            Some(ModelAct::Show { model }) => ModelListAsk { model: Some(model) }.into(),
            Some(ModelAct::Use { model }) => ModelUseAsk { model }.into(),
            Some(ModelAct::Key { act: None }) => ModelKeyReadAsk { name: None }.into(),
            Some(ModelAct::Key { act: Some(KeyCommand::Show { name }) }) => ModelKeyReadAsk { name }.into(),
            Some(ModelAct::Key { act: Some(KeyCommand::Remove { name }) }) => {
                ModelKeyWriteAsk { act: ModelKeyAct::Remove, name }.into()
            }
            Some(ModelAct::Key { act: Some(KeyCommand::Set { name }) }) => {
                let secret = inputs.secret()?;
                Planned { secret, ..ModelKeyWriteAsk { act: ModelKeyAct::Set, name }.into() }
            }
        })
    }
}

impl Pack {
    pub(super) fn plan(self) -> Planned {
        let (act, pack) = match self.act {
            None | Some(PackCommand::List) => return PackListAsk {}.into(),
            Some(PackCommand::Add { pack }) => (PackAct::Add, pack),
            Some(PackCommand::Update { pack }) => (PackAct::Update, pack),
            Some(PackCommand::Remove { pack }) => (PackAct::Remove, pack),
        };
        PackAsk { act, pack }.into()
    }
}

impl Name {
    fn take(self) -> String {
        self.name.or(self.name_option).unwrap_or_default()
    }
}

impl Agent {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        Ok(match self.act {
            None | Some(AgentAct::List) => AgentListAsk {}.into(),
            Some(AgentAct::Create { name, description, from, scope }) => {
                let name = name.take();
                let definition = match from {
                    Some(file) => inputs.file(&file)?,
                    None => new_agent(&name, description.as_deref()),
                };
                AgentWriteAsk { name, definition: Some(definition), scope: scope.scope }.into()
            }
            Some(AgentAct::Remove { name, scope }) => {
                AgentWriteAsk { name: name.take(), definition: None, scope: scope.scope }.into()
            }
            Some(AgentAct::SetDefault { name }) => {
                SettingsWriteAsk { key: DEFAULT_AGENT.to_owned(), value: Some(name.take()) }.into()
            }
        })
    }
}

/// An agent that may use every built-in tool and trusts none, to begin with.
fn new_agent(name: &str, description: Option<&str>) -> String {
    let mut definition = serde_json::json!({ "name": name, "tools": ["@builtin"], "allowedTools": [] });
    if let Some(description) = description {
        definition["description"] = description.into();
    }
    format!("{definition:#}")
}

impl McpAct {
    pub(super) fn plan(self) -> Result<Planned, Fault> {
        let (name, server, scope) = match self {
            Self::List | Self::Serve => return Ok(McpListAsk {}.into()),
            Self::Status { name } => {
                return Ok(Planned { only_row: Some(name.take()), ..McpListAsk {}.into() });
            }
            Self::Remove { name, scope } => (name, None, scope),
            Self::Add { name, program, command, args, url, scope } => {
                let mut program = program.into_iter();
                let server = match (program.next().or(command), url) {
                    (_, Some(url)) => McpServerSpec::Http { url },
                    (Some(command), None) => {
                        let mut arguments: Vec<String> = program.collect();
                        arguments.extend(args.iter().flat_map(|text| split_arguments(text)));
                        McpServerSpec::Stdio { command, arguments }
                    }
                    (None, None) => {
                        return Err(Fault::new(
                            FaultCode::InputInvalid,
                            "a server needs a program or an address",
                        )
                        .hint("use `quillon mcp add NAME -- PROGRAM` or `--url ADDRESS`"));
                    }
                };
                (name, Some(server), scope)
            }
        };
        Ok(McpWriteAsk { name: name.take(), server, scope: scope.scope }.into())
    }
}

/// Arguments as Amazon Q takes them: a JSON list, or separated by commas, of which `\,` is none.
fn split_arguments(text: &str) -> Vec<String> {
    if let Ok(list) = serde_json::from_str::<Vec<String>>(text) {
        return list;
    }
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        match (c, parts.last_mut()) {
            (',', _) if !escaped => parts.push(String::new()),
            ('\\', _) if !escaped => {
                escaped = true;
                continue;
            }
            (c, Some(last)) => {
                if escaped && c != ',' {
                    last.push('\\');
                }
                last.push(c);
            }
            (_, None) => {}
        }
        escaped = false;
    }
    if escaped && let Some(last) = parts.last_mut() {
        last.push('\\');
    }
    parts
}

impl Migrate {
    pub(super) fn plan(self) -> Planned {
        MigrateAsk { apply: self.apply }.into()
    }
}

impl Editor {
    pub(super) fn plan(self) -> Planned {
        let EditorAct::Install { editor } = self.act;
        EditorInstallAsk { editor }.into()
    }
}

pub(super) fn doctor() -> Planned {
    DoctorAsk {}.into()
}

pub(super) fn usage() -> Planned {
    UsageAsk {}.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_a_server_are_split_as_the_original_does() {
        let check = |text, expected: &[&str]| assert_eq!(split_arguments(text), expected, "{text}");
        check("a,b", &["a", "b"]);
        check("a\\,b,c", &["a,b", "c"]);
        check("[\"a,b\", \"c\"]", &["a,b", "c"]);
        check("c:\\dir,\\", &["c:\\dir", "\\"]);
        check("\\\\,", &["\\\\", ""]);
    }
}
