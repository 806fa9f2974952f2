//! Why an error appears: the places of a trace that lie in the workspace, the line that failed, where the message's own
//! words stand, and who changed the place last.

use quillon_base::{Fault, LineRange};
use quillon_contract::event::Reference;
use quillon_retrieve::Definition;
use quillon_workspace::Role;

use super::history::{self, History};
use super::scene::{Scene, at, qualified};
use super::trace::{Frame, Trace};
use crate::answer::{Answer, code, counted};

/// The most places that are named.
const PLACES_MAX: usize = 8;
/// How many lines are shown above and below the place that failed.
const LINES_AROUND: u32 = 6;
/// How many are shown around the others.
const LINES_AROUND_OTHERS: u32 = 2;
/// The most other places that are shown.
const OTHERS_SHOWN_MAX: usize = 2;
/// The most messages that are told.
const MESSAGES_MAX: usize = 4;
/// A message is told up to this, in bytes.
const MESSAGE_BYTES_MAX: usize = 300;
/// The most pieces of a message that are looked for.
const PIECES_MAX: usize = 16;
/// The fewest letters of a piece that is looked for.
const PIECE_BYTES_MIN: usize = 10;
/// The most text that is looked through for a message, in bytes.
const LOOKED_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// The most commits that are told.
const COMMITS_MAX: usize = 3;

/// Parts of paths that belong to nobody's workspace: those that begin with `/` anywhere, the others at the start. Every
/// Go project has folders called `internal`, and every one of Maven's a `java`.
const ELSEWHERE: &[&str] = &[
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/.cargo/",
    "/rustc/",
    "/usr/lib/",
    "/usr/include/",
    "/usr/local/lib/",
    "/usr/local/go/",
    "/go/pkg/mod/",
    "/vendor/bundle/",
    "/gems/",
    "node:",
    "internal/",
    "java/",
    "javax/",
    "jdk/",
    "sun/",
    "<frozen",
];

/// A place of a trace that lies in the workspace.
struct Own<'a> {
    path: &'a str,
    frame: &'a Frame,
    within: Option<Definition<'a>>,
    /// Whether the file still has the line.
    is_there: bool,
}

/// Tells why an error appears.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn say(scene: &Scene<'_>, answer: &mut Answer<'_>, trace: &Trace) -> Result<(), Fault> {
    let own = own(scene, trace);
    let raised = message_place(scene, trace, &own);
    let mut text = opening(trace, &own);
    if let Some((path, line, piece)) = &raised {
        text += &format!("\nThe message's words {} stand at {}.\n", code(piece), at(path, *line));
    }
    text += &way(scene, trace, &own);
    if let Some(first) = own.first() {
        answer.subject = first.within.as_ref().map(|found| found.name.to_owned());
        text += &changes(scene, first.path).await?;
    }
    answer.text(text + "\n").await?;
    let mut shown: Vec<(&str, u32)> = Vec::new();
    for (place, Own { path, frame, .. }) in own.iter().enumerate().take(OTHERS_SHOWN_MAX + 1) {
        let around = if place == 0 { LINES_AROUND } else { LINES_AROUND_OTHERS };
        show(scene, answer, (path, frame.line, around), "the error names it").await?;
        shown.push((path, frame.line));
    }
    if let Some((path, line, _)) = raised
        && !shown.contains(&(path, line))
    {
        show(scene, answer, (path, line, LINES_AROUND_OTHERS), "it holds the message's words").await?;
    }
    Ok(())
}

async fn show(
    scene: &Scene<'_>,
    answer: &mut Answer<'_>,
    (path, line, around): (&str, u32, u32),
    why: &str,
) -> Result<(), Fault> {
    let lines = LineRange { first: line.saturating_sub(around).max(1), last: line.saturating_add(around) };
    let heading = scene.index().definition_at(path, line).as_ref().map(qualified);
    scene.show(answer, (path, lines), heading, why).await
}

