//! Wildcards: `*` stands for any characters, none included, and `?` for one.

/// Whether `text` matches `pattern`, character for character apart from the wildcards. Linear in the text for each `*`,
/// without backtracking over more than the last one.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut place) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                last_star = Some((at, place));
                at += 1;
            }
            Some(b'?') => {
                at += 1;
                place += char_bytes(text[place]);
            }
            Some(&byte) if byte == text[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((star, from)) = last_star else {
                    return false;
                };
                let next = from + char_bytes(text[from]);
                last_star = Some((star, next));
                (at, place) = (star + 1, next);
            }
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

/// Whether an action matches, in which case does not count.
pub(crate) fn matches_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Bytes of the character that starts with `first`.
const fn char_bytes(first: u8) -> usize {
    match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..])),
            (['?', rest @ ..], [_, tail @ ..]) => naive(rest, tail),
            ([c, rest @ ..], [d, tail @ ..]) => c == d && naive(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab?*é]{0,8}", text in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), naive(&chars(&pattern), &chars(&text)));
        }
    }

    #[test]
    fn actions_ignore_case() {
        assert!(matches_action("Q:send*", "q:SendMessage"));
        assert!(!matches_action("quillon:*", "q:SendMessage"));
    }
}
