//! The models that a person or an administrator configured, as `models.json` says them.
//!
//! Invariant: nothing that is not understood counts as if it were not there; an unknown key is refused with its nearest
//! relative, because a limit that is misspelt must not be off in silence. Keys of providers are named here, never kept.
//! `docs/models.md` describes the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use quillon_base::{Fault, FaultCode, Region};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Features, KeySource, ModelCard, ModelId, Price};

/// The version of the format.
const VERSION: u64 = 1;
/// A catalogue is never larger, in bytes.
pub const CATALOGUE_BYTES_MAX: usize = 256 * 1024;
/// The most models of a catalogue.
const MODELS_MAX: usize = 200;
/// The highest price, in US dollars per million tokens.
const DOLLARS_MAX: f64 = 100_000.0;

const TOP: &[&str] = &["version", "regions", "network", "order", "models"];
const NETWORK: &[&str] = &[
    "ca_file",
    "client_certificate",
    "client_key",
    "connect_seconds",
    "first_byte_seconds",
    "stall_seconds",
];
/// The longest time-out, in seconds.
const SECONDS_MAX: u64 = 3_600;
const MODEL: &[&str] = &[
    "kind",
    "endpoint",
    "model",
    "region",
    "window_tokens",
    "price",
    "key",
    "wire",
    "tools",
    "images",
    "plain_http",
];
const PRICE: &[&str] = &["input", "output", "cached", "cache_written"];

/// Everything that is configured about models.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Where models may answer beside the region of the profile.
    pub regions: Vec<Region>,
    /// How endpoints are reached.
    pub network: Network,
    /// Which models `auto` chooses from, the preferred one first; all of them by name where it is empty.
    order: Vec<String>,
    models: BTreeMap<String, Endpoint>,
}

/// How endpoints are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Network {
    /// Certificates to trust beside the system's, as a PEM file.
    pub ca_file: Option<PathBuf>,
    /// A certificate to show to servers that ask, as a PEM file.
    pub client_certificate: Option<PathBuf>,
    /// Its key, as a PEM file.
    pub client_key: Option<PathBuf>,
    /// How long a connection may take to come about.
    pub connect_seconds: Option<u64>,
    /// How long the first byte of an answer may take.
    pub first_byte_seconds: Option<u64>,
    /// How long an answer may pause.
    pub stall_seconds: Option<u64>,
}

/// One model behind one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// What kind of server it is.
    pub kind: String,
    /// Its address, up to and with `/v1`.
    pub endpoint: String,
    /// What the server calls the model.
    pub model: String,
    /// Where its key comes from.
    pub key: Option<KeySource>,
    /// The wire format, where it is not the usual one of the kind.
    pub wire: Option<String>,
    /// Whether it may be reached without TLS though it is not on this machine.
    pub plain_http: bool,
    /// What and where the model is.
    pub card: ModelCard,
}

#[derive(Deserialize)]
struct Row {
    kind: String,
    endpoint: String,
    #[serde(default)]
    model: Option<String>,
    region: Region,
    window_tokens: u64,
    #[serde(default)]
    price: Option<Dollars>,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    wire: Option<String>,
    #[serde(default = "yes")]
    tools: bool,
    #[serde(default = "yes")]
    images: bool,
    #[serde(default)]
    plain_http: bool,
}

const fn yes() -> bool {
    true
}

/// Prices in US dollars per million tokens, as providers print them.
#[derive(Deserialize)]
struct Dollars {
    input: f64,
    output: f64,
    #[serde(default)]
    cached: Option<f64>,
    #[serde(default)]
    cache_written: Option<f64>,
}

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// `model.catalogue_invalid`, with the place.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > CATALOGUE_BYTES_MAX {
            return Err(invalid(format!("it has more than {CATALOGUE_BYTES_MAX} bytes")));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|error| invalid(error.to_string()))?;
        let top = object(&value, "it", TOP)?;
        if top.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return Err(invalid(format!("its `version` must be {VERSION}")));
        }
        let regions =
            read(top.get("regions").cloned().unwrap_or_else(|| Value::Array(Vec::new())), "`regions`")?;
        let network = match top.get("network") {
            None => Network::default(),
            Some(value) => {
                object(value, "`network`", NETWORK)?;
                let network: Network = read(value.clone(), "`network`")?;
                if network.client_certificate.is_some() != network.client_key.is_some() {
                    return Err(invalid(
                        "`network` names a client certificate without a key, or a key without one",
                    ));
                }
                let seconds = [network.connect_seconds, network.first_byte_seconds, network.stall_seconds];
                if seconds.into_iter().flatten().any(|seconds| !(1..=SECONDS_MAX).contains(&seconds)) {
                    return Err(invalid(format!(
                        "a time-out of `network` is not from 1 to {SECONDS_MAX} seconds"
                    )));
                }
                network
            }
        };
        let none = Map::new();
        let rows = match top.get("models") {
            None => &none,
            Some(value) => value.as_object().ok_or_else(|| invalid("`models` must be an object"))?,
        };
        if rows.len() > MODELS_MAX {
            return Err(invalid(format!("it may have up to {MODELS_MAX} models")));
        }
        let models = rows.iter().map(|(name, row)| Ok((name.clone(), endpoint(name, row)?)));
        let models: BTreeMap<_, _> = models.collect::<Result<_, Fault>>()?;
        let order = order(top.get("order"), &models)?;
        Ok(Self { regions, network, order, models })
    }

    /// The model of a name.
    ///
    /// # Errors
    /// `model.unknown`, with the nearest.
    pub fn endpoint(&self, name: &str) -> Result<&Endpoint, Fault> {
        self.models.get(name).ok_or_else(|| {
            let fault = Fault::new(FaultCode::ModelUnknown, format!("there is no model `{name}`"));
            match quillon_text::nearest(name, self.models.keys().map(String::as_str)) {
                Some(near) => fault.hint(format!("did you mean `{near}`? `quillon model list` lists all")),
                None => fault.hint(
                    "use `auto`, `embedded`, `script:FILE`, or a name of `models.json`; see `quillon model list`",
                ),
            }
        })
    }

    /// Every model, by name.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.models.values()
    }

    /// The models that `auto` chooses from, the preferred one first.
    pub fn preferred(&self) -> impl Iterator<Item = &Endpoint> {
        let is_by_name = self.order.is_empty();
        let named = self.order.iter().filter_map(|name| self.models.get(name));
        named.chain(self.models.values().filter(move |_| is_by_name))
    }
}

