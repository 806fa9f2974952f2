//! JSON, also with comments.

use crate::grammar::{Grammar, Reader};
use crate::rules::Rules;

pub(crate) static JSON: Grammar = Grammar {
    fence: "json",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_json::LANGUAGE.into(), include_str!("json.scm")),
    rules: Rules::PLAIN,
    otherwise: None,
};
