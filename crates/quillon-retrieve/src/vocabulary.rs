//! The words of an index: each as it is written, and the stems that it can be found by.
//!
//! A word is kept with its case, so that a name can be looked up exactly. It is found by the stem of each of its parts
//! (`retryPolicy` by `retry` and `policy`) and by its parts joined (`time_out` by `timeout`).

use quillon_text::{stem, subwords};

use crate::groups::Groups;
use crate::strings::{NONE, Strings};

/// A word, by its place in the vocabulary.
pub(crate) type WordId = u32;

#[derive(Clone, Default)]
pub(crate) struct Vocabulary {
    words: Strings,
    stems: Strings,
    /// In how many parts each word comes apart.
    parts: Vec<u8>,
    /// Where the stems of each word end in `stem_ids`.
    stem_ends: Vec<u32>,
    stem_ids: Vec<u32>,
    by_stem: Groups<WordId>,
    /// How many words `by_stem` has packed.
    packed: usize,
}

impl Vocabulary {
    /// The word's id; it is taken in when it is new.
    pub(crate) fn intern(&mut self, word: &str) -> WordId {
        let (id, is_new) = self.words.intern(word);
        if !is_new {
            return id;
        }
        let parts = subwords(word);
        self.parts.push(u8::try_from(parts.len()).unwrap_or(u8::MAX));
        let first = self.stem_ids.len();
        for part in &parts {
            self.add_stem(&stem(part), first);
        }
        if parts.len() > 1 {
            self.add_stem(&stem(&parts.concat()), first);
        }
        self.stem_ends.push(u32::try_from(self.stem_ids.len()).unwrap_or(NONE));
        for at in first..self.stem_ids.len() {
            self.by_stem.push(self.stem_ids[at], id);
        }
        id
    }

    fn add_stem(&mut self, stem: &str, first: usize) {
        let (stem, _) = self.stems.intern(stem);
        if stem != NONE && !self.stem_ids[first..].contains(&stem) {
            self.stem_ids.push(stem);
        }
    }

    /// Packs what came since the last time, for when much did.
    pub(crate) fn pack(&mut self) {
        if self.packed == self.words.count() {
            return;
        }
        self.packed = self.words.count();
        let pairs = || {
            (0..self.words.count() as u32)
                .flat_map(|word| self.stems_of(word).iter().map(move |stem| (*stem, word)))
        };
        self.by_stem = Groups::packed(self.stems.count(), pairs);
    }

    fn stems_of(&self, word: WordId) -> &[u32] {
        let at = word as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.stem_ends[before]);
        &self.stem_ids[start as usize..self.stem_ends[at] as usize]
    }

    pub(crate) fn id(&self, word: &str) -> Option<WordId> {
        self.words.find(word)
    }

    /// The word as it is written.
    pub(crate) fn word(&self, id: WordId) -> &str {
        self.words.get(id)
    }

    /// How many words there are.
    pub(crate) fn count(&self) -> usize {
        self.parts.len()
    }

    /// The words that have `stem` as a part or as a whole.
    pub(crate) fn with_stem(&self, stem: &str) -> impl Iterator<Item = WordId> + '_ {
        let stem = self.stems.find(stem);
        stem.into_iter().flat_map(|stem| self.by_stem.of(stem))
    }

    /// In how many parts a word comes apart; at least one.
    pub(crate) fn parts(&self, word: WordId) -> u8 {
        self.parts.get(word as usize).map_or(1, |parts| (*parts).max(1))
    }

    pub(crate) fn stems(&self) -> impl Iterator<Item = &str> {
        self.stems.all()
    }

    /// What a cache keeps of it.
    pub(crate) fn kept(&self) -> KeptVocabulary<'_> {
        let Self { words, stems, parts, stem_ends, stem_ids, .. } = self;
        KeptVocabulary { words, stems, parts, stem_ends, stem_ids }
    }

    /// From what a cache kept; nothing where it does not fit together.
    pub(crate) fn from_kept(
        words: Strings,
        stems: Strings,
        parts: Vec<u8>,
        stem_ends: Vec<u32>,
        stem_ids: Vec<u32>,
    ) -> Option<Self> {
        let fits = parts.len() == words.count()
            && stem_ends.len() == words.count()
            && stem_ends.is_sorted()
            && stem_ends.last().map_or(0, |end| *end as usize) == stem_ids.len()
            && stem_ids.iter().all(|stem| (*stem as usize) < stems.count());
        if !fits {
            return None;
        }
        let by_stem = Groups::default();
        let mut vocabulary = Self { words, stems, parts, stem_ends, stem_ids, by_stem, packed: usize::MAX };
        vocabulary.pack();
        Some(vocabulary)
    }
}

/// The parts of a vocabulary that a cache keeps.
pub(crate) struct KeptVocabulary<'a> {
    pub(crate) words: &'a Strings,
    pub(crate) stems: &'a Strings,
    pub(crate) parts: &'a [u8],
    pub(crate) stem_ends: &'a [u32],
    pub(crate) stem_ids: &'a [u32],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_parts() {
        let mut vocabulary = Vocabulary::default();
        let policy = vocabulary.intern("retryPolicies");
        vocabulary.pack();
        let wait = vocabulary.intern("time_out");
        assert_eq!(vocabulary.intern("retryPolicies"), policy);
        let check = |vocabulary: &Vocabulary| {
            for (asked, expected) in [
                ("retry", &[policy][..]),
                ("policy", &[policy]),
                ("retrypolicy", &[policy]),
                ("timeout", &[wait]),
                ("time", &[wait]),
                ("other", &[]),
            ] {
                let found: Vec<WordId> = vocabulary.with_stem(&quillon_text::stem(asked)).collect();
                assert_eq!(found, expected, "{asked}");
            }
            assert_eq!((vocabulary.parts(policy), vocabulary.count()), (2, 2));
            assert_eq!((vocabulary.id("time_out"), vocabulary.id("Time_out")), (Some(wait), None));
        };
        check(&vocabulary);
        vocabulary.pack();
        check(&vocabulary);
        let KeptVocabulary { words, stems, parts, stem_ends, stem_ids } = vocabulary.kept();
        let (words, stems) = (words.clone(), stems.clone());
        check(
            &Vocabulary::from_kept(words, stems, parts.to_vec(), stem_ends.to_vec(), stem_ids.to_vec())
                .unwrap(),
        );
    }
}
