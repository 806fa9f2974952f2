//! Fixes: which are worth offering, what they look like, and writing them.
//!
//! Every fix is tried before it is shown: the changed text is read and scanned again, and the finding has to be gone, with
//! nothing new. What is written is tried once more as a whole, is written only over what was scanned, and keeps the
//! file's encoding and line ends. Start at [`offered`] and [`written`].

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use quillon_base::{FaultCode, TextRange, hex};
use quillon_contract::event::{FileChange, Notice, Patch, TextEdit};
use quillon_contract::{Event, Fault};
use quillon_detect::{Counts, Edit, Finding as Found, Scanner, Text};
use quillon_host::Before;
use quillon_road::Passage;
use quillon_text::LineIndex;
use tokio::sync::oneshot::channel;

use crate::scope::{File, Scope};

/// The fixes of one review that are tried.
pub(crate) const TRIED_MAX: usize = 2_000;
/// The most fixes that are tried at the same time.
const THREADS_MAX: usize = 8;
/// The fixes of one file that are tried one by one when they do not go together.
const TRIED_PER_FILE_MAX: usize = 200;

/// What fixes are tried with.
pub(crate) struct Bench<'b> {
    pub(crate) scanner: &'b Scanner,
    pub(crate) scope: &'b Scope,
    /// What the scan found, all of it.
    pub(crate) counts: &'b Counts,
    /// Whether nobody waits any more.
    is_stopped: &'b (dyn Fn() -> bool + Sync),
}

/// Tries fixes off the runtime, for each is a scan, and gives back what they were tried on and with.
///
/// # Errors
/// `internal` where the work fell over.
pub(crate) async fn off_thread<T: Send + 'static>(
    (scope, scanner, counts): (Scope, Scanner, Counts),
    work: impl FnOnce(&Bench<'_>) -> T + Send + 'static,
) -> Result<(T, Scope, Scanner), Fault> {
    // When this future is dropped because the ask was stopped, the channel closes, and the work stops too.
    let (alive, _waits) = channel::<()>();
    let tried = tokio::task::spawn_blocking(move || {
        let is_stopped = || alive.is_closed();
        let bench = Bench { scanner: &scanner, scope: &scope, counts: &counts, is_stopped: &is_stopped };
        let done = work(&bench);
        (done, scope, scanner)
    });
    tried.await.map_err(|error| Fault::internal("reviewing stopped").inner(error))
}

/// The marks of findings whose fix holds, by itself.
pub(crate) fn offered(bench: &Bench<'_>, findings: &[&Found]) -> BTreeSet<String> {
    let with_fix: Vec<&Found> =
        findings.iter().copied().filter(|found| !found.fix.is_empty()).take(TRIED_MAX).collect();
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
    let share = with_fix.len().div_ceil(threads).max(1);
    let holds = |found: &&&Found| bench.tried(&found.spot.path, &[found]).is_some();
    let marks = |found: &[&Found]| -> Vec<String> {
        found.iter().filter(holds).map(|found| found.fingerprint.clone()).collect()
    };
    std::thread::scope(|scope| {
        let work: Vec<_> = with_fix.chunks(share).map(|found| scope.spawn(move || marks(found))).collect();
        // A thread that fell over offers nothing.
        work.into_iter().flat_map(|work| work.join().unwrap_or_default()).collect()
    })
}

impl Bench<'_> {
    /// What the fixes of some findings make of their file, where they hold together.
    fn tried(&self, path: &str, findings: &[&Found]) -> Option<String> {
        if (self.is_stopped)() {
            return None;
        }
        self.scanner.mended(&around(self.scope, findings), path, findings, Some(self.counts)).ok()
    }
}

/// What some fixes make of one file, and which of them.
pub(crate) struct Mended {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) findings: Vec<Found>,
}

/// What the fixes of some findings make of their files: all of them where they go together, else as many as do.
pub(crate) fn together(bench: &Bench<'_>, findings: &[&Found]) -> Vec<Mended> {
    let mut by_file: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for found in findings {
        by_file.entry(&found.spot.path).or_default().push(found);
    }
    by_file.into_iter().filter_map(|(path, findings)| in_file(bench, path, findings)).collect()
}

fn in_file(bench: &Bench<'_>, path: &str, all: Vec<&Found>) -> Option<Mended> {
    let tried = |findings: &[&Found]| bench.tried(path, findings);
    let mended = |text: String, findings: Vec<&Found>| Mended {
        path: path.to_owned(),
        text,
        findings: findings.into_iter().cloned().collect(),
    };
    if let Some(text) = tried(&all) {
        return Some(mended(text, all));
    }
    let mut kept: Vec<&Found> = Vec::new();
    let mut text = None;
    for found in all.into_iter().take(TRIED_PER_FILE_MAX) {
        kept.push(found);
        match tried(&kept) {
            Some(better) => text = Some(better),
            None => {
                kept.pop();
            }
        }
    }
    text.map(|text| mended(text, kept))
}

/// The files that findings are seen in: theirs, and those that their data comes through.
fn around<'s>(scope: &'s Scope, findings: &[&Found]) -> Vec<Text<'s>> {
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for found in findings {
        paths.insert(&found.spot.path);
        paths.extend(found.flow.iter().map(|spot| spot.path.as_str()));
    }
    let texts = paths.into_iter().filter_map(|path| scope.files.get_key_value(path));
    texts.map(|(path, file)| Text { path, text: &file.text }).collect()
}

