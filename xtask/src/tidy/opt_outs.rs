//! `clippy.toml` closes the side doors; a crate that implements a port opens one visibly, and this keeps the list of
//! those that do. Test code may open any: it is not in the product.

use std::collections::BTreeSet;

use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Attribute, Meta};

use super::Finding;
use super::source::{Source, spelled, test_files};
use super::tree::Tree;

/// Attributes that can soften a lint. `deny` and `forbid` cannot.
const SOFTENING: &[&str] = &["allow", "cfg_attr", "expect", "warn"];

/// The two lints that hold the doors shut, and the groups that contain them.
const DOORS: &[&str] = &["disallowed_methods", "disallowed_types", "clippy::all", "clippy::style"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let for_tests = test_files(&tree.sources);
    tree.sources.iter().flat_map(|source| check_source(source, &for_tests)).collect()
}

fn check_source(source: &Source, for_tests: &BTreeSet<&str>) -> Vec<Finding> {
    if for_tests.contains(source.path.as_str()) {
        return Vec::new();
    }
    let mut reader = Reader { path: &source.path, found: Vec::new() };
    reader.visit_file(&source.product());
    reader.found
}

struct Reader<'s> {
    path: &'s str,
    found: Vec<Finding>,
}

impl Reader<'_> {
    fn find(&mut self, line: usize) {
        let what = "this opens a side door that `clippy.toml` closes";
        let remedy =
            "go through `Passage` or a port; a new adapter gets a row in `xtask/src/tidy/exceptions.toml`";
        self.found.push(Finding::new(self.path, line, what, remedy));
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if opens_a_door(&attribute.meta) {
            self.find(attribute.span().start().line);
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // What a macro writes cannot be told from test code, so a door inside one always counts.
        let text = spelled(&call.tokens);
        let softens = SOFTENING.iter().any(|word| text.contains(&format!("[{word}(")));
        if softens && DOORS.iter().any(|door| text.contains(door)) {
            self.find(call.span().start().line);
        }
    }
}

fn opens_a_door(meta: &Meta) -> bool {
    let Meta::List(list) = meta else { return false };
    let softens = SOFTENING.iter().any(|word| list.path.is_ident(word));
    // The reason is prose and may well name a lint.
    let text = spelled(&list.tokens);
    let lints = text.split("reason=").next().unwrap_or_default();
    softens && DOORS.iter().any(|door| lints.contains(door))
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    fn check_text(text: &str, lines: &[usize]) {
        let what = "this opens a side door that `clippy.toml` closes";
        let expected: Vec<_> =
            lines.iter().map(|line| format!("crates/quillon-x/src/lib.rs:{line}: {what}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        expect(check, &[("crates/quillon-x/src/lib.rs", text)], &expected);
    }

    #[test]
    fn finds_every_form_of_opt_out() {
        check_text("#![expect(clippy::disallowed_methods, reason = \"host\")]\n", &[1]);
        check_text("fn f() {}\n#[allow(clippy::disallowed_types)]\nfn g() {}\n", &[2]);
        check_text("fn f() {\n    #[allow(clippy::disallowed_methods)]\n    let x = g();\n}\n", &[2]);
        check_text("#![cfg_attr(unix, allow(clippy :: disallowed_methods))]\n", &[1]);
        check_text("#![allow(clippy::all)]\n#![warn(clippy::style)]\n", &[1, 2]);
        check_text("m! {\n    #[allow(clippy::disallowed_methods)]\n    fn f() {}\n}\n", &[1]);
    }

    #[test]
    fn leaves_other_lints_and_test_code_alone() {
        check_text("#![deny(clippy::disallowed_methods)]\n#![allow(clippy::too_many_lines)]\n", &[]);
        check_text("#[allow(dead_code, reason = \"clippy::all says so\")]\nfn f() {}\n", &[]);
        check_text(
            "#[cfg(test)]\n#[allow(clippy::disallowed_methods)]\nmod tests {\n    fn f() {}\n}\n",
            &[],
        );
        check_text("#[cfg(test)]\nmod tests {\n    #![allow(clippy::disallowed_methods)]\n}\n", &[]);
        check_text("#[test]\n#[allow(clippy::disallowed_methods)]\nfn f() {}\n", &[]);
        check_text("#[cfg(not(test))]\nmod real {\n    #![allow(clippy::disallowed_methods)]\n}\n", &[3]);
    }

    #[test]
    fn leaves_the_files_of_test_modules_alone() {
        let opted_out = "#![allow(clippy::disallowed_methods)]\n";
        expect(
            check,
            &[
                ("crates/quillon-x/src/lib.rs", "#[cfg(test)]\nmod fake;\nmod real;\n"),
                ("crates/quillon-x/src/fake.rs", opted_out),
                ("crates/quillon-x/src/real.rs", opted_out),
                ("crates/quillon-x/tests/runner.rs", opted_out),
            ],
            &["crates/quillon-x/src/real.rs:1: this opens a side door that `clippy.toml` closes"],
        );
    }
}
