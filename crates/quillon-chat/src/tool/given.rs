//! The arguments of a call: what the model wrote, read twice.
//!
//! A model sees placeholders where there were secrets. For what stays in the workspace they are put back
//! ([`Given::inside`]); for a command they are not ([`Given::outside`]), and the road refuses one that holds them.

use quillon_base::{Fault, FaultCode};
use quillon_road::Passage;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How much is shown of arguments that are no JSON, on both sides of the place, in bytes.
const NEAR_BYTES: usize = 32;

/// The arguments of a call.
pub(crate) struct Given {
    written: Value,
    restored: Value,
    /// Whether something is left in it that looks like a placeholder and stands for nothing.
    holds_unknown: bool,
}

impl Given {
    /// Reads what the model wrote. Nothing at all stands for no arguments.
    ///
    /// # Errors
    /// `input.invalid` with the place where it stops being JSON.
    pub(crate) fn read(passage: &Passage, tool: &str, arguments: &str) -> Result<Self, Fault> {
        let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
        let written: Value =
            serde_json::from_str(arguments).map_err(|error| not_json(tool, arguments, &error))?;
        if !written.is_object() {
            let message = format!("the arguments of `{tool}` are not a JSON object");
            return Err(
                Fault::new(FaultCode::InputInvalid, message).hint("send an object, as the schema says")
            );
        }
        let restored: Value =
            serde_json::from_str(&passage.restored_json(arguments)).unwrap_or_else(|_| written.clone());
        let holds_unknown = passage.holds_placeholder(&restored.to_string());
        Ok(Self { written, restored, holds_unknown })
    }

    /// The arguments for something that stays in the workspace.
    ///
    /// # Errors
    /// `input.invalid` with the field that is wrong, and for half a placeholder: what it stood for would be lost.
    pub(crate) fn inside<T: DeserializeOwned>(&self, tool: &str) -> Result<T, Fault> {
        if self.holds_unknown {
            let message = format!("the arguments of `{tool}` hold a placeholder that stands for nothing");
            return Err(Fault::new(FaultCode::InputInvalid, message)
                .hint("copy each `[[…]]` whole and unchanged, or leave its line as it is"));
        }
        typed(tool, self.restored.clone())
    }

    /// The arguments for something that may leave the workspace.
    ///
    /// # Errors
    /// `input.invalid` with the field that is wrong.
    pub(crate) fn outside<T: DeserializeOwned>(&self, tool: &str) -> Result<T, Fault> {
        typed(tool, self.written.clone())
    }
}

fn typed<T: DeserializeOwned>(tool: &str, value: Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|error| {
        Fault::new(
            FaultCode::InputInvalid,
            format!("the arguments of `{tool}` do not fit its schema: {error}"),
        )
        .hint("call it again with the fields that its schema names")
    })
}

fn not_json(tool: &str, arguments: &str, error: &serde_json::Error) -> Fault {
    let line_start: usize =
        arguments.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let place = (line_start + error.column()).min(arguments.len());
    let from = arguments.floor_char_boundary(place.saturating_sub(NEAR_BYTES));
    let to = arguments.ceil_char_boundary((place + NEAR_BYTES).min(arguments.len()));
    let near = arguments[from..to].escape_debug();
    let message = format!("the arguments of `{tool}` are not JSON: {error}, near `{near}`");
    let hint = if error.is_eof() {
        "the call was cut off; send it again as a whole, in smaller pieces if it is long"
    } else {
        "send one JSON object, with quotes, backslashes and line ends in texts escaped"
    };
    Fault::new(FaultCode::InputInvalid, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_said_with_its_place() {
        let fault = |arguments: &str| {
            let error = serde_json::from_str::<Value>(arguments).unwrap_err();
            not_json("fs_write", arguments, &error)
        };
        let half = fault("{\"path\": \"a.rs\", \"file_text\": \"fn é");
        assert!(half.message.contains("EOF") && half.hint.unwrap().contains("cut off"), "{}", half.message);
        let raw = fault("{\"a\": \"x\ny\"}");
        assert!(raw.message.contains("line 2 column 0") && raw.message.contains("near `"), "{}", raw.message);
    }
}
