//! Values of arguments: checked here, so that a wrong one is a usage error that names the argument.

use std::collections::BTreeSet;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use quillon_base::{DATA_CLASSES, DataClass, LineRange, Position, TextRange, Timestamp};
use serde_json::Value;

/// A parser for one of some names, each of which the contract's type reads. Hyphens stand for underscores.
pub(crate) fn named<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: for<'a> serde::Deserialize<'a> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names)
        .try_map(|name| serde_json::from_value(Value::String(name.to_ascii_lowercase().replace('-', "_"))))
}

/// A parser for the name of a data class, as `admin data classes` prints it.
pub(crate) fn data_class() -> impl TypedValueParser<Value = DataClass> {
    let names: BTreeSet<&'static str> = DATA_CLASSES.iter().map(|row| row.name).collect();
    PossibleValuesParser::new(names).try_map(|name| serde_json::from_value(Value::String(name)))
}

/// A day (`2026-01-31`, its start in UTC) or an instant (RFC 3339).
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let is_day = text.len() == "2026-01-31".len();
    let instant = if is_day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let refuse = |_| "use a day such as 2026-01-31 or an instant such as 2026-01-31T12:00:00Z".to_owned();
    let instant: jiff::Timestamp = instant.parse().map_err(refuse)?;
    Ok(Timestamp(instant.as_microsecond()))
}

/// `NAME=VALUE`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("use NAME=VALUE")?;
    if name.is_empty() {
        Err("the name is empty".to_owned())
    } else {
        Ok((name.to_owned(), value.to_owned()))
    }
}

/// A place in a file: `PATH:LINE:COLUMN`, both from 1, the column in UTF-16 code units as editors count.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(crate) path: String,
    pub(crate) position: Position,
}

/// Reads a [`Cursor`].
pub(crate) fn cursor(text: &str) -> Result<Cursor, String> {
    let refuse = || "use PATH:LINE:COLUMN, both from 1".to_owned();
    let mut parts = text.rsplitn(3, ':');
    let mut number =
        || parts.next().and_then(|part| part.parse::<u32>().ok()?.checked_sub(1)).ok_or_else(refuse);
    let (character, line) = (number()?, number()?);
    let path = parts.next().filter(|path| !path.is_empty()).ok_or_else(refuse)?.to_owned();
    Ok(Cursor { path, position: Position { line, character } })
}

/// Text in a file: `PATH:FIRST-LAST` for whole lines, or `PATH:LINE:COLUMN` for a place.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub(crate) path: String,
    pub(crate) range: TextRange,
}

/// Reads a [`Selection`].
pub(crate) fn selection(text: &str) -> Result<Selection, String> {
    if let Ok(Cursor { path, position }) = cursor(text) {
        return Ok(Selection { path, range: TextRange { start: position, end: position } });
    }
    let (path, lines) = lines(text).ok_or("use PATH:FIRST-LAST or PATH:LINE:COLUMN, all from 1")?;
    let start = Position { line: lines.first - 1, character: 0 };
    Ok(Selection {
        path: path.to_owned(),
        range: TextRange { start, end: Position { line: lines.last, character: 0 } },
    })
}

/// `PATH:FIRST-LAST` or `PATH:LINE` taken apart, if that is what it is.
pub(crate) fn lines(text: &str) -> Option<(&str, LineRange)> {
    let (path, lines) = text.rsplit_once(':')?;
    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
    let range = LineRange { first: first.parse().ok()?, last: last.parse().ok()? };
    (!path.is_empty() && range.first >= 1 && range.first <= range.last).then_some((path, range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days_and_instants() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(instant(text).ok().map(|instant| instant.to_string()).as_deref(), expected, "{text}");
        };
        check("2026-01-31", Some("2026-01-31T00:00:00.000Z"));
        check("2026-01-31T12:00:00Z", Some("2026-01-31T12:00:00.000Z"));
        check("2026-01-31T12:00:00+02:00", Some("2026-01-31T10:00:00.000Z"));
        check("2026-02-31", None);
        check("2026-01-31T12:00:00", None);
        check("yesterday", None);
    }

    #[test]
    fn reads_places_also_where_the_path_has_colons() {
        let found = cursor("c:/a.rs:10:5").unwrap();
        assert_eq!((found.path.as_str(), found.position), ("c:/a.rs", Position { line: 9, character: 4 }));
        for bad in ["a.rs", "a.rs:1", "a.rs:0:1", "a.rs:1:0", ":1:1", "a.rs:x:1", "a.rs:99999999999:1"] {
            assert!(cursor(bad).is_err(), "{bad}");
        }
        let found = selection("a.rs:3-7").unwrap().range;
        assert_eq!((found.start.line, found.end.line, found.end.character), (2, 7, 0));
        let found = selection("a.rs:3:7").unwrap().range;
        assert_eq!(found.start, found.end);
        for bad in ["a.rs", "a.rs:7-3", "a.rs:0-3", ":3-7", "a.rs:3-"] {
            assert!(selection(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_pairs() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(pair("a").is_err());
        assert!(pair("=b").is_err());
    }
}
