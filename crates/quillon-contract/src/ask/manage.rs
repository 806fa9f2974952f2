//! Management of one's own installation: settings, models, packs, agents, tools.

use quillon_base::DataClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{STATE, Verb};
use crate::manifest::{EffectKind as Effect, Example, Manifest, ResourceForm};

/// Where a setting or an agent is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// With the person.
    #[default]
    User,
    /// With the workspace; it can only narrow.
    Workspace,
}

/// What to do to a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PackAct {
    /// Install it.
    Add,
    /// Remove it.
    Remove,
    /// Bring it up to date.
    Update,
}

/// An editor that Quillon can be installed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditorKind {
    /// Visual Studio Code.
    Vscode,
    /// A JetBrains editor.
    Jetbrains,
    /// Visual Studio.
    VisualStudio,
    /// Eclipse.
    Eclipse,
    /// Neovim.
    Neovim,
}

/// How a tool server is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "transport", rename_all = "snake_case", deny_unknown_fields)]
pub enum McpServerSpec {
    /// As a process, on standard input and output.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        #[serde(default)]
        arguments: Vec<String>,
    },
    /// Over HTTPS.
    Http {
        /// The address.
        url: String,
    },
}

/// Shows settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsReadAsk {
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Also those that have their default.
    #[serde(default)]
    pub all: bool,
}

/// Show settings.
pub(super) static SETTINGS_READ: Manifest = Manifest {
    verb: Verb::SettingsRead,
    name: "settings.read",
    summary: "show settings",
    help: "Shows each setting, its value, its default and what it does. They are kept in `settings.json`, readable by you alone.",
    examples: &[
        Example { line: "quillon settings", does: "shows what is set" },
        Example { line: "quillon settings --all --output json", does: "shows everything, for scripts" },
    ],
    action: "quillon:ReadSettings",
    resource: ResourceForm::Settings,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings],
    ..STATE
};

/// Changes a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsWriteAsk {
    /// Which.
    pub key: String,
    /// Its value; the default again without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Change a setting.
pub(super) static SETTINGS_WRITE: Manifest = Manifest {
    verb: Verb::SettingsWrite,
    name: "settings.write",
    summary: "change a setting",
    help: "Sets a value, or with `--delete` goes back to the default. A key that does not exist is refused with the nearest one that does.",
    examples: &[
        Example { line: "quillon settings quillon.chat.passages 8", does: "sets it" },
        Example { line: "quillon settings --delete quillon.chat.passages", does: "goes back to the default" },
    ],
    action: "quillon:WriteSettings",
    resource: ResourceForm::Settings,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings, Effect::WriteSettings],
    smallest: r#"{"key":"quillon.chat.passages","value":"8"}"#,
    ..STATE
};

/// Checks the installation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoctorAsk {}

/// Check that this installation works.
pub(super) static DOCTOR: Manifest = Manifest {
    verb: Verb::Doctor,
    name: "doctor",
    summary: "check that this installation works",
    help: "Checks the folders, the key, the ledger, the store, the settings and the models, and says what to do about what is wrong. It changes nothing.",
    examples: &[
        Example { line: "quillon doctor", does: "checks everything" },
        Example { line: "quillon doctor --output json", does: "for scripts" },
    ],
    action: "quillon:CheckInstallation",
    resource: ResourceForm::Installation,
    class: DataClass::Settings,
    effects: &[Effect::ReadLedger, Effect::ReadSettings, Effect::ReadStore],
    ..STATE
};

/// Shows usage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageAsk {}

/// Show what you used this month.
pub(super) static USAGE: Manifest = Manifest {
    verb: Verb::Usage,
    name: "usage",
    summary: "show what you used this month",
    help: "Shows each unit that is counted, how much of it you used and what your tier allows.",
    examples: &[Example { line: "quillon usage", does: "shows it" }],
    action: "quillon:ReadUsage",
    resource: ResourceForm::Session,
    class: DataClass::UsageEvent,
    effects: &[Effect::ReadLedger],
    ..STATE
};

/// Lists models, or shows one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelListAsk {
    /// Everything about this one; without it, all in a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// List the models you may use.
pub(super) static MODEL_LIST: Manifest = Manifest {
    verb: Verb::ModelList,
    name: "model.list",
    summary: "list the models you may use",
    help: "Lists the configured models with their region, window and price, and says which one answers now and which may not be asked. With none, the embedded engine answers.",
    examples: &[
        Example { line: "quillon model list", does: "lists them" },
        Example { line: "quillon model show NAME", does: "shows everything about one, but its key" },
    ],
    action: "q:ListModels",
    resource: ResourceForm::Model,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings],
    ..STATE
};

