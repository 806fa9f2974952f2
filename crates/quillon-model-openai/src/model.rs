//! The model: checks a request, fetches the key, sends, and decodes.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use quillon_base::{Fault, Secret};
use quillon_http::{Address, Client, Refusal, Request, Retries};
use quillon_model::{Credential, Model, ModelCard, ModelRequest, ModelStream, Refused, refusal};
use serde_json::Value;

use crate::chat::{self, ChatAnswer};
use crate::responses::{self, ResponsesAnswer};
use crate::server::{Server, Wire};

/// A model behind Chat Completions or Responses.
pub struct OpenAiModel {
    card: ModelCard,
    server: &'static Server,
    wire: Wire,
    address: Address,
    /// The model's name at the provider.
    name: String,
    credential: Option<Arc<dyn Credential>>,
    client: Client,
    retries: Retries,
}

impl OpenAiModel {
    /// The model of `card`, which the server at `address` (up to and with `/v1`) calls `name`.
    pub fn new(
        card: ModelCard,
        server: &'static Server,
        address: Address,
        name: impl Into<String>,
        credential: Option<Arc<dyn Credential>>,
        client: Client,
    ) -> Self {
        let (wire, name, retries) = (server.wire, name.into(), Retries::default());
        Self { card, server, wire, address, name, credential, client, retries }
    }

    /// Speaks another format than the server's usual one.
    #[must_use]
    pub const fn speaking(mut self, wire: Wire) -> Self {
        self.wire = wire;
        self
    }

    /// Tries again so often.
    #[must_use]
    pub const fn retrying(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    fn request(&self, request: &ModelRequest, key: Option<&Secret<String>>) -> Result<Request, Fault> {
        let (path, body) = match self.wire {
            Wire::Chat => ("chat/completions", chat::body(request, &self.name, self.server)),
            Wire::Responses => ("responses", responses::body(request, &self.name, self.server)),
        };
        let http = Request::post(self.address.join(path), body.to_string().into_bytes())
            .header("content-type", "application/json")?
            .header("accept", "text/event-stream")?;
        let (header, prefix) = self.server.key_header;
        key.map_or(Ok(http.clone()), |key| http.secret_header(header, prefix, key))
    }
}

impl Model for OpenAiModel {
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
            Ok::<ModelStream, Fault>(match this.wire {
                Wire::Chat => this.client.decode(http, this.retries, ChatAnswer::new(about, &request)),
                Wire::Responses => {
                    this.client.decode(http, this.retries, ResponsesAnswer::new(about, &request))
                }
            })
        };
        Box::pin(futures::stream::once(opened).try_flatten().boxed())
    }
}

impl OpenAiModel {
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
        // Servers that say nothing in JSON say it in plain text.
        let is_text = value.is_null() && answer.content_type.starts_with("text/plain");
        let value = if is_text { Value::String(answer.body.clone()) } else { value };
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
        let message = error.as_str().unwrap_or_else(|| text("message"));
        let kind = if text("code").is_empty() { text("type") } else { text("code") };
        // Some servers put the status into the error and send 200, or an error in the stream.
        let inner = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let status = if status < 300 { inner.unwrap_or(status) } else { status };
        let message = self.without_key(message);
        refusal(&self.card, &Refused { status, kind, message: &message, retry_after: answer.retry_after })
    }

    fn not_a_stream(&self, answer: &Refusal) -> Fault {
        let kind = if answer.content_type.is_empty() { "nothing" } else { &answer.content_type };
        let (provider, kind) = (&self.card.provider, self.without_key(kind));
        quillon_base::Fault::new(
            quillon_base::FaultCode::ModelFailed,
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
