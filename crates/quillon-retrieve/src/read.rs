//! Reading one document: cut into chunks, its words counted by field, its syntax taken in. Everything here depends on
//! the path and the content alone, so it is done once for each content, by as many threads as there are.
//!
//! Words have ids of the reader's own; [`Draft`] says which, and the index gives them its ids.

use std::ops::Range;

use quillon_lang::{Facts, Grammar, Limits, facts, grammar_of};
use quillon_text::{is_stop_word, stem, subwords};
use quillon_workspace::{Role, language_of};

use crate::bigrams::{Bigrams, pair};
use crate::chunk::cut;
use crate::definition::is_lead;
use crate::document::Document;
use crate::lines::Lines;
use crate::outline::{Section, chain, outline, sections_of};
use crate::postings::{Field, Posting};
use crate::said::Said;
use crate::strings::{Strings, hash_of};
use crate::syntax::{Kind, syntax_of};
use crate::vocabulary::WordId;
use crate::word::words;

/// How much of one document is read, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// How much is read of a document that no person wrote, in bytes: enough to know what it is.
pub const DATA_BYTES_MAX: usize = 32 * 1024;
/// How much of a line is read for its words, in bytes.
const LINE_BYTES_MAX: usize = 4 * 1024;
/// Larger files of data give no definitions: their keys are not names that people ask for.
const KEYS_BYTES_MAX: usize = 256 * 1024;

/// A chunk as it is kept. Lines count from 0; they and the bytes are those of the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) first_line: u32,
    pub(crate) last_line: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) words: u32,
}

/// A name that is defined, by a word of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    pub(crate) word: WordId,
    pub(crate) line: u32,
    pub(crate) chunk: u32,
    pub(crate) kind: Kind,
}

/// What was read of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The words that stand in it, sorted by id.
    pub(crate) words: Vec<WordId>,
    /// Where the postings of each word end.
    pub(crate) ends: Vec<u32>,
    pub(crate) postings: Vec<Posting>,
    pub(crate) chunks: Vec<Piece>,
    pub(crate) bigrams: Vec<Bigrams>,
    pub(crate) sections: Vec<Section>,
    /// Sorted.
    pub(crate) names: Vec<Named>,
    pub(crate) said: Said,
    pub(crate) lines: u32,
    /// Whether only its beginning was read.
    pub(crate) is_cut_short: bool,
}

impl Entry {
    /// The postings of the word at a place of `words`.
    pub(crate) fn postings_at(&self, at: usize) -> &[Posting] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.postings[start as usize..self.ends[at] as usize]
    }

    /// The definitions that have a word in their name.
    pub(crate) fn named(&self, word: WordId) -> &[Named] {
        let from = self.names.partition_point(|named| named.word < word);
        let count = self.names[from..].partition_point(|named| named.word == word);
        &self.names[from..from + count]
    }

    /// Gives words other ids.
    pub(crate) fn rename(&mut self, id: impl Fn(WordId) -> WordId) {
        let mut order: Vec<(WordId, usize)> =
            self.words.iter().enumerate().map(|(at, word)| (id(*word), at)).collect();
        order.sort_unstable();
        let mut postings = Vec::with_capacity(self.postings.len());
        let mut ends = Vec::with_capacity(order.len());
        for (_, at) in &order {
            postings.extend_from_slice(self.postings_at(*at));
            ends.push(small(postings.len()));
        }
        self.words = order.into_iter().map(|(word, _)| word).collect();
        (self.ends, self.postings) = (ends, postings);
        for named in &mut self.names {
            named.word = id(named.word);
        }
        self.names.sort_unstable();
        self.said.rename(id);
    }
}

/// What was read of a document, with the words that its reader saw for the first time.
pub(crate) struct Draft {
    pub(crate) entry: Entry,
    /// They follow, in the reader's ids, those of the drafts before.
    pub(crate) new_words: Vec<Box<str>>,
}

/// Reads documents, one after the other.
#[derive(Default)]
pub(crate) struct Reader {
    strings: Strings,
    /// The stems of each word's parts; none for words that say nothing.
    stems: Vec<Box<[u32]>>,
    told: usize,
    /// What was noted of the document at hand.
    log: Vec<(WordId, Posting)>,
    /// The last entry of each word in the log. It may be one of a document before.
    last: Vec<u32>,
}

pub(crate) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How much of a text is read.
pub(crate) fn read_part(document: &Document) -> &str {
    let bytes_max = match document.role {
        Role::Data | Role::Generated | Role::Minified => DATA_BYTES_MAX,
        _ => DOCUMENT_BYTES_MAX,
    };
    &document.text[..document.text.floor_char_boundary(bytes_max)]
}

impl Reader {
    /// Reads a document. Where the work was stopped the syntax is missing, and nobody may keep the draft.
    pub(crate) fn read(&mut self, document: &Document, is_stopped: &dyn Fn() -> bool) -> Draft {
        let text = read_part(document);
        let fence = language_of(&document.path).map(|language| language.fence);
        let found = grammar_for(document, text).map(|grammar| {
            let limits = Limits { is_cancelled: is_stopped, ..Limits::default() };
            facts(grammar, text, &limits)
        });
        let lines = Lines::new(text);
        let sections = match &found {
            Some(facts) if speaks(facts) => sections_of(facts, lines.count()),
            _ => outline(fence, &lines),
        };
        let mut entry = Entry { lines: small(lines.count()), ..Entry::default() };
        entry.is_cut_short = text.len() < document.text.len();
        let signatures = signature_lines(found.as_ref(), lines.count());
        self.log.clear();
        for range in cut(&lines, &sections) {
            self.read_chunk(&mut entry, &range, &lines, &sections, fence, &signatures);
        }
        entry.names.sort_unstable();
        if let Some(facts) = found {
            entry.said = Said::of(facts, text, |word| self.intern(word));
        }
        entry.sections = sections;
        self.settle(&mut entry);
        let new_words = (self.told..self.strings.count()).map(|id| self.strings.get(small(id)).into());
        let new_words = new_words.collect();
        self.told = self.strings.count();
        Draft { entry, new_words }
    }