/// Chooses a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelUseAsk {
    /// Which; `auto` for the first that may be asked, `embedded` for none.
    pub model: String,
}

/// Choose the model that answers.
pub(super) static MODEL_USE: Manifest = Manifest {
    verb: Verb::ModelUse,
    name: "model.use",
    summary: "choose the model that answers",
    help: "From the next ask on this model answers, if policy and region allow it. `auto` is the first of `order` in `models.json` that policy, region and what is asked allow; if it fails before its first word, the next is asked. `embedded` goes back to no model.",
    examples: &[
        Example { line: "quillon model use auto", does: "uses the first that may be asked" },
        Example { line: "quillon model use embedded", does: "uses no model" },
    ],
    action: "quillon:UseModel",
    resource: ResourceForm::Model,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings, Effect::WriteSettings],
    smallest: r#"{"model":"embedded"}"#,
    ..STATE
};

/// Lists the keys of providers that the vault keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelKeyReadAsk {
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Show which keys of providers are kept.
pub(super) static MODEL_KEY_READ: Manifest = Manifest {
    verb: Verb::ModelKeyRead,
    name: "model.key.read",
    summary: "show which keys of providers are kept",
    help: "Lists the keys that the vault keeps for you: name, fingerprint, since when, and which models use them. A key itself is never shown. A fingerprint is keyed, so it says nothing to anybody else.",
    examples: &[
        Example { line: "quillon model key show", does: "lists them" },
        Example { line: "quillon model key show anthropic", does: "shows one" },
    ],
    action: "quillon:ReadModelKeys",
    resource: ResourceForm::Key,
    class: DataClass::Credential,
    effects: &[Effect::ReadSettings, Effect::ReadStore],
    ..STATE
};

/// What to do to a key of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelKeyAct {
    /// Keep one, in the place of another of its name; the key is asked for, so that it stands in no ask.
    Set,
    /// Remove it.
    Remove,
}

/// Changes the keys of providers that the vault keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelKeyWriteAsk {
    /// What to do.
    pub act: ModelKeyAct,
    /// The name of the key, such as `anthropic`.
    pub name: String,
}

/// Keep or remove a key of a provider.
pub(super) static MODEL_KEY_WRITE: Manifest = Manifest {
    verb: Verb::ModelKeyWrite,
    name: "model.key.write",
    summary: "keep or remove a key of a provider",
    help: "Keeps a key in the vault, sealed for you alone, for models whose `key` in `models.json` is `vault:NAME`. The key is asked for without showing it, or read from standard input; never from an argument, which other programs could see.",
    examples: &[
        Example { line: "quillon model key set anthropic", does: "asks for the key and keeps it" },
        Example {
            line: "pass show anthropic | quillon model key set anthropic",
            does: "takes it from another program",
        },
        Example { line: "quillon model key remove anthropic", does: "removes it" },
    ],
    action: "quillon:WriteModelKeys",
    resource: ResourceForm::Key,
    class: DataClass::Credential,
    effects: &[Effect::ReadSettings, Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"act":"remove","name":"anthropic"}"#,
    ..STATE
};

/// Lists packs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackListAsk {}

/// List packs of rules, service models and documents.
pub(super) static PACK_LIST: Manifest = Manifest {
    verb: Verb::PackList,
    name: "pack.list",
    summary: "list packs of rules, service models and documents",
    help: "A pack is public data that makes the embedded engine better. Lists what is installed, with its version and checksum.",
    examples: &[Example { line: "quillon pack list", does: "lists them" }],
    action: "quillon:ListPacks",
    resource: ResourceForm::Pack,
    class: DataClass::Pack,
    effects: &[Effect::ReadStore],
    ..STATE
};

/// Changes packs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackAsk {
    /// What to do.
    pub act: PackAct,
    /// The pack, by name or file.
    pub pack: String,
}

/// Add, remove or update a pack.
pub(super) static PACK: Manifest = Manifest {
    verb: Verb::Pack,
    name: "pack",
    summary: "add, remove or update a pack",
    help: "Installs a pack from a file or a configured source after checking its checksum.",
    examples: &[Example { line: "quillon pack add FILE", does: "installs it" }],
    action: "quillon:WritePacks",
    resource: ResourceForm::Pack,
    class: DataClass::Pack,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"act":"remove","pack":"aws-models"}"#,
    ..STATE
};

