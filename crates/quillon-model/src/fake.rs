//! A model that answers what it was told and is stricter than any real one.
//!
//! It panics on a request that nobody expected, that is not whole, names another model or region, or holds a planted
//! secret; and
//! when it is dropped with replies left. A [`Gate`] lets a test hold an answer between two pieces.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{Stream, StreamExt};
use quillon_base::{Fault, Region};

use crate::{Model, ModelCard, ModelEvent, ModelId, ModelRequest, ModelStream, StopReason, TokenUsage};

/// One answer, and what the request must say to get it.
#[derive(Debug, Default)]
pub struct Reply {
    expects: Vec<String>,
    events: Vec<Result<ModelEvent, Fault>>,
    gate: Option<UnboundedReceiver<()>>,
}

/// Holds an answer: one piece comes for each [`Gate::open`].
#[derive(Clone, Debug)]
pub struct Gate(UnboundedSender<()>);

impl Gate {
    /// Lets one more piece through.
    pub fn open(&self) {
        // An answer that was dropped needs no more pieces.
        let _ = self.0.unbounded_send(());
    }
}

impl Reply {
    /// An answer of these pieces, which is free to stop short or to fail.
    #[must_use]
    pub fn of(events: impl IntoIterator<Item = Result<ModelEvent, Fault>>) -> Self {
        Self { events: events.into_iter().collect(), ..Self::default() }
    }

    /// A whole answer of text, a piece for each word, with usage and an end.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let words = text.split_inclusive(' ').map(|word| ModelEvent::Text { text: word.to_owned() });
        let usage = ModelEvent::Usage(TokenUsage {
            input: 7,
            output: words.clone().count() as u64,
            ..TokenUsage::default()
        });
        let stop = ModelEvent::Stop { reason: StopReason::Finished };
        Self::of(words.chain([usage, stop]).map(Ok))
    }

    /// A fault before any piece.
    #[must_use]
    pub fn fault(fault: Fault) -> Self {
        Self::of([Err(fault)])
    }

    /// Expects the request to hold `text` somewhere.
    #[must_use]
    pub fn expecting(mut self, text: impl Into<String>) -> Self {
        self.expects.push(text.into());
        self
    }

    /// Holds every piece until the gate opens for it.
    #[must_use]
    pub fn gated(mut self) -> (Self, Gate) {
        let (sender, receiver) = unbounded();
        self.gate = Some(receiver);
        (self, Gate(sender))
    }

    fn stream(self) -> ModelStream {
        let events = futures::stream::iter(self.events);
        let Some(gate) = self.gate else {
            return Box::pin(events);
        };
        let held: Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(gate.zip(events).map(|((), event)| event));
        held
    }
}

/// What the model saw.
type Seen = Arc<Mutex<Vec<ModelRequest>>>;

/// Answers from its list, in order.
#[derive(Debug)]
pub struct StrictModel {
    card: ModelCard,
    replies: Mutex<VecDeque<Reply>>,
    seen: Seen,
    planted: Vec<String>,
}

impl StrictModel {
    /// A model named `script` in `region` that expects as many requests as there are replies.
    ///
    /// # Panics
    /// Never: the name is a constant.
    #[must_use]
    pub fn new(region: Region, replies: impl IntoIterator<Item = Reply>) -> Self {
        let id = ModelId::new("script").expect("a constant that passes its own check");
        Self::with_card(ModelCard::new(id, "script", region, 100_000), replies)
    }

    /// A model of this card that expects as many requests as there are replies.
    #[must_use]
    pub fn with_card(card: ModelCard, replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            card,
            replies: Mutex::new(replies.into_iter().collect()),
            seen: Seen::default(),
            planted: Vec::new(),
        }
    }

    /// Panics when a request holds `secret`.
    #[must_use]
    pub fn with_planted(mut self, secret: impl Into<String>) -> Self {
        self.planted.push(secret.into());
        self
    }

    /// The requests so far, also after the model is gone behind a road.
    #[must_use]
    pub fn requests(&self) -> Requests {
        Requests(Arc::clone(&self.seen))
    }
}

/// A view of what a model saw.
#[derive(Clone, Debug)]
pub struct Requests(Seen);

impl Requests {
    /// The requests so far.
    #[must_use]
    pub fn all(&self) -> Vec<ModelRequest> {
        locked(&self.0).clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Model for StrictModel {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        assert_eq!(request.model, self.card.id, "another model was asked");
        assert_eq!(request.region, self.card.region, "the request left its region");
        if let Err(fault) = request.check(&self.card) {
            panic!("the request is not whole: {}", fault.message);
        }
        let text = serde_json::to_string(&request).unwrap_or_default();
        for secret in &self.planted {
            assert!(!text.contains(secret), "an unredacted secret reached the model");
        }
        locked(&self.seen).push(request);
        let reply = locked(&self.replies).pop_front();
        let reply = reply.unwrap_or_else(|| panic!("an unexpected request reached the model: {text}"));
        for expected in &reply.expects {
            assert!(text.contains(expected), "the request does not say {expected:?}: {text}");
        }
        reply.stream()
    }
}

impl Drop for StrictModel {
    fn drop(&mut self) {
        let left = locked(&self.replies).len();
        assert!(left == 0 || std::thread::panicking(), "{left} expected model requests never came");
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::{Message, Part, RequestOptions, Role};

    fn request(region: &str, text: &str) -> ModelRequest {
        ModelRequest {
            model: ModelId::new("script").unwrap(),
            region: Region::new(region).unwrap(),
            system: String::new(),
            messages: vec![Message { role: Role::User, parts: vec![Part::Text { text: text.into() }] }],
            tools: Vec::new(),
            output_tokens_max: 100,
            options: RequestOptions::default(),
        }
    }

    fn model(replies: impl IntoIterator<Item = Reply>) -> StrictModel {
        StrictModel::new(Region::device(), replies)
    }

    #[test]
    fn answers_word_by_word_and_remembers() {
        let model = model([Reply::text("hello there").expecting("greet")]);
        let requests = model.requests();
        let pieces: Vec<_> = block_on(model.stream(request("device", "greet me")).collect());
        assert_eq!(pieces[0], Ok(ModelEvent::Text { text: "hello ".into() }));
        assert_eq!(pieces.last(), Some(&Ok(ModelEvent::Stop { reason: StopReason::Finished })));
        assert_eq!(requests.all().len(), 1);
    }

    #[test]
    fn a_gate_holds_every_piece() {
        let (reply, gate) = Reply::text("a b").gated();
        let model = model([reply]);
        let mut stream = model.stream(request("device", "x"));
        let mut next = || futures::FutureExt::now_or_never(stream.next());
        assert!(next().is_none());
        gate.open();
        assert_eq!(next(), Some(Some(Ok(ModelEvent::Text { text: "a ".into() }))));
        assert!(next().is_none());
    }

    #[test]
    #[should_panic(expected = "the request left its region")]
    fn another_region_fails() {
        let _ = model([Reply::text("x")]).stream(request("eu-west-2", "x"));
    }

    #[test]
    #[should_panic(expected = "an unexpected request reached the model")]
    fn an_unexpected_request_fails() {
        let _ = model([]).stream(request("device", "x"));
    }

    #[test]
    #[should_panic(expected = "an unredacted secret")]
    fn a_planted_secret_fails() {
        let _ = model([Reply::text("x")]).with_planted("hush").stream(request("device", "say hush"));
    }

    #[test]
    #[should_panic(expected = "1 expected model requests never came")]
    fn a_request_that_never_comes_fails() {
        drop(model([Reply::text("x")]));
    }
}
