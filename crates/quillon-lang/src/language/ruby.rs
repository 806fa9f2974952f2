//! Ruby.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, quoted};
use crate::rules::{Rules, Sight};
use crate::{DefinitionKind, Visibility};

pub(crate) static RUBY: Grammar = Grammar {
    fence: "ruby",
    separator: "::",
    reader: Reader::tree(|| tree_sitter_ruby::LANGUAGE.into(), include_str!("ruby.scm")),
    rules: Rules {
        // Editors and the interpreter read these, people do not.
        is_doc: |comment| {
            !["# frozen_string", "# encoding", "# rubocop", "# typed:"].iter().any(|m| comment.starts_with(m))
        },
        is_file_doc: |comment| {
            !["# frozen_string", "# encoding", "# rubocop", "# typed:"].iter().any(|m| comment.starts_with(m))
        },
        visibility,
        is_test,
        imports: |statement| Imported::module(quoted(statement).unwrap_or_default(), None),
        ..Rules::PLAIN
    },
    otherwise: None,
};

/// `private` on a line of its own is not followed; `private def` is.
fn visibility(sight: &Sight<'_>) -> Visibility {
    let modifiers = [("private", Visibility::Private), ("protected", Visibility::Protected)];
    modifiers.iter().find(|(word, _)| sight.has_word(word)).map_or(Visibility::Unstated, |(_, found)| *found)
}

fn is_test(sight: &Sight<'_>) -> bool {
    match sight.kind {
        DefinitionKind::Method | DefinitionKind::Function => sight.name.starts_with("test_"),
        DefinitionKind::Class => sight.name.ends_with("Test") || sight.name.starts_with("Test"),
        _ => false,
    }
}
