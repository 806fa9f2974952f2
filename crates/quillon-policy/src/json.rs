//! JSON that remembers where everything stands.
//!
//! A policy is written by hand, and its mistakes are mended by hand, so every value and every name keeps its line and
//! column. Duplicate names are refused here, because a reader that takes the last one and a reviewer who sees the first
//! would read two different policies. Everything is bounded: bytes, depth and the number of values. Start at [`read`].

use std::collections::HashSet;
use std::fmt;

/// How deep lists and objects may stand in one another; a policy needs six.
const DEPTH_MAX: usize = 32;

/// How many values a document may have, which bounds memory to a small multiple of its bytes.
const VALUES_MAX: usize = 4_000_000;

/// Objects with more names than this are checked for duplicates through a set.
const NAMES_COMPARED_MAX: usize = 16;

/// A place in a document, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misread {
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Misread {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A value and its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// A value. Numbers stay as they were written.
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A name in an object, its place and its value.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Value {
    /// What kind of value it is, for people.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }
}

/// Reads a document.
pub(crate) fn read(text: &str) -> Result<Node, Misread> {
    let mut reader = Reader { text, at: 0, line: 1, counted: 0, column: 1, values: 0 };
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        let place = reader.place();
        return Err(Misread::new(place, format!("{} follows the end of the document", reader.found())));
    }
    Ok(node)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    /// Up to here the characters of the line have been counted, so that a document of one long line stays linear.
    counted: usize,
    /// The column at `counted`.
    column: u32,
    values: usize,
}

