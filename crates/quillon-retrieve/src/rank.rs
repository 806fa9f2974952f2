//! First look: which chunks hold the words of a question, by BM25 over weighted fields (BM25F, Robertson and Zaragoza,
//! "The Probabilistic Relevance Framework", section 3.6), with what the path and the rest of the file say.

use crate::index::Index;
use crate::matching::{Matching, Needle};
use crate::postings::Posting;
use crate::vocabulary::WordId;

/// How quickly a word that comes again stops counting.
const SATURATION: f32 = 1.8;
/// How much the length of a chunk counts.
const LENGTH_WEIGHT: f32 = 0.5;
const BODY_WEIGHT: f32 = 1.0;
const COMMENT_WEIGHT: f32 = 1.0;
const NAME_WEIGHT: f32 = 3.0;
const AROUND_WEIGHT: f32 = 0.8;
/// What a word counts more in the line that defines something.
const SIGNATURE_WEIGHT: f32 = 0.5;
/// What it counts that words follow one another as in the question.
const BIGRAM_WEIGHT: f32 = 0.15;
/// How much it counts that others lean on the file.
const RANK_WEIGHT: f32 = 0.05;
/// Rank beyond this counts no more, either way.
const RANK_DOUBLINGS_MAX: f32 = 3.0;
/// How much of a chunk's score hangs on how many of the words it holds.
const COVERAGE_WEIGHT: f32 = 0.5;
/// What a word in a file's name is worth, and one in a folder's, beside one in the text.
const FILE_NAME_WEIGHT: f32 = 1.2;
const FOLDER_WEIGHT: f32 = 0.5;
/// What a word elsewhere in the file is worth.
const FILE_WEIGHT: f32 = 0.3;

/// A chunk that may answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) chunk: u32,
    pub(crate) score: f32,
}

/// What the first look found.
pub(crate) struct Ranked {
    pub(crate) candidates: Vec<Candidate>,
    /// How telling each needle is, with its weight.
    pub(crate) worth: Vec<f32>,
    /// The sum of it.
    pub(crate) worth_total: f32,
}

pub(crate) fn rank(index: &Index, matching: &Matching) -> Ranked {
    let mut scores = Scores::new(index);
    let mut worth = Vec::with_capacity(matching.needles.len());
    for needle in &matching.needles {
        worth.push(scores.add(index, matching, needle));
    }
    let worth_total = worth.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    let paths = path_scores(index, matching);
    let candidate = |chunk: u32| {
        let at = chunk as usize;
        let document = index.owner(chunk) as usize;
        let stored = &index.documents[document];
        let coverage = scores.covered[at] / worth_total;
        let bigrams = &stored.entry.bigrams[at - stored.chunks.start as usize];
        let follow = matching.pairs.iter().zip(worth.windows(2)).filter(|(pair, _)| bigrams.may_hold(**pair));
        let follow = follow.map(|(_, worth)| f32::midpoint(worth[0], worth[1])).sum::<f32>() / worth_total;
        let leaned_on = stored.rank.log2().clamp(-RANK_DOUBLINGS_MAX, RANK_DOUBLINGS_MAX);
        let text = scores.score[at]
            * (1.0 - COVERAGE_WEIGHT + COVERAGE_WEIGHT * coverage)
            * (1.0 + BIGRAM_WEIGHT * follow)
            * (1.0 + RANK_WEIGHT * leaned_on);
        let file = scores.in_file[document] * FILE_WEIGHT;
        Candidate { chunk, score: text + file + paths[document] }
    };
    let touched = (0..index.chunk_slots() as u32).filter(|chunk| scores.score[*chunk as usize] > 0.0);
    Ranked { candidates: touched.map(candidate).collect(), worth, worth_total }
}

/// Sums over the needles, by chunk and by file.
struct Scores {
    score: Vec<f32>,
    covered: Vec<f32>,
    in_file: Vec<f32>,
    /// Of the needle at hand.
    frequency: Vec<f32>,
    touched: Vec<u32>,
    words_per_chunk: f32,
}

