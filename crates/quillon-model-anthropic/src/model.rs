//! The model: checks a request, fetches the key, sends, and decodes.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use quillon_base::{Fault, FaultCode, Secret};
use quillon_http::{Address, Client, Refusal, Request, Retries};
use quillon_model::{Credential, Model, ModelCard, ModelRequest, ModelStream, Refused, refusal};
use serde_json::Value;

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
        if let Err(fault) = request.check(&self.card) {
            return Box::pin(futures::stream::iter([Err(fault)]));
        }
        let this = self.parts();
        let opened = async move {
            let key = match &this.credential {
                Some(credential) => Some(credential.secret().await?),
                None => None,
            };
            let http = this.request(&request, key.as_ref())?;
            let about = About { card: this.card.clone(), key };
            let answer = MessagesAnswer::new(about, &request);
            Ok::<ModelStream, Fault>(this.client.decode(http, this.retries, answer))
        };
        Box::pin(futures::stream::once(opened).try_flatten().boxed())
    }
}

/// Whose answer is read.
pub(crate) struct About {
    pub(crate) card: ModelCard,
    /// The key that was sent, so that an answer which repeats it is not repeated.
    pub(crate) key: Option<Secret<String>>,
}

impl About {
    /// The fault of an answer that is not a stream.
    pub(crate) fn refused(&self, answer: &Refusal) -> Fault {
        let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if answer.status < 300 && value.get("error").is_none() {
            return self.not_a_stream(answer);
        }
        self.error(answer.status, &value, answer)
    }

    /// The fault of an error in the middle of a stream.
    pub(crate) fn broke_off(&self, value: &Value) -> Fault {
        let none = Refusal { status: 0, content_type: String::new(), body: String::new(), retry_after: None };
        self.error(0, value, &none)
    }

    fn error(&self, status: u16, value: &Value, answer: &Refusal) -> Fault {
        let error = value.get("error").unwrap_or(value);
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let message = self.without_key(error.as_str().unwrap_or_else(|| text("message")));
        let status = if status < 300 { 0 } else { status };
        let refused =
            Refused { status, kind: text("type"), message: &message, retry_after: answer.retry_after };
        refusal(&self.card, &refused)
    }

    fn not_a_stream(&self, answer: &Refusal) -> Fault {
        let kind = if answer.content_type.is_empty() { "nothing" } else { &answer.content_type };
        let (provider, kind) = (&self.card.provider, self.without_key(kind));
        Fault::new(
            FaultCode::ModelFailed,
            format!("`{provider}` answered with `{}` instead of a stream of events", kind.escape_debug()),
        )
        .hint("look whether the endpoint is the one of its API, such as `https://models.example/v1`")
    }

    fn without_key(&self, text: &str) -> String {
        match self.key.as_ref().map(|key| key.expose().trim()).filter(|key| !key.is_empty()) {
            Some(key) => text.replace(key, "…"),
            None => text.to_owned(),
        }
    }
}
