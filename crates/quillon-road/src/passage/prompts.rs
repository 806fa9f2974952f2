//! The prompt log: prompts and answers, kept for their organisation while the setting `quillon.promptLog` is on.
//!
//! It is another record than a conversation, which is its owner's: sealed with the organisation's key, kept for a year, and
//! redacted for good before it is sealed, because it is made to be exported. What was said while the setting was off is not
//! in it, and no later setting brings it back.

use quillon_base::{ConversationId, DataClass, Fault, RecordId, Timestamp};
use quillon_contract::EffectKind;
use quillon_contract::event::Answerer;
use quillon_store::{PAGE_RECORDS_MAX, Page};
use serde::{Deserialize, Serialize};

use crate::passage::Passage;
use crate::passage::store::Kept;

/// The setting that switches it on.
const SETTING: &str = "quillon.promptLog";
/// The group of its records.
const GROUP: &str = "chat";

/// A prompt and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Who asked.
    pub user: String,
    /// What the asker quotes, by which the ledger's records are found.
    pub request: String,
    /// The conversation; none when nothing else was kept of it.
    pub conversation: Option<ConversationId>,
    /// What was asked.
    pub prompt: String,
    /// What was answered.
    pub answer: String,
    /// The model that answered; none where the embedded engine did.
    pub model: Option<String>,
}

impl Passage {
    /// Keeps a prompt and its answer in the prompt log, where that is switched on; secrets are taken out for good.
    ///
    /// # Errors
    /// As [`Passage::keep`].
    pub async fn log_prompt(
        &self,
        prompt: &str,
        answer: &str,
        conversation: Option<ConversationId>,
    ) -> Result<(), Fault> {
        if self.road.settings.text(SETTING) != "on" {
            return Ok(());
        }
        let redacted = |text: &str| quillon_privacy::redact_for_record(text).into_inner();
        let model = match self.answerer() {
            Some(Answerer::Model { model, .. }) => Some(model),
            Some(Answerer::Script { name }) => Some(name),
            Some(Answerer::Embedded) | None => None,
        };
        let exchange = Exchange {
            user: self.session.principal.id.to_string(),
            request: self.permit.ask.as_request().to_string(),
            conversation,
            prompt: redacted(prompt),
            answer: redacted(answer),
            model,
        };
        self.keep_as(DataClass::PromptLog, GROUP, &exchange).await.map(|_| ())
    }

    /// What the prompt log of the organisation holds behind a place, whoever asked, oldest first; empty at its end.
    ///
    /// # Errors
    /// As [`Passage::kept`].
    pub async fn logged_prompts(
        &self,
        after: Option<(Timestamp, RecordId)>,
    ) -> Result<Vec<Kept<Exchange>>, Fault> {
        self.may_use_store(EffectKind::ReadStore)?;
        let proof = self.permit.cover.durable().await?;
        let page = Page {
            class: DataClass::PromptLog,
            subject: None,
            group: Some(GROUP.to_owned()),
            newest_first: false,
            after,
            limit: PAGE_RECORDS_MAX,
        };
        let records = self.road.store.list(proof, page).await?;
        records.iter().map(|record| self.unseal(record)).collect()
    }
}
