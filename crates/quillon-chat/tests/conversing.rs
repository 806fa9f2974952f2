//! Conversations: kept sealed, gone on with, listed, shown, deleted.

use quillon_base::{ConversationId, Fault, FaultCode};
use quillon_contract::ask::{
    ChatAsk, ConversationDeleteAsk, ConversationListAsk, ConversationShowAsk, Resume,
};
use quillon_contract::{Gateway, Query};
use quillon_testkit::Travel;

use crate::support::{kit, question};

async fn asked(travel: &Travel, prompt: &str, resume: Resume) -> ConversationId {
    let trail = travel.ask(ChatAsk { resume, ..question(prompt) }).await;
    trail.end.conversation.unwrap_or_else(|| panic!("{:?}", trail.end))
}

#[tokio::test]
async fn a_conversation_goes_on_and_is_shown_whole() {
    let travel = kit().start().await;
    let id = asked(&travel, "where is the retry limit?", Resume::No).await;
    assert_eq!(asked(&travel, "and the depot?", Resume::Last).await, id);
    assert_eq!(asked(&travel, "and the queue?", Resume::Conversation(id)).await, id);
    let other = asked(&travel, "something else about parcels", Resume::No).await;
    assert_ne!(other, id);
    let rows = travel.ask(ConversationListAsk { here: true }).await.rows();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].starts_with(&other.to_string()) && rows[0].contains("| 1 |"), "{rows:?}");
    assert!(rows[1].contains("| 3 | where is the retry limit?"), "{rows:?}");
    let trail = travel.ask(ConversationShowAsk { conversation: id, explain_context: false }).await;
    let text = trail.text();
    let places = ["retry limit", "and the depot", "and the queue"].map(|part| text.find(part).unwrap());
    assert!(places.is_sorted(), "{text}");
    assert!(trail.places().iter().any(|place| place.starts_with("src/retry.rs")));
    let listing = travel.road.query(travel.session, Query::Conversations).await.unwrap();
    assert_eq!(listing.items.len(), 2);
}

#[tokio::test]
async fn a_shown_conversation_says_who_answered_each_turn() {
    let travel = kit().start().await;
    let id = asked(&travel, "where is the retry limit?\nand why?", Resume::No).await;
    let text = travel.ask(ConversationShowAsk { conversation: id, explain_context: false }).await.text();
    assert!(text.contains(", the embedded engine\n\n> where is the retry limit?\n> and why?\n"), "{text}");
    let rows = travel.ask(ConversationListAsk { here: true }).await.rows();
    assert!(rows[0].ends_with("| where is the retry limit? and why?"), "{rows:?}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_ends_with_the_fault() {
    let travel = kit().start().await;
    // The first is the search of knowledge bases, which an answer can do without.
    for _ in 0..2 {
        travel.store.fail_next(Fault::new(FaultCode::DiskFull, "no room"));
    }
    let trail = travel.ask(question("where is the retry limit?")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::DiskFull);
    assert!(!trail.places().is_empty(), "the answer was said all the same");
}

#[tokio::test]
async fn a_deleted_conversation_is_gone_and_the_other_stays() {
    let travel = kit().start().await;
    let id = asked(&travel, "where is the retry limit?", Resume::No).await;
    asked(&travel, "and the depot?", Resume::Last).await;
    let other = asked(&travel, "and the queue?", Resume::No).await;
    let trail = travel.ask(ConversationDeleteAsk { conversation: id }).await;
    assert!(trail.text().contains("with 2 turns"), "{}", trail.text());
    let gone = travel.ask(ConversationShowAsk { conversation: id, explain_context: false }).await;
    assert_eq!(gone.fault().unwrap().code, FaultCode::StoreMissing);
    assert!(
        travel
            .ask(ConversationShowAsk { conversation: other, explain_context: false })
            .await
            .fault()
            .is_none()
    );
    assert_eq!(travel.store.records().len(), 1);
}

#[tokio::test]
async fn the_store_never_sees_what_was_said() {
    let travel = kit().start().await;
    travel.store.plant("retry limit");
    travel.store.plant("src/retry.rs");
    asked(&travel, "where is the retry limit?", Resume::No).await;
    assert_eq!(travel.store.records().len(), 1);
}

#[tokio::test]
async fn an_ephemeral_turn_is_recorded_and_not_kept() {
    let travel = kit().start().await;
    let trail = travel.ask(ChatAsk { ephemeral: true, ..question("where is the retry limit?") }).await;
    assert_eq!(trail.end.conversation, None);
    assert!(travel.store.records().is_empty());
    assert_eq!(trail.shape().last().map(String::as_str), Some("closed done"));
}

#[tokio::test]
async fn there_is_nothing_to_go_on_with_at_first() {
    let travel = kit().start().await;
    let last = travel.ask(ChatAsk { resume: Resume::Last, ..question("and?") }).await;
    assert_eq!(last.fault().unwrap().code, FaultCode::StoreMissing);
    let made_up = "cnv_00000000000000000000000000".parse().unwrap();
    let trail = travel.ask(ConversationShowAsk { conversation: made_up, explain_context: false }).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::StoreMissing);
    assert!(travel.ask(ConversationListAsk { here: false }).await.text().contains("No conversation"));
}
