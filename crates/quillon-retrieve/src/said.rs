//! What a file says by its syntax, as the index keeps it: small, and without a copy of what stands in the text.

use quillon_lang::{DefinitionKind, EntryPoint, Facts, Import, ReferenceKind, Route, Setting, Visibility};
use quillon_text::shorten;
use rustc_hash::FxHashMap;

use crate::read::small;
use crate::strings::NONE;
use crate::vocabulary::WordId;
use crate::word::words;

/// The most definitions of one file that are kept.
pub(crate) const DEFINITIONS_MAX: usize = 20_000;
/// How much of a definition's documentation is kept, in bytes.
const DOC_BYTES_MAX: usize = 400;
/// How much of a signature is kept, in bytes.
const SIGNATURE_BYTES_MAX: usize = 240;

/// Some bytes of the strings of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// One definition. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Def {
    pub(crate) kind: DefinitionKind,
    pub(crate) visibility: Visibility,
    pub(crate) is_test: bool,
    /// The first word of its name, by which it is found.
    pub(crate) key: WordId,
    pub(crate) name: Slice,
    pub(crate) scope: Slice,
    pub(crate) signature: Slice,
    pub(crate) doc: Slice,
    pub(crate) first_line: u32,
    pub(crate) last_line: u32,
    /// The line of its name.
    pub(crate) line: u32,
    /// The place of what it stands in, or [`NONE`].
    pub(crate) container: u32,
}

/// The uses of one name in one definition, of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) word: WordId,
    /// The definition around it, or [`NONE`].
    pub(crate) within: u32,
    pub(crate) kind: ReferenceKind,
    /// The first line, from 1.
    pub(crate) line: u32,
    pub(crate) count: u32,
}

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) strings: String,
    pub(crate) package: Slice,
    pub(crate) doc: Slice,
    pub(crate) definitions: Vec<Def>,
    /// Sorted by word, then by what they are in.
    pub(crate) uses: Vec<Used>,
    pub(crate) imports: Vec<Import>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) routes: Vec<Route>,
    pub(crate) entry_points: Vec<EntryPoint>,
}

impl Said {
    /// Takes over facts. `intern` gives words their ids.
    pub(crate) fn of(facts: Facts, text: &str, mut intern: impl FnMut(&str) -> WordId) -> Self {
        let mut said = Self::default();
        said.package = said.keep(&facts.package);
        said.doc = said.keep(&shorten(&facts.doc, DOC_BYTES_MAX));
        for definition in facts.definitions.iter().take(DEFINITIONS_MAX) {
            let key = words(&definition.name).next().map_or(NONE, |(_, word)| intern(word));
            let def = Def {
                kind: definition.kind,
                visibility: definition.visibility,
                is_test: definition.is_test,
                key,
                name: said.keep(&definition.name),
                scope: said.keep(&definition.scope),
                signature: said.keep(&shorten(&definition.signature, SIGNATURE_BYTES_MAX)),
                doc: said.keep(&shorten(&definition.doc, DOC_BYTES_MAX)),
                first_line: definition.span.lines.first,
                last_line: definition.span.lines.last,
                line: definition.name_span.lines.first,
                container: definition.container.unwrap_or(NONE),
            };
            said.definitions.push(def);
        }
        said.uses = uses(&facts, text, said.definitions.len(), intern);
        said.imports = facts.imports;
        said.settings = facts.settings;
        said.routes = facts.routes;
        said.entry_points = facts.entry_points;
        said
    }

    fn keep(&mut self, string: &str) -> Slice {
        let start = small(self.strings.len());
        self.strings.push_str(string);
        Slice { start, end: small(self.strings.len()) }
    }

    pub(crate) fn string(&self, slice: Slice) -> &str {
        self.strings.get(slice.start as usize..slice.end as usize).unwrap_or_default()
    }

    /// The definition of a place, unless it is none.
    pub(crate) fn definition(&self, place: u32) -> Option<&Def> {
        self.definitions.get(place as usize)
    }

    /// The uses of a word.
    pub(crate) fn uses_of(&self, word: WordId) -> &[Used] {
        let from = self.uses.partition_point(|used| used.word < word);
        let count = self.uses[from..].partition_point(|used| used.word == word);
        &self.uses[from..from + count]
    }

    /// Gives words other ids.
    pub(crate) fn rename(&mut self, id: impl Fn(WordId) -> WordId) {
        for definition in self.definitions.iter_mut().filter(|definition| definition.key != NONE) {
            definition.key = id(definition.key);
        }
        for used in &mut self.uses {
            used.word = id(used.word);
        }
        self.uses.sort_unstable_by_key(order);
    }
}

const fn order(used: &Used) -> (WordId, u32, ReferenceKind) {
    (used.word, used.within, used.kind)
}

fn uses(facts: &Facts, text: &str, kept: usize, mut intern: impl FnMut(&str) -> WordId) -> Vec<Used> {
    let mut found: FxHashMap<(WordId, u32, ReferenceKind), (u32, u32)> = FxHashMap::default();
    for reference in &facts.references {
        let Some((_, word)) = words(reference.name(text)).next() else { continue };
        let within = reference.within.filter(|within| (*within as usize) < kept).unwrap_or(NONE);
        let known = found.entry((intern(word), within, reference.kind)).or_insert((reference.line, 0));
        known.0 = known.0.min(reference.line);
        known.1 += 1;
    }
    let used = |((word, within, kind), (line, count))| Used { word, within, kind, line, count };
    found.into_iter().map(used).collect()
}
