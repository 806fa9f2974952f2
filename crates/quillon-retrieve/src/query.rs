//! What a question asks for: its words, the names and files it mentions, and what kind of answer it wants.

use quillon_base::LineRange;
use quillon_text::{is_stop_word, stem, subwords};

use crate::asking::{kind_weight, languages, wanted};
use crate::mentions::{Mentions, push};
use crate::word::words;

/// How much of a question is read, in bytes. The rest of a pasted log says the same again.
pub const QUESTION_BYTES_MAX: usize = 16 * 1024;
/// The most words of a question that count. They are told apart by the bits of one number.
pub const TERMS_MAX: usize = 48;
/// How much a word counts that was not asked itself but handed over with the question.
const GIVEN_WEIGHT: f32 = 0.3;
/// How much a word counts that says more about the asking than about what is asked.
const WEAK_WEIGHT: f32 = 0.2;

/// What kind of answer a question wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// Anything that fits.
    Anything,
    /// Where something is.
    Place,
    /// How something works.
    Working,
    /// How to do something with the project.
    Instructions,
    /// What the project is.
    Overview,
    /// Who uses something.
    Uses,
    /// Tests.
    Tests,
    /// Documentation.
    Documentation,
    /// Settings.
    Configuration,
}

/// A word of a question that says what is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The word as it was written, in lower case.
    pub word: String,
    /// Its stem.
    pub stem: String,
    /// How much it counts, from 0 to 1.
    pub weight: f32,
}

/// A name as code writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What it is said to be in: `foo` of `foo::bar`.
    pub within: Option<String>,
    /// The name itself.
    pub name: String,
}

/// A file that is mentioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMention {
    /// The path or the end of one, as it was written.
    pub path: String,
    /// The lines, where they are mentioned too.
    pub lines: Option<LineRange>,
}

/// A question, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The words that say what is asked, in order, each once.
    pub terms: Vec<Term>,
    /// What stands in quotation marks.
    pub phrases: Vec<String>,
    /// Names of code.
    pub names: Vec<Name>,
    /// Files and folders.
    pub files: Vec<FileMention>,
    /// What kind of answer is wanted.
    pub wanted: Wanted,
    /// The languages that are named, as Markdown fences name them.
    pub languages: Vec<&'static str>,
}

impl Query {
    /// Takes a question apart. Any text is a question.
    #[must_use]
    pub fn parse(question: &str) -> Self {
        let question = &question[..question.floor_char_boundary(QUESTION_BYTES_MAX)];
        let mentions = Mentions::of(question);
        let is_named = !mentions.names.is_empty() || !mentions.files.is_empty();
        let wanted = wanted(question, is_named);
        let terms = terms(question, wanted, &mentions);
        let Mentions { phrases, names, files, .. } = mentions;
        Self { terms, phrases, names, files, wanted, languages: languages(question) }
    }

    /// Takes in what was handed over with the question, such as a log or what was asked before. The places that it names
    /// count like those of the question; its words count less, and not at all once there are [`TERMS_MAX`].
    #[must_use]
    pub fn given(mut self, text: &str) -> Self {
        let given = Self::parse(text);
        for term in given.terms {
            add(&mut self.terms, &term.word, term.weight * GIVEN_WEIGHT);
        }
        for file in given.files {
            push(&mut self.files, file);
        }
        self
    }

    /// Takes in a name of code that the question is about without saying it.
    #[must_use]
    pub fn about(mut self, name: &str) -> Self {
        for part in subwords(name) {
            add(&mut self.terms, &part, 1.0);
        }
        push(&mut self.names, Name { within: None, name: name.to_owned() });
        self
    }
}

/// Words of asking, beside the stop words, sorted: they count little beside others. Where there are no others they are
/// what is asked, since only the order of what is found means something.
const WEAK: &[&str] = &[
    "actually",
    "anywhere",
    "called",
    "calls",
    "class",
    "code",
    "codebase",
    "come",
    "comes",
    "currently",
    "declare",
    "declared",
    "define",
    "defined",
    "defines",
    "definition",
    "describe",
    "detail",
    "details",
    "different",
    "each",
    "every",
    "exactly",
    "example",
    "file",
    "files",
    "folder",
    "function",
    "functions",
    "general",
    "handle",
    "handled",
    "handles",
    "happen",
    "happens",
    "implement",
    "implementation",
    "implemented",
    "implements",
    "inside",
    "itself",
    "kind",
    "like",
    "line",
    "list",
    "live",
    "lives",
    "located",
    "location",
    "logic",
    "look",
    "made",
    "main",
    "make",
    "makes",
    "mean",
    "means",
    "mechanism",
    "method",
    "methods",
    "module",
    "need",
    "new",
    "not",
    "one",
    "only",
    "out",
    "part",
    "place",
    "point",
    "project",
    "really",
    "repo",
    "repository",
    "responsible",
    "same",
    "see",
    "set",
    "struct",
    "support",
    "supported",
    "take",
    "takes",
    "thing",
    "things",
    "try",
    "type",
    "types",
    "use",
    "used",
    "uses",
    "using",
    "want",
    "way",
    "work",
    "working",
    "works",
];