/// The names of `order`, each of a model and none twice.
fn order(value: Option<&Value>, models: &BTreeMap<String, Endpoint>) -> Result<Vec<String>, Fault> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let names: Vec<String> = read(value.clone(), "`order`")?;
    for (place, name) in names.iter().enumerate() {
        if !models.contains_key(name) {
            return Err(invalid(format!("`order` names `{}`, which is no model", name.escape_debug())));
        }
        if names[..place].contains(name) {
            return Err(invalid(format!("`order` names `{name}` twice")));
        }
    }
    Ok(names)
}

fn endpoint(name: &str, value: &Value) -> Result<Endpoint, Fault> {
    let place = format!("model `{}`", name.escape_debug());
    let row = object(value, &place, MODEL)?;
    if let Some(price) = row.get("price") {
        object(price, &format!("the price of {place}"), PRICE)?;
    }
    let row: Row = read(value.clone(), &place)?;
    let wrong = |what: &str| invalid(format!("{place} {what}"));
    if matches!(name, "auto" | "embedded") || name.starts_with("script") {
        return Err(wrong("has a name that is taken"));
    }
    let id = ModelId::new(name).map_err(|_| wrong("has a name that is no visible ASCII"))?;
    if row.window_tokens == 0 {
        return Err(wrong("has a window of no tokens"));
    }
    let key = match row.key.as_deref().map(KeySource::parse) {
        None => None,
        Some(Some(source)) => Some(source),
        // What was given is not repeated: it may be the key itself.
        Some(None) => {
            let fault =
                wrong("must name its key as `env:VARIABLE` or `vault:NAME`; keys are not kept in this file");
            return Err(fault.hint("`quillon model key set NAME` keeps one in the vault"));
        }
    };
    let price = match row.price {
        None => None,
        Some(dollars) => Some(price(&dollars).ok_or_else(|| wrong("has a price that is none"))?),
    };
    let features = Features { tools: row.tools, images: row.images };
    let card =
        ModelCard { price, features, ..ModelCard::new(id, row.kind.clone(), row.region, row.window_tokens) };
    Ok(Endpoint {
        model: row.model.unwrap_or_else(|| name.to_owned()),
        kind: row.kind,
        endpoint: row.endpoint,
        key,
        wire: row.wire,
        plain_http: row.plain_http,
        card,
    })
}

fn price(dollars: &Dollars) -> Option<Price> {
    // A dollar for a million tokens is a million microdollars for them.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within bounds that were checked"
    )]
    let micro =
        |dollars: f64| (0.0..=DOLLARS_MAX).contains(&dollars).then(|| (dollars * 1_000_000.0).round() as u64);
    let maybe = |dollars: Option<f64>| dollars.map_or(Some(None), |dollars| micro(dollars).map(Some));
    Some(Price {
        input_microdollars_per_million: micro(dollars.input)?,
        output_microdollars_per_million: micro(dollars.output)?,
        cached_microdollars_per_million: maybe(dollars.cached)?,
        cache_written_microdollars_per_million: maybe(dollars.cache_written)?,
    })
}

