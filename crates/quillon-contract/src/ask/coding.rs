//! Coding: suggestions, edits in place, chat, shell commands, conversations and knowledge bases.

use quillon_base::{ConversationId, DataClass, LineRange, Position, TextRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verb;
use crate::manifest::{Allowance, EffectKind as Effect, Example, Manifest, MeterUnit, ResourceForm};

/// Why a suggestion is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The person typed.
    Typing,
    /// The person asked.
    Invoked,
    /// The person accepted the last one and waits at its end.
    AfterAccept,
}

/// Suggests what comes at the cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuggestAsk {
    /// The file, as the workspace names it; its open buffer is read, not the disk.
    pub path: String,
    /// The cursor.
    pub position: Position,
    /// The buffer's version for which the answer is good.
    pub version: i64,
    /// Why now.
    pub trigger: Trigger,
    /// The most suggestions to give.
    #[serde(default = "one")]
    pub count_max: u32,
}

const fn one() -> u32 {
    1
}

/// Offers suggestions.
pub(super) static SUGGEST: Manifest = Manifest {
    verb: Verb::Suggest,
    name: "suggest",
    summary: "suggest code at the cursor, from a line to a whole function",
    help: "Editors ask this while you type, through `quillon lsp`. Suggestions come from your workspace and, where one \
           is configured, a model; those that match public code carry its licence.",
    examples: &[Example {
        line: "quillon lsp",
        does: "serves suggestions to an editor on standard input and output",
    }],
    action: "q:GenerateCodeRecommendations",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::Suggestion,
    allowance: Allowance::UNLIMITED,
    class: DataClass::WorkspaceIndex,
    effects: &[Effect::InvokeModel, Effect::ReadWorkspace],
    leased: true,
    anonymous: false,
    smallest: r#"{"path":"a.rs","position":{"line":0,"character":0},"version":1,"trigger":"invoked"}"#,
};

/// Says what became of a suggestion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptAsk {
    /// The suggestion's id, from its event.
    pub suggestion: String,
    /// Characters of it that were taken; 0 when it was rejected.
    pub accepted_characters: u32,
}

/// Records what became of a suggestion.
pub(super) static ACCEPT: Manifest = Manifest {
    verb: Verb::Accept,
    name: "accept",
    summary: "record that a suggestion was taken or rejected",
    help: "Editors send this when you take or reject a suggestion, so that usage reports and code references are true. \
           No content is sent.",
    examples: &[Example { line: "quillon lsp", does: "records what was taken while you type" }],
    action: "q:GenerateCodeRecommendations",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::UsageEvent,
    effects: &[],
    leased: true,
    anonymous: false,
    smallest: r#"{"suggestion":"s1","accepted_characters":3}"#,
};

/// Something that a prompt should be read with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ContextItem {
    /// A file, or lines of it.
    File {
        /// The file, as the workspace names it.
        path: String,
        /// The lines; all without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines: Option<LineRange>,
    },
    /// A folder.
    Folder {
        /// The folder, as the workspace names it.
        path: String,
    },
    /// A definition.
    Symbol {
        /// Its name.
        name: String,
    },
    /// Text handed over, such as standard input.
    Text {
        /// What it is.
        label: String,
        /// The text.
        text: String,
    },
    /// A saved prompt.
    Prompt {
        /// Its name.
        name: String,
    },
    /// Recent history of the repository.
    Git,
}

/// Which conversation a prompt continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resume {
    /// A new one.
    #[default]
    No,
    /// The last one in this workspace.
    Last,
    /// This one.
    Conversation(ConversationId),
}

/// Asks about the code, or for something to be done to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatAsk {
    /// What the person said.
    pub prompt: String,
    /// What to read with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ContextItem>,
    /// Which conversation it continues.
    #[serde(default)]
    pub resume: Resume,
    /// The agent to be; the default one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model to use; the session's choice without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tools that need no approval in this ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_tools: Vec<String>,
    /// Whether nobody is there to answer a question; what needs approval is then refused.
    #[serde(default)]
    pub unattended: bool,
    /// Whether to keep nothing of the conversation.
    #[serde(default)]
    pub ephemeral: bool,
    /// Whether to show, as a table, what was read for the answer and why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explain_context: bool,
}

