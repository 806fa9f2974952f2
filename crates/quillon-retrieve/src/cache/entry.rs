//! What was read of one content, as bytes.

use super::bytes::{Put, Take};
use super::said;
use crate::bigrams::Bigrams;
use crate::lines::Lines;
use crate::outline::Section;
use crate::postings::Posting;
use crate::read::{Entry, Named, Piece};
use crate::strings::NONE;
use crate::syntax::Kind;

const KINDS: &[Kind] =
    &[Kind::Callable, Kind::Type, Kind::Value, Kind::Module, Kind::Heading, Kind::Extension];

/// Which counts of a posting are not zero, and whether that of the body is one.
const BODY: u32 = 1;
const COMMENT: u32 = 2;
const NAMES: u32 = 4;
const AROUND: u32 = 8;
const BODY_ONCE: u32 = 16;
const FLAG_BITS: u32 = 5;

pub(super) fn put(put: &mut Put, entry: &Entry) {
    put.number(entry.lines);
    put.flag(entry.is_cut_short);
    put.count(entry.chunks.len());
    for (piece, bigrams) in entry.chunks.iter().zip(&entry.bigrams) {
        put.number(piece.last_line - piece.first_line);
        put.number(piece.end - piece.start);
        put.number(piece.words);
        bigrams.0.iter().for_each(|word| put.0.extend_from_slice(&word.to_le_bytes()));
    }
    put.rising(&entry.words);
    for at in 0..entry.words.len() {
        put_postings(put, entry.postings_at(at));
    }
    put.count(entry.sections.len());
    for section in &entry.sections {
        put.count(section.lines.start);
        put.count(section.lines.len());
        put.count(section.line - section.lines.start);
        put.string(&section.name);
        put.one_of(KINDS, section.kind);
        put.place(section.parent.map_or(NONE, crate::read::small));
    }
    put.count(entry.names.len());
    for named in &entry.names {
        put.number(named.word);
        put.number(named.line);
        put.number(named.chunk);
        put.one_of(KINDS, named.kind);
    }
    said::put(put, &entry.said);
}

fn put_postings(put: &mut Put, postings: &[Posting]) {
    put.count(postings.len());
    let mut before = 0;
    for posting in postings {
        let flag = |flag: u32, is_set: bool| if is_set { flag } else { 0 };
        let flags = flag(BODY, posting.body > 1)
            | flag(BODY_ONCE, posting.body == 1)
            | flag(COMMENT, posting.comment > 0)
            | flag(NAMES, posting.names > 0)
            | flag(AROUND, posting.around > 0);
        put.number((posting.chunk - before) << FLAG_BITS | flags);
        before = posting.chunk;
        let counts = [
            (BODY, posting.body),
            (COMMENT, posting.comment),
            (NAMES, posting.names),
            (AROUND, posting.around),
        ];
        put.0.extend(counts.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, count)| count));
    }
}

/// Takes an entry of a vocabulary with so many words; nothing where it does not fit together.
pub(super) fn take(take: &mut Take<'_>, words: usize) -> Option<Entry> {
    let (lines, is_cut_short) = (take.number()?, take.flag()?);
    let mut entry = Entry { lines, is_cut_short, ..Entry::default() };
    take_chunks(take, &mut entry)?;
    entry.words = take.rising()?;
    let are_words = entry.words.iter().all(|word| (*word as usize) < words);
    if !are_words || !entry.words.is_sorted_by(|left, right| left < right) {
        return None;
    }
    for _ in 0..entry.words.len() {
        take_postings(take, &mut entry)?;
    }
    entry.sections = take_sections(take, lines as usize)?;
    let chunks = entry.chunks.as_slice();
    entry.names = take.list(|take| {
        let named = Named {
            word: take.number()?,
            line: take.number()?,
            chunk: take.number()?,
            kind: take.one_of(KINDS)?,
        };
        let piece = chunks.get(named.chunk as usize)?;
        let is_in = piece.first_line <= named.line && named.line <= piece.last_line;
        (is_in && (named.word as usize) < words).then_some(named)
    })?;
    entry.said = said::take(take, words)?;
    Some(entry)
}

fn take_chunks(take: &mut Take<'_>, entry: &mut Entry) -> Option<()> {
    let (mut line, mut byte) = (0_u32, 0_u32);
    for _ in 0..take.count()? {
        let (lines, bytes, words) = (take.number()?, take.number()?, take.number()?);
        let piece = Piece {
            first_line: line,
            last_line: line.checked_add(lines)?,
            start: byte,
            end: byte.checked_add(bytes)?,
            words,
        };
        (line, byte) = (piece.last_line.checked_add(1)?, piece.end);
        let mut bigrams = Bigrams::default();
        for word in &mut bigrams.0 {
            *word = u64::from_le_bytes(take.bytes(8)?.try_into().ok()?);
        }
        entry.chunks.push(piece);
        entry.bigrams.push(bigrams);
    }
    (line == entry.lines).then_some(())
}

fn take_postings(take: &mut Take<'_>, entry: &mut Entry) -> Option<()> {
    let count = take.count()?;
    let mut chunk = 0_u32;
    for _ in 0..count {
        let head = take.number()?;
        chunk = chunk.checked_add(head >> FLAG_BITS)?;
        let mut count_of = |flag: u32| if head & flag == 0 { Some(0) } else { take.byte() };
        let (body, comment) = (count_of(BODY)?, count_of(COMMENT)?);
        let (names, around) = (count_of(NAMES)?, count_of(AROUND)?);
        let body = if head & BODY_ONCE == 0 { body } else { 1 };
        if chunk as usize >= entry.chunks.len() {
            return None;
        }
        entry.postings.push(Posting { chunk, body, comment, names, around });
    }
    entry.ends.push(u32::try_from(entry.postings.len()).ok()?);
    Some(())
}

fn take_sections(take: &mut Take<'_>, lines: usize) -> Option<Vec<Section>> {
    let count = take.count()?;
    let mut sections: Vec<Section> = Vec::with_capacity(count);
    for at in 0..count {
        let (start, length, line) =
            (take.number()? as usize, take.number()? as usize, take.number()? as usize);
        let name = take.string()?.to_owned();
        let (kind, parent) = (take.one_of(KINDS)?, take.place()?);
        let parent = (parent != NONE).then_some(parent as usize);
        let is_nested = parent.is_none_or(|parent| parent < at);
        let is_after = sections.last().is_none_or(|before| before.lines.start <= start);
        if !is_nested || !is_after || line >= length || start + length > lines {
            return None;
        }
        sections.push(Section { lines: start..start + length, line: start + line, name, kind, parent });
    }
    Some(sections)
}

impl Entry {
    /// Whether this can have been read of a text. A digest says so too, and nobody should have to trust a cache.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let end = self.chunks.last().map_or(0, |piece| piece.end as usize);
        let lines = Lines::new(text);
        let is_at_its_line = |piece: &Piece| {
            let bytes = lines.bytes(piece.first_line as usize..piece.last_line as usize + 1);
            bytes == (piece.start as usize..piece.end as usize)
        };
        end == text.len() && lines.count() == self.lines as usize && self.chunks.iter().all(is_at_its_line)
    }
}
