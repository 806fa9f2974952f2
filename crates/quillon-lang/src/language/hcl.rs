//! HCL, as Terraform and its relatives write it.

use crate::DefinitionKind;
use crate::grammar::{Grammar, Reader};
use crate::importing::{Imported, quoted};
use crate::rules::Rules;

pub(crate) static HCL: Grammar = Grammar {
    fence: "hcl",
    separator: ".",
    reader: Reader::tree(|| tree_sitter_hcl::LANGUAGE.into(), include_str!("hcl.scm")),
    rules: Rules {
        is_test: |sight| sight.kind == DefinitionKind::Block && sight.before.starts_with("run"),
        imports: |attribute| Imported::module(quoted(attribute).unwrap_or_default(), None),
        ..Rules::PLAIN
    },
    otherwise: None,
};
