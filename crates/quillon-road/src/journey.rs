//! The journey of an ask, on one screen: admit, run, settle. Egress is in [`crate::passage`].

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use quillon_audit::{AuditClosed, Closing};
use quillon_base::{AskId, Fault, FaultCode, FaultKind};
use quillon_contract::event::{End, Outcome, Usage};
use quillon_contract::{Ask, EffectKind, Event, Listing, Query, Verb};
use quillon_privacy::Redactor;
use tokio_util::sync::CancellationToken;

use crate::capability::Finished;
use crate::gate::AnswerGate;
use crate::gateway::Inner;
use crate::passage::Passage;
use crate::permit::{Arrival, Cover, Permit, Refusal};
use crate::session::{Session, locked};

/// How long stopped work may take to keep what there is.
const WIND_UP_MAX: Duration = Duration::from_secs(5);

/// What is to be done.
#[derive(Clone)]
pub(crate) enum Work {
    Ask(Ask),
    /// A picker's list, governed like the verb beside it.
    Query(Query, Verb),
}

/// The ask that a child was sent by: its authority is the most that the child can have.
#[derive(Clone)]
pub(crate) struct Parent {
    pub(crate) ask: AskId,
    pub(crate) effects: Vec<EffectKind>,
    /// What it found to be secret is secret to the child as well.
    pub(crate) redactor: Arc<Mutex<Redactor>>,
    /// How many parents stand above the child.
    pub(crate) depth: u32,
}

/// One ask, on its way.
pub(crate) struct Journey {
    pub(crate) road: Arc<Inner>,
    pub(crate) session: Arc<Session>,
    pub(crate) ask: AskId,
    pub(crate) work: Work,
    pub(crate) parent: Option<Parent>,
    pub(crate) answer: AnswerGate,
    pub(crate) cancel: CancellationToken,
    /// Whether the end is to carry the receipt of the closing record.
    pub(crate) receipt: bool,
}

impl Journey {
    /// Travels the road. The asker hears exactly one end.
    pub(crate) async fn travel(self) -> Listing {
        let admitted = self.admit().await;
        let listing = match admitted {
            Err(refusal) => {
                self.turn_away(refusal).await;
                Listing::default()
            }
            Ok(permit) => {
                let passage = self.passage(permit);
                let outcome = self.run(&passage).await;
                self.settle(passage, outcome).await
            }
        };
        locked(&self.session.running).remove(&self.ask);
        listing
    }

    async fn admit(&self) -> Result<Permit, Refusal> {
        let content = match &self.work {
            Work::Ask(ask) => serde_json::to_vec(ask),
            Work::Query(query, _) => serde_json::to_vec(query),
        };
        let content = content.unwrap_or_default();
        let manifest = self.verb().manifest();
        // A picker's list is not what the verb's allowance counts.
        let (name, amount) = match &self.work {
            Work::Ask(_) => (manifest.name.to_owned(), 1),
            Work::Query(query, _) => (format!("query:{}", query.name()), 0),
        };
        let parent = self.parent.as_ref();
        let arrival = Arrival { ask: self.ask, name, manifest, amount, content: &content, parent };
        self.road.admit(&self.session, arrival).await
    }

    /// Runs the capability until it ends, panics, or is cancelled.
    async fn run(&self, passage: &Passage) -> Result<(Finished, Listing), Fault> {
        let verb = self.verb();
        let Some(capability) = self.road.capability(verb) else {
            let name = verb.name();
            return Err(Fault::new(
                FaultCode::CapabilityUnavailable,
                format!("this build cannot answer `{name}` yet"),
            )
            .hint("`quillon --help` marks what this build answers"));
        };
        let work = async {
            match &self.work {
                Work::Ask(ask) => Ok((capability.run(passage, ask.clone()).await?, Listing::default())),
                Work::Query(query, _) => {
                    Ok((Finished::default(), capability.list(passage, query.clone()).await?))
                }
            }
        };
        let stopped = async {
            self.cancel.cancelled().await;
            if matches!(self.work, Work::Ask(_)) && capability.winds_up(verb) {
                tokio::time::sleep(WIND_UP_MAX).await;
            }
        };
        let panicked = |_| Err(Fault::internal("the work stopped on a bug"));
        tokio::select! {
            biased;
            () = stopped => Err(Fault::new(FaultCode::Cancelled, "the work was stopped")),
            outcome = AssertUnwindSafe(work).catch_unwind() => outcome.unwrap_or_else(panicked),
        }
    }

