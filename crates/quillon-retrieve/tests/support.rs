//! A small workspace in several languages.

use quillon_retrieve::{Document, Index};

const PARCELS: &str = include_str!("fixtures/parcels.txt");

/// The files of the parcel service.
pub(crate) fn parcels() -> Vec<Document> {
    let files = PARCELS.split("//- ").filter(|file| !file.is_empty());
    files
        .map(|file| {
            let (path, text) = file.split_once('\n').expect("a path and a text");
            Document::new(path, text)
        })
        .collect()
}

/// An index of them.
pub(crate) fn index() -> Index {
    Index::build(parcels())
}
