//! Words in a text: runs of letters, digits and `_`, with the case they have. Scripts that put no space between words
//! give pairs of neighbouring characters instead, which is how they are commonly searched.

/// Longer runs are digests, keys and encoded data, which nobody asks for by name.
const WORD_BYTES_MAX: usize = 64;

/// The words of `text`, each with the byte that it starts at.
pub(crate) const fn words(text: &str) -> Words<'_> {
    Words { text, place: 0, in_pairs: false }
}

pub(crate) struct Words<'a> {
    text: &'a str,
    place: usize,
    /// Whether the character at `place` was the second of the last pair.
    in_pairs: bool,
}

impl<'a> Iterator for Words<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.skip_to_word()?;
            let start = self.place;
            if is_unspaced(first) {
                if let Some(end) = self.pair_from(first) {
                    return Some((start, &self.text[start..end]));
                }
                continue;
            }
            self.in_pairs = false;
            self.place = self.end_of_run();
            if self.place - start <= WORD_BYTES_MAX {
                return Some((start, &self.text[start..self.place]));
            }
        }
    }
}

impl Words<'_> {
    fn char_at(&self, place: usize) -> Option<char> {
        self.text[place..].chars().next()
    }

    fn skip_to_word(&mut self) -> Option<char> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.place) {
            if byte.is_ascii() {
                if is_ascii_word(byte) {
                    return Some(byte as char);
                }
                self.place += 1;
            } else {
                let c = self.char_at(self.place)?;
                if c.is_alphanumeric() {
                    return Some(c);
                }
                self.place += c.len_utf8();
            }
            self.in_pairs = false;
        }
        None
    }

    fn end_of_run(&self) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = self.place;
        while let Some(&byte) = bytes.get(end) {
            if byte.is_ascii() {
                if !is_ascii_word(byte) {
                    break;
                }
                end += 1;
            } else {
                match self.char_at(end) {
                    Some(c) if c.is_alphanumeric() && !is_unspaced(c) => end += c.len_utf8(),
                    _ => break,
                }
            }
        }
        end
    }

    /// The end of the pair that starts here, or of a character that stands alone. Moves on by one character.
    fn pair_from(&mut self, first: char) -> Option<usize> {
        let after = self.place + first.len_utf8();
        let second = self.char_at(after).filter(|c| is_unspaced(*c));
        let was_second = std::mem::replace(&mut self.in_pairs, second.is_some());
        self.place = after;
        match second {
            Some(second) => Some(after + second.len_utf8()),
            None if was_second => None,
            None => Some(after),
        }
    }
}

const fn is_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Letters of scripts that are written without spaces: Thai to Khmer, Kana, Han.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        || matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
        || matches!(c, '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        let found: Vec<&str> = words(text).map(|(_, word)| word).collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }

    #[test]
    fn takes_words_as_they_stand() {
        check("fn parse_config(&self) -> Größe2;", "fn parse_config self Größe2");
        check("--no-color, don't", "no color don t");
        check("検索する。x検", "検索 索す する x 検");
        check(&format!("a {} b", "f".repeat(65)), "a b");
        check("", "");
    }

    proptest! {
        #[test]
        fn words_lie_where_they_say(text in "[aB_1 é検索\\n-]{0,30}") {
            for (start, word) in words(&text) {
                prop_assert_eq!(&text[start..start + word.len()], word);
            }
        }
    }
}
