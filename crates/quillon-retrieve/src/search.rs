//! From a question to passages: a first look over the index ([`crate::rank`]), a second into the best chunks
//! ([`crate::refine`]), then who may speak for a file, and how often.

use quillon_base::LineRange;
use quillon_workspace::Role;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::chunk::{heading, line_range};
use crate::index::Index;
use crate::lines::Lines;
use crate::matching::{Matching, Unknown};
use crate::mention::{fits, mentioned};
use crate::names::{Named, named};
use crate::overview::overview;
use crate::prior::prior;
use crate::query::{Query, Wanted};
use crate::rank::{Candidate, Ranked, rank};
use crate::refine::{Looked, Refiner};
use crate::syntax::Kind;

/// The most hits that one search gives.
pub const HITS_MAX: usize = 100;
/// How many chunks get a second look.
const SECOND_LOOKS_MAX: usize = 200;
/// How many passages of one file there are, unless the question names the file.
const PASSAGES_PER_FILE_MAX: usize = 2;
/// What is worth less than this share of the best hit is not an answer.
const SCORE_SHARE_MIN: f32 = 0.15;
/// What is named outright is worth more than any words can be.
pub(crate) const PINNED_SCORE_MIN: f32 = 1e6;
/// How much a file counts that the question names.
const MENTIONED_WEIGHT: f32 = 4.0;

/// A passage that may answer a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit<'a> {
    /// How good it is; only the order means something.
    pub score: f32,
    /// The file.
    pub path: &'a str,
    /// The lines that matter.
    pub lines: LineRange,
    /// The definition or section that they are in.
    pub heading: Option<String>,
    /// The innermost definition that they are in.
    pub symbol: Option<&'a str>,
    /// The lines themselves.
    pub text: &'a str,
    /// The file's language, as Markdown fences name it.
    pub language: Option<&'static str>,
    /// What the file is for.
    pub role: Role,
    /// The name that was asked for and is defined here.
    pub defines: Option<String>,
}

impl Index {
    /// The passages that answer a question best, best first; of equal ones, by path and line.
    #[must_use]
    pub fn search(&self, query: &Query, limit: usize) -> Vec<Hit<'_>> {
        let search = Search::new(self, query);
        let mut looked = search.look();
        sort(self, &mut looked);
        let chosen = search.choose(looked, limit.min(HITS_MAX));
        chosen.into_iter().map(|looked| self.hit(looked)).collect()
    }

    /// The words of a question that stand nowhere in the index.
    #[must_use]
    pub fn unknown(&self, query: &Query) -> Vec<Unknown> {
        Matching::new(self, query).unknown
    }

    fn hit(&self, looked: Looked) -> Hit<'_> {
        let document = self.document_of(looked.chunk);
        let lines = Lines::new(&document.text);
        let range = trimmed(&lines, looked.lines);
        let sections = self.sections_of(document);
        let text = &document.text[lines.bytes(range.clone())];
        Hit {
            score: looked.score,
            path: &document.path,
            heading: looked.section.map(|at| heading(sections, at, &lines)),
            symbol: looked
                .section
                .map(|at| &sections[at])
                .filter(|section| section.kind != Kind::Heading)
                .map(|section| section.name.as_str()),
            text: text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text)),
            lines: line_range(&range),
            language: document.language.map(|language| language.fence),
            role: document.role,
            defines: looked.defines,
        }
    }
}

/// One search under way.
struct Search<'a> {
    index: &'a Index,
    query: &'a Query,
    /// The documents that the question names; none when it names no file.
    is_mentioned: Vec<bool>,
}

impl<'a> Search<'a> {
    fn new(index: &'a Index, query: &'a Query) -> Self {
        let named = |path: &str| query.files.iter().any(|file| fits(path, &file.path));
        let is_mentioned = match query.files.is_empty() {
            true => Vec::new(),
            false => index.documents.iter().map(|document| named(&document.path)).collect(),
        };
        Self { index, query, is_mentioned }
    }

    fn is_mentioned(&self, document: u32) -> bool {
        self.is_mentioned.get(document as usize).copied().unwrap_or(false)
    }

    /// What the question names outright, and what its words find.
    fn look(&self) -> Vec<Looked> {
        let mut looked = mentioned(self.index, self.query);
        if looked.is_empty() && self.query.wanted == Wanted::Overview {
            looked = overview(self.index);
        }
        let asks_more =
            self.query.terms.iter().any(|term| term.weight >= 1.0) && self.query.wanted != Wanted::Overview;
        if asks_more || looked.is_empty() {
            let pinned: FxHashSet<u32> = looked.iter().map(|looked| looked.chunk).collect();
            looked.extend(self.look_for().into_iter().filter(|looked| !pinned.contains(&looked.chunk)));
        }
        looked
    }

