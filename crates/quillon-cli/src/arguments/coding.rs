//! Coding: chat, suggestions and edits, shell commands, conversations, knowledge bases.

use clap::{Args, Subcommand, ValueEnum};
use quillon_base::{ConversationId, Fault};
use quillon_contract::Verb;
use quillon_contract::ask::{
    AcceptAsk, ConversationDeleteAsk, ConversationListAsk, ConversationShowAsk, EditAsk, KnowledgeAct,
    KnowledgeAsk, KnowledgeIndex, KnowledgeSearchAsk, Resume, ShellKind, SuggestAsk, TranslateAsk, Trigger,
};

use super::{Planned, Row, values};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] = &[
    ("accept", &[Verb::Accept]),
    ("chat", &[Verb::Chat]),
    ("conversation delete", &[Verb::ConversationDelete]),
    ("conversation list", &[Verb::ConversationList]),
    ("conversation show", &[Verb::ConversationShow]),
    ("edit", &[Verb::Edit]),
    ("knowledge", &[Verb::Knowledge, Verb::KnowledgeSearch]),
    ("knowledge add", &[Verb::Knowledge]),
    ("knowledge clear", &[Verb::Knowledge]),
    ("knowledge list", &[Verb::KnowledgeSearch]),
    ("knowledge remove", &[Verb::Knowledge]),
    ("knowledge search", &[Verb::KnowledgeSearch]),
    ("knowledge update", &[Verb::Knowledge]),
    ("suggest", &[Verb::Suggest]),
    ("translate", &[Verb::Translate]),
];

const INDEXES: &[&str] = &["fast", "best"];
const SHELLS: &[&str] = &["bash", "zsh", "fish", "powershell"];

#[derive(Debug, Default, Args)]
pub(crate) struct Chat {
    /// What to ask first; `@path` and `@path:first-last` hand over files, standard input is read along with it
    pub(crate) prompt: Vec<String>,
    /// Answer once and end; what needs approval is refused
    #[arg(long, visible_alias = "non-interactive")]
    pub(crate) no_interactive: bool,
    /// Go on with the last conversation of this folder, or with this one
    #[arg(
        short,
        long,
        value_name = "ID",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "last",
        value_parser = resume
    )]
    pub(crate) resume: Option<Resume>,
    /// The agent to be
    #[arg(long, value_name = "NAME", alias = "profile")]
    pub(crate) agent: Option<String>,
    /// Tools that need no approval; an empty list trusts none
    #[arg(long, value_name = "TOOLS", value_delimiter = ',')]
    pub(crate) trust_tools: Vec<String>,
    /// No tool needs approval
    #[arg(short = 'a', long, conflicts_with = "trust_tools")]
    pub(crate) trust_all_tools: bool,
    /// Show what was read for the answer, and why
    #[arg(long)]
    pub(crate) explain_context: bool,
    /// Whether prose is wrapped at the width of the terminal
    #[arg(
        short,
        long,
        value_name = "always|never|auto",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) wrap: Wrap,
    #[command(flatten)]
    act: ConversationFlag,
}

// Acts on conversations, as flags of `chat`. (A doc comment here would become the help of `chat`.)
#[derive(Debug, Default, Args)]
#[group(multiple = false)]
struct ConversationFlag {
    /// List the conversations of this folder
    #[arg(long, conflicts_with_all = ["prompt", "resume"])]
    list: bool,
    /// Show a conversation
    #[arg(long, value_name = "ID", conflicts_with_all = ["prompt", "resume"])]
    show: Option<ConversationId>,
    /// Delete a conversation
    #[arg(long, value_name = "ID", conflicts_with_all = ["prompt", "resume"])]
    delete: Option<ConversationId>,
}

/// When prose is wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wrap {
    /// Also where there is no terminal
    Always,
    /// Not at all
    Never,
    /// Where there is a terminal
    #[default]
    Auto,
}

fn resume(text: &str) -> Result<Resume, String> {
    match text {
        "last" => Ok(Resume::Last),
        id => {
            id.parse().map(Resume::Conversation).map_err(|error: quillon_base::NameError| error.to_string())
        }
    }
}

impl Chat {
    /// What it asks when it is not a chat.
    pub(super) fn act(&self) -> Option<Planned> {
        match &self.act {
            ConversationFlag { list: true, .. } => Some(ConversationListAsk { here: true }.into()),
            ConversationFlag { show: Some(id), .. } => {
                let explain_context = self.explain_context;
                Some(ConversationShowAsk { conversation: *id, explain_context }.into())
            }
            ConversationFlag { delete: Some(id), .. } => {
                Some(ConversationDeleteAsk { conversation: *id }.into())
            }
            _ => None,
        }
    }

