//! TypeScript, and its form with JSX.

use crate::grammar::{Grammar, Otherwise, Reader};
use crate::language::javascript::{imports, visibility};
use crate::rules::Rules;

pub(crate) static TYPESCRIPT: Grammar = Grammar {
    fence: "typescript",
    separator: ".",
    reader: Reader::tree(
        || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        include_str!("typescript.scm"),
    ),
    rules: Rules { visibility, imports, ..Rules::PLAIN },
    // The fence name is the same for both forms, so the text decides.
    otherwise: Some(Otherwise {
        fence: "tsx",
        looks_like: |text| text.contains("/>") || text.contains("</"),
    }),
};

pub(crate) static TSX: Grammar = Grammar {
    fence: "tsx",
    separator: ".",
    reader: Reader::tree(
        || tree_sitter_typescript::LANGUAGE_TSX.into(),
        concat!(include_str!("typescript.scm"), include_str!("tsx.scm")),
    ),
    rules: Rules { visibility, imports, ..Rules::PLAIN },
    otherwise: None,
};
