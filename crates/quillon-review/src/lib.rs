//! Reviews code: reads what is in scope in one bulk effect, scans it with the rules, says what was found and what was left
//! out, and mends what rules can mend. No model is needed, and none is asked. Start at [`Review`] and `review.rs`.

mod baseline;
mod changed;
mod explain;
mod fixes;
mod git;
mod report;
mod review;
mod rules;
mod scan;
mod scope;
mod staged;

use async_trait::async_trait;
use quillon_contract::{Ask, Fault, Verb};
use quillon_road::{Capability, Finished, Passage};

/// Reviews code, and explains what it finds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Review;

/// What it answers.
pub const VERBS: &[Verb] = &[Verb::Review, Verb::ReviewExplain];

#[async_trait]
impl Capability for Review {
    fn verbs(&self) -> &'static [Verb] {
        VERBS
    }

    async fn run(&self, passage: &Passage, ask: Ask) -> Result<Finished, Fault> {
        match ask {
            Ask::Review(ask) => review::review(passage, ask).await,
            Ask::ReviewExplain(ask) => explain::explain(passage, ask).await,
            other => {
                let verb = other.verb().name();
                Err(Fault::internal(format!("`{verb}` was sent to a capability that does not answer it")))
            }
        }
    }
}
