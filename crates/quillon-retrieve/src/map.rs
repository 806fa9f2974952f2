//! A map of the workspace within a budget of lines: the files that most of it leans on, each with its foremost
//! definitions, as Aider's repository map shows them.

use quillon_lang::{DefinitionKind, Visibility};
use quillon_workspace::Role;

use crate::graph::Definition;
use crate::index::Index;

/// The most definitions of one file on a map.
const DEFINITIONS_PER_FILE_MAX: usize = 8;
/// The most files on a map.
pub const MAP_FILES_MAX: usize = 500;

/// A file on a map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapFile<'a> {
    /// Where it is.
    pub path: &'a str,
    /// What it is for.
    pub role: Role,
    /// Its lines.
    pub lines: u32,
    /// How much of the workspace leans on it, beside the average of one.
    pub rank: f32,
    /// What it says about itself at its head.
    pub doc: &'a str,
    /// Its foremost definitions, in its order.
    pub definitions: Vec<Definition<'a>>,
}

impl Index {
    /// The files that matter most, in the order of their rank, with as many definitions as `lines_max` lines hold when
    /// every file and every definition takes one. `below` narrows it to a folder; files whose path or names hold one of
    /// `focus` come first.
    #[must_use]
    pub fn map(&self, lines_max: usize, below: Option<&str>, focus: &[&str]) -> Vec<MapFile<'_>> {
        let is_below = |path: &str| {
            below.is_none_or(|below| {
                below.is_empty()
                    || path.strip_prefix(below).is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
            })
        };
        let mut files: Vec<MapFile<'_>> = self
            .living()
            .filter(|(_, document)| document.role == Role::Source && is_below(&document.path))
            .map(|(_, document)| MapFile {
                path: &document.path,
                role: document.role,
                lines: document.entry.lines,
                rank: document.rank * focus_weight(self, &document.path, focus),
                doc: document.said().string(document.said().doc),
                definitions: Vec::new(),
            })
            .collect();
        files.sort_by(|left, right| right.rank.total_cmp(&left.rank).then_with(|| left.path.cmp(right.path)));
        files.truncate(MAP_FILES_MAX.min(lines_max));
        let mut lines_left = lines_max;
        for file in &mut files {
            lines_left = lines_left.saturating_sub(1);
            file.definitions = self.foremost(file.path, DEFINITIONS_PER_FILE_MAX.min(lines_left));
            lines_left -= file.definitions.len();
        }
        // What found no line any more is not on the map.
        let mut shown = 0;
        files.retain(|file| {
            shown += 1 + file.definitions.len();
            shown <= lines_max
        });
        files
    }

    /// The definitions of a file that say most about it, in its order.
    fn foremost(&self, path: &str, count: usize) -> Vec<Definition<'_>> {
        let is_shown = |found: &Definition<'_>| {
            !found.is_test
                && !matches!(
                    found.kind,
                    DefinitionKind::Field
                        | DefinitionKind::Variant
                        | DefinitionKind::Variable
                        | DefinitionKind::Key
                        | DefinitionKind::Extension
                        | DefinitionKind::Section
                )
        };
        let mut found: Vec<_> = self.definitions_in(path).into_iter().filter(is_shown).collect();
        let worth = |found: &Definition<'_>| {
            let kind = match found.kind {
                _ if found.kind.is_type() => 0,
                DefinitionKind::Function | DefinitionKind::Method | DefinitionKind::Macro => 1,
                _ => 2,
            };
            let is_hidden = matches!(found.visibility, Visibility::Private | Visibility::Protected);
            (is_hidden, !found.scope.is_empty(), kind, found.doc.is_empty(), found.line)
        };
        found.sort_by_key(worth);
        found.truncate(count);
        found.sort_by_key(|found| (found.line, found.id));
        found
    }
}

/// What a file counts more that one of the words is about.
fn focus_weight(index: &Index, path: &str, focus: &[&str]) -> f32 {
    const FOCUS_WEIGHT: f32 = 10.0;
    let is_on_path = |word: &&str| path.to_lowercase().contains(&word.to_lowercase());
    let is_named = |word: &&str| {
        let Some((_, document)) = index.stored(path) else { return false };
        let mut alike = index.vocabulary.with_stem(&quillon_text::stem(&word.to_lowercase()));
        alike.any(|word| !document.entry.named(word).is_empty())
    };
    let hits = focus.iter().filter(|word| is_on_path(word) || is_named(word)).count();
    FOCUS_WEIGHT.powi(hits.min(3) as i32)
}
