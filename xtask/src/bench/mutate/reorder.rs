//! Statements next to each other that do not touch each other change places.

use super::token::{Class, Token};
use super::{KEYWORDS, code};

/// Swaps pairs of statements of which neither says a name of the other.
pub(super) fn reorder(words: &mut Vec<Token>) {
    let code = code(words);
    let statements = statements(words, &code);
    let mut nth = 0;
    let mut swaps = Vec::new();
    while nth + 1 < statements.len() {
        let (first, second) = (&statements[nth], &statements[nth + 1]);
        let says = |range: &std::ops::Range<usize>| -> Vec<&str> {
            code[range.clone()].iter().map(|at| words[*at].text.as_str()).collect()
        };
        if first.end == second.start && are_independent(&says(first), &says(second)) {
            let place = |nth: usize| code[nth];
            swaps.push((
                place(first.start)..place(first.end - 1) + 1,
                place(second.start)..place(second.end - 1) + 1,
            ));
            nth += 1;
        }
        nth += 1;
    }
    for (first, second) in swaps.into_iter().rev() {
        let between = words[first.end..second.start].to_vec();
        let swapped = [&words[second.clone()], &between, &words[first.clone()]].concat();
        words.splice(first.start..second.end, swapped);
    }
}

/// The statements that end with a semicolon and hold no block, as ranges of code.
fn statements(words: &[Token], code: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut all = Vec::new();
    let (mut start, mut parentheses) = (None, 0_i32);
    for (nth, at) in code.iter().enumerate() {
        match words[*at].text.as_str() {
            "(" => parentheses += 1,
            ")" => parentheses -= 1,
            "{" | "}" => start = Some(nth + 1),
            ";" if parentheses == 0 => {
                all.extend(start.filter(|start| *start < nth).map(|start| start..nth + 1));
                start = Some(nth + 1);
            }
            // What follows is part of something larger.
            ":" if words[*at].class == Class::Sign && parentheses == 0 => start = None,
            _ => {}
        }
    }
    all
}

fn are_independent(first: &[&str], second: &[&str]) -> bool {
    match (declared(first), declared(second)) {
        (Some(one), Some(other)) => !second.contains(&one) && !first.contains(&other),
        (None, None) => match (put(first), put(second)) {
            (Some((map, key)), Some((other_map, other_key))) => map == other_map && key != other_key,
            _ => false,
        },
        _ => false,
    }
}

/// The name that a statement declares and gives something that nothing else can see: a literal or a new, empty thing.
fn declared<'w>(words: &[&'w str]) -> Option<&'w str> {
    let at = words.iter().position(|word| *word == "=")?;
    let (name, value) = (words[at.checked_sub(1)?], &words[at + 1..words.len() - 1]);
    let is_literal = |word: &str| {
        word.starts_with(|letter: char| letter == '"' || letter.is_ascii_digit())
            || matches!(word, "true" | "false" | "null")
    };
    let is_fresh = match value {
        [only] => is_literal(only),
        ["new", made @ .., "(", ")"] => made.iter().all(|word| !matches!(*word, "(" | ")" | "[")),
        _ => false,
    };
    let is_bare = KEYWORDS.contains(words.first()?);
    (at >= 2 && is_fresh && !is_bare && !words[..at].contains(&"static")).then_some(name)
}

/// The map and key of `map.put("key", name);`.
fn put<'w>(words: &[&'w str]) -> Option<(&'w str, &'w str)> {
    match words {
        [map, ".", "put", "(", key, ",", _, ")", ";"] if key.starts_with('"') => Some((map, key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn check(before: &str, after: &str) {
        let mut words = tokens(before);
        reorder(&mut words);
        assert_eq!(words.into_iter().map(|word| word.text).collect::<String>(), after);
    }

    #[test]
    fn what_does_not_touch_changes_places() {
        check(
            "{ String a = \"x\"; // one\n Map<A, B> b = new Map<>(); f(); }",
            "{ Map<A, B> b = new Map<>(); // one\n String a = \"x\"; f(); }",
        );
        check("{ m.put(\"a\", x); m.put(\"b\", y); }", "{ m.put(\"b\", y); m.put(\"a\", x); }");
        check("{ m.put(\"a\", x); m.put(\"a\", y); }", "{ m.put(\"a\", x); m.put(\"a\", y); }");
        check(
            "{ if (x) b = p; else b = \"n\"; T c = null; }",
            "{ if (x) b = p; else b = \"n\"; T c = null; }",
        );
        check("{ int a = 1; int b = f(); }", "{ int a = 1; int b = f(); }");
        check(
            "{ for (int i = 0; i < 3; i++) a(); int b = 1; }",
            "{ for (int i = 0; i < 3; i++) a(); int b = 1; }",
        );
    }
}
