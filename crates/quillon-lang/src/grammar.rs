//! The languages that can be read: one row each, in one sorted table. A row costs nothing until it is used; its query
//! is compiled on first use and kept.

use std::fmt;
use std::sync::OnceLock;

use tree_sitter::{Language, Query};

use crate::gather::{Gathered, Role};
use crate::language;
use crate::limits::Budget;
use crate::rules::Rules;

/// A language that can be read. Get one with [`grammar_of`].
pub struct Grammar {
    /// What Markdown fences call it.
    pub fence: &'static str,
    /// What joins the names of a path.
    pub separator: &'static str,
    pub(crate) reader: Reader,
    pub(crate) rules: Rules,
    /// A wider language to try when the text has errors as this one and looks like that one.
    pub(crate) otherwise: Option<Otherwise>,
}

/// The wider language that a text may be written in.
pub(crate) struct Otherwise {
    pub(crate) fence: &'static str,
    pub(crate) looks_like: fn(&str) -> bool,
}

/// What reads the text.
pub(crate) enum Reader {
    /// A tree-sitter grammar and our query over its trees.
    Tree(TreeReader),
    /// A line reader of our own, for languages whose grammars are too large, too slow or too strict.
    Outline(fn(&str, &Budget<'_>, &mut Gathered)),
}

/// A tree-sitter grammar with its query.
pub(crate) struct TreeReader {
    language: fn() -> Language,
    query: &'static str,
    ready: OnceLock<Ready>,
}

/// A grammar in use.
pub(crate) struct Ready {
    pub(crate) language: Language,
    pub(crate) query: Query,
    /// The role of each capture, by its place in the query.
    pub(crate) roles: Vec<Role>,
}

impl Reader {
    pub(crate) const fn tree(language: fn() -> Language, query: &'static str) -> Self {
        Self::Tree(TreeReader { language, query, ready: OnceLock::new() })
    }
}

impl TreeReader {
    pub(crate) fn ready(&self) -> &Ready {
        self.ready.get_or_init(|| {
            let language = (self.language)();
            // The queries are part of the program, and a test compiles every one of them.
            let query = Query::new(&language, self.query).unwrap_or_else(|fault| panic!("{fault}"));
            let roles = query
                .capture_names()
                .iter()
                .map(|name| Role::named(name).unwrap_or_else(|| panic!("no role is called `{name}`")))
                .collect();
            Ready { language, query, roles }
        })
    }
}

impl fmt::Debug for Grammar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Grammar").field(&self.fence).finish()
    }
}

impl Grammar {
    /// Whether its trees can be mended after an edit instead of read anew.
    #[must_use]
    pub const fn is_incremental(&self) -> bool {
        matches!(self.reader, Reader::Tree(_))
    }
}

/// Every language, by its fence name.
static GRAMMARS: &[&Grammar] = &[
    &language::bash::BASH,
    &language::c::C,
    &language::cpp::CPP,
    &language::csharp::CSHARP,
    &language::go::GO,
    &language::hcl::HCL,
    &language::java::JAVA,
    &language::javascript::JAVASCRIPT,
    &language::json::JSON,
    &language::kotlin::KOTLIN,
    &language::markdown::MARKDOWN,
    &language::php::PHP,
    &language::python::PYTHON,
    &language::ruby::RUBY,
    &language::rust::RUST,
    &language::scala::SCALA,
    &language::sql::SQL,
    &language::typescript::TSX,
    &language::typescript::TYPESCRIPT,
    &language::yaml::YAML,
];

/// Every language that can be read.
#[must_use]
pub fn grammars() -> &'static [&'static Grammar] {
    GRAMMARS
}

/// The language of a fence name.
#[must_use]
pub fn grammar_of(fence: &str) -> Option<&'static Grammar> {
    GRAMMARS.binary_search_by_key(&fence, |grammar| grammar.fence).ok().map(|place| GRAMMARS[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_every_query_compiles() {
        assert!(GRAMMARS.is_sorted_by_key(|grammar| grammar.fence));
        for grammar in GRAMMARS {
            assert!(std::ptr::eq(grammar_of(grammar.fence).unwrap(), *grammar));
            if let Reader::Tree(reader) = &grammar.reader {
                assert!(!reader.ready().roles.is_empty(), "{grammar:?}");
            }
            if let Some(otherwise) = &grammar.otherwise {
                assert!(grammar_of(otherwise.fence).is_some_and(|wider| wider.otherwise.is_none()));
            }
        }
        assert!(grammar_of("cobol").is_none());
    }
}
