//! The index of a workspace: its documents cut into chunks, the words of each, and what is defined where.
//!
//! It holds the texts, because answers are made of them. Everything in it comes from what was handed over, in the order
//! in which it was, so that the same files give the same index. Start at [`Index::build`].

use std::ops::Range;

use quillon_workspace::{Language, Role, language_of, role_of};
use rustc_hash::FxHashMap;

use crate::chunk::cut;
use crate::definition::is_lead;
use crate::lines::Lines;
use crate::outline::{Section, chain, outline};
use crate::postings::{Field, Postings, PostingsBuilder};
use crate::syntax::{Kind, syntax_of};
use crate::vocabulary::{Vocabulary, WordId};
use crate::word::words;

/// The most documents that one index takes.
pub const DOCUMENTS_MAX: usize = 200_000;
/// The most text that one index takes, in bytes.
pub const INDEX_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How much of one document is read, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// How much is read of a document that no person wrote, in bytes: enough to know what it is.
pub const DATA_BYTES_MAX: usize = 32 * 1024;
/// How much of a line is read for its words, in bytes.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// A file as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it is.
    pub path: String,
    /// What it says.
    pub text: String,
    /// What it is for.
    pub role: Role,
}

impl Document {
    /// A document whose role is told by its path and how it begins.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let role = role_of(&path, &text);
        Self { path, text, role }
    }
}

/// A document as it is kept.
pub(crate) struct Stored {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) role: Role,
    pub(crate) language: Option<Language>,
    pub(crate) chunks: Range<u32>,
    pub(crate) sections: Range<u32>,
}

/// A chunk as it is kept. Lines count from 0.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) document: u32,
    pub(crate) first_line: u32,
    pub(crate) last_line: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) words: u32,
}

/// Something that is defined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defined {
    pub(crate) chunk: u32,
    pub(crate) line: u32,
    pub(crate) kind: Kind,
}

/// How much an index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents.
    pub documents: usize,
    /// Lines of them.
    pub lines: usize,
    /// Chunks that they were cut into.
    pub chunks: usize,
    /// Different words.
    pub words: usize,
    /// Documents of which only the beginning was read.
    pub cut_short: usize,
    /// Documents that found no room.
    pub left_out: usize,
}

/// What can be searched.
#[derive(Default)]
pub struct Index {
    pub(crate) documents: Vec<Stored>,
    pub(crate) chunks: Vec<Piece>,
    pub(crate) sections: Vec<Section>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) postings: Postings,
    /// Documents by the words of their paths, and whether the word is in the file's own name.
    pub(crate) paths: FxHashMap<WordId, Vec<(u32, bool)>>,
    pub(crate) defined: FxHashMap<WordId, Vec<Defined>>,
    pub(crate) words_per_chunk: f32,
    counts: Counts,
}

impl Index {
    /// Reads documents into an index. What goes beyond its limits is counted and left out.
    #[must_use]
    pub fn build(documents: impl IntoIterator<Item = Document>) -> Self {
        let mut builder = Builder::default();
        for document in documents {
            builder.take(document);
        }
        builder.finish()
    }

    /// How much it holds.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The paths of its documents, in the order in which they came.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.documents.iter().map(|document| document.path.as_str())
    }

    pub(crate) fn document_of(&self, chunk: u32) -> &Stored {
        &self.documents[self.chunks[chunk as usize].document as usize]
    }

    pub(crate) fn text_of(&self, chunk: u32) -> &str {
        let piece = &self.chunks[chunk as usize];
        &self.document_of(chunk).text[piece.start as usize..piece.end as usize]
    }

    /// The chunk of a document that holds a byte of its text.
    pub(crate) fn chunk_at(&self, document: &Stored, byte: usize) -> Option<u32> {
        let chunks = &self.chunks[document.chunks.start as usize..document.chunks.end as usize];
        let after = chunks.partition_point(|piece| piece.start as usize <= byte);
        Some(document.chunks.start + u32::try_from(after.checked_sub(1)?).ok()?)
    }

    /// The lines of a chunk, from 0.
    pub(crate) fn lines_of(&self, chunk: u32) -> Range<usize> {
        let piece = &self.chunks[chunk as usize];
        piece.first_line as usize..piece.last_line as usize + 1
    }

    pub(crate) fn sections_of(&self, document: &Stored) -> &[Section] {
        &self.sections[document.sections.start as usize..document.sections.end as usize]
    }
}

