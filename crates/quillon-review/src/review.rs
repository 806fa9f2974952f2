//! One review: read, scan, say.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use quillon_base::FaultCode;
use quillon_contract::ask::{ReviewAsk, ReviewKind};
use quillon_contract::event::{Notice, Progress};
use quillon_contract::{Event, Fault};
use quillon_detect::{Category, Finding as Found, Language, Rule, Scan, Scanner, Text, Watch, read_rules};
use quillon_road::{Finished, Passage};
use quillon_text::LineIndex;
use tokio::sync::mpsc::{Sender, channel};

use crate::changed::{self, Changed};
use crate::report;
use crate::scope::{self, Scope};

/// How many files are scanned between two words about it.
const FILES_PER_PROGRESS: usize = 200;
/// The files that are left out of which each is said by name.
const SKIPPED_NAMED_MAX: usize = 20;
/// The most texts that are read at the same time.
const THREADS_MAX: usize = 8;

/// Reviews what is in scope.
///
/// # Errors
/// `workspace.missing`, `policy.refused`, `cancelled`, `input.invalid`, and those of files.
pub(crate) async fn review(passage: &Passage, ask: ReviewAsk) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let own = own_rules(passage, &ask.rules).await?;
    let changed = match &ask.diff {
        Some(revision) => Some(changed::since(passage, revision, &ask.paths).await?),
        None => None,
    };
    let mut scope = scope::read(passage, &ask.paths).await?;
    if let Some(changed) = &changed {
        // Flows between files are followed among those that changed.
        scope.texts.retain(|path, _| changed.contains_key(path));
    }
    let files = scope.texts.len() as u64;
    let lines: u64 = scope.texts.values().map(|text| text.lines().count() as u64).sum();
    passage.used(lines);
    let (scan, scope) = scanned(passage, scope, own, files).await?;
    say_what_is_missing(passage, &ask, &scan, &scope).await?;
    let findings = wanted(scan.findings, &ask, changed.as_ref());
    let mut is_failing = false;
    let count = findings.len();
    let mut indexes: BTreeMap<String, LineIndex> = BTreeMap::new();
    for found in findings {
        is_failing |= ask.fail_on.is_some_and(|from| report::severity(found.severity) >= from);
        let text = scope.texts.get(&found.spot.path).map_or("", String::as_str);
        let index = indexes.entry(found.spot.path.clone()).or_insert_with(|| LineIndex::new(text));
        passage.say(Event::Finding(report::finding(found, text, index))).await?;
    }
    let counted =
        |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let found = counted(count as u64, "finding", "findings");
    let (files, lines) = (counted(files, "file", "files"), counted(lines, "line", "lines"));
    passage.text(format!("{found} in {files}, {lines}.\n")).await?;
    Ok(Finished { findings: is_failing, ..Finished::default() })
}

/// The findings that were asked for and are not taken back: the worst first, and among equals by place.
fn wanted(findings: Vec<Found>, ask: &ReviewAsk, changed: Option<&Changed>) -> Vec<Found> {
    let is_asked = |found: &Found| {
        let kind = match found.category {
            Category::Code => ReviewKind::Code,
            Category::Secrets => ReviewKind::Secrets,
            Category::Efficiency => ReviewKind::Efficiency,
        };
        ask.kinds.is_empty() || ask.kinds.contains(&kind)
    };
    let is_changed = |found: &Found| {
        let touches = |lines: &std::ops::RangeInclusive<u32>| {
            found.spot.line <= *lines.end() && found.spot.last_line >= *lines.start()
        };
        changed.is_none_or(|changed| {
            changed.get(&found.spot.path).is_some_and(|lines| lines.iter().any(touches))
        })
    };
    let mut wanted: Vec<Found> = findings
        .into_iter()
        .filter(|found| found.suppressed.is_none() && is_asked(found) && is_changed(found))
        .collect();
    wanted.sort_by_key(|found| Reverse(found.severity));
    wanted
}

/// Scans off the runtime, and says how far it is.
async fn scanned(
    passage: &Passage,
    scope: Scope,
    own: Vec<Rule>,
    files: u64,
) -> Result<(Scan, Scope), Fault> {
    let progress =
        |done: u64| Event::Progress(Progress { label: "reviewing files".into(), done, total: Some(files) });
    passage.say(progress(0)).await?;
    // When this future is dropped because the ask was stopped, the channel closes, and the scan stops too.
    let (sender, mut receiver) = channel(4);
    let scanning = tokio::task::spawn_blocking(move || {
        let scan = scan(&scope.texts, own, &sender);
        (scan, scope)
    });
    while let Some(done) = receiver.recv().await {
        passage.say(progress(done)).await?;
    }
    let done = scanning.await.map_err(|error| Fault::internal("reviewing stopped").inner(error))?;
    if passage.is_cancelled() {
        return Err(Fault::new(FaultCode::Cancelled, "the work was stopped"));
    }
    passage.say(progress(files)).await?;
    Ok(done)
}

