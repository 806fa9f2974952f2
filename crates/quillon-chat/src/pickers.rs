//! What pickers list: files and definitions of the workspace.

use std::collections::BTreeMap;

use quillon_contract::{Fault, Item, Listing, QUERY_ITEMS_MAX};
use quillon_road::Passage;

use crate::answer::place;
use crate::context::Context;
use crate::library::Library;
use crate::workspace::{self, Terms};

/// The most definitions that are looked at for a list of their names.
const SYMBOLS_LOOKED_AT_MAX: usize = 2_000;
/// The most places of one name that are shown beside it.
const PLACES_SHOWN_MAX: usize = 3;

/// Files that what was typed may mean, the likeliest first: the whole path or name, then how it begins, then how a word
/// in it begins, then anything in it. Nothing typed is every file.
pub(crate) async fn files(passage: &Passage, typed: &str) -> Result<Listing, Fault> {
    let paths = passage.list_files().await?;
    let lower = typed.to_lowercase();
    let mut fitting: Vec<(u8, &String)> =
        paths.iter().filter_map(|path| Some((fit(path, typed, &lower)?, path))).collect();
    fitting.sort_by_key(|(rank, _)| *rank);
    Ok(listing(fitting.into_iter().map(|(_, path)| Item {
        id: path.clone(),
        label: path.clone(),
        detail: None,
    })))
}

/// How well a path fits what was typed, 0 best; nothing when it does not.
fn fit(path: &str, typed: &str, lower: &str) -> Option<u8> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path == typed || name == typed {
        return Some(0);
    }
    if path.starts_with(typed) {
        return Some(1);
    }
    if name.starts_with(typed) {
        return Some(2);
    }
    let path = path.to_lowercase();
    let starts_word = |at: usize| !path[..at].ends_with(char::is_alphanumeric);
    let mut places = path.match_indices(lower).map(|(at, _)| at).peekable();
    places.peek()?;
    Some(if places.any(starts_word) { 3 } else { 4 })
}

/// Definitions whose name begins with what was typed, each name once. Nothing typed is no name.
pub(crate) async fn symbols(passage: &Passage, library: &Library, prefix: &str) -> Result<Listing, Fault> {
    if prefix.is_empty() {
        return Ok(Listing { items: Vec::new(), more: true });
    }
    let workspace = workspace::read(passage, library, &Context::default(), Terms::default()).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_file_comes_first() {
        let check = |path: &str, typed: &str, expected: Option<u8>| {
            assert_eq!(fit(path, typed, &typed.to_lowercase()), expected, "{path} {typed}");
        };
        check("src/retry.rs", "src/retry.rs", Some(0));
        check("src/retry.rs", "retry.rs", Some(0));
        check("src/retry.rs", "src/", Some(1));
        check("src/retry.rs", "ret", Some(2));
        check("src/may_retry.rs", "Retry", Some(3));
        check("src/mayretry.rs", "retry", Some(4));
        check("src/retry.rs", "depot", None);
        check("src/retry.rs", "", Some(1));
        check("é/İ.rs", "i", Some(3));
    }
}
