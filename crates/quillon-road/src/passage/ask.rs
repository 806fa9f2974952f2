//! To the asker: events, questions, child asks.

use std::sync::Arc;

use quillon_base::{AskId, Fault, FaultCode, QuestionId};
use quillon_contract::event::{Answerer, Expected, Outcome, Question};
use quillon_contract::{Answer, Ask, Event};
use tokio::sync::{mpsc, oneshot};

use crate::gate::AnswerGate;
use crate::journey::{Journey, Parent, Work};
use crate::passage::Passage;
use crate::session::{Waiting, locked};

/// The most events of a child that wait to be passed on.
const EVENTS_OF_CHILD_MAX: usize = 64;
/// How deep asks may be nested.
const CHILD_DEPTH_MAX: u32 = 8;

impl Passage {
    /// Says something to the asker. The first word waits until the ask's record is durable.
    ///
    /// # Errors
    /// `cancelled` when nobody listens any more; `internal` for an event that only the road may send.
    pub async fn say(&self, event: Event) -> Result<(), Fault> {
        if matches!(event, Event::End(_) | Event::Question(_) | Event::Usage(_)) {
            return Err(Fault::internal("a capability sent an event that only the road may send"));
        }
        self.send(event).await
    }

    /// Says text.
    ///
    /// # Errors
    /// As [`Passage::say`].
    pub async fn text(&self, text: impl Into<String>) -> Result<(), Fault> {
        self.say(Event::Text { text: text.into() }).await
    }

    /// Notes who answers. A model call notes the model by itself; the embedded engine says so here.
    pub fn answered_by_embedded(&self) {
        let mut tally = self.tally();
        if tally.answerer.is_none() {
            tally.answerer = Some(Answerer::Embedded);
        }
    }

    async fn send(&self, event: Event) -> Result<(), Fault> {
        let bytes = serde_json::to_vec(&event)
            .map_err(|error| Fault::internal("an event is not JSON").inner(error))?;
        let durable = self.permit.cover.durable().await?;
        self.tally().said(&bytes);
        self.answer.send(durable, event).await
    }

    /// Asks the person and waits for the answer.
    ///
    /// # Errors
    /// `cancelled` when the session or the ask ends before there is one.
    pub async fn question(&self, text: impl Into<String>, expected: Expected) -> Result<Answer, Fault> {
        let id = QuestionId::generate(&*self.road.clock, &*self.road.entropy);
        let (answer, answered) = oneshot::channel();
        locked(&self.session.waiting).insert(id, Waiting { expected: expected.clone(), answer });
        let _removed_when_done = Forget { passage: self, id };
        self.send(Event::Question(Question { id, text: text.into(), expected })).await?;
        answered.await.map_err(|_| Fault::new(FaultCode::Cancelled, "the question was not answered"))
    }

    /// Asks another capability on the asker's behalf: what it says is said in this answer, except its end. Its authority
    /// is what this ask and its own verb both have.
    ///
    /// # Errors
    /// The fault with which the child ended.
    pub async fn child(&self, ask: Ask) -> Result<Outcome, Fault> {
        let depth = self.permit.depth + 1;
        if depth > CHILD_DEPTH_MAX {
            return Err(Fault::new(FaultCode::InputInvalid, "asks are nested too deeply")
                .hint(format!("an ask may send a child, which may send another, {CHILD_DEPTH_MAX} deep")));
        }
        let id = AskId::generate(&*self.road.clock, &*self.road.entropy);
        let (sender, mut events) = mpsc::channel(EVENTS_OF_CHILD_MAX);
        let journey = Journey {
            road: Arc::clone(&self.road),
            session: Arc::clone(&self.session),
            ask: id,
            work: Work::Ask(ask),
            parent: Some(Parent {
                ask: self.permit.ask,
                effects: self.permit.effects.clone(),
                redactor: Arc::clone(&self.redactor),
                depth,
            }),
            answer: AnswerGate::new(sender),
            cancel: self.cancel.child_token(),
            receipt: false,
        };
        // A task of its own, so that the child closes its record whatever becomes of this future.
        tokio::spawn(journey.travel());
        while let Some(event) = events.recv().await {
            match event {
                Event::End(end) => return outcome(end.outcome),
                Event::Usage(usage) => {
                    let mut tally = self.tally();
                    tally.input_tokens += usage.input_tokens;
                    tally.output_tokens += usage.output_tokens;
                }
                event => self.send(event).await?,
            }
        }
        Err(Fault::internal("a child ask ended without an end"))
    }
}

fn outcome(outcome: Outcome) -> Result<Outcome, Fault> {
    match outcome {
        Outcome::Refused { fault } | Outcome::Failed { fault } => Err(fault),
        Outcome::Cancelled => Err(Fault::new(FaultCode::Cancelled, "the work was stopped")),
        outcome => Ok(outcome),
    }
}

/// Takes a question off the list, also when its future is dropped.
struct Forget<'a> {
    passage: &'a Passage,
    id: QuestionId,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        locked(&self.passage.session.waiting).remove(&self.id);
    }
}
