//! One file per language with its rules, and its patterns next to it in a `.scm` page. [`crate::gather::Role`] lists
//! what the captures of a pattern may be called; every capture is a fact, and no code knows a node by name.

pub(crate) mod bash;
pub(crate) mod c;
pub(crate) mod cpp;
pub(crate) mod csharp;
pub(crate) mod go;
pub(crate) mod hcl;
pub(crate) mod java;
pub(crate) mod javascript;
pub(crate) mod json;
pub(crate) mod kotlin;
pub(crate) mod markdown;
pub(crate) mod php;
pub(crate) mod python;
pub(crate) mod ruby;
pub(crate) mod rust;
pub(crate) mod scala;
pub(crate) mod sql;
mod sql_words;
pub(crate) mod typescript;
pub(crate) mod yaml;
