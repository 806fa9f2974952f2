//! Definitions and uses, by name and by place.

use quillon_lang::{DefinitionKind, ReferenceKind};
use quillon_text::subwords;
use quillon_workspace::Role;

use super::{Definition, DefinitionId, Use, view};
use crate::index::{Index, Stored};
use crate::read::small;
use crate::vocabulary::WordId;
use crate::word::words;

/// The most definitions or uses of one name that are looked at.
const FOUND_MAX: usize = 20_000;

/// What joins the names of a path in any language.
const JOINTS: &[&str] = &["::", ".", "#", "/", "->", "\\"];

/// A name and what it is said to be in: `push` in `Stack` of `Stack::push`.
fn parted(name: &str) -> (Option<&str>, &str) {
    let trimmed = name.trim().trim_end_matches("()");
    let joint = JOINTS.iter().filter_map(|joint| Some((trimmed.rfind(joint)?, joint.len()))).max();
    match joint {
        Some((at, length)) if at > 0 && at + length < trimmed.len() => {
            (Some(&trimmed[..at]), &trimmed[at + length..])
        }
        _ => (None, trimmed),
    }
}

impl Index {
    /// What is defined under a name, the likeliest first: `push`, `Stack::push`, `Stack.push`. A name in another style
    /// counts only where none is written as it was asked for.
    #[must_use]
    pub fn definitions(&self, name: &str) -> Vec<Definition<'_>> {
        let (within, last) = parted(name);
        let mut found = self.definitions_named(last);
        if found.is_empty() {
            let wanted = subwords(last).concat();
            for word in self.vocabulary.with_stem(&quillon_text::stem(&wanted)) {
                let other = self.vocabulary.word(word);
                if other != last && subwords(other).concat() == wanted {
                    found.extend(self.definitions_named(other));
                }
            }
        }
        if let Some(within) = within {
            let inner: Vec<_> = found.iter().filter(|found| lies_in(found, within)).copied().collect();
            if !inner.is_empty() {
                found = inner;
            }
        }
        found.sort_by(|left, right| {
            likeliest(left).cmp(&likeliest(right)).then_with(|| by_place(left, right))
        });
        found
    }

    fn definitions_named(&self, name: &str) -> Vec<Definition<'_>> {
        let Some(key) = words(name).next().and_then(|(_, word)| self.vocabulary.id(word)) else {
            return Vec::new();
        };
        let found = self.defining(key).filter(|found| found.name == name || is_word_of(found.name, name));
        found.take(FOUND_MAX).collect()
    }

    /// The definitions whose name begins with a word.
    pub(crate) fn defining(&self, key: WordId) -> impl Iterator<Item = Definition<'_>> {
        self.holders(key).flat_map(move |(place, document, _)| definitions_with(place, document, key))
    }

    /// The uses of a name, the most telling kinds first, then by file and line.
    #[must_use]
    pub fn references(&self, name: &str, limit: usize) -> Vec<Use<'_>> {
        let (_, last) = parted(name);
        let Some(word) = words(last).next().and_then(|(_, word)| self.vocabulary.id(word)) else {
            return Vec::new();
        };
        let mut found: Vec<Use<'_>> = self.uses_of(word).map(|(_, found)| found).take(FOUND_MAX).collect();
        found.sort_by(by_telling);
        found.truncate(limit);
        found
    }

    /// The uses of a word, each with its document.
    pub(crate) fn uses_of(&self, word: WordId) -> impl Iterator<Item = (u32, Use<'_>)> {
        self.holders(word).flat_map(move |(place, document, _)| {
            document.said().uses_of(word).iter().map(move |used| {
                let within = self.around(place, used.within);
                let (path, role) = (document.path.as_str(), document.role);
                (place, Use { path, line: used.line, kind: used.kind, count: used.count, within, role })
            })
        })
    }

    /// The innermost definition around a line, from 1, of a file.
    #[must_use]
    pub fn definition_at(&self, path: &str, line: u32) -> Option<Definition<'_>> {
        let (place, document) = self.stored(path)?;
        let holds = |def: &&crate::said::Def| def.first_line <= line && line <= def.last_line;
        let defs = document.said().definitions.iter().enumerate();
        let around = defs.filter(|(_, def)| holds(def));
        let innermost =
            around.min_by_key(|(at, def)| (def.last_line - def.first_line, std::cmp::Reverse(*at)));
        innermost.map(|(at, def)| view(DefinitionId { document: place, place: small(at) }, document, def))
    }

    /// Everything that a file defines, in its order; what stands in something comes after it.
    #[must_use]
    pub fn definitions_in(&self, path: &str) -> Vec<Definition<'_>> {
        let Some((place, document)) = self.stored(path) else { return Vec::new() };
        all_of(place, document).collect()
    }

    /// What stands directly in a definition.
    #[must_use]
    pub fn members(&self, id: DefinitionId) -> Vec<Definition<'_>> {
        let Some(document) = self.documents.get(id.document as usize) else { return Vec::new() };
        let is_member = |found: &Definition<'_>| {
            document.said().definitions[found.id.place as usize].container == id.place
        };
        all_of(id.document, document).filter(is_member).collect()
    }

    /// What a file says about itself at its head, without comment marks.
    #[must_use]
    pub fn file_doc(&self, path: &str) -> Option<&str> {
        let (_, document) = self.stored(path)?;
        Some(document.said().string(document.said().doc)).filter(|doc| !doc.is_empty())
    }
}

