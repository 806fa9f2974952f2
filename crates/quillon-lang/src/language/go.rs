//! Go.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, quoted};
use crate::rules::{Rules, Sight};
use crate::{DefinitionKind, Visibility};

pub(crate) static GO: Grammar = Grammar {
    fence: "go",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_go::LANGUAGE.into(), include_str!("go.scm")),
    rules: Rules { visibility, is_test, imports, ..Rules::PLAIN },
    otherwise: None,
};

/// A capital exports.
fn visibility(sight: &Sight<'_>) -> Visibility {
    if sight.name.starts_with(char::is_uppercase) { Visibility::Public } else { Visibility::Internal }
}

fn is_test(sight: &Sight<'_>) -> bool {
    const STARTS: &[&str] = &["Test", "Benchmark", "Fuzz", "Example"];
    // `Testing` is no test: what follows is no small letter.
    let starts = |start: &&str| {
        sight.name.strip_prefix(*start).is_some_and(|rest| !rest.starts_with(char::is_lowercase))
    };
    sight.kind == DefinitionKind::Function && STARTS.iter().any(starts)
}

fn imports(spec: &str) -> Vec<Imported> {
    let alias = spec.split(['"', '`']).next().unwrap_or_default().trim();
    Imported::module(quoted(spec).unwrap_or_default(), Some(alias).filter(|alias| !alias.is_empty()))
}
