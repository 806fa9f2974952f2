//! Tool calls that come in pieces, and arguments that go back.

use quillon_base::{Fault, FaultCode};
use serde_json::{Value, json};

use crate::ModelEvent;

/// The most tool calls of one answer; more is not an answer but a fault of the model.
pub const TOOL_CALLS_MAX: usize = 128;
/// The largest arguments of one tool call, in bytes.
pub const ARGUMENTS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest name or id of a tool call, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// One call on its way.
#[derive(Debug, Default)]
struct Call {
    /// The provider's place of it among the parts of the answer.
    place: u64,
    id: String,
    name: String,
    arguments: String,
    is_complete: bool,
}

/// The calls of one answer on their way.
#[derive(Debug, Default)]
pub struct Calls(Vec<Call>);

impl Calls {
    /// Begins a call at a place.
    ///
    /// # Errors
    /// `model.failed` when there are too many, or its name or id is too long.
    pub fn begin(&mut self, place: u64, id: &str, name: &str) -> Result<(), Fault> {
        if self.0.len() >= TOOL_CALLS_MAX {
            return Err(failed(format!("the model made more than {TOOL_CALLS_MAX} tool calls at once")));
        }
        if id.len() > NAME_BYTES_MAX || name.len() > NAME_BYTES_MAX {
            return Err(failed("the model named a tool that no tool can be called"));
        }
        // A server that gives no ids gets some, so that results can be told apart.
        let number = self.0.len() + 1;
        let is_taken = self.0.iter().any(|call| call.id == id);
        let id = if id.is_empty() || is_taken { format!("call_{number}") } else { id.to_owned() };
        self.0.push(Call { place, id, name: name.to_owned(), arguments: String::new(), is_complete: false });
        Ok(())
    }

    /// Whether a call at a place has begun.
    #[must_use]
    pub fn has(&self, place: u64) -> bool {
        self.0.iter().any(|call| call.place == place && !call.is_complete)
    }

    /// The id of the newest call at a place, as it was given.
    #[must_use]
    pub fn id(&self, place: u64) -> Option<&str> {
        self.0.iter().rev().find(|call| call.place == place).map(|call| call.id.as_str())
    }

    /// Appends to the arguments of the newest call at a place.
    ///
    /// # Errors
    /// `model.failed` when there is none, or they are too large.
    pub fn append(&mut self, place: u64, piece: &str) -> Result<(), Fault> {
        let call = self.0.iter_mut().rev().find(|call| call.place == place && !call.is_complete);
        let call =
            call.ok_or_else(|| failed("the model sent arguments of a tool call that it did not begin"))?;
        if call.arguments.len() + piece.len() > ARGUMENTS_BYTES_MAX {
            return Err(failed(format!(
                "the arguments of a tool call are larger than {ARGUMENTS_BYTES_MAX} bytes"
            )));
        }
        call.arguments.push_str(piece);
        Ok(())
    }

    /// Takes the newest call at a place as complete.
    ///
    /// # Errors
    /// `model.failed` when there is none, or it has no name.
    pub fn complete(&mut self, place: u64) -> Result<ModelEvent, Fault> {
        let call = self.0.iter_mut().rev().find(|call| call.place == place && !call.is_complete);
        event(call.ok_or_else(|| failed("the model ended a tool call that it did not begin"))?)
    }

    /// Takes every call as complete, in their order.
    ///
    /// # Errors
    /// `model.failed` when one has no name.
    pub fn complete_all(&mut self) -> Result<Vec<ModelEvent>, Fault> {
        self.0.iter_mut().filter(|call| !call.is_complete).map(event).collect()
    }

    /// Whether none has begun that is not complete.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|call| call.is_complete)
    }
}

fn event(call: &mut Call) -> Result<ModelEvent, Fault> {
    call.is_complete = true;
    if call.name.is_empty() {
        return Err(failed("the model made a tool call without a name"));
    }
    let arguments = std::mem::take(&mut call.arguments);
    let arguments = if arguments.trim().is_empty() { "{}".to_owned() } else { arguments };
    Ok(ModelEvent::ToolCall { id: call.id.clone(), name: call.name.clone(), arguments })
}

fn failed(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::ModelFailed, message).hint("ask again; another model may do better")
}

/// Arguments of a past call as the object that providers insist on. What is no object stands in one, so that the model
/// sees what it wrote.
#[must_use]
pub fn arguments_object(arguments: &str) -> Value {
    match serde_json::from_str(arguments) {
        Ok(object @ Value::Object(_)) => object,
        _ if arguments.trim().is_empty() => json!({}),
        _ => json!({ "unreadable_arguments": arguments }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_calls_in_their_order() {
        let mut calls = Calls::default();
        calls.begin(0, "a", "x").unwrap();
        calls.begin(1, "", "y").unwrap();
        calls.append(1, "{}").unwrap();
        calls.append(0, "{\"k\":").unwrap();
        calls.append(0, "1}").unwrap();
        let call = |id: &str, name: &str, arguments: &str| ModelEvent::ToolCall {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
        };
        assert_eq!(calls.complete_all().unwrap(), [call("a", "x", "{\"k\":1}"), call("call_2", "y", "{}")]);
        assert!(calls.is_empty());
    }

    #[test]
    fn two_calls_at_one_place_or_of_one_id_are_two() {
        let mut calls = Calls::default();
        calls.begin(0, "a", "x").unwrap();
        calls.append(0, "1").unwrap();
        calls.begin(0, "a", "y").unwrap();
        calls.append(0, "2").unwrap();
        let ids: Vec<_> = calls
            .complete_all()
            .unwrap()
            .into_iter()
            .map(|event| match event {
                ModelEvent::ToolCall { id, arguments, .. } => format!("{id}={arguments}"),
                event => panic!("{event:?}"),
            })
            .collect();
        assert_eq!(ids, ["a=1", "call_2=2"]);
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let mut calls = Calls::default();
        assert!(calls.append(0, "x").is_err() && calls.complete(0).is_err());
        assert!(calls.begin(0, &"x".repeat(300), "x").is_err());
        for place in 0..TOOL_CALLS_MAX as u64 {
            calls.begin(place, "", "x").unwrap();
        }
        assert!(calls.begin(999, "", "x").unwrap_err().message.contains("more than 128"));
        let piece = "x".repeat(ARGUMENTS_BYTES_MAX);
        calls.append(0, &piece).unwrap();
        assert!(calls.append(0, "x").is_err());
        let mut nameless = Calls::default();
        nameless.begin(0, "a", "").unwrap();
        assert!(nameless.complete(0).is_err());
    }

    #[test]
    fn arguments_are_an_object_whatever_the_model_wrote() {
        assert_eq!(arguments_object("{\"a\":1}"), json!({"a": 1}));
        assert_eq!(arguments_object(" "), json!({}));
        assert_eq!(arguments_object("{\"a\":"), json!({"unreadable_arguments": "{\"a\":"}));
        assert_eq!(arguments_object("[1]"), json!({"unreadable_arguments": "[1]"}));
    }
}
