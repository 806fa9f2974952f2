//! A road with an open session, to ask and to look at.

use std::ops::ControlFlow;
use std::sync::Arc;

use futures::StreamExt;
use quillon_audit::{Entry, LedgerReader, LossyLayer};
use quillon_base::{AskId, Fault, SessionId, StepClock};
use quillon_contract::{Event, EventStream, Gateway, Request};
use quillon_host::StrictHost;
use quillon_model::Requests;
use quillon_road::Road;
use quillon_store::StrictStore;

use crate::kit::Remains;
use crate::trail::Trail;

/// A road with an open session.
pub struct Travel {
    /// The road.
    pub road: Road,
    /// The session.
    pub session: SessionId,
    /// The ledger's files.
    pub layer: LossyLayer,
    pub(crate) remains: Remains,
    /// Reads the ledger.
    pub reader: LedgerReader,
    /// The time.
    pub clock: Arc<StepClock>,
    /// The machine.
    pub host: Arc<StrictHost>,
    /// The store.
    pub store: Arc<StrictStore>,
    /// What the model saw, where there is one.
    pub requests: Option<Requests>,
}

impl Travel {
    /// What the next road can go on with.
    #[must_use]
    pub fn remains(&self) -> Remains {
        self.remains.clone()
    }

    /// Asks, and waits for the end.
    ///
    /// # Panics
    /// When the ask cannot be made or has no end.
    pub async fn ask(&self, ask: impl Into<Request>) -> Trail {
        let before = self.entries().len();
        let (_, stream) = self.begin(ask).await.expect("an ask that can be made");
        self.finish(stream, before).await
    }

    /// Asks; what comes is the caller's to read.
    ///
    /// # Errors
    /// As [`Gateway::ask`].
    pub async fn begin(&self, ask: impl Into<Request>) -> Result<(AskId, EventStream), Fault> {
        self.road.ask(self.session, ask.into()).await
    }

    /// Reads an answer to its end; its records are those after the first `before`.
    ///
    /// # Panics
    /// When the answer has no end.
    pub async fn finish(&self, stream: EventStream, before: usize) -> Trail {
        let mut events: Vec<Event> = stream.collect().await;
        let Some(Event::End(end)) = events.pop() else {
            panic!("the answer has no end: {events:?}");
        };
        let entries = self.entries().split_off(before);
        Trail { events, end, entries }
    }

    /// Every record so far.
    ///
    /// # Panics
    /// When the ledger cannot be read.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let walked = self.reader.walk(0, |placed| {
            entries.push(placed.leaf.expect("a leaf of this version").entry);
            ControlFlow::Continue(())
        });
        walked.expect("a ledger that can be read");
        entries
    }
}
