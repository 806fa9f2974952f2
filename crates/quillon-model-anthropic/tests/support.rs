//! A model of this adapter in front of the mock provider.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use quillon_base::{Fault, FaultCode, Region, Secret, SeededEntropy, StepClock};
use quillon_http::{Address, Client, Options, Retries};
use quillon_mock::{MockServer, Reply, Script, Wire};
use quillon_model::{Credential, Model, ModelCard, ModelEvent, ModelId, conformance};
use quillon_model_anthropic::{AnthropicModel, server};

pub(crate) const KEY: &str = "sk-hush";

/// A key, or none.
pub(crate) struct Key(pub(crate) Option<&'static str>);

#[async_trait]
impl Credential for Key {
    async fn secret(&self) -> Result<Secret<String>, Fault> {
        let missing = || Fault::new(FaultCode::CredentialMissing, "there is no credential `test`");
        self.0.map(|key| Secret::new(key.to_owned())).ok_or_else(missing)
    }
}

pub(crate) fn card() -> ModelCard {
    ModelCard::new(ModelId::new("mine").unwrap(), "mock", Region::device(), 100_000)
}

pub(crate) fn client() -> Client {
    Client::new(Options::new(Arc::new(StepClock::default()), Arc::new(SeededEntropy::new(0))))
}

/// Three tries, at once.
pub(crate) fn quickly() -> Retries {
    Retries { again_max: 2, first_wait: Duration::ZERO, ..Retries::default() }
}

pub(crate) fn model_with(mock: &MockServer, kind: &str, key: &'static str) -> AnthropicModel {
    let server = server(kind).unwrap();
    let address = Address::parse(&mock.endpoint()).unwrap();
    let key: Arc<dyn Credential> = Arc::new(Key(Some(key)));
    AnthropicModel::new(card(), server, address, "the-model", Some(key), client()).retrying(quickly())
}

pub(crate) fn model(mock: &MockServer, kind: &str) -> AnthropicModel {
    model_with(mock, kind, KEY)
}

pub(crate) fn mock(replies: impl IntoIterator<Item = Reply>) -> MockServer {
    MockServer::start(Script::new(Wire::Messages, replies).key(KEY))
}

/// All that comes of a request that says `hello`.
pub(crate) async fn ask(model: &dyn Model) -> Vec<Result<ModelEvent, Fault>> {
    model.stream(conformance::request(model, "hello")).collect().await
}
