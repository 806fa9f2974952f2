//! The one door that surfaces know.

use std::pin::Pin;

use async_trait::async_trait;
use futures::Stream;
use quillon_base::{AskId, Fault, QuestionId, SessionId, TextRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ask, Event, Listing, Query};

/// Where an ask comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// The command line.
    Cli,
    /// The full-screen terminal.
    Tui,
    /// An editor, through the Language Server Protocol.
    Lsp,
    /// An editor's agent panel, through the Agent Client Protocol.
    Acp,
    /// Another assistant, through the Model Context Protocol.
    Mcp,
    /// The web console and the API.
    Http,
    /// Slack or Teams.
    Chatapp,
}

impl Surface {
    /// Every surface.
    pub const ALL: &[Self] =
        &[Self::Cli, Self::Tui, Self::Lsp, Self::Acp, Self::Mcp, Self::Http, Self::Chatapp];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Tui => "tui",
            Self::Lsp => "lsp",
            Self::Acp => "acp",
            Self::Mcp => "mcp",
            Self::Http => "http",
            Self::Chatapp => "chatapp",
        }
    }
}

/// The folder to work in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkspaceRef {
    /// The folder, as the operating system names it.
    pub folder: String,
}

/// What a surface says when it opens a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hello {
    /// The contract that it speaks.
    pub contract: u32,
    /// What it is.
    pub surface: Surface,
    /// Its name and version, for the record.
    pub client: String,
    /// The folder to work in, where there is one.
    pub workspace: Option<WorkspaceRef>,
    /// How the person proves who they are; the person at this machine without it. Never recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// What a surface hears when its session is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opened {
    /// The session.
    pub session: SessionId,
    /// The contract that is spoken here.
    pub contract: u32,
    /// Who is asking, as a resource name.
    pub principal: String,
    /// Verbs that this installation can answer.
    pub verbs: Vec<crate::Verb>,
}

/// A change to a buffer, as the Language Server Protocol counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What is replaced; everything without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<TextRange>,
    /// By what.
    pub text: String,
}

/// Something that changed at the surface and needs no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "notification", rename_all = "snake_case")]
pub enum Notification {
    /// A buffer was opened; from now on it stands before the file on disk.
    BufferOpened {
        /// The file, as the workspace names it.
        path: String,
        /// The buffer's version.
        version: i64,
        /// Its text.
        text: String,
    },
    /// A buffer changed.
    BufferChanged {
        /// The file, as the workspace names it.
        path: String,
        /// The buffer's version after the changes.
        version: i64,
        /// The changes, in order.
        changes: Vec<Change>,
    },
    /// A buffer was closed; the file on disk counts again.
    BufferClosed {
        /// The file, as the workspace names it.
        path: String,
    },
    /// The session ends. What is under way is cancelled.
    SessionClosed,
}

/// One ask, on its way in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// What is asked.
    pub ask: Ask,
    /// Chosen by the surface so that a repeated request is not done twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Whether the end is to carry the receipt of the closing record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub receipt: bool,
}

impl<T: Into<Ask>> From<T> for Request {
    fn from(ask: T) -> Self {
        Self { ask: ask.into(), idempotency_key: None, receipt: false }
    }
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Yes, this once.
    Approve,
    /// Yes, for the rest of the session.
    Trust,
    /// No.
    Deny,
    /// The option at this place, from 0.
    Choose {
        /// The place.
        option: u32,
    },
    /// The missing value.
    Value {
        /// The value.
        text: String,
    },
}

/// Events of one answer, ending with [`Event::End`]. Dropping it cancels the work.
pub type EventStream = Pin<Box<dyn Stream<Item = Event> + Send>>;

/// The one door: what a surface can do, and all it can do.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Opens a session: who, where, in which folder.
    ///
    /// # Errors
    /// `identity.unknown`, `workspace.missing`, `audit.unavailable`, `input.invalid` for a contract not spoken here.
    async fn open(&self, hello: Hello) -> Result<Opened, Fault>;

    /// Says that something changed. A notification for a session that is not open is dropped.
    fn notify(&self, session: SessionId, notification: Notification);

    /// Asks. Refusals and failures come as the stream's end, so that every ask has one.
    ///
    /// # Errors
    /// `session.unknown`, and `audit.unavailable` when not even a refusal can be recorded.
    async fn ask(&self, session: SessionId, request: Request) -> Result<(AskId, EventStream), Fault>;

    /// Answers a question that an ask is waiting on.
    ///
    /// # Errors
    /// `session.unknown`, `input.invalid` when nothing waits on the question or the answer has the wrong kind.
    async fn answer(&self, session: SessionId, question: QuestionId, answer: Answer) -> Result<(), Fault>;

    /// Lists what a picker offers.
    ///
    /// # Errors
    /// `session.unknown`, `policy.refused`, `capability.unavailable`.
    async fn query(&self, session: SessionId, query: Query) -> Result<Listing, Fault>;

    /// Stops an ask. Its stream ends with `cancelled` once that is recorded.
    fn cancel(&self, session: SessionId, ask: AskId);
}

#[cfg(test)]
mod tests {
    use quillon_base::{Position, SessionId};
    use serde::de::DeserializeOwned;

    use super::*;

    #[track_caller]
    fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: T) {
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), message, "{text}");
    }

    #[test]
    fn every_message_of_the_gateway_survives_a_round_trip() {
        let session: SessionId = "ses_00000000000000000000000000".parse().unwrap();
        for &surface in Surface::ALL {
            check(Hello {
                contract: crate::CONTRACT_VERSION,
                surface,
                client: "editor 1.0".into(),
                workspace: Some(WorkspaceRef { folder: "/srv/example".into() }),
                token: Some("t".into()),
            });
            assert_eq!(serde_json::to_value(surface).unwrap(), surface.name());
        }
        let verbs = vec![crate::Verb::Chat, crate::Verb::Whoami];
        check(Opened {
            session,
            contract: 1,
            principal: "arn:quillon:q:device:local:principal/ada".into(),
            verbs,
        });
        let range =
            TextRange { start: Position { line: 1, character: 2 }, end: Position { line: 1, character: 3 } };
        let (path, version) = ("src/é.rs".to_owned(), -1);
        let changes = vec![
            Change { range: Some(range), text: "x\r\n".into() },
            Change { range: None, text: String::new() },
        ];
        check(Notification::BufferOpened { path: path.clone(), version, text: "a\u{0}b".into() });
        check(Notification::BufferChanged { path: path.clone(), version, changes });
        check(Notification::BufferClosed { path });
        check(Notification::SessionClosed);
        for answer in [
            Answer::Approve,
            Answer::Trust,
            Answer::Deny,
            Answer::Choose { option: 2 },
            Answer::Value { text: "v".into() },
        ] {
            check(answer);
        }
        for manifest in crate::MANIFESTS {
            check(Request { ask: manifest.smallest_ask(), idempotency_key: Some("k".into()), receipt: true });
        }
    }
}
