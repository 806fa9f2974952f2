//! The index of a workspace: its documents cut into chunks, the words of each, and what their syntax says.
//!
//! What depends on a content is computed once for it ([`crate::read`]) and kept by its digest, so that a save costs one
//! file ([`Index::update`]) and a start costs what changed since the last one ([`Index::refresh`]). An index holds the
//! texts, because answers are made of them; a cache of it holds none.
//!
//! Invariant: however an index came about, it finds the same as one that is built from its documents. A document that
//! is replaced stays behind as a dead slot until [`Index::settle`] tidies up. Start at [`Index::build`].

use std::collections::BTreeMap;
use std::ops::Range;

use quillon_workspace::{Language, Role, language_of};
use rustc_hash::FxHashMap;

use crate::build::{Stopped, Watch, read_all};
use crate::document::{ContentDigest, Document, LeftOut};
use crate::groups::Groups;
use crate::outline::Section;
use crate::postings::Posting;
use crate::prior::Place;
use crate::read::{Draft, Entry, Piece, Reader, small};
use crate::said::Said;
use crate::vocabulary::{Vocabulary, WordId};
use crate::word::words;

/// The most documents that one index takes.
pub const DOCUMENTS_MAX: usize = 200_000;
/// The most text that one index takes, in bytes.
pub const INDEX_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The most files that are named as left out; the rest is counted.
pub const LEFT_OUT_NAMED_MAX: usize = 10_000;

/// A document as it is kept.
pub(crate) struct Stored {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) role: Role,
    pub(crate) language: Option<Language>,
    pub(crate) place: Place,
    pub(crate) digest: ContentDigest,
    /// Its chunks among those of the index.
    pub(crate) chunks: Range<u32>,
    pub(crate) entry: Entry,
    /// How much else leans on it, beside the average of one.
    pub(crate) rank: f32,
    pub(crate) is_dead: bool,
}

impl Stored {
    pub(crate) fn said(&self) -> &Said {
        &self.entry.said
    }
}

/// Where a word stands: in a document, at a place of its words.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spot {
    pub(crate) document: u32,
    pub(crate) at: u32,
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
    /// Definitions.
    pub definitions: usize,
    /// Documents of which only the beginning was read.
    pub cut_short: usize,
    /// Documents that are not in it.
    pub left_out: usize,
}

/// What a refresh did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Documents that were read.
    pub read: usize,
    /// Documents whose content was known.
    pub known: usize,
    /// Documents that went.
    pub removed: usize,
}

/// What can be searched.
#[derive(Default)]
pub struct Index {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) documents: Vec<Stored>,
    /// The document of each chunk.
    owners: Vec<u32>,
    by_path: FxHashMap<String, u32>,
    spots: Groups<Spot>,
    /// Documents by the words of their paths, and whether the word is in the file's own name.
    paths: Groups<(u32, bool)>,
    left_out: BTreeMap<String, LeftOut>,
    left_out_unnamed: usize,
    counts: Counts,
    words_total: u64,
    bytes: usize,
    dead: usize,
}

impl Index {
    /// Reads documents into an index, on this thread. What goes beyond its limits is left out and listed.
    #[must_use]
    pub fn build(documents: impl IntoIterator<Item = Document>) -> Self {
        let mut index = Self::default();
        let mut reader = Reader::default();
        let mut ids = Vec::new();
        for document in documents {
            if index.has_room_for(&document) {
                let draft = reader.read(&document, &|| false);
                index.add(document, draft, &mut ids);
            }
        }
        index.settle();
        index
    }

