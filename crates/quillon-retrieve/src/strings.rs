//! Strings that are each kept once, in one text, and known by their number. Two vectors and a table of slots hold any
//! number of them, so that they are quickly read back from a cache.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// No string has this number.
pub(crate) const NONE: u32 = u32::MAX;

/// Strings, by number.
#[derive(Clone, Default)]
pub(crate) struct Strings {
    text: String,
    /// Where each string ends; it starts where the one before ends.
    ends: Vec<u32>,
    /// Numbers by hash, with linear probing; [`NONE`] is free. Its length is a power of two, or nothing.
    slots: Vec<u32>,
}

pub(crate) fn hash_of(string: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(string.as_bytes());
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}

impl Strings {
    /// The strings that `text` falls into at `ends`; nothing where these are no borders of its, or one comes twice.
    pub(crate) fn from_parts(text: String, ends: Vec<u32>) -> Option<Self> {
        let is_cut = ends.is_sorted() && ends.iter().all(|end| text.is_char_boundary(*end as usize));
        let is_whole = ends.last().map_or(0, |end| *end as usize) == text.len();
        if !is_cut || !is_whole {
            return None;
        }
        let mut strings = Self { text, ends, slots: Vec::new() };
        strings.grow_to(strings.ends.len()).then_some(strings)
    }

    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let Some(&end) = self.ends.get(at) else { return "" };
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..end as usize]
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|number| self.get(number))
    }

    /// The number of a string that is known.
    pub(crate) fn find(&self, string: &str) -> Option<u32> {
        let place = self.place_of(string)?;
        Some(self.slots[place]).filter(|number| *number != NONE)
    }

    /// The number of a string, and whether it is new. What no longer fits has none.
    pub(crate) fn intern(&mut self, string: &str) -> (u32, bool) {
        if (self.ends.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow_to((self.ends.len() + 1) * 2);
        }
        let Some(place) = self.place_of(string) else { return (NONE, false) };
        if self.slots[place] != NONE {
            return (self.slots[place], false);
        }
        let end = u32::try_from(self.text.len() + string.len()).ok();
        let number = u32::try_from(self.ends.len()).ok().filter(|number| *number != NONE);
        let (Some(end), Some(number)) = (end, number) else { return (NONE, false) };
        self.text.push_str(string);
        self.ends.push(end);
        self.slots[place] = number;
        (number, true)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The slot that a string is in, or the free one that it would be in; none in an empty table.
    fn place_of(&self, string: &str) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut place = hash_of(string) as usize & mask;
        // A quarter of the slots is free, so this ends.
        while self.slots[place] != NONE && self.get(self.slots[place]) != string {
            place = (place + 1) & mask;
        }
        Some(place)
    }

    /// Makes room for so many; says whether all that are here differ.
    fn grow_to(&mut self, count: usize) -> bool {
        let slots = (count * 4 / 3 + 1).next_power_of_two().max(16);
        self.slots.clear();
        self.slots.resize(slots, NONE);
        for number in 0..self.ends.len() as u32 {
            let Some(place) = self.place_of(self.get(number)) else { return false };
            if self.slots[place] != NONE {
                return false;
            }
            self.slots[place] = number;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_are_kept_once_and_found_again(words in proptest::collection::vec("[abé]{0,3}", 0..200)) {
            let mut strings = Strings::default();
            let mut expected: BTreeMap<String, u32> = BTreeMap::new();
            for word in &words {
                let next = expected.len() as u32;
                let number = *expected.entry(word.clone()).or_insert(next);
                prop_assert_eq!(strings.intern(word), (number, number == next));
            }
            let again = Strings::from_parts(strings.text().to_owned(), strings.ends().to_vec()).unwrap();
            for (word, number) in &expected {
                prop_assert_eq!(again.find(word), Some(*number));
                prop_assert_eq!(again.get(*number), word);
            }
            prop_assert_eq!((again.count(), again.find("x")), (expected.len(), None));
        }
    }

    #[test]
    fn parts_that_are_no_strings_are_refused() {
        let check = |text: &str, ends: &[u32], expected: bool| {
            assert_eq!(Strings::from_parts(text.to_owned(), ends.to_vec()).is_some(), expected, "{ends:?}");
        };
        check("ab", &[1, 2], true);
        check("", &[], true);
        check("ab", &[1], false);
        check("ab", &[2, 1], false);
        check("ab", &[3], false);
        check("é", &[1, 2], false);
        check("aa", &[1, 2], false);
    }
}
