//! C. A header that is really C++ is read as C++.

use crate::Visibility;
use crate::grammar::{Grammar, Otherwise, Reader};
use crate::importing::Imported;
use crate::rules::{Rules, Sight};

pub(crate) static C: Grammar = Grammar {
    fence: "c",
    separator: "::",
    reader: Reader::tree(|| tree_sitter_c::LANGUAGE.into(), include_str!("c.scm")),
    rules: Rules { visibility, imports, ..Rules::PLAIN },
    otherwise: Some(Otherwise { fence: "cpp", looks_like: is_cpp }),
};

fn is_cpp(text: &str) -> bool {
    ["class ", "namespace ", "template", "public:", "private:", "using ", "::"]
        .iter()
        .any(|word| text.contains(word))
}

fn visibility(sight: &Sight<'_>) -> Visibility {
    if sight.container.is_none() && sight.has_word("static") {
        Visibility::Private
    } else {
        Visibility::Unstated
    }
}

/// `#include <a.h>` and `#include "a.h"`.
pub(crate) fn imports(statement: &str) -> Vec<Imported> {
    let (_, path) = statement.split_once("include").unwrap_or_default();
    let path = path.trim().trim_start_matches(['<', '"']);
    Imported::module(path.split(['>', '"', '\n']).next().unwrap_or_default().trim(), None)
}