    /// The tools that need no approval.
    pub(crate) fn trusted_tools(&self) -> Vec<String> {
        if self.trust_all_tools {
            return vec!["*".to_owned()];
        }
        self.trust_tools.iter().map(|tool| tool.trim().to_owned()).filter(|tool| !tool.is_empty()).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Suggest {
    /// The cursor, from 1
    #[arg(value_name = "PATH:LINE:COLUMN", value_parser = values::cursor)]
    cursor: values::Cursor,
    /// The most suggestions to give
    #[arg(short = 'n', long, default_value_t = 1)]
    count: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Accept {
    /// The suggestion's id
    suggestion: String,
    /// How many characters of it were taken; 0 when it was rejected
    #[arg(long, default_value_t = 0)]
    characters: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// What to change: whole lines, or a place; from 1
    #[arg(value_name = "PATH:FIRST-LAST", value_parser = values::selection)]
    selection: values::Selection,
    /// What to do; `-` or nothing reads standard input
    instruction: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Translate {
    /// What the command should do; `-` or nothing reads standard input
    text: Vec<String>,
    /// The shell that it is for
    #[arg(long, value_parser = values::named::<ShellKind>(SHELLS))]
    shell: Option<ShellKind>,
    /// The most candidates to give
    #[arg(short = 'n', long, default_value_t = 1)]
    count: u32,
}

/// List, show or delete conversations
#[derive(Debug, Args)]
pub(crate) struct Conversation {
    #[command(subcommand)]
    act: ConversationAct,
}

#[derive(Debug, Subcommand)]
enum ConversationAct {
    List {
        /// Only those of this folder
        #[arg(long)]
        here: bool,
    },
    Show {
        id: ConversationId,
        /// Show instead what was read for the last answer, and why
        #[arg(long)]
        explain_context: bool,
    },
    Delete {
        id: ConversationId,
    },
}

/// Add, update, remove and search documents that answers may draw on
#[derive(Debug, Args)]
pub(crate) struct Knowledge {
    #[command(subcommand)]
    act: KnowledgeCommand,
    /// The agent whose knowledge it is
    #[arg(long, global = true, value_name = "NAME")]
    agent: Option<String>,
}

#[derive(Debug, Subcommand)]
enum KnowledgeCommand {
    /// List what was added
    #[command(visible_alias = "show")]
    List,
    /// Show the passages that fit the words best
    Search {
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Add a folder or a document
    Add {
        /// What to call it
        #[arg(required_unless_present = "named")]
        name: Option<String>,
        /// The folder or document
        #[arg(required_unless_present = "at")]
        path: Option<String>,
        /// What to call it
        #[arg(short = 'n', long = "name", value_name = "NAME", conflicts_with = "name", requires = "at")]
        named: Option<String>,
        /// The folder or document
        #[arg(short = 'p', long = "path", value_name = "PATH", conflicts_with = "path")]
        at: Option<String>,
        /// Only files that match this pattern, as `**/*.md`; may be repeated
        #[arg(long, value_name = "PATTERN")]
        include: Vec<String>,
        /// No files that match this pattern; may be repeated
        #[arg(long, value_name = "PATTERN")]
        exclude: Vec<String>,
        /// How it is searched: by words, or by meaning with an embedding model
        #[arg(
            long = "index-type",
            value_name = "fast|best",
            default_value = "fast",
            hide_default_value = true,
            ignore_case = true,
            value_parser = values::named::<KnowledgeIndex>(INDEXES)
        )]
        index: KnowledgeIndex,
    },
    /// Read a folder or document again
    Update { name: String },
    /// Remove a folder or document
    #[command(visible_alias = "rm")]
    Remove { name: String },
    /// Remove all
    Clear,
}

impl Suggest {
    pub(super) fn plan(self, inputs: &Inputs) -> Planned {
        let values::Cursor { path, position } = self.cursor;
        let path = inputs.within(&path);
        SuggestAsk { path, position, version: 0, trigger: Trigger::Invoked, count_max: self.count }.into()
    }
}

impl Accept {
    pub(super) fn plan(self) -> Planned {
        AcceptAsk { suggestion: self.suggestion, accepted_characters: self.characters }.into()
    }
}

impl Edit {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        let values::Selection { path, range } = self.selection;
        let instruction = inputs.words(&self.instruction, "an instruction")?;
        Ok(EditAsk { instruction, path: inputs.within(&path), selection: range, version: 0 }.into())
    }
}

impl Translate {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        let text = inputs.words(&self.text, "what the command should do")?;
        Ok(TranslateAsk { text, shell: self.shell, count_max: self.count }.into())
    }
}

impl Conversation {
    pub(super) fn plan(self) -> Planned {
        match self.act {
            ConversationAct::List { here } => ConversationListAsk { here }.into(),
            ConversationAct::Show { id, explain_context } => {
                ConversationShowAsk { conversation: id, explain_context }.into()
            }
            ConversationAct::Delete { id } => ConversationDeleteAsk { conversation: id }.into(),
        }
    }
}

impl Knowledge {
    pub(super) fn plan(self, inputs: &Inputs) -> Planned {
        let agent = self.agent;
        let change = match self.act {
            KnowledgeCommand::List => return KnowledgeSearchAsk { query: None, agent }.into(),
            KnowledgeCommand::Search { words } => {
                return KnowledgeSearchAsk { query: Some(words.join(" ")), agent }.into();
            }
            KnowledgeCommand::Add { name, path, named, at, include, exclude, index } => {
                let (name, path) = (named.or(name).unwrap_or_default(), at.or(path).unwrap_or_default());
                KnowledgeAct::Add { name, path: inputs.within(&path), include, exclude, index }
            }
            KnowledgeCommand::Update { name } => KnowledgeAct::Update { name },
            KnowledgeCommand::Remove { name } => KnowledgeAct::Remove { name },
            KnowledgeCommand::Clear => KnowledgeAct::Clear,
        };
        KnowledgeAsk { change, agent }.into()
    }
}
