//! Questions and the files that answer them, as committed: ids of commits, and questions in our own words.
//!
//! A line of a set has two columns (repository and commit, where the subject is the question and what the commit changed
//! is the answer) or four (repository, commit whose tree is asked, answering paths between `|`, question). A path that
//! ends in `/` stands for every file below it. Lines that begin with `#` are remarks.

use super::repository::Repositories;
use crate::failure::Failure;

/// The sets that are committed, by the name that tables give them.
const OWN: &[(&str, &str)] = &[
    ("subjects of commits", include_str!("commits.tsv")),
    ("where and how, by hand", include_str!("hand.tsv")),
    ("where and how, by hand, repositories that weights were set with", include_str!("hand_seen.tsv")),
];

/// A line of a set.
#[derive(Debug, PartialEq, Eq)]
enum Row {
    Commit { repository: String, id: String },
    Hand { repository: String, id: String, gold: Vec<String>, text: String },
}

/// A set of questions.
pub(super) struct Set {
    pub(super) name: String,
    rows: Vec<Row>,
}

impl Set {
    /// Whether its questions are subjects of commits.
    pub(super) fn is_of_commits(&self) -> bool {
        matches!(self.rows.first(), Some(Row::Commit { .. }))
    }
}

/// A question, the tree that it is asked of, and what answers it.
pub(super) struct Question {
    pub(super) repository: String,
    /// The id of the commit whose files are asked.
    pub(super) tree: String,
    pub(super) text: String,
    pub(super) gold: Vec<String>,
}

/// The sets that are committed.
pub(super) fn own() -> Result<Vec<Set>, Failure> {
    OWN.iter().map(|(name, text)| read(name, text)).collect()
}

/// Reads a set.
pub(super) fn read(name: &str, text: &str) -> Result<Set, Failure> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let rows = lines.map(|(at, line)| {
        row(line).ok_or_else(|| Failure(format!("{name}, line {}: neither two columns nor four", at + 1)))
    });
    Ok(Set { name: name.to_owned(), rows: rows.collect::<Result<_, _>>()? })
}

fn row(line: &str) -> Option<Row> {
    match line.split('\t').collect::<Vec<_>>()[..] {
        [repository, id] => Some(Row::Commit { repository: repository.into(), id: id.into() }),
        [repository, id, gold, text] => Some(Row::Hand {
            repository: repository.into(),
            id: id.into(),
            gold: gold.split('|').map(str::to_owned).collect(),
            text: text.into(),
        }),
        _ => None,
    }
}

/// The questions of a set, with what clones say of its commits.
pub(super) fn questions(repositories: &Repositories, set: &Set) -> Result<Vec<Question>, Failure> {
    set.rows.iter().map(|row| question(repositories, row)).collect()
}

/// The texts of all sets.
pub(super) fn texts(repositories: &Repositories, sets: &[Set]) -> Result<Vec<String>, Failure> {
    let mut texts = Vec::new();
    for set in sets {
        texts.extend(questions(repositories, set)?.into_iter().map(|question| question.text));
    }
    Ok(texts)
}

fn question(repositories: &Repositories, row: &Row) -> Result<Question, Failure> {
    match row {
        Row::Hand { repository, id, gold, text } => Ok(Question {
            repository: repository.clone(),
            tree: id.clone(),
            text: text.clone(),
            gold: gold.clone(),
        }),
        Row::Commit { repository, id } => {
            let history = repositories.history(repository, id, Some(1))?;
            let commit = history.into_iter().next().filter(|commit| commit.id == *id);
            let commit = commit.ok_or_else(|| Failure(format!("`{repository}` has no commit `{id}`")))?;
            let there = commit.changes.into_iter().filter(|change| change.was_there);
            Ok(Question {
                repository: repository.clone(),
                tree: repositories.id(repository, &format!("{id}^"))?,
                text: without_numbers(&commit.subject),
                gold: there.map(|change| change.path).collect(),
            })
        }
    }
}

/// A subject without the numbers of issues: `open the depot (#12)`, `Closes #12: open`, `GH-12 open`.
pub(super) fn without_numbers(subject: &str) -> String {
    let is_number = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
        let digits =
            bare.strip_prefix('#').or_else(|| bare.strip_prefix("GH-")).or_else(|| bare.strip_prefix("gh-"));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    subject.split_whitespace().filter(|word| !is_number(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_of_issues_say_nothing() {
        let check = |subject: &str, expected: &str| assert_eq!(without_numbers(subject), expected);
        check("open the depot (#12)", "open the depot");
        check("Fix #12: open 3 depots", "Fix open 3 depots");
        check("GH-12 open", "open");
        check("use C# and #region", "use C# and #region");
    }

    #[test]
    fn what_is_committed_is_as_much_as_it_says() {
        let sets = own().unwrap();
        let ids = |set: &Set| -> Vec<(String, String)> {
            let of = |row: &Row| match row {
                Row::Commit { repository, id } | Row::Hand { repository, id, .. } => {
                    (repository.clone(), id.clone())
                }
            };
            set.rows.iter().map(of).collect()
        };
        let commits = ids(&sets[0]);
        let repositories: BTreeSet<_> = commits.iter().map(|(repository, _)| repository).collect();
        assert!(commits.len() >= 60 && repositories.len() >= 6 && sets[0].is_of_commits());
        assert_eq!(commits.iter().collect::<BTreeSet<_>>().len(), commits.len(), "each once");
        assert!(sets[1].rows.len() >= 30 && !sets[1].is_of_commits());
        let whole = |id: &str| id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(sets.iter().flat_map(ids).all(|(_, id)| whole(&id)), "ids are whole");
    }

    #[test]
    fn a_line_that_is_neither_form_is_named() {
        let Err(Failure(message)) = read("mine", "# a remark\n\na/b\n") else {
            panic!("one column is no form")
        };
        assert_eq!(message, "mine, line 3: neither two columns nor four");
    }
}
