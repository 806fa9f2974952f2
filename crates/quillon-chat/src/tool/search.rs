//! `search`: lines that a pattern matches, and definitions by name.
//!
//! The pattern is searched with ripgrep's engine, over the bytes that the passage hands out: open buffers count before
//! the disk, ignored files do not count, and everything that was searched stands in one record.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{Searcher, SearcherBuilder, Sink, SinkContext, SinkMatch};
use quillon_base::{Fault, FaultCode};
use quillon_contract::EffectKind;
use quillon_road::Tree;
use quillon_text::shorten;
use serde::Deserialize;
use serde_json::{Value, json};

use super::list::glob;
use super::{Act, Given, Hands, Output, Prepared, Tool};
use crate::answer::{counted, place};
use crate::workspace::within;

/// The most matching lines of one file that are shown.
const LINES_PER_FILE_MAX: usize = 100;
/// The most files that are shown.
const FILES_MAX: usize = 200;
/// The most lines around a match.
const CONTEXT_LINES_MAX: usize = 20;
/// A line is shown up to this, in bytes.
const LINE_BYTES_MAX: usize = 400;
/// The largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most definitions that are shown.
const SYMBOLS_MAX: usize = 50;
/// Files that are searched before someone else gets a turn.
const FILES_PER_TURN: usize = 32;

/// Searches.
pub(super) struct Search;

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    pattern: Option<String>,
    #[serde(default)]
    symbol: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    include: Option<String>,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    output_mode: Mode,
    #[serde(default)]
    context_lines: usize,
    #[serde(default)]
    max_matches_per_file: Option<usize>,
    #[serde(default)]
    max_files: Option<usize>,
}

/// What is shown of a match.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Content,
    FilesWithMatches,
    Count,
}

#[async_trait]
impl Tool for Search {
    fn name(&self) -> &'static str {
        "search"
    }

    fn description(&self) -> &'static str {
        "Search the workspace: the lines that a regular expression matches, or definitions whose name begins with \
         `symbol`. Ignored files are left out. Use it rather than grep, rg or find in the shell."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "pattern": { "type": "string", "description": "a regular expression, matched line by line" },
                "symbol": { "type": "string", "description": "the name of a definition, or its beginning, instead of a pattern" },
                "path": { "type": "string", "description": "the file or folder; the whole workspace without it" },
                "include": { "type": "string", "description": "a glob that files must match, such as `*.rs`" },
                "case_sensitive": { "type": "boolean", "default": false },
                "output_mode": { "type": "string", "enum": ["content", "files_with_matches", "count"], "default": "content" },
                "context_lines": { "type": "integer", "description": "lines around each match", "default": 0 },
                "max_matches_per_file": { "type": "integer", "default": LINES_PER_FILE_MAX },
                "max_files": { "type": "integer", "default": FILES_MAX }
            },
            "required": []
        })
    }

    fn effects(&self) -> &'static [EffectKind] {
        &[EffectKind::ReadWorkspace]
    }

    #[cfg(test)]
    fn examples(&self) -> &'static [&'static str] {
        &[
            r#"{"pattern":"fn \\w+","include":"*.rs","case_sensitive":true,"output_mode":"count","context_lines":1}"#,
            r#"{"symbol":"Retry","path":"src","max_files":3,"max_matches_per_file":9}"#,
        ]
    }

    async fn prepare(&self, _hands: &Hands<'_>, given: &Given) -> Result<Prepared, Fault> {
        let wanted: Arguments = given.inside(self.name())?;
        let below = wanted.path.as_deref().map(|path| format!(" in {path}")).unwrap_or_default();
        match (&wanted.pattern, &wanted.symbol) {
            (Some(pattern), None) => {
                let grep = Grep::regex(pattern, &wanted)?;
                let include = wanted.include.as_deref().map(glob).transpose()?;
                let said = format!("search for `{pattern}`{below}");
                Ok(Prepared::new(said, Lines { grep, include, wanted }))
            }
            (None, Some(symbol)) => {
                let said = format!("look for the definition of `{symbol}`{below}");
                Ok(Prepared::new(said, Symbols { symbol: symbol.clone(), path: wanted.path }))
            }
            _ => Err(Fault::new(
                FaultCode::InputInvalid,
                "`search` needs a `pattern` or a `symbol`, and not both",
            )
            .hint("give one of them")),
        }
    }
}

struct Lines {
    grep: Grep,
    include: Option<globset::GlobMatcher>,
    wanted: Arguments,
}

