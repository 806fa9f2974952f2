//! What a model can do here: one file for each tool, one dispatcher for all.
//!
//! A tool first says what it would do ([`Tool::prepare`]): that touches nothing but what it has to read for it. The
//! dispatcher then has it decided, asks the person where that is needed, and only then lets it act. There is no other way
//! to a tool, and a tool has no other way to the world than the passage in its [`Hands`]. Start at `dispatch.rs`.

mod dispatch;
mod execute_bash;
mod fs_read;
mod fs_write;
mod given;
mod list;
mod output;
mod search;
mod shell;
mod todo_list;

use std::sync::Mutex;

use async_trait::async_trait;
use quillon_contract::event::Patch;
use quillon_contract::{EffectKind, Event, Fault};
use quillon_model::ToolSpec;
use quillon_road::Passage;
use serde_json::Value;

use crate::agent::Guidance;
use crate::workspace::Workspace;

pub(crate) use dispatch::{Call, Done, Terms, only_reads, use_all};
pub(crate) use given::Given;
pub(crate) use output::Outputs;
pub(crate) use todo_list::Todo;

/// The tools, by name.
static TOOLS: &[&dyn Tool] = &[
    &execute_bash::ExecuteBash,
    &fs_read::FsRead,
    &fs_write::FsWrite,
    &list::List,
    &search::Search,
    &todo_list::TodoList,
];

/// What a tool has to work with.
pub(crate) struct Hands<'a> {
    pub(crate) passage: &'a Passage,
    /// The workspace, as the turn found it.
    pub(crate) workspace: &'a Workspace,
    /// Output that was too long to give as a whole.
    pub(crate) outputs: &'a Mutex<Outputs>,
    /// What the model means to do.
    pub(crate) plan: &'a Mutex<Todo>,
    /// What the repository says about itself.
    pub(crate) guidance: &'a Mutex<Guidance>,
}

/// One tool.
#[async_trait]
pub(crate) trait Tool: Send + Sync {
    /// Its name, the original's where there is one.
    fn name(&self) -> &'static str;

    /// What a model is told about it.
    fn description(&self) -> &'static str;

    /// The JSON Schema of its arguments.
    fn schema(&self) -> Value;

    /// The effects that it has.
    fn effects(&self) -> &'static [EffectKind];

    /// Arguments that it takes, for the tests.
    #[cfg(test)]
    fn examples(&self) -> &'static [&'static str];

    /// Says what it would do.
    ///
    /// # Errors
    /// What is wrong with the arguments, as the model can act on it; and those of what has to be read.
    async fn prepare(&self, hands: &Hands<'_>, given: &Given) -> Result<Prepared, Fault>;
}

/// What a tool would do.
pub(crate) struct Prepared {
    /// In a line.
    pub(crate) summary: String,
    /// The file that it is about.
    pub(crate) path: Option<String>,
    /// The programs that it runs.
    pub(crate) programs: Vec<String>,
    /// What the person is asked first.
    pub(crate) approval: Option<Wanted>,
    /// What it would change.
    pub(crate) patch: Option<Patch>,
    pub(crate) act: Box<dyn Act>,
}

impl Prepared {
    /// Something that needs no approval.
    fn new(summary: impl Into<String>, act: impl Act + 'static) -> Self {
        let summary = summary.into();
        Self { summary, path: None, programs: Vec::new(), approval: None, patch: None, act: Box::new(act) }
    }
}

/// An approval that is wanted.
pub(crate) struct Wanted {
    /// The question.
    pub(crate) question: String,
    /// To what it would be done.
    pub(crate) resource: String,
    /// What is trusted when the person says so; what must be asked about each time has none.
    pub(crate) trust: Option<String>,
}

/// The act itself.
#[async_trait]
pub(crate) trait Act: Send + Sync {
    /// Does it.
    ///
    /// # Errors
    /// Those of its effects.
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault>;
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Output {
    /// What the model reads.
    pub(crate) text: String,
    /// Pictures that it sees.
    pub(crate) images: Vec<Image>,
    /// Whether it did not do what it was asked for.
    pub(crate) failed: bool,
    /// Paths that were looked at or changed.
    pub(crate) paths: Vec<String>,
    /// What the person sees.
    pub(crate) events: Vec<Event>,
}

impl Output {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) media_type: &'static str,
    pub(crate) base64: String,
}

/// The tool of a name.
fn find(name: &str) -> Option<&'static dyn Tool> {
    TOOLS.iter().copied().find(|tool| tool.name() == name)
}

/// Every tool's name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
    TOOLS.iter().map(|tool| tool.name())
}

/// What a model is told about the tools that policy lets it use here.
pub(crate) fn specs(passage: &Passage) -> Vec<ToolSpec> {
    let is_offered = |tool: &&&dyn Tool| {
        let needs_workspace = !tool.effects().is_empty();
        (passage.has_workspace() || !needs_workspace) && passage.offers_tool(tool.name(), tool.effects())
    };
    let spec = |tool: &&dyn Tool| ToolSpec {
        name: tool.name().to_owned(),
        description: tool.description().to_owned(),
        input_schema: tool.schema(),
    };
    TOOLS.iter().filter(is_offered).map(spec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_sorted_and_their_schemas_name_what_their_examples_use() {
        assert!(names().zip(names().skip(1)).all(|(one, next)| one < next));
        for tool in TOOLS {
            let schema = tool.schema();
            assert_eq!(schema["type"], "object", "{}", tool.name());
            assert!(!tool.description().is_empty() && !tool.examples().is_empty(), "{}", tool.name());
            for example in tool.examples() {
                let example: Value = serde_json::from_str(example).unwrap();
                let fields = example.as_object().unwrap();
                for required in schema["required"].as_array().unwrap() {
                    assert!(fields.contains_key(required.as_str().unwrap()), "{}: {example}", tool.name());
                }
                for field in fields.keys() {
                    assert!(schema["properties"].get(field).is_some(), "{}: `{field}`", tool.name());
                }
            }
        }
    }
}
