//! Python.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, name_and_alias, names};
use crate::rules::{Rules, Sight};
use crate::{DefinitionKind, Visibility};

pub(crate) static PYTHON: Grammar = Grammar {
    fence: "python",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_python::LANGUAGE.into(), include_str!("python.scm")),
    rules: Rules { visibility, is_test, imports, route_method: "GET", ..Rules::PLAIN },
    otherwise: None,
};

/// One underscore is a wish, two are a rule, and two on both sides are the language's own.
fn visibility(sight: &Sight<'_>) -> Visibility {
    match sight.name {
        name if name.starts_with("__") && name.ends_with("__") => Visibility::Public,
        name if name.starts_with("__") => Visibility::Private,
        name if name.starts_with('_') => Visibility::Internal,
        _ => Visibility::Public,
    }
}

fn is_test(sight: &Sight<'_>) -> bool {
    match sight.kind {
        DefinitionKind::Class => sight.name.starts_with("Test") || sight.name.ends_with("TestCase"),
        DefinitionKind::Function | DefinitionKind::Method => {
            sight.name.starts_with("test_") || sight.name == "test"
        }
        _ => false,
    }
}

fn imports(statement: &str) -> Vec<Imported> {
    let bare: String = statement
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let bare = bare.replace(['(', ')', '\\'], " ");
    let bare = bare.trim();
    if let Some(rest) = bare.strip_prefix("from ") {
        let (module, list) = rest.split_once(" import").unwrap_or((rest, ""));
        return vec![Imported { module: module.trim().to_owned(), alias: None, names: names(list) }];
    }
    let modules = bare.strip_prefix("import ").unwrap_or_default().split(',').filter_map(name_and_alias);
    modules.flat_map(|one| Imported::module(&one.name, one.alias.as_deref())).collect()
}