/// Fixes of one file as lines that go and lines that come.
pub(crate) fn shown(summary: String, path: &str, file: &File, findings: &[&Found]) -> Patch {
    let mut edits: Vec<Edit> = findings.iter().flat_map(|found| found.fix.clone()).collect();
    edits.sort();
    edits.dedup();
    let before_sha256 = match file.before {
        Before::Sha256(sum) => hex(&sum),
        Before::Absent => String::new(),
    };
    let change = FileChange::Edit { edits: whole_lines(&file.text, &edits), before_sha256 };
    Patch { summary, files: BTreeMap::from([(path.to_owned(), change)]) }
}

/// Edits, in order, as edits of whole lines; those that share a line become one.
fn whole_lines(text: &str, edits: &[Edit]) -> Vec<TextEdit> {
    let ends = quillon_text::LineEnd::of(text);
    let lines = LineIndex::new(text);
    let mut shown = Vec::new();
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let is_insert = first.start == first.end && first.text.ends_with('\n');
        let start = text[..first.start].rfind('\n').map_or(0, |end| end + 1);
        let mut end = if is_insert { first.start } else { line_end(text, first.end) };
        let mut count = 1;
        while let Some(next) = rest.get(count).filter(|next| next.start < end) {
            end = end.max(line_end(text, next.end));
            count += 1;
        }
        let mut come = String::new();
        let mut at = start;
        for edit in &rest[..count] {
            come.push_str(&text[at..edit.start]);
            come.push_str(&ends.apply(&edit.text));
            at = edit.end;
        }
        come.push_str(&text[at..end]);
        let range = TextRange { start: lines.position_of(text, start), end: lines.position_of(text, end) };
        shown.push(TextEdit { range, text: come, before: text[start..end].to_owned() });
        rest = &rest[count..];
    }
    shown
}

/// The byte after the line in which a change ends.
fn line_end(text: &str, byte: usize) -> usize {
    let byte = if byte > 0 && text.as_bytes().get(byte - 1) == Some(&b'\n') { byte - 1 } else { byte };
    text[byte..].find('\n').map_or(text.len(), |length| byte + length + 1)
}

/// Writes what fixes make of a file, if it still is what was scanned; says why not otherwise. Whether it was written.
///
/// # Errors
/// `policy.refused`, `disk.full` and the like; a file that became another one is no fault.
pub(crate) async fn written(passage: &Passage, scope: &Scope, mended: &Mended) -> Result<bool, Fault> {
    let path = &mended.path;
    let Some(file) = scope.files.get(path) else { return Ok(false) };
    let left = |why: &str| Notice::warning(format!("{path} was not fixed: {why}"));
    let now = passage.read_file(path).await?;
    if Before::of(&now.bytes) != file.before {
        passage.say(left("it changed while it was reviewed")).await?;
        return Ok(false);
    }
    let Some(bytes) = quillon_text::encode_like(&now.bytes, &mended.text) else {
        passage.say(left("it could not be written in its own encoding without loss")).await?;
        return Ok(false);
    };
    match passage.write_file(path, &bytes, file.before).await {
        Ok(()) => Ok(true),
        Err(fault) if fault.code == FaultCode::FileChanged => {
            passage.say(left("it changed while it was reviewed")).await?;
            Ok(false)
        }
        Err(fault) => Err(fault),
    }
}

/// Says what becomes of a file.
///
/// # Errors
/// Those of answering.
pub(crate) async fn say(passage: &Passage, scope: &Scope, mended: &Mended) -> Result<(), Fault> {
    let Some(file) = scope.files.get(&mended.path) else { return Ok(()) };
    let rules: BTreeSet<&str> = mended.findings.iter().map(|found| found.rule.as_str()).collect();
    let summary = format!("fixes {} in {}", rules.into_iter().collect::<Vec<_>>().join(", "), mended.path);
    let findings: Vec<&Found> = mended.findings.iter().collect();
    passage.say(Event::Patch(shown(summary, &mended.path, file, &findings))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, edits: &[(usize, usize, &str)], expected: &[(&str, &str)]) {
        let edits: Vec<Edit> = edits
            .iter()
            .map(|(start, end, text)| Edit { start: *start, end: *end, text: (*text).into() })
            .collect();
        let shown = whole_lines(text, &edits);
        let pairs: Vec<_> = shown.iter().map(|edit| (edit.before.as_str(), edit.text.as_str())).collect();
        assert_eq!(pairs, expected);
    }

    #[test]
    fn edits_are_shown_as_whole_lines() {
        check("ab\ncd\n", &[(1, 2, "x")], &[("ab\n", "ax\n")]);
        check("ab\ncd\n", &[(0, 1, "x"), (1, 2, "y")], &[("ab\n", "xy\n")]);
        check("ab\ncd\n", &[(0, 0, "import\n"), (4, 5, "x")], &[("", "import\n"), ("cd\n", "cx\n")]);
        check("ab\r\ncd", &[(1, 5, "x\ny")], &[("ab\r\ncd", "ax\r\nyd")]);
        check("ab\ncd\n", &[(0, 3, "")], &[("ab\n", "")]);
    }
}
