//! The types that stand for a promise cannot be made, or made twice, by the wrong hand.
//!
//! - `Passage`: the road alone makes one, so no public function hands one out and no trait conjures one.
//! - `AuditBegun`, `AuditDurable`: each made in one file, never copied, never read from outside.
//!
//! Compile-fail tests show that today's code obeys; this shows that nobody widened the door since.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Field, Item, ItemImpl, Meta, ReturnType, Signature, Type, Visibility};

use super::Finding;
use super::source::{Source, each_token};
use super::tree::Tree;

/// One type that is a promise.
struct Proof {
    name: &'static str,
    /// The crates that may define it; one of them has to, once the first exists.
    homes: &'static [&'static str],
    /// Traits that would make or copy one.
    without: &'static [&'static str],
    /// Whether other crates get one only as an argument.
    is_never_returned: bool,
    /// Whether all its makers share one file.
    is_made_in_one_file: bool,
}

const CONJURING: &[&str] = &["Default", "Deserialize", "From", "FromStr", "TryFrom"];
const CONJURING_OR_COPYING: &[&str] =
    &["Clone", "Copy", "Default", "Deserialize", "From", "FromStr", "TryFrom"];

const PROOFS: &[Proof] = &[
    Proof {
        name: "AuditBegun",
        homes: &["quillon-audit", "quillon-road"],
        without: CONJURING_OR_COPYING,
        is_never_returned: false,
        is_made_in_one_file: true,
    },
    Proof {
        name: "AuditDurable",
        homes: &["quillon-audit", "quillon-road"],
        without: CONJURING_OR_COPYING,
        is_never_returned: false,
        is_made_in_one_file: true,
    },
    Proof {
        name: "Passage",
        homes: &["quillon-road"],
        without: CONJURING,
        is_never_returned: true,
        is_made_in_one_file: false,
    },
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    PROOFS.iter().flat_map(|proof| check_proof(tree, proof)).collect()
}

fn check_proof(tree: &Tree, proof: &Proof) -> Vec<Finding> {
    let homes: Vec<_> = proof.homes.iter().map(|name| format!("crates/{name}/src/")).collect();
    let in_home = |source: &&Source| homes.iter().any(|home| source.path.starts_with(home));
    let mut readers = Vec::new();
    for source in tree.sources.iter().filter(in_home) {
        let mut reader = Reader::new(proof, &source.path);
        reader.visit_file(&source.product());
        readers.push(reader);
    }
    let mut found: Vec<_> = readers.iter().flat_map(|reader| reader.found.clone()).collect();
    found.extend(missing(tree, proof, &readers));
    if proof.is_made_in_one_file {
        found.extend(made_elsewhere(proof, &readers));
    }
    found
}

/// A lock on a type that was renamed away would hold nothing.
fn missing(tree: &Tree, proof: &Proof, readers: &[Reader<'_>]) -> Option<Finding> {
    let home = tree.member(proof.homes[0])?;
    if readers.iter().any(|reader| reader.is_defined) {
        return None;
    }
    let what = format!("there is no type `{}`", proof.name);
    let remedy = "restore the name, or change the table in `xtask/src/tidy/proofs.rs` with it";
    Some(Finding::new(&home.manifest.path, 1, what, remedy).about(proof.name))
}

fn made_elsewhere(proof: &Proof, readers: &[Reader<'_>]) -> Vec<Finding> {
    let mut makers = readers.iter().filter(|reader| !reader.made_at.is_empty());
    let Some(first) = makers.next() else { return Vec::new() };
    let finding = |reader: &Reader<'_>| {
        let what = format!("`{}` is made here and in `{}`", proof.name, first.path);
        Finding::new(
            reader.path,
            reader.made_at[0],
            what,
            "make it in one file, so that one reading shows every maker",
        )
    };
    makers.map(finding).collect()
}

/// What one file says about one proof.
struct Reader<'s> {
    proof: &'s Proof,
    path: &'s str,
    is_defined: bool,
    /// Whether the visit is inside an `impl` of the type, where `Self` is its name.
    inside: bool,
    /// Lines that write the type's literal.
    made_at: Vec<usize>,
    found: Vec<Finding>,
}

impl<'s> Reader<'s> {
    fn new(proof: &'s Proof, path: &'s str) -> Self {
        Self { proof, path, is_defined: false, inside: false, made_at: Vec::new(), found: Vec::new() }
    }

