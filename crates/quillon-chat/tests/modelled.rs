//! With a model: what it is given, what is shown of it, and what is kept when it fails.

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::ask::{ChatAsk, ContextItem, ConversationListAsk, Resume};
use quillon_contract::event::Answerer;
use quillon_model::{ModelEvent, StopReason};
use quillon_testkit::Reply;

use crate::support::{kit, question, with};

#[tokio::test]
async fn the_model_gets_the_passages_and_the_earlier_turns() {
    let first = Reply::text("Three tries.").expecting("src/retry.rs:").expecting("RETRY_LIMIT: u32 = 3");
    let second =
        Reply::text("In the depot.").expecting("Three tries.").expecting("where is the retry limit?");
    let travel = kit().with_model([first, second]).start().await;
    let trail = travel.ask(question("where is the retry limit?")).await;
    assert_eq!(trail.text(), "Three tries.\n");
    assert!(trail.places()[0].starts_with("src/retry.rs:"), "{:?}", trail.places());
    assert_eq!(trail.end.answerer, Some(Answerer::Script { name: "script".into() }));
    let trail = travel.ask(ChatAsk { resume: Resume::Last, ..question("and then?") }).await;
    assert_eq!(trail.text(), "In the depot.\n");
}

#[tokio::test]
async fn what_was_handed_over_goes_with_the_question() {
    let reply = Reply::text("ok").expecting("disk full").expecting("class Queue");
    let items = [
        ContextItem::Text { label: "standard input".into(), text: "disk full".into() },
        ContextItem::File { path: "app/Queue.java".into(), lines: None },
    ];
    let trail = kit().with_model([reply]).start().await.ask(with("why?", items)).await;
    assert_eq!(trail.places()[0], "app/Queue.java:1-5");
}

#[tokio::test]
async fn a_model_that_fails_half_way_ends_with_its_fault_and_what_it_said_is_kept() {
    let half = ModelEvent::Text { text: "half an ".into() };
    let fault = Fault::new(FaultCode::ModelFailed, "the model hung up");
    let travel = kit().with_model([Reply::of([Ok(half), Err(fault)])]).start().await;
    let trail = travel.ask(question("where is the retry limit?")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::ModelFailed);
    assert_eq!(trail.text(), "half an ");
    assert_eq!(travel.ask(ConversationListAsk { here: true }).await.rows().len(), 1);
}

#[tokio::test]
async fn an_answer_that_was_cut_short_says_so() {
    let text = ModelEvent::Text { text: "and so".into() };
    let stop = ModelEvent::Stop { reason: StopReason::LengthLimit };
    let travel = kit().with_model([Reply::of([Ok(text), Ok(stop)])]).start().await;
    let trail = travel.ask(question("where is the retry limit?")).await;
    let is_said = |event: &Event| matches!(event, Event::Notice(notice) if notice.text.contains("limit"));
    assert!(trail.events.iter().any(is_said));
}

#[tokio::test]
async fn the_embedded_engine_can_be_asked_for_beside_a_model() {
    let travel = kit().with_model([]).start().await;
    let ask = ChatAsk { model: Some("embedded".into()), ..question("where is the retry limit?") };
    assert_eq!(travel.ask(ask).await.end.answerer, Some(Answerer::Embedded));
}
