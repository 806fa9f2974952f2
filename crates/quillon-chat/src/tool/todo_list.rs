//! `todo_list`: what the model means to do, where the person sees it and compaction cannot lose it.

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode};
use quillon_contract::event::{Plan, Step, StepState};
use quillon_contract::{EffectKind, Event};
use quillon_text::shorten;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Act, Given, Hands, Output, Prepared, Tool};
use crate::agent::locked;

/// The most tasks of a list.
const TASKS_MAX: usize = 100;
/// A text of a list is cut to this, in bytes.
const TEXT_BYTES_MAX: usize = 2_000;
/// The most notes that are kept; the oldest go first.
const NOTES_MAX: usize = 20;
/// The list of a conversation has this id; there is one.
const ID: &str = "1";

/// Plans.
pub(super) struct TodoList;

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Todo {
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) tasks: Vec<Task>,
    /// What was learnt on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) done: bool,
}

#[derive(Deserialize)]
struct Arguments {
    command: Command,
    #[serde(default)]
    tasks: Vec<Noted>,
    #[serde(default)]
    todo_list_description: Option<String>,
    #[serde(default)]
    completed_indices: Vec<usize>,
    #[serde(default)]
    context_update: Option<String>,
    #[serde(default)]
    new_tasks: Vec<Noted>,
    #[serde(default)]
    insert_indices: Vec<usize>,
    #[serde(default)]
    remove_indices: Vec<usize>,
    #[serde(default)]
    new_description: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Command {
    Create,
    Complete,
    Load,
    Add,
    Remove,
    Lookup,
}

/// A task as models write it: a text, or a text with details.
#[derive(Deserialize)]
#[serde(untagged)]
enum Noted {
    Text(String),
    Task {
        task_description: String,
        #[serde(default)]
        details: Option<String>,
    },
}

impl Noted {
    fn task(self) -> Task {
        let title = match self {
            Self::Text(text) => text,
            Self::Task { task_description, details: None } => task_description,
            Self::Task { task_description, details: Some(details) } => {
                format!("{task_description}: {details}")
            }
        };
        Task { title: shorten(title.trim(), TEXT_BYTES_MAX).into_owned(), done: false }
    }
}

#[async_trait]
impl Tool for TodoList {
    fn name(&self) -> &'static str {
        "todo_list"
    }

    fn description(&self) -> &'static str {
        "Keep the list of what is to be done for a request of several steps; the person sees it. Create it first, mark \
         each task as complete as soon as it is, and note what must not be forgotten."
    }

    fn schema(&self) -> Value {
        let indices =
            |what: &str| json!({ "type": "array", "items": { "type": "integer" }, "description": what });
        let tasks = |what: &str| {
            json!({
                "type": "array",
                "description": what,
                "items": {
                    "type": "object",
                    "properties": { "task_description": { "type": "string" }, "details": { "type": "string" } },
                    "required": ["task_description"]
                }
            })
        };
        json!({
            "type": "object",
            "properties": {
                "command": { "type": "string", "enum": ["create", "complete", "load", "add", "remove", "lookup"] },
                "tasks": tasks("create: the tasks, in order"),
                "todo_list_description": { "type": "string", "description": "create: what the list is for" },
                "completed_indices": indices("complete: every task that is done, from 0"),
                "context_update": { "type": "string", "description": "complete: what must not be forgotten" },
                "modified_files": { "type": "array", "items": { "type": "string" }, "description": "complete: files that were changed" },
                "load_id": { "type": "string", "description": "load: the list" },
                "current_id": { "type": "string", "description": "the list; there is one" },
                "new_tasks": tasks("add: the tasks"),
                "insert_indices": indices("add: where each comes, from 0"),
                "remove_indices": indices("remove: the tasks, from 0"),
                "new_description": { "type": "string", "description": "add, remove: what the list is for now" }
            },
            "required": ["command"]
        })
    }

    fn effects(&self) -> &'static [EffectKind] {
        &[]
    }

    #[cfg(test)]
    fn examples(&self) -> &'static [&'static str] {
        &[
            r#"{"command":"create","tasks":[{"task_description":"a"}],"todo_list_description":"b"}"#,
            r#"{"command":"complete","completed_indices":[0],"context_update":"c","modified_files":["d"],"current_id":"1"}"#,
        ]
    }

    async fn prepare(&self, _hands: &Hands<'_>, given: &Given) -> Result<Prepared, Fault> {
        let wanted: Arguments = given.inside(self.name())?;
        let summary = match wanted.command {
            Command::Create => format!("plan {} tasks", wanted.tasks.len()),
            Command::Complete => "mark tasks as complete".to_owned(),
            Command::Add => format!("add {} tasks", wanted.new_tasks.len()),
            Command::Remove => format!("remove {} tasks", wanted.remove_indices.len()),
            Command::Load | Command::Lookup => "look at the plan".to_owned(),
        };
        Ok(Prepared::new(summary, Update { wanted }))
    }
}

struct Update {
    wanted: Arguments,
}

#[async_trait]
impl Act for Update {
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault> {
        let mut plan = locked(hands.plan);
        let changed = apply(&plan, self.wanted)?;
        *plan = changed;
        Ok(Output { events: plan.event().into_iter().collect(), ..Output::text(plan.said()) })
    }
}