    fn find(&mut self, line: usize, what: String, remedy: &str) {
        self.found.push(Finding::new(self.path, line, what, remedy).about(self.proof.name));
    }

    /// Whether `path` names the type in expression position: a literal, or its constructor as a function.
    fn is_made_by(&self, path: &syn::Path) -> bool {
        path.segments.last().is_some_and(|last| {
            last.ident == self.proof.name || (self.inside && last.ident == "Self" && path.segments.len() == 1)
        })
    }

    fn check_definition(&mut self, attributes: &[Attribute], fields: &syn::Fields) {
        self.is_defined = true;
        for attribute in attributes {
            self.check_derive(attribute);
        }
        for field in fields.iter().filter(|field| !matches!(field.vis, Visibility::Inherited)) {
            self.check_field(field);
        }
    }

    fn check_field(&mut self, field: &Field) {
        let what = format!("a field of `{}` is open to other modules", self.proof.name);
        self.find(
            field.span().start().line,
            what,
            "keep every field private, so that only its module can write one",
        );
    }

    fn check_derive(&mut self, attribute: &Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        let proof = self.proof;
        for word in
            proof.without.iter().filter(|word| list.path.is_ident("derive") && names(&list.tokens, word))
        {
            self.forbid(attribute.span().start().line, word);
        }
    }

    fn forbid(&mut self, line: usize, word: &str) {
        let what = format!("`{}` implements `{word}`", self.proof.name);
        self.find(line, what, "a proof is made where the thing it proves happens, and once");
    }

