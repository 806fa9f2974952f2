//! Questions about a workspace, answered with its own passages; and the conversations that they make.
//!
//! Without a model the embedded engine answers: it finds the passages that fit best and shows them with their places. With
//! one, the model gets those passages with the question and works with tools (`agent`, `tool`) until it has answered.
//! Either way the answer says who gave it, and a statement without a place is not made by the engine. Start at [`Chat`]
//! and `turn.rs`.

mod agent;
mod answer;
mod answering;
mod asked;
mod commands;
mod context;
mod conversations;
mod explain;
mod kept;
mod knowledge;
mod library;
mod pickers;
mod prompts;
mod selection;
mod tool;
mod turn;
mod workspace;

use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::FaultCode;
use quillon_contract::{Ask, Fault, Listing, Query, Verb};
use quillon_road::{Capability, Finished, Passage};

use crate::library::Library;

/// Answers questions about a workspace.
#[derive(Clone, Debug, Default)]
pub struct Chat {
    library: Arc<Library>,
}

/// What it answers.
pub const VERBS: &[Verb] = &[
    Verb::Chat,
    Verb::ConversationDelete,
    Verb::ConversationList,
    Verb::ConversationShow,
    Verb::Knowledge,
    Verb::KnowledgeSearch,
];

#[async_trait]
impl Capability for Chat {
    fn verbs(&self) -> &'static [Verb] {
        VERBS
    }

    async fn run(&self, passage: &Passage, ask: Ask) -> Result<Finished, Fault> {
        match ask {
            Ask::Chat(ask) => turn::take(passage, &self.library, ask).await,
            Ask::ConversationDelete(ask) => conversations::delete(passage, ask.conversation).await,
            Ask::ConversationList(ask) => conversations::list(passage, ask.here).await,
            Ask::ConversationShow(ask) if ask.explain_context => {
                conversations::explain(passage, ask.conversation).await
            }
            Ask::ConversationShow(ask) => conversations::show(passage, ask.conversation).await,
            Ask::Knowledge(ask) => knowledge::change(passage, ask).await,
            Ask::KnowledgeSearch(ask) => knowledge::search(passage, ask).await,
            other => {
                let verb = other.verb().name();
                Err(Fault::internal(format!("`{verb}` was sent to a capability that does not answer it")))
            }
        }
    }

    /// A turn that is stopped is kept up to there, so that nothing that was said or done is forgotten.
    fn winds_up(&self, verb: Verb) -> bool {
        verb == Verb::Chat
    }

    async fn list(&self, passage: &Passage, query: Query) -> Result<Listing, Fault> {
        match query {
            Query::Files { prefix } => pickers::files(passage, &prefix).await,
            Query::Symbols { prefix } => pickers::symbols(passage, &self.library, &prefix).await,
            Query::Prompts { prefix } => prompts::listing(passage, &prefix).await,
            Query::Conversations => conversations::listing(passage).await,
            query => {
                let name = query.name();
                Err(Fault::new(
                    FaultCode::CapabilityUnavailable,
                    format!("this build cannot list {name} yet"),
                ))
            }
        }
    }
}
