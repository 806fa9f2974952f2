//! Reads the text of one import. The forms are few and short, so words and braces are enough; half-typed imports give
//! what is there. Braces nest no deeper than [`DEPTH_MAX`].

use crate::ImportedName;

/// How deep the braces of one import may nest.
const DEPTH_MAX: usize = 32;

/// How many names one import may bring in.
const NAMES_MAX: usize = 2_000;

/// One module that is brought in, before it has a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) module: String,
    pub(crate) alias: Option<String>,
    pub(crate) names: Vec<ImportedName>,
}

impl Imported {
    pub(crate) fn module(module: &str, alias: Option<&str>) -> Vec<Self> {
        if module.is_empty() {
            return Vec::new();
        }
        vec![Self { module: module.to_owned(), alias: alias.map(str::to_owned), names: Vec::new() }]
    }
}

/// The text between the first pair of quotes.
pub(crate) fn quoted(text: &str) -> Option<&str> {
    let start = text.find(['"', '\'', '`'])?;
    let quote = text[start..].chars().next()?;
    let rest = &text[start + 1..];
    rest.find(quote).map(|end| &rest[..end])
}

/// A name with its alias, as in `a as b`, `a => b` or `a`.
pub(crate) fn name_and_alias(text: &str) -> Option<ImportedName> {
    let mut words = text.split_whitespace().filter(|word| *word != "type");
    let name = words.next()?.to_owned();
    let alias = match words.next() {
        Some("as" | "=>") => words.next().map(str::to_owned),
        _ => None,
    };
    Some(ImportedName { name, alias })
}

/// Comma lists such as `a as b, c`.
pub(crate) fn names(list: &str) -> Vec<ImportedName> {
    list.split(',').filter_map(name_and_alias).take(NAMES_MAX).collect()
}

/// Imports whose paths branch in braces, as in `a::{b as c, d::{e, f}}`.
pub(crate) fn branching(text: &str, separator: &str) -> Vec<Imported> {
    let mut found: Vec<Imported> = Vec::new();
    let mut prefixes: Vec<String> = vec![String::new()];
    let mut word = String::new();
    let mut taken = 0;
    for c in text.chars() {
        match c {
            '{' if prefixes.len() <= DEPTH_MAX => {
                let prefix = format!("{}{}", prefixes.last().map_or("", String::as_str), word.trim());
                prefixes.push(prefix);
                word.clear();
            }
            '}' | ',' => {
                settle(&mut found, prefixes.last().map_or("", String::as_str), &word, separator);
                word.clear();
                taken += 1;
                if c == '}' && prefixes.len() > 1 {
                    prefixes.pop();
                }
            }
            _ => word.push(if c.is_whitespace() { ' ' } else { c }),
        }
        if taken >= NAMES_MAX {
            return found;
        }
    }
    settle(&mut found, prefixes.last().map_or("", String::as_str), &word, separator);
    found
}

/// Files one leaf of a branching import under its module.
fn settle(found: &mut Vec<Imported>, prefix: &str, leaf: &str, separator: &str) {
    let Some(ImportedName { name, alias }) = name_and_alias(leaf) else { return };
    let path = format!("{prefix}{name}");
    let (module, name) = match path.rsplit_once(separator) {
        Some((module, "self")) => {
            found.push(Imported { module: module.to_owned(), alias, names: Vec::new() });
            return;
        }
        Some((module, name)) if !module.is_empty() => (module.to_owned(), name.to_owned()),
        _ => {
            found.extend(Imported::module(&path, alias.as_deref()));
            return;
        }
    };
    let name = ImportedName { name: if name == "_" { "*".to_owned() } else { name }, alias };
    match found.iter_mut().find(|known| known.module == module && !known.names.is_empty()) {
        Some(known) => known.names.push(name),
        None => found.push(Imported { module, alias: None, names: vec![name] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, separator: &str, expected: &str) {
        let found = branching(text, separator);
        let shown = found.iter().map(|one| {
            let alias = |alias: &Option<String>| alias.as_ref().map_or(String::new(), |a| format!(">{a}"));
            let names: Vec<_> = one.names.iter().map(|n| format!("{}{}", n.name, alias(&n.alias))).collect();
            format!("{}{}[{}]", one.module, alias(&one.alias), names.join(" "))
        });
        assert_eq!(shown.collect::<Vec<_>>().join("; "), expected, "{text}");
    }

    #[test]
    fn branches_are_filed_under_their_modules() {
        check("a::b::C", "::", "a::b[C]");
        check("a::{b as c, d::{e, f}, self}", "::", "a[b>c]; a::d[e f]; a[]");
        check("a.b.{C => D, _}", ".", "a.b[C>D *]");
        check("a::{b, ", "::", "a[b]");
        check("serde", "::", "serde[]");
        check("", "::", "");
        check("}}},,,{{{", "::", "");
    }
}
