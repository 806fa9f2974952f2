//! Models: which may be used, and which answers.

use quillon_contract::{Fault, Item, Listing};
use quillon_model::{Catalogue, ModelCard};
use quillon_road::{Finished, Passage};

use crate::{settings, table};

/// The name of no model.
const EMBEDDED: &str = "embedded";
/// The setting that chooses.
const SETTING: &str = "quillon.model";

/// Lists the models of this installation, and says which one answers.
pub(crate) async fn list(passage: &Passage) -> Result<Finished, Fault> {
    let catalogue = read(passage).await?;
    let answering = passage.model_card();
    let is_answering = |card: &ModelCard| answering.is_some_and(|answering| answering.id == card.id);
    let state = |answers: bool| if answers { "answers now" } else { "" }.to_owned();
    let embedded = [EMBEDDED, "quillon", passage.region().as_str(), "-", "-"].map(str::to_owned);
    let mut rows = vec![embedded.into_iter().chain([state(answering.is_none())]).collect()];
    rows.extend(catalogue.endpoints().map(|endpoint| {
        let card = &endpoint.card;
        let state = match passage.may_answer_in(&card.region) {
            true => state(is_answering(card)),
            false => "refused: its region is not allowed".to_owned(),
        };
        row(card, state)
    }));
    // A script is in no catalogue.
    let is_listed = |card: &ModelCard| catalogue.endpoints().any(|endpoint| endpoint.card.id == card.id);
    rows.extend(answering.filter(|card| !is_listed(card)).map(|card| row(card, state(true))));
    let columns = ["model", "provider", "region", "window", "dollars per million tokens", "state"];
    passage.say(table("Models", &columns, rows)).await?;
    Ok(Finished::default())
}

fn row(card: &ModelCard, state: String) -> Vec<String> {
    let dollars =
        |microdollars: u64| format!("{}.{:02}", microdollars / 1_000_000, microdollars / 10_000 % 100);
    let price = card.price.map_or("-".to_owned(), |price| {
        let (input, output) = (price.input_microdollars_per_million, price.output_microdollars_per_million);
        format!("{} read, {} written", dollars(input), dollars(output))
    });
    let window = format!("{} tokens", card.window_tokens);
    vec![card.id.to_string(), card.provider.clone(), card.region.to_string(), window, price, state]
}

async fn read(passage: &Passage) -> Result<Catalogue, Fault> {
    passage.read_models().await?.map_or_else(|| Ok(Catalogue::default()), |bytes| Catalogue::parse(&bytes))
}

/// Chooses the model that answers from the next start on.
pub(crate) async fn choose(passage: &Passage, model: &str) -> Result<Finished, Fault> {
    if model != EMBEDDED && !model.starts_with("script:") {
        read(passage).await?.endpoint(model)?;
    }
    settings::write(passage, SETTING, Some(model)).await
}

pub(crate) fn listing(passage: &Passage) -> Listing {
    let embedded = Item { id: EMBEDDED.into(), label: EMBEDDED.into(), detail: Some("no model".into()) };
    let model = passage.model_card().map(|card| {
        let id = card.id.to_string();
        Item { label: id.clone(), id, detail: Some(format!("{} in {}", card.provider, card.region)) }
    });
    Listing { items: [embedded].into_iter().chain(model).collect(), more: false }
}
