//! Changes to files, as a difference.
//!
//! An edit carries the text that comes in, and the text that goes only where that is to be shown; elsewhere what is
//! replaced is named by its place.

use anstyle::Style;
use quillon_base::TextRange;
use quillon_contract::event::{FileChange, Patch, TextEdit};
use quillon_text::terminal_safe;

use crate::look::{Palette, paint};
use crate::width::one_line;

/// A patch: its summary, then each file.
pub(crate) fn patch(patch: &Patch, palette: &Palette) -> String {
    let mut text = format!("{}\n", paint(palette.heading, one_line(&patch.summary)));
    for (path, change) in &patch.files {
        let path = one_line(path);
        let (before, after) = match change {
            FileChange::Edit { .. } => (format!("a/{path}"), format!("b/{path}")),
            FileChange::Create { .. } => ("/dev/null".to_owned(), format!("b/{path}")),
            FileChange::Remove { .. } => (format!("a/{path}"), "/dev/null".to_owned()),
        };
        text.push_str(&format!("{}\n", paint(palette.removed, format!("--- {before}"))));
        text.push_str(&format!("{}\n", paint(palette.added, format!("+++ {after}"))));
        match change {
            FileChange::Edit { edits, .. } if edits.iter().any(|edit| !edit.before.is_empty()) => {
                text.push_str(&unified(edits, palette));
            }
            FileChange::Edit { edits, .. } => text.extend(edits.iter().map(|edit| edit_lines(edit, palette))),
            FileChange::Create { text: content } => text.push_str(&added(content, palette)),
            FileChange::Remove { .. } => {
                text.push_str(&format!("{}\n", paint(palette.quiet, "@@ removed @@")))
            }
        }
    }
    text
}

/// Edits of whole lines that carry what goes, as other tools write a difference without context.
fn unified(edits: &[TextEdit], palette: &Palette) -> String {
    let mut text = String::new();
    let mut shift = 0i64;
    for edit in edits {
        let (gone, come) = (edit.before.lines().count() as i64, edit.text.lines().count() as i64);
        let line = i64::from(edit.range.start.line);
        // Of nothing, the line before it is named.
        let start = |line: i64, count: i64| if count == 0 { line } else { line + 1 };
        let from = start(line, gone);
        let to = start(line + shift, come);
        text.push_str(&format!("{}\n", paint(palette.quiet, format!("@@ -{from},{gone} +{to},{come} @@"))));
        text.push_str(&signed('-', &edit.before, palette.removed));
        text.push_str(&signed('+', &edit.text, palette.added));
        shift += come - gone;
    }
    text
}

fn signed(sign: char, content: &str, style: Style) -> String {
    let safe = terminal_safe(content);
    safe.lines().map(|line| format!("{}\n", paint(style, format!("{sign}{line}")))).collect()
}

fn edit_lines(edit: &TextEdit, palette: &Palette) -> String {
    let what = match (edit.range.start == edit.range.end, edit.text.is_empty()) {
        (true, _) => "insert at",
        (false, true) => "delete",
        (false, false) => "replace",
    };
    let head = format!("@@ {what} {} @@", range_text(edit.range));
    format!("{}\n{}", paint(palette.quiet, head), added(&edit.text, palette))
}

/// Whole lines as lines, anything else as `line:column`, from 1.
fn range_text(range: TextRange) -> String {
    let (start, end) = (range.start, range.end);
    let (first, last) = (start.line.saturating_add(1), end.line);
    if start.character == 0 && end.character == 0 && last >= first {
        return if first == last { format!("line {first}") } else { format!("lines {first}-{last}") };
    }
    let place =
        |line: u32, character: u32| format!("{}:{}", line.saturating_add(1), character.saturating_add(1));
    let from = place(start.line, start.character);
    if start == end { from } else { format!("{from}-{}", place(end.line, end.character)) }
}

fn added(content: &str, palette: &Palette) -> String {
    signed('+', content, palette.added)
}
