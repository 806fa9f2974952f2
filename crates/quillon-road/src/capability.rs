//! What a capability is: something that answers verbs and touches the world only through its passage.

use async_trait::async_trait;
use quillon_base::{ConversationId, Fault, FaultCode};
use quillon_contract::{Ask, Listing, Query, Verb};

use crate::Passage;

/// How the work of an ask ended, when it did not fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// There are findings that the asker wanted to hear of.
    pub findings: bool,
    /// The conversation that the answer belongs to.
    pub conversation: Option<ConversationId>,
}

/// Answers verbs.
#[async_trait]
pub trait Capability: Send + Sync {
    /// The verbs that it answers. No two capabilities of one road share a verb.
    fn verbs(&self) -> &'static [Verb];

    /// Answers an ask of one of its verbs.
    ///
    /// # Errors
    /// The fault with which the answer ends.
    async fn run(&self, passage: &Passage, ask: Ask) -> Result<Finished, Fault>;

    /// Whether work of this verb that is stopped winds up by itself: it watches [`Passage::stopped`], ends what it does at
    /// once, keeps what there is, and returns. Other work is dropped where it stands.
    fn winds_up(&self, verb: Verb) -> bool {
        let _ = verb;
        false
    }

    /// Lists what a picker offers, for a query that one of its verbs governs.
    ///
    /// # Errors
    /// `capability.unavailable` unless the capability says otherwise.
    async fn list(&self, passage: &Passage, query: Query) -> Result<Listing, Fault> {
        let _ = passage;
        Err(Fault::new(FaultCode::CapabilityUnavailable, "nothing here answers this query")
            .inner(format!("{query:?}")))
    }
}
