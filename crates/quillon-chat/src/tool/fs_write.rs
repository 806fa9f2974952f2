//! `fs_write`: makes or changes a file, after the difference was shown and approved.
//!
//! A file keeps its encoding, byte order mark and line ends, and is written only if it still is what the difference was
//! made for. An edit that finds its place otherwise than to the letter says so; one that finds two places is refused.
//! What is decided, asked about and written is where a path leads, not what it is called: a link to a file that says what
//! is allowed is that file.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode, TextRange, hex};
use quillon_contract::EffectKind;
use quillon_contract::event::{FileChange, Patch, TextEdit};
use quillon_host::Before;
use quillon_text::{LineEnd, LineIndex, NotFound, Strategy, encode_like, replace_once, shorten};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fs_read::file_path;
use super::{Act, Given, Hands, Output, Prepared, Tool, Wanted};
use crate::answer::counted;

/// The largest file that is written, in bytes.
const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Lines around a change that the model gets to see.
const LINES_AROUND: usize = 3;
/// Lines of a change that the model gets to see.
const LINES_SHOWN_MAX: usize = 40;

/// The folder, at any depth, where a repository says what is allowed. A model that could change it could free itself.
const POLICIES: &str = ".quillon";
/// The folder, at any depth, of agents, their tools and rules, which later turns obey: changing them is asked each time.
const AGENTS: &str = ".amazonq";
/// Files that later turns obey, or that say what they do not get to see, in any folder.
const OBEYED: &[&str] = &["AGENTS.md", "AmazonQ.md", ".amazonqignore"];

/// Writes.
pub(super) struct FsWrite;

#[derive(Deserialize)]
struct Arguments {
    command: Command,
    path: String,
    #[serde(default)]
    file_text: Option<String>,
    #[serde(default)]
    old_str: Option<String>,
    #[serde(default)]
    new_str: Option<String>,
    #[serde(default)]
    insert_line: Option<usize>,
    #[serde(default)]
    summary: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Command {
    Create,
    StrReplace,
    Insert,
    Append,
}

#[async_trait]
impl Tool for FsWrite {
    fn name(&self) -> &'static str {
        "fs_write"
    }

    fn description(&self) -> &'static str {
        "Make or change a text file of the workspace. `create` makes it, or replaces all of it; `str_replace` replaces \
         `old_str`, which must stand there once, by `new_str`; `insert` puts `new_str` after line `insert_line`; `append` \
         adds it at the end. Copy `old_str` from the file with enough lines around it to be the only place. The person \
         sees the difference and may refuse it."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "command": { "type": "string", "enum": ["create", "str_replace", "insert", "append"] },
                "path": { "type": "string", "description": "the file, relative to the workspace" },
                "file_text": { "type": "string", "description": "create: all of the file" },
                "old_str": { "type": "string", "description": "str_replace: what goes" },
                "new_str": { "type": "string", "description": "str_replace, insert, append: what comes" },
                "insert_line": { "type": "integer", "description": "insert: the line after which it comes; 0 is the start" },
                "summary": { "type": "string", "description": "what the change is for, in a line" }
            },
            "required": ["command", "path"]
        })
    }

    fn effects(&self) -> &'static [EffectKind] {
        &[EffectKind::ReadWorkspace, EffectKind::WriteWorkspace]
    }

    #[cfg(test)]
    fn examples(&self) -> &'static [&'static str] {
        &[
            r#"{"command":"create","path":"a.rs","file_text":"fn a() {}\n","summary":"make it"}"#,
            r#"{"command":"str_replace","path":"a.rs","old_str":"a","new_str":"b"}"#,
            r#"{"command":"insert","path":"a.rs","insert_line":0,"new_str":"//! A.\n"}"#,
        ]
    }

    async fn prepare(&self, hands: &Hands<'_>, given: &Given) -> Result<Prepared, Fault> {
        let wanted: Arguments = given.inside(self.name())?;
        let given = file_path(hands, &wanted.path)?;
        let path = hands.passage.real_path(&given).await?;
        if is_within(&path, POLICIES) {
            let message = format!("`{path}` says what is allowed here; no tool changes it");
            return Err(
                Fault::new(FaultCode::PolicyRefused, message).hint("ask the person to change it themselves")
            );
        }
        let before = match hands.passage.read_file(&path).await {
            Ok(file) => Some(file.bytes),
            Err(fault) if fault.code == FaultCode::FileMissing => None,
            Err(fault) => return Err(fault),
        };
        let change = Change::plan(&path, &wanted, before.as_deref())?;
        let named = if given == path { String::new() } else { format!(", to which `{given}` leads") };
        let summary = match &wanted.summary {
            Some(summary) => format!("{path}: {summary}"),
            None => format!("{path}: {}", change.said),
        };
        let approval = Wanted {
            question: format!("Write `{path}`{named}: {}?", change.said),
            resource: path.clone(),
            trust: (!governs(&path)).then(|| self.name().to_owned()),
        };
        let patch = change.patch(&path, &summary, before.as_deref());
        let write = Planned { path: path.clone(), before, change };
        Ok(Prepared {
            path: Some(path),
            approval: Some(approval),
            patch: Some(patch),
            ..Prepared::new(summary, write)
        })
    }
}

