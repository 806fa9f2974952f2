//! The wire formats: how an answer is written in each, and what a request must keep to.

mod chat;
mod messages;
mod responses;

use quillon_model::ModelEvent;
use serde::Deserialize;
use serde_json::{Value, json};

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// Chat Completions.
    Chat,
    /// Responses.
    Responses,
    /// Messages.
    Messages,
}

impl Wire {
    /// Every format.
    pub const ALL: &[Self] = &[Self::Chat, Self::Responses, Self::Messages];

    /// Where requests go, below `/v1`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
        }
    }

    /// Writes an answer, a chunk for each event of the stream.
    #[must_use]
    pub fn render(self, events: &[ModelEvent]) -> Vec<String> {
        match self {
            Self::Chat => chat::render(events),
            Self::Responses => responses::render(events),
            Self::Messages => messages::render(events),
        }
    }

    /// Writes an error as the provider would.
    #[must_use]
    pub fn error(self, kind: &str, message: &str) -> String {
        match self {
            Self::Messages => json!({ "type": "error", "error": { "type": kind, "message": message } }),
            Self::Chat | Self::Responses => {
                json!({ "error": { "message": message, "type": kind, "param": null, "code": null } })
            }
        }
        .to_string()
    }

    /// Says what is wrong with the body of a request.
    pub(crate) fn check(self, body: &Value) -> Result<(), String> {
        match self {
            Self::Chat => chat::check(body),
            Self::Responses => responses::check(body),
            Self::Messages => messages::check(body),
        }
    }
}

/// An event of a stream, with a name where the format gives it one.
fn event(name: Option<&str>, data: &Value) -> String {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}

/// Cuts arguments in two, so that they are put together again.
fn halves(text: &str) -> (&str, &str) {
    let mut middle = text.len() / 2;
    while !text.is_char_boundary(middle) {
        middle += 1;
    }
    text.split_at(middle)
}