fn opening(trace: &Trace, own: &[Own<'_>]) -> String {
    let message =
        trace.messages.first().map(|message| code(&quillon_text::shorten(message, MESSAGE_BYTES_MAX)));
    let what = message.unwrap_or_else(|| format!("The {} error", trace.tool));
    let Some(first) = own.first() else {
        let places = counted(trace.frames.len(), "place");
        let names: Vec<String> =
            trace.frames.iter().take(3).map(|frame| at(&frame.path, frame.line)).collect();
        return format!(
            "{what} names {places}, and none of them is in this workspace (looked for {}).\n",
            names.join(", ")
        );
    };
    let function = first.within.as_ref().map(qualified).or_else(|| first.frame.function.clone());
    let function = function.map(|name| format!(" in {}", code(&name))).unwrap_or_default();
    let mut text = format!("{what} comes from {}{function}.\n", at(first.path, first.frame.line));
    for message in trace.messages.iter().skip(1).take(MESSAGES_MAX) {
        text += &format!("- with {}\n", code(&quillon_text::shorten(message, MESSAGE_BYTES_MAX)));
    }
    text
}

/// The way that the work took through the workspace, innermost first.
fn way(scene: &Scene<'_>, trace: &Trace, own: &[Own<'_>]) -> String {
    let others = trace.frames.len() - own.len();
    if own.is_empty() || (own.len() == 1 && others == 0 && own[0].is_there) {
        return String::new();
    }
    let mut text = String::from("\nThe places in this workspace, innermost first:\n\n");
    for Own { path, frame, within, is_there } in own.iter().take(PLACES_MAX) {
        let name =
            within.as_ref().map(|found| format!(" in {}", code(&qualified(found)))).unwrap_or_default();
        let line = quillon_text::shorten(scene.line(path, frame.line), 100);
        let said = match (is_there, line.is_empty()) {
            (false, _) => "the file has fewer lines now, so it changed since".to_owned(),
            (true, true) => String::new(),
            (true, false) => code(&line),
        };
        let colon = if said.is_empty() { "" } else { ": " };
        text += &format!("- {}{name}{colon}{said}\n", at(path, frame.line));
    }
    let more = own.len().saturating_sub(PLACES_MAX);
    if more > 0 {
        text += &format!("- and {more} more\n");
    }
    if others > 0 {
        let more =
            if others == 1 { "1 more place lies".to_owned() } else { format!("{others} more places lie") };
        text += &format!("\n{more} outside, in libraries or the runtime.\n");
    }
    text
}

/// The last commits that touched the place, where there is a repository.
async fn changes(scene: &Scene<'_>, path: &str) -> Result<String, Fault> {
    if !history::is_here(scene.passage).await? {
        return Ok(String::new());
    }
    let History::Of(commits) = history::recent(scene.passage, &[path.to_owned()], COMMITS_MAX).await? else {
        return Ok(String::new());
    };
    let mut text = format!("\nThe last commits that touched {}:\n\n", code(path));
    for history::Commit { id, day, author, subject, .. } in &commits {
        text += &format!("- {} {day} {author}: {}\n", code(id), code(subject));
    }
    Ok(text)
}

/// The places of a trace that lie in the workspace, in its order.
fn own<'a>(scene: &Scene<'a>, trace: &'a Trace) -> Vec<Own<'a>> {
    let mut found: Vec<Own<'a>> = Vec::new();
    for frame in &trace.frames {
        let Some(path) = resolve(scene.index().paths(), &frame.path) else { continue };
        if found.iter().any(|known| known.path == path && known.frame.line == frame.line) {
            continue;
        }
        let lines = scene.index().text(path).map_or(0, |text| text.lines().count());
        let is_there = frame.line as usize <= lines.max(1);
        let within = scene.index().definition_at(path, frame.line);
        found.push(Own { path, frame, within, is_there });
    }
    found
}

/// The file of the workspace that a trace means. A path from another machine ends in the workspace's own; a shorter one
/// ends a file's path, if only one.
fn resolve<'a>(paths: impl Iterator<Item = &'a str>, named: &str) -> Option<&'a str> {
    let named = named.strip_prefix("file://").unwrap_or(named);
    let rooted = format!("/{named}");
    let is_elsewhere = ELSEWHERE
        .iter()
        .any(|part| if part.starts_with('/') { rooted.contains(part) } else { named.starts_with(part) });
    let mut short = named;
    while let Some(rest) = short.strip_prefix("./").or_else(|| short.strip_prefix("../")) {
        short = rest;
    }
    let is_absolute = named.starts_with('/') || named.get(1..3) == Some(":/");
    let ends = |whole: &str, end: &str| {
        whole == end || whole.strip_suffix(end).is_some_and(|rest| rest.ends_with('/'))
    };
    let (mut best, mut ending): (Option<&str>, Vec<&str>) = (None, Vec::new());
    for path in paths {
        if path == short {
            return Some(path);
        }
        if is_elsewhere {
            continue;
        }
        // The longest path counts: `/srv/app/web/depot.py` is `web/depot.py` before it is `depot.py`.
        if ends(short, path) && best.is_none_or(|best| best.len() < path.len()) {
            best = Some(path);
        }
        if !is_absolute && ends(path, short) {
            ending.push(path);
        }
    }
    best.or_else(|| (ending.len() == 1).then(|| ending[0]))
}

