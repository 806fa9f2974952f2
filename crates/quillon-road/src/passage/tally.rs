//! What an ask did so far, for its closing record.

use aws_lc_rs::digest::{Context, SHA256};
use quillon_audit::{Commitment, Spent};
use quillon_base::Entropy;
use quillon_contract::event::{Answerer, Outcome};
use quillon_meter::Meter;

use crate::permit::Permit;

/// What an ask did so far.
pub(crate) struct Tally {
    pub(crate) effects: u64,
    pub(crate) amount: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_microdollars: Option<u64>,
    pub(crate) answer_bytes: u64,
    pub(crate) answerer: Option<Answerer>,
    salt: [u8; 16],
    answer: Context,
}

impl Tally {
    pub(crate) fn new(entropy: &dyn Entropy, amount: u64) -> Self {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        Self {
            effects: 0,
            amount,
            input_tokens: 0,
            output_tokens: 0,
            cost_microdollars: None,
            answer_bytes: 0,
            answerer: None,
            salt,
            answer: Context::new(&SHA256),
        }
    }

    /// Adds what a model call spent.
    pub(crate) fn spend(&mut self, spent: &Spent) {
        self.input_tokens += spent.input_tokens;
        self.output_tokens += spent.output_tokens;
        if let Some(cost) = spent.cost_microdollars {
            self.cost_microdollars = Some(self.cost_microdollars.unwrap_or(0).saturating_add(cost));
        }
    }

    /// Notes bytes of the answer.
    pub(crate) fn said(&mut self, bytes: &[u8]) {
        self.answer_bytes += bytes.len() as u64;
        self.answer.update(bytes);
    }

    /// The salt under which the answer is committed to; it is kept with the answer.
    pub(crate) fn salt(&self) -> [u8; 16] {
        self.salt
    }

    /// Commits to everything that was said, by its SHA-256.
    pub(crate) fn commitment(&self) -> Option<Commitment> {
        let digest = self.answer.clone().finish();
        (self.answer_bytes > 0).then(|| Commitment::with_salt(digest.as_ref(), &self.salt))
    }
}

impl Permit {
    /// Settles the meter. What was spent stays spent when the asker hung up: an allowance that leaks on disconnect
    /// invites retries. What failed before anyone answered costs nothing.
    pub(crate) fn settle(&self, meter: &Meter, tally: &Tally, outcome: &Outcome) -> Spent {
        let nothing_done = tally.answerer.is_none() && !matches!(outcome, Outcome::Done | Outcome::Findings);
        let amount = if nothing_done { 0 } else { tally.amount };
        if let Some(reservation) = crate::session::locked(&self.reservation).take() {
            meter.settle(reservation, amount);
        }
        Spent {
            unit: Some(self.manifest.unit),
            amount,
            input_tokens: tally.input_tokens,
            output_tokens: tally.output_tokens,
            cost_microdollars: tally.cost_microdollars,
        }
    }
}