    /// Makes the index hold these documents and no others. Only those are read whose content is new, by several threads
    /// at once; of two with one path the later counts.
    ///
    /// # Errors
    /// When it was stopped; then the index is as it was, but for texts that it took over.
    pub fn refresh(&mut self, documents: Vec<Document>, watch: &Watch<'_>) -> Result<Refreshed, Stopped> {
        let mut refreshed = Refreshed::default();
        let mut wanted: BTreeMap<usize, Document> = BTreeMap::new();
        let mut is_given = vec![false; self.documents.len()];
        let mut places: FxHashMap<String, usize> = FxHashMap::default();
        for (at, document) in documents.into_iter().enumerate() {
            if let Some(before) = places.insert(document.path.clone(), at) {
                wanted.remove(&before);
            }
            match self.by_path.get(&document.path) {
                Some(&known) if self.documents[known as usize].digest == document.digest => {
                    is_given[known as usize] = true;
                    self.take_text(known, document.text);
                }
                known => {
                    if let Some(&known) = known {
                        is_given[known as usize] = true;
                    }
                    wanted.insert(at, document);
                }
            }
        }
        // What will be left out is not read.
        let (unwanted, wanted): (Vec<_>, Vec<_>) =
            wanted.into_values().partition(|document| document.left_out().is_some());
        let is_known = |document: &&Document| self.by_path.contains_key(&document.path);
        let replaced = wanted.iter().chain(&unwanted).filter(is_known).count();
        let drafts = read_all(&wanted, watch)?;
        for (place, is_given) in is_given.into_iter().enumerate() {
            if !is_given && !self.documents[place].is_dead {
                refreshed.removed += 1;
                self.kill(small(place));
            }
        }
        refreshed.known = self.by_path.len() - replaced;
        self.left_out.clear();
        self.left_out_unnamed = 0;
        let mut ids: Vec<Vec<WordId>> = vec![Vec::new(); drafts.readers];
        for document in wanted.iter().chain(&unwanted) {
            if let Some(&known) = self.by_path.get(&document.path) {
                self.kill(known);
            }
        }
        for document in &unwanted {
            self.has_room_for(document);
        }
        for (document, (reader, draft)) in wanted.into_iter().zip(drafts.drafts) {
            if self.has_room_for(&document) {
                refreshed.read += 1;
                self.add(document, draft, &mut ids[reader]);
            } else {
                self.name_words(&draft, &mut ids[reader]);
            }
        }
        self.settle();
        Ok(refreshed)
    }

    /// Takes a document in, instead of the one with its path if there is one.
    pub fn update(&mut self, document: Document) {
        if let Some(&known) = self.by_path.get(&document.path) {
            if self.documents[known as usize].digest == document.digest {
                self.take_text(known, document.text);
                return;
            }
            self.kill(known);
        }
        self.left_out.remove(&document.path);
        if self.has_room_for(&document) {
            let draft = Reader::default().read(&document, &|| false);
            self.add(document, draft, &mut Vec::new());
            self.note_last();
        }
        // Tidying up costs as much as all documents do, so it waits until as many were replaced.
        if self.dead > self.documents.len() / 2 {
            self.settle();
        }
    }

    /// Takes a document out; says whether it was there.
    pub fn remove(&mut self, path: &str) -> bool {
        let known = self.by_path.get(path).copied();
        if let Some(known) = known {
            self.kill(known);
        }
        self.left_out.remove(path).is_some() || known.is_some()
    }

    /// Tidies up after changes, and ranks the files anew.
    pub fn settle(&mut self) {
        if self.dead > 0 {
            self.documents.retain(|document| !document.is_dead);
            self.dead = 0;
        }
        // By path, so that sums over files come out the same however they came here.
        self.documents.sort_by(|left, right| left.path.cmp(&right.path));
        self.owners.clear();
        self.by_path.clear();
        for (at, document) in self.documents.iter_mut().enumerate() {
            let first = small(self.owners.len());
            document.chunks = first..first + small(document.entry.chunks.len());
            self.owners.extend(document.chunks.clone().map(|_| small(at)));
            self.by_path.insert(document.path.clone(), small(at));
        }
        self.pack_paths();
        self.vocabulary.pack();
        let documents = &self.documents;
        self.spots = Groups::packed(self.vocabulary.count(), || {
            documents.iter().enumerate().flat_map(|(place, stored)| spots(small(place), stored))
        });
        self.rank_files();
    }

    fn pack_paths(&mut self) {
        let mut paths = std::mem::take(&mut self.paths);
        paths.clear();
        for (at, document) in self.documents.iter().enumerate() {
            for (word, in_name) in path_words(&mut self.vocabulary, &document.path) {
                paths.push(word, (small(at), in_name));
            }
        }
        self.paths = paths;
    }