fn scan(texts: &BTreeMap<String, String>, own: Vec<Rule>, progress: &Sender<u64>) -> Scan {
    let texts: Vec<Text<'_>> = texts.iter().map(|(path, text)| Text { path, text }).collect();
    let mut scanner = Scanner::new(own, true);
    for language in texts.iter().filter_map(|text| Language::of_path(text.path)) {
        scanner.prepare(language);
    }
    let count = std::sync::atomic::AtomicUsize::new(0);
    let done = || {
        let done = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        if done.is_multiple_of(FILES_PER_PROGRESS) {
            // One who is still saying the last number gets a later one.
            let _ = progress.try_send(done as u64);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
    scanner.scan_prepared(&texts, &Watch { threads, done: &done, is_cancelled: &|| progress.is_closed() })
}

/// The user's own rules; one that cannot be used is said and left out.
async fn own_rules(passage: &Passage, folders: &[String]) -> Result<Vec<Rule>, Fault> {
    let mut rules = Vec::new();
    for folder in folders {
        let below = passage.path_within(folder)?;
        let tree = passage.read_tree(below.as_deref()).await?;
        let before = rules.len();
        for file in &tree.files {
            let is_rules = file.path.ends_with(".yml") || file.path.ends_with(".yaml");
            let Some(decoded) = is_rules.then(|| quillon_text::decode(&file.bytes)).flatten() else {
                continue;
            };
            let (good, bad) = read_rules(&decoded.text);
            rules.extend(good);
            for bad in bad {
                let rule = bad.id.map_or_else(String::new, |id| format!(" `{id}`"));
                let what = format!("the rule{rule} at {}:{} is not used: {}", file.path, bad.line, bad.what);
                passage.say(Notice::warning(what)).await?;
            }
        }
        if rules.len() == before {
            return Err(Fault::new(FaultCode::InputInvalid, format!("no rule in `{folder}` can be used"))
                .hint("a folder of rules holds `.yaml` files with the key `rules`"));
        }
    }
    Ok(rules)
}

async fn say_what_is_missing(
    passage: &Passage,
    ask: &ReviewAsk,
    scan: &Scan,
    scope: &Scope,
) -> Result<(), Fault> {
    let absent: Vec<&str> = ask
        .kinds
        .iter()
        .filter_map(|kind| match kind {
            ReviewKind::Infrastructure => Some("infrastructure"),
            ReviewKind::Dependencies => Some("dependencies"),
            ReviewKind::Secrets => Some("secrets"),
            ReviewKind::Code | ReviewKind::Efficiency => None,
        })
        .collect();
    if !absent.is_empty() {
        passage
            .say(Notice::warning(format!("this build does not review {} yet", absent.join(" and "))))
            .await?;
    }
    if ask.fix {
        passage.say(Notice::warning("this build does not apply fixes yet; nothing was changed")).await?;
    }
    for (kind, count) in &scope.apart {
        passage.say(Notice::info(format!("files that were set apart: {count} {kind}"))).await?;
    }
    let suppressed = scan.findings.iter().filter(|found| found.suppressed.is_some()).count();
    if suppressed > 0 {
        passage.say(Notice::info(format!("findings that a comment takes back: {suppressed}"))).await?;
    }
    let skipped = scope.skipped.iter().map(|(path, why)| format!("{path} was not reviewed: {why}"));
    let also = scan.skipped.iter().map(|skipped| {
        let how = if skipped.is_partial { "was reviewed in part" } else { "was not reviewed" };
        format!("{} {how}: {}", skipped.path, skipped.why)
    });
    let all: Vec<String> = skipped.chain(also).collect();
    for line in all.iter().take(SKIPPED_NAMED_MAX) {
        passage.say(Notice::warning(line.clone())).await?;
    }
    if all.len() > SKIPPED_NAMED_MAX {
        passage
            .say(Notice::warning(format!("{} more files were left out", all.len() - SKIPPED_NAMED_MAX)))
            .await?;
    }
    Ok(())
}
