//! Languages: text in, facts out. Definitions, uses of names, imports, settings, routes and entry points of one file,
//! for the index, answers, suggestions, review and transformation alike.
//!
//! Pure and tolerant: half-typed code gives the facts that are there, and what a limit left out is said in
//! [`Facts::cut`]. A language is one row of [`grammars`], one file in `src/language` with its rules, and a page of
//! patterns next to it. Start at [`facts`], or at [`parse`] for a buffer that is edited.

mod assemble;
mod borders;
mod doc;
mod facts;
mod gather;
mod grammar;
mod importing;
mod language;
mod limits;
mod lines;
mod query;
mod rules;
mod syntax;

pub use borders::borders;
pub use facts::{
    Cut, Definition, DefinitionKind, EntryPoint, Facts, Import, ImportedName, Reference, ReferenceKind,
    Route, Setting, SettingSource, Span, Visibility,
};
pub use grammar::{Grammar, grammar_of, grammars};
pub use limits::{BYTES_MAX, FACTS_MAX, Limits, STEPS_MAX};
pub use syntax::{Edit, Syntax, facts, parse};
