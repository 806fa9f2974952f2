//! Models: which may be used, and which answers.

use quillon_contract::{Fault, Item, Listing};
use quillon_model::{Catalogue, Endpoint, ModelCard};
use quillon_road::{Finished, Passage};

use crate::{settings, table};

/// The name of no model.
const EMBEDDED: &str = "embedded";
/// The name of the first model that may be asked.
const AUTO: &str = "auto";
/// The setting that chooses.
const SETTING: &str = "quillon.model";

/// Lists the models of this installation, and says which one answers; or shows everything about one.
pub(crate) async fn show(passage: &Passage, model: Option<&str>) -> Result<Finished, Fault> {
    let catalogue = read(passage).await?;
    let event = match model {
        None => table(
            "Models",
            &["model", "provider", "region", "window", "dollars per million tokens", "state"],
            listed(passage, &catalogue),
        ),
        Some(name) => table(
            &format!("Model {name}"),
            &["what", "value"],
            about(passage, &catalogue, catalogue.endpoint(name)?),
        ),
    };
    passage.say(event).await?;
    Ok(Finished::default())
}

fn listed(passage: &Passage, catalogue: &Catalogue) -> Vec<Vec<String>> {
    let answering = passage.model_card();
    let state = |answers: bool| if answers { "answers now" } else { "" }.to_owned();
    let embedded = [EMBEDDED, "quillon", passage.region().as_str(), "-", "-"].map(str::to_owned);
    let mut rows = vec![embedded.into_iter().chain([state(answering.is_none())]).collect()];
    rows.extend(
        catalogue.endpoints().map(|endpoint| row(&endpoint.card, self::state(passage, &endpoint.card))),
    );
    // A script is in no catalogue.
    let is_listed = |card: &ModelCard| catalogue.endpoints().any(|endpoint| endpoint.card.id == card.id);
    rows.extend(answering.filter(|card| !is_listed(card)).map(|card| row(card, state(true))));
    rows
}

/// Whether a model answers now, or what keeps it from being asked.
fn state(passage: &Passage, card: &ModelCard) -> String {
    if let Some(reason) = passage.model_hindrance(card) {
        return format!("refused: {reason}");
    }
    let answers = passage.model_card().is_some_and(|answering| answering.id == card.id);
    match (answers, passage.chooses_model()) {
        (true, true) => "answers now, chosen by `auto`".to_owned(),
        (true, false) => "answers now".to_owned(),
        (false, _) => String::new(),
    }
}

fn row(card: &ModelCard, state: String) -> Vec<String> {
    let window = format!("{} tokens", card.window_tokens);
    vec![card.id.to_string(), card.provider.clone(), card.region.to_string(), window, price(card), state]
}

fn price(card: &ModelCard) -> String {
    let dollars =
        |microdollars: u64| format!("{}.{:02}", microdollars / 1_000_000, microdollars / 10_000 % 100);
    let Some(price) = card.price else { return "-".to_owned() };
    let (input, output) = (price.input_microdollars_per_million, price.output_microdollars_per_million);
    let mut said = format!("{} read, {} written", dollars(input), dollars(output));
    let cache = [
        (price.cached_microdollars_per_million, "from the cache"),
        (price.cache_written_microdollars_per_million, "into the cache"),
    ];
    for (price, what) in cache {
        said.extend(price.map(|price| format!(", {} {what}", dollars(price))));
    }
    said
}

/// Everything about a model but its key.
fn about(passage: &Passage, catalogue: &Catalogue, endpoint: &Endpoint) -> Vec<Vec<String>> {
    let card = &endpoint.card;
    let able = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let key = endpoint.key.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let place = catalogue.preferred().position(|preferred| preferred.card.id == card.id);
    let place = place.map_or_else(|| "never".to_owned(), |place| format!("as number {}", place + 1));
    let region = match passage.may_answer_in(&card.region) {
        true => format!("{}, allowed", card.region),
        false => format!("{}, not allowed", card.region),
    };
    let rows = [
        ("kind", endpoint.kind.clone()),
        ("endpoint", endpoint.endpoint.clone()),
        ("name there", endpoint.model.clone()),
        ("wire", endpoint.wire.clone().unwrap_or_else(|| "the usual one of its kind".to_owned())),
        ("region", region),
        ("window", format!("{} tokens", card.window_tokens)),
        ("dollars per million tokens", price(card)),
        ("key", key),
        ("calls tools", able(card.features.tools)),
        ("reads pictures", able(card.features.images)),
        ("considered by `auto`", place),
        ("state", state(passage, card)),
    ];
    rows.into_iter().map(|(what, value)| vec![what.to_owned(), value]).collect()
}

pub(crate) async fn read(passage: &Passage) -> Result<Catalogue, Fault> {
    passage.read_models().await?.map_or_else(|| Ok(Catalogue::default()), |bytes| Catalogue::parse(&bytes))
}

/// Chooses the model that answers from the next start on.
pub(crate) async fn choose(passage: &Passage, model: &str) -> Result<Finished, Fault> {
    if !matches!(model, AUTO | EMBEDDED) && !model.starts_with("script:") {
        read(passage).await?.endpoint(model)?;
    }
    settings::write(passage, SETTING, Some(model)).await
}

pub(crate) fn listing(passage: &Passage) -> Listing {
    let item = |id: &str, detail: &str| Item { id: id.into(), label: id.into(), detail: Some(detail.into()) };
    let model = passage.model_card().map(|card| {
        let id = card.id.to_string();
        Item { label: id.clone(), id, detail: Some(format!("{} in {}", card.provider, card.region)) }
    });
    let named = [item(EMBEDDED, "no model"), item(AUTO, "the first that may be asked")];
    Listing { items: named.into_iter().chain(model).collect(), more: false }
}
