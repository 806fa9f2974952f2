//! Who calls what: uses joined with what they mean.

use quillon_lang::ReferenceKind;
use rustc_hash::FxHashMap;

use super::names::by_telling;
use super::{Callee, Caller, Definition, DefinitionId, Use};
use crate::index::Index;
use crate::strings::NONE;
use crate::vocabulary::WordId;

/// The most definitions that a use may mean and still be worth telling apart.
const MEANINGS_MAX: usize = 50;
/// The most callers of one name that are looked at.
const CALLERS_LOOKED_AT_MAX: usize = 20_000;

impl Index {
    /// What calls, makes or inherits from a definition, code before tests.
    #[must_use]
    pub fn callers(&self, id: DefinitionId, limit: usize) -> Vec<Caller<'_>> {
        let Some(key) = self.document(id.document).said().definition(id.place).map(|def| def.key) else {
            return Vec::new();
        };
        if key == NONE {
            return Vec::new();
        }
        let all: Vec<Definition<'_>> = self.defining(key).collect();
        let mut certain: FxHashMap<u32, Option<bool>> = FxHashMap::default();
        let calls = self.uses_of(key).filter(|(_, call)| is_call(call) && !is_itself(call, id));
        let mut found: Vec<(Use<'_>, bool)> = Vec::new();
        for (document, call) in calls.take(CALLERS_LOOKED_AT_MAX) {
            let meant = *certain.entry(document).or_insert_with(|| {
                let meanings = self.meanings(&all, document);
                meanings.iter().any(|meaning| meaning.id == id).then_some(meanings.len() == 1)
            });
            found.extend(meant.map(|is_certain| (call, is_certain)));
        }
        found.sort_by(|(left, _), (right, _)| by_telling(left, right));
        found.truncate(limit);
        found.into_iter().map(|(call, is_certain)| Caller { call, is_certain }).collect()
    }

    /// What a definition calls, and what stands in it, in the order of the calls.
    #[must_use]
    pub fn callees(&self, id: DefinitionId, limit: usize) -> Vec<Callee<'_>> {
        let said = self.document(id.document).said();
        let is_within = |mut place: u32| {
            while place != NONE && place != id.place {
                place = said.definition(place).map_or(NONE, |def| def.container);
            }
            place == id.place
        };
        let mut called: FxHashMap<WordId, (u32, u32)> = FxHashMap::default();
        let calls = said.uses.iter().filter(|used| used.kind == ReferenceKind::Call);
        for used in calls.filter(|used| is_within(used.within)) {
            let known = called.entry(used.word).or_insert((used.line, 0));
            *known = (known.0.min(used.line), known.1 + used.count);
        }
        let mut called: Vec<_> = called.into_iter().collect();
        called.sort_by_key(|(word, (line, _))| (*line, self.vocabulary.word(*word)));
        let callee = |(word, (line, count))| {
            let all: Vec<Definition<'_>> = self.defining(word).filter(|found| can_be_called(found)).collect();
            let definitions = self.meanings(&all, id.document);
            Callee { name: self.vocabulary.word(word), line, count, definitions }
        };
        called.into_iter().map(callee).take(limit).collect()
    }

    /// What a use in a document may mean: its own definition, else an imported one, else one of its language.
    pub(super) fn meanings<'a>(&'a self, all: &[Definition<'a>], document: u32) -> Vec<Definition<'a>> {
        let own: Vec<_> = all.iter().filter(|found| found.id.document == document).copied().collect();
        if !own.is_empty() {
            return own;
        }
        if all.len() > MEANINGS_MAX {
            return Vec::new();
        }
        let language = self.document(document).language.map_or("", |language| language.fence);
        let fits = |found: &&Definition<'_>| family(found.language) == family(language);
        let mut fitting: Vec<_> = all.iter().filter(fits).copied().collect();
        if fitting.len() > 1 {
            let imported = self.imported_documents(document);
            let narrowed: Vec<_> =
                fitting.iter().filter(|found| imported.contains(&found.id.document)).copied().collect();
            if !narrowed.is_empty() {
                fitting = narrowed;
            }
        }
        fitting.sort_by(|left, right| {
            let order = |found: &Definition<'_>| (found.is_test, found.path.to_owned(), found.line);
            right.rank.total_cmp(&left.rank).then_with(|| order(left).cmp(&order(right)))
        });
        fitting
    }
}

fn is_call(call: &Use<'_>) -> bool {
    matches!(call.kind, ReferenceKind::Call | ReferenceKind::Inherit)
}

/// A definition that calls itself is none of its callers.
fn is_itself(call: &Use<'_>, id: DefinitionId) -> bool {
    call.within.is_some_and(|within| within.id == id)
}

fn can_be_called(found: &Definition<'_>) -> bool {
    found.kind.is_code() || found.kind.is_type()
}

/// Languages whose files see each other's names.
fn family(fence: &str) -> &str {
    match fence {
        "cpp" | "c" => "c",
        "typescript" | "tsx" | "javascript" | "html" => "javascript",
        "kotlin" | "java" | "scala" | "groovy" => "java",
        other => other,
    }
}
