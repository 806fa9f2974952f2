//! Turns as they are kept: one sealed record each, so that a long conversation never has to be written anew.

use std::collections::BTreeMap;

use quillon_base::{ConversationId, Fault, FaultCode, RecordId, Timestamp};
use quillon_contract::event::{Answerer, Reference};
use quillon_road::{Kept, Passage};
use serde::{Deserialize, Serialize};

/// The version of a turn that this build writes. Later ones only add fields.
const VERSION: u32 = 1;
/// The most turns that a conversation has.
pub(crate) const TURNS_MAX: u32 = 1_000;
/// The most turns that are looked through for a list of conversations.
const LISTED_TURNS_MAX: u32 = 2_000;

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) version: u32,
    pub(crate) conversation: ConversationId,
    /// From 0.
    pub(crate) number: u32,
    /// The keyed digest of the workspace's folder.
    pub(crate) workspace: String,
    pub(crate) question: String,
    pub(crate) answer: String,
    #[serde(default)]
    pub(crate) references: Vec<Reference>,
    #[serde(default)]
    pub(crate) answerer: Option<Answerer>,
    /// With this and what was said, the record's commitment can be checked.
    pub(crate) salt: String,
}

impl Turn {
    pub(crate) const fn version() -> u32 {
        VERSION
    }
}

/// A conversation with its turns, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: ConversationId,
    pub(crate) turns: Vec<Kept<Turn>>,
}

impl Conversation {
    /// What it is called: its first question, on one line.
    pub(crate) fn title(&self) -> String {
        const TITLE_BYTES_MAX: usize = 72;
        let question = self.turns.first().map_or("", |turn| turn.value.question.as_str());
        let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
        quillon_text::shorten(&line, TITLE_BYTES_MAX).into_owned()
    }

    pub(crate) fn last_at(&self) -> Option<Timestamp> {
        self.turns.last().map(|turn| turn.created)
    }
}

/// The conversation of this id.
///
/// # Errors
/// `store.missing` when nothing of it is kept for the asker, and those of the store.
pub(crate) async fn conversation(passage: &Passage, id: ConversationId) -> Result<Conversation, Fault> {
    let mut turns: Vec<Kept<Turn>> = passage.kept(Some(&id.to_string()), TURNS_MAX).await?;
    turns.sort_by_key(|turn| turn.value.number);
    if turns.is_empty() {
        return Err(Fault::new(FaultCode::StoreMissing, format!("there is no conversation `{id}`"))
            .hint("`quillon chat --list` lists those that are kept for you"));
    }
    Ok(Conversation { id, turns })
}

/// Conversations, the one with the newest turn first; only those of this workspace when `here`.
///
/// # Errors
/// Those of the store.
pub(crate) async fn conversations(passage: &Passage, here: bool) -> Result<Vec<Conversation>, Fault> {
    let turns: Vec<Kept<Turn>> = passage.kept(None, LISTED_TURNS_MAX).await?;
    let mut order = Vec::new();
    let mut by_id: BTreeMap<ConversationId, Vec<Kept<Turn>>> = BTreeMap::new();
    let is_wanted = |turn: &Kept<Turn>| !here || turn.value.workspace == passage.workspace_group();
    for turn in turns.into_iter().filter(is_wanted) {
        let id = turn.value.conversation;
        if !by_id.contains_key(&id) {
            order.push(id);
        }
        by_id.entry(id).or_default().push(turn);
    }
    let gathered = order.into_iter().filter_map(|id| {
        let mut turns = by_id.remove(&id)?;
        turns.sort_by_key(|turn| turn.value.number);
        Some(Conversation { id, turns })
    });
    Ok(gathered.collect())
}

/// Keeps a turn.
///
/// # Errors
/// Those of the store.
pub(crate) async fn keep(passage: &Passage, turn: &Turn) -> Result<RecordId, Fault> {
    passage.keep(&turn.conversation.to_string(), turn).await
}
