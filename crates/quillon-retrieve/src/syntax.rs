//! How languages write a definition, as data: one row for each family.
//!
//! This knows no grammar. A row says which words may stand before a definition, which words open one, and which other
//! shapes of line are one. Where a grammar of `quillon-lang` reads a file its tree takes the place of this, and only what
//! comments start with is asked for here; files that no grammar reads, or not to their end, are read by their lines.

/// What is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something to call: a function, a method, a macro, a target.
    Callable,
    /// A type, an interface, a table, a message.
    Type,
    /// A module, a namespace, a package.
    Module,
    /// A constant, an alias, a setting, a resource.
    Value,
    /// More of something that is defined elsewhere: an `impl`, an extension.
    Extension,
    /// A section of a document.
    Heading,
}

/// A shape of line that is a definition without a word that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `int name(…)` at the left margin, as C writes it.
    TypedAtMargin,
    /// `int name(…)` anywhere, as Java writes it.
    Typed,
    /// `name(…) {` within something.
    Method,
    /// `name = function`, `name = (…) =>`, `name <- function`.
    Assigned,
    /// `NAME = …` at the left margin.
    Constant,
    /// `name() {` at the left margin.
    ShellFunction,
    /// `name:` at the left margin.
    Label,
    /// `[name]`.
    Table,
    /// `word "kind" "name" {`.
    Block,
    /// `name :: …` at the left margin.
    Signature,
    /// `name(…) ->` at the left margin.
    Clause,
}

/// How one family of languages writes definitions.
#[derive(Debug)]
pub(crate) struct Syntax {
    /// The languages, as Markdown fences name them.
    pub(crate) fences: &'static [&'static str],
    /// Words that may stand before the one that opens a definition.
    pub(crate) modifiers: &'static [&'static str],
    /// Words that open a definition.
    pub(crate) openers: &'static [(&'static str, Kind)],
    pub(crate) shapes: &'static [Shape],
    /// What a line of comment or an attribute starts with, beside `//`, `/*` and `*`.
    pub(crate) leads: &'static [&'static str],
    /// Whether the words above may be written in any case.
    pub(crate) any_case: bool,
}

const fn row(
    fences: &'static [&'static str],
    modifiers: &'static [&'static str],
    openers: &'static [(&'static str, Kind)],
    shapes: &'static [Shape],
    leads: &'static [&'static str],
) -> Syntax {
    Syntax { fences, modifiers, openers, shapes, leads, any_case: false }
}

use Kind::{Callable, Extension, Module, Type, Value};

const RUST: Syntax = row(
    &["rust"],
    &["pub", "async", "unsafe", "const", "default", "extern", "safe", "\"C\"", "\"C-unwind\"", "\"system\""],
    &[
        ("fn", Callable),
        ("macro_rules!", Callable),
        ("struct", Type),
        ("enum", Type),
        ("union", Type),
        ("trait", Type),
        ("type", Value),
        ("static", Value),
        ("const", Value),
        ("mod", Module),
        ("impl", Extension),
    ],
    &[],
    &["#["],
);

const PYTHON: Syntax = row(
    &["python"],
    &["async", "cdef", "cpdef"],
    &[("def", Callable), ("class", Type)],
    &[Shape::Constant],
    &["#", "@"],
);

const SCRIPT: Syntax = row(
    &["javascript", "typescript", "html"],
    &[
        "export",
        "default",
        "async",
        "declare",
        "abstract",
        "public",
        "private",
        "protected",
        "static",
        "override",
    ],
    &[
        ("function", Callable),
        ("function*", Callable),
        ("class", Type),
        ("interface", Type),
        ("enum", Type),
        ("type", Value),
        ("namespace", Module),
        ("module", Module),
    ],
    &[Shape::Assigned, Shape::Method],
    &["@"],
);

const GO: Syntax =
    row(&["go"], &[], &[("func", Callable), ("type", Type), ("var", Value), ("const", Value)], &[], &[]);

const C: Syntax = row(
    &["c", "objectivec"],
    &["typedef", "static", "extern", "inline", "const"],
    &[
        ("struct", Type),
        ("enum", Type),
        ("union", Type),
        ("#define", Value),
        ("@interface", Type),
        ("@implementation", Type),
        ("@protocol", Type),
    ],
    &[Shape::TypedAtMargin],
    &["@"],
);

const CPP: Syntax = row(
    &["cpp"],
    &["typedef", "static", "extern", "inline", "const", "constexpr", "export", "final"],
    &[
        ("class", Type),
        ("struct", Type),
        ("enum", Type),
        ("union", Type),
        ("concept", Type),
        ("namespace", Module),
        ("#define", Value),
        ("using", Value),
    ],
    &[Shape::Typed],
    &["template", "[["],
);

const MANAGED: Syntax = row(
    &["java", "csharp", "groovy", "scala", "kotlin", "swift", "dart", "php"],
    &[
        "public",
        "private",
        "protected",
        "internal",
        "fileprivate",
        "open",
        "static",
        "final",
        "abstract",
        "sealed",
        "partial",
        "override",
        "virtual",
        "async",
        "suspend",
        "inline",
        "data",
        "case",
        "implicit",
        "lazy",
        "readonly",
        "const",
        "default",
        "native",
        "synchronized",
        "strictfp",
        "mutating",
        "operator",
        "infix",
        "companion",
        "annotation",
        "value",
        "base",
        "mixin",
        "external",
    ],
    &[
        ("class", Type),
        ("interface", Type),
        ("@interface", Type),
        ("enum", Type),
        ("record", Type),
        ("struct", Type),
        ("trait", Type),
        ("protocol", Type),
        ("object", Type),
        ("actor", Type),
        ("delegate", Type),
        ("namespace", Module),
        ("extension", Extension),
        ("typealias", Value),
        ("fun", Callable),
        ("func", Callable),
        ("def", Callable),
        ("function", Callable),
        ("init", Callable),
    ],
    &[Shape::Typed],
    &["@", "[", "#["],
);

