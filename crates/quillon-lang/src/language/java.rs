//! Java.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, name_and_alias};
use crate::rules::{Rules, Sight, by_modifier, is_starred};
use crate::{DefinitionKind, Visibility};

pub(crate) static JAVA: Grammar = Grammar {
    fence: "java",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_java::LANGUAGE.into(), include_str!("java.scm")),
    rules: Rules {
        is_doc: |comment| is_starred(comment) || comment.starts_with("///"),
        is_file_doc: is_starred,
        visibility,
        is_test: |sight| sight.has_attribute(TESTS),
        imports,
        ..Rules::PLAIN
    },
    otherwise: None,
};

/// Annotations of JUnit and TestNG.
pub(crate) const TESTS: &[&str] =
    &["Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate", "Nested"];

fn visibility(sight: &Sight<'_>) -> Visibility {
    let is_shared = matches!(sight.container, Some(DefinitionKind::Interface));
    match sight.kind {
        DefinitionKind::Module | DefinitionKind::Variant => Visibility::Unstated,
        _ => by_modifier(sight, if is_shared { Visibility::Public } else { Visibility::Internal }),
    }
}

/// `import static a.b.C.d;` brings `d` in, `import a.b.*;` everything.
fn imports(statement: &str) -> Vec<Imported> {
    let path = statement.trim().trim_end_matches(';').trim_start_matches("import").trim();
    let path = path.strip_prefix("static ").unwrap_or(path).trim();
    match path.rsplit_once('.') {
        Some((module, name)) => {
            let names = name_and_alias(name).into_iter().collect();
            vec![Imported { module: module.trim().to_owned(), alias: None, names }]
        }
        None => Imported::module(path, None),
    }
}
