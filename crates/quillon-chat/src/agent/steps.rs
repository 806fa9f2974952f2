//! A turn under way, kept step by step so that a crash loses at most the step that it fell into.
//!
//! Nothing is kept before the first tool is called: an answer without tools costs one record, as it always did. What the
//! model called is kept before it is carried out when that may change something, so that nobody goes on believing that it
//! did not happen.

use quillon_base::{ConversationId, Fault, RecordId};
use quillon_model::Message;
use quillon_road::Passage;

use super::transcript::{for_later, plan_for_later};
use crate::kept::{self, Spent, Step};
use crate::tool::Todo;

/// The records of a turn under way.
pub(crate) struct Steps {
    /// What every record says.
    frame: Step,
    /// Messages that were kept so far.
    messages: usize,
    records: Vec<RecordId>,
    ephemeral: bool,
}

impl Steps {
    /// Nothing of the turn is kept yet; of an ephemeral one nothing ever is.
    pub(crate) fn new(conversation: ConversationId, number: u32, ephemeral: bool) -> Self {
        Self { frame: Step::new(conversation, number), messages: 0, records: Vec::new(), ephemeral }
    }

    /// What every record is headed with.
    pub(crate) fn headed(mut self, title: String, workspace: &str, question: &str) -> Self {
        self.frame.title = title;
        self.frame.workspace = workspace.to_owned();
        self.frame.question = question.to_owned();
        self
    }

    /// Keeps what came since the last time.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn keep(
        &mut self,
        passage: &Passage,
        transcript: &[Message],
        plan: &Todo,
        spent: Spent,
    ) -> Result<(), Fault> {
        if self.ephemeral || transcript.len() <= self.messages {
            return Ok(());
        }
        let step = Step {
            step: u32::try_from(self.records.len()).unwrap_or(u32::MAX),
            messages: for_later(passage, transcript[self.messages..].to_vec()),
            plan: plan_for_later(passage, plan),
            spent,
            ..self.frame.clone()
        };
        self.records.push(kept::keep_step(passage, &step).await?);
        self.messages = transcript.len();
        Ok(())
    }

    /// Removes the records, once the whole turn is kept.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn forget(self, passage: &Passage) -> Result<(), Fault> {
        for record in self.records {
            passage.forget(record).await?;
        }
        Ok(())
    }
}
