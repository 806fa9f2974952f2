//! The words of an index: each as it is written, and the stems that it can be found by.
//!
//! A word is kept with its case, so that a name can be looked up exactly. It is found by the stem of each of its parts
//! (`retryPolicy` by `retry` and `policy`) and by its parts joined (`time_out` by `timeout`).

use quillon_text::{stem, subwords};
use rustc_hash::FxHashMap;

/// A word, by its place in the vocabulary.
pub(crate) type WordId = u32;

#[derive(Default)]
pub(crate) struct Vocabulary {
    ids: FxHashMap<Box<str>, WordId>,
    stems: FxHashMap<Box<str>, Vec<WordId>>,
    /// In how many parts each word comes apart.
    parts: Vec<u8>,
}

impl Vocabulary {
    /// The word's id; it is taken in when it is new.
    pub(crate) fn intern(&mut self, word: &str) -> WordId {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        let id = WordId::try_from(self.parts.len()).unwrap_or(WordId::MAX);
        self.ids.insert(word.into(), id);
        let parts = subwords(word);
        self.parts.push(u8::try_from(parts.len()).unwrap_or(u8::MAX));
        let mut stems: Vec<String> = parts.iter().map(|part| stem(part)).collect();
        if parts.len() > 1 {
            stems.push(stem(&parts.concat()));
        }
        stems.sort_unstable();
        stems.dedup();
        for stem in stems {
            match self.stems.get_mut(stem.as_str()) {
                Some(words) => words.push(id),
                None => {
                    self.stems.insert(stem.into(), vec![id]);
                }
            }
        }
        id
    }

    pub(crate) fn id(&self, word: &str) -> Option<WordId> {
        self.ids.get(word).copied()
    }

    /// How many words there are.
    pub(crate) fn count(&self) -> usize {
        self.parts.len()
    }

    /// The words that have `stem` as a part or as a whole.
    pub(crate) fn with_stem(&self, stem: &str) -> &[WordId] {
        self.stems.get(stem).map_or(&[], Vec::as_slice)
    }

    /// In how many parts a word comes apart; at least one.
    pub(crate) fn parts(&self, word: WordId) -> u8 {
        self.parts.get(word as usize).map_or(1, |parts| (*parts).max(1))
    }

    pub(crate) fn stems(&self) -> impl Iterator<Item = &str> {
        self.stems.keys().map(|stem| &**stem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_parts() {
        let mut vocabulary = Vocabulary::default();
        let policy = vocabulary.intern("retryPolicies");
        let wait = vocabulary.intern("time_out");
        assert_eq!(vocabulary.intern("retryPolicies"), policy);
        for (stem, expected) in [
            ("retry", &[policy][..]),
            ("policy", &[policy]),
            ("retrypolicy", &[policy]),
            ("timeout", &[wait]),
            ("time", &[]),
        ] {
            let stem = quillon_text::stem(stem);
            let found = vocabulary.with_stem(&stem);
            let expected = if stem == "tim" { &[wait][..] } else { expected };
            assert_eq!(found, expected, "{stem}");
        }
        assert_eq!((vocabulary.parts(policy), vocabulary.count()), (2, 2));
        assert_eq!((vocabulary.id("time_out"), vocabulary.id("Time_out")), (Some(wait), None));
    }
}