/// The list after a command.
fn apply(before: &Todo, wanted: Arguments) -> Result<Todo, Fault> {
    let mut todo = before.clone();
    let known = |index: &usize| match *index < before.tasks.len() {
        true => Ok(()),
        false => Err(Fault::new(FaultCode::InputInvalid, format!("there is no task {index}"))
            .hint(format!("the list has {} tasks, from 0", before.tasks.len()))),
    };
    let text = |text: Option<String>| text.map(|text| shorten(text.trim(), TEXT_BYTES_MAX).into_owned());
    match wanted.command {
        Command::Create => {
            todo = Todo {
                title: text(wanted.todo_list_description).unwrap_or_default(),
                tasks: wanted.tasks.into_iter().map(Noted::task).collect(),
                notes: Vec::new(),
            };
            if todo.tasks.is_empty() {
                return Err(Fault::new(FaultCode::InputInvalid, "the command create needs `tasks`")
                    .hint("give at least one task"));
            }
        }
        Command::Complete => {
            wanted.completed_indices.iter().try_for_each(known)?;
            wanted.completed_indices.iter().for_each(|&index| todo.tasks[index].done = true);
            todo.notes.extend(text(wanted.context_update).filter(|note| !note.is_empty()));
            let beyond = todo.notes.len().saturating_sub(NOTES_MAX);
            todo.notes.drain(..beyond);
        }
        Command::Add => {
            let places = wanted.insert_indices.into_iter().map(Some).chain(std::iter::repeat(None));
            for (task, place) in wanted.new_tasks.into_iter().zip(places) {
                let end = todo.tasks.len();
                todo.tasks.insert(place.unwrap_or(end).min(end), task.task());
            }
        }
        Command::Remove => {
            wanted.remove_indices.iter().try_for_each(known)?;
            let mut index = 0;
            todo.tasks.retain(|_| {
                index += 1;
                !wanted.remove_indices.contains(&(index - 1))
            });
        }
        Command::Load | Command::Lookup => {}
    }
    todo.title = text(wanted.new_description).unwrap_or(todo.title);
    if todo.tasks.len() > TASKS_MAX {
        return Err(Fault::new(FaultCode::InputInvalid, format!("a list of {} tasks", todo.tasks.len()))
            .hint(format!("a list may have up to {TASKS_MAX} tasks; make each larger")));
    }
    Ok(todo)
}

impl Todo {
    /// The list with every text changed.
    pub(crate) fn with_each_text(mut self, mut change: impl FnMut(&str) -> String) -> Self {
        let tasks = self.tasks.iter_mut().map(|task| &mut task.title);
        for text in tasks.chain(&mut self.notes).chain([&mut self.title]) {
            *text = change(text);
        }
        self
    }

    /// The list as a model reads it.
    pub(crate) fn said(&self) -> String {
        if self.tasks.is_empty() {
            return "there is no list yet\n".to_owned();
        }
        let mut said = format!("list {ID}: {}\n", self.title);
        for (index, task) in self.tasks.iter().enumerate() {
            let mark = if task.done { 'x' } else { ' ' };
            said.push_str(&format!("{index}. [{mark}] {}\n", task.title));
        }
        self.notes.iter().for_each(|note| said.push_str(&format!("note: {note}\n")));
        said
    }

    /// The list as the person sees it.
    fn event(&self) -> Option<Event> {
        let next = self.tasks.iter().position(|task| !task.done);
        let step = |(index, task): (usize, &Task)| Step {
            id: index.to_string(),
            title: task.title.clone(),
            state: match task.done {
                true => StepState::Done,
                false if next == Some(index) => StepState::Running,
                false => StepState::Waiting,
            },
            note: None,
        };
        let steps: Vec<_> = self.tasks.iter().enumerate().map(step).collect();
        (!steps.is_empty()).then(|| Event::Plan(Plan { title: self.title.clone(), steps }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(before: &Todo, arguments: Value) -> Result<Todo, Fault> {
        apply(before, serde_json::from_value(arguments).unwrap())
    }

    #[test]
    fn a_list_is_made_worked_on_and_said() {
        let tasks = json!([{ "task_description": "find it" }, "mend it"]);
        let todo = after(
            &Todo::default(),
            json!({ "command": "create", "tasks": tasks, "todo_list_description": "bug" }),
        );
        let todo = todo.unwrap();
        let update =
            json!({ "command": "complete", "completed_indices": [0], "context_update": "it is in a.rs" });
        let todo = after(&todo, update).unwrap();
        let todo = after(&todo, json!({ "command": "add", "new_tasks": ["test it"], "insert_indices": [1] }))
            .unwrap();
        assert_eq!(
            todo.said(),
            "list 1: bug\n0. [x] find it\n1. [ ] test it\n2. [ ] mend it\nnote: it is in a.rs\n"
        );
        let Some(Event::Plan(plan)) = todo.event() else { panic!("no plan") };
        let states: Vec<_> = plan.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [StepState::Done, StepState::Running, StepState::Waiting]);
        let todo = after(&todo, json!({ "command": "remove", "remove_indices": [0, 2] })).unwrap();
        assert_eq!(todo.tasks.len(), 1);
    }

    #[test]
    fn what_is_not_there_is_not_completed() {
        assert!(after(&Todo::default(), json!({ "command": "complete", "completed_indices": [0] })).is_err());
        assert!(after(&Todo::default(), json!({ "command": "create" })).is_err());
        let many: Vec<_> = (0..=TASKS_MAX).map(|task| task.to_string()).collect();
        assert!(after(&Todo::default(), json!({ "command": "create", "tasks": many })).is_err());
        assert_eq!(after(&Todo::default(), json!({ "command": "lookup" })).unwrap().event(), None);
    }
}