/// Chats about the code.
pub(super) static CHAT: Manifest = Manifest {
    verb: Verb::Chat,
    name: "chat",
    summary: "ask about the code in this folder",
    help: "Answers with passages of your own files, each with its path and lines. With no model configured the embedded \
           engine finds the passages and says so; with one, the model reads files, shows each change and asks before it \
           writes a file or runs a command, within the limits of `quillon.chat.steps`, `.tokens` and `.cents`. The \
           conversation is kept, sealed, for 30 days unless you say `--ephemeral`; a turn that was cut off goes on with \
           `--resume`.",
    examples: &[
        Example { line: "quillon chat", does: "opens a conversation about this folder" },
        Example {
            line: "quillon chat --no-interactive \"where is the retry policy?\"",
            does: "answers once, for scripts",
        },
        Example {
            line: "quillon chat --no-interactive --resume \"who calls it?\"",
            does: "asks on in the last conversation of this folder",
        },
        Example {
            line: "quillon chat --no-interactive --explain-context \"how are parcels retried?\"",
            does: "also shows what was read for the answer, and why",
        },
        Example {
            line: "quillon chat --no-interactive --trust-tools fs_write \"mend the typo in README.md\"",
            does: "lets a model change files without asking; whatever else needs an approval is refused",
        },
        Example {
            line: "git diff | quillon chat --no-interactive \"what does this touch?\"",
            does: "reads standard input with the question",
        },
    ],
    action: "q:SendMessage",
    resource: ResourceForm::Conversation,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: &[
        Effect::CallTool,
        Effect::InvokeModel,
        Effect::KeepIndex,
        Effect::ReadSettings,
        Effect::ReadStore,
        Effect::ReadWorkspace,
        Effect::RunCommand,
        Effect::WriteStore,
        Effect::WriteWorkspace,
    ],
    leased: false,
    anonymous: false,
    smallest: r#"{"prompt":"what is this project?"}"#,
};

/// Changes a selection as told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditAsk {
    /// What to do.
    pub instruction: String,
    /// The file, as the workspace names it.
    pub path: String,
    /// The selection, or the cursor when it is empty.
    pub selection: TextRange,
    /// The buffer's version for which the answer is good.
    pub version: i64,
}

/// Changes a selection.
pub(super) static EDIT: Manifest = Manifest {
    verb: Verb::Edit,
    name: "edit",
    summary: "change the selected code as told",
    help: "Inline chat: select code in an editor, say what to change, and look at the difference before you take it. \
           Nothing is written until you do.",
    examples: &[Example { line: "quillon lsp", does: "serves inline chat to an editor" }],
    action: "q:SendMessage",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: &[Effect::InvokeModel, Effect::ReadWorkspace],
    leased: true,
    anonymous: false,
    smallest: r#"{"instruction":"rename","path":"a.rs","version":1,
        "selection":{"start":{"line":0,"character":0},"end":{"line":0,"character":1}}}"#,
};

/// The shell that a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShellKind {
    /// GNU Bash.
    Bash,
    /// Z shell.
    Zsh,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
}

/// Turns words into a shell command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TranslateAsk {
    /// What the command should do.
    pub text: String,
    /// The shell; the session's without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<ShellKind>,
    /// The most candidates to give.
    #[serde(default = "one")]
    pub count_max: u32,
}

/// Turns words into a shell command.
pub(super) static TRANSLATE: Manifest = Manifest {
    verb: Verb::Translate,
    name: "translate",
    summary: "turn words into a shell command",
    help: "Proposes a command and explains its flags, checked against the programs that are installed. It runs nothing \
           unless you approve it.",
    examples: &[Example { line: "quillon translate list files changed today", does: "proposes a command" }],
    action: "q:GenerateCodeFromCommands",
    resource: ResourceForm::Workspace,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: &[Effect::InvokeModel, Effect::RunCommand],
    leased: false,
    anonymous: false,
    smallest: r#"{"text":"list files"}"#,
};

/// Lists conversations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationListAsk {
    /// Only those of this workspace.
    #[serde(default)]
    pub here: bool,
}

/// Lists conversations.
pub(super) static CONVERSATION_LIST: Manifest = Manifest {
    verb: Verb::ConversationList,
    name: "conversation.list",
    summary: "list your conversations",
    help: "Lists the conversations that are kept for you, newest first, with the id that `chat --resume` takes.",
    examples: &[Example { line: "quillon chat --list", does: "lists the conversations of this folder" }],
    action: "q:ListConversations",
    resource: ResourceForm::Conversation,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Conversation,
    effects: &[Effect::ReadStore],
    leased: false,
    anonymous: false,
    smallest: "{}",
};