/// Where words of the message stand in the workspace, other than at the places that the trace names.
fn message_place<'a>(scene: &Scene<'a>, trace: &Trace, own: &[Own<'_>]) -> Option<(&'a str, u32, String)> {
    let pieces = pieces(trace.messages.first()?);
    // A message that is said where it was raised need not be looked for.
    if let Some(first) = own.first() {
        let around = LineRange {
            first: first.frame.line.saturating_sub(LINES_AROUND).max(1),
            last: first.frame.line + LINES_AROUND,
        };
        let shown = scene.lines(first.path, around, None);
        if let Some(Reference::Passage { text, .. }) = shown
            && pieces.iter().any(|piece| text.contains(piece.as_str()))
        {
            return None;
        }
    }
    let mut looked = 0;
    for piece in pieces {
        let finder = memchr::memmem::Finder::new(piece.as_bytes());
        for path in scene.index().paths() {
            let is_said_in = matches!(scene.index().role(path), Some(Role::Source | Role::Configuration));
            let Some(text) = scene.index().text(path).filter(|_| is_said_in) else { continue };
            looked += text.len();
            if looked > LOOKED_BYTES_MAX {
                return None;
            }
            let Some(byte) = finder.find(text.as_bytes()) else { continue };
            let line = u32::try_from(text[..byte].matches('\n').count() + 1).unwrap_or(u32::MAX);
            let is_known = own.iter().any(|known| known.path == path && known.frame.line == line);
            return (!is_known).then_some((path, line, piece));
        }
    }
    None
}

/// Pieces of a message that may stand in code, the longest first: runs of words without what was filled in.
fn pieces(message: &str) -> Vec<String> {
    let filled_in = |c: char| c.is_ascii_digit() || "'\"`’‘“”{}[]()<>/\\".contains(c);
    let runs = message.split(filled_in).flat_map(|run| run.split(": "));
    let mut found: Vec<String> = Vec::new();
    for run in runs {
        let words: Vec<&str> = run.split_whitespace().collect();
        // Without the word at either end, which may have been filled in.
        for (from, to) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let Some(end) = words.len().checked_sub(to) else { continue };
            let piece = words.get(from..end).unwrap_or_default().join(" ");
            let piece = piece.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
            if piece.len() >= PIECE_BYTES_MIN && piece.contains(' ') && !found.contains(&piece) {
                found.push(piece);
            }
        }
    }
    found.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    found.truncate(PIECES_MAX);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_traces_are_found_again() {
        let paths = [
            "depot.py",
            "src/main.rs",
            "web/depot.py",
            "a/util.js",
            "b/util.js",
            "app/com/x/Queue.java",
            "internal/d.go",
        ];
        let check = |named: &str, expected: Option<&str>| {
            assert_eq!(resolve(paths.into_iter(), named), expected, "{named}");
        };
        check("src/main.rs", Some("src/main.rs"));
        check("./src/main.rs", Some("src/main.rs"));
        check("/srv/app/web/depot.py", Some("web/depot.py"));
        check("/srv/app/depot.py", Some("depot.py"));
        check("C:/app/src/main.rs", Some("src/main.rs"));
        check("com/x/Queue.java", Some("app/com/x/Queue.java"));
        check("java/util/Queue.java", None);
        check("/srv/app/internal/d.go", Some("internal/d.go"));
        check("/srv/src/main/java/app/com/x/Queue.java", Some("app/com/x/Queue.java"));
        check("node_modules/x/a/util.js", None);
        check("util.js", None);
        check("main.rs", Some("src/main.rs"));
        check("/usr/lib/python3.11/web/depot.py", None);
        check("/srv/app/node_modules/x/a/util.js", None);
        check("node:internal/main", None);
        check("", None);
    }

    #[test]
    fn pieces_of_a_message_leave_out_what_was_filled_in() {
        let check = |message: &str, expected: &[&str]| assert_eq!(pieces(message), expected, "{message}");
        check(
            "ValueError: no depot called north",
            &["no depot called north", "depot called north", "no depot called", "depot called"],
        );
        check("index 7 is out of range", &["is out of range", "out of range"]);
        check("x", &[]);
    }
}
