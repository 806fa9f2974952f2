//! Every ask opens and closes a record, however it ends, and says who answered.

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::event::{Answerer, Outcome};
use quillon_testkit::{Kit, Reply};

use crate::chat;
use crate::support::{DONE, question};

#[tokio::test]
async fn an_answer_has_an_opening_an_end_and_the_place_of_its_closing() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            passage.answered_by_embedded();
            passage.text("hello").await?;
            DONE
        }))
        .start()
        .await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.text(), "hello");
    assert_eq!(trail.end.outcome, Outcome::Done);
    assert_eq!(trail.end.answerer, Some(Answerer::Embedded));
    assert_eq!(trail.shape(), ["opened chat", "closed done"]);
    assert_eq!(trail.end.record, Some(travel.entries().len() as u64 - 1));
    assert!(trail.events.iter().any(|event| matches!(event, Event::Usage(usage) if usage.amount == 1)));
}

#[tokio::test]
async fn what_no_policy_allows_is_refused_on_the_record_and_nothing_runs() {
    let travel = Kit::new()
        .with(chat!(|passage| unreachable!("a refused ask ran")))
        .with_file("a.rs", "secret")
        .without_permission()
        .try_start()
        .await;
    // The session itself opens: who asks is known. What is asked is decided.
    let travel = travel.unwrap();
    let trail = travel.ask(question("hi")).await;
    let fault = trail.fault().unwrap();
    assert_eq!(fault.code, FaultCode::PolicyRefused);
    assert!(fault.request.is_some() && fault.hint.is_some());
    assert_eq!(trail.shape(), ["refused chat"]);
    assert_eq!(trail.end.answerer, None);
    assert!(trail.text().is_empty());
}

#[tokio::test]
async fn a_fault_a_bug_and_a_verb_that_nothing_answers_close_too() {
    let failing = chat!(|passage| Err(Fault::new(FaultCode::FileMissing, "there is no `x`")));
    let trail = Kit::new().with(failing).start().await.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::FileMissing);
    assert_eq!(trail.shape(), ["opened chat", "closed failed"]);

    let buggy = chat!(|passage| panic!("a bug that the test planted"));
    let travel = Kit::new().with(buggy).start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::Internal);
    assert_eq!(trail.shape(), ["opened chat", "closed failed"]);
    assert_eq!(
        travel.ask(question("again")).await.fault().unwrap().code,
        FaultCode::Internal,
        "the road goes on"
    );

    let trail = Kit::new().start().await.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::CapabilityUnavailable);
    assert_eq!(trail.shape(), ["opened chat", "closed failed"]);
}

#[tokio::test]
async fn the_request_id_has_the_digits_of_the_ask() {
    let travel = Kit::new().start().await;
    let (ask, stream) = travel.begin(question("hi")).await.unwrap();
    let trail = travel.finish(stream, 0).await;
    assert_eq!(trail.fault().unwrap().request, Some(ask.as_request()));
}

#[tokio::test]
async fn a_scripted_model_is_named_in_the_answer_and_the_record() {
    let asking = chat!(|passage| {
        let mut answer = passage.ask_model(crate::effects::model_request("explain")).await?;
        while let Some(event) = answer.next().await? {
            if let quillon_model::ModelEvent::Text { text } = event {
                passage.text(text).await?;
            }
        }
        drop(answer);
        DONE
    });
    let travel = Kit::new().with(asking).with_model([Reply::text("two words")]).start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.text(), "two words");
    assert_eq!(trail.end.answerer, Some(Answerer::Script { name: "script".into() }));
    let expected = ["opened chat", "effect quillon:InvokeModel", "effect closed done", "closed done"];
    assert_eq!(trail.shape(), expected);
    let usage = trail.events.iter().find_map(|event| match event {
        Event::Usage(usage) => Some((usage.input_tokens, usage.output_tokens)),
        _ => None,
    });
    assert_eq!(usage, Some((7, 2)));
}

#[tokio::test]
async fn findings_are_an_outcome_of_their_own() {
    let finding = chat!(|passage| Ok(quillon_road::Finished { findings: true, conversation: None }));
    let trail = Kit::new().with(finding).start().await.ask(question("hi")).await;
    assert_eq!(trail.end.outcome, Outcome::Findings);
    assert_eq!(trail.shape(), ["opened chat", "closed findings"]);
}
