//! What one file says about itself, as plain values. Invariant: every offset lies between two characters of the text
//! that was read, `start <= end`, and a definition's container stands before it in the list. Start at [`Facts`].

use quillon_base::LineRange;

/// A stretch of text: bytes `start..end`, and the lines that they touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// The lines, from 1.
    pub lines: LineRange,
}

impl Span {
    /// The text of the span; nothing where `text` is not the text that the span was made from.
    #[must_use]
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Whether `other` lies within this span.
    #[must_use]
    pub const fn covers(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

macro_rules! kinds {
    ($($kind:ident $name:literal $sentence:literal)*) => {
        /// What a definition defines.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DefinitionKind {$(
            #[doc = $sentence]
            $kind,
        )*}

        impl DefinitionKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Its name as people and queries write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {$( Self::$kind => $name, )*}
            }
        }
    };
}

kinds! {
    Block "block" "A block of configuration that is none of the others, such as an HCL provider."
    Class "class" "A class or object."
    Constant "constant" "A constant or static."
    Enum "enum" "An enumeration."
    Extension "extension" "Members for a type that is defined elsewhere: a Rust `impl`, an extension of Scala."
    Field "field" "A field, property or column."
    Function "function" "A function on its own."
    Index "index" "A database index."
    Interface "interface" "An interface, trait or protocol."
    Key "key" "A key of a data file."
    Macro "macro" "A macro."
    Method "method" "A function of a type."
    Module "module" "A module, namespace or package."
    Section "section" "A section of a document, by its heading."
    Struct "struct" "A structure, record or union."
    Table "table" "A database table."
    Test "test" "A test that is known by its description."
    Trigger "trigger" "A database trigger."
    Type "type" "A type alias."
    Variable "variable" "A variable of a module."
    Variant "variant" "One value of an enumeration."
    View "view" "A database view."
}

impl DefinitionKind {
    /// Whether functions within it are methods.
    #[must_use]
    pub const fn is_type(self) -> bool {
        matches!(self, Self::Class | Self::Enum | Self::Extension | Self::Interface | Self::Struct)
    }

    /// Whether it is code that runs, so that what it declares is its own affair.
    #[must_use]
    pub const fn is_code(self) -> bool {
        matches!(self, Self::Function | Self::Method | Self::Test | Self::Macro)
    }
}

/// Who may name a definition, as far as its own text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// Everyone.
    Public,
    /// The type and those that inherit from it.
    Protected,
    /// The module, package or crate.
    Internal,
    /// The type or file alone.
    Private,
    /// The text does not tell.
    Unstated,
}

/// One definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// What it defines.
    pub kind: DefinitionKind,
    /// Its name.
    pub name: String,
    /// The names of what it stands in, from the outermost, joined as the language joins them; empty at the top.
    pub scope: String,
    /// The whole, with its documentation, attributes and decorators.
    pub span: Span,
    /// The name alone.
    pub name_span: Span,
    /// One line without the body and the attributes, cut at a limit.
    pub signature: String,
    /// The documentation without comment marks, cut at a limit.
    pub doc: String,
    /// Who may name it.
    pub visibility: Visibility,
    /// Whether it is a test, or stands in one.
    pub is_test: bool,
    /// The place in [`Facts::definitions`] of what it stands in.
    pub container: Option<u32>,
}

/// How a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// As a base class, interface or trait.
    Inherit,
    /// In an import.
    Import,
    /// As what is called.
    Call,
    /// As a type.
    Type,
    /// In any other way.
    Plain,
}

impl ReferenceKind {
    /// Every kind, the most telling first.
    pub const ALL: &[Self] = &[Self::Inherit, Self::Import, Self::Call, Self::Type, Self::Plain];

    /// Its name as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inherit => "inherit",
            Self::Import => "import",
            Self::Call => "call",
            Self::Type => "type",
            Self::Plain => "plain",
        }
    }
}

