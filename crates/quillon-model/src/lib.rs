//! The model port: what every model adapter offers.
//!
//! Invariant: an adapter contacts only the endpoint of its [`ModelCard`], in the card's region, and repeats a request
//! only before its first byte came back.

mod calls;
mod card;
mod catalogue;
mod check;
pub mod conformance;
mod exchange;
mod fake;
mod key;
mod refusal;
mod request;
mod usage;

use std::pin::Pin;

use async_trait::async_trait;
use futures::Stream;
use quillon_base::{Fault, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use calls::{ARGUMENTS_BYTES_MAX, Calls, TOOL_CALLS_MAX, arguments_object};
pub use card::{Features, ModelCard, ModelId, Price};
pub use catalogue::{CATALOGUE_BYTES_MAX, Catalogue, Endpoint, Network};
pub use exchange::{Exchange, cut_off, half_a_call, no_tool_named, not_json};
pub use fake::{Gate, Reply, Requests, StrictModel};
pub use key::{KEY_BYTES_MAX, KEYS_GROUP, KEYS_MAX, KeptKey, KeyName, KeySource};
pub use refusal::Refused;
pub use request::{
    Effort, IMAGE_BYTES_MAX, Message, ModelRequest, Part, REQUEST_BYTES_MAX, RequestOptions, Role,
    ToolChoice, ToolSpec,
};

/// Tokens of one model call, as the provider counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenUsage {
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
    /// Of the input, tokens that came from the provider's cache.
    #[serde(default)]
    pub cached: u64,
    /// Of the input, tokens that were written to the provider's cache.
    #[serde(default)]
    pub cache_written: u64,
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It had said all.
    Finished,
    /// It wants the tools it named.
    ToolUse,
    /// It reached its limit of tokens.
    LengthLimit,
    /// The provider filtered its answer.
    Filtered,
}

/// One piece of a model's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ModelEvent {
    /// More of the answer.
    Text {
        /// The piece.
        text: String,
    },
    /// More of the reasoning that the provider shows.
    Reasoning {
        /// The piece; empty where the provider shows none.
        text: String,
        /// Ends a block of reasoning: what the provider wants to see again beside it, as a [`Part::Reasoning`]. Nobody but
        /// the adapter that made it understands it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal: Option<String>,
    },
    /// A complete tool call. One answer may hold several, which do not wait for each other.
    ToolCall {
        /// The provider's id of the call.
        id: String,
        /// The tool.
        name: String,
        /// Its arguments, as JSON text that the model wrote and nobody has checked.
        arguments: String,
    },
    /// Tokens so far; the last one counts.
    Usage(TokenUsage),
    /// The end. Nothing follows.
    Stop {
        /// Why.
        reason: StopReason,
    },
}

/// A model's answer as it comes. It ends after [`ModelEvent::Stop`] or the first fault; an end without either is
/// the adapter's `model.failed`. Dropping it cancels the call.
pub type ModelStream = Pin<Box<dyn Stream<Item = Result<ModelEvent, Fault>> + Send>>;

/// Where the key of a provider is kept. It is asked for when a request is sent, so that nothing holds it longer.
#[async_trait]
pub trait Credential: Send + Sync {
    /// The key.
    ///
    /// # Errors
    /// `credential.missing`, which names the credential and not its value.
    async fn secret(&self) -> Result<Secret<String>, Fault>;
}

/// One model behind one endpoint.
pub trait Model: Send + Sync {
    /// What and where it is.
    fn card(&self) -> &ModelCard;

    /// Sends the request. Faults come through the stream.
    fn stream(&self, request: ModelRequest) -> ModelStream;

    /// Sends the request with a key that whoever asks holds, which stands before a credential of the adapter's own. An
    /// adapter that needs no key leaves it out.
    fn stream_with_key(&self, request: ModelRequest, key: Secret<String>) -> ModelStream {
        drop(key);
        self.stream(request)
    }
}
