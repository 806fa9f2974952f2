//! Opens the model of a name: links the adapter that its kind wants. Nothing is contacted here.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode, Region, Secret};
use quillon_http::{Address, Client};
use quillon_model::{Catalogue, Credential, Endpoint, KeyName, KeySource, Model};
use quillon_model_anthropic::AnthropicModel;
use quillon_model_openai::{OpenAiModel, Wire};
use quillon_model_script::ScriptedModel;
use quillon_road::{Candidate, Models};

use crate::home;

/// The models that a name stands for: `embedded` is none, `auto` all that may be chosen from.
///
/// # Errors
/// `model.unknown`, `model.script_invalid`, `model.catalogue_invalid`, `setting.invalid`.
pub(crate) fn open(
    name: &str,
    catalogue: &Catalogue,
    region: &Region,
    client: &Client,
) -> Result<Models, Fault> {
    let candidate = |endpoint: &Endpoint| {
        let key = match &endpoint.key {
            Some(KeySource::Vault(name)) => Some(name.clone()),
            _ => None,
        };
        Ok(Candidate { model: model(endpoint, client.clone())?, key })
    };
    let candidates = match (name, name.strip_prefix("script:")) {
        ("embedded", _) => Vec::new(),
        ("auto", _) => catalogue.preferred().map(candidate).collect::<Result<_, Fault>>()?,
        (_, Some(file)) => {
            let model = Arc::new(ScriptedModel::open(Path::new(file), region.clone())?);
            vec![Candidate { model, key: None }]
        }
        (name, None) => vec![candidate(catalogue.endpoint(name)?)?],
    };
    Ok(Models { candidates, is_automatic: name == "auto", regions: catalogue.regions.clone() })
}

fn model(endpoint: &Endpoint, client: Client) -> Result<Arc<dyn Model>, Fault> {
    let card = endpoint.card.clone();
    let wrong = |what: String| {
        Fault::new(FaultCode::ModelCatalogueInvalid, format!("model `{}` {what}", card.id))
            .hint("mend it in `models.json`; `docs/models.md` describes it")
    };
    let address =
        Address::parse(&endpoint.endpoint).map_err(|fault| wrong(format!("has {}", fault.message)))?;
    if !address.is_secure() && !address.is_loopback() && !endpoint.plain_http {
        return Err(wrong(format!("would be asked at `{}` without encryption", address.place()))
            .hint("use `https`; or say `\"plain_http\": true` if nobody else is on that network"));
    }
    let key = endpoint.key.clone().map(|source| match source {
        KeySource::Variable(variable) => Arc::new(Variable(variable)) as Arc<dyn Credential>,
        KeySource::Vault(name) => Arc::new(Elsewhere(name)),
    });
    if let Some(server) = quillon_model_anthropic::server(&endpoint.kind) {
        if endpoint.wire.is_some() {
            return Err(wrong("has a `wire`, of which its kind has one only".to_owned()));
        }
        let model = AnthropicModel::new(card.clone(), server, address, &endpoint.model, key, client);
        return Ok(Arc::new(model));
    }
    let Some(server) = quillon_model_openai::server(&endpoint.kind) else {
        let kinds = quillon_model_openai::SERVERS.iter().map(|row| row.kind);
        let kinds: Vec<_> =
            kinds.chain(quillon_model_anthropic::SERVERS.iter().map(|row| row.kind)).collect();
        return Err(wrong(format!("is of the kind `{}`, which is not known", endpoint.kind.escape_debug()))
            .hint(format!("kinds are {}", kinds.join(", "))));
    };
    let wire = match endpoint.wire.as_deref() {
        None => server.wire,
        Some("chat") => Wire::Chat,
        Some("responses") => Wire::Responses,
        Some(other) => {
            return Err(wrong(format!(
                "speaks `{}`, which is neither `chat` nor `responses`",
                other.escape_debug()
            )));
        }
    };
    let model = OpenAiModel::new(card.clone(), server, address, &endpoint.model, key, client).speaking(wire);
    Ok(Arc::new(model))
}

/// A key in a variable of the environment, read when a request is sent.
struct Variable(String);

#[async_trait]
impl Credential for Variable {
    async fn secret(&self) -> Result<Secret<String>, Fault> {
        home::variable(&self.0).map(Secret::new).ok_or_else(|| {
            let variable = &self.0;
            Fault::new(FaultCode::CredentialMissing, format!("the variable `{variable}` holds no key"))
                .hint(format!("set it to the provider's key before you start: `export {variable}=…`"))
        })
    }
}

/// A key in the vault: the road opens it for who asks, and hands it over with the request. Without that, nothing is sent.
struct Elsewhere(KeyName);

#[async_trait]
impl Credential for Elsewhere {
    async fn secret(&self) -> Result<Secret<String>, Fault> {
        let name = &self.0;
        Err(Fault::new(FaultCode::CredentialMissing, format!("key `{name}` was not taken from the vault"))
            .hint(format!("keep it with `quillon model key set {name}`")))
    }
}