/// Lists agents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentListAsk {}

/// List agents.
pub(super) static AGENT_LIST: Manifest = Manifest {
    verb: Verb::AgentList,
    name: "agent.list",
    summary: "list agents",
    help: "An agent is a file that names tools, context and a prompt. Lists those of yours and of this workspace, and those of Amazon Q.",
    examples: &[Example { line: "quillon agent list", does: "lists them" }],
    action: "quillon:ListAgents",
    resource: ResourceForm::Agent,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings, Effect::ReadWorkspace],
    ..STATE
};

/// Writes an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentWriteAsk {
    /// Its name.
    pub name: String,
    /// Its JSON; removed without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// Where it is kept.
    #[serde(default)]
    pub scope: Scope,
}

/// Make, change or remove an agent.
pub(super) static AGENT_WRITE: Manifest = Manifest {
    verb: Verb::AgentWrite,
    name: "agent.write",
    summary: "make, change or remove an agent",
    help: "Checks the agent against its schema and keeps it. An agent in a workspace can only narrow what you may do.",
    examples: &[Example { line: "quillon agent create reviewer", does: "makes an agent" }],
    action: "quillon:WriteAgents",
    resource: ResourceForm::Agent,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings, Effect::WriteSettings, Effect::WriteWorkspace],
    smallest: r#"{"name":"reviewer"}"#,
    ..STATE
};

/// Lists tool servers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct McpListAsk {}

/// List tool servers and their state.
pub(super) static MCP_LIST: Manifest = Manifest {
    verb: Verb::McpList,
    name: "mcp.list",
    summary: "list tool servers and their state",
    help: "Lists the Model Context Protocol servers that are configured, their tools, and whether they answer.",
    examples: &[
        Example { line: "quillon mcp list", does: "lists them" },
        Example { line: "quillon mcp status NAME", does: "shows one" },
    ],
    action: "quillon:ListTools",
    resource: ResourceForm::Tool,
    class: DataClass::Settings,
    effects: &[Effect::CallTool, Effect::ReadSettings],
    ..STATE
};

/// Changes tool servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct McpWriteAsk {
    /// Its name.
    pub name: String,
    /// How it is reached; removed without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<McpServerSpec>,
    /// Where it is kept.
    #[serde(default)]
    pub scope: Scope,
}

/// Add or remove a tool server.
pub(super) static MCP_WRITE: Manifest = Manifest {
    verb: Verb::McpWrite,
    name: "mcp.write",
    summary: "add or remove a tool server",
    help: "Adds a Model Context Protocol server. Its tools are asked for, decided and recorded like all others.",
    examples: &[Example { line: "quillon mcp add NAME -- PROGRAM", does: "adds a server" }],
    action: "quillon:WriteTools",
    resource: ResourceForm::Tool,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings, Effect::WriteSettings],
    smallest: r#"{"name":"files"}"#,
    ..STATE
};

/// Brings over what Amazon Q left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrateAsk {
    /// Do it; only report without it.
    #[serde(default)]
    pub apply: bool,
}

/// Bring over settings, agents and prompts of Amazon Q.
pub(super) static MIGRATE: Manifest = Manifest {
    verb: Verb::Migrate,
    name: "migrate",
    summary: "bring over settings, agents and prompts of Amazon Q",
    help: "Reports what it found, what it would carry over and what it cannot, and does it with `--apply`. It changes nothing of the original.",
    examples: &[
        Example { line: "quillon migrate", does: "reports" },
        Example { line: "quillon migrate --apply", does: "carries it over" },
    ],
    action: "quillon:Migrate",
    resource: ResourceForm::Settings,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings, Effect::ReadWorkspace, Effect::WriteSettings],
    ..STATE
};

/// Installs into an editor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditorInstallAsk {
    /// Which.
    pub editor: EditorKind,
}

/// Install Quillon into an editor.
pub(super) static EDITOR_INSTALL: Manifest = Manifest {
    verb: Verb::EditorInstall,
    name: "editor.install",
    summary: "install Quillon into an editor",
    help: "Installs the extension that this program carries, for this user.",
    examples: &[Example { line: "quillon editor install vscode", does: "installs the extension" }],
    action: "quillon:InstallEditor",
    resource: ResourceForm::Installation,
    class: DataClass::Settings,
    effects: &[Effect::RunCommand],
    smallest: r#"{"editor":"vscode"}"#,
    ..STATE
};
