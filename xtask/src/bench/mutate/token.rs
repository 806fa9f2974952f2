//! Java cut into words; put together again they are the text.

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A name or keyword.
    Word,
    /// A number, string or character.
    Literal,
    /// An operator or bracket.
    Sign,
    /// Space or a comment.
    Space,
}

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) class: Class,
    pub(super) text: String,
}

/// Signs of two letters that mean something else than their letters.
const PAIRS: &[&str] = &["==", "!=", "<=", ">=", "&&", "||", "->", "::", "++", "--", "+=", "-=", "*=", "/="];

/// The words of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (class, length) = next(rest, first);
        let (word, after) = rest.split_at(length.clamp(first.len_utf8(), rest.len()));
        all.push(Token { class, text: word.to_owned() });
        rest = after;
    }
    all
}

fn next(rest: &str, first: char) -> (Class, usize) {
    let while_holds = |holds: fn(char) -> bool| rest.find(|letter| !holds(letter)).unwrap_or(rest.len());
    let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    match first {
        _ if first.is_whitespace() => (Class::Space, while_holds(char::is_whitespace)),
        _ if rest.starts_with("//") => (Class::Space, rest.find('\n').unwrap_or(rest.len())),
        _ if rest.starts_with("/*") => (Class::Space, until("*/")),
        '"' | '\'' => (Class::Literal, quoted(rest, first)),
        _ if first.is_ascii_digit() => {
            (Class::Literal, while_holds(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_')))
        }
        _ if first.is_alphabetic() || matches!(first, '_' | '$') => {
            (Class::Word, while_holds(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$')))
        }
        _ if PAIRS.iter().any(|pair| rest.starts_with(pair)) => (Class::Sign, 2),
        _ => (Class::Sign, first.len_utf8()),
    }
}

/// The length of a string or character with its quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == quote && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_put_together_are_the_text() {
        let text = "int a = \"x\\\"y\".length() >= 'c'; // \"\n/* * */ é += 0x1F_L;";
        let all = tokens(text);
        assert_eq!(all.iter().map(|token| token.text.as_str()).collect::<String>(), text);
        let literals = all.iter().filter(|token| token.class == Class::Literal);
        assert_eq!(
            literals.map(|token| token.text.as_str()).collect::<Vec<_>>(),
            ["\"x\\\"y\"", "'c'", "0x1F_L"]
        );
    }
}