    fn look_for(&self) -> Vec<Looked> {
        let (index, query) = (self.index, self.query);
        let matching = Matching::new(index, query);
        let mut ranked = rank(index, &matching);
        let named = named(index, query);
        self.weigh(&mut ranked, &named);
        let candidates = best(index, std::mem::take(&mut ranked.candidates), SECOND_LOOKS_MAX);
        let refiner = Refiner::new(index, query, &matching, &ranked, &named);
        candidates.into_iter().map(|candidate| refiner.look(candidate)).collect()
    }

    /// Adds names and phrases, and weighs everything by what its file is.
    fn weigh(&self, ranked: &mut Ranked, named: &FxHashMap<u32, Named>) {
        let mut scores: FxHashMap<u32, f32> =
            ranked.candidates.drain(..).map(|candidate| (candidate.chunk, candidate.score)).collect();
        for (chunk, named) in named {
            *scores.entry(*chunk).or_default() += named.worth * ranked.worth_total;
        }
        for chunk in self.with_phrases() {
            *scores.entry(chunk).or_default() += ranked.worth_total.max(1.0);
        }
        let priors: Vec<f32> =
            self.index.documents.iter().map(|document| prior(self.query, document)).collect();
        let weighed = scores.into_iter().map(|(chunk, score)| {
            let document = self.index.owner(chunk);
            let mention = if self.is_mentioned(document) { MENTIONED_WEIGHT } else { 1.0 };
            Candidate { chunk, score: score * priors[document as usize] * mention }
        });
        ranked.candidates.extend(weighed);
    }

    /// The chunks that hold a phrase of the question as it stands.
    fn with_phrases(&self) -> Vec<u32> {
        let mut found = Vec::new();
        for phrase in &self.query.phrases {
            let finder = memchr::memmem::Finder::new(phrase);
            for document in &self.index.documents {
                let places = finder.find_iter(document.text.as_bytes());
                found.extend(places.filter_map(|place| Index::chunk_at(document, place)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Takes the best, but of one file only so many, and nothing that is far behind.
    fn choose(&self, looked: Vec<Looked>, limit: usize) -> Vec<Looked> {
        let is_pinned = |looked: &Looked| looked.score >= PINNED_SCORE_MIN;
        let best = looked.iter().find(|looked| !is_pinned(looked)).map_or(0.0, |best| best.score);
        let mut taken: FxHashMap<u32, usize> = FxHashMap::default();
        let is_chosen = |looked: &Looked| {
            let document = self.index.owner(looked.chunk);
            let count = taken.entry(document).or_default();
            let is_free = self.is_mentioned(document) || *count < PASSAGES_PER_FILE_MAX;
            let is_good = is_pinned(looked) || looked.score >= best * SCORE_SHARE_MIN;
            *count += usize::from(is_free && is_good);
            is_free && is_good
        };
        looked.into_iter().filter(is_chosen).take(limit).collect()
    }
}

/// Without blank lines at the ends.
fn trimmed(lines: &Lines<'_>, mut range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    while range.len() > 1 && lines.get(range.end - 1).trim().is_empty() {
        range.end -= 1;
    }
    while range.len() > 1 && lines.get(range.start).trim().is_empty() {
        range.start += 1;
    }
    range
}

/// The best of them; of equal ones those that come first by path and line.
fn best(index: &Index, mut candidates: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    let place = |candidate: &Candidate| {
        let document = index.document_of(candidate.chunk);
        (document.path.as_str(), candidate.chunk - document.chunks.start)
    };
    let order = |left: &Candidate, right: &Candidate| {
        right.score.total_cmp(&left.score).then_with(|| place(left).cmp(&place(right)))
    };
    if candidates.len() > count {
        candidates.select_nth_unstable_by(count, order);
        candidates.truncate(count);
    }
    candidates.sort_unstable_by(order);
    candidates
}

fn sort(index: &Index, looked: &mut [Looked]) {
    let place = |looked: &Looked| (index.document_of(looked.chunk).path.as_str(), looked.lines.start);
    looked.sort_by(|left, right| {
        right.score.total_cmp(&left.score).then_with(|| place(left).cmp(&place(right)))
    });
}
