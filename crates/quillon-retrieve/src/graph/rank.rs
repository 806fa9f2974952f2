//! How much of the workspace leans on each file: PageRank (Brin and Page, 1998) over the uses of names, as Aider's
//! repository map has it. A use passes rank to the files that define its name; a name that many files define, or that
//! is short and common, passes little.

use quillon_lang::ReferenceKind;

use crate::index::Index;
use crate::strings::NONE;

/// How much rank a file passes on.
const PASSED_ON: f32 = 0.85;
/// Rank has settled after so many rounds.
const ROUNDS: usize = 20;
/// A name that more files define says nothing about any of them.
const DEFINERS_MAX: usize = 8;
/// What a name of several parts says more than one of a single part.
const LONG_NAME_WEIGHT: f32 = 4.0;

/// One file leaning on another. Weights are whole numbers, so that they add up to the same in any order.
#[derive(Clone, Copy)]
struct Edge {
    from: u32,
    to: u32,
    weight: u64,
}

/// How fine weights are.
const WEIGHT_UNIT: f32 = 1024.0;

impl Index {
    pub(crate) fn rank_files(&mut self) {
        let ranks = page_rank(self.documents.len(), &self.edges());
        for (document, rank) in self.documents.iter_mut().zip(ranks) {
            document.rank = rank;
        }
    }

    fn edges(&self) -> Vec<Edge> {
        let mut definers: Vec<Vec<u32>> = vec![Vec::new(); self.vocabulary.count()];
        for (place, document) in self.living() {
            for def in document.said().definitions.iter().filter(|def| def.key != NONE) {
                let known = &mut definers[def.key as usize];
                if known.last() != Some(&place) && known.len() <= DEFINERS_MAX {
                    known.push(place);
                }
            }
        }
        let mut edges = Vec::new();
        for (from, document) in self.living() {
            let uses = &document.said().uses;
            for same in uses.chunk_by(|left, right| left.word == right.word) {
                let defined = &definers[same[0].word as usize];
                if defined.is_empty() || defined.len() > DEFINERS_MAX || defined.contains(&from) {
                    continue;
                }
                let count: u32 = same.iter().map(|used| used.count.min(100) * telling(used.kind)).sum();
                let parts = self.vocabulary.parts(same[0].word);
                let name = if parts > 1 { LONG_NAME_WEIGHT } else { 1.0 };
                let weight = name * (count as f32).sqrt() / defined.len() as f32;
                let weight = (weight * WEIGHT_UNIT) as u64;
                edges.extend(defined.iter().map(|to| Edge { from, to: *to, weight }));
            }
        }
        merged(edges)
    }
}

const fn telling(kind: ReferenceKind) -> u32 {
    match kind {
        ReferenceKind::Plain => 1,
        _ => 2,
    }
}

/// The same with one edge from each file to each other, in order.
fn merged(mut edges: Vec<Edge>) -> Vec<Edge> {
    edges.sort_unstable_by_key(|edge| (edge.from, edge.to));
    edges.dedup_by(|next, kept| {
        let is_same = (next.from, next.to) == (kept.from, kept.to);
        if is_same {
            kept.weight += next.weight;
        }
        is_same
    });
    edges
}

/// The rank of each file; the average is one.
fn page_rank(count: usize, edges: &[Edge]) -> Vec<f32> {
    let mut given = vec![0_u64; count];
    for edge in edges {
        given[edge.from as usize] += edge.weight;
    }
    let shares: Vec<f32> =
        edges.iter().map(|edge| edge.weight as f32 / given[edge.from as usize].max(1) as f32).collect();
    let mut ranks = vec![1.0_f32; count];
    for _ in 0..ROUNDS {
        let idle: f32 =
            ranks.iter().zip(&given).filter(|(_, given)| **given == 0).map(|(rank, _)| rank).sum();
        let spread = 1.0 - PASSED_ON + PASSED_ON * idle / count.max(1) as f32;
        let mut next = vec![spread; count];
        for (edge, share) in edges.iter().zip(&shares) {
            next[edge.to as usize] += PASSED_ON * share * ranks[edge.from as usize];
        }
        ranks = next;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_is_neither_made_nor_lost() {
        let edge = |from, to| Edge { from, to, weight: 1 };
        let ranks = page_rank(4, &[edge(0, 1), edge(2, 1), edge(3, 0), edge(1, 0)]);
        assert!((ranks.iter().sum::<f32>() - 4.0).abs() < 0.01, "{ranks:?}");
        assert!(
            ranks[0] > ranks[2] && ranks[1] > ranks[2] && (ranks[2] - ranks[3]).abs() < 1e-6,
            "{ranks:?}"
        );
        assert_eq!(page_rank(0, &[]), Vec::<f32>::new());
    }
}
