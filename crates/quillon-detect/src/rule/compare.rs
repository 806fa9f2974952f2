//! Comparisons over what holes stand for: `$X > 5 and $X % 2 == 0`, `len($X) < 16`, `not $X in ["a", "b"]`.

use super::formula::texts;
use crate::pattern::Bindings;
use crate::pattern::Bound;
use crate::source::{Constant, Source, fold, number};

/// The letters of one comparison.
const LETTERS_MAX: usize = 2_000;

/// How deep parentheses may lie in one another.
const DEPTH_MAX: usize = 32;

/// A comparison, read.
#[derive(Debug)]
pub(crate) struct Comparison(Expression);

#[derive(Debug)]
enum Expression {
    Value(Constant),
    Hole(String),
    List(Vec<Self>),
    Not(Box<Self>),
    Minus(Box<Self>),
    Call(String, Vec<Self>),
    Binary(String, Box<Self>, Box<Self>),
}

impl Comparison {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.len() > LETTERS_MAX {
            return Err(format!("the comparison has more than {LETTERS_MAX} letters"));
        }
        let mut reader = Reader { words: words(text)?, at: 0, depth: 0 };
        let expression = reader.binary(0)?;
        if reader.at < reader.words.len() {
            return Err(format!("`{}` is not expected here", reader.words[reader.at]));
        }
        Ok(Self(expression))
    }

    /// Whether it holds; what is not known does not.
    pub(crate) fn holds(&self, bindings: &Bindings, source: &Source) -> bool {
        matches!(value(&self.0, bindings, source), Some(Constant::Bool(true)))
    }
}

fn value(expression: &Expression, bindings: &Bindings, source: &Source) -> Option<Constant> {
    match expression {
        Expression::Value(constant) => Some(constant.clone()),
        Expression::Hole(hole) => match bindings.get(hole)? {
            Bound::Node(id) => source.constant(*id),
            Bound::Word(word, _) => {
                Some(number(word).map_or_else(|| Constant::Str(word.clone()), Constant::Number))
            }
            Bound::Nodes(_) => None,
        },
        Expression::List(_) => None,
        Expression::Not(inner) => match value(inner, bindings, source)? {
            Constant::Bool(holds) => Some(Constant::Bool(!holds)),
            _ => None,
        },
        Expression::Minus(inner) => match value(inner, bindings, source)? {
            Constant::Number(value) => Some(Constant::Number(-value)),
            _ => None,
        },
        Expression::Call(name, arguments) => call(name, arguments, bindings, source),
        Expression::Binary(operator, left, right) if operator == "in" || operator == "not in" => {
            let left = value(left, bindings, source)?;
            let found = match right.as_ref() {
                Expression::List(items) => {
                    items.iter().any(|item| value(item, bindings, source).as_ref() == Some(&left))
                }
                right => value(right, bindings, source)?.text().contains(&left.text()),
            };
            Some(Constant::Bool(found == (operator == "in")))
        }
        Expression::Binary(operator, left, right) => {
            let left = value(left, bindings, source)?;
            // What decides alone needs no other side.
            match (operator.as_str(), &left) {
                ("and", Constant::Bool(false)) | ("or", Constant::Bool(true)) => return Some(left),
                _ => {}
            }
            let right = value(right, bindings, source)?;
            fold(operator, &left, &right)
        }
    }
}

fn call(name: &str, arguments: &[Expression], bindings: &Bindings, source: &Source) -> Option<Constant> {
    let first = arguments.first()?;
    match name {
        "int" | "float" => number(&value(first, bindings, source)?.text()).map(Constant::Number),
        "str" => {
            // The text of a hole, known or not.
            if let Expression::Hole(hole) = first {
                return texts(bindings.get(hole)?, source).pop().map(Constant::Str);
            }
            Some(Constant::Str(value(first, bindings, source)?.text()))
        }
        "len" => Some(Constant::Number(value(first, bindings, source)?.text().chars().count() as f64)),
        "lower" => Some(Constant::Str(value(first, bindings, source)?.text().to_lowercase())),
        "re.match" | "re.search" => {
            let regex = value(first, bindings, source)?.text();
            let anchored = if name == "re.match" { format!("^(?:{regex})") } else { regex };
            let regex = fancy_regex::Regex::new(&anchored).ok()?;
            let text = value(arguments.get(1)?, bindings, source)?.text();
            Some(Constant::Bool(regex.is_match(&text).unwrap_or(false)))
        }
        _ => None,
    }
}

fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let start = at;
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        if matches!(letter, '"' | '\'') {
            at += 1;
            while at < letters.len() && letters[at] != letter {
                at += 1;
            }
            if at == letters.len() {
                return Err("a string does not end".to_owned());
            }
            at += 1;
        } else if letter.is_alphanumeric() || matches!(letter, '$' | '_') {
            while at < letters.len()
                && (letters[at].is_alphanumeric() || matches!(letters[at], '$' | '_' | '.'))
            {
                at += 1;
            }
        } else {
            let pair: String = letters[at..letters.len().min(at + 2)].iter().collect();
            at += if matches!(pair.as_str(), "==" | "!=" | "<=" | ">=" | "<<" | "**" | "//") { 2 } else { 1 };
        }
        words.push(letters[start..at].iter().collect());
    }
    Ok(words)
}

struct Reader {
    words: Vec<String>,
    at: usize,
    depth: usize,
}

/// Operators by how tightly they bind.
const LEVELS: &[&[&str]] = &[
    &["or"],
    &["and"],
    &["==", "!=", "<", "<=", ">", ">=", "in", "not in"],
    &["<<"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader {
    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn take(&mut self) -> String {
        let word = self.peek().to_owned();
        self.at += 1;
        word
    }

    fn binary(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else { return self.single() };
        let mut left = self.binary(level + 1)?;
        loop {
            let is_not_in =
                self.peek() == "not" && self.words.get(self.at + 1).is_some_and(|word| word == "in");
            let operator = if is_not_in { "not in".to_owned() } else { self.peek().to_owned() };
            if !operators.contains(&operator.as_str()) {
                return Ok(left);
            }
            self.at += if is_not_in { 2 } else { 1 };
            let right = self.binary(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn single(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("the comparison lies too deep in parentheses".to_owned());
        }
        let made = self.atom();
        self.depth -= 1;
        made
    }

    fn atom(&mut self) -> Result<Expression, String> {
        let word = self.take();
        let first = word.chars().next().ok_or("the comparison ends too early")?;
        Ok(match word.as_str() {
            "not" => Expression::Not(Box::new(self.binary(2)?)),
            "-" => Expression::Minus(Box::new(self.single()?)),
            "(" => {
                let inner = self.binary(0)?;
                self.expect(")")?;
                inner
            }
            "[" => Expression::List(self.items("]")?),
            "True" | "true" => Expression::Value(Constant::Bool(true)),
            "False" | "false" => Expression::Value(Constant::Bool(false)),
            "None" | "null" => Expression::Value(Constant::Null),
            _ if first == '$' => Expression::Hole(word),
            _ if matches!(first, '"' | '\'') => {
                Expression::Value(Constant::Str(word[1..word.len() - 1].to_owned()))
            }
            _ if first.is_ascii_digit() => Expression::Value(Constant::Number(
                number(&word).ok_or_else(|| format!("`{word}` is not a number"))?,
            )),
            _ if self.peek() == "(" => {
                self.at += 1;
                Expression::Call(word, self.items(")")?)
            }
            _ => return Err(format!("`{word}` is not expected here")),
        })
    }

    fn items(&mut self, end: &str) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        while self.peek() != end {
            items.push(self.binary(0)?);
            if self.peek() != "," {
                break;
            }
            self.at += 1;
        }
        self.expect(end)?;
        Ok(items)
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        let has = self.take();
        if has == word { Ok(()) } else { Err(format!("`{word}` is expected where `{has}` is")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> bool {
        let source = Source::read(crate::Language::Python, "x = 1\n").unwrap();
        Comparison::read(text).unwrap().holds(&Bindings::default(), &source)
    }

    #[test]
    fn comparisons_hold_or_do_not() {
        assert!(check("1 + 2 * 3 == 7 and not 1 > 2"));
        assert!(check("\"a\" in [\"b\", \"a\"]"));
        assert!(check("\"a\" not in [\"b\"]"));
        assert!(check("re.match(\"[a-c]+\", \"abc\")"));
        assert!(!check("$X > 1"));
    }

    #[test]
    fn broken_comparisons_are_named() {
        assert_eq!(Comparison::read("1 +").unwrap_err(), "the comparison ends too early");
        assert_eq!(Comparison::read("(1").unwrap_err(), "`)` is expected where `` is");
        assert!(Comparison::read(&"(".repeat(500)).is_err());
    }
}
