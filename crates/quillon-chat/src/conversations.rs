//! Listing, showing and deleting conversations.

use quillon_base::{ConversationId, Fault};
use quillon_contract::event::{Answerer, Event, Notice, Table};
use quillon_contract::{Item, Listing, QUERY_ITEMS_MAX};
use quillon_road::{Finished, Kept, Passage};

use crate::answer::counted;
use crate::explain;
use crate::kept::{self, Conversation, Turn};

/// Lists conversations, newest first.
pub(crate) async fn list(passage: &Passage, here: bool) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let conversations = kept::conversations(passage, here).await?;
    if conversations.is_empty() {
        let of = if here { " of this folder" } else { "" };
        passage.text(format!("No conversation{of} is kept for you.\n")).await?;
        return Ok(Finished::default());
    }
    let columns = ["conversation", "last", "turns", "about"].map(str::to_owned).to_vec();
    let rows = conversations.iter().map(row).collect();
    passage.say(Event::Table(Table { title: "Conversations".into(), columns, rows })).await?;
    Ok(Finished::default())
}

fn row(conversation: &Conversation) -> Vec<String> {
    let last = conversation.last_at().map(|at| at.to_string()).unwrap_or_default();
    let turns = conversation.next_number().to_string();
    vec![conversation.id.to_string(), last, turns, conversation.title().to_owned()]
}

/// Shows all turns of a conversation.
pub(crate) async fn show(passage: &Passage, id: ConversationId) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let conversation = kept::conversation(passage, id).await?;
    for turn in &conversation.turns {
        passage.text(heading(turn)).await?;
        passage.text(format!("{}\n", turn.value.answer)).await?;
        for reference in &turn.value.references {
            passage.say(Event::Reference(reference.clone())).await?;
        }
        if let Some(fault) = turn.value.fault {
            passage.say(Notice::warning(format!("this answer ended with `{fault}`"))).await?;
        }
    }
    Ok(Finished { findings: false, conversation: Some(id) })
}

/// Shows what was read for the last answer of a conversation, and why.
pub(crate) async fn explain(passage: &Passage, id: ConversationId) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let conversation = kept::conversation(passage, id).await?;
    match conversation.turns.last().map(|turn| &turn.value.context) {
        Some(context) if !context.is_empty() => passage.say(explain::table(context)).await?,
        _ => passage.text("It is not kept what was read for the last answer.\n").await?,
    }
    Ok(Finished { findings: false, conversation: Some(id) })
}

/// When a turn was taken, who answered, and what was asked.
fn heading(turn: &Kept<Turn>) -> String {
    let by = match &turn.value.answerer {
        Some(Answerer::Embedded) => ", the embedded engine".to_owned(),
        Some(Answerer::Script { name }) => format!(", script `{name}`"),
        Some(Answerer::Model { model, .. }) => format!(", model `{model}`"),
        None => String::new(),
    };
    format!("## {}{by}\n\n> {}\n\n", turn.created, turn.value.question.replace('\n', "\n> "))
}

/// Deletes all turns of a conversation.
pub(crate) async fn delete(passage: &Passage, id: ConversationId) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let (records, turns) = kept::records(passage, id).await?;
    let mut was_there = false;
    for record in records {
        was_there |= passage.forget(record).await?;
    }
    if !was_there {
        return kept::conversation(passage, id).await.map(|_| Finished::default());
    }
    passage.text(format!("Deleted conversation `{id}` with {}.\n", counted(turns, "turn"))).await?;
    Ok(Finished::default())
}

pub(crate) async fn listing(passage: &Passage) -> Result<Listing, Fault> {
    let mut conversations = kept::conversations(passage, true).await?;
    let more = conversations.len() > QUERY_ITEMS_MAX;
    conversations.truncate(QUERY_ITEMS_MAX);
    let item = |conversation: &Conversation| Item {
        id: conversation.id.to_string(),
        label: conversation.title().to_owned(),
        detail: conversation.last_at().map(|at| at.to_string()),
    };
    Ok(Listing { items: conversations.iter().map(item).collect(), more })
}
