//! YAML with the line of every value, bounded: what a rule is written in comes from anyone.
//!
//! Aliases are refused: they are what makes a short text large, and no rule needs one.

use saphyr_parser::{Event, Parser, ScalarStyle};

/// The bytes of one text.
pub const YAML_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How deep values may lie in one another.
const DEPTH_MAX: usize = 64;

/// The values of one text.
const VALUES_MAX: usize = 400_000;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong, as a lower-case sentence.
    pub(crate) what: String,
}

impl Wrong {
    pub(crate) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// A value and its line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) line: usize,
    pub(crate) is: Is,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Is {
    /// Text, and whether it was written without quotes.
    Scalar(String, bool),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
}

impl Value {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.is {
            Is::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        match &self.is {
            Is::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn map(&self) -> Option<&[(Self, Self)]> {
        match &self.is {
            Is::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The texts of a list, or the one text.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self.list() {
            Some(items) => items.iter().filter_map(Self::text).collect(),
            None => self.text().into_iter().collect(),
        }
    }
}

/// The first document of a text.
pub(crate) fn read(text: &str) -> Result<Value, Wrong> {
    if text.len() > YAML_BYTES_MAX {
        return Err(Wrong::new(1, format!("the text has more than {YAML_BYTES_MAX} bytes")));
    }
    let mut open: Vec<Value> = Vec::new();
    let mut root = None;
    let mut count = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|fault| Wrong::new(fault.marker().line(), fault.info()))?;
        let line = span.start.line();
        count += 1;
        if count > VALUES_MAX || open.len() > DEPTH_MAX {
            return Err(Wrong::new(
                line,
                "the text holds too many values, or they lie too deep in one another",
            ));
        }
        let done = match event {
            Event::Scalar(word, style, _, _) => {
                let is_plain = style == ScalarStyle::Plain;
                Value { line, is: Is::Scalar(word.into_owned(), is_plain) }
            }
            Event::SequenceStart(..) => {
                open.push(Value { line, is: Is::List(Vec::new()) });
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Value { line, is: Is::Map(Vec::new()) });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(value) => value,
                None => return Err(Wrong::new(line, "a list or map ends that did not begin")),
            },
            Event::Alias(_) => return Err(Wrong::new(line, "aliases are not read in rules")),
            Event::DocumentEnd => break,
            _ => continue,
        };
        match open.last_mut() {
            Some(around) => put(around, done)?,
            None => root = Some(done),
        }
    }
    root.ok_or_else(|| Wrong::new(1, "the text is empty"))
}

fn put(around: &mut Value, value: Value) -> Result<(), Wrong> {
    match &mut around.is {
        Is::List(items) => items.push(value),
        Is::Map(pairs) => match pairs.last_mut() {
            // A key waits for its value as an empty list on line 0, which no text can hold.
            Some((_, waiting)) if waiting.line == 0 => *waiting = value,
            _ => {
                if let Some(key) = value.text()
                    && pairs.iter().any(|(name, _)| name.text() == Some(key))
                {
                    return Err(Wrong::new(value.line, format!("`{key}` stands here twice")));
                }
                pairs.push((value, Value { line: 0, is: Is::List(Vec::new()) }));
            }
        },
        Is::Scalar(..) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let wrong = read(text).unwrap_err();
        format!("{}: {}", wrong.line, wrong.what)
    }

    #[test]
    fn values_know_their_lines() {
        let value = read("a: 1\nb:\n  - x\n  - |\n    two\n    lines\n").unwrap();
        assert_eq!(value.get("a").unwrap().text(), Some("1"));
        let list = value.get("b").unwrap();
        assert_eq!(list.texts(), ["x", "two\nlines\n"]);
        assert_eq!(list.list().unwrap()[0].line, 3);
    }

    #[test]
    fn bombs_are_refused() {
        assert_eq!(wrong("a: &x [1]\nb: *x\n"), "2: aliases are not read in rules");
        assert_eq!(wrong("a: 1\na: 2\n"), "2: `a` stands here twice");
        assert_eq!(wrong(&"[".repeat(2_000)), "1: recursion limit exceeded");
        assert!(wrong(&"[".repeat(80)).contains("too deep"));
        assert!(wrong("a: [1, 2").contains(": "));
        assert_eq!(wrong(""), "1: the text is empty");
    }
}
