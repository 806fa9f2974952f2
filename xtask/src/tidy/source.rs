//! Rust files as syntax trees, and the lock that every one of them can be read.
//!
//! A lock that reads text can be fooled by a comment or a line break; these read what the compiler reads. What a
//! file cannot show (macro expansion, what a name resolves to) is left to the compiler's own lints.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, ImplItem, Item, Meta};

use super::Finding;
use super::tree::{Text, Tree};

/// One Rust file.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) file: syn::File,
    pub(crate) tokens: TokenStream,
}

/// Where and why a file could not be read.
pub(crate) struct Unreadable {
    line: usize,
    message: String,
}

impl Source {
    /// `None` when `text` is not Rust, or a sample whose form is its point.
    pub(crate) fn parse(text: &Text) -> Option<Result<Self, Unreadable>> {
        let is_rust = text.path.ends_with(".rs") && !text.is_fixture();
        is_rust.then(|| Self::read(text).map_err(|error| unreadable(&error)))
    }

    fn read(text: &Text) -> syn::Result<Self> {
        let tokens = syn::parse_str::<TokenStream>(&text.content)?;
        Ok(Self { path: text.path.clone(), file: syn::parse_file(&text.content)?, tokens })
    }

    /// The file without what is compiled for tests only.
    pub(crate) fn product(&self) -> syn::File {
        let mut file = self.file.clone();
        if is_test_only(&file.attrs) {
            file.items.clear();
            file.attrs.clear();
        }
        drop_tests(&mut file.items);
        file
    }

    /// Whether the path alone says that this is test code.
    fn is_test_by_path(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "benches" | "examples"))
    }
}

fn unreadable(error: &syn::Error) -> Unreadable {
    Unreadable { line: error.span().start().line.max(1), message: error.to_string() }
}

/// Files that do not parse would silently escape every other lock.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let broken = |text: &Text| {
        let error = Source::parse(text)?.err()?;
        let what = format!("this is not Rust as far as it can be read: {}", error.message);
        Some(Finding::new(
            &text.path,
            error.line,
            what,
            "mend the syntax, or move a sample to a `fixtures` folder",
        ))
    };
    tree.texts.iter().filter_map(broken).collect()
}

/// The files that are compiled for tests only: below `tests/`, or a `#[cfg(test)] mod name;` of another file.
pub(crate) fn test_files(sources: &[Source]) -> BTreeSet<&str> {
    let mut found: BTreeSet<&str> =
        sources.iter().filter(|source| source.is_test_by_path()).map(|s| &*s.path).collect();
    // A module below a test module is found in a later round; each round but the last adds one, so this ends.
    loop {
        let before = found.len();
        for source in sources {
            let whole = found.contains(source.path.as_str());
            for module in modules_of(source, whole) {
                found.extend(
                    sources
                        .iter()
                        .map(|source| &*source.path)
                        .filter(|path| module.contains(&(*path).to_owned())),
                );
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The two possible files of every test-only `mod name;` in `source`; `whole` when the file itself is test-only.
fn modules_of(source: &Source, whole: bool) -> Vec<[String; 2]> {
    let stem = source.path.strip_suffix(".rs").unwrap_or(&source.path);
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let folder = if matches!(name, "lib" | "main" | "mod") { folder } else { stem };
    let declared = source.file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() && (whole || is_test_only(&module.attrs)) => {
            Some(&module.ident)
        }
        _ => None,
    });
    declared.map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")]).collect()
}

fn drop_tests(items: &mut Vec<Item>) {
    items.retain(|item| !is_test_only(attributes_of(item)));
    for item in items {
        match item {
            Item::Mod(module) => {
                if let Some((_, items)) = &mut module.content {
                    drop_tests(items);
                }
            }
            Item::Impl(block) => {
                block
                    .items
                    .retain(|item| !matches!(item, ImplItem::Fn(function) if is_test_only(&function.attrs)));
            }
            _ => {}
        }
    }
}

/// The attributes of the items that tests are made of; `use` and the like open no door.
fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether `attributes` compile their item for tests only.
pub(crate) fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = spelled(&list.tokens);
            condition == "test" || condition.starts_with("all(test,")
        }
        Meta::Path(path) => path.is_ident("test"),
        _ => false,
    })
}

/// Tokens without any space between them.
pub(crate) fn spelled(tokens: &TokenStream) -> String {
    tokens.to_string().split_whitespace().collect()
}

/// Calls `visit` with every token, inside macros and attributes too.
pub(crate) fn each_token(tokens: &TokenStream, visit: &mut impl FnMut(&TokenTree)) {
    for token in tokens.clone() {
        visit(&token);
        if let TokenTree::Group(group) = &token {
            each_token(&group.stream(), visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::expect;
    use super::*;

    #[test]
    fn a_file_that_does_not_parse_is_found() {
        expect(
            check,
            &[
                ("crates/quillon-x/src/lib.rs", "fn fine() {}\n"),
                ("crates/quillon-x/src/broken.rs", "fn fine() {}\nfn broken( {\n"),
                ("crates/quillon-x/tests/fixtures/half_typed.rs", "fn broken( {\n"),
            ],
            &[
                "crates/quillon-x/src/broken.rs:2: this is not Rust as far as it can be read: cannot parse string into token stream",
            ],
        );
    }

    #[test]
    fn follows_test_only_modules_into_their_files() {
        let files = [
            ("c/src/lib.rs", "mod real;\n#[cfg(test)]\nmod helpers;\n#[cfg(feature = \"x\")]\nmod more;\n"),
            ("c/src/helpers.rs", "mod deep;\n"),
            ("c/src/helpers/deep.rs", ""),
            ("c/src/real.rs", "#[cfg(all(test, unix))]\nmod tests;\n"),
            ("c/src/real/tests/mod.rs", ""),
            ("c/src/more.rs", ""),
            ("c/tests/runner.rs", ""),
        ];
        let texts = files.map(|(path, content)| Text { path: path.to_owned(), content: content.to_owned() });
        let sources: Vec<_> = texts.iter().filter_map(|text| Source::parse(text)?.ok()).collect();
        let found: Vec<_> = test_files(&sources).into_iter().collect();
        assert_eq!(
            found,
            ["c/src/helpers.rs", "c/src/helpers/deep.rs", "c/src/real/tests/mod.rs", "c/tests/runner.rs"]
        );
    }
}
