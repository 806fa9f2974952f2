//! What is asked of a model, in no provider's format.

use quillon_base::{Fault, Region};
use serde::{Deserialize, Serialize};

use crate::{ModelCard, ModelId, check};

/// The most text that one request may carry, in bytes.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The largest picture that goes with a request, in bytes.
pub const IMAGE_BYTES_MAX: usize = 5 * 1024 * 1024;

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
    /// Reasoning of the model, to be shown to it again before the tool calls that it led to.
    Reasoning {
        /// What the provider showed of it.
        text: String,
        /// What the provider gave to recognise it by. Another provider is not shown the block.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal: Option<String>,
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

/// Whether the model may, must or must not call tools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it likes.
    #[default]
    Free,
    /// At least one.
    Required,
    /// None, though it may know of them.
    Forbidden,
}

/// How much a model may think before it speaks, where it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// What a request need not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestOptions {
    /// Requests with this key begin alike: the provider may keep what they share. Without it, nothing is marked for a
    /// cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_key: Option<String>,
    /// How much the model may think; as the provider likes without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// Whether it may call tools.
    #[serde(default)]
    pub tool_choice: ToolChoice,
    /// Whether it may call only one tool in an answer.
    #[serde(default)]
    pub one_tool_only: bool,
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
    /// What it need not say.
    #[serde(default)]
    pub options: RequestOptions,
}

impl ModelRequest {
    /// A request to the model of `card`, without tools.
    #[must_use]
    pub fn new(
        card: &ModelCard,
        system: impl Into<String>,
        messages: Vec<Message>,
        output_tokens_max: u32,
    ) -> Self {
        Self {
            model: card.id.clone(),
            region: card.region.clone(),
            system: system.into(),
            messages,
            tools: Vec::new(),
            output_tokens_max,
            options: RequestOptions::default(),
        }
    }

    /// Checks what every adapter would otherwise check for itself: the request fits the card, its pictures are what they
    /// claim to be, and every result answers a call. An adapter calls it before it sends anything.
    ///
    /// # Errors
    /// `region.refused`, `model.unknown`, `input.invalid`.
    pub fn check(&self, card: &ModelCard) -> Result<(), Fault> {
        check::request(self, card)
    }

    /// Applies `change` to every text that a person, a file or a tool wrote.
    pub fn each_text(&mut self, mut change: impl FnMut(&mut String)) {
        change(&mut self.system);
        for part in self.messages.iter_mut().flat_map(|message| &mut message.parts) {
            match part {
                Part::Text { text } | Part::ToolResult { text, .. } => change(text),
                Part::ToolCall { arguments, .. } => change(arguments),
                Part::Reasoning { text, seal } => change_reasoning(text, seal, &mut change),
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
            Part::Reasoning { text, seal } => text.len() + seal.as_ref().map_or(0, String::len),
        };
        let parts = self.messages.iter().flat_map(|message| &message.parts);
        self.system.len() + parts.map(in_part).sum::<usize>()
    }
}

/// A seal holds only for what it was made of: when either changes, the block is no longer the provider's own.
fn change_reasoning(text: &mut String, seal: &mut Option<String>, change: &mut impl FnMut(&mut String)) {
    let before = (text.clone(), seal.clone());
    change(text);
    if let Some(seal) = seal {
        change(seal);
    }
    if (&*text, &*seal) != (&before.0, &before.1) {
        *seal = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_does_not_outlive_a_change_of_what_it_seals() {
        let check = |text: &str, seal: &str, expected: Option<&str>| {
            let part = Part::Reasoning { text: text.into(), seal: Some(seal.into()) };
            let message = Message { role: Role::Assistant, parts: vec![part] };
            let mut request = ModelRequest {
                model: ModelId::new("m").unwrap(),
                region: Region::device(),
                system: String::new(),
                messages: vec![message],
                tools: Vec::new(),
                output_tokens_max: 1,
                options: RequestOptions::default(),
            };
            request.each_text(|text| *text = text.replace("hush", "…"));
            let kept = match &request.messages[0].parts[0] {
                Part::Reasoning { text, seal } if !text.contains("hush") => seal.clone(),
                part => panic!("{part:?}"),
            };
            assert_eq!(kept.as_deref(), expected, "{text} {seal}");
        };
        check("thinking", "s1", Some("s1"));
        check("thinking of hush", "s1", None);
        check("thinking", "hush", None);
    }
}
