//! Whether two patterns have a text in common, and which.
//!
//! Questions about all requests of a kind ("may anybody ever", "what does this change grant") meet pairs of patterns. The
//! answer is the shortest text that both match, found breadth first over pairs of places, so it costs the product of the
//! two lengths and no more.

use std::collections::{HashMap, VecDeque};

use crate::pattern::Pattern;

/// A place in each of two patterns.
type Pair = (usize, usize);

/// A step to a pair of places, and the character that it spells, if it spells one.
type Step = (Pair, Option<char>);

/// A pattern as characters; `None` stands for any characters, `Some(None)` for one.
type Shape = [Option<Option<char>>];

/// What stands for a character that nobody chose.
const FILLER: char = 'x';

/// Whether a pattern has a text in common with a text in which `*` stands for any characters.
pub(crate) fn with_text(pattern: &Pattern, text: &str) -> bool {
    common(&pattern.shape(), &stars(text)).is_some()
}

/// The shortest text that matches the pattern and a text in which `*` stands for any characters.
pub(crate) fn example_of_text(pattern: &Pattern, text: &str) -> Option<String> {
    common(&pattern.shape(), &stars(text))
}

/// A text that matches the pattern, each `*` in it being `filling`.
pub(crate) fn filled(pattern: &Pattern, filling: &str) -> String {
    let mut text = String::new();
    for unit in pattern.shape() {
        match unit {
            None => text.push_str(filling),
            Some(None) => text.push(FILLER),
            Some(Some(c)) => text.push(c),
        }
    }
    text
}

fn stars(text: &str) -> Vec<Option<Option<char>>> {
    text.chars().map(|c| (c != '*').then_some(Some(c))).collect()
}

fn common(one: &Shape, other: &Shape) -> Option<String> {
    let end = (one.len(), other.len());
    let mut came_from: HashMap<Pair, Step> = HashMap::new();
    let mut queue = VecDeque::from([(0, 0)]);
    while let Some(at) = queue.pop_front() {
        if at == end {
            return Some(spelled(&came_from, end));
        }
        for (next, c) in steps(one, other, at) {
            if next != (0, 0) && !came_from.contains_key(&next) {
                came_from.insert(next, (at, c));
                // A step that spells nothing goes first, so that the first text to arrive is a shortest one.
                if c.is_none() { queue.push_front(next) } else { queue.push_back(next) }
            }
        }
    }
    None
}

fn steps(one: &Shape, other: &Shape, (i, j): Pair) -> Vec<Step> {
    let (left, right) = (one.get(i), other.get(j));
    let mut steps = Vec::new();
    if left == Some(&None) {
        steps.push(((i + 1, j), None));
    }
    if right == Some(&None) {
        steps.push(((i, j + 1), None));
    }
    let (Some(left), Some(right)) = (left, right) else { return steps };
    let c = match (left.flatten(), right.flatten()) {
        (Some(a), Some(b)) if a != b => return steps,
        (Some(c), _) | (None, Some(c)) => c,
        (None, None) => FILLER,
    };
    let after = |unit: &Option<Option<char>>, place: usize| if unit.is_none() { place } else { place + 1 };
    steps.push(((after(left, i), after(right, j)), Some(c)));
    steps
}

fn spelled(came_from: &HashMap<Pair, Step>, end: (usize, usize)) -> String {
    let mut characters = Vec::new();
    let mut at = end;
    while let Some(&(before, c)) = came_from.get(&at) {
        characters.extend(c);
        at = before;
    }
    characters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::condition::Context;
    use crate::pattern::{Outcome, Reading};

    fn compile(text: &str) -> Pattern {
        Pattern::compile(text, Reading { wildcards: true, variables: true, arn: false }).unwrap()
    }

    fn example(one: &Pattern, other: &Pattern) -> Option<String> {
        common(&one.shape(), &other.shape())
    }

    fn check(one: &str, other: &str, expected: Option<&str>) {
        assert_eq!(example(&compile(one), &compile(other)).as_deref(), expected, "{one} {other}");
    }

    #[test]
    fn the_shortest_common_text() {
        check("a*", "*b", Some("ab"));
        check("a*", "b*", None);
        check("*", "*", Some(""));
        check("?", "*", Some("x"));
        check("a?c", "ab*", Some("abc"));
        check("${key}b", "a*", Some("ab"));
        check("abc", "abc", Some("abc"));
        check("a", "ab", None);
        assert!(with_text(&compile("s3:b/*"), "s3:*"));
        assert!(!with_text(&compile("s3:b/?"), "s3:b/"));
        assert_eq!(filled(&compile("a*b?${k}"), "--"), "a--bx--");
    }

    proptest! {
        #[test]
        fn an_example_matches_both(one in "[ab?*]{0,7}", other in "[ab?*]{0,7}", text in "[ab]{0,6}") {
            let (one, other) = (compile(&one), compile(&other));
            let facts = Context::new();
            let matches = |text: &str| {
                one.matches(text, &facts) == Outcome::Match && other.matches(text, &facts) == Outcome::Match
            };
            let example = example(&one, &other);
            if let Some(example) = &example {
                prop_assert!(matches(example));
            }
            if matches(&text) {
                prop_assert!(example.is_some_and(|example| example.chars().count() <= text.chars().count()));
            }
        }
    }
}
