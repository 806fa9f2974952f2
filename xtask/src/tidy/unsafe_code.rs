//! No `unsafe`, in no form. The compiler forbids it too, but only in code that this build compiles; this reads every
//! target, every feature and the inside of every macro.

use proc_macro2::TokenTree;

use super::Finding;
use super::source::each_token;
use super::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &tree.sources {
        each_token(&source.tokens, &mut |token| {
            let TokenTree::Ident(word) = token else { return };
            if word == "unsafe" {
                let line = word.span().start().line;
                let remedy = "find a safe crate that does it; there is no audited corner for it yet";
                found.push(Finding::new(&source.path, line, "this is `unsafe`", remedy));
            }
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    #[test]
    fn finds_the_word_wherever_it_acts_and_not_where_it_is_prose() {
        expect(
            check,
            &[
                (
                    "crates/quillon-x/src/lib.rs",
                    "//! Not unsafe.\n#![forbid(unsafe_code)]\nconst WORD: &str = \"unsafe\";\n",
                ),
                ("crates/quillon-x/src/block.rs", "fn f() {\n    unsafe { g() }\n}\n"),
                (
                    "crates/quillon-x/src/macro.rs",
                    "macro_rules! m {\n    () => {\n        unsafe { g() }\n    };\n}\n",
                ),
                ("crates/quillon-x/src/attribute.rs", "#[unsafe(no_mangle)]\nfn f() {}\n"),
            ],
            &[
                "crates/quillon-x/src/attribute.rs:1: this is `unsafe`",
                "crates/quillon-x/src/block.rs:2: this is `unsafe`",
                "crates/quillon-x/src/macro.rs:3: this is `unsafe`",
            ],
        );
    }
}