#[derive(Default)]
struct Builder {
    index: Index,
    postings: PostingsBuilder,
    bytes: usize,
    words: u64,
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Builder {
    fn take(&mut self, mut document: Document) {
        let bytes_max = match document.role {
            Role::Data | Role::Generated | Role::Minified => DATA_BYTES_MAX,
            _ => DOCUMENT_BYTES_MAX,
        };
        if self.index.documents.len() >= DOCUMENTS_MAX || self.bytes >= INDEX_BYTES_MAX {
            self.index.counts.left_out += 1;
            return;
        }
        if document.text.len() > bytes_max {
            let end = document.text.floor_char_boundary(bytes_max);
            document.text.truncate(end);
            document.text.shrink_to_fit();
            self.index.counts.cut_short += 1;
        }
        self.bytes += document.text.len();
        self.read(document);
    }

    fn read(&mut self, document: Document) {
        let number = small(self.index.documents.len());
        let language = language_of(&document.path);
        let fence = language.map(|language| language.fence);
        self.read_path(number, &document.path);
        let (first_chunk, first_section) = (self.index.chunks.len(), self.index.sections.len());
        {
            let lines = Lines::new(&document.text);
            self.index.counts.lines += lines.count();
            let sections = outline(fence, &lines);
            for range in cut(&lines, &sections) {
                self.read_chunk(number, &range, &lines, &sections, fence);
            }
            self.index.sections.extend(sections);
        }
        self.index.documents.push(Stored {
            path: document.path,
            text: document.text,
            role: document.role,
            language,
            chunks: small(first_chunk)..small(self.index.chunks.len()),
            sections: small(first_section)..small(self.index.sections.len()),
        });
    }

    fn read_path(&mut self, document: u32, path: &str) {
        let name_start = path.rfind('/').map_or(0, |slash| slash + 1);
        for (start, word) in words(path) {
            let word = self.index.vocabulary.intern(word);
            self.index.paths.entry(word).or_default().push((document, start >= name_start));
        }
    }

    fn read_chunk(
        &mut self,
        document: u32,
        range: &Range<usize>,
        lines: &Lines<'_>,
        sections: &[Section],
        fence: Option<&str>,
    ) {
        let chunk = small(self.index.chunks.len());
        let bytes = lines.bytes(range.clone());
        let mut count = 0;
        let syntax = syntax_of(fence);
        for number in range.clone() {
            let line = lines.get(number);
            let line = &line[..line.floor_char_boundary(LINE_BYTES_MAX)];
            let comment = syntax.is_some_and(|syntax| is_lead(line.trim_start(), syntax));
            let field = if comment { Field::Comment } else { Field::Body };
            for (_, word) in words(line) {
                let word = self.index.vocabulary.intern(word);
                self.postings.add(word, chunk, field);
                count += 1;
            }
        }
        self.read_names(chunk, range, sections);
        self.words += u64::from(count);
        self.index.chunks.push(Piece {
            document,
            first_line: small(range.start),
            last_line: small(range.end - 1),
            start: small(bytes.start),
            end: small(bytes.end),
            words: count,
        });
    }

    /// The names that are defined in a chunk, and those of what lies around it.
    fn read_names(&mut self, chunk: u32, range: &Range<usize>, sections: &[Section]) {
        let from = sections.partition_point(|section| section.line < range.start);
        let within = sections[from..].iter().take_while(|section| section.line < range.end);
        for section in within {
            for (_, name) in words(&section.name) {
                let word = self.index.vocabulary.intern(name);
                self.postings.add(word, chunk, Field::Name);
                let defined = Defined { chunk, line: small(section.line), kind: section.kind };
                self.index.defined.entry(word).or_default().push(defined);
            }
        }
        let around = from.checked_sub(1).map(|last| chain(sections, last)).unwrap_or_default();
        for at in around.into_iter().filter(|at| sections[*at].lines.end > range.start) {
            for (_, name) in words(&sections[at].name) {
                let word = self.index.vocabulary.intern(name);
                self.postings.add(word, chunk, Field::Around);
            }
        }
    }

    fn finish(mut self) -> Index {
        let chunks = self.index.chunks.len();
        self.index.postings = self.postings.build(self.index.vocabulary.count());
        self.index.words_per_chunk = (self.words as f32 / chunks.max(1) as f32).max(1.0);
        self.index.counts.documents = self.index.documents.len();
        self.index.counts.chunks = chunks;
        self.index.counts.words = self.index.vocabulary.count();
        self.index
    }
}