/// An object with known keys only.
fn object<'a>(value: &'a Value, place: &str, known: &[&str]) -> Result<&'a Map<String, Value>, Fault> {
    let object = value.as_object().ok_or_else(|| invalid(format!("{place} must be an object")))?;
    let Some(unknown) = object.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(object) };
    let fault = invalid(format!("{place} has a key `{}` that is not known", unknown.escape_debug()));
    Err(match quillon_text::nearest(unknown, known.iter().copied()) {
        Some(near) => fault.hint(format!("did you mean `{near}`? `docs/models.md` lists all")),
        None => fault,
    })
}

fn read<T: for<'de> Deserialize<'de>>(value: Value, place: &str) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|error| invalid(format!("{place} cannot be read: {error}")))
}

fn invalid(what: impl Into<String>) -> Fault {
    let what = what.into();
    Fault::new(FaultCode::ModelCatalogueInvalid, format!("`models.json` cannot be used: {what}"))
        .hint("mend it; `docs/models.md` describes it")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"version":1,"regions":["eu-west-2"],"models":{
        "sonnet":{"kind":"anthropic","endpoint":"https://models.example/v1","model":"claude-x","region":"eu-west-2",
            "window_tokens":200000,"price":{"input":3,"output":15,"cached":0.3},"key":"env:MODEL_KEY"},
        "local":{"kind":"ollama","endpoint":"http://127.0.0.1:11434/v1","region":"device","window_tokens":8192,"images":false}}}"#;

    #[test]
    fn a_catalogue_says_what_and_where_models_are() {
        let catalogue = Catalogue::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(catalogue.regions, [Region::new("eu-west-2").unwrap()]);
        let sonnet = catalogue.endpoint("sonnet").unwrap();
        assert_eq!((sonnet.model.as_str(), &sonnet.key), ("claude-x", &KeySource::parse("env:MODEL_KEY")));
        let price = sonnet.card.price.unwrap();
        assert_eq!(price.cached_microdollars_per_million, Some(300_000));
        let local = catalogue.endpoint("local").unwrap();
        assert_eq!((local.model.as_str(), local.card.features.images), ("local", false));
        assert_eq!(catalogue.endpoints().count(), 2);
        let fault = catalogue.endpoint("sonet").unwrap_err();
        assert!(fault.code == FaultCode::ModelUnknown && fault.hint.unwrap().contains("`sonnet`"));
    }

    #[test]
    fn auto_chooses_in_the_order_that_is_said_or_by_name() {
        let check = |order: &str, expected: Result<&[&str], &str>| {
            let text = GOOD.replacen("\"regions\"", &format!("{order}\"regions\""), 1);
            match (Catalogue::parse(text.as_bytes()), expected) {
                (Ok(catalogue), Ok(expected)) => {
                    let names: Vec<_> =
                        catalogue.preferred().map(|endpoint| endpoint.card.id.as_str()).collect();
                    assert_eq!(names, expected, "{order}");
                }
                (Err(fault), Err(expected)) => assert!(fault.message.contains(expected), "{fault}"),
                (found, expected) => panic!("{found:?}, {expected:?}"),
            }
        };
        check("", Ok(&["local", "sonnet"]));
        check("\"order\":[\"sonnet\",\"local\"],", Ok(&["sonnet", "local"]));
        check("\"order\":[\"sonnet\"],", Ok(&["sonnet"]));
        check("\"order\":[\"sonet\"],", Err("`order` names `sonet`, which is no model"));
        check("\"order\":[\"local\",\"local\"],", Err("twice"));
        check("\"order\":\"local\",", Err("`order` cannot be read"));
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_place_and_what_would_be_right() {
        let check = |from: &str, to: &str, said: &str| {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let fault = Catalogue::parse(text.as_bytes()).unwrap_err();
            assert_eq!(fault.code, FaultCode::ModelCatalogueInvalid);
            let all = format!("{} {}", fault.message, fault.hint.unwrap_or_default());
            assert!(all.contains(said), "{all}");
        };
        check("\"version\":1", "\"version\":2", "`version` must be 1");
        check("\"regions\"", "\"region\"", "did you mean `regions`");
        check("endpoint", "endpiont", "did you mean `endpoint`");
        check("\"cached\":", "\"cache\":", "the price of model `sonnet` has a key `cache`");
        check("\"window_tokens\":8192", "\"window_tokens\":0", "model `local` has a window of no tokens");
        check("\"window_tokens\":8192", "\"window_tokens\":-1", "model `local` cannot be read");
        check("\"input\":3", "\"input\":-3", "a price that is none");
        check("\"local\":", "\"embedded\":", "a name that is taken");
        check("\"local\":", "\"auto\":", "a name that is taken");
        check("\"models\"", "\"network\":{\"stall_seconds\":0},\"models\"", "from 1 to 3600 seconds");
        check("\"region\":\"device\",", "", "missing field `region`");
        check("{\"version\"", "{{\"version\"", "cannot be used");
        let fault = Catalogue::parse(GOOD.replace("env:MODEL_KEY", "sk-hush").as_bytes()).unwrap_err();
        assert!(fault.message.contains("env:VARIABLE") && !fault.message.contains("hush"), "{fault}");
    }
}
