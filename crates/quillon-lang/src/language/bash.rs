//! Shell, as bash has it.

use crate::Visibility;
use crate::grammar::{Grammar, Reader};
use crate::importing::Imported;
use crate::rules::{Rules, Sight};

pub(crate) static BASH: Grammar = Grammar {
    fence: "bash",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_bash::LANGUAGE.into(), include_str!("bash.scm")),
    rules: Rules {
        is_doc: |comment| !comment.starts_with("#!"),
        visibility: |_: &Sight<'_>| Visibility::Unstated,
        is_test: |sight| sight.name.starts_with("test_"),
        imports,
        ..Rules::PLAIN
    },
    otherwise: None,
};

/// `source x` and `. x`.
fn imports(command: &str) -> Vec<Imported> {
    let mut words = command.split_whitespace();
    words.next();
    Imported::module(words.next().unwrap_or_default().trim_matches(['"', '\'']), None)
}
