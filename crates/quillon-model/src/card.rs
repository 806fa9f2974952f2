//! What a model is and where it answers.

use std::fmt;

use quillon_base::{Fault, FaultCode, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A model's id as its provider names it, such as `anthropic.claude-sonnet-4`, or `script`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ModelId(String);

impl ModelId {
    /// Checks and keeps `text`: 1 to 256 visible ASCII characters.
    ///
    /// # Errors
    /// `input.invalid`.
    pub fn new(text: impl Into<String>) -> Result<Self, Fault> {
        let text = text.into();
        let good = !text.is_empty() && text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good {
            return Ok(Self(text));
        }
        Err(Fault::new(FaultCode::InputInvalid, format!("`{}` is not a model id", text.escape_debug())))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ModelId {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        Self::new(text)
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> String {
        id.0
    }
}

/// Price in millionths of a US dollar per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Price {
    /// For tokens read.
    pub input_microdollars_per_million: u64,
    /// For tokens written.
    pub output_microdollars_per_million: u64,
}

/// What a model is and where it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelCard {
    /// Its id.
    pub id: ModelId,
    /// Who speaks for it: `script`, `openai`, `anthropic`, `bedrock`, …
    pub provider: String,
    /// Where its endpoint is.
    pub region: Region,
    /// The most tokens it reads and writes together.
    pub window_tokens: u64,
    /// What it costs, where that is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}