impl Scores {
    fn new(index: &Index) -> Self {
        let chunks = index.chunk_slots();
        Self {
            score: vec![0.0; chunks],
            covered: vec![0.0; chunks],
            in_file: vec![0.0; index.documents.len()],
            frequency: vec![0.0; chunks],
            touched: Vec::new(),
            words_per_chunk: index.words_per_chunk(),
        }
    }

    /// Adds what one needle is worth to every chunk that holds it; says how telling it is.
    fn add(&mut self, index: &Index, matching: &Matching, needle: &Needle) -> f32 {
        for (word, weight) in &needle.words {
            let weight = weight * fit(index, matching, *word);
            for (chunk, posting) in index.postings_of(*word) {
                let frequency = &mut self.frequency[chunk as usize];
                if *frequency == 0.0 {
                    self.touched.push(chunk);
                }
                *frequency += weight * weighted(posting);
            }
        }
        let worth = needle.weight * rarity(index.counts().chunks, self.touched.len());
        let mut file_before = u32::MAX;
        self.touched.sort_unstable();
        for chunk in self.touched.drain(..) {
            let at = chunk as usize;
            let frequency = std::mem::take(&mut self.frequency[at]);
            let words = index.piece(chunk).words as f32;
            let length = 1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * words / self.words_per_chunk;
            self.score[at] += worth * frequency * (SATURATION + 1.0) / (frequency + SATURATION * length);
            self.covered[at] += worth * frequency.min(1.0);
            let document = index.owner(chunk);
            if document != file_before {
                self.in_file[document as usize] += worth;
                file_before = document;
            }
        }
        worth
    }
}

fn weighted(posting: Posting) -> f32 {
    f32::from(posting.body) * BODY_WEIGHT
        + f32::from(posting.comment) * COMMENT_WEIGHT
        + f32::from(posting.name()) * NAME_WEIGHT
        + f32::from(posting.signature()) * SIGNATURE_WEIGHT
        + f32::from(posting.around) * AROUND_WEIGHT
}

/// Inverse document frequency, never negative.
fn rarity(all: usize, with: usize) -> f32 {
    let (all, with) = (all as f32, with as f32);
    ((all - with + 0.5) / (with + 0.5)).ln_1p()
}

/// How well a word fits the question by its parts: `retry` fits "retry" better than `retryAfterHeader` does, and
/// `retryPolicy` fits "retry policy" best.
fn fit(index: &Index, matching: &Matching, word: WordId) -> f32 {
    let parts = f32::from(index.vocabulary.parts(word));
    let answered = matching.answers.get(&word).map_or(1, |bits| bits.count_ones()) as f32;
    if parts <= 1.0 {
        1.0
    } else if answered <= 1.0 {
        0.5 + 0.5 / parts
    } else {
        0.8 + 0.7 * (answered / parts).min(1.0)
    }
}

/// What the path of each document is worth.
fn path_scores(index: &Index, matching: &Matching) -> Vec<f32> {
    let mut scores = vec![0.0_f32; index.documents.len()];
    let mut best: Vec<f32> = vec![0.0; index.documents.len()];
    for needle in &matching.needles {
        let mut touched = Vec::new();
        for (word, weight) in &needle.words {
            for (document, in_name) in index.on_path(*word) {
                let place = if in_name { FILE_NAME_WEIGHT } else { FOLDER_WEIGHT };
                let value = weight * place * fit(index, matching, *word);
                let known = &mut best[document as usize];
                if *known == 0.0 {
                    touched.push(document);
                }
                *known = known.max(value);
            }
        }
        let worth = needle.weight * rarity(index.counts().documents, touched.len());
        for document in touched {
            scores[document as usize] += worth * std::mem::take(&mut best[document as usize]);
        }
    }
    scores
}
