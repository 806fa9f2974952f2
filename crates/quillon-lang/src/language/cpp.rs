//! C++.

use crate::grammar::{Grammar, Reader};
use crate::importing::Imported;
use crate::language::c;
use crate::rules::{Rules, Sight};
use crate::{DefinitionKind, ImportedName, Visibility};

pub(crate) static CPP: Grammar = Grammar {
    fence: "cpp",
    separator: "::",
    reader: Reader::tree(|| tree_sitter_cpp::LANGUAGE.into(), include_str!("cpp.scm")),
    rules: Rules { visibility, is_test, imports, ..Rules::PLAIN },
    otherwise: None,
};

/// The sections of a class are not followed, so only `static` at the top is told.
fn visibility(sight: &Sight<'_>) -> Visibility {
    let is_at_top = matches!(sight.container, None | Some(DefinitionKind::Module));
    if is_at_top && sight.has_word("static") { Visibility::Private } else { Visibility::Unstated }
}

fn is_test(sight: &Sight<'_>) -> bool {
    const MACROS: &[&str] =
        &["TEST", "TEST_F", "TEST_P", "TYPED_TEST", "TEST_CASE", "SCENARIO", "BOOST_AUTO_TEST_CASE"];
    let macro_name = sight.before.split('(').next().unwrap_or_default().trim();
    sight.kind == DefinitionKind::Test || MACROS.contains(&sight.name) || MACROS.contains(&macro_name)
}

/// Includes, and `using a::b;`.
fn imports(statement: &str) -> Vec<Imported> {
    let Some(path) = statement.trim().strip_prefix("using ") else { return c::imports(statement) };
    let path = path.trim_end_matches(';').trim();
    match (path.strip_prefix("namespace "), path.rsplit_once("::")) {
        (Some(module), _) => {
            let all = ImportedName { name: "*".to_owned(), alias: None };
            vec![Imported { module: module.trim().to_owned(), alias: None, names: vec![all] }]
        }
        (None, Some((module, name))) => {
            let name = ImportedName { name: name.trim().to_owned(), alias: None };
            vec![Imported { module: module.to_owned(), alias: None, names: vec![name] }]
        }
        (None, None) => Vec::new(),
    }
}