/// One use of a name. There are many, so it keeps no text: see [`Reference::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// How the name is used.
    pub kind: ReferenceKind,
    /// The first byte of the name.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// The line, from 1.
    pub line: u32,
    /// The place in [`Facts::definitions`] of the innermost definition around it.
    pub within: Option<u32>,
}

impl Reference {
    /// The name, out of the text that was read.
    #[must_use]
    pub fn name<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// One name that an import brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedName {
    /// The name where it comes from; `*` for all.
    pub name: String,
    /// The name that it has here, where that differs.
    pub alias: Option<String>,
}

/// One module that is brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module as it is written.
    pub module: String,
    /// The name of the module here, where that differs.
    pub alias: Option<String>,
    /// What is taken from it; empty where the module itself is.
    pub names: Vec<ImportedName>,
    /// The statement.
    pub span: Span,
}

/// Where a setting is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingSource {
    /// The environment of the process.
    Environment,
    /// A configuration file or service.
    Configuration,
}

/// A place that reads an environment variable or a configuration key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable or key.
    pub name: String,
    /// Where it is read from.
    pub source: SettingSource,
    /// The name in the text.
    pub span: Span,
    /// The innermost definition around it.
    pub within: Option<u32>,
}

/// A place that answers an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method in capitals, several with commas between; `ANY` where none is named.
    pub method: String,
    /// The path as it is written, after the prefix of its class.
    pub path: String,
    /// What answers, where the text names it.
    pub handler: Option<String>,
    /// The path in the text.
    pub span: Span,
    /// The innermost definition around it.
    pub within: Option<u32>,
}

/// A place where a program starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    /// The function or statement that starts.
    pub span: Span,
    /// The definition that it is, or that stands around it.
    pub within: Option<u32>,
}

/// Why some facts are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// The caller wanted no more.
    Cancelled,
    /// The text has more bytes than the limit.
    TooLarge,
    /// Reading took more steps than the limit.
    TooManySteps,
    /// There were more facts than the limit.
    TooManyFacts,
}

/// What one file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The language that it was read as, by its fence name.
    pub language: &'static str,
    /// What joins the names of a path in this language.
    pub separator: &'static str,
    /// The package or namespace that the file as a whole belongs to; empty where it names none.
    pub package: String,
    /// What the file says about itself at its head, without comment marks.
    pub doc: String,
    /// Definitions, by their start; a container before what it holds.
    pub definitions: Vec<Definition>,
    /// Uses of names, by their start.
    pub references: Vec<Reference>,
    /// Imports, by their start.
    pub imports: Vec<Import>,
    /// Where programs start.
    pub entry_points: Vec<EntryPoint>,
    /// Settings that are read, by their start.
    pub settings: Vec<Setting>,
    /// Routes, by their start.
    pub routes: Vec<Route>,
    /// Places where the text does not follow the grammar.
    pub syntax_errors: u32,
    /// Why some facts are missing, where some are.
    pub cut: Option<Cut>,
}

impl Facts {
    pub(crate) const fn none(language: &'static str, separator: &'static str) -> Self {
        Self {
            language,
            separator,
            package: String::new(),
            doc: String::new(),
            definitions: Vec::new(),
            references: Vec::new(),
            imports: Vec::new(),
            entry_points: Vec::new(),
            settings: Vec::new(),
            routes: Vec::new(),
            syntax_errors: 0,
            cut: None,
        }
    }

    /// The name of a definition with the package and the names of what it stands in.
    #[must_use]
    pub fn qualified_name(&self, definition: &Definition) -> String {
        let parts = [&self.package, &definition.scope, &definition.name];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(self.separator)
    }

    /// What stands directly in a definition.
    pub fn members_of(&self, container: u32) -> impl Iterator<Item = &Definition> {
        let rest = self.definitions.iter().skip(container as usize + 1);
        rest.filter(move |definition| definition.container == Some(container))
    }
}