impl Reader<'_> {
    fn place(&mut self) -> Place {
        let more = self.text[self.counted..self.at].chars().count();
        self.column = self.column.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        self.counted = self.at;
        Place { line: self.line, column: self.column }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What stands here, for people.
    fn found(&self) -> String {
        match self.text[self.at..].chars().next() {
            None => "the end".to_owned(),
            Some(c) if c.is_control() => format!("the character U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
        }
    }

    fn unexpected(&mut self, wanted: &str) -> Misread {
        let place = self.place();
        Misread::new(place, format!("{} stands where {wanted} is expected", self.found()))
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.counted = self.at + 1;
                    self.column = 1;
                }
                b' ' | b'\t' | b'\r' => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    /// Passes `byte`, or says that it was expected.
    fn pass(&mut self, byte: u8, wanted: &str) -> Result<(), Misread> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected(wanted));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Node, Misread> {
        let place = self.place();
        self.values += 1;
        if depth > DEPTH_MAX {
            return Err(Misread::new(place, format!("lists and objects stand more than {DEPTH_MAX} deep")));
        }
        if self.values > VALUES_MAX {
            return Err(Misread::new(place, format!("it has more than {VALUES_MAX} values")));
        }
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node { place, value })
    }

    fn map(&mut self, depth: usize) -> Result<Value, Misread> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(entries));
        }
        loop {
            self.skip_space();
            let place = self.place();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a name in double quotes"));
            }
            let name = self.string()?;
            let twice = if entries.len() < NAMES_COMPARED_MAX {
                entries.iter().any(|entry| entry.name == name)
            } else {
                if names.is_empty() {
                    names.extend(entries.iter().map(|entry| entry.name.clone()));
                }
                !names.insert(name.clone())
            };
            if twice {
                return Err(Misread::new(place, format!("`{name}` stands there twice"))
                    .hint("keep one of them; readers differ in which they take"));
            }
            self.skip_space();
            self.pass(b':', "a colon")?;
            self.skip_space();
            let node = self.value(depth + 1)?;
            entries.push(Entry { name, place, node });
            self.skip_space();
            if self.peek() == Some(b'}') {
                self.at += 1;
                return Ok(Value::Map(entries));
            }
            self.pass(b',', "a comma or `}`")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Misread> {
        self.at += 1;
        let mut nodes = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(nodes));
        }
        loop {
            self.skip_space();
            nodes.push(self.value(depth + 1)?);
            self.skip_space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(Value::List(nodes));
            }
            self.pass(b',', "a comma or `]`")?;
        }
    }

    fn word(&mut self) -> Result<Value, Misread> {
        for (word, value) in
            [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)]
        {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.unexpected("a value"))
    }

    fn number(&mut self) -> Result<Value, Misread> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole > 1 && self.text.as_bytes()[self.at - whole] == b'0' {
            return Err(Misread::new(self.place(), "a number starts with a superfluous zero"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value::Number(self.text[start..self.at].to_owned()))
    }

    fn digits(&mut self) -> Result<usize, Misread> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected("a digit")) } else { Ok(self.at - start) }
    }

    fn string(&mut self) -> Result<String, Misread> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let Some(plain) = plain else {
                self.at = self.text.len();
                return Err(self.unexpected("the double quote that ends a text"));
            };
            text.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match rest[plain] {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => text.push(self.escaped()?),
                _ => return Err(self.unexpected("the double quote that ends a text")),
            }
        }
    }

    /// The character of an escape, with `at` on the backslash.
    fn escaped(&mut self) -> Result<char, Misread> {
        self.at += 1;
        let Some(byte) = self.peek() else { return Err(self.unexpected("an escape")) };
        let plain = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.unexpected("an escape that JSON knows")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// The character of `\uXXXX`, or of a pair of surrogates, with `at` on the `u`.
    fn unicode(&mut self) -> Result<char, Misread> {
        let place = self.place();
        let lone = || Misread::new(place, "half of a surrogate pair stands alone");
        let first = self.four_digits()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(lone);
        }
        if first >= 0xdc00 || !self.text[self.at..].starts_with("\\u") {
            return Err(lone());
        }
        self.at += 1;
        let second = self.four_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone());
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or_else(lone)
    }

    fn four_digits(&mut self) -> Result<u32, Misread> {
        self.at += 1;
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let code = digits.and_then(|digits| {
            digits.iter().try_fold(0, |code, &byte| Some(code * 16 + char::from(byte).to_digit(16)?))
        });
        let Some(code) = code else { return Err(self.unexpected("four hexadecimal digits")) };
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str, expected: &str) {
        let misread = read(text).expect_err(text);
        assert_eq!(format!("{}: {}", misread.place, misread.message), expected);
    }

    #[test]
    fn mistakes_have_a_place() {
        refused("", "line 1, column 1: the end stands where a value is expected");
        refused("{\n  \"a\": 1,\n  \"é\" 2}", "line 3, column 7: `2` stands where a colon is expected");
        refused("{\"a\":1,}", "line 1, column 8: `}` stands where a name in double quotes is expected");
        refused("[1 2]", "line 1, column 4: `2` stands where a comma or `]` is expected");
        refused("{} x", "line 1, column 4: `x` follows the end of the document");
        refused("{\"a\":1,\n\"a\":2}", "line 2, column 1: `a` stands there twice");
        refused(
            "\"a\nb\"",
            "line 1, column 3: the character U+000A stands where the double quote that ends a text is expected",
        );
        refused(
            "\"a",
            "line 1, column 3: the end stands where the double quote that ends a text is expected",
        );
        refused("\"\\x\"", "line 1, column 3: `x` stands where an escape that JSON knows is expected");
        refused("\"\\ud800\"", "line 1, column 3: half of a surrogate pair stands alone");
        refused("\"\\udc00\"", "line 1, column 3: half of a surrogate pair stands alone");
        refused("\"\\ud800\\u0041\"", "line 1, column 3: half of a surrogate pair stands alone");
        refused("\"\\u12g4\"", "line 1, column 4: `1` stands where four hexadecimal digits is expected");
        refused("01", "line 1, column 3: a number starts with a superfluous zero");
        refused("1.", "line 1, column 3: the end stands where a digit is expected");
        refused("-", "line 1, column 2: the end stands where a digit is expected");
        refused("1e+", "line 1, column 4: the end stands where a digit is expected");
        refused(&"[".repeat(100), "line 1, column 34: lists and objects stand more than 32 deep");
    }

    #[test]
    fn many_names_are_compared_as_well() {
        let names: Vec<String> = (0..100).map(|i| format!("\"k{i}\":1")).collect();
        assert!(read(&format!("{{{}}}", names.join(","))).is_ok());
        let misread = read(&format!("{{{},\"k3\":1}}", names.join(","))).unwrap_err();
        assert_eq!(misread.message, "`k3` stands there twice");
        let misread = read(&format!("{{{},\"n\":1,\"n\":1}}", names.join(","))).unwrap_err();
        assert_eq!(misread.message, "`n` stands there twice");
    }

    /// The same document through a reader that the whole ecosystem uses.
    fn peer(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Number(number) => serde_json::from_str(number).unwrap(),
            Value::Text(text) => text.as_str().into(),
            Value::List(nodes) => nodes.iter().map(peer).collect::<Vec<_>>().into(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| (entry.name.clone(), peer(&entry.node)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    fn agrees(text: &str) {
        match (read(text), serde_json::from_str::<serde_json::Value>(text)) {
            (Ok(node), Ok(value)) => assert_eq!(peer(&node), value, "{text}"),
            (Err(misread), Ok(_)) => assert!(misread.message.contains("twice"), "{text}: {misread:?}"),
            (Ok(_), Err(error)) => assert!(error.to_string().contains("out of range"), "{text}: {error}"),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn reads_what_a_peer_reads() {
        for text in [
            r#"{"a":[1,-2.5e3,true,false,null,"x\n\u00e9\ud83d\ude00\/\b\f\r\t\"\\"],"b":{}}"#,
            " [ ] ",
            "{ }",
            "\"plain\"",
            "-0",
            "0.5E-2",
            "nul",
            "[,]",
            "\u{feff}{}",
        ] {
            agrees(text);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_peer(text in r#"([\[\]{},:"0-9ae.\-\\u n]|true|"a"|"b":){0,24}"#) {
            agrees(&text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            agrees(&text);
        }
    }
}
