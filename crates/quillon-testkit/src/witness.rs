//! A witness elsewhere that answers what it is told, and hears nothing but requests.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use quillon_audit::{AddCheckpoint, WitnessAnswer, WitnessCarrier};
use quillon_base::Fault;

/// Answers each request with the next of these.
pub(crate) struct ToldWitness(Mutex<VecDeque<WitnessAnswer>>);

impl ToldWitness {
    pub(crate) fn new(answers: &[(u16, &str)]) -> Self {
        let answer =
            |(status, body): &(u16, &str)| WitnessAnswer { status: *status, body: (*body).to_owned() };
        Self(Mutex::new(answers.iter().map(answer).collect()))
    }
}

#[async_trait]
impl WitnessCarrier for ToldWitness {
    async fn add_checkpoint(&self, address: &str, body: String) -> Result<WitnessAnswer, Fault> {
        assert!(AddCheckpoint::parse(&body).is_ok(), "no request was sent to {address}: {body}");
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(answers.pop_front().expect("a request that nobody told the witness of"))
    }
}
