//! Kotlin.

use crate::grammar::{Grammar, Reader};
use crate::importing::Imported;
use crate::language::java::TESTS;
use crate::rules::{Rules, Sight, by_modifier, is_starred};
use crate::{DefinitionKind, ImportedName, Visibility};

pub(crate) static KOTLIN: Grammar = Grammar {
    fence: "kotlin",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_kotlin_ng::LANGUAGE.into(), include_str!("kotlin.scm")),
    rules: Rules {
        is_doc: is_starred,
        is_file_doc: is_starred,
        visibility,
        is_test: |sight| sight.has_attribute(TESTS),
        imports,
        ..Rules::PLAIN
    },
    otherwise: None,
};

fn visibility(sight: &Sight<'_>) -> Visibility {
    match sight.kind {
        DefinitionKind::Variant => Visibility::Unstated,
        _ => by_modifier(sight, Visibility::Public),
    }
}

/// `import a.b.C as D`.
fn imports(statement: &str) -> Vec<Imported> {
    let path = statement.trim().trim_start_matches("import").trim().trim_end_matches(';');
    let (path, alias) = match path.split_once(" as ") {
        Some((path, alias)) => (path.trim(), Some(alias.trim().to_owned())),
        None => (path.lines().next().unwrap_or_default().trim(), None),
    };
    match path.rsplit_once('.') {
        Some((module, name)) => {
            let names = vec![ImportedName { name: name.to_owned(), alias }];
            vec![Imported { module: module.to_owned(), alias: None, names }]
        }
        None => Imported::module(path, alias.as_deref()),
    }
}
