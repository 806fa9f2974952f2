//! The raw finds of one reading, before they are put in order: what a query captured or an outline reader saw.
//!
//! Each language's query names its captures after the roles below, so that a new language is a page of patterns and no
//! new code. Start at [`Gathered`]; [`crate::assemble`] makes facts of it.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{DefinitionKind, ReferenceKind, SettingSource};

/// Bytes of the text.
pub(crate) type Bytes = Range<u32>;

/// One definition as it was found.
#[derive(Clone, Debug)]
pub(crate) struct RawDefinition {
    pub(crate) kind: DefinitionKind,
    pub(crate) whole: Bytes,
    pub(crate) name: Bytes,
    /// Where the body starts, which ends the signature.
    pub(crate) body: Option<u32>,
    /// The name of a type that it belongs to without standing in it, such as the receiver of a Go method.
    pub(crate) scope: Option<Bytes>,
    /// Documentation within the definition, such as a docstring.
    pub(crate) doc: Option<Bytes>,
}

/// One route as it was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawRoute {
    pub(crate) method: Option<Bytes>,
    /// The list of methods, where the text has one.
    pub(crate) methods: Option<Bytes>,
    pub(crate) path: Option<Bytes>,
    pub(crate) handler: Option<Bytes>,
    /// Whether it only goes before the paths of the routes in its class.
    pub(crate) is_prefix: bool,
    pub(crate) place: Bytes,
}

/// Everything that one reading found, in the order of the finds.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) definitions: Vec<RawDefinition>,
    /// From a definition's own bytes to the statement around it, such as an `export` or its decorators.
    pub(crate) outers: FxHashMap<Bytes, Bytes>,
    pub(crate) references: Vec<(Bytes, ReferenceKind)>,
    pub(crate) imports: Vec<Bytes>,
    pub(crate) comments: Vec<Bytes>,
    /// Attributes, annotations and decorators.
    pub(crate) attributes: Vec<Bytes>,
    pub(crate) entries: Vec<Bytes>,
    pub(crate) settings: Vec<(Bytes, SettingSource)>,
    pub(crate) routes: Vec<RawRoute>,
    /// Documentation of the whole file that is no comment.
    pub(crate) file_doc: Option<Bytes>,
    /// The package that the whole file belongs to.
    pub(crate) package: Option<Bytes>,
    pub(crate) syntax_errors: u32,
}

/// What a capture of a query stands for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `@def.<kind>`: a whole definition.
    Definition(DefinitionKind),
    /// `@name`: the name of the definition.
    Name,
    /// `@body`: its body.
    Body,
    /// `@scope`: the type that it belongs to.
    Scope,
    /// `@doc`: documentation within it, or of the file where no definition is captured.
    Doc,
    /// `@inner` within `@outer`: a definition's node and the statement that belongs to it.
    Inner,
    Outer,
    /// `@ref.<kind>`: the use of a name.
    Reference(ReferenceKind),
    /// `@import`: a whole statement, which the language reads further.
    Import,
    /// `@package`: the name of the package that the file belongs to.
    Package,
    Comment,
    Attribute,
    Entry,
    /// `@env`, `@config`: the name of a setting.
    Setting(SettingSource),
    RouteMethod,
    RouteMethods,
    RoutePath,
    RouteHandler,
    RoutePrefix,
    /// `@_anything`: only for predicates.
    Silent,
}

impl Role {
    /// The role of a capture name; nothing for a name that no one handles.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if let Some(kind) = name.strip_prefix("def.") {
            return DefinitionKind::ALL
                .iter()
                .find(|known| known.name() == kind)
                .map(|k| Self::Definition(*k));
        }
        if let Some(kind) = name.strip_prefix("ref.") {
            return ReferenceKind::ALL.iter().find(|known| known.name() == kind).map(|k| Self::Reference(*k));
        }
        Some(match name {
            "name" => Self::Name,
            "body" => Self::Body,
            "scope" => Self::Scope,
            "doc" => Self::Doc,
            "inner" => Self::Inner,
            "outer" => Self::Outer,
            "import" => Self::Import,
            "package" => Self::Package,
            "comment" => Self::Comment,
            "attribute" => Self::Attribute,
            "entry" => Self::Entry,
            "env" => Self::Setting(SettingSource::Environment),
            "config" => Self::Setting(SettingSource::Configuration),
            "route.method" => Self::RouteMethod,
            "route.methods" => Self::RouteMethods,
            "route.path" => Self::RoutePath,
            "route.handler" => Self::RouteHandler,
            "route.prefix" => Self::RoutePrefix,
            _ if name.starts_with('_') => Self::Silent,
            _ => return None,
        })
    }
}

/// The captures of one match, by role.
#[derive(Default)]
struct Sorted {
    definition: Option<(DefinitionKind, Bytes)>,
    name: Option<Bytes>,
    body: Option<u32>,
    scope: Option<Bytes>,
    doc: Option<Bytes>,
    inner: Option<Bytes>,
    outer: Option<Bytes>,
    route: RawRoute,
}

impl Gathered {
    /// Takes in the captures of one match.
    pub(crate) fn take(&mut self, captures: impl Iterator<Item = (Role, Bytes)>) {
        let mut sorted = Sorted::default();
        for (role, bytes) in captures {
            match role {
                Role::Definition(kind) => sorted.definition = Some((kind, bytes)),
                Role::Name => sorted.name = Some(bytes),
                Role::Body => sorted.body = Some(sorted.body.map_or(bytes.start, |b| b.min(bytes.start))),
                Role::Scope => sorted.scope = Some(bytes),
                Role::Doc => sorted.doc = Some(bytes),
                Role::Inner => sorted.inner = Some(bytes),
                Role::Outer => sorted.outer = Some(bytes),
                Role::Reference(kind) => self.references.push((bytes, kind)),
                Role::Import => self.imports.push(bytes),
                Role::Package => self.package = self.package.take().or(Some(bytes)),
                Role::Comment => self.comments.push(bytes),
                Role::Attribute => self.attributes.push(bytes),
                Role::Entry => self.entries.push(bytes),
                Role::Setting(source) => self.settings.push((bytes, source)),
                Role::RouteMethod => sorted.route.method = Some(bytes),
                Role::RouteMethods => sorted.route.methods = Some(bytes),
                Role::RouteHandler => sorted.route.handler = Some(bytes),
                Role::RoutePath => sorted.route.path = Some(bytes),
                Role::RoutePrefix => {
                    sorted.route.is_prefix = true;
                    sorted.route.path = Some(bytes);
                }
                Role::Silent => {}
            }
        }
        self.settle(sorted);
    }

    fn settle(&mut self, sorted: Sorted) {
        let Sorted { definition, name, body, scope, doc, inner, outer, route } = sorted;
        if let Some((inner, outer)) = inner.zip(outer) {
            self.outers.insert(inner, outer);
        }
        if let Some(place) = route.path.clone().or_else(|| route.method.clone()) {
            self.routes.push(RawRoute { place, ..route });
        }
        match definition.zip(name) {
            Some(((kind, whole), name)) => {
                self.definitions.push(RawDefinition { kind, whole, name, body, scope, doc });
            }
            None => self.file_doc = self.file_doc.take().or(doc),
        }
    }

    /// Whether some sort of facts is full.
    pub(crate) fn is_full(&self, facts_max: usize) -> bool {
        [
            self.definitions.len(),
            self.references.len(),
            self.imports.len(),
            self.settings.len(),
            self.routes.len(),
        ]
        .into_iter()
        .any(|count| count >= facts_max)
    }
}