pub(super) fn all_of(place: u32, document: &Stored) -> impl Iterator<Item = Definition<'_>> {
    let numbered = document.said().definitions.iter().enumerate();
    numbered.map(move |(at, def)| view(DefinitionId { document: place, place: small(at) }, document, def))
}

fn definitions_with(place: u32, document: &Stored, key: WordId) -> impl Iterator<Item = Definition<'_>> {
    let numbered = document.said().definitions.iter().enumerate().filter(move |(_, def)| def.key == key);
    numbered.map(move |(at, def)| view(DefinitionId { document: place, place: small(at) }, document, def))
}

/// Whether a name is `wanted` with a mark of its language around it: `empty?`, `@name`.
fn is_word_of(name: &str, wanted: &str) -> bool {
    let mut found = words(name).map(|(_, word)| word);
    found.next() == Some(wanted) && found.next().is_none()
}

fn lies_in(found: &Definition<'_>, within: &str) -> bool {
    let wanted = within.rsplit([':', '.', '#', '/', '>', '\\']).next().unwrap_or(within);
    words(found.scope).any(|(_, word)| word == wanted) || words(found.path).any(|(_, word)| word == wanted)
}

/// What one means who names it: what people wrote, outside tests; a type or function before what is in one.
fn likeliest(found: &Definition<'_>) -> (bool, u8, bool, u8) {
    let is_test = found.is_test || found.role == Role::Test;
    let kind = match found.kind {
        DefinitionKind::Section | DefinitionKind::Key | DefinitionKind::Block => 3,
        DefinitionKind::Extension | DefinitionKind::Module => 2,
        DefinitionKind::Field | DefinitionKind::Variant | DefinitionKind::Variable => 1,
        _ => 0,
    };
    // A body before a mere declaration, as C has them in headers.
    let is_short = found.lines.last == found.line && matches!(found.language, "c" | "cpp");
    let role = u8::from(!matches!(found.role, Role::Source));
    (is_test, kind, is_short, role)
}

fn by_place(left: &Definition<'_>, right: &Definition<'_>) -> std::cmp::Ordering {
    right.rank.total_cmp(&left.rank).then_with(|| (left.path, left.line).cmp(&(right.path, right.line)))
}

/// Code before tests, the most telling kinds first, then by file and line.
pub(super) fn by_telling(left: &Use<'_>, right: &Use<'_>) -> std::cmp::Ordering {
    let order = |found: &Use<'_>| {
        let is_test = found.role == Role::Test || found.within.is_some_and(|within| within.is_test);
        let kind = match found.kind {
            ReferenceKind::Call | ReferenceKind::Inherit => 0,
            ReferenceKind::Type => 1,
            ReferenceKind::Plain => 2,
            ReferenceKind::Import => 3,
        };
        (is_test, kind)
    };
    order(left).cmp(&order(right)).then_with(|| (left.path, left.line).cmp(&(right.path, right.line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_say_what_it_is_in() {
        let check = |name: &str, within: Option<&str>, last: &str| assert_eq!(parted(name), (within, last));
        check("push", None, "push");
        check("Stack::push()", Some("Stack"), "push");
        check("a.b.c", Some("a.b"), "c");
        check("Stack#push", Some("Stack"), "push");
        check(".", None, ".");
        check("::push", None, "::push");
    }
}
