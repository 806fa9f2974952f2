//! Finds what is known to be secret in other text, all of it in one pass: whole, and by either end where something cut it.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::redactor::FENCE;

/// A secret is recognised outside its shape only if it has at least so many bytes; less would be found in other words.
const KNOWN_BYTES_MIN: usize = 8;
/// A secret on one line is also known by an end of so many bytes, where something cut it.
const END_BYTES: usize = 12;
/// A secret that is not longer than an end has no ends, in bytes.
const CUT_BYTES_MIN: usize = 16;

/// Knows secrets.
#[derive(Debug)]
pub(crate) struct Finder {
    /// `None` when there is nothing to find, or more than an automaton takes: then it is looked for one by one.
    automaton: Option<AhoCorasick>,
    /// In the order of the automaton's patterns.
    patterns: Vec<(String, Role)>,
}

/// What a pattern stands for.
#[derive(Debug, Default)]
struct Role {
    is_whole: bool,
    /// The secrets that begin so.
    begins: Vec<String>,
    /// The secrets that end so.
    ends: Vec<String>,
}

impl Finder {
    /// A finder of these secrets.
    pub(crate) fn of<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut patterns: BTreeMap<&str, Role> = BTreeMap::new();
        for secret in secrets {
            if secret.len() >= KNOWN_BYTES_MIN {
                patterns.entry(secret).or_default().is_whole = true;
            }
            if secret.len() >= CUT_BYTES_MIN && !secret.contains('\n') && !secret.starts_with(FENCE) {
                let head = &secret[..secret.floor_char_boundary(END_BYTES)];
                let tail = &secret[secret.ceil_char_boundary(secret.len() - END_BYTES)..];
                patterns.entry(head).or_default().begins.push(secret.to_owned());
                patterns.entry(tail).or_default().ends.push(secret.to_owned());
            }
        }
        patterns.remove("");
        let patterns: Vec<(String, Role)> =
            patterns.into_iter().map(|(pattern, role)| (pattern.to_owned(), role)).collect();
        let texts = patterns.iter().map(|(pattern, _)| pattern);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts).ok();
        Self { automaton, patterns }
    }

    /// Where they are, from and to, in no order; they may overlap.
    pub(crate) fn spots(&self, text: &str) -> Vec<(usize, usize)> {
        let found = self.found(text);
        let whole = found.iter().filter(|(place, _, _)| self.patterns[*place].1.is_whole);
        let mut spots: Vec<_> = whole.map(|(_, start, end)| (*start, *end)).collect();
        let starts: BTreeSet<usize> = spots.iter().map(|(start, _)| *start).collect();
        let ends: BTreeSet<usize> = spots.iter().map(|(_, end)| *end).collect();
        for (place, start, end) in found {
            let Role { begins, ends: ending, .. } = &self.patterns[place].1;
            if !starts.contains(&start) {
                let same = begins.iter().map(|secret| same_from(secret, &text[start..])).max();
                spots.extend(same.map(|same| (start, start + same)));
            }
            if !ends.contains(&end) {
                let same = ending.iter().map(|secret| same_to(secret, &text[..end])).max();
                spots.extend(same.map(|same| (end - same, end)));
            }
        }
        spots
    }

    /// The patterns that are there, from and to.
    fn found(&self, text: &str) -> Vec<(usize, usize, usize)> {
        if let Some(automaton) = &self.automaton {
            let found = automaton.find_overlapping_iter(text);
            return found.map(|found| (found.pattern().as_usize(), found.start(), found.end())).collect();
        }
        let one = |(place, (pattern, _)): (usize, &(String, Role))| {
            text.match_indices(pattern.as_str())
                .map(|(start, found)| (place, start, start + found.len()))
                .collect::<Vec<_>>()
        };
        self.patterns.iter().enumerate().flat_map(one).collect()
    }
}

/// How much of a text agrees with the beginning of a secret, in bytes.
fn same_from(secret: &str, text: &str) -> usize {
    let same = secret.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    text.floor_char_boundary(same)
}

/// How much of a text agrees with the end of a secret, in bytes.
fn same_to(secret: &str, text: &str) -> usize {
    let same = secret.bytes().rev().zip(text.bytes().rev()).take_while(|(a, b)| a == b).count();
    text.len() - text.ceil_char_boundary(text.len() - same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(secrets: &[&str], text: &str, expected: &[(usize, usize)]) {
        let mut finder = Finder::of(secrets.iter().copied());
        for has_automaton in [true, false] {
            finder.automaton = finder.automaton.take().filter(|_| has_automaton);
            let mut spots = finder.spots(text);
            spots.sort_unstable();
            assert_eq!(spots, expected, "{text}");
        }
    }

    #[test]
    fn what_is_whole_and_what_was_cut_is_found() {
        let secret = "abcdefghijklmnopqrst";
        check(&[secret], "x abcdefghijklmnopqrst.", &[(2, 22)]);
        check(&[secret], "x abcdefghijklmno.", &[(2, 17)]);
        check(&[secret], "x fghijklmnopqrst.", &[(2, 17)]);
        check(&[secret], "x abcdefghijk", &[]);
        check(&["short"], "a short one", &[]);
        check(&["eightbyt"], "xeightbytx", &[(1, 9)]);
        check(&["äbcdefghijklmnopqrst"], "x äbcdefghijklmé", &[(2, 16)]);
        // Of several that begin alike, what agrees most counts.
        check(&[secret, "abcdefghijklmnoUVWXY"], "abcdefghijklmnoUV", &[(0, 17)]);
    }
}
