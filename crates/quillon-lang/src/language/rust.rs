//! Rust.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, branching};
use crate::rules::{Rules, Sight};
use crate::{DefinitionKind, Visibility};

pub(crate) static RUST: Grammar = Grammar {
    fence: "rust",
    separator: "::",
    reader: Reader::tree(|| tree_sitter_rust::LANGUAGE.into(), include_str!("rust.scm")),
    rules: Rules {
        is_doc: |comment| comment.starts_with("///") || comment.starts_with("/**"),
        is_file_doc: |comment| comment.starts_with("//!") || comment.starts_with("/*!"),
        visibility,
        is_test,
        imports,
    },
    otherwise: None,
};

fn visibility(sight: &Sight<'_>) -> Visibility {
    let is_shared = match sight.container {
        Some(DefinitionKind::Extension) => sight.around.contains(" for "),
        container => matches!(
            container,
            Some(DefinitionKind::Interface | DefinitionKind::Enum | DefinitionKind::Variant)
        ),
    };
    if matches!(sight.kind, DefinitionKind::Extension) || is_shared {
        return Visibility::Unstated;
    }
    if sight.kind == DefinitionKind::Macro {
        let is_exported = sight.has_attribute(&["macro_export"]);
        return if is_exported { Visibility::Public } else { Visibility::Private };
    }
    match (sight.before.contains("pub("), sight.has_word("pub")) {
        (true, _) => Visibility::Internal,
        (_, true) => Visibility::Public,
        _ => Visibility::Private,
    }
}

fn is_test(sight: &Sight<'_>) -> bool {
    let is_module_of_tests =
        || sight.attributes.iter().any(|a| a.contains("cfg(test)") || a.contains("cfg(all(test"));
    sight.has_attribute(&["test", "rstest", "test_case", "quickcheck", "bench"]) || is_module_of_tests()
}

fn imports(statement: &str) -> Vec<Imported> {
    let statement = statement.trim_end().trim_end_matches(';');
    let krate = || statement.find("extern crate ").map(|at| &statement[at + "extern crate ".len()..]);
    let tree = match statement.split_once("use ") {
        Some((_, tree)) => tree,
        None => krate().unwrap_or_default(),
    };
    branching(tree.trim(), "::")
}
