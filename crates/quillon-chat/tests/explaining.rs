//! What is handed over with a question, and what an answer says that it read.

use quillon_contract::ask::{ChatAsk, ContextItem, ConversationShowAsk};
use quillon_contract::{Gateway, Query};
use quillon_testkit::Reply;

use crate::support::{kit, question, with};

#[tokio::test]
async fn what_was_read_is_shown_with_the_answer_and_kept_with_the_turn() {
    let travel = kit().start().await;
    let ask = ChatAsk { explain_context: true, ..question("what is `may_retry`?") };
    let trail = travel.ask(ask).await;
    let rows = trail.rows();
    assert_eq!(rows[0], "passage | src/retry.rs:6-9 | it defines `may_retry` | 33");
    assert!(rows.last().unwrap().starts_with("all | "), "{rows:?}");
    let show = ConversationShowAsk { conversation: trail.end.conversation.unwrap(), explain_context: true };
    assert_eq!(travel.ask(show).await.rows(), rows);
    assert!(travel.ask(question("what is `may_retry`?")).await.rows().is_empty());
}

#[tokio::test]
async fn what_a_model_was_given_and_what_found_no_room_is_told() {
    let travel = kit().with_model([Reply::text("ok")]).start().await;
    let file = ContextItem::File { path: "app/Queue.java".into(), lines: None };
    let ask = ChatAsk { explain_context: true, ..with("what can retry?", [file]) };
    let rows = travel.ask(ask).await.rows();
    assert_eq!(rows[0], "file | app/Queue.java:1-5 | it was handed over | 20");
    assert!(rows[1].starts_with("passage | src/retry.rs:"), "{rows:?}");
    assert!(rows[1].contains("| it holds `retry` |"), "{rows:?}");
}

#[tokio::test]
async fn a_saved_prompt_of_the_workspace_counts_before_that_of_the_person() {
    let item = || ContextItem::Prompt { name: "limit".into() };
    let kit = || kit().with_original("prompts/limit.md", "what is open_depot?\n");
    let travel = kit().start().await;
    assert_eq!(travel.ask(with("@limit", [item()])).await.places()[0], "web/depot.py:1-3");
    let travel = kit().with_file(".amazonq/prompts/limit.md", "where is RETRY_LIMIT?\n").start().await;
    assert!(travel.ask(with("@limit", [item()])).await.places()[0].starts_with("src/retry.rs:"));
    let listing = travel.road.query(travel.session, Query::Prompts { prefix: "li".into() }).await.unwrap();
    assert_eq!(listing.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["limit"]);
}

#[tokio::test]
async fn a_saved_prompt_of_the_person_is_found_by_its_name() {
    let travel = kit().with_original("prompts/depot.md", "what is open_depot?\n").start().await;
    let ids = async |prefix: &str| {
        let listing = travel.road.query(travel.session, Query::Prompts { prefix: prefix.into() }).await;
        listing.unwrap().items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("depot").await, ["depot"]);
    assert!(ids("dep").await.is_empty());
}
