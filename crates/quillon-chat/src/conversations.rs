//! Listing, showing and deleting conversations.

use quillon_base::{ConversationId, Fault};
use quillon_contract::event::{Event, Table};
use quillon_contract::{Item, Listing, QUERY_ITEMS_MAX};
use quillon_road::{Finished, Passage};

use crate::kept::{self, Conversation};

/// Lists conversations, newest first.
pub(crate) async fn list(passage: &Passage, here: bool) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let conversations = kept::conversations(passage, here).await?;
    if conversations.is_empty() {
        passage.text("No conversation is kept for you.\n").await?;
        return Ok(Finished::default());
    }
    let columns = ["conversation", "last", "turns", "about"].map(str::to_owned).to_vec();
    let rows = conversations.iter().map(row).collect();
    passage.say(Event::Table(Table { title: "Conversations".into(), columns, rows })).await?;
    Ok(Finished::default())
}

fn row(conversation: &Conversation) -> Vec<String> {
    let last = conversation.last_at().map(|at| at.to_string()).unwrap_or_default();
    vec![conversation.id.to_string(), last, conversation.turns.len().to_string(), conversation.title()]
}

/// Shows all turns of a conversation.
pub(crate) async fn show(passage: &Passage, id: ConversationId) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let conversation = kept::conversation(passage, id).await?;
    for turn in &conversation.turns {
        let (at, turn) = (turn.created, &turn.value);
        passage.text(format!("## {at}\n\n> {}\n\n", turn.question.replace('\n', "\n> "))).await?;
        passage.text(format!("{}\n", turn.answer)).await?;
        for reference in &turn.references {
            passage.say(Event::Reference(reference.clone())).await?;
        }
    }
    Ok(Finished { findings: false, conversation: Some(id) })
}

/// Deletes all turns of a conversation.
pub(crate) async fn delete(passage: &Passage, id: ConversationId) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let conversation = kept::conversation(passage, id).await?;
    let mut count = 0;
    for turn in &conversation.turns {
        count += u32::from(passage.forget(turn.id).await?);
    }
    let turns = if count == 1 { "turn" } else { "turns" };
    passage.text(format!("Deleted conversation `{id}` with {count} {turns}.\n")).await?;
    Ok(Finished::default())
}

pub(crate) async fn listing(passage: &Passage) -> Result<Listing, Fault> {
    let mut conversations = kept::conversations(passage, true).await?;
    let more = conversations.len() > QUERY_ITEMS_MAX;
    conversations.truncate(QUERY_ITEMS_MAX);
    let item = |conversation: &Conversation| Item {
        id: conversation.id.to_string(),
        label: conversation.title(),
        detail: conversation.last_at().map(|at| at.to_string()),
    };
    Ok(Listing { items: conversations.iter().map(item).collect(), more })
}
