//! The symbol graph: what is defined where, who uses it, what a file brings in, and what the code says about settings,
//! routes and where programs start.
//!
//! Names are resolved by what the texts say and no compiler: a use means the definition of its name in the same file,
//! else one in a file that is imported, else one in the same language. Where more than one fits all are given, and
//! [`Caller::is_certain`] and the length of [`Callee::definitions`] say so. Start at [`Index::definitions`].

mod calls;
mod imports;
mod names;
mod rank;
mod reads;

pub use reads::FOUND_PER_SORT_MAX;

use quillon_base::LineRange;
use quillon_lang::{DefinitionKind, ReferenceKind, SettingSource, Visibility};
use quillon_workspace::Role;

use crate::index::{Index, Stored};
use crate::said::Def;
use crate::strings::NONE;

/// Which definition. It holds for the index that gave it, until that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId {
    pub(crate) document: u32,
    pub(crate) place: u32,
}

/// Something that is defined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition<'a> {
    /// Which it is.
    pub id: DefinitionId,
    /// The file.
    pub path: &'a str,
    /// What the file is for.
    pub role: Role,
    /// The file's language, as Markdown fences name it.
    pub language: &'static str,
    /// What it defines.
    pub kind: DefinitionKind,
    /// Its name.
    pub name: &'a str,
    /// The names of what it stands in, as the language joins them; empty at the top.
    pub scope: &'a str,
    /// One line without the body.
    pub signature: &'a str,
    /// The beginning of its documentation, without comment marks.
    pub doc: &'a str,
    /// All of its lines, with its documentation.
    pub lines: LineRange,
    /// The line of its name, from 1.
    pub line: u32,
    /// Who may name it, as far as the text tells.
    pub visibility: Visibility,
    /// Whether it is a test, or stands in one.
    pub is_test: bool,
    /// How much of the workspace leans on its file, beside the average of one.
    pub rank: f32,
}

/// A place that uses a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Use<'a> {
    /// The file.
    pub path: &'a str,
    /// The first line of such a use in the definition around it, from 1.
    pub line: u32,
    /// How the name is used.
    pub kind: ReferenceKind,
    /// How often, in the definition around it.
    pub count: u32,
    /// The innermost definition around it.
    pub within: Option<Definition<'a>>,
    /// What the file is for.
    pub role: Role,
}

/// What calls a definition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caller<'a> {
    /// The call.
    pub call: Use<'a>,
    /// Whether the call can mean no other definition of the workspace.
    pub is_certain: bool,
}

/// A name that a definition calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Callee<'a> {
    /// The name.
    pub name: &'a str,
    /// The line of the first call, from 1.
    pub line: u32,
    /// How often it is called.
    pub count: u32,
    /// What it may mean, the likeliest first; empty when it is not defined in the workspace.
    pub definitions: Vec<Definition<'a>>,
}

/// What a file brings in.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported<'a> {
    /// The file that brings it in.
    pub path: &'a str,
    /// The line of the statement, from 1.
    pub line: u32,
    /// The module as it is written.
    pub module: &'a str,
    /// What is taken from it; empty where the module itself is.
    pub names: Vec<&'a str>,
    /// The files of the workspace that it may mean; empty when it comes from elsewhere.
    pub files: Vec<&'a str>,
}

/// A place that reads a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SettingRead<'a> {
    /// The variable or key.
    pub name: &'a str,
    /// Where it is read from.
    pub source: SettingSource,
    /// The file.
    pub path: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The innermost definition around it.
    pub within: Option<Definition<'a>>,
    /// What the file is for.
    pub role: Role,
}

/// A place that answers an HTTP request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouteFound<'a> {
    /// The method in capitals; `ANY` where none is named.
    pub method: &'a str,
    /// The path of the route, as it is written.
    pub route: &'a str,
    /// What answers, where the text names it.
    pub handler: Option<&'a str>,
    /// The file.
    pub path: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The innermost definition around it.
    pub within: Option<Definition<'a>>,
    /// What the file is for.
    pub role: Role,
}

/// A place where a program starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryFound<'a> {
    /// The file.
    pub path: &'a str,
    /// The lines.
    pub lines: LineRange,
    /// The definition that it is, or that stands around it.
    pub within: Option<Definition<'a>>,
    /// What the file is for.
    pub role: Role,
}

impl Index {
    pub(crate) fn definition_of(&self, id: DefinitionId) -> Option<Definition<'_>> {
        let document = self.documents.get(id.document as usize)?;
        let def = document.said().definition(id.place)?;
        Some(view(id, document, def))
    }

    pub(crate) fn around(&self, document: u32, within: u32) -> Option<Definition<'_>> {
        (within != NONE).then(|| self.definition_of(DefinitionId { document, place: within })).flatten()
    }
}

fn view<'a>(id: DefinitionId, document: &'a Stored, def: &'a Def) -> Definition<'a> {
    let said = document.said();
    Definition {
        id,
        path: &document.path,
        role: document.role,
        language: document.language.map_or("", |language| language.fence),
        kind: def.kind,
        name: said.string(def.name),
        scope: said.string(def.scope),
        signature: said.string(def.signature),
        doc: said.string(def.doc),
        lines: LineRange { first: def.first_line, last: def.last_line },
        line: def.line,
        visibility: def.visibility,
        is_test: def.is_test,
        rank: document.rank,
    }
}
