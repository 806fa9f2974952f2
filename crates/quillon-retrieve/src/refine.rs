//! Second look: a chunk read again with the question in hand, to see how near its words stand to one another, whether a
//! name is made of them, and which lines matter.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::definition::is_lead;
use crate::excerpt::{Marked, excerpt};
use crate::index::{Index, Stored};
use crate::matching::Matching;
use crate::names::Named;
use crate::outline::{Section, chain};
use crate::prior::tests_weight;
use crate::query::{Query, Wanted};
use crate::rank::{Candidate, Ranked};
use crate::syntax::{Kind, syntax_of};
use crate::word::words;

/// Words of the question that follow one another count when they stand no further apart than this.
const NEAR_WORDS: u32 = 4;
/// Any words of the question count, less, when they stand no further apart than this.
const NEARBY_WORDS: u32 = 10;
const NEAR_WEIGHT: f32 = 0.5;
const NEARBY_WEIGHT: f32 = 0.2;
/// What it counts that one definition or section holds many of the words.
const SECTION_WEIGHT: f32 = 0.5;
/// What it counts that a definition is named by the words.
const NAME_WEIGHT: f32 = 0.8;
/// How much of that counts for what lies within the definition.
const AROUND_NAME_SHARE: f32 = 0.7;
/// What a phrase counts that was asked for in quotation marks.
const PHRASE_WEIGHT: f32 = 2.0;
/// What is left of a chunk that does not hold it.
const WITHOUT_PHRASE: f32 = 0.5;

/// What is left of a definition for one who asks where it is used.
const DEFINITION_LEFT: f32 = 0.4;

/// A chunk after the second look.
pub(crate) struct Looked {
    pub(crate) chunk: u32,
    pub(crate) score: f32,
    /// The lines that matter, of the document, from 0.
    pub(crate) lines: Range<usize>,
    /// The section that they are in, by its place in the document.
    pub(crate) section: Option<usize>,
    pub(crate) defines: Option<String>,
}

pub(crate) struct Refiner<'a> {
    index: &'a Index,
    matching: &'a Matching,
    ranked: &'a Ranked,
    named: &'a FxHashMap<u32, Named>,
    wanted: Wanted,
    /// Phrases in lower case.
    phrases: Vec<String>,
}

impl<'a> Refiner<'a> {
    pub(crate) fn new(
        index: &'a Index,
        query: &Query,
        matching: &'a Matching,
        ranked: &'a Ranked,
        named: &'a FxHashMap<u32, Named>,
    ) -> Self {
        let phrases = query.phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
        Self { index, matching, ranked, named, wanted: query.wanted, phrases }
    }

    /// Looks into a chunk.
    pub(crate) fn look(&self, candidate: Candidate) -> Looked {
        let document = self.index.document_of(candidate.chunk);
        let range = self.index.lines_of(candidate.chunk);
        let read = self.read(candidate.chunk, document);
        let named = self.named.get(&candidate.chunk);
        let definition = named.and_then(|named| named.definition.clone());
        let sections = self.index.sections_of(document);
        let best = self.best_section(
            sections,
            &range,
            &read.marks,
            definition.as_ref().map(|(line, _)| *line as usize),
        );
        let marked = Marked { range: range.clone(), marks: &read.marks, worth: &|bits| self.worth(bits) };
        let lines = excerpt(&marked, best.section.map(|at| &sections[at]), best.whole);
        let bonus = NEAR_WEIGHT * read.near
            + NEARBY_WEIGHT * read.nearby
            + SECTION_WEIGHT * best.coverage
            + NAME_WEIGHT * best.name;
        let phrase = match (self.phrases.is_empty(), read.phrases) {
            (true, _) => 1.0,
            (false, 0) => WITHOUT_PHRASE,
            (false, found) => 1.0 + PHRASE_WEIGHT * found as f32 / self.phrases.len() as f32,
        };
        let part =
            if in_tests(sections, best.section) { tests_weight(self.wanted, document.role) } else { 1.0 };
        let use_only =
            if self.wanted == Wanted::Uses && definition.is_some() { DEFINITION_LEFT } else { 1.0 };
        Looked {
            chunk: candidate.chunk,
            score: candidate.score * (1.0 + bonus) * phrase * part * use_only,
            section: if best.whole { section_at(sections, lines.start) } else { best.section },
            lines,
            defines: definition.map(|(_, name)| name),
        }
    }

    /// What the needles with these bits are worth, of all needles.
    fn worth(&self, bits: u64) -> f32 {
        let worth = &self.ranked.worth;
        let sum: f32 =
            (0..worth.len()).filter(|place| bits >> place & 1 == 1).map(|place| worth[place]).sum();
        sum / self.ranked.worth_total
    }

    /// Reads the lines of a chunk: the needles that each line holds, and how near they stand.
    fn read(&self, chunk: u32, document: &Stored) -> Read {
        let text = self.index.text_of(chunk);
        let syntax = syntax_of(document.language.map(|language| language.fence));
        let mut nearness = Nearness::new(self.ranked.worth.len());
        let mut marks = Vec::new();
        let mut phrases = 0;
        for line in text.split_inclusive('\n') {
            let mut bits = 0;
            for (_, word) in words(line) {
                let answered = self.index.vocabulary.id(word).and_then(|id| self.matching.answers.get(&id));
                let answered = answered.copied().unwrap_or_default();
                nearness.take(answered);
                bits |= answered;
            }
            let lead = syntax.is_some_and(|syntax| is_lead(line.trim(), syntax));
            let quoted = self.phrases.iter().filter(|phrase| line.to_lowercase().contains(*phrase)).count();
            phrases += quoted;
            marks.push(Mark { bits, lead, quoted: quoted > 0 });
        }
        let worth = |place: usize| self.ranked.worth[place] / self.ranked.worth_total;
        let near = (1..self.ranked.worth.len()).filter(|place| nearness.near[*place]);
        let nearby = (0..self.ranked.worth.len()).filter(|place| nearness.nearby[*place]);
        Read {
            near: near.map(|place| (worth(place - 1) + worth(place)) / 2.0).sum(),
            nearby: nearby.map(worth).sum(),
            phrases: phrases.min(self.phrases.len()),
            marks,
        }
    }