#[async_trait]
impl Act for Lines {
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault> {
        let tree = tree(hands, self.wanted.path.as_deref()).await?;
        let is_wanted = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            self.include.as_ref().is_none_or(|glob| glob.is_match(path) || glob.is_match(name))
        };
        let (shows_lines, limit) = (self.wanted.output_mode == Mode::Content, self.files_max());
        let mut found = Vec::new();
        let (mut lines, mut searched) = (0, 0);
        for (path, text) in texts(hands, &tree).into_iter().filter(|(path, _)| is_wanted(path)) {
            searched += 1;
            if searched % FILES_PER_TURN == 0 {
                tokio::task::yield_now().await;
            }
            let text = match text {
                Text::Known(text) => Cow::Borrowed(text),
                Text::Read(bytes) => match quillon_text::decode(bytes) {
                    Some(decoded) => Cow::Owned(decoded.text),
                    None => continue,
                },
                Text::None => continue,
            };
            let (shown, count) = self.grep.file(&text)?;
            if count > 0 {
                // Of what is not shown nothing is held or learnt: a pattern may match everywhere.
                let is_shown = shows_lines && found.len() < limit;
                if is_shown {
                    hands.passage.learn_secrets(&text);
                }
                lines += count;
                found.push((path, if is_shown { shown } else { Vec::new() }, count));
            }
        }
        Ok(Output::text(self.said(&found, lines, searched)))
    }
}

impl Lines {
    /// The most files that are shown.
    fn files_max(&self) -> usize {
        self.wanted.max_files.unwrap_or(FILES_MAX).clamp(1, FILES_MAX)
    }

    fn said(&self, found: &[(&str, Vec<Line>, u64)], lines: u64, searched: usize) -> String {
        if found.is_empty() {
            return format!("nothing matches; {} searched\n", counted(searched, "file"));
        }
        let limit = self.files_max();
        let mut said = format!("matches on {lines} lines of {}\n", counted(found.len(), "file"));
        for (path, shown_lines, count) in found.iter().take(limit) {
            match self.wanted.output_mode {
                Mode::FilesWithMatches => said.push_str(&format!("{path}\n")),
                Mode::Count => said.push_str(&format!("{path}: {count}\n")),
                Mode::Content => {
                    said.push_str(&shown(path, shown_lines));
                    let more =
                        count.saturating_sub(shown_lines.iter().filter(|line| line.matches).count() as u64);
                    if more > 0 {
                        said.push_str(&format!("[{more} more in {path}]\n"));
                    }
                }
            }
        }
        if found.len() > limit {
            said.push_str(&format!("[{} more files; narrow it with path or include]\n", found.len() - limit));
        }
        said
    }
}

/// What is to be searched of a file.
enum Text<'a> {
    /// As the index has it, which the file still is.
    Known(&'a str),
    Read(&'a [u8]),
    /// It is no text.
    None,
}

/// The files of a tree by path, those that are as the turn found them out of its index.
fn texts<'a>(hands: &Hands<'a>, tree: &'a Tree) -> Vec<(&'a str, Text<'a>)> {
    let known = tree.unchanged.iter().map(|path| {
        let text = hands.workspace.index.text(path);
        (path.as_str(), text.map_or(Text::None, Text::Known))
    });
    let read = tree.files.iter().map(|file| (file.path.as_str(), Text::Read(&file.bytes)));
    let mut texts: Vec<_> = known.chain(read).collect();
    texts.sort_by_key(|(path, _)| *path);
    texts
}

/// The files below a folder, or the one file. What is as the turn found it is not read again.
async fn tree(hands: &Hands<'_>, given: Option<&str>) -> Result<Tree, Fault> {
    let path = given.map(|given| hands.passage.path_within(given)).transpose()?.flatten();
    let seen = Arc::clone(&hands.workspace.seen);
    match hands.passage.read_tree_since(path.as_deref(), seen).await {
        // What is no folder may be a file.
        Err(fault) if fault.code == FaultCode::FileUnreadable => match path {
            Some(path) => {
                let files = vec![hands.passage.read_file(&path).await?];
                Ok(Tree { files, ..Tree::default() })
            }
            None => Err(fault),
        },
        read => read,
    }
}

struct Symbols {
    symbol: String,
    path: Option<String>,
}

#[async_trait]
impl Act for Symbols {
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault> {
        let below = self.path.as_deref().map(|path| hands.passage.path_within(path)).transpose()?.flatten();
        let is_below =
            |path: &str| below.as_deref().is_none_or(|below| path == below || within(path, below).is_some());
        let all = hands.workspace.index.symbols(&self.symbol, usize::MAX);
        let found: Vec<_> = all.into_iter().filter(|symbol| is_below(symbol.path)).collect();
        if found.is_empty() {
            let said =
                format!("nothing is defined whose name begins with `{}`; try a pattern\n", self.symbol);
            return Ok(Output::text(said));
        }
        let mut said = format!("{} definitions, as of the start of this turn\n", found.len());
        for symbol in found.iter().take(SYMBOLS_MAX) {
            let place = place(symbol.path, symbol.lines);
            said.push_str(&format!("{place}: {:?} {}\n", symbol.kind, symbol.name));
        }
        if found.len() > SYMBOLS_MAX {
            said.push_str(&format!("[{} more; give more of the name]\n", found.len() - SYMBOLS_MAX));
        }
        Ok(Output::text(said))
    }
}

