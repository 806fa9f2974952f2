//! Rust.

use tree_sitter::Node;

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
        is_loose: Some(is_loose),
        ..Rules::PLAIN
    },
    otherwise: None,
};

/// What a macro is handed where items stand (`cfg_net! { pub fn bind() … }`), and what a rule of a macro writes.
fn is_loose(node: Node<'_>) -> bool {
    if node.kind() != "token_tree" || node.child(0).is_none_or(|first| first.kind() != "{") {
        return false;
    }
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "macro_rule" => true,
        "macro_invocation" => {
            let around = parent.parent().filter(|around| around.kind() == "expression_statement");
            let around = around.unwrap_or(parent).parent();
            around.is_none_or(|around| matches!(around.kind(), "source_file" | "declaration_list"))
        }
        _ => false,
    }
}

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
