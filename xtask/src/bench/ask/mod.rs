//! How well, and how fast, files are found that answer a question: ours, a search for the question's words, and BM25.
//!
//! A commit is a question that nobody made up for us: its subject says in words what the files that it changed are
//! about. `commits.tsv` names commits by a rule (`pick.rs`), before anything was measured on them; the tree of the parent
//! is indexed, the subject is asked, and the files that the commit changed and the parent has are the answer. `hand.tsv`
//! holds questions as people ask them, with their files; `hand_seen.tsv` more of them, on the repositories whose
//! histories the weights of the index were set with, so they say less. All three ways get the same trees and words in
//! the same run. Repositories are clones in one folder, each named `owner+name`; nothing is fetched.

mod gold;
mod pick;
mod repository;
mod rivals;
mod score;
mod speed;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use self::gold::Question;
use self::repository::Repositories;
use self::rivals::Rivals;
use self::score::{Score, commits_table, hand_table};
use super::Bench;
use super::table::Table;
use crate::failure::{Context, Failure};

/// Measures, or, where that was asked for, only names commits by the rule.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    let options = bench.options;
    let folder = options.repositories.as_deref().ok_or_else(|| {
        Failure::new("`bench ask` needs `--repositories FOLDER`, a folder of clones named `owner+name`")
    })?;
    let repositories = Repositories::new(bench.root, folder);
    if !options.pick.is_empty() {
        for name in &options.pick {
            pick::commits(&repositories, name)?.iter().for_each(|id| println!("{name}\t{id}"));
        }
        return Ok(Vec::new());
    }
    let mut sets = gold::own()?;
    if let Some(file) = &options.questions {
        let text = fs::read_to_string(file).context(|| format!("cannot read `{}`", file.display()))?;
        sets = vec![gold::read(&file.display().to_string(), &text)?];
    }
    let rivals = Rivals::prepare(bench.root)?;
    let mut tables = Vec::new();
    let mut figures = Vec::new();
    for set in &sets {
        let questions = gold::questions(&repositories, set)?;
        let scores = scores(&repositories, &rivals, &questions)?;
        figures
            .push(json!({"set": set.name, "scores": scores.iter().map(Score::to_json).collect::<Vec<_>>()}));
        tables.push(if set.is_of_commits() { commits_table(set, &scores) } else { hand_table(set, &scores) });
    }
    if options.questions.is_none() {
        let asked = gold::texts(&repositories, &sets)?;
        let (table, speeds) = speed::measure(&repositories, &rivals, &asked)?;
        figures.push(json!({"set": "speed", "figures": speeds}));
        tables.push(table);
    }
    if let Some(file) = &options.json {
        write_json(file, &Value::Array(figures))?;
    }
    Ok(tables)
}

/// Asks every question of every way, a tree at a time.
fn scores(
    repositories: &Repositories,
    rivals: &Rivals,
    questions: &[Question],
) -> Result<Vec<Score>, Failure> {
    let mut by_tree: BTreeMap<(&str, &str), Vec<&Question>> = BTreeMap::new();
    for question in questions {
        by_tree.entry((&question.repository, &question.tree)).or_default().push(question);
    }
    let mut scores = Vec::new();
    for ((repository, tree), questions) in by_tree {
        let folder = repositories.tree(repository, tree)?;
        let texts: Vec<&str> = questions.iter().map(|question| question.text.as_str()).collect();
        let ranked = rivals.rank(&folder, &texts)?;
        for (at, question) in questions.into_iter().enumerate() {
            scores.push(Score::of(question, ranked.each_ref().map(|way| way[at].as_slice())));
        }
    }
    Ok(scores)
}

fn write_json(file: &Path, figures: &Value) -> Result<(), Failure> {
    fs::write(file, format!("{figures:#}\n")).context(|| format!("cannot write `{}`", file.display()))
}
