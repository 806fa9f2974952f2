//! Scala.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, branching};
use crate::rules::{Rules, Sight, by_modifier, is_starred};
use crate::{DefinitionKind, Visibility};

pub(crate) static SCALA: Grammar = Grammar {
    fence: "scala",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_scala::LANGUAGE.into(), include_str!("scala.scm")),
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
    match sight.kind {
        DefinitionKind::Variant | DefinitionKind::Test => Visibility::Unstated,
        _ => by_modifier(sight, Visibility::Public),
    }
}

fn is_test(sight: &Sight<'_>) -> bool {
    let is_suite = ["Spec", "Suite", "Test", "Tests"].iter().any(|end| sight.name.ends_with(end));
    let is_class = matches!(sight.kind, DefinitionKind::Class);
    (is_class && is_suite) || sight.has_attribute(&["Test"])
}

/// `import a.b.{C => D, E}`, also with `as`.
fn imports(statement: &str) -> Vec<Imported> {
    let path = statement.trim().trim_start_matches("import").trim();
    branching(path, ".")
}
