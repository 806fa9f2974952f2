//! From a question to passages: a first look over the index ([`crate::rank`]), a second into the best chunks
//! ([`crate::refine`]), then who may speak for a file, and how often.

use quillon_base::LineRange;
use quillon_workspace::Role;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::chunk::heading;
use crate::index::Index;
use crate::lines::Lines;
use crate::matching::{Matching, Unknown};
use crate::mention::mentioned;
use crate::names::{Named, named};
use crate::overview::overview;
use crate::prior::prior;
use crate::query::{Query, Wanted};
use crate::rank::{Candidate, Ranked, rank};
use crate::refine::{Looked, Refiner};

/// The most hits that one search gives.
pub const HITS_MAX: usize = 100;
/// How many chunks get a second look.
const SECOND_LOOKS_MAX: usize = 200;
/// How many passages of one file there are, unless the question names the file.
const PASSAGES_PER_FILE_MAX: usize = 2;
/// What is worth less than this share of the best hit is not an answer.
const SCORE_SHARE_MIN: f32 = 0.15;
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
        let limit = limit.min(HITS_MAX);
        let mut looked = mentioned(self, query);
        if looked.is_empty() && query.wanted == Wanted::Overview {
            looked = overview(self);
        }
        let pinned: FxHashSet<u32> = looked.iter().map(|looked| looked.chunk).collect();
        looked.extend(self.look_for(query).into_iter().filter(|looked| !pinned.contains(&looked.chunk)));
        sort(self, &mut looked);
        self.choose(query, looked, limit)
    }

    /// The words of a question that stand nowhere in the index.
    #[must_use]
    pub fn unknown(&self, query: &Query) -> Vec<Unknown> {
        Matching::new(self, query).unknown
    }

    fn look_for(&self, query: &Query) -> Vec<Looked> {
        let matching = Matching::new(self, query);
        let mut ranked = rank(self, query, &matching);
        let named = named(self, query);
        self.weigh(query, &mut ranked, &named);
        let candidates = best(std::mem::take(&mut ranked.candidates), SECOND_LOOKS_MAX);
        let refiner = Refiner::new(self, query, &matching, &ranked, &named);
        candidates.into_iter().map(|candidate| refiner.look(candidate)).collect()
    }

    /// Adds names and phrases, and weighs everything by what its file is.
    fn weigh(&self, query: &Query, ranked: &mut Ranked, named: &FxHashMap<u32, Named>) {
        let mut known: FxHashMap<u32, f32> = FxHashMap::default();
        for candidate in ranked.candidates.drain(..) {
            known.insert(candidate.chunk, candidate.score);
        }
        for (chunk, named) in named {
            *known.entry(*chunk).or_default() += named.worth * ranked.worth_total;
        }
        for chunk in self.with_phrases(query) {
            *known.entry(chunk).or_default() += ranked.worth_total.max(1.0);
        }
        let priors: Vec<f32> = self.documents.iter().map(|document| prior(query, document)).collect();
        let weighed = known.into_iter().map(|(chunk, score)| {
            let document = self.chunks[chunk as usize].document as usize;
            Candidate { chunk, score: score * priors[document] * self.mention_weight(query, document) }
        });
        ranked.candidates.extend(weighed);
    }

    fn mention_weight(&self, query: &Query, document: usize) -> f32 {
        let path = &self.documents[document].path;
        let is_mentioned = query.files.iter().any(|file| crate::mention::fits(path, &file.path));
        if is_mentioned { MENTIONED_WEIGHT } else { 1.0 }
    }

    /// The chunks that hold a phrase of the question as it stands.
    fn with_phrases(&self, query: &Query) -> Vec<u32> {
        let mut found = Vec::new();
        for phrase in &query.phrases {
            let finder = memchr::memmem::Finder::new(phrase);
            for document in &self.documents {
                for place in finder.find_iter(document.text.as_bytes()) {
                    let chunks = document.chunks.clone();
                    let after = self.chunks[chunks.start as usize..chunks.end as usize]
                        .partition_point(|piece| piece.start as usize <= place);
                    found.push(chunks.start + u32::try_from(after).unwrap_or(1).saturating_sub(1));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Takes the best, but of one file only so many, and nothing that is far behind.
    fn choose(&self, query: &Query, looked: Vec<Looked>, limit: usize) -> Vec<Hit<'_>> {
        let floor = looked.first().map_or(0.0, |best| best.score.min(1e6) * SCORE_SHARE_MIN);
        let mut taken: FxHashMap<u32, usize> = FxHashMap::default();
        let mut hits = Vec::new();
        for looked in looked.into_iter().filter(|looked| looked.score >= floor) {
            let document = self.chunks[looked.chunk as usize].document;
            let count = taken.entry(document).or_default();
            let is_named = self.mention_weight(query, document as usize) > 1.0;
            if hits.len() < limit && (is_named || *count < PASSAGES_PER_FILE_MAX) {
                *count += 1;
                hits.push(self.hit(looked));
            }
        }
        hits
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
            text: text.trim_end_matches(['\n', '\r']),
            lines: crate::chunk::line_range(&range),
            language: document.language.map(|language| language.fence),
            role: document.role,
            defines: looked.defines,
        }
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

fn best(mut candidates: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    candidates.sort_unstable_by(|left, right| {
        right.score.total_cmp(&left.score).then(left.chunk.cmp(&right.chunk))
    });
    candidates.truncate(count);
    candidates
}

fn sort(index: &Index, looked: &mut [Looked]) {
    let place = |looked: &Looked| (index.document_of(looked.chunk).path.as_str(), looked.lines.start);
    looked.sort_by(|left, right| {
        right.score.total_cmp(&left.score).then_with(|| place(left).cmp(&place(right)))
    });
}