    fn intern(&mut self, word: &str) -> WordId {
        let (id, is_new) = self.strings.intern(word);
        if is_new {
            let lower = word.to_lowercase();
            let stems = match is_stop_word(&lower) {
                true => Box::default(),
                false => subwords(word).iter().map(|part| hash_of(&stem(part))).collect(),
            };
            self.stems.push(stems);
        }
        id
    }

    fn read_chunk(
        &mut self,
        entry: &mut Entry,
        range: &Range<usize>,
        lines: &Lines<'_>,
        sections: &[Section],
        fence: Option<&str>,
        signatures: &[bool],
    ) {
        let chunk = small(entry.chunks.len());
        let bytes = lines.bytes(range.clone());
        let syntax = syntax_of(fence);
        let mut bigrams = Bigrams::default();
        let mut before: Option<u32> = None;
        let mut count = 0;
        for number in range.clone() {
            let line = lines.get(number);
            let line = &line[..line.floor_char_boundary(LINE_BYTES_MAX)];
            let comment = syntax.is_some_and(|syntax| is_lead(line.trim_start(), syntax));
            let field = if comment { Field::Comment } else { Field::Body };
            let is_signature = signatures.get(number).copied().unwrap_or(false);
            for (_, word) in words(line) {
                let word = self.intern(word);
                self.note(word, chunk, field);
                if is_signature {
                    self.note(word, chunk, Field::Signature);
                }
                count += 1;
                for &stem in &*self.stems[word as usize] {
                    if let Some(before) = before {
                        bigrams.add(pair(before, stem));
                    }
                    before = Some(stem);
                }
            }
        }
        self.read_names(entry, chunk, range, sections);
        entry.bigrams.push(bigrams);
        entry.chunks.push(Piece {
            first_line: small(range.start),
            last_line: small(range.end - 1),
            start: small(bytes.start),
            end: small(bytes.end),
            words: count,
        });
    }

    /// The names that are defined in a chunk, and those of what lies around it.
    fn read_names(&mut self, entry: &mut Entry, chunk: u32, range: &Range<usize>, sections: &[Section]) {
        let from = sections.partition_point(|section| section.line < range.start);
        let within = sections[from..].iter().take_while(|section| section.line < range.end);
        for section in within {
            for (_, name) in words(&section.name) {
                let word = self.intern(name);
                self.note(word, chunk, Field::Name);
                entry.names.push(Named { word, line: small(section.line), chunk, kind: section.kind });
            }
        }
        let around = from.checked_sub(1).map(|last| chain(sections, last)).unwrap_or_default();
        for at in around.into_iter().filter(|at| sections[*at].lines.end > range.start) {
            for (_, name) in words(&sections[at].name) {
                let word = self.intern(name);
                self.note(word, chunk, Field::Around);
            }
        }
    }

    /// Notes a word in a chunk. Chunks come in order.
    fn note(&mut self, word: WordId, chunk: u32, field: Field) {
        let slot = word as usize;
        if slot >= self.last.len() {
            self.last.resize(self.strings.count(), u32::MAX);
        }
        let known = self.log.get_mut(self.last[slot] as usize);
        if let Some((_, posting)) = known.filter(|(known, posting)| *known == word && posting.chunk == chunk)
        {
            posting.add(field);
            return;
        }
        self.last[slot] = small(self.log.len());
        let mut posting = Posting { chunk, ..Posting::default() };
        posting.add(field);
        self.log.push((word, posting));
    }

    /// Sorts what was noted by word; within a word the chunks stay in order.
    fn settle(&mut self, entry: &mut Entry) {
        self.log.sort_by_key(|(word, _)| *word);
        entry.postings.reserve_exact(self.log.len());
        for (word, posting) in &self.log {
            if entry.words.last() != Some(word) {
                entry.words.push(*word);
                entry.ends.push(0);
            }
            entry.postings.push(*posting);
            if let Some(end) = entry.ends.last_mut() {
                *end = small(entry.postings.len());
            }
        }
    }
}

/// The grammar to read a document by, where it is worth it.
fn grammar_for(document: &Document, text: &str) -> Option<&'static Grammar> {
    let language = language_of(&document.path)?;
    let fence = match document.path.rsplit_once('.') {
        Some((_, "tsx")) => "tsx",
        _ => language.fence,
    };
    let is_written = !matches!(document.role, Role::Data | Role::Generated | Role::Minified);
    let is_data = matches!(fence, "json" | "yaml");
    (is_written && !(is_data && text.len() > KEYS_BYTES_MAX)).then(|| grammar_of(fence)).flatten()
}

/// Whether the sections of a file are those of its syntax.
fn speaks(facts: &Facts) -> bool {
    facts.cut.is_none() && !matches!(facts.language, "json" | "markdown" | "yaml")
}

/// Which lines hold a signature.
fn signature_lines(facts: Option<&Facts>, count: usize) -> Vec<bool> {
    let Some(facts) = facts.filter(|facts| speaks(facts)) else { return Vec::new() };
    let mut is_signature = vec![false; count];
    for definition in facts.definitions.iter().filter(|definition| definition.kind.is_code()) {
        let line = definition.name_span.lines.first as usize;
        if let Some(line) = line.checked_sub(1).and_then(|line| is_signature.get_mut(line)) {
            *line = true;
        }
    }
    is_signature
}
