//! JavaScript, with JSX.

use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, names, quoted};
use crate::rules::{Rules, Sight, by_modifier};
use crate::{DefinitionKind, ImportedName, Visibility};

pub(crate) static JAVASCRIPT: Grammar = Grammar {
    fence: "javascript",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_javascript::LANGUAGE.into(), include_str!("javascript.scm")),
    rules: Rules { visibility, imports, ..Rules::PLAIN },
    otherwise: None,
};

/// What is exported is public; what a class has is public unless it says otherwise.
pub(crate) fn visibility(sight: &Sight<'_>) -> Visibility {
    match sight.container {
        _ if sight.kind == DefinitionKind::Test => Visibility::Unstated,
        _ if sight.has_word("export") => Visibility::Public,
        _ if sight.name.starts_with('#') => Visibility::Private,
        Some(container) if container.is_type() => by_modifier(sight, Visibility::Public),
        Some(container) if container.is_code() => Visibility::Private,
        _ => Visibility::Internal,
    }
}

/// `import a, {b as c} from "m"`, `import * as n from "m"`, `export … from "m"` and `require("m")`.
pub(crate) fn imports(statement: &str) -> Vec<Imported> {
    let Some(module) = statement.rfind(['"', '\'', '`']).and_then(|end| {
        let quote = &statement[end..=end];
        statement[..end].rfind(quote).map(|start| &statement[start + 1..end])
    }) else {
        return Vec::new();
    };
    let module = if module.is_empty() { quoted(statement).unwrap_or_default() } else { module };
    let is_required = statement.contains("require");
    let clause = match (is_required, statement.split_once(" from")) {
        (false, Some((clause, _))) => clause,
        _ => statement.split_once('=').map_or("", |(clause, _)| clause),
    };
    let clause = ["import ", "export ", "const ", "let ", "var ", "type "]
        .iter()
        .fold(clause.trim(), |clause, word| clause.strip_prefix(word).unwrap_or(clause).trim_start());
    let mut imported = Imported::module(module, None);
    let Some(one) = imported.first_mut() else { return imported };
    let (outside, braced) = match clause.split_once('{') {
        Some((outside, rest)) => (outside, rest.split('}').next().unwrap_or_default()),
        None => (clause, ""),
    };
    for default in outside.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match default.strip_prefix('*').map(str::trim) {
            Some(rest) => one.alias = rest.strip_prefix("as ").map(|alias| alias.trim().to_owned()),
            None if is_required => one.alias = Some(default.to_owned()),
            None => {
                one.names.push(ImportedName { name: "default".to_owned(), alias: Some(default.to_owned()) })
            }
        }
    }
    one.names.extend(names(&braced.replace(':', " as ")));
    imported
}