fn terms(question: &str, wanted: Wanted, mentions: &Mentions) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for (start, word) in words(question) {
        let parts = subwords(word);
        let is_plain = parts.len() == 1;
        for part in &parts {
            if part.len() == 1 || (is_plain && is_stop_word(part)) {
                continue;
            }
            let is_weak = is_plain && WEAK.binary_search(&part.as_str()).is_ok();
            let weight = if is_weak || mentions.is_in_file(start) { WEAK_WEIGHT } else { 1.0 };
            let weight = if is_plain { weight.min(kind_weight(part, wanted)) } else { weight };
            add(&mut terms, part, weight);
        }
    }
    // A name may be a stop word or a single letter, and counts all the same.
    for part in mentions.names.iter().flat_map(|name| subwords(&name.name)) {
        add(&mut terms, &part, 1.0);
    }
    terms
}

fn add(terms: &mut Vec<Term>, word: &str, weight: f32) {
    let stem = stem(word);
    if let Some(known) = terms.iter_mut().find(|term| term.stem == stem) {
        known.weight = known.weight.max(weight);
    } else if terms.len() < TERMS_MAX {
        terms.push(Term { word: word.to_owned(), stem, weight });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words that count in full, what is mentioned, and languages.
    fn check(question: &str, expected: &str) {
        let query = Query::parse(question);
        let strong = query.terms.iter().filter(|term| term.weight == 1.0);
        let mut found = vec![strong.map(|term| term.word.as_str()).collect::<Vec<_>>().join(" ")];
        found.extend(query.phrases.iter().map(|phrase| format!("\"{phrase}\"")));
        found.extend(query.names.iter().map(|name| match &name.within {
            Some(within) => format!("{within}.{}", name.name),
            None => name.name.clone(),
        }));
        found.extend(query.files.iter().map(|file| match file.lines {
            Some(lines) => format!("@{}:{}-{}", file.path, lines.first, lines.last),
            None => format!("@{}", file.path),
        }));
        found.extend(query.languages.iter().map(|language| format!("in {language}")));
        assert_eq!(found.join(", "), expected, "{question}");
    }

    #[test]
    fn finds_the_words_that_say_what_is_asked() {
        check("where is the retry policy?", "retry policy");
        check("How does graceful shutdown work", "graceful shutdown");
        check("which tests cover the retry policy", "cover retry policy");
        check("where is it used?", "");
        check("explain JSON and HTTP", "json http");
        check("再試行の方針", "再試 試行 行の の方 方針");
        check("", "");
    }

    #[test]
    fn finds_names_and_phrases() {
        check("what does `chunk` do", "chunk, chunk");
        check("fooBar and FOO_BAR and foo()", "foo bar, fooBar, FOO_BAR, foo");
        check("a.b->run_it(x)!", "run it, b.run_it");
        check("who calls Journey::travel", "journey travel, Journey.travel");
        check("why \"connection reset by peer\"?", "connection reset peer, \"connection reset by peer\"");
        check("explain __init__", "init, __init__");
        check("what is `as_str`", "as str, as_str");
        check("does node.js and/or e.g. Deno work", "node js deno");
    }

    #[test]
    fn finds_files_and_lines() {
        check("see src/x.rs:120-140.", ", @src/x.rs:120-140");
        check("panicked at src/main.rs:12:5:", "panicked, @src/main.rs:12-12");
        check("what is in crates/foo/ and Makefile?", ", @crates/foo, @Makefile");
        check("https://example.org/a.html", "https org html");
        check("(lib.rs#L3)", ", @lib.rs:3-3");
        check("how does .gitignore parsing go", "parsing go, @.gitignore");
    }

    #[test]
    fn finds_languages() {
        check("how are errors raised in Python", "errors raised python, in python");
        check("let it go in there", "go");
        check("the go client and c files", "go client, in go, in c");
    }

    #[test]
    fn what_is_handed_over_counts_less() {
        let query = Query::parse("why does it fail?")
            .given("panicked at src/a.rs:7:1: no tries left")
            .about("retry_all");
        let terms: Vec<(&str, f32)> =
            query.terms.iter().map(|term| (term.word.as_str(), term.weight)).collect();
        assert_eq!(terms[0], ("fail", 1.0));
        assert!(terms.contains(&("tries", GIVEN_WEIGHT)), "{terms:?}");
        assert!(terms.contains(&("retry", 1.0)), "{terms:?}");
        assert_eq!(query.files[0].path, "src/a.rs");
        assert_eq!(query.names[0].name, "retry_all");
    }

    #[test]
    fn weak_words_are_sorted() {
        assert!(WEAK.windows(2).all(|pair| pair[0] < pair[1]));
    }

    proptest! {
        #[test]
        fn any_text_is_a_question(question in "\\PC{0,200}|[`\"“”:.#/a-z0-9()-]{0,60}") {
            let query = Query::parse(&question);
            prop_assert!(query.terms.len() <= TERMS_MAX);
            prop_assert_eq!(&query, &Query::parse(&question));
        }
    }
}