    /// The section of a chunk that speaks most to the question.
    fn best_section(
        &self,
        sections: &[Section],
        range: &Range<usize>,
        marks: &[Mark],
        definition: Option<usize>,
    ) -> Best {
        let bits_of = |lines: &Range<usize>| {
            let (from, to) =
                (lines.start.max(range.start) - range.start, lines.end.min(range.end) - range.start);
            marks[from..to.max(from)].iter().fold(0, |bits, mark| bits | mark.bits)
        };
        let whole = self.worth(bits_of(range));
        let mut best = Best { section: None, coverage: 0.0, name: 0.0, whole: true };
        let mut best_value = whole - 0.25 - range.len() as f32 * 0.003;
        for at in overlapping(sections, range) {
            let section = &sections[at];
            let coverage = self.worth(bits_of(&section.lines));
            let own_name = self.name_score(&section.name);
            // What lies in `impl RetryPolicy` is named by it too, though less.
            let around = chain(sections, at).into_iter().filter(|around| *around != at);
            let around = around.map(|around| self.name_score(&sections[around].name)).fold(0.0, f32::max);
            let name = own_name.max(around * AROUND_NAME_SHARE);
            let asked = if definition == Some(section.line) { 10.0 } else { 0.0 };
            let value = coverage + name + asked - section.lines.len().min(range.len()) as f32 * 0.003;
            if value >= best_value {
                best_value = value;
                best = Best { section: Some(at), coverage, name, whole: false };
            }
            best.name = best.name.max(name);
        }
        if best.section.is_none() {
            best.section = overlapping(sections, range).first().copied();
            best.coverage = whole;
        }
        best
    }

    /// How much of the question is in a name, and of the name in the question.
    fn name_score(&self, name: &str) -> f32 {
        let (mut bits, mut parts) = (0_u64, 0_u32);
        for (_, word) in words(name) {
            let Some(id) = self.index.vocabulary.id(word) else {
                continue;
            };
            parts += u32::from(self.index.vocabulary.parts(id));
            bits |= self.matching.answers.get(&id).copied().unwrap_or_default();
        }
        self.worth(bits) * (bits.count_ones() as f32 / parts.max(1) as f32).min(1.0)
    }
}

/// What a line holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    /// The needles on it.
    pub(crate) bits: u64,
    /// Whether it is a comment or an attribute.
    pub(crate) lead: bool,
    /// Whether a phrase stands on it.
    pub(crate) quoted: bool,
}

struct Read {
    marks: Vec<Mark>,
    near: f32,
    nearby: f32,
    phrases: usize,
}

struct Best {
    section: Option<usize>,
    coverage: f32,
    name: f32,
    /// Whether no single section speaks for the chunk.
    whole: bool,
}

/// The sections that share lines with a range, outermost first.
fn overlapping(sections: &[Section], range: &Range<usize>) -> Vec<usize> {
    let from = sections.partition_point(|section| section.lines.start < range.start);
    let around = from.checked_sub(1).map(|last| chain(sections, last)).unwrap_or_default();
    let around = around.into_iter().filter(|at| sections[*at].lines.end > range.start);
    let to = sections.partition_point(|section| section.lines.start < range.end);
    around.chain(from..to).collect()
}

/// The innermost section that holds a line.
fn section_at(sections: &[Section], line: usize) -> Option<usize> {
    let before = sections.partition_point(|section| section.lines.start <= line).checked_sub(1)?;
    chain(sections, before).into_iter().rev().find(|at| sections[*at].lines.contains(&line))
}

/// Whether a section is in a module of tests, as Rust has them beside the code.
fn in_tests(sections: &[Section], section: Option<usize>) -> bool {
    let is_tests = |at: usize| {
        sections[at].kind == Kind::Module && matches!(sections[at].name.as_str(), "test" | "tests")
    };
    section.is_some_and(|at| chain(sections, at).into_iter().any(is_tests))
}

/// Which needles stand near one another.
struct Nearness {
    place: u32,
    last: Vec<Option<u32>>,
    near: Vec<bool>,
    nearby: Vec<bool>,
}

impl Nearness {
    fn new(count: usize) -> Self {
        Self { place: 0, last: vec![None; count], near: vec![false; count], nearby: vec![false; count] }
    }

    /// Takes the next word with the needles that it answers.
    fn take(&mut self, bits: u64) {
        self.place += 1;
        if bits == 0 {
            return;
        }
        for needle in 0..self.last.len() {
            if bits >> needle & 1 == 1 {
                self.last[needle] = Some(self.place);
            }
        }
        for needle in (0..self.last.len()).filter(|needle| bits >> needle & 1 == 1) {
            let within = |other: usize, most: u32| {
                self.last.get(other).copied().flatten().is_some_and(|last| self.place - last <= most)
            };
            let before = needle > 0 && within(needle - 1, NEAR_WORDS);
            let after = within(needle + 1, NEAR_WORDS);
            let others =
                (0..self.last.len()).filter(|other| *other != needle && within(*other, NEARBY_WORDS));
            let others: Vec<usize> = others.collect();
            self.near[needle] |= before;
            if after {
                self.near[needle + 1] = true;
            }
            if !others.is_empty() {
                self.nearby[needle] = true;
                for other in others {
                    self.nearby[other] = true;
                }
            }
        }
    }
}
