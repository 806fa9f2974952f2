//! Words that a text must have for something to be found in it: all are looked for in one pass over the text, so that only
//! what has a chance is tried.

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashMap;

/// The words that each of several things needs.
#[derive(Debug)]
pub(crate) struct Words {
    /// Nothing where the words are too many for one: that costs speed, not findings.
    automaton: Option<AhoCorasick>,
    /// Rows of words, by their place in the automaton.
    needs: Vec<Vec<Vec<usize>>>,
}

impl Words {
    /// Things that each need one word of each of their rows.
    pub(crate) fn new<'w>(things: impl Iterator<Item = &'w [Vec<String>]>) -> Self {
        let mut places: FxHashMap<&str, usize> = FxHashMap::default();
        let mut words: Vec<&str> = Vec::new();
        let mut place = |word: &'w String| {
            *places.entry(word).or_insert_with(|| {
                words.push(word);
                words.len() - 1
            })
        };
        let needs = things
            .map(|rows| rows.iter().map(|row| row.iter().map(&mut place).collect()).collect())
            .collect();
        Self { automaton: AhoCorasick::builder().match_kind(MatchKind::Standard).build(&words).ok(), needs }
    }

    /// The things whose words a text has.
    pub(crate) fn possible(&self, text: &str) -> Vec<usize> {
        let Some(automaton) = &self.automaton else { return (0..self.needs.len()).collect() };
        let mut has = vec![false; automaton.patterns_len()];
        for found in automaton.find_overlapping_iter(text) {
            has[found.pattern().as_usize()] = true;
        }
        let holds = |needs: &Vec<Vec<usize>>| needs.iter().all(|row| row.iter().any(|word| has[*word]));
        self.needs.iter().enumerate().filter(|(_, needs)| holds(needs)).map(|(place, _)| place).collect()
    }
}
