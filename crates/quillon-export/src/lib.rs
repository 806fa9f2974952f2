//! The ledger in the shapes that the log systems of others read: JSON lines, CloudTrail with its digest chain, OCSF, CEF,
//! OpenTelemetry, CloudWatch Logs.
//!
//! `prompts.rs` stands apart: it exports the prompt log, in the layout of Amazon Q Developer.
//!
//! Every record becomes one entry of every shape. `fact.rs` says what a record is about, once for all of them; each
//! shape is a pure function of such a fact in a file of its own; `run.rs` walks the ledger, delivers, and moves the cursor.
//! Invariant: the cursor moves only when what lies before it was delivered, so a kill at any point sends something twice
//! and loses nothing. Objects are named by their first record, so that sending again replaces them.

mod cef;
mod cloudtrail;
mod cloudwatch;
mod cursor;
mod fact;
#[cfg(fuzzing)]
pub mod fuzzing;
mod jsonl;
mod ocsf;
mod otlp;
mod prompts;
mod run;
mod shape;
mod text;
mod trail;

use async_trait::async_trait;
use quillon_contract::{Ask, Fault, Verb};
use quillon_road::{Capability, Finished, Passage};

pub use cloudwatch::{
    BATCH_BYTES_MAX, BATCH_EVENTS_MAX, BATCH_SPAN_MILLIS_MAX, EVENT_BYTES_MAX, EVENT_OVERHEAD_BYTES,
    FUTURE_MILLIS_MAX, PAST_MILLIS_MAX, PutBatches, batches,
};

/// Exports the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub struct Export;

/// What it answers.
pub const VERBS: &[Verb] = &[Verb::AuditExport];

#[async_trait]
impl Capability for Export {
    fn verbs(&self) -> &'static [Verb] {
        VERBS
    }

    async fn run(&self, passage: &Passage, ask: Ask) -> Result<Finished, Fault> {
        // No model is asked here, ever.
        passage.answered_by_embedded();
        match ask {
            Ask::AuditExport(ask) => run::export(passage, ask).await,
            other => {
                let verb = other.verb().name();
                Err(Fault::internal(format!("`{verb}` was sent to a capability that does not answer it")))
            }
        }
    }
}
