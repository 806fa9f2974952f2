//! How models of this adapter are made.

use std::sync::Arc;
use std::time::Duration;

use quillon_base::{SeededEntropy, StepClock};
use quillon_http::{Address, Client, Options, Retries, Timeouts};
use quillon_mock::suite::{MODEL, Under, Wanted};
use quillon_mock::{MockServer, Reply, Wire, suite};
use quillon_model::Model;
use quillon_model_anthropic::{AnthropicModel, SERVERS, server};

/// This adapter.
pub(crate) struct Adapter;

impl Under for Adapter {
    fn kinds(&self) -> Vec<(&'static str, Wire)> {
        SERVERS.iter().map(|server| (server.kind, Wire::Messages)).collect()
    }

    fn model(&self, wanted: Wanted) -> Box<dyn Model> {
        let Wanted { kind, endpoint, card, credential, again_max, limits: (first_byte, stall) } = wanted;
        let mut options = Options::new(Arc::new(StepClock::default()), Arc::new(SeededEntropy::new(0)));
        options.timeouts = Timeouts { connect: Duration::from_secs(2), first_byte, stall };
        let address = Address::parse(&endpoint).unwrap();
        let retries = Retries { again_max, first_wait: Duration::ZERO, ..Retries::default() };
        let model = AnthropicModel::new(
            card,
            server(kind).unwrap(),
            address,
            MODEL,
            credential,
            Client::new(options),
        );
        Box::new(model.retrying(retries))
    }
}

pub(crate) fn model(mock: &MockServer, kind: &'static str) -> Box<dyn Model> {
    Adapter.model(Wanted::new(kind, mock.endpoint()))
}

pub(crate) fn mock(replies: impl IntoIterator<Item = Reply>) -> MockServer {
    suite::mock(Wire::Messages, replies)
}