/// A pattern, ready to search.
pub(super) struct Grep {
    matcher: RegexMatcher,
    context_lines: usize,
    lines_max: usize,
}

/// A line to show.
#[derive(Debug)]
pub(super) struct Line {
    number: u64,
    text: String,
    matches: bool,
}

impl Grep {
    fn regex(pattern: &str, wanted: &Arguments) -> Result<Self, Fault> {
        let matcher = RegexMatcherBuilder::new()
            .case_insensitive(!wanted.case_sensitive)
            .size_limit(PATTERN_BYTES_MAX)
            .line_terminator(Some(b'\n'))
            .build(pattern)
            .map_err(|error| {
                Fault::new(FaultCode::InputInvalid, format!("`{pattern}` cannot be searched for: {error}"))
                    .hint("give a regular expression for one line; put a backslash before signs that are meant literally")
            })?;
        let lines_max =
            wanted.max_matches_per_file.unwrap_or(LINES_PER_FILE_MAX).clamp(1, LINES_PER_FILE_MAX);
        Ok(Self { matcher, context_lines: wanted.context_lines.min(CONTEXT_LINES_MAX), lines_max })
    }

    /// A text as it is, in either case.
    pub(super) fn literal(text: &str, context_lines: usize) -> Result<Self, Fault> {
        let matcher = RegexMatcherBuilder::new().case_insensitive(true).fixed_strings(true).build(text);
        let matcher = matcher.map_err(|error| {
            Fault::new(FaultCode::InputInvalid, format!("`{text}` cannot be searched for: {error}"))
        })?;
        let context_lines = context_lines.min(CONTEXT_LINES_MAX);
        Ok(Self { matcher, context_lines, lines_max: LINES_PER_FILE_MAX })
    }

    /// The lines to show of a text, and how many match in all.
    pub(super) fn file(&self, text: &str) -> Result<(Vec<Line>, u64), Fault> {
        let mut searcher = SearcherBuilder::new()
            .line_number(true)
            .before_context(self.context_lines)
            .after_context(self.context_lines)
            .build();
        let mut gathered = Gathered { lines: Vec::new(), count: 0, lines_max: self.lines_max };
        searcher
            .search_slice(&self.matcher, text.as_bytes(), &mut gathered)
            .map_err(|error| Fault::internal("a text in memory could not be searched").inner(error))?;
        Ok((gathered.lines, gathered.count))
    }
}

struct Gathered {
    lines: Vec<Line>,
    count: u64,
    lines_max: usize,
}

impl Gathered {
    fn take(&mut self, number: Option<u64>, bytes: &[u8], matches: bool) {
        if self.count as usize > self.lines_max {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let text = shorten(text.trim_end_matches(['\n', '\r']), LINE_BYTES_MAX).into_owned();
        self.lines.push(Line { number: number.unwrap_or(0), text, matches });
    }
}

impl Sink for Gathered {
    type Error = std::io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, Self::Error> {
        self.count += 1;
        self.take(found.line_number(), found.bytes(), true);
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, found: &SinkContext<'_>) -> Result<bool, Self::Error> {
        self.take(found.line_number(), found.bytes(), false);
        Ok(true)
    }
}

/// Lines as grep shows them: `path:12:match`, `path-13-beside it`.
pub(super) fn shown(path: &str, lines: &[Line]) -> String {
    let mut shown = String::new();
    let mut last = None;
    for Line { number, text, matches } in lines {
        if last.is_some_and(|last| number - last > 1) && lines.iter().any(|line| !line.matches) {
            shown.push_str("--\n");
        }
        let sign = if *matches { ':' } else { '-' };
        shown.push_str(&format!("{path}{sign}{number}{sign}{text}\n"));
        last = Some(*number);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "one\ntwo\nThree\nfour\nfive\nsix\ntwo\r\n";

    #[test]
    fn lines_are_shown_as_grep_shows_them() {
        let (lines, count) = Grep::literal("TWO", 1).unwrap().file(TEXT).unwrap();
        assert_eq!(count, 2);
        assert_eq!(shown("a", &lines), "a-1-one\na:2:two\na-3-Three\n--\na-6-six\na:7:two\n");
        let (lines, _) = Grep::literal("t", 0).unwrap().file(TEXT).unwrap();
        assert_eq!(shown("a", &lines), "a:2:two\na:3:Three\na:7:two\n");
        assert_eq!(Grep::literal("a.b", 0).unwrap().file("axb\n").unwrap().1, 0);
    }

    #[test]
    fn what_is_beyond_the_limit_is_counted() {
        let wanted: Arguments = serde_json::from_str(r#"{"max_matches_per_file":3}"#).unwrap();
        let (lines, count) = Grep::regex("^x$", &wanted).unwrap().file(&"x\n".repeat(10)).unwrap();
        assert_eq!((lines.len(), count), (3, 10));
        assert!(Grep::regex("(", &wanted).is_err());
        assert!(Grep::regex("a\\nb", &wanted).is_err(), "a pattern is for one line");
    }
}
