//! Providers that refuse, break and lie, and askers who go.

use std::sync::Arc;

use futures::StreamExt;
use quillon_base::{Fault, FaultCode};
use quillon_mock::{Ending, Reply, summary};
use quillon_model::{Model, ModelEvent, StopReason, conformance};

use crate::support::{ask, mock, model, model_with};

const KIND: &str = "anthropic";

fn code(came: &[Result<ModelEvent, Fault>]) -> Option<FaultCode> {
    let fault = came.last()?.as_ref().err()?;
    assert!(fault.hint.is_some(), "{fault}");
    Some(fault.code)
}

#[tokio::test]
async fn a_refusal_that_passes_is_tried_again() {
    let busy = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let text = ModelEvent::Text { text: "hello".into() };
    let whole = Reply::of([text, ModelEvent::Stop { reason: StopReason::Finished }]);
    let mock = mock([Reply::refusal(529, busy), Reply::slammed(), whole]);
    assert!(summary(&ask(&model(&mock, KIND)).await).starts_with("text=hello"));
}

#[tokio::test]
async fn nothing_is_tried_again_once_an_answer_has_begun() {
    let begun = "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"so\"}}\n\n";
    let mock = mock([Reply::chunks([begun]).ending(Ending::Cut)]);
    assert_eq!(summary(&ask(&model(&mock, KIND)).await), "text=so fault=network.broken");
}

#[tokio::test]
async fn a_wrong_key_is_said_and_never_repeated() {
    let mock = mock([]);
    let came = ask(&model_with(&mock, KIND, "sk-expired")).await;
    assert_eq!(code(&came), Some(FaultCode::ModelKeyRefused));
    assert!(!format!("{came:?}").contains("sk-expired"));
    assert_eq!(mock.seen().len(), 1, "a refused key is not tried again");
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let text = ModelEvent::Text { text: "hello".into() };
    let mock = Arc::new(mock([Reply { ending: Ending::Hang, ..Reply::of([text]) }]));
    let model = model(&mock, KIND);
    let mut stream = model.stream(conformance::request(&model, "hello"));
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    // Beside the runtime, which must run for a connection to be closed.
    tokio::task::spawn_blocking(move || mock.wait_for_hang_ups(1)).await.unwrap();
}
