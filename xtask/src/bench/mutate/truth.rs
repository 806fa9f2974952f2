//! What comparisons over one number say, for some value of it.

/// The truth of every comparison that names a number, for a value of it; nothing where it is used in any other way.
pub(super) fn of_all(words: &[String], name: &str, value: i64) -> Option<Vec<bool>> {
    let uses = words.iter().enumerate().filter(|(_, word)| *word == name);
    uses.map(|(nth, _)| {
        let is_part = |word: &String| {
            word == name
                || word.parse::<i64>().is_ok()
                || matches!(word.as_str(), "(" | ")" | "+" | "-" | "*" | "/" | "<" | ">" | "<=" | ">=")
        };
        let start = words[..nth].iter().rposition(|word| !is_part(word)).map_or(0, |at| at + 1);
        let end = words[nth..].iter().position(|word| !is_part(word)).map_or(words.len(), |at| nth + at);
        truth(balanced(&words[start..end])?, name, value)
    })
    .collect()
}

/// The part whose parentheses match.
fn balanced(mut words: &[String]) -> Option<&[String]> {
    loop {
        let (mut depth, mut lowest) = (0_i32, 0_i32);
        for word in words {
            depth += match word.as_str() {
                "(" => 1,
                ")" => -1,
                _ => 0,
            };
            lowest = lowest.min(depth);
        }
        words = if lowest < 0 {
            words.split_last().filter(|(last, _)| *last == ")")?.1
        } else if depth > 0 {
            words.split_first().filter(|(first, _)| *first == "(")?.1
        } else {
            return Some(words);
        };
    }
}

fn truth(words: &[String], name: &str, value: i64) -> Option<bool> {
    let words: Vec<&str> = match words {
        [first, inner @ .., last] if first == "(" && last == ")" && balanced(inner) == Some(inner) => inner,
        words => words,
    }
    .iter()
    .map(String::as_str)
    .collect();
    let at = words.iter().position(|word| matches!(*word, "<" | ">" | "<=" | ">="))?;
    let side = |words: &[&str]| {
        let mut reader = Reader { words, at: 0, name, value };
        let sum = reader.sum()?;
        (reader.at == words.len()).then_some(sum)
    };
    let (left, right) = (side(&words[..at])?, side(&words[at + 1..])?);
    Some(match words[at] {
        "<" => left < right,
        ">" => left > right,
        "<=" => left <= right,
        _ => left >= right,
    })
}

struct Reader<'w> {
    words: &'w [&'w str],
    at: usize,
    name: &'w str,
    value: i64,
}

impl Reader<'_> {
    fn take(&mut self, signs: [&str; 2]) -> Option<bool> {
        let place = signs.iter().position(|sign| self.words.get(self.at) == Some(sign))?;
        self.at += 1;
        Some(place == 0)
    }

    fn sum(&mut self) -> Option<i64> {
        let mut sum = self.product()?;
        while let Some(is_more) = self.take(["+", "-"]) {
            let next = self.product()?;
            sum = if is_more { sum.checked_add(next)? } else { sum.checked_sub(next)? };
        }
        Some(sum)
    }

    fn product(&mut self) -> Option<i64> {
        let mut product = self.one()?;
        while let Some(is_times) = self.take(["*", "/"]) {
            let next = self.one()?;
            product = if is_times { product.checked_mul(next)? } else { product.checked_div(next)? };
        }
        Some(product)
    }

    fn one(&mut self) -> Option<i64> {
        let word = *self.words.get(self.at)?;
        self.at += 1;
        if word == "(" {
            let sum = self.sum()?;
            return self.take([")", ")"]).map(|_| sum);
        }
        if word == self.name { Some(self.value) } else { word.parse().ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, value: i64) -> Option<Vec<bool>> {
        let words: Vec<String> = code.split(' ').map(str::to_owned).collect();
        of_all(&words, "n", value)
    }

    #[test]
    fn comparisons_are_worked_out() {
        assert_eq!(check("if ( ( 7 * 18 ) + n > 200 ) x", 106), Some(vec![true]));
        assert_eq!(check("if ( ( 7 * 18 ) + n > 200 ) x", 2), Some(vec![false]));
        assert_eq!(check("y = 500 / 42 + n >= 20 ? a : b ; n < 3", 10), Some(vec![true, false]));
        assert_eq!(check("print ( n )", 1), None);
        assert_eq!(check("if ( n / 0 > 1 )", 1), None);
    }
}
