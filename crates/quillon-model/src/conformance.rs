//! The suite that every model adapter passes, however its answers come about.

use futures::StreamExt;
use quillon_base::{FaultCode, Region};

use crate::{Message, Model, ModelEvent, ModelRequest, Part, Role};

/// Events of one answer that the suite waits for at most.
const EVENTS_MAX: usize = 100_000;

/// A request to `model` that says `text`.
#[must_use]
pub fn request(model: &dyn Model, text: &str) -> ModelRequest {
    let messages = vec![Message { role: Role::User, parts: vec![Part::Text { text: text.into() }] }];
    ModelRequest::new(model.card(), "You are asked by a conformance suite.", messages, 256)
}

/// Checks what holds of every model: it has a card, an answer ends once with a stop or a fault and with nothing after it,
/// and a request for another region is refused before anything is sent.
///
/// # Panics
/// When the model does not conform.
pub async fn check(model: &dyn Model) {
    assert!(!model.card().provider.is_empty() && model.card().window_tokens > 0, "{:?}", model.card());
    ends_once(model, request(model, "hello")).await;
    let elsewhere = Region::new("xx-nowhere-1").expect("a constant that passes its own check");
    let abroad = ModelRequest { region: elsewhere, ..request(model, "hello") };
    let answer: Vec<_> = model.stream(abroad).take(EVENTS_MAX).collect().await;
    let codes: Vec<_> = answer.iter().map(|piece| piece.as_ref().map(|_| ()).map_err(|f| f.code)).collect();
    assert_eq!(codes, [Err(FaultCode::RegionRefused)], "a request for another region was not refused");
}

async fn ends_once(model: &dyn Model, request: ModelRequest) {
    let pieces: Vec<_> = model.stream(request).take(EVENTS_MAX).collect().await;
    let is_end = |piece: &Result<ModelEvent, _>| matches!(piece, Err(_) | Ok(ModelEvent::Stop { .. }));
    assert!(pieces.last().is_some_and(is_end), "the answer has no end");
    assert_eq!(pieces.iter().filter(|piece| is_end(piece)).count(), 1, "something follows the end");
}
