//! What is asked of a model, in no provider's format.

use quillon_base::Region;
use serde::{Deserialize, Serialize};

use crate::ModelId;

/// The most text that one request may carry, in bytes.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Whose turn a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, and what tools gave back.
    User,
    /// The model.
    Assistant,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// Its media type, such as `image/png`.
        media_type: String,
        /// Its bytes in base 64.
        base64: String,
    },
    /// A tool call that the model made.
    ToolCall {
        /// The provider's id of the call.
        id: String,
        /// The tool.
        name: String,
        /// Its arguments as JSON text.
        arguments: String,
    },
    /// What the tool gave back.
    ToolResult {
        /// The call that it answers.
        id: String,
        /// The text of the result.
        text: String,
        /// Whether the tool failed.
        failed: bool,
    },
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Whose it is.
    pub role: Role,
    /// What it says.
    pub parts: Vec<Part>,
}

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub input_schema: serde_json::Value,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRequest {
    /// The model asked.
    pub model: ModelId,
    /// Where the request may go; an adapter of another region refuses it.
    pub region: Region,
    /// Standing instructions.
    pub system: String,
    /// The turns so far, oldest first.
    pub messages: Vec<Message>,
    /// The tools on offer.
    pub tools: Vec<ToolSpec>,
    /// The most tokens to write.
    pub output_tokens_max: u32,
}

impl ModelRequest {
    /// Applies `change` to every text that a person, a file or a tool wrote.
    pub fn each_text(&mut self, mut change: impl FnMut(&mut String)) {
        change(&mut self.system);
        for part in self.messages.iter_mut().flat_map(|message| &mut message.parts) {
            match part {
                Part::Text { text } | Part::ToolResult { text, .. } => change(text),
                Part::ToolCall { arguments, .. } => change(arguments),
                Part::Image { .. } => {}
            }
        }
    }

    /// Bytes of text in the request, for its limit and its record.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let in_part = |part: &Part| match part {
            Part::Text { text } | Part::ToolResult { text, .. } => text.len(),
            Part::ToolCall { arguments, .. } => arguments.len(),
            Part::Image { base64, .. } => base64.len(),
        };
        let parts = self.messages.iter().flat_map(|message| &message.parts);
        self.system.len() + parts.map(in_part).sum::<usize>()
    }
}
