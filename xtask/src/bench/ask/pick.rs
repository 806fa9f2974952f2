//! Which commits are questions: a rule that looks at no text but the subject, and chooses nothing by hand.
//!
//! The rule: no merge; 1 to 8 files were changed and the parent has one of them; the subject has at least four words
//! once numbers of issues are taken out, and none that says that it is about a release, a version, a typo or another
//! commit. Of those [`PER_REPOSITORY`], spread evenly over the history. `commits.tsv` is what the rule named when it was
//! made; later histories give others, which is why ids are kept and not the rule's result.

use super::gold::without_numbers;
use super::repository::{Commit, Repositories};
use crate::failure::Failure;

/// How many commits of a repository are questions.
const PER_REPOSITORY: usize = 8;
/// A commit that changed more is about many things.
const FILES_MAX: usize = 8;
/// A subject with fewer words says too little.
const WORDS_MIN: usize = 4;
/// How words begin that say that a commit is about no place in the code.
const NOT_QUESTIONS: &[&str] = &["bump", "changelog", "merge", "release", "revert", "typo", "version"];

/// The commits of a repository that the rule names, the newest first.
pub(super) fn commits(repositories: &Repositories, name: &str) -> Result<Vec<String>, Failure> {
    let history = repositories.history(name, "HEAD", None)?;
    let eligible: Vec<Commit> = history.into_iter().filter(is_eligible).collect();
    Ok(spread(&eligible, PER_REPOSITORY).map(|commit| commit.id.clone()).collect())
}

fn is_eligible(commit: &Commit) -> bool {
    let subject = without_numbers(&commit.subject).to_lowercase();
    let is_about_none = |word: &str| NOT_QUESTIONS.iter().any(|start| word.starts_with(start));
    (1..=FILES_MAX).contains(&commit.changes.len())
        && commit.changes.iter().any(|change| change.was_there)
        && subject.split_whitespace().count() >= WORDS_MIN
        && !subject.split(|c: char| !c.is_alphanumeric()).any(is_about_none)
}

/// The middles of `count` equal parts.
fn spread<T>(items: &[T], count: usize) -> impl Iterator<Item = &T> {
    let count = count.min(items.len());
    (0..count).filter_map(move |part| items.get((2 * part + 1) * items.len() / (2 * count)))
}

#[cfg(test)]
mod tests {
    use super::super::repository::Change;
    use super::*;

    #[test]
    fn the_rule_looks_at_the_subject_and_at_how_much_was_changed() {
        let check = |subject: &str, files: usize, was_there: bool, expected: bool| {
            let change = |_| Change { path: "a.rs".into(), was_there };
            let changes = (0..files).map(change).collect();
            let commit = Commit { id: String::new(), subject: subject.into(), changes };
            assert_eq!(is_eligible(&commit), expected, "{subject}");
        };
        check("open the depot late", 1, true, true);
        check("open the depot late (#12)", 8, true, true);
        check("open the depot (#12)", 1, true, false);
        check("open the depot late", 9, true, false);
        check("open the depot late", 0, true, false);
        check("open the depot late", 1, false, false);
        check("Fix some typos in documentation", 1, true, false);
        check("[maven-release-plugin] prepare for next", 1, true, false);
    }

    #[test]
    fn what_is_taken_lies_evenly() {
        let items: Vec<usize> = (0..100).collect();
        assert_eq!(spread(&items, 4).copied().collect::<Vec<_>>(), [12, 37, 62, 87]);
        assert_eq!(spread(&items[..2], 4).copied().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(spread::<u8>(&[], 4).count(), 0);
    }
}
