//! The prompt log: prompts and answers, kept for their organisation while the setting `quillon.promptLog` is on.
//!
//! It is another record than a conversation, which is its owner's: sealed with the organisation's key, kept for a year, and
//! redacted for good before it is sealed, because it is made to be exported. What was said while the setting was off is not
//! in it, and no later setting brings it back.

use quillon_base::{ConversationId, DataClass, Fault, RecordId, Timestamp};
use quillon_contract::event::Answerer;
use quillon_contract::{EffectKind, Verb};
use quillon_store::{PAGE_RECORDS_MAX, Page};
use serde::{Deserialize, Serialize};

use crate::passage::Passage;
use crate::passage::store::{Kept, living};

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
    /// Keeps a prompt and its answer in the prompt log, where that is switched on; secrets are taken out for good, also a
    /// part of one that only this ask knows to be one.
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
        let model = match self.answerer() {
            Some(Answerer::Model { model, .. }) => Some(model),
            Some(Answerer::Script { name }) => Some(name),
            Some(Answerer::Embedded) | None => None,
        };
        let exchange = Exchange {
            user: self.session.principal.id.to_string(),
            request: self.permit.ask.as_request().to_string(),
            conversation,
            prompt: self.for_record(prompt),
            answer: self.for_record(answer),
            model,
        };
        self.keep_as(DataClass::PromptLog, GROUP, &exchange).await.map(|_| ())
    }

    /// What the prompt log of the organisation holds behind a place, whoever asked, oldest first; empty at its end. It is
    /// for the export of it and for no other verb that reads records.
    ///
    /// # Errors
    /// As [`Passage::kept`].
    pub async fn logged_prompts(
        &self,
        mut after: Option<(Timestamp, RecordId)>,
    ) -> Result<Vec<Kept<Exchange>>, Fault> {
        if self.permit.manifest.verb != Verb::AuditExport {
            return Err(Self::not_in_manifest(self.permit.manifest, EffectKind::ReadStore));
        }
        self.may_use_store(EffectKind::ReadStore)?;
        let proof = self.permit.cover.durable().await?;
        loop {
            let page = Page {
                class: DataClass::PromptLog,
                subject: None,
                group: Some(GROUP.to_owned()),
                newest_first: false,
                after,
                limit: PAGE_RECORDS_MAX,
            };
            let records = self.road.store.list(proof, page).await?;
            let Some(last) = records.last() else { return Ok(Vec::new()) };
            after = Some((last.created, last.id));
            let found = living(&records, self.now()).map(|record| self.unseal(record));
            let found = found.collect::<Result<Vec<_>, _>>()?;
            // The oldest come first, so all of a page may have expired and the next ones not.
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
}
