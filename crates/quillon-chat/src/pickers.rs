//! What pickers list: files and definitions of the workspace.

use std::collections::BTreeMap;

use quillon_contract::{Fault, Item, Listing, QUERY_ITEMS_MAX};
use quillon_road::Passage;

use crate::answer::place;
use crate::context::Context;
use crate::workspace;

/// The most definitions that are looked at for a list of their names.
const SYMBOLS_LOOKED_AT_MAX: usize = 2_000;
/// The most places of one name that are shown beside it.
const PLACES_SHOWN_MAX: usize = 3;

/// Files whose path begins with what was typed, or whose name does.
pub(crate) async fn files(passage: &Passage, prefix: &str) -> Result<Listing, Fault> {
    let paths = passage.list_files().await?;
    let fits = |path: &&String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        path.starts_with(prefix) || name.starts_with(prefix)
    };
    let items = paths.iter().filter(fits);
    Ok(listing(items.map(|path| Item { id: path.clone(), label: path.clone(), detail: None })))
}

/// Definitions whose name begins with what was typed, each name once. Nothing typed is no name.
pub(crate) async fn symbols(passage: &Passage, prefix: &str) -> Result<Listing, Fault> {
    if prefix.is_empty() {
        return Ok(Listing { items: Vec::new(), more: true });
    }
    let workspace = workspace::read(passage, &Context::default(), false).await?;
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let found = workspace.index.symbols(prefix, SYMBOLS_LOOKED_AT_MAX);
    for symbol in &found {
        places.entry(symbol.name).or_default().push(place(symbol.path, symbol.lines));
    }
    let item = |(name, places): (&str, Vec<String>)| {
        let shown = places.len().min(PLACES_SHOWN_MAX);
        let more = if places.len() > shown { ", …" } else { "" };
        let detail = format!("{}{more}", places[..shown].join(", "));
        Item { id: name.to_owned(), label: name.to_owned(), detail: Some(detail) }
    };
    Ok(listing(places.into_iter().map(item)))
}

fn listing(items: impl Iterator<Item = Item>) -> Listing {
    let mut items: Vec<Item> = items.take(QUERY_ITEMS_MAX + 1).collect();
    let more = items.len() > QUERY_ITEMS_MAX;
    items.truncate(QUERY_ITEMS_MAX);
    Listing { items, more }
}
