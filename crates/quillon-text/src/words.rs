//! Words: identifiers taken apart, words brought to their stem.

/// The words of an identifier, in lower case: `HTTPServerError2` is `http`, `server`, `error`, `2`.
#[must_use]
pub fn subwords(identifier: &str) -> Vec<String> {
    let chars: Vec<char> = identifier.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (place, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            take(&mut word, &mut words);
            continue;
        }
        let before = place.checked_sub(1).map(|place| chars[place]);
        let after = chars.get(place + 1);
        let starts = before.is_some_and(|before| {
            let hump = c.is_uppercase() && !before.is_uppercase();
            let end_of_acronym =
                c.is_uppercase() && before.is_uppercase() && after.is_some_and(|next| next.is_lowercase());
            let number = c.is_numeric() != before.is_numeric();
            hump || end_of_acronym || number
        });
        if starts {
            take(&mut word, &mut words);
        }
        word.extend(c.to_lowercase());
    }
    take(&mut word, &mut words);
    words
}

fn take(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// A word without its English ending, so that `parsing`, `parses` and `parsed` meet. Light on purpose: it is applied to
/// code and prose alike, in query and index alike.
#[must_use]
pub fn stem(word: &str) -> String {
    const STEM_BYTES_MIN: usize = 3;
    if !word.is_ascii() || word.len() <= STEM_BYTES_MIN || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return word.to_owned();
    }
    let endings: &[(&str, &str)] = &[
        ("ically", "ic"),
        ("ations", "ate"),
        ("ation", "ate"),
        ("izers", "ize"),
        ("izer", "ize"),
        ("ators", "ate"),
        ("ator", "ate"),
        ("ingly", ""),
        ("ings", ""),
        ("ing", ""),
        ("edly", ""),
        ("ied", "y"),
        ("ies", "y"),
        ("sses", "ss"),
        ("ness", ""),
        ("ment", ""),
        ("ers", ""),
        ("er", ""),
        ("ed", ""),
        ("ly", ""),
        ("es", ""),
        ("s", ""),
    ];
    let cut = endings.iter().find_map(|(ending, instead)| {
        let left = word.strip_suffix(ending)?;
        let enough = left.len() >= STEM_BYTES_MIN && left.bytes().any(|byte| b"aeiouy".contains(&byte));
        let plural_of_ss =
            *ending == "s" && (left.ends_with('s') || left.ends_with('u') || left.ends_with('i'));
        (enough && !plural_of_ss).then(|| format!("{left}{instead}"))
    });
    let mut stem = cut.unwrap_or_else(|| word.to_owned());
    let doubled = stem.len() > STEM_BYTES_MIN
        && stem.as_bytes()[stem.len() - 1] == stem.as_bytes()[stem.len() - 2]
        && !stem.ends_with(['l', 's', 'z', 'e', 'o']);
    if doubled && stem.len() < word.len() {
        stem.pop();
    }
    if stem.len() > STEM_BYTES_MIN && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

/// Words that say nothing about what is asked, sorted.
const STOP_WORDS: &[&str] = &[
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do",
    "does", "done", "explain", "find", "for", "from", "get", "gets", "give", "has", "have", "here", "how",
    "i", "if", "in", "into", "is", "it", "its", "just", "let", "me", "my", "of", "on", "or", "our", "please",
    "s", "shall", "should", "show", "so", "some", "tell", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "to", "us", "was", "we", "were", "what", "when", "where", "which",
    "who", "whose", "why", "will", "with", "would", "you", "your",
];

/// Whether a lower-case word says nothing about what is asked.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_come_apart() {
        let check =
            |identifier, expected: &str| assert_eq!(subwords(identifier).join(" "), expected, "{identifier}");
        check("HTTPServerError2", "http server error 2");
        check("parse_config_file", "parse config file");
        check("kebab-case", "kebab case");
        check("getURL", "get url");
        check("Größe", "größe");
        check("sha256sum", "sha 256 sum");
        check("__init__", "init");
        check("", "");
    }

    #[test]
    fn endings_meet() {
        let same = |words: &[&str]| {
            let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
            assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{words:?} {stems:?}");
        };
        same(&["parse", "parses", "parsed", "parsing", "parser", "parsers"]);
        same(&["retry", "retries", "retried"]);
        same(&["config", "configs"]);
        same(&["run", "running", "runs"]);
        same(&["cache", "caches", "cached", "caching"]);
        same(&["validate", "validation", "validator", "validating"]);
        assert_ne!(stem("status"), stem("state"));
        assert_eq!(stem("class"), "class");
    }

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(is_stop_word("where") && !is_stop_word("retry"));
    }
}
