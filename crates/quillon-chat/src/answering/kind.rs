//! What kind of answer a question wants, by its words. Start at [`kind`].

use quillon_retrieve::{Query, Wanted};
use quillon_workspace::Does;

/// What kind of answer a question wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What the project is.
    Project,
    /// How it is built, tested or run.
    Running(Option<Does>),
    /// Who uses something.
    Uses,
    /// Which settings are read.
    Settings,
    /// Which requests are answered.
    Routes,
    /// Where it starts.
    Entries,
    /// What changed.
    Changes,
    /// How the parts hang together.
    Structure,
    /// What something is, when it is defined here; else where the words stand.
    Definition,
}

const STRUCTURE: &[&str] =
    &["diagram", "mermaid", "structure", "structured", "architecture", "organised", "organized"];
const PARTS: &[&str] = &["modules", "packages", "components", "crates", "folders", "layers", "parts"];
const RELATING: &[&str] = &[
    "depend",
    "depends",
    "dependencies",
    "hang",
    "imports",
    "import",
    "relate",
    "relations",
    "together",
    "graph",
];
const CHANGED: &[&str] = &["changed", "committed", "commits", "commit", "touched", "modified"];
const RECENT: &[&str] = &["recent", "recently", "last", "latest", "newest", "new"];
const CHANGES: &[&str] = &["change", "changes", "commit", "commits", "history", "modifications"];
const ROUTES: &[&str] = &["routes", "endpoints", "endpoint", "urls", "route"];
const LISTING: &[&str] = &["what", "which", "list", "show", "all", "where"];
const SETTINGS: &[&str] = &[
    "config",
    "configuration",
    "configurable",
    "configured",
    "env",
    "environment",
    "settings",
    "setting",
    "variables",
];
/// Verbs of running a project, and what they do.
const RUNNING: &[(&str, Option<Does>)] = &[
    ("build", Some(Does::Build)),
    ("built", Some(Does::Build)),
    ("compile", Some(Does::Build)),
    ("debug", Some(Does::Run)),
    ("execute", Some(Does::Run)),
    ("format", Some(Does::Lint)),
    ("install", Some(Does::Install)),
    ("launch", Some(Does::Run)),
    ("lint", Some(Does::Lint)),
    ("run", Some(Does::Run)),
    ("serve", Some(Does::Run)),
    ("setup", Some(Does::Install)),
    ("start", Some(Does::Run)),
    ("test", Some(Does::Test)),
    ("tested", Some(Does::Test)),
    ("tests", Some(Does::Test)),
];
/// What may stand beside those verbs without making it a question of its own.
const BESIDE_RUNNING: &[&str] = &[
    "all",
    "app",
    "application",
    "best",
    "check",
    "code",
    "codebase",
    "command",
    "commands",
    "dev",
    "developer",
    "development",
    "environment",
    "here",
    "it",
    "library",
    "local",
    "locally",
    "machine",
    "main",
    "package",
    "program",
    "project",
    "repo",
    "repository",
    "server",
    "set",
    "suite",
    "things",
    "unit",
    "up",
];

/// What kind of answer a question wants.
pub(crate) fn kind(question: &str, query: &Query, has_history: bool) -> Kind {
    let lower = question.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let names_code = !query.names.is_empty();
    if has(&["diagram", "mermaid"]) || (has(PARTS) && has(RELATING)) || (has(STRUCTURE) && !names_code) {
        return Kind::Structure;
    }
    if has_history || asks_for_changes(&words) {
        return Kind::Changes;
    }
    if query.wanted == Wanted::Uses {
        return Kind::Uses;
    }
    if !names_code {
        if asks_for_entries(&lower) {
            return Kind::Entries;
        }
        if has(ROUTES) && has(LISTING) {
            return Kind::Routes;
        }
        if let Some(does) = asks_to_run(&words, query) {
            return Kind::Running(does);
        }
    }
    if query.wanted == Wanted::Overview {
        return Kind::Project;
    }
    let about_settings = query.wanted == Wanted::Configuration || (has(SETTINGS) && has(LISTING));
    if about_settings { Kind::Settings } else { Kind::Definition }
}

