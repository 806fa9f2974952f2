//! Finds the passages of a workspace that answer a question, with no model.
//!
//! Texts go in, places come out: no clock, no disk, no network, and the same texts give the same answer. A file is cut
//! into chunks at its own borders (`chunk.rs`), chunks are ranked by the words of a question ([`Index::search`], in two
//! looks: `rank.rs` over the index, `refine.rs` into the best chunks), and of each only the lines that matter are shown
//! (`excerpt.rs`). Names and files that the question spells out come first (`names.rs`, `mention.rs`).
//!
//! Where a language has a grammar in `quillon-lang`, its definitions are those of the tree; what other languages write for
//! one is a row of `syntax.rs`. Words that stand for one another are rows of
//! `related.rs`. Every number that weighs something is a constant at the head of the file that uses it. They were set by
//! measuring on the histories of public repositories, where a change's headline is the question and the files that it
//! touched are the answer, not by looking at single cases.
//!
//! Invariants: the chunks of a file hold each of its lines exactly once; nothing panics on any text; hits of equal worth
//! come in the order of their places. Start at [`Index::build`] and [`Query::parse`].

mod asking;
mod bigrams;
mod build;
mod cache;
mod chunk;
mod definition;
mod document;
mod excerpt;
mod graph;
mod groups;
mod index;
mod lines;
mod map;
mod matching;
mod mention;
mod mentions;
mod names;
mod outline;
mod overview;
mod postings;
mod prior;
mod prose;
mod query;
mod rank;
mod read;
mod refine;
mod related;
mod said;
mod search;
mod strings;
mod symbols;
mod syntax;
mod vocabulary;
mod word;

pub use build::{Stopped, Watch};
pub use cache::{CACHE_BYTES_MAX, Kept};
pub use document::{ContentDigest, Document, LeftOut};
pub use excerpt::{PASSAGE_LINES_MAX, PASSAGE_LINES_STRETCHED};
pub use graph::{
    Callee, Caller, Definition, DefinitionId, EntryFound, FOUND_PER_SORT_MAX, Imported, RouteFound,
    SettingRead, Use,
};
pub use index::{Counts, DOCUMENTS_MAX, INDEX_BYTES_MAX, Index, LEFT_OUT_NAMED_MAX, Refreshed};
pub use map::{MAP_FILES_MAX, MapFile};
pub use matching::Unknown;
pub use query::{FileMention, Name, QUESTION_BYTES_MAX, Query, TERMS_MAX, Term, Wanted};
pub use quillon_lang::{DefinitionKind, ReferenceKind, SettingSource, Visibility};
pub use read::{DATA_BYTES_MAX, DOCUMENT_BYTES_MAX};
pub use search::{HITS_MAX, Hit};
pub use symbols::Symbol;
pub use syntax::Kind;