/// Whether later turns obey what stands in a file.
fn governs(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_within(path, AGENTS) || OBEYED.iter().any(|obeyed| name.eq_ignore_ascii_case(obeyed))
}

/// Whether a path names a folder or lies in one of that name. Not every file system tells apart the case of letters, and
/// a folder further down is the root of whoever works there.
fn is_within(path: &str, folder: &str) -> bool {
    path.split('/').any(|name| name.eq_ignore_ascii_case(folder))
}

/// What is done to a file.
#[derive(Debug)]
struct Change {
    /// The text before, as it was decoded; empty for a new file.
    old: String,
    /// What goes of it.
    range: Range<usize>,
    /// What comes.
    with: String,
    /// The whole file afterwards.
    bytes: Vec<u8>,
    /// In words.
    said: String,
}

impl Change {
    fn plan(path: &str, wanted: &Arguments, before: Option<&[u8]>) -> Result<Self, Fault> {
        let Some(before) = before else {
            return Self::new_file(path, wanted);
        };
        let decoded = quillon_text::decode(before).ok_or_else(|| {
            Fault::new(FaultCode::FileBinary, format!("`{path}` is not text"))
                .hint("change it with the program that it belongs to")
        })?;
        let old = decoded.text;
        let (range, with, said) = edit(path, wanted, &old)?;
        if old[range.clone()] == with {
            return Err(Fault::new(FaultCode::InputInvalid, format!("`{path}` would stay as it is"))
                .hint("it says so already; look at the file again before you go on"));
        }
        let text = format!("{}{with}{}", &old[..range.start], &old[range.end..]);
        let bytes = encode_like(before, &text).ok_or_else(|| {
            let message =
                format!("`{path}` is in {} and could not be written without loss", decoded.encoding);
            Fault::new(FaultCode::InputInvalid, message).hint("use only characters that its encoding has")
        })?;
        check_size(path, &bytes)?;
        Ok(Self { old, range, with, bytes, said })
    }

    fn new_file(path: &str, wanted: &Arguments) -> Result<Self, Fault> {
        let text = match wanted.command {
            Command::Create => needed(wanted.file_text.as_ref(), "create", "file_text")?,
            _ => {
                return Err(Fault::new(FaultCode::FileMissing, format!("`{path}` does not exist"))
                    .hint("look for it with `list`, or make it with the command create"));
            }
        };
        let bytes = text.as_bytes().to_vec();
        check_size(path, &bytes)?;
        let said = format!("a new file of {}", counted(text.lines().count(), "line"));
        Ok(Self { old: String::new(), range: 0..0, with: text, bytes, said })
    }

    fn patch(&self, path: &str, summary: &str, before: Option<&[u8]>) -> Patch {
        let change = match before.map(Before::of) {
            Some(Before::Sha256(sum)) => {
                let index = LineIndex::new(&self.old);
                let place = |byte| index.position_of(&self.old, byte);
                let range = TextRange { start: place(self.range.start), end: place(self.range.end) };
                let before_sha256 = hex(&sum);
                FileChange::Edit {
                    edits: vec![TextEdit { range, text: self.with.clone(), before: String::new() }],
                    before_sha256,
                }
            }
            _ => FileChange::Create { text: self.with.clone() },
        };
        Patch { summary: summary.to_owned(), files: BTreeMap::from([(path.to_owned(), change)]) }
    }

    /// The changed lines with a few around them.
    fn around(&self) -> String {
        let text = format!("{}{}{}", &self.old[..self.range.start], self.with, &self.old[self.range.end..]);
        let first = text[..self.range.start].matches('\n').count();
        let changed = self.with.lines().count().min(LINES_SHOWN_MAX);
        let from = first.saturating_sub(LINES_AROUND);
        let to = first + changed + LINES_AROUND;
        let lines = text.lines().enumerate().skip(from).take(to - from);
        lines.map(|(number, line)| format!("{}: {}\n", number + 1, shorten(line, 400))).collect()
    }
}