/// "What changed", "who last touched it", "recent commits".
fn asks_for_changes(words: &[&str]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let asks = words.first().is_some_and(|word| ["what", "who", "when", "why"].contains(word));
    let near = words.windows(3).any(|three| {
        three.iter().any(|word| RECENT.contains(word)) && three.iter().any(|word| CHANGES.contains(word))
    });
    (asks && has(CHANGED) && !has(&["how"]) && words.len() <= 10 && !has(&["is", "are", "when"]))
        || (words.first() == Some(&"when") && has(CHANGED))
        || near
        || words.windows(2).any(|pair| pair == ["history", "of"])
        || words.starts_with(&["git", "log"])
}

fn asks_for_entries(question: &str) -> bool {
    [
        "entry point",
        "entrypoint",
        "entry points",
        "main function",
        "does it start",
        "program start",
        "starting point",
    ]
    .iter()
    .any(|part| question.contains(part))
}

/// "How do I run the tests?", "build it": what is to be done, when it is about the project as a whole.
#[expect(clippy::option_option, reason = "whether it is asked, and for what in particular")]
fn asks_to_run(words: &[&str], query: &Query) -> Option<Option<Does>> {
    let asks = query.wanted == Wanted::Instructions
        || words
            .first()
            .is_some_and(|word| ["run", "build", "test", "install", "start", "getting"].contains(word))
        || words.contains(&"command")
        || words.starts_with(&["how", "is", "it"])
        || words.starts_with(&["what", "runs"]);
    let verbs: Vec<Option<Does>> = words
        .iter()
        .filter_map(|word| RUNNING.iter().find(|(verb, _)| verb == word).map(|(_, does)| *does))
        .collect();
    let is_beside = |word: &&str| {
        quillon_text::is_stop_word(word)
            || BESIDE_RUNNING.contains(word)
            || RUNNING.iter().any(|(verb, _)| verb == word)
    };
    if !asks || verbs.is_empty() || !words.iter().all(is_beside) {
        return None;
    }
    // "Run the tests" is about tests, and "build and run" about both.
    if verbs.contains(&Some(Does::Test)) {
        return Some(Some(Does::Test));
    }
    let first = verbs[0];
    Some(if verbs.iter().all(|does| *does == first) { first } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expected: Kind) {
        assert_eq!(kind(question, &Query::parse(question), false), expected, "{question}");
    }

    #[test]
    fn questions_are_told_apart() {
        check("what is this project?", Kind::Project);
        check("what does this repo do", Kind::Project);
        check("how do I run the tests?", Kind::Running(Some(Does::Test)));
        check("how to build and run it locally", Kind::Running(None));
        check("how do I start the dev server?", Kind::Running(Some(Does::Run)));
        check("how do I install it?", Kind::Running(Some(Does::Install)));
        check("how do I run a query in a transaction?", Kind::Definition);
        check("how do I add a blueprint?", Kind::Definition);
        check("who calls may_retry?", Kind::Uses);
        check("where is `open_depot` used", Kind::Uses);
        check("which environment variables are read?", Kind::Settings);
        check("which setting changes the timeout?", Kind::Settings);
        check("what routes are there?", Kind::Routes);
        check("list the endpoints", Kind::Routes);
        check("where is the entry point?", Kind::Entries);
        check("what changed recently?", Kind::Changes);
        check("who changed src/retry.rs?", Kind::Changes);
        check("show me the last commits", Kind::Changes);
        check("history of the depot", Kind::Changes);
        check("how do the modules depend on each other?", Kind::Structure);
        check("draw a diagram of the callers of may_retry", Kind::Structure);
        check("how is this codebase structured?", Kind::Structure);
        check("where is the retry limit?", Kind::Definition);
        check("how does routing work?", Kind::Definition);
        check("what happens when a file is changed?", Kind::Definition);
        check("再試行の方針はどこですか", Kind::Definition);
        check("", Kind::Definition);
    }
}