const RUBY: Syntax = row(
    &["ruby", "elixir"],
    &["private", "public", "protected"],
    &[
        ("def", Callable),
        ("defp", Callable),
        ("defmacro", Callable),
        ("class", Type),
        ("defstruct", Type),
        ("defprotocol", Type),
        ("module", Module),
        ("defmodule", Module),
        ("defimpl", Extension),
    ],
    &[Shape::Constant],
    &["#", "@doc", "@spec"],
);

const SHELL: Syntax =
    row(&["bash"], &[], &[("function", Callable)], &[Shape::ShellFunction, Shape::Constant], &["#"]);

const FUNCTIONAL: Syntax = row(
    &["haskell", "ocaml", "elm", "fsharp", "erlang", "clojure", "julia", "r", "lua", "zig", "perl", "nix"],
    &["pub", "export", "local", "inline", "mutable", "rec", "private", "noinline"],
    &[
        ("let", Callable),
        ("and", Callable),
        ("val", Value),
        ("fn", Callable),
        ("sub", Callable),
        ("function", Callable),
        ("macro", Callable),
        ("(defn", Callable),
        ("(defn-", Callable),
        ("(defmacro", Callable),
        ("(def", Value),
        ("(ns", Module),
        ("data", Type),
        ("newtype", Type),
        ("type", Type),
        ("class", Type),
        ("struct", Type),
        ("instance", Extension),
        ("module", Module),
        ("package", Module),
        ("test", Callable),
    ],
    &[Shape::Assigned, Shape::Signature, Shape::Clause],
    &["--", "(*", "%", "#", ";"],
);

const SQL: Syntax = Syntax {
    any_case: true,
    ..row(
        &["sql", "vbnet", "fortran", "powershell"],
        &[
            "create",
            "or",
            "replace",
            "alter",
            "temporary",
            "temp",
            "unique",
            "materialized",
            "recursive",
            "public",
            "private",
            "shared",
            "pure",
            "elemental",
            "if",
            "not",
            "exists",
        ],
        &[
            ("table", Type),
            ("view", Type),
            ("type", Type),
            ("class", Type),
            ("schema", Module),
            ("module", Module),
            ("namespace", Module),
            ("index", Value),
            ("trigger", Callable),
            ("function", Callable),
            ("procedure", Callable),
            ("subroutine", Callable),
            ("sub", Callable),
        ],
        &[],
        &["--", "'", "!", "#"],
    )
};

const SCHEMA: Syntax = row(
    &["protobuf", "graphql", "cue"],
    &["extend"],
    &[
        ("message", Type),
        ("enum", Type),
        ("type", Type),
        ("input", Type),
        ("interface", Type),
        ("union", Type),
        ("scalar", Type),
        ("service", Type),
        ("rpc", Callable),
        ("query", Callable),
        ("mutation", Callable),
        ("fragment", Callable),
    ],
    &[],
    &["#", "\"\"\""],
);

const INFRASTRUCTURE: Syntax =
    row(&["hcl", "bicep"], &[], &[("param", Value), ("var", Value)], &[Shape::Block], &["#", "@"]);

const BUILD: Syntax = row(
    &["make", "cmake", "dockerfile", "asm"],
    &[],
    &[("FROM", Module), ("function", Callable), ("macro", Callable), ("define", Callable)],
    &[Shape::Label],
    &["#", ";"],
);

const SETTINGS: Syntax = row(&["toml", "ini"], &[], &[], &[Shape::Table], &["#", ";"]);

const YAML: Syntax = row(&["yaml"], &[], &[], &[Shape::Label], &["#"]);

/// What is tried where the language is not known.
static UNKNOWN: Syntax = row(
    &[],
    &["public", "private", "protected", "static", "export", "async", "pub"],
    &[
        ("function", Callable),
        ("func", Callable),
        ("fn", Callable),
        ("def", Callable),
        ("proc", Callable),
        ("class", Type),
        ("struct", Type),
        ("interface", Type),
        ("module", Module),
    ],
    &[],
    &["#", "--", ";"],
);

static SYNTAXES: &[Syntax] = &[
    BUILD,
    C,
    CPP,
    FUNCTIONAL,
    GO,
    INFRASTRUCTURE,
    MANAGED,
    PYTHON,
    RUBY,
    RUST,
    SCHEMA,
    SCRIPT,
    SETTINGS,
    SHELL,
    SQL,
    YAML,
];

/// Languages that define nothing that has a name.
const WITHOUT_DEFINITIONS: &[&str] = &["css", "json", "markdown", "rst", "text", "xml"];

/// How the language with this fence writes definitions; `None` where it has none.
pub(crate) fn syntax_of(fence: Option<&str>) -> Option<&'static Syntax> {
    let Some(fence) = fence else {
        return Some(&UNKNOWN);
    };
    if WITHOUT_DEFINITIONS.contains(&fence) {
        return None;
    }
    Some(SYNTAXES.iter().find(|syntax| syntax.fences.contains(&fence)).unwrap_or(&UNKNOWN))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_language_has_one_row() {
        let mut seen = BTreeSet::new();
        for fence in SYNTAXES.iter().flat_map(|syntax| syntax.fences).chain(WITHOUT_DEFINITIONS) {
            assert!(seen.insert(fence), "{fence} twice");
        }
        assert!(syntax_of(Some("markdown")).is_none());
        assert!(syntax_of(Some("klingon")).is_some_and(|syntax| syntax.fences.is_empty()));
    }
}