/// What goes, what comes, and how that is said.
fn edit(path: &str, wanted: &Arguments, old: &str) -> Result<(Range<usize>, String, String), Fault> {
    let ends = LineEnd::of(old);
    match wanted.command {
        Command::Create => {
            let text = needed(wanted.file_text.as_ref(), "create", "file_text")?;
            let text = if old.is_empty() { text } else { ends.apply(&text) };
            let (range, with) = differing(old, &text);
            let said = format!("replace the file, {} lines by {}", old.lines().count(), text.lines().count());
            Ok((range, with, said))
        }
        Command::StrReplace => {
            let gone = needed(wanted.old_str.as_ref(), "str_replace", "old_str")?;
            let new = needed(wanted.new_str.as_ref(), "str_replace", "new_str")?;
            let found = replace_once(old, &gone, &new).map_err(|why| not_found(path, &why))?;
            let first = old[..found.range.start].matches('\n').count() + 1;
            let last = first + old[found.range.clone()].trim_end_matches('\n').matches('\n').count();
            let how = match found.strategy {
                Strategy::Exact => String::new(),
                other => format!(" (found {})", other.said()),
            };
            Ok((found.range, found.with, format!("replace lines {first} to {last}{how}")))
        }
        Command::Insert => {
            let new = needed(wanted.new_str.as_ref(), "insert", "new_str")?;
            let line = wanted.insert_line.ok_or_else(|| missing("insert", "insert_line"))?;
            let starts: Vec<usize> =
                std::iter::once(0).chain(old.match_indices('\n').map(|(place, _)| place + 1)).collect();
            let count = old.lines().count();
            if line > count {
                return Err(Fault::new(
                    FaultCode::InputInvalid,
                    format!("`{path}` has {count} lines, not {line}"),
                )
                .hint("insert after a line that it has, or use append"));
            }
            let place = starts.get(line).copied().unwrap_or(old.len());
            let with = whole_lines(&ends.apply(&new), ends, place > 0 && !old[..place].ends_with('\n'));
            Ok((place..place, with, format!("insert after line {line}")))
        }
        Command::Append => {
            let new = needed(wanted.new_str.as_ref(), "append", "new_str")?;
            let with = whole_lines(&ends.apply(&new), ends, !old.is_empty() && !old.ends_with('\n'));
            Ok((old.len()..old.len(), with, "append to it".to_owned()))
        }
    }
}

/// The text as lines of their own.
fn whole_lines(text: &str, ends: LineEnd, begins_within_a_line: bool) -> String {
    let before = if begins_within_a_line { "\n" } else { "" };
    let after = if text.ends_with('\n') { "" } else { "\n" };
    ends.apply(&format!("{before}{text}{after}"))
}

/// What differs between two texts, in whole lines.
fn differing(old: &str, new: &str) -> (Range<usize>, String) {
    let same_start: usize = old
        .split_inclusive('\n')
        .zip(new.split_inclusive('\n'))
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len())
        .sum();
    let (old_rest, new_rest) = (&old[same_start..], &new[same_start..]);
    let ends = old_rest.split_inclusive('\n').rev().zip(new_rest.split_inclusive('\n').rev());
    let same_end: usize = ends.take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum();
    (same_start..old.len() - same_end, new_rest[..new_rest.len() - same_end].to_owned())
}

fn needed(value: Option<&String>, command: &str, field: &str) -> Result<String, Fault> {
    value.cloned().ok_or_else(|| missing(command, field))
}

fn missing(command: &str, field: &str) -> Fault {
    Fault::new(FaultCode::InputInvalid, format!("the command {command} needs `{field}`"))
        .hint(format!("call it again with `{field}`"))
}

fn check_size(path: &str, bytes: &[u8]) -> Result<(), Fault> {
    if bytes.len() <= FILE_BYTES_MAX {
        return Ok(());
    }
    Err(Fault::new(FaultCode::FileTooLarge, format!("`{path}` would have {} bytes", bytes.len()))
        .hint(format!("a file may have up to {FILE_BYTES_MAX}")))
}

fn not_found(path: &str, why: &NotFound) -> Fault {
    match why {
        NotFound::Empty => Fault::new(FaultCode::InputInvalid, "`old_str` is empty")
            .hint("copy the lines that are to go; use insert or append to add without replacing"),
        NotFound::Ambiguous { lines, strategy } => {
            let lines: Vec<_> = lines.iter().take(10).map(ToString::to_string).collect();
            let how =
                if *strategy == Strategy::Exact { String::new() } else { format!(" {}", strategy.said()) };
            let message =
                format!("`old_str` stands in `{path}` more than once{how}, on lines {}", lines.join(", "));
            Fault::new(FaultCode::InputInvalid, message).hint("copy more lines around the one that is meant")
        }
        NotFound::Nowhere { closest: Some(closest) } => {
            let (found, wanted) = (shorten(&closest.found, 200), shorten(&closest.wanted, 200));
            let message = format!(
                "`old_str` does not stand in `{path}`; it comes closest at line {}, where `{found}` stands instead of \
                 `{wanted}`",
                closest.line
            );
            Fault::new(FaultCode::InputInvalid, message)
                .hint("read the file again and copy what stands there")
        }
        NotFound::Nowhere { closest: None } => {
            Fault::new(FaultCode::InputInvalid, format!("`old_str` does not stand in `{path}`"))
                .hint("read the file again and copy what stands there")
        }
    }
}

/// The write that was planned.
struct Planned {
    path: String,
    before: Option<Vec<u8>>,
    change: Change,
}

#[async_trait]
impl Act for Planned {
    async fn act(self: Box<Self>, hands: &Hands<'_>) -> Result<Output, Fault> {
        let before = self.before.as_deref().map_or(Before::Absent, Before::of);
        hands.passage.write_file(&self.path, &self.change.bytes, before).await?;
        let text = format!("wrote {}: {}\n{}", self.path, self.change.said, self.change.around());
        Ok(Output { paths: vec![self.path], ..Output::text(text) })
    }
}

#[cfg(test)]
mod tests;
