//! Names that a question writes as code does, looked up as they stand: a definition before a use.

use quillon_text::subwords;
use rustc_hash::FxHashMap;

use crate::index::{Index, Stored};
use crate::outline::chain;
use crate::query::{Name, Query, Wanted};
use crate::syntax::Kind;
use crate::vocabulary::WordId;
use crate::word::words;

/// What a definition of a name is worth, beside all words of the question together.
const DEFINITION_WORTH: f32 = 2.5;
/// What it is worth to one who asks for nothing but names.
const DEFINITION_WORTH_ALONE: f32 = 6.0;
/// What a use of a name is worth.
const USE_WORTH: f32 = 0.3;
/// What a use is worth to one who asks for uses.
const USE_WORTH_ASKED: f32 = 1.2;
/// How much a name counts that is written in another style: `foo_bar` for `fooBar`.
const OTHER_STYLE_WEIGHT: f32 = 0.6;
/// How much a definition counts that lies in what the question says.
const WITHIN_WEIGHT: f32 = 1.2;
/// How much a definition counts that does not lie in what the question says.
const ELSEWHERE_WEIGHT: f32 = 0.4;

/// What a chunk has of the names that were asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    /// How good that is, beside all words of the question together.
    pub(crate) worth: f32,
    /// The best definition: its line and its name.
    pub(crate) definition: Option<(u32, String)>,
    definition_worth: f32,
}

/// Something that is defined.
#[derive(Clone, Copy, Debug)]
struct Defined {
    chunk: u32,
    line: u32,
    kind: Kind,
}

impl Index {
    fn defined(&self, word: WordId) -> Vec<Defined> {
        let named = self.holders(word).flat_map(|(_, document, _)| {
            let first = document.chunks.start;
            document.entry.named(word).iter().map(move |named| (first + named.chunk, named))
        });
        named.map(|(chunk, named)| Defined { chunk, line: named.line, kind: named.kind }).collect()
    }
}

/// The chunks that hold a name of the question.
pub(crate) fn named(index: &Index, query: &Query) -> FxHashMap<u32, Named> {
    let mut found: FxHashMap<u32, Named> = FxHashMap::default();
    let definition_worth = if asks_for_names_only(query) { DEFINITION_WORTH_ALONE } else { DEFINITION_WORTH };
    for name in &query.names {
        for (spelling, weight) in spellings(&name.name) {
            let Some(word) = index.vocabulary.id(&spelling) else {
                continue;
            };
            let use_worth = if query.wanted == Wanted::Uses { USE_WORTH_ASKED } else { USE_WORTH };
            for (chunk, _) in index.postings_of(word) {
                found.entry(chunk).or_default().worth += use_worth * weight;
            }
            let defined = index.defined(word);
            // What is defined in many places says less, unless the question says in which.
            let commonness = (1.0 + (defined.len().max(1) as f32).ln()).sqrt();
            for definition in &defined {
                let place = within_weight(index, name, definition);
                let rarity = if place > 1.0 { 1.0 } else { 1.0 / commonness };
                let worth = definition_worth * weight * kind_weight(definition.kind) * place * rarity;
                note(found.entry(definition.chunk).or_default(), definition, &spelling, worth, query.wanted);
            }
        }
    }
    found
}

/// Whether every word that counts is part of a name: "where is `parse_config` defined".
fn asks_for_names_only(query: &Query) -> bool {
    let parts: Vec<String> = query.names.iter().flat_map(|name| subwords(&name.name)).collect();
    let within: Vec<String> =
        query.names.iter().filter_map(|name| name.within.as_deref()).flat_map(subwords).collect();
    query
        .terms
        .iter()
        .filter(|term| term.weight >= 1.0)
        .all(|term| parts.contains(&term.word) || within.contains(&term.word))
}

fn note(named: &mut Named, definition: &Defined, spelling: &str, worth: f32, wanted: Wanted) {
    // One who asks for uses knows the definition, or sees it below them.
    let worth = if wanted == Wanted::Uses { 0.0 } else { worth };
    if named.definition.is_none() || worth > named.definition_worth {
        named.worth += worth - named.definition_worth;
        named.definition_worth = worth;
        named.definition = Some((definition.line, spelling.to_owned()));
    }
}

const fn kind_weight(kind: Kind) -> f32 {
    match kind {
        Kind::Callable | Kind::Type => 1.0,
        Kind::Value => 0.8,
        Kind::Module => 0.6,
        Kind::Heading => 0.5,
        Kind::Extension => 0.45,
    }
}

/// Whether a definition lies in what the question says that it is in: a type, a module, a file.
fn within_weight(index: &Index, name: &Name, definition: &Defined) -> f32 {
    let Some(within) = &name.within else {
        return 1.0;
    };
    let document = index.document_of(definition.chunk);
    let is_it = |word: &str| same_name(word, within);
    if around(index, document, definition.line as usize).any(is_it) || on_line(index, definition).any(is_it) {
        WITHIN_WEIGHT
    } else if words(&document.path).any(|(_, word)| is_it(word)) {
        1.0
    } else {
        ELSEWHERE_WEIGHT
    }
}

/// The names of what lies around a line.
fn around<'a>(index: &'a Index, document: &'a Stored, line: usize) -> impl Iterator<Item = &'a str> {
    let sections = index.sections_of(document);
    let at = sections.partition_point(|section| section.line <= line).checked_sub(1);
    let around = at.map(|at| chain(sections, at)).unwrap_or_default();
    around
        .into_iter()
        .map(|at| &sections[at])
        .filter(move |section| section.line != line)
        .map(|section| section.name.as_str())
}

/// The words of the definition's own line: Go and C++ say there what a method is in.
fn on_line<'a>(index: &'a Index, definition: &Defined) -> impl Iterator<Item = &'a str> {
    let first = index.lines_of(definition.chunk).start;
    let line = index.text_of(definition.chunk).lines().nth(definition.line as usize - first);
    words(line.unwrap_or_default()).map(|(_, word)| word)
}

fn same_name(left: &str, right: &str) -> bool {
    subwords(left).concat() == subwords(right).concat()
}

/// A name as it was written, and in the styles that other languages use.
fn spellings(name: &str) -> Vec<(String, f32)> {
    let parts = subwords(name);
    let capital = |part: &String| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    let pascal: String = parts.iter().map(capital).collect();
    let camel =
        parts.first().cloned().unwrap_or_default() + &parts.iter().skip(1).map(capital).collect::<String>();
    let snake = parts.join("_");
    let others = [camel, pascal, snake.to_uppercase(), snake, parts.concat()];
    let mut spellings = vec![(name.to_owned(), 1.0)];
    for other in others {
        if !other.is_empty() && spellings.iter().all(|(known, _)| *known != other) {
            spellings.push((other, OTHER_STYLE_WEIGHT));
        }
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_in_every_style() {
        let check = |name: &str, expected: &str| {
            let found: Vec<String> = spellings(name).into_iter().map(|(spelling, _)| spelling).collect();
            assert_eq!(found.join(" "), expected);
        };
        check("fooBar", "fooBar FooBar FOO_BAR foo_bar foobar");
        check("chunk", "chunk Chunk CHUNK");
        check("_x1", "_x1 x1 X1 X_1 x_1");
        check("", "");
    }
}
