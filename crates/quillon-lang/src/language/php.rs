//! PHP.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, branching, quoted};
use crate::rules::{Rules, Sight, by_modifier, is_starred};
use crate::{DefinitionKind, Visibility};

pub(crate) static PHP: Grammar = Grammar {
    fence: "php",
    separator: "\\",
    reader: Reader::tree(|| tree_sitter_php::LANGUAGE_PHP.into(), include_str!("php.scm")),
    rules: Rules {
        is_doc: is_starred,
        is_file_doc: is_starred,
        visibility,
        is_test,
        imports,
        ..Rules::PLAIN
    },
    otherwise: None,
};

fn visibility(sight: &Sight<'_>) -> Visibility {
    match sight.container {
        Some(container) if container.is_type() && sight.kind != DefinitionKind::Variant => {
            by_modifier(sight, Visibility::Public)
        }
        _ => Visibility::Unstated,
    }
}

fn is_test(sight: &Sight<'_>) -> bool {
    let is_named = sight.kind == DefinitionKind::Method && sight.name.starts_with("test");
    let is_class = sight.kind == DefinitionKind::Class && sight.name.ends_with("Test");
    is_named || is_class || sight.has_attribute(&["Test"])
}

/// `use A\B as C;`, `use function A\{b, c};` and `require "x.php"`.
fn imports(statement: &str) -> Vec<Imported> {
    let Some(path) = statement.trim().strip_prefix("use ") else {
        return Imported::module(quoted(statement).unwrap_or_default(), None);
    };
    let path = path.trim_end_matches(';').trim_start();
    let path =
        ["function ", "const "].iter().fold(path, |path, word| path.strip_prefix(word).unwrap_or(path));
    branching(path, "\\")
}
