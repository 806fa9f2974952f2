//! The model: checks a request, fetches the key, sends, and decodes.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use quillon_base::{Fault, Secret};
use quillon_http::{Address, Client, Request, Retries};
use quillon_model::{Credential, Exchange, Model, ModelCard, ModelRequest, ModelStream};

use crate::messages::{self, MessagesAnswer};
use crate::server::Server;

/// A model behind Messages.
pub struct AnthropicModel {
    card: ModelCard,
    server: &'static Server,
    address: Address,
    /// The model's name at the provider.
    name: String,
    credential: Option<Arc<dyn Credential>>,
    client: Client,
    retries: Retries,
}

impl AnthropicModel {
    /// The model of `card`, which the server at `address` (up to and with `/v1`) calls `name`.
    pub fn new(
        card: ModelCard,
        server: &'static Server,
        address: Address,
        name: impl Into<String>,
        credential: Option<Arc<dyn Credential>>,
        client: Client,
    ) -> Self {
        let (name, retries) = (name.into(), Retries::default());
        Self { card, server, address, name, credential, client, retries }
    }

    /// Tries again so often.
    #[must_use]
    pub const fn retrying(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    fn request(&self, request: &ModelRequest, key: Option<&Secret<String>>) -> Result<Request, Fault> {
        let body = messages::body(request, &self.name, self.server);
        let http = Request::post(self.address.join("messages"), body.to_string().into_bytes())
            .header("content-type", "application/json")?
            .header("accept", "text/event-stream")?
            .header("anthropic-version", self.server.version)?;
        let (header, prefix) = self.server.key_header;
        key.map_or(Ok(http.clone()), |key| http.secret_header(header, prefix, key))
    }

    /// What a stream needs of the model, which may be gone before the stream is.
    fn parts(&self) -> Self {
        Self {
            card: self.card.clone(),
            address: self.address.clone(),
            name: self.name.clone(),
            credential: self.credential.clone(),
            client: self.client.clone(),
            ..*self
        }
    }
}

impl Model for AnthropicModel {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        self.open(request, None)
    }

    fn stream_with_key(&self, request: ModelRequest, key: Secret<String>) -> ModelStream {
        self.open(request, Some(key))
    }
}

impl AnthropicModel {
    /// `given` stands before the credential that the model was made with.
    fn open(&self, request: ModelRequest, given: Option<Secret<String>>) -> ModelStream {
        if let Err(fault) = request.check(&self.card) {
            return Box::pin(futures::stream::iter([Err(fault)]));
        }
        let this = self.parts();
        let opened = async move {
            let key = match (given, &this.credential) {
                (Some(key), _) => Some(key),
                (None, Some(credential)) => Some(credential.secret().await?),
                (None, None) => None,
            };
            let http = this.request(&request, key.as_ref())?;
            let exchange = Exchange::new(this.card.clone(), key, &request);
            let answer = MessagesAnswer::new(exchange);
            Ok::<ModelStream, Fault>(this.client.decode(http, this.retries, answer))
        };
        Box::pin(futures::stream::once(opened).try_flatten().boxed())
    }
}