    /// How much it holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let left_out = self.left_out.len() + self.left_out_unnamed;
        Counts { words: self.vocabulary.count(), left_out, ..self.counts }
    }

    /// The paths of its documents.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.living().map(|(_, document)| document.path.as_str())
    }

    /// The text of a document.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.stored(path).map(|(_, document)| document.text.as_str())
    }

    /// What a document is for.
    #[must_use]
    pub fn role(&self, path: &str) -> Option<Role> {
        self.stored(path).map(|(_, document)| document.role)
    }

    /// The files that were handed over and are not in it, by path, as far as they are named.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, LeftOut)> {
        self.left_out.iter().map(|(path, why)| (path.as_str(), *why))
    }

    /// Documents with their places.
    pub(crate) fn living(&self) -> impl Iterator<Item = (u32, &Stored)> {
        let numbered = self.documents.iter().enumerate().map(|(at, document)| (small(at), document));
        numbered.filter(|(_, document)| !document.is_dead)
    }

    pub(crate) fn stored(&self, path: &str) -> Option<(u32, &Stored)> {
        self.by_path.get(path).map(|place| (*place, &self.documents[*place as usize]))
    }

    pub(crate) fn document(&self, place: u32) -> &Stored {
        &self.documents[place as usize]
    }

    /// How many chunks there may be, dead ones included.
    pub(crate) fn chunk_slots(&self) -> usize {
        self.owners.len()
    }

    pub(crate) fn owner(&self, chunk: u32) -> u32 {
        self.owners[chunk as usize]
    }

    pub(crate) fn words_per_chunk(&self) -> f32 {
        (self.words_total as f32 / self.counts.chunks.max(1) as f32).max(1.0)
    }

    pub(crate) fn document_of(&self, chunk: u32) -> &Stored {
        &self.documents[self.owner(chunk) as usize]
    }

    pub(crate) fn piece(&self, chunk: u32) -> &Piece {
        let document = self.document_of(chunk);
        &document.entry.chunks[(chunk - document.chunks.start) as usize]
    }

    pub(crate) fn text_of(&self, chunk: u32) -> &str {
        let piece = self.piece(chunk);
        self.document_of(chunk).text.get(piece.start as usize..piece.end as usize).unwrap_or_default()
    }

    /// The chunk of a document that holds a byte of its text.
    pub(crate) fn chunk_at(document: &Stored, byte: usize) -> Option<u32> {
        let after = document.entry.chunks.partition_point(|piece| piece.start as usize <= byte);
        Some(document.chunks.start + u32::try_from(after.checked_sub(1)?).ok()?)
    }

    /// The lines of a chunk, from 0.
    pub(crate) fn lines_of(&self, chunk: u32) -> Range<usize> {
        let piece = self.piece(chunk);
        piece.first_line as usize..piece.last_line as usize + 1
    }

    pub(crate) fn sections_of<'a>(&self, document: &'a Stored) -> &'a [Section] {
        &document.entry.sections
    }

    /// The documents that hold a word, with its place among theirs.
    pub(crate) fn holders(&self, word: WordId) -> impl Iterator<Item = (u32, &Stored, usize)> {
        self.spots.of(word).filter_map(|spot| {
            let document = &self.documents[spot.document as usize];
            (!document.is_dead).then_some((spot.document, document, spot.at as usize))
        })
    }

    /// The chunks that hold a word.
    pub(crate) fn postings_of(&self, word: WordId) -> impl Iterator<Item = (u32, Posting)> {
        self.holders(word).flat_map(|(_, document, at)| {
            let first = document.chunks.start;
            document.entry.postings_at(at).iter().map(move |posting| (first + posting.chunk, *posting))
        })
    }

    /// The documents whose path holds a word, and whether it is in the file's own name.
    pub(crate) fn on_path(&self, word: WordId) -> impl Iterator<Item = (u32, bool)> {
        self.paths.of(word).filter(|(place, _)| !self.documents[*place as usize].is_dead)
    }

    fn has_room_for(&mut self, document: &Document) -> bool {
        let is_full = self.by_path.len() >= DOCUMENTS_MAX || self.bytes >= INDEX_BYTES_MAX;
        let why = document.left_out().or(is_full.then_some(LeftOut::NoRoom));
        let Some(why) = why else { return true };
        if self.left_out.len() < LEFT_OUT_NAMED_MAX {
            self.left_out.insert(document.path.clone(), why);
        } else {
            self.left_out_unnamed += 1;
        }
        false
    }

    /// Gives the words of a reader their ids here.
    fn name_words(&mut self, draft: &Draft, ids: &mut Vec<WordId>) {
        ids.extend(draft.new_words.iter().map(|word| self.vocabulary.intern(word)));
    }

    /// Takes in what was read of a document that has room here. `ids` are those of its reader's words.
    fn add(&mut self, document: Document, draft: Draft, ids: &mut Vec<WordId>) {
        self.name_words(&draft, ids);
        let mut entry = draft.entry;
        entry.rename(|word| ids[word as usize]);
        if let Some(&known) = self.by_path.get(&document.path) {
            self.kill(known);
        }
        self.put(document, entry);
    }

    /// Takes in a document with what was read of it. Its words and its path find it after [`Index::settle`].
    pub(crate) fn put(&mut self, document: Document, entry: Entry) {
        let place = small(self.documents.len());
        let first = small(self.owners.len());
        let chunks = first..first + small(entry.chunks.len());
        self.owners.extend(chunks.clone().map(|_| place));
        self.by_path.insert(document.path.clone(), place);
        self.account(&entry, document.text.len(), true);
        let Document { path, text, role, digest } = document;
        let (language, at) = (language_of(&path), Place::of(&path));
        let (rank, is_dead) = (1.0, false);
        self.documents.push(Stored {
            path,
            text,
            role,
            language,
            place: at,
            digest,
            chunks,
            entry,
            rank,
            is_dead,
        });
    }

    /// Lets the last document be found before everything is packed anew.
    fn note_last(&mut self) {
        let Some(stored) = self.documents.last() else { return };
        let place = small(self.documents.len() - 1);
        for (word, spot) in spots(place, stored) {
            self.spots.push(word, spot);
        }
        for (word, in_name) in path_words(&mut self.vocabulary, &stored.path) {
            self.paths.push(word, (place, in_name));
        }
    }

    /// Takes over the text of a document whose content is known. Out of a cache it had none yet, and it counts from now.
    fn take_text(&mut self, place: u32, text: String) {
        let known = &mut self.documents[place as usize].text;
        self.bytes = (self.bytes + text.len()).saturating_sub(known.len());
        *known = text;
    }

    fn kill(&mut self, place: u32) {
        let document = &mut self.documents[place as usize];
        let (path, text) = (std::mem::take(&mut document.path), std::mem::take(&mut document.text));
        let entry = std::mem::take(&mut document.entry);
        document.is_dead = true;
        document.chunks = 0..0;
        self.by_path.remove(&path);
        self.dead += 1;
        self.account(&entry, text.len(), false);
    }

    fn account(&mut self, entry: &Entry, bytes: usize, is_added: bool) {
        let words: u64 = entry.chunks.iter().map(|piece| u64::from(piece.words)).sum();
        let change = |number: &mut usize, by: usize| {
            *number = if is_added { *number + by } else { number.saturating_sub(by) };
        };
        let counts = &mut self.counts;
        change(&mut counts.documents, 1);
        change(&mut counts.lines, entry.lines as usize);
        change(&mut counts.chunks, entry.chunks.len());
        change(&mut counts.definitions, entry.said.definitions.len());
        change(&mut counts.cut_short, usize::from(entry.is_cut_short));
        change(&mut self.bytes, bytes);
        self.words_total =
            if is_added { self.words_total + words } else { self.words_total.saturating_sub(words) };
    }
}

