//! Models: which may be used, and which answers.

use quillon_contract::{Fault, Item, Listing};
use quillon_road::{Finished, Passage};

use crate::{settings, table};

/// The name of no model.
const EMBEDDED: &str = "embedded";
/// The setting that chooses.
const SETTING: &str = "quillon.model";

/// Lists the models of this installation, and says which one answers.
pub(crate) async fn list(passage: &Passage) -> Result<Finished, Fault> {
    let here = |answers: bool| if answers { "answers now" } else { "" }.to_owned();
    let card = passage.model_card();
    let mut rows = vec![vec![
        EMBEDDED.into(),
        "quillon".into(),
        passage.region().to_string(),
        "-".into(),
        here(card.is_none()),
    ]];
    if let Some(card) = card {
        let window = format!("{} tokens", card.window_tokens);
        rows.push(vec![
            card.id.to_string(),
            card.provider.clone(),
            card.region.to_string(),
            window,
            here(true),
        ]);
    }
    passage.say(table("Models", &["model", "provider", "region", "window", "state"], rows)).await?;
    Ok(Finished::default())
}

/// Chooses the model that answers from the next start on.
pub(crate) async fn choose(passage: &Passage, model: &str) -> Result<Finished, Fault> {
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
