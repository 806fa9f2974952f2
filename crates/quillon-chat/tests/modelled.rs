//! With a model: what it is given, what is shown of it, and what is kept when it fails.

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::ask::{ChatAsk, ContextItem, ConversationListAsk, ConversationShowAsk, Resume};
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
async fn a_model_that_says_nothing_at_all_leaves_the_question_kept() {
    let fault = Fault::new(FaultCode::ModelFailed, "the model hung up");
    let again = Reply::text("Three.").expecting("and now?");
    let travel = kit().with_model([Reply::fault(fault), again]).start().await;
    assert_eq!(
        travel.ask(question("where is the retry limit?")).await.fault().unwrap().code,
        FaultCode::ModelFailed
    );
    let trail = travel.ask(ChatAsk { resume: Resume::Last, ..question("and now?") }).await;
    let id = trail.end.conversation.unwrap();
    let shown = travel.ask(ConversationShowAsk { conversation: id, explain_context: false }).await;
    assert!(shown.text().contains("> where is the retry limit?"), "{}", shown.text());
    assert!(shown.text().contains("script `script`"), "{}", shown.text());
    let says = |event: &Event| matches!(event, Event::Notice(notice) if notice.text.contains("model.failed"));
    assert!(shown.events.iter().any(says));
    // The model was told nothing of an answer that there was not.
    let requests = travel.requests.as_ref().unwrap().all();
    assert_eq!(requests[1].messages.len(), 1);
}

#[tokio::test]
async fn a_folder_narrows_what_a_model_reads() {
    let folder = ContextItem::Folder { path: "web".into() };
    let travel = kit().with_model([Reply::text("ok")]).start().await;
    travel.ask(with("where is the depot or the retry limit?", [folder])).await;
    let request = serde_json::to_string(&travel.requests.as_ref().unwrap().all()).unwrap();
    assert!(request.contains("web/depot.py") && !request.contains("src/retry.rs"), "{request}");
}

#[tokio::test]
async fn a_secret_in_a_passage_does_not_reach_the_model() {
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let file = format!("RETRY_KEY = \"{secret}\"  # retry limit\n");
    let kit = kit().with_file("web/keys.py", file).with_planted(secret);
    let trail =
        kit.with_model([Reply::text("ok")]).start().await.ask(question("where is the RETRY_KEY?")).await;
    assert!(trail.places()[0].starts_with("web/keys.py"), "{:?}", trail.places());
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