/// Where each word of a document stands.
fn spots(document: u32, stored: &Stored) -> impl Iterator<Item = (WordId, Spot)> {
    stored.entry.words.iter().enumerate().map(move |(at, word)| (*word, Spot { document, at: small(at) }))
}

/// The words of a path, and whether each is in the file's own name.
fn path_words(vocabulary: &mut Vocabulary, path: &str) -> Vec<(WordId, bool)> {
    let name_start = path.rfind('/').map_or(0, |slash| slash + 1);
    words(path).map(|(start, word)| (vocabulary.intern(word), start >= name_start)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kept, Query};

    fn documents() -> Vec<Document> {
        vec![Document::new("a.rs", "fn depot() {}\n"), Document::new("b.md", "# Parcel\n")]
    }

    #[test]
    fn texts_count_towards_the_limit_also_when_a_cache_knew_them() {
        let built = Index::build(documents());
        let kept = Kept::from_bytes(&built.to_bytes().unwrap()).unwrap();
        let (mut opened, _) = kept.open(documents(), &Watch::nobody()).unwrap();
        assert_eq!((built.bytes, opened.bytes), (23, 23));
        assert!(opened.remove("a.rs") && opened.remove("b.md"));
        assert_eq!(opened.bytes, 0);
    }

    #[test]
    fn a_save_is_found_before_everything_is_packed_anew() {
        let mut index = Index::build(documents());
        for path in ["aa.rs", "harbour.rs"] {
            index.update(Document::new(path, "fn ferry() {}\n"));
        }
        let first = |asked: &str| index.search(&Query::parse(asked), 1).first().map(|hit| hit.path);
        assert_eq!((first("ferry"), first("depot")), (Some("aa.rs"), Some("a.rs")));
        assert_eq!(first("a ferry in the harbour"), Some("harbour.rs"), "its path counts too");
        assert_eq!(index.definitions("ferry").len(), 2);
    }
}