    /// A public function that returns the type is a public constructor, unless it turns one into itself.
    fn check_function(&mut self, visibility: &Visibility, signature: &Signature) {
        let is_public = matches!(visibility, Visibility::Public(_));
        let ReturnType::Type(_, returned) = &signature.output else { return };
        let tokens = returned.to_token_stream();
        let returns = names(&tokens, self.proof.name) || (self.inside && names(&tokens, "Self"));
        let turns_one =
            self.inside && signature.receiver().is_some_and(|receiver| receiver.reference.is_none());
        if self.proof.is_never_returned && is_public && returns && !turns_one {
            let what = format!("`{}` hands out a `{}` to everyone", signature.ident, self.proof.name);
            self.find(signature.span().start().line, what, "make the function `pub(crate)` or private");
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Struct(item) if item.ident == self.proof.name => {
                self.check_definition(&item.attrs, &item.fields)
            }
            Item::Enum(item) if item.ident == self.proof.name => {
                let what = format!("`{}` is an enum, whose variants anyone can write", self.proof.name);
                self.is_defined = true;
                self.find(item.span().start().line, what, "make it a struct with private fields");
            }
            Item::Fn(item) => self.check_function(&item.vis, &item.sig),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let before = self.inside;
        self.inside = matches!(&*block.self_ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == self.proof.name));
        if let (true, Some((_, implemented, _))) = (self.inside, &block.trait_) {
            let word = implemented.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            if self.proof.without.contains(&word.as_str()) {
                self.forbid(block.span().start().line, &word);
            }
        }
        visit::visit_item_impl(self, block);
        self.inside = before;
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.check_function(&function.vis, &function.sig);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_expr_struct(&mut self, literal: &'ast syn::ExprStruct) {
        if self.is_made_by(&literal.path) {
            self.made_at.push(literal.span().start().line);
        }
        visit::visit_expr_struct(self, literal);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if self.is_made_by(&path.path) {
            self.made_at.push(path.span().start().line);
        }
        visit::visit_expr_path(self, path);
    }
}

/// Whether `word` stands among `tokens`.
fn names(tokens: &TokenStream, word: &str) -> bool {
    let mut found = false;
    each_token(tokens, &mut |token| found |= matches!(token, TokenTree::Ident(ident) if ident == word));
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    const ROAD: (&str, &str) = ("crates/quillon-road/Cargo.toml", "[package]\nname = \"quillon-road\"\n");
    const AUDIT: (&str, &str) = ("crates/quillon-audit/Cargo.toml", "[package]\nname = \"quillon-audit\"\n");

    fn check_passage(text: &str, expected: &[&str]) {
        let path = "crates/quillon-road/src/passage.rs";
        let expected: Vec<_> = expected.iter().map(|line| format!("{path}:{line}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        expect(check, &[ROAD, (path, text)], &expected);
    }

    #[test]
    fn a_passage_made_by_the_road_alone_is_fine() {
        check_passage(
            "pub struct Passage { permit: Permit }
impl Passage {
    pub(crate) fn new(permit: Permit) -> Self { Self { permit } }
    fn inner() -> Passage { todo!() }
    pub fn narrowed(self) -> Self { self }
    pub fn read(&self) -> Result<Bytes, Fault> { todo!() }
}
pub trait Capability { fn run(&self, passage: &Passage) -> Reply; }
#[cfg(test)]
mod tests { pub fn passage() -> Passage { todo!() } }
",
            &[],
        );
    }

    #[test]
    fn a_public_constructor_is_found_in_every_form() {
        let with = |text: &str| format!("pub struct Passage {{ permit: Permit }}\n{text}\n");
        let hands_out = |name: &str| format!("2: `{name}` hands out a `Passage` to everyone");
        check_passage(&with("impl Passage { pub fn new() -> Self { todo!() } }"), &[&hands_out("new")]);
        check_passage(
            &with("impl Passage { pub fn copy(&self) -> Self { todo!() } }"),
            &[&hands_out("copy")],
        );
        check_passage(&with("pub fn open() -> Result<Passage, Fault> { todo!() }"), &[&hands_out("open")]);
        check_passage(
            &with("impl Road { pub fn open(&self) -> Arc<Passage> { todo!() } }"),
            &[&hands_out("open")],
        );
        check_passage(&with("impl Default for Passage {}"), &["2: `Passage` implements `Default`"]);
        check_passage(&with("impl From<Permit> for Passage {}"), &["2: `Passage` implements `From`"]);
        check_passage(
            "pub struct Passage { pub permit: Permit }",
            &["1: a field of `Passage` is open to other modules"],
        );
        check_passage(
            "#[derive(Debug, Deserialize)]\npub struct Passage;",
            &["1: `Passage` implements `Deserialize`"],
        );
        check_passage(
            "pub enum Passage { Open }",
            &["1: `Passage` is an enum, whose variants anyone can write"],
        );
    }

    #[test]
    fn a_lock_without_its_type_is_found_once_the_crate_is_there() {
        expect(
            check,
            &[ROAD, ("crates/quillon-road/src/lib.rs", "")],
            &["crates/quillon-road/Cargo.toml:1: there is no type `Passage`"],
        );
        expect(check, &[("crates/quillon-chat/src/lib.rs", "pub fn open() -> Passage { todo!() }")], &[]);
    }

    #[test]
    fn an_audit_proof_is_made_in_one_file_and_never_copied() {
        let types = "pub struct AuditBegun(u64);\n#[derive(Debug)]\npub struct AuditDurable { at: u64 }\n";
        let log = "pub fn begin() -> AuditBegun { AuditBegun(1) }\nfn flush() -> AuditDurable { AuditDurable { at: 1 } }\n";
        let base =
            [AUDIT, ("crates/quillon-audit/src/proof.rs", types), ("crates/quillon-audit/src/log.rs", log)];
        expect(check, &base, &[]);

        let elsewhere = (
            "crates/quillon-audit/src/other.rs",
            "\nfn again(n: u64) -> AuditBegun { Some(n).map(AuditBegun).unwrap() }\n",
        );
        let expected = "crates/quillon-audit/src/other.rs:2: `AuditBegun` is made here and in `crates/quillon-audit/src/log.rs`";
        expect(check, &[&base[..], &[elsewhere]].concat(), &[expected]);

        let by_self = (
            "crates/quillon-audit/src/other.rs",
            "impl AuditDurable { fn again() -> Self { Self { at: 1 } } }\n",
        );
        let expected = "crates/quillon-audit/src/other.rs:1: `AuditDurable` is made here and in `crates/quillon-audit/src/log.rs`";
        expect(check, &[&base[..], &[by_self]].concat(), &[expected]);

        let copied = (
            "crates/quillon-audit/src/proof.rs",
            "#[derive(Clone, Copy)]\npub struct AuditBegun(u64);\npub struct AuditDurable;\nimpl Clone for AuditDurable {}\n",
        );
        expect(
            check,
            &[AUDIT, copied],
            &[
                "crates/quillon-audit/src/proof.rs:1: `AuditBegun` implements `Clone`",
                "crates/quillon-audit/src/proof.rs:1: `AuditBegun` implements `Copy`",
                "crates/quillon-audit/src/proof.rs:4: `AuditDurable` implements `Clone`",
            ],
        );
    }
}
