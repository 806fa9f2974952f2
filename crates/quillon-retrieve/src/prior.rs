//! What a file is worth before its words are read: by its role, its language and its folder, for a kind of question.

use quillon_workspace::Role;

use crate::index::Stored;
use crate::query::{Query, Wanted};

/// How much a language counts that the question names.
const LANGUAGE_WEIGHT: f32 = 1.4;
/// What is left of markup and schemas, whose few words weigh more than they say.
const MARKUP_WEIGHT: f32 = 0.8;
/// What is left of examples for one who asks for none.
const EXAMPLE_WEIGHT: f32 = 0.75;
/// What is left of lists of changes, which mention everything.
const CHANGES_WEIGHT: f32 = 0.25;
/// What is left of what tests compare with.
const RECORDING_WEIGHT: f32 = 0.4;
const LICENCE_WEIGHT: f32 = 0.2;

pub(crate) fn prior(query: &Query, document: &Stored) -> f32 {
    let speaks = document.language.is_some_and(|language| query.languages.contains(&language.fence));
    let language = match document.language.map(|language| language.fence) {
        _ if speaks => LANGUAGE_WEIGHT,
        Some("css" | "html" | "sql" | "xml") => MARKUP_WEIGHT,
        _ => 1.0,
    };
    role_weight(query.wanted, document.role) * language * place_weight(query, document.place)
}

/// What is left of a part of source code that only tests it.
pub(crate) fn tests_weight(wanted: Wanted, role: Role) -> f32 {
    match role {
        Role::Source => role_weight(wanted, Role::Test) / role_weight(wanted, Role::Source),
        _ => 1.0,
    }
}

const fn role_weight(wanted: Wanted, role: Role) -> f32 {
    match (wanted, role) {
        (_, Role::Minified) => 0.05,
        (_, Role::Vendored) => 0.25,
        (_, Role::Generated) => 0.3,
        (_, Role::Data) => 0.35,

        (Wanted::Tests, Role::Test) => 1.3,
        (Wanted::Tests, Role::Source) => 0.75,
        (Wanted::Tests, Role::Documentation | Role::Configuration) => 0.7,

        (Wanted::Documentation | Wanted::Instructions | Wanted::Overview, Role::Documentation) => 1.3,
        (Wanted::Instructions | Wanted::Overview, Role::Configuration) => 0.9,
        (Wanted::Documentation | Wanted::Instructions | Wanted::Overview, Role::Source) => 0.8,

        (Wanted::Configuration, Role::Configuration) => 1.3,
        (Wanted::Configuration, Role::Documentation) => 0.9,

        (Wanted::Uses, Role::Test) => 0.75,
        (_, Role::Source) => 1.0,
        (Wanted::Place, Role::Documentation) => 0.6,
        (_, Role::Documentation) => 0.7,
        (_, Role::Configuration) => 0.7,
        (_, Role::Test) => 0.45,
    }
}

/// What the place of a file says about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing.
    #[default]
    Plain,
    /// It is a licence, or says who wrote what.
    Licence,
    /// It lists changes.
    Changes,
    /// It is what tests compare with.
    Recording,
    /// It is an example.
    Example,
}

impl Place {
    /// What a path says.
    pub(crate) fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let is_in = |names: &[&str]| folders.split('/').any(|folder| names.contains(&folder));
        let is = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
        if is(&["license", "licence", "copying", "notice", "authors", "contributors"]) {
            Self::Licence
        } else if is(&["changelog", "changes", "history", "news", "releases"]) {
            Self::Changes
        } else if is_in(RECORDINGS) {
            Self::Recording
        } else if is_in(EXAMPLES) {
            Self::Example
        } else {
            Self::Plain
        }
    }
}

const RECORDINGS: &[&str] = &["__snapshots__", "snapshots", "fixtures", "testdata", "test_data", "golden"];
const EXAMPLES: &[&str] = &["example", "examples", "sample", "samples", "demo", "demos", "playground"];

fn place_weight(query: &Query, place: Place) -> f32 {
    let asks = |words: &[&str]| query.terms.iter().any(|term| words.contains(&term.stem.as_str()));
    match place {
        Place::Licence if !asks(&["licens", "licenc", "author"]) => LICENCE_WEIGHT,
        Place::Changes if !asks(&["chang", "changelog", "releas", "version"]) => CHANGES_WEIGHT,
        Place::Recording => RECORDING_WEIGHT,
        Place::Example if !asks(&["exampl", "sampl", "demo"]) => EXAMPLE_WEIGHT,
        _ => 1.0,
    }
}
