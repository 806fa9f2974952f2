//! How good a list of files is: how many of the answering files stand in its first five and ten, and how early the first.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::gold::{Question, Set};
use super::rivals::WAYS;
use crate::bench::table::Table;

/// What one way made of one question.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Marks {
    /// The share of the answering files that stand in the first five.
    recall_5: f64,
    recall_10: f64,
    /// One over the place of the first, or nothing.
    reciprocal: f64,
    /// Whether one stands in the first five.
    hit_5: f64,
}

/// What all ways made of one question.
pub(super) struct Score {
    repository: String,
    text: String,
    gold: Vec<String>,
    ours: Vec<String>,
    marks: [Marks; 3],
}

impl Score {
    pub(super) fn of(question: &Question, ranked: [&[String]; 3]) -> Self {
        Self {
            repository: question.repository.clone(),
            text: question.text.clone(),
            gold: question.gold.clone(),
            ours: ranked[0].iter().take(5).cloned().collect(),
            marks: ranked.map(|files| marks(&question.gold, files)),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let of = |marks: &Marks| json!({"recall_5": marks.recall_5, "recall_10": marks.recall_10, "reciprocal_rank": marks.reciprocal, "hit_5": marks.hit_5});
        let ways: BTreeMap<&str, Value> = WAYS.into_iter().zip(self.marks.iter().map(of)).collect();
        json!({"repository": self.repository, "question": self.text, "gold": self.gold, "first_five": self.ours, "ways": ways})
    }
}

fn marks(gold: &[String], files: &[String]) -> Marks {
    let fits =
        |wanted: &str, path: &str| path == wanted || (wanted.ends_with('/') && path.starts_with(wanted));
    let recall = |most: usize| {
        let first = &files[..files.len().min(most)];
        let found = gold.iter().filter(|wanted| first.iter().any(|path| fits(wanted, path)));
        found.count() as f64 / gold.len().max(1) as f64
    };
    let first = files.iter().position(|path| gold.iter().any(|wanted| fits(wanted, path)));
    Marks {
        recall_5: recall(5),
        recall_10: recall(10),
        reciprocal: first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
        hit_5: f64::from(u8::from(first.is_some_and(|at| at < 5))),
    }
}

/// The mean over questions, of each way.
fn mean(scores: &[&Score]) -> [Marks; 3] {
    let count = scores.len().max(1) as f64;
    std::array::from_fn(|way| {
        let of =
            |mark: fn(&Marks) -> f64| scores.iter().map(|score| mark(&score.marks[way])).sum::<f64>() / count;
        Marks {
            recall_5: of(|marks| marks.recall_5),
            recall_10: of(|marks| marks.recall_10),
            reciprocal: of(|marks| marks.reciprocal),
            hit_5: of(|marks| marks.hit_5),
        }
    })
}

/// Recall and rank by repository; at the end of all, and ours over each other way.
pub(super) fn commits_table(set: &Set, scores: &[Score]) -> Table {
    let mut columns = vec![String::new(), "questions".to_owned()];
    columns.extend(WAYS.iter().flat_map(|way| ["R@5", "R@10", "MRR"].map(|mark| format!("{way} {mark}"))));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(format!("{}: {} questions", set.name, scores.len()), &columns);
    let figures = |name: &str, of: &[&Score]| {
        let mut cells = vec![name.to_owned(), of.len().to_string()];
        let means = mean(of);
        let shown = |marks: &Marks| {
            [marks.recall_5, marks.recall_10, marks.reciprocal].map(|mark| format!("{mark:.3}"))
        };
        cells.extend(means.iter().flat_map(shown));
        cells
    };
    for (repository, of) in by_repository(scores) {
        table.row(&figures(repository, &of));
    }
    let all: Vec<&Score> = scores.iter().collect();
    table.row(&figures("all", &all));
    let means = mean(&all);
    let over = |mark: fn(&Marks) -> f64, way: usize| format!("{:.2}", mark(&means[0]) / mark(&means[way]));
    let mut ratios = vec!["quillon over it".to_owned(), String::new()];
    for way in 0..WAYS.len() {
        ratios.extend([over(|m| m.recall_5, way), over(|m| m.recall_10, way), over(|m| m.reciprocal, way)]);
    }
    table.row(&ratios);
    table
}

/// How many questions have an answering file in the first five, by repository.
pub(super) fn hand_table(set: &Set, scores: &[Score]) -> Table {
    let columns = ["", "questions", "quillon hit@5", "ripgrep hit@5", "BM25 hit@5", "quillon MRR"];
    let mut table = Table::new(format!("{}: {} questions", set.name, scores.len()), &columns);
    let mut row = |name: &str, of: &[&Score]| {
        let means = mean(of);
        let mut cells = vec![name.to_owned(), of.len().to_string()];
        cells.extend(means.iter().map(|marks| format!("{:.3}", marks.hit_5)));
        cells.push(format!("{:.3}", means[0].reciprocal));
        table.row(&cells);
    };
    for (repository, of) in by_repository(scores) {
        row(repository, &of);
    }
    row("all", &scores.iter().collect::<Vec<_>>());
    table
}

fn by_repository(scores: &[Score]) -> BTreeMap<&str, Vec<&Score>> {
    let mut by: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    for score in scores {
        by.entry(&score.repository).or_default().push(score);
    }
    by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_marked_by_how_early_they_stand() {
        let check = |gold: &[&str], files: &[&str], expected: [f64; 4]| {
            let owned = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
            let marks = marks(&owned(gold), &owned(files));
            assert_eq!(
                [marks.recall_5, marks.recall_10, marks.reciprocal, marks.hit_5],
                expected,
                "{files:?}"
            );
        };
        check(&["a"], &["a", "b"], [1.0, 1.0, 1.0, 1.0]);
        check(&["a", "z"], &["b", "a"], [0.5, 0.5, 0.5, 1.0]);
        check(&["a"], &["1", "2", "3", "4", "5", "6", "7", "a"], [0.0, 1.0, 0.125, 0.0]);
        check(&["src/"], &["other", "src/a"], [1.0, 1.0, 0.5, 1.0]);
        check(&["a"], &[], [0.0; 4]);
    }

    #[test]
    fn all_ways_stand_in_one_row() {
        let question = |gold: &str| Question {
            repository: "a/b".into(),
            tree: String::new(),
            text: String::new(),
            gold: vec![gold.into()],
        };
        let files = ["a".to_owned(), "b".to_owned()];
        let scores = [
            Score::of(&question("a"), [&files, &files, &[]]),
            Score::of(&question("b"), [&files, &[], &files]),
        ];
        let set = crate::bench::ask::gold::read("some", "a/b\t1\n").unwrap();
        let table = commits_table(&set, &scores).to_string();
        let cells: Vec<&str> = table.lines().nth(2).unwrap().split_whitespace().collect();
        assert_eq!(
            cells,
            ["a/b", "2", "1.000", "1.000", "0.750", "0.500", "0.500", "0.500", "0.500", "0.500", "0.250"]
        );
        let last: Vec<&str> = table.lines().last().unwrap().split_whitespace().rev().take(3).collect();
        assert_eq!(last, ["3.00", "2.00", "2.00"], "what is twice as good is twice as good");
    }
}
