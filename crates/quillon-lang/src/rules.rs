//! What a language knows beyond its patterns: which comments document, who may see a name, what is a test, and how an
//! import reads. Plain functions over short texts; the rows in [`crate::language`] pick from them.

use tree_sitter::Node;

use crate::importing::Imported;
use crate::{DefinitionKind, Visibility};

/// What there is to see of one definition.
pub(crate) struct Sight<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: DefinitionKind,
    /// The text on its first line before the name: modifiers and keywords.
    pub(crate) before: &'a str,
    /// Attributes, annotations and decorators, as they are written.
    pub(crate) attributes: &'a [&'a str],
    /// The kind of what it stands in.
    pub(crate) container: Option<DefinitionKind>,
    /// The signature of what it stands in.
    pub(crate) around: &'a str,
}

impl Sight<'_> {
    /// Whether a word stands before the name.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.before.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
    }

    /// Whether an attribute is called so, with or without a path before and arguments after.
    pub(crate) fn has_attribute(&self, names: &[&str]) -> bool {
        self.attributes.iter().any(|attribute| attribute_words(attribute).any(|word| names.contains(&word)))
    }
}

/// The names of the attributes in one bracket: `#[tokio::test(x)]` is `test`, `[Fact, Trait("a")]` is both.
fn attribute_words(attribute: &str) -> impl Iterator<Item = &str> {
    let inner =
        attribute.trim_matches(|c: char| matches!(c, '#' | '[' | ']' | '@' | '!') || c.is_whitespace());
    inner.split(',').map(|one| {
        let path = one.split(['(', '=', '<', '\n']).next().unwrap_or_default().trim();
        path.rsplit([':', '.']).next().unwrap_or_default().trim()
    })
}

/// What a language knows.
pub(crate) struct Rules {
    /// Whether a comment documents what it stands above.
    pub(crate) is_doc: fn(&str) -> bool,
    /// Whether a comment documents the file that it stands at the head of.
    pub(crate) is_file_doc: fn(&str) -> bool,
    pub(crate) visibility: fn(&Sight<'_>) -> Visibility,
    pub(crate) is_test: fn(&Sight<'_>) -> bool,
    pub(crate) imports: fn(&str) -> Vec<Imported>,
    /// Whether a node holds code that the grammar reads as loose words, in brackets.
    pub(crate) is_loose: Option<fn(Node<'_>) -> bool>,
    /// The method of a decorator that says `route` and names none.
    pub(crate) route_method: &'static str,
}

impl Rules {
    /// Any comment documents; nothing else is known.
    pub(crate) const PLAIN: Self = Self {
        is_doc: |_| true,
        is_file_doc: |_| true,
        visibility: |_| Visibility::Unstated,
        is_test: |_| false,
        imports: |_| Vec::new(),
        is_loose: None,
        route_method: "ANY",
    };
}

/// Whether it is a block with two stars: `/** … */`.
pub(crate) fn is_starred(comment: &str) -> bool {
    comment.starts_with("/**")
}

/// By a modifier before the name, else what the language assumes.
pub(crate) fn by_modifier(sight: &Sight<'_>, assumed: Visibility) -> Visibility {
    const MODIFIERS: &[(&str, Visibility)] = &[
        ("public", Visibility::Public),
        ("protected", Visibility::Protected),
        ("internal", Visibility::Internal),
        ("private", Visibility::Private),
    ];
    MODIFIERS.iter().find(|(word, _)| sight.has_word(word)).map_or(assumed, |(_, found)| *found)
}
