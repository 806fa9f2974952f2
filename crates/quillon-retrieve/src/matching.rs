//! Which words of an index answer which words of a question, and how telling each is.

use quillon_text::{nearest, stem};
use rustc_hash::FxHashMap;

use crate::bigrams::pair;
use crate::index::Index;
use crate::query::{Query, Term};
use crate::related::related;
use crate::strings::hash_of;
use crate::vocabulary::WordId;

/// How much two words of a question written as one count: `time out` and `timeout`.
const JOINED_WEIGHT: f32 = 0.8;
/// How much a longer or shorter word counts where the word itself is nowhere.
const PREFIX_WEIGHT: f32 = 0.6;
/// How much a word counts that looks like a slip of the one that was asked for.
const SLIP_WEIGHT: f32 = 0.5;
/// A word shorter than this is not taken for the beginning of another.
const PREFIX_BYTES_MIN: usize = 4;
/// A word answers a term for the purpose of nearness when it counts at least this much.
const ANSWERS_MIN: f32 = 0.5;

/// One word of a question, as the index knows it.
pub(crate) struct Needle {
    /// Each word that answers it, and how much.
    pub(crate) words: Vec<(WordId, f32)>,
    pub(crate) weight: f32,
}

/// A question as the index knows it.
pub(crate) struct Matching {
    pub(crate) needles: Vec<Needle>,
    /// The needles that each word answers, as bits.
    pub(crate) answers: FxHashMap<WordId, u64>,
    /// Each two words of the question that follow one another.
    pub(crate) pairs: Vec<u64>,
    /// Words of the question that are nowhere, with a word that is near where there is one.
    pub(crate) unknown: Vec<Unknown>,
}

/// A word of a question that the index does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The word.
    pub word: String,
    /// A word that is there and looks alike.
    pub nearest: Option<String>,
}

impl Matching {
    pub(crate) fn new(index: &Index, query: &Query) -> Self {
        let hashes: Vec<u32> = query.terms.iter().map(|term| hash_of(&term.stem)).collect();
        let mut matching = Self {
            needles: Vec::new(),
            answers: FxHashMap::default(),
            pairs: hashes.windows(2).map(|two| pair(two[0], two[1])).collect(),
            unknown: Vec::new(),
        };
        for (place, term) in query.terms.iter().enumerate() {
            let mut found = Found::default();
            found.add(index, &term.stem, 1.0);
            let is_known = !found.words.is_empty();
            for (other, weight) in related(&term.stem) {
                found.add(index, &other, weight);
            }
            for neighbour in neighbours(&query.terms, place) {
                found.add(index, &neighbour, JOINED_WEIGHT);
            }
            if !is_known {
                let near = found.look_around(index, &term.stem);
                if found.words.is_empty() || near.is_some() {
                    matching.unknown.push(Unknown { word: term.word.clone(), nearest: near });
                }
            }
            let mut words: Vec<(WordId, f32)> = found.words.into_iter().collect();
            // By what they say and not by their ids, so that sums come out the same however the index came about.
            words.sort_unstable_by_key(|(word, _)| index.vocabulary.word(*word));
            for (word, weight) in &words {
                if *weight >= ANSWERS_MIN {
                    *matching.answers.entry(*word).or_default() |= 1 << place;
                }
            }
            matching.needles.push(Needle { words, weight: term.weight });
        }
        matching
    }
}

/// The stems of a term joined with the one before and the one after it.
fn neighbours(terms: &[Term], place: usize) -> impl Iterator<Item = String> {
    let pair = |first: usize| {
        let (first, second) = (terms.get(first)?, terms.get(first + 1)?);
        Some(stem(&format!("{}{}", first.word, second.word)))
    };
    [place.checked_sub(1).and_then(pair), pair(place)].into_iter().flatten()
}

#[derive(Default)]
struct Found {
    words: FxHashMap<WordId, f32>,
}

impl Found {
    fn add(&mut self, index: &Index, stem: &str, weight: f32) {
        for word in index.vocabulary.with_stem(stem) {
            let known = self.words.entry(word).or_insert(weight);
            *known = known.max(weight);
        }
    }

    /// Takes longer words, or shorter ones, or one that looks like a slip; names the latter.
    fn look_around(&mut self, index: &Index, wanted: &str) -> Option<String> {
        if wanted.len() < PREFIX_BYTES_MIN {
            return None;
        }
        let shorter = |stem: &str| {
            stem.len() >= PREFIX_BYTES_MIN && stem.len() * 3 >= wanted.len() * 2 && wanted.starts_with(stem)
        };
        let mut alike: Vec<&str> =
            index.vocabulary.stems().filter(|stem| stem.starts_with(wanted) || shorter(stem)).collect();
        alike.sort_unstable();
        for stem in &alike {
            self.add(index, stem, PREFIX_WEIGHT);
        }
        if !alike.is_empty() || !self.words.is_empty() {
            return None;
        }
        let first = wanted.chars().next()?;
        let mut candidates: Vec<&str> = index
            .vocabulary
            .stems()
            .filter(|stem| stem.starts_with(first) && stem.len().abs_diff(wanted.len()) <= wanted.len() / 3)
            .collect();
        candidates.sort_unstable();
        let near = nearest(wanted, candidates)?.to_owned();
        self.add(index, &near, SLIP_WEIGHT);
        Some(near)
    }
}