/// Shows a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationShowAsk {
    /// Which.
    pub conversation: ConversationId,
    /// Whether to show instead what was read for the last answer, and why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explain_context: bool,
}

/// Shows a conversation.
pub(super) static CONVERSATION_SHOW: Manifest = Manifest {
    verb: Verb::ConversationShow,
    name: "conversation.show",
    summary: "show a conversation",
    help: "Shows all turns of a conversation that is kept for you, with the references of each answer.",
    examples: &[
        Example { line: "quillon chat --show ID", does: "prints the conversation" },
        Example {
            line: "quillon conversation show ID --explain-context",
            does: "prints what was read for its last answer, and why",
        },
    ],
    action: "q:GetConversation",
    resource: ResourceForm::Conversation,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Conversation,
    effects: &[Effect::ReadStore],
    leased: false,
    anonymous: false,
    smallest: r#"{"conversation":"cnv_00000000000000000000000000"}"#,
};

/// Deletes a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationDeleteAsk {
    /// Which.
    pub conversation: ConversationId,
}

/// Deletes a conversation.
pub(super) static CONVERSATION_DELETE: Manifest = Manifest {
    verb: Verb::ConversationDelete,
    name: "conversation.delete",
    summary: "delete a conversation",
    help: "Deletes all turns of a conversation. The audit log keeps that it took place, not what was said.",
    examples: &[Example { line: "quillon chat --delete ID", does: "deletes the conversation" }],
    action: "q:DeleteConversation",
    resource: ResourceForm::Conversation,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Conversation,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    leased: false,
    anonymous: false,
    smallest: r#"{"conversation":"cnv_00000000000000000000000000"}"#,
};

/// How a knowledge base is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnowledgeIndex {
    /// By words, with BM25.
    #[default]
    Fast,
    /// By meaning, with a model that makes embeddings.
    Best,
}

/// What to do to a knowledge base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum KnowledgeAct {
    /// Add a folder or a document.
    Add {
        /// What to call it.
        name: String,
        /// The folder or document, as the workspace names it.
        path: String,
        /// Patterns of the files to take; all without one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        include: Vec<String>,
        /// Patterns of the files to leave out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exclude: Vec<String>,
        /// How it is searched.
        #[serde(default)]
        index: KnowledgeIndex,
    },
    /// Read it again.
    Update {
        /// Which.
        name: String,
    },
    /// Remove it.
    Remove {
        /// Which.
        name: String,
    },
    /// Remove all.
    Clear,
}

/// Changes knowledge bases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeAsk {
    /// What to do.
    pub change: KnowledgeAct,
    /// The agent whose knowledge it is; the default one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// Changes knowledge bases.
pub(super) static KNOWLEDGE: Manifest = Manifest {
    verb: Verb::Knowledge,
    name: "knowledge",
    summary: "add, update or remove documents that answers may draw on",
    help: "A knowledge base is a folder or document (Markdown, text, PDF) that stays searchable, sealed with your \
           organisation's key, also when you work elsewhere. Each agent has its own, and its answers draw on them.",
    examples: &[
        Example { line: "quillon knowledge add handbook docs", does: "adds a folder" },
        Example {
            line: "quillon knowledge add rules docs --include '**/*.pdf' --exclude 'old/**'",
            does: "adds some files of a folder",
        },
        Example { line: "quillon chat \"/knowledge update handbook\"", does: "reads it again" },
    ],
    action: "quillon:WriteKnowledge",
    resource: ResourceForm::Knowledge,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Knowledge,
    effects: &[Effect::ReadStore, Effect::ReadWorkspace, Effect::WriteStore],
    leased: false,
    anonymous: false,
    smallest: r#"{"change":{"act":"clear"}}"#,
};

/// Searches knowledge bases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeSearchAsk {
    /// What to look for; lists the bases without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The agent whose knowledge it is; the default one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// Searches knowledge bases.
pub(super) static KNOWLEDGE_SEARCH: Manifest = Manifest {
    verb: Verb::KnowledgeSearch,
    name: "knowledge.search",
    summary: "list or search knowledge bases",
    help: "Shows what was added, or the passages that fit the words best, each with its document and place.",
    examples: &[Example {
        line: "quillon chat \"/knowledge search on-call\"",
        does: "shows the best passages",
    }],
    action: "quillon:ReadKnowledge",
    resource: ResourceForm::Knowledge,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Knowledge,
    effects: &[Effect::ReadStore],
    leased: false,
    anonymous: false,
    smallest: "{}",
};
