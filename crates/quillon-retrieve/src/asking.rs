//! How people ask: what kind of answer the words of a question want, and in which language.

use quillon_workspace::language_of;

use crate::query::Wanted;
use crate::word::words;

const TESTS: &[&str] = &["test", "tests", "tested", "testing", "unittest", "unittests"];
const DOCUMENTATION: &[&str] =
    &["docs", "documentation", "documented", "guide", "manual", "readme", "tutorial"];
const CONFIGURATION: &[&str] = &[
    "config",
    "configs",
    "configuration",
    "configurations",
    "configure",
    "configured",
    "dependencies",
    "dependency",
    "setting",
    "settings",
];
const USES: &[&str] = &["calls", "imports", "invokes", "references", "uses"];
const USED: &[&str] = &["called", "callers", "imported", "invoked", "referenced", "usages", "used"];
const DOERS: &[&[&str]] = &[
    &["how", "to"],
    &["how", "do", "i"],
    &["how", "do", "we"],
    &["how", "do", "you"],
    &["how", "can", "i"],
    &["how", "should", "i"],
];
/// What one who asks for the whole says, in pairs of a verb and a noun that stand near each other.
const WHOLE_VERBS: &[&str] = &[
    "about",
    "architecture",
    "describe",
    "do",
    "does",
    "explain",
    "is",
    "overview",
    "purpose",
    "structured",
    "summarise",
    "summarize",
];
const WHOLE_NOUNS: &[&str] = &[
    "app",
    "application",
    "code",
    "codebase",
    "lib",
    "library",
    "package",
    "program",
    "project",
    "repo",
    "repository",
    "tool",
];
/// Words that point at the whole before one of those nouns.
const WHOLE_POINTERS: &[&str] = &["the", "this"];

/// How much a word counts, in a question of this kind, that says what kind it is. The role of a file says it too; but
/// code that reads settings often speaks of them.
pub(crate) fn kind_weight(word: &str, wanted: Wanted) -> f32 {
    match wanted {
        Wanted::Tests if TESTS.contains(&word) => 0.2,
        Wanted::Documentation if DOCUMENTATION.contains(&word) => 0.2,
        Wanted::Overview if WHOLE_VERBS.contains(&word) || WHOLE_NOUNS.contains(&word) => 0.2,
        Wanted::Configuration if CONFIGURATION.contains(&word) => 0.5,
        _ => 1.0,
    }
}

/// What kind of answer a question wants; `named` when it names code or a file.
pub(crate) fn wanted(question: &str, named: bool) -> Wanted {
    let lower = question.to_lowercase();
    let asked: Vec<&str> = words(&lower).map(|(_, word)| word).collect();
    let has = |list: &[&str]| asked.iter().any(|word| list.contains(word));
    if !named && asks_for_the_whole(&asked) {
        Wanted::Overview
    } else if asks_for_uses(&asked) {
        Wanted::Uses
    } else if DOERS.iter().any(|start| asked.starts_with(start)) {
        Wanted::Instructions
    } else if has(TESTS) {
        Wanted::Tests
    } else if has(DOCUMENTATION) {
        Wanted::Documentation
    } else if has(CONFIGURATION) {
        Wanted::Configuration
    } else {
        match asked.first() {
            Some(&("where" | "which" | "find" | "locate")) => Wanted::Place,
            Some(&("how" | "why" | "explain")) => Wanted::Working,
            _ => Wanted::Anything,
        }
    }
}

/// "What is this project", "describe the architecture of this repo": the whole, and nothing beside it.
fn asks_for_the_whole(asked: &[&str]) -> bool {
    let points = |pair: &[&str]| WHOLE_POINTERS.contains(&pair[0]) && WHOLE_NOUNS.contains(&pair[1]);
    let at_whole = asked.windows(2).any(points) || asked.last() == Some(&"this");
    let says_more = |word: &&str| {
        !quillon_text::is_stop_word(word)
            && !WHOLE_VERBS.contains(word)
            && !WHOLE_NOUNS.contains(word)
            && !["level", "high", "brief", "short", "main", "quick"].contains(word)
    };
    let has_verb = asked.iter().any(|word| WHOLE_VERBS.contains(word));
    (at_whole && has_verb && !asked.iter().any(says_more)) || asked == ["getting", "started"]
}

/// "Who calls it", "where is it used", "callers of it".
fn asks_for_uses(asked: &[&str]) -> bool {
    let by_whom = matches!(asked.first(), Some(&("who" | "what")))
        && asked.get(1).is_some_and(|verb| USES.contains(verb));
    let where_used = asked.contains(&"where") && asked.iter().any(|word| USED.contains(word));
    by_whom || where_used || asked.iter().any(|word| matches!(*word, "callers" | "usages"))
}

/// The languages that a question names. A name counts after `in`, or before a word that makes it a language: "go" alone
/// is a word like any other.
pub(crate) fn languages(question: &str) -> Vec<&'static str> {
    const BESIDE: &[&str] = &["client", "code", "file", "files", "side", "sources", "version"];
    let lower = question.to_lowercase();
    let asked: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '#' | '.')))
        .map(|word| word.trim_end_matches('.'))
        .collect();
    let mut found = Vec::new();
    for (place, word) in asked.iter().enumerate() {
        let after_in = place.checked_sub(1).is_some_and(|before| asked[before] == "in");
        let beside = asked.get(place + 1).is_some_and(|after| BESIDE.contains(after));
        if let Some(language) = named_language(word).filter(|_| after_in || beside)
            && !found.contains(&language)
        {
            found.push(language);
        }
    }
    found
}

fn named_language(word: &str) -> Option<&'static str> {
    let ending = match word {
        "" | "text" | "make" => return None,
        "python" => "py",
        "rust" => "rs",
        "javascript" => "js",
        "typescript" => "ts",
        "golang" => "go",
        "c++" => "cpp",
        "c#" => "cs",
        "ruby" => "rb",
        "kotlin" => "kt",
        "markdown" => "md",
        "shell" => "sh",
        "terraform" => "tf",
        other => other,
    };
    language_of(&format!("a.{ending}")).map(|language| language.fence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expected: Wanted) {
        assert_eq!(wanted(question, question.contains('`')), expected, "{question}");
    }

    #[test]
    fn tells_what_is_wanted() {
        check("where is the retry policy?", Wanted::Place);
        check("How does graceful shutdown work", Wanted::Working);
        check("retry policy", Wanted::Anything);
        check("who calls `travel`", Wanted::Uses);
        check("where is `parse_config` used", Wanted::Uses);
        check("what uses the meter", Wanted::Uses);
        check("which tests cover the meter", Wanted::Tests);
        check("where are the log settings", Wanted::Configuration);
        check("is the meter documented", Wanted::Documentation);
        check("is there documentation of the meter", Wanted::Documentation);
        check("how do I run the tests?", Wanted::Instructions);
        check("how to install it", Wanted::Instructions);
        check("", Wanted::Anything);
    }

    #[test]
    fn tells_who_asks_for_the_whole() {
        for question in [
            "what is this project?",
            "What does this repo do?",
            "give me a high-level overview of the codebase",
            "how is this codebase structured?",
            "explain this code to me",
            "what is this?",
            "getting started",
        ] {
            check(question, Wanted::Overview);
        }
        check("how does this project handle retries?", Wanted::Working);
        check("what is the `code` field of this project", Wanted::Anything);
        check("what does this library use for logging", Wanted::Anything);
    }
}