    /// Settles the meter, closes the record, and only then sends the end.
    async fn settle(&self, passage: Passage, outcome: Result<(Finished, Listing), Fault>) -> Listing {
        let (ended, listing) = self.ended(outcome);
        let (permit, tally) = passage.into_parts().await;
        let spent = permit.settle(&self.road.meter, &tally, &ended.outcome);
        let end = End { answerer: tally.answerer.clone(), ..ended };
        if let (Some(unit), Ok(durable)) = (spent.unit, permit.cover.durable().await) {
            let usage = Usage {
                unit,
                amount: spent.amount,
                input_tokens: spent.input_tokens,
                output_tokens: spent.output_tokens,
            };
            let _ = self.answer.send(durable, Event::Usage(usage)).await;
        }
        let closing = Closing {
            outcome: outcome_name(&end.outcome).to_owned(),
            fault: outcome_fault(&end.outcome),
            answerer: end.answerer.clone(),
            spent,
            effects: tally.effects,
            content_bytes: tally.answer_bytes,
            commitment: tally.commitment(),
        };
        match permit.cover {
            Cover::Own(begun) => match begun.close(closing).await {
                Ok(closed) => self.end_recorded(closed, end).await,
                Err(fault) => self.answer.clone().end_unrecorded(fault).await,
            },
            Cover::Leased(lease) => {
                let answerer = end.answerer.clone().unwrap_or(quillon_contract::event::Answerer::Embedded);
                let accepted = self.verb() == Verb::Accept;
                let used = lease.used(self.verb().name(), answerer);
                let flushed = if accepted { lease.flush().await } else { Ok(()) };
                match used.and(flushed) {
                    Ok(()) => self.answer.clone().end_leased(&lease, end).await,
                    Err(fault) => self.answer.clone().end_unrecorded(fault).await,
                }
            }
        }
        listing
    }

    /// Records a refusal, and only then says it.
    async fn turn_away(&self, refusal: Refusal) {
        let fault = refusal.fault.request(self.ask.as_request());
        let cannot_record = matches!(fault.code, FaultCode::AuditUnavailable | FaultCode::LedgerCorrupt);
        if cannot_record {
            return self.answer.clone().end_unrecorded(fault).await;
        }
        let outcome = outcome_of(fault);
        let end = End::of(outcome);
        match self.road.log.refuse(*refusal.opening).await {
            Ok(closed) => self.end_recorded(closed, end).await,
            Err(fault) => self.answer.clone().end_unrecorded(fault).await,
        }
    }

    /// Sends the end, with the receipt of its record for those who want one. Without it the answer is no less true:
    /// the record is durable, and `audit prove` makes the receipt later.
    async fn end_recorded(&self, closed: AuditClosed, end: End) {
        let receipt = if self.receipt { self.road.receipt(&closed).await } else { None };
        self.answer.clone().end(closed, End { receipt, ..end }).await;
    }

    fn ended(&self, outcome: Result<(Finished, Listing), Fault>) -> (End, Listing) {
        let end = |outcome, conversation| End { conversation, ..End::of(outcome) };
        match outcome {
            Ok((finished, listing)) => {
                let outcome = if finished.findings { Outcome::Findings } else { Outcome::Done };
                (end(outcome, finished.conversation), listing)
            }
            Err(fault) => (end(outcome_of(fault.request(self.ask.as_request())), None), Listing::default()),
        }
    }

    fn passage(&self, permit: Permit) -> Passage {
        Passage::new(
            Arc::clone(&self.road),
            Arc::clone(&self.session),
            permit,
            self.answer.clone(),
            self.cancel.clone(),
            self.parent.as_ref().map(|parent| Arc::clone(&parent.redactor)),
        )
    }

    fn verb(&self) -> Verb {
        match &self.work {
            Work::Ask(ask) => ask.verb(),
            Work::Query(_, verb) => *verb,
        }
    }
}

fn outcome_of(fault: Fault) -> Outcome {
    match fault.kind() {
        FaultKind::Cancelled => Outcome::Cancelled,
        FaultKind::Refused | FaultKind::Limit => Outcome::Refused { fault },
        _ => Outcome::Failed { fault },
    }
}

const fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Findings => "findings",
        Outcome::Refused { .. } => "refused",
        Outcome::Cancelled => "cancelled",
        Outcome::Failed { .. } => "failed",
    }
}

const fn outcome_fault(outcome: &Outcome) -> Option<FaultCode> {
    match outcome {
        Outcome::Refused { fault } | Outcome::Failed { fault } => Some(fault.code),
        Outcome::Cancelled => Some(FaultCode::Cancelled),
        Outcome::Done | Outcome::Findings => None,
    }
}
