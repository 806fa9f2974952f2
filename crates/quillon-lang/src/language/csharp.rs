//! C#.

use crate::grammar::{Grammar, Reader};
use crate::importing::Imported;
use crate::rules::{Rules, Sight, by_modifier};
use crate::{DefinitionKind, Visibility};

pub(crate) static CSHARP: Grammar = Grammar {
    fence: "csharp",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_c_sharp::LANGUAGE.into(), include_str!("csharp.scm")),
    rules: Rules {
        is_doc: |comment| comment.starts_with("///") || comment.starts_with("/**"),
        is_file_doc: |comment| comment.starts_with("///"),
        visibility,
        is_test,
        imports,
        ..Rules::PLAIN
    },
    otherwise: None,
};

fn visibility(sight: &Sight<'_>) -> Visibility {
    let assumed = match (sight.kind, sight.container) {
        (DefinitionKind::Module | DefinitionKind::Variant, _) => return Visibility::Unstated,
        (_, Some(DefinitionKind::Interface)) => Visibility::Public,
        (_, Some(container)) if container.is_type() => Visibility::Private,
        _ => Visibility::Internal,
    };
    by_modifier(sight, assumed)
}

fn is_test(sight: &Sight<'_>) -> bool {
    const TESTS: &[&str] =
        &["Fact", "Theory", "Test", "TestCase", "TestMethod", "TestClass", "TestFixture", "DataTestMethod"];
    sight.has_attribute(TESTS)
}

/// `using A.B;`, `using static A.B;` and `using X = A.B;`.
fn imports(statement: &str) -> Vec<Imported> {
    let path = statement.trim().trim_end_matches(';');
    let path = ["global ", "using ", "static "]
        .iter()
        .fold(path, |path, word| path.strip_prefix(word).unwrap_or(path).trim_start());
    match path.split_once('=') {
        Some((alias, module)) => Imported::module(module.trim(), Some(alias.trim())),
        None => Imported::module(path.trim(), None),
    }
}
