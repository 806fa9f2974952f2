//! What a model is and where it answers.

use std::fmt;

use quillon_base::{Fault, FaultCode, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TokenUsage;

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
    /// For tokens read from the provider's cache; as for other tokens read where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_microdollars_per_million: Option<u64>,
    /// For tokens written to the provider's cache; as for other tokens read where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_written_microdollars_per_million: Option<u64>,
}

impl Price {
    /// What `usage` costs, in millionths of a US dollar, rounded up.
    #[must_use]
    pub fn microdollars(&self, usage: TokenUsage) -> u64 {
        let input = self.input_microdollars_per_million;
        let fresh = usage.input.saturating_sub(usage.cached).saturating_sub(usage.cache_written);
        let parts = [
            (fresh, input),
            (usage.cached, self.cached_microdollars_per_million.unwrap_or(input)),
            (usage.cache_written, self.cache_written_microdollars_per_million.unwrap_or(input)),
            (usage.output, self.output_microdollars_per_million),
        ];
        let per_million: u128 =
            parts.iter().map(|(tokens, price)| u128::from(*tokens) * u128::from(*price)).sum();
        u64::try_from(per_million.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// What a model can do beside reading and writing text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Features {
    /// It calls tools.
    pub tools: bool,
    /// It reads pictures.
    pub images: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self { tools: true, images: true }
    }
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
    /// What it can do beside text.
    #[serde(default)]
    pub features: Features,
}

impl ModelCard {
    /// A card of a model that can do everything, without a price.
    #[must_use]
    pub fn new(id: ModelId, provider: impl Into<String>, region: Region, window_tokens: u64) -> Self {
        Self {
            id,
            provider: provider.into(),
            region,
            window_tokens,
            price: None,
            features: Features::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_costs_what_its_kinds_of_tokens_cost() {
        let price = Price {
            input_microdollars_per_million: 3_000_000,
            output_microdollars_per_million: 15_000_000,
            cached_microdollars_per_million: Some(300_000),
            cache_written_microdollars_per_million: None,
        };
        let usage = TokenUsage { input: 1_000, output: 100, cached: 600, cache_written: 200 };
        // 200 fresh and 200 written to the cache at 3, 600 at 0.3, 100 at 15.
        assert_eq!(price.microdollars(usage), 200 * 3 + 200 * 3 + 180 + 1_500);
        // A provider that claims more cached tokens than it read is not paid for less than nothing.
        let lie = TokenUsage { input: 1, cached: 1_000, ..TokenUsage::default() };
        assert_eq!(price.microdollars(lie), 300);
        let all = TokenUsage { input: u64::MAX, output: u64::MAX, cached: 0, cache_written: 0 };
        assert_eq!(price.microdollars(all), u64::MAX);
    }
}
