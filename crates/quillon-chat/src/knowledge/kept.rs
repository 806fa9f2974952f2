//! Knowledge bases as they are kept: one sealed record for what a base is, and some for its text.
//!
//! The text is written first and the record of the base last, so that a base is there as a whole or not at all. What a
//! crash leaves behind is found by nobody, and goes with [`clear`].

use quillon_base::{Fault, RecordId, Timestamp};
use quillon_contract::Verb;
use quillon_road::{Kept, Passage};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// The version of the records that this build writes.
const VERSION: u32 = 1;
/// The group of what bases are.
const BASES: &str = "bases";
/// The most bases of one person, over all agents.
pub(crate) const BASES_MAX: u32 = 200;
/// The text that goes into one record, in bytes, unless one document is larger.
const PART_BYTES: usize = 2 * 1024 * 1024;
/// The most records of text of one base.
const PARTS_MAX: u32 = 200;
/// The most records that are looked for when all are removed.
const RECORDS_MAX: u32 = 100_000;

/// What a base is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Base {
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) agent: String,
    /// The folder or document, as the workspace that it was added in names it.
    pub(crate) path: String,
    /// The folder of that workspace; empty in records of older builds.
    #[serde(default)]
    pub(crate) folder: String,
    #[serde(default)]
    pub(crate) include: Vec<String>,
    #[serde(default)]
    pub(crate) exclude: Vec<String>,
    /// The group of its text.
    pub(crate) group: String,
    pub(crate) documents: u64,
    pub(crate) bytes: u64,
    /// Documents that were left out, or of which only a part was read.
    #[serde(default)]
    pub(crate) skipped: u64,
}

/// A document as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Text {
    /// Where it was, as the workspace named it.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The line, from 0, on which each page begins, with its number; none for a document without pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pages: Vec<(u32, u32)>,
}

#[derive(Serialize, Deserialize)]
struct Part {
    version: u32,
    texts: Vec<Text>,
}

/// A record as it is read: what it should be, or something of a newer version.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored<T> {
    Known(T),
    Unreadable(IgnoredAny),
}

impl<T> Stored<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unreadable(_) => None,
        }
    }
}

/// A base with the record that it is.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) record: RecordId,
    pub(crate) read: Timestamp,
    pub(crate) base: Base,
}

impl Base {
    pub(crate) const fn new(name: String, agent: String, path: String, group: String) -> Self {
        Self {
            version: VERSION,
            name,
            agent,
            path,
            folder: String::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            group,
            documents: 0,
            bytes: 0,
            skipped: 0,
        }
    }
}

/// The bases of an agent, by name. Any verb may look that may search.
///
/// # Errors
/// Those of the store, and `policy.refused`.
pub(crate) async fn bases(passage: &Passage, agent: &str) -> Result<Vec<Found>, Fault> {
    let mut found = all(passage).await?;
    found.retain(|found| found.base.agent == agent);
    found.sort_by(|left, right| left.base.name.cmp(&right.base.name));
    // The newest comes first: an update that was cut off between its two records leaves an older one behind.
    found.dedup_by(|later, first| later.base.name == first.base.name);
    Ok(found)
}

/// The bases of every agent, newest first.
///
/// # Errors
/// As [`bases`].
pub(crate) async fn all(passage: &Passage) -> Result<Vec<Found>, Fault> {
    let stored: Vec<Kept<Stored<Base>>> =
        passage.kept_through(Verb::KnowledgeSearch, Some(BASES), BASES_MAX).await?;
    let known = stored.into_iter().filter_map(|kept| {
        let base = kept.value.known()?;
        Some(Found { record: kept.id, read: kept.created, base })
    });
    Ok(known.collect())
}

/// The text of a base.
///
/// # Errors
/// As [`bases`].
pub(crate) async fn texts(passage: &Passage, base: &Base) -> Result<Vec<Text>, Fault> {
    let parts: Vec<Kept<Stored<Part>>> =
        passage.kept_through(Verb::KnowledgeSearch, Some(&base.group), PARTS_MAX).await?;
    let texts = parts.into_iter().filter_map(|part| part.value.known()).flat_map(|part| part.texts);
    let mut texts: Vec<Text> = texts.collect();
    texts.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(texts)
}

/// Keeps a base and its text.
///
/// # Errors
/// Those of the store.
pub(crate) async fn keep(passage: &Passage, base: &Base, texts: Vec<Text>) -> Result<(), Fault> {
    let (mut part, mut bytes) = (Vec::new(), 0);
    for text in texts {
        if bytes + text.text.len() > PART_BYTES && !part.is_empty() {
            passage.keep(&base.group, &Part { version: VERSION, texts: std::mem::take(&mut part) }).await?;
            bytes = 0;
        }
        bytes += text.text.len();
        part.push(text);
    }
    if !part.is_empty() {
        passage.keep(&base.group, &Part { version: VERSION, texts: part }).await?;
    }
    passage.keep(BASES, base).await.map(|_| ())
}

/// Removes a base, and then its text.
///
/// # Errors
/// Those of the store.
pub(crate) async fn forget(passage: &Passage, found: &Found) -> Result<(), Fault> {
    passage.forget(found.record).await?;
    let parts: Vec<Kept<IgnoredAny>> = passage.kept(Some(&found.base.group), PARTS_MAX).await?;
    for part in parts {
        passage.forget(part.id).await?;
    }
    Ok(())
}

/// Removes everything of the asker, of every agent, also what a crash left behind; says how many bases there were.
///
/// # Errors
/// Those of the store.
pub(crate) async fn clear(passage: &Passage) -> Result<usize, Fault> {
    let bases: Vec<Kept<IgnoredAny>> = passage.kept(Some(BASES), BASES_MAX).await?;
    let records: Vec<Kept<IgnoredAny>> = passage.kept(None, RECORDS_MAX).await?;
    for record in records {
        passage.forget(record.id).await?;
    }
    Ok(bases.len())
}
