//! One review: read, scan, sort out what counts, mend, say. Start at [`review`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use quillon_base::FaultCode;
use quillon_contract::ask::{GroupBy, ReviewAsk, ReviewKind, SetApart};
use quillon_contract::event::{Notice, Skipped, Suppressed, SuppressedBy};
use quillon_contract::{Event, Fault};
use quillon_detect::{Category, Counts, Finding as Found, Scan, Taken};
use quillon_road::{Finished, Passage};
use quillon_text::LineIndex;

use crate::baseline::{self, Baseline};
use crate::fixes::{self, Bench, Mended};
use crate::report::{self, Beside};
use crate::rules;
use crate::scan::{Scanned, scanned};
use crate::scope::{self, Scope};

/// Comments that do nothing of which each is said.
const COMMENTS_NAMED_MAX: usize = 20;

/// The fewest letters of a mark that name a finding.
const MARK_LETTERS_MIN: usize = 4;

/// A finding, and who took it back.
struct Judged {
    found: Found,
    suppressed: Option<Suppressed>,
    apart: Option<SetApart>,
}

/// Reviews what is in scope.
///
/// # Errors
/// `workspace.missing`, `policy.refused`, `cancelled`, `input.invalid`, and those of files.
pub(crate) async fn review(passage: &Passage, ask: ReviewAsk) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    check(&ask)?;
    let own = rules::own(passage, &ask.rules).await?;
    let known = match &ask.baseline {
        Some(path) if !ask.write_baseline => Some(Baseline::read(passage, path).await?),
        _ => None,
    };
    let scope = scope::take(passage, &ask).await?;
    let (files, lines) = size(&scope);
    passage.used(lines);
    let Scanned { mut scan, scope, scanner } = scanned(passage, scope, own).await?;
    say_beside(passage, &ask, &scan, &scope).await?;
    let counts = Counts::of(&scan.findings);
    // Only a review of everything knows what is gone, and `--only` takes nothing away.
    let is_whole = ask.all && ask.paths.is_empty();
    if let Some(known) = known.as_ref().filter(|_| is_whole) {
        let gone = known.gone(scan.findings.iter());
        if gone > 0 {
            passage.say(Notice::info(format!("findings of the baseline that are gone: {gone}"))).await?;
        }
    }
    let judged = judged(std::mem::take(&mut scan.findings), &ask, &scope, known.as_ref());
    if let (Some(path), true) = (&ask.baseline, ask.write_baseline) {
        let counts = |one: &&Judged| one.suppressed.is_none();
        let count =
            baseline::write(passage, path, judged.iter().filter(counts).map(|one| &one.found)).await?;
        passage
            .text(format!("`{path}` now holds {}.\n", counted(count as u64, "finding", "findings")))
            .await?;
        return Ok(Finished::default());
    }
    let asked = ask.clone();
    let work = move |bench: &Bench<'_>| (tried(&asked, &judged, bench), judged);
    let ((tried, judged), scope, _) = fixes::off_thread((scope, scanner, counts), work).await?;
    if tried.untried > 0 {
        let text = format!("fixes that were not tried, for there are so many: {}", tried.untried);
        passage.say(Notice::info(text)).await?;
    }
    let fixed = if ask.fix { fix(passage, &ask, &tried, &scope).await? } else { Fixed::default() };
    // What a dry run would fix is still there.
    let is_left = |one: &&Judged| ask.dry_run || !fixed.marks.contains(&one.found.fingerprint);
    let left: Vec<&Judged> = judged.iter().filter(is_left).collect();
    let failing = say_findings(passage, &ask, &left, &tried.offered, &scope).await?;
    if let Some(nothing) = scope.nothing {
        passage.text(nothing).await?;
    }
    let count = left.iter().filter(|one| one.suppressed.is_none()).count();
    let found = counted(count as u64, "finding", "findings");
    let (files, lines) = (counted(files, "file", "files"), counted(lines, "line", "lines"));
    passage.text(format!("{}{found} in {files}, {lines}.\n", fixed.said(ask.dry_run))).await?;
    Ok(Finished { findings: failing, ..Finished::default() })
}

/// What does not go together.
fn check(ask: &ReviewAsk) -> Result<(), Fault> {
    let wrong = |what: &str, hint: &str| Err(Fault::new(FaultCode::InputInvalid, what.to_owned()).hint(hint));
    if ask.staged && ask.fix {
        return wrong(
            "a fix is written to the working tree, and what is staged is another text",
            "leave `--staged` out, and stage the fix afterwards",
        );
    }
    if ask.staged && ask.diff.is_some() {
        return wrong(
            "what is staged and what changed since a revision are two reviews",
            "ask for one of them",
        );
    }
    if ask.write_baseline && ask.baseline.is_none() {
        return wrong("a baseline to write needs the name of its file", "name it with `--baseline`");
    }
    if ask.write_baseline && ask.fix {
        return wrong(
            "a baseline is written of what is found, not of what was fixed",
            "do one after the other",
        );
    }
    Ok(())
}

fn size(scope: &Scope) -> (u64, u64) {
    let lines = scope.files.values().map(|file| file.text.lines().count() as u64).sum();
    (scope.files.len() as u64, lines)
}

/// The findings that were asked for, in the order in which they are said: first those that count, and of these the ones
/// in files that are set apart last.
fn judged(findings: Vec<Found>, ask: &ReviewAsk, scope: &Scope, known: Option<&Baseline>) -> Vec<Judged> {
    let judge = |found: Found| {
        let by_comment =
            found.suppressed.clone().map(|reason| Suppressed { by: SuppressedBy::Comment, reason });
        let by_baseline = || {
            let path = ask.baseline.as_deref().unwrap_or_default();
            let reason = format!("`{path}` has it");
            known
                .is_some_and(|known| known.has(&found))
                .then_some(Suppressed { by: SuppressedBy::Baseline, reason })
        };
        let suppressed = by_comment.or_else(by_baseline);
        let apart = scope.files.get(&found.spot.path).and_then(|file| file.apart);
        Judged { found, suppressed, apart }
    };
    let mut judged: Vec<Judged> =
        findings.into_iter().filter(|found| is_asked(found, ask) && scope.counts(found)).map(judge).collect();
    judged.sort_by_key(|one| {
        let severity = (ask.group_by == GroupBy::Severity).then_some(Reverse(one.found.severity));
        (one.suppressed.is_some(), one.apart, severity)
    });
    judged
}

fn is_asked(found: &Found, ask: &ReviewAsk) -> bool {
    let kind = match found.category {
        Category::Code => ReviewKind::Code,
        Category::Secrets => ReviewKind::Secrets,
        Category::Efficiency => ReviewKind::Efficiency,
    };
    ask.kinds.is_empty() || ask.kinds.contains(&kind)
}

impl Scope {
    /// Whether a finding is where something changed, if only that counts.
    fn counts(&self, found: &Found) -> bool {
        let touches = |lines: &std::ops::RangeInclusive<u32>| {
            found.spot.line <= *lines.end() && found.spot.last_line >= *lines.start()
        };
        self.changed.as_ref().is_none_or(|changed| {
            changed.get(&found.spot.path).is_some_and(|lines| lines.iter().any(touches))
        })
    }
}

/// What came of trying fixes.
#[derive(Default)]
struct Tried {
    /// The marks of findings whose fix holds by itself.
    offered: BTreeSet<String>,
    /// What the fixes that were asked for make of their files.
    mended: Vec<Mended>,
    /// How many of these do not go with others.
    apart: usize,
    /// What was asked for and has no fix that holds.
    unfit: Vec<String>,
    /// How many fixes were one too many to be tried.
    untried: usize,
}

/// Tries the fixes of what counts, and puts those together that were asked for.
fn tried(ask: &ReviewAsk, judged: &[Judged], bench: &Bench<'_>) -> Tried {
    let there: Vec<&Found> =
        judged.iter().filter(|one| one.suppressed.is_none()).map(|one| &one.found).collect();
    let offered = fixes::offered(bench, &there);
    let with_fix = there.iter().filter(|found| !found.fix.is_empty()).count();
    let untried = with_fix.saturating_sub(fixes::TRIED_MAX);
    if !ask.fix {
        return Tried { offered, untried, ..Tried::default() };
    }
    let is_meant = |found: &&Found| offered.contains(&found.fingerprint) && is_chosen(found, &ask.fix_only);
    let holding: Vec<&Found> = there.into_iter().filter(is_meant).collect();
    let is_unfit =
        |name: &&String| !holding.iter().any(|found| is_chosen(found, std::slice::from_ref(*name)));
    let unfit = ask.fix_only.iter().filter(is_unfit).cloned().collect();
    let mended = fixes::together(bench, &holding);
    let apart = holding.len() - mended.iter().map(|mended| mended.findings.len()).sum::<usize>();
    Tried { offered, mended, apart, unfit, untried }
}

/// What was fixed, or would be.
#[derive(Default)]
struct Fixed {
    marks: BTreeSet<String>,
    files: usize,
}

impl Fixed {
    fn said(&self, dry_run: bool) -> String {
        if self.files == 0 {
            return String::new();
        }
        let count = counted(self.marks.len() as u64, "finding", "findings");
        let how = if dry_run { "would be fixed" } else { "fixed" };
        format!("{count} {how} in {}. ", counted(self.files as u64, "file", "files"))
    }
}

/// Applies the fixes that were asked for, or shows them.
async fn fix(passage: &Passage, ask: &ReviewAsk, tried: &Tried, scope: &Scope) -> Result<Fixed, Fault> {
    for name in &tried.unfit {
        passage.say(Notice::warning(format!("`{name}` has no fix here that holds"))).await?;
    }
    let mut fixed = Fixed::default();
    for mended in &tried.mended {
        fixes::say(passage, scope, mended).await?;
        if ask.dry_run || fixes::written(passage, scope, mended).await? {
            fixed.note(mended);
        }
    }
    if tried.apart > 0 {
        let text = format!("fixes that do not go with others; fix again to take them: {}", tried.apart);
        passage.say(Notice::info(text)).await?;
    }
    if ask.dry_run {
        passage.say(Notice::info("nothing was changed; leave `--dry-run` out to change it")).await?;
    }
    Ok(fixed)
}

impl Fixed {
    fn note(&mut self, mended: &Mended) {
        self.files += 1;
        self.marks.extend(mended.findings.iter().map(|found| found.fingerprint.clone()));
    }
}

/// Whether a finding is meant: by its rule, its mark or its place, or because none is named.
fn is_chosen(found: &Found, names: &[String]) -> bool {
    names.is_empty() || names.iter().any(|name| *name == found.rule || is_named(found, name))
}

/// Whether a finding is named by its mark, by the start of it, or by its place.
pub(crate) fn is_named(found: &Found, name: &str) -> bool {
    (is_mark(name) && found.fingerprint.starts_with(name))
        || format!("{}:{}", found.spot.path, found.spot.line) == name
}

/// Whether a name may be a finding's mark, or the start of one.
pub(crate) fn is_mark(name: &str) -> bool {
    name.len() >= MARK_LETTERS_MIN && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
}

/// Says the findings; whether one of them is bad enough to fail a build.
async fn say_findings(
    passage: &Passage,
    ask: &ReviewAsk,
    judged: &[&Judged],
    offered: &BTreeSet<String>,
    scope: &Scope,
) -> Result<bool, Fault> {
    let mut indexes: BTreeMap<&str, LineIndex> = BTreeMap::new();
    let mut is_failing = false;
    for one in judged {
        let found = &one.found;
        let Some(file) = scope.files.get(&found.spot.path) else { continue };
        let counts = one.suppressed.is_none();
        is_failing |= counts && ask.fail_on.is_some_and(|from| report::severity(found.severity) >= from);
        let index = indexes.entry(&found.spot.path).or_insert_with(|| LineIndex::new(&file.text));
        let fix = offered
            .contains(&found.fingerprint)
            .then(|| fixes::shown(format!("mends {}", found.rule), &found.spot.path, file, &[found]));
        let beside = Beside { apart: one.apart, suppressed: one.suppressed.clone(), fix };
        passage.say(Event::Finding(report::finding(found, &file.text, index, beside))).await?;
    }
    Ok(is_failing)
}

/// Says what stands beside the findings: what was left out, set apart and taken back.
async fn say_beside(passage: &Passage, ask: &ReviewAsk, scan: &Scan, scope: &Scope) -> Result<(), Fault> {
    let absent: Vec<&str> = ask
        .kinds
        .iter()
        .filter_map(|kind| match kind {
            ReviewKind::Infrastructure => Some("infrastructure"),
            ReviewKind::Dependencies => Some("dependencies"),
            ReviewKind::Code | ReviewKind::Secrets | ReviewKind::Efficiency => None,
        })
        .collect();
    if !absent.is_empty() {
        passage
            .say(Notice::warning(format!("this build does not review {} yet", absent.join(" and "))))
            .await?;
    }
    for (kind, count) in &scope.apart {
        let (what, name) = match kind {
            SetApart::Tests => ("tests", "tests"),
            SetApart::Vendored => ("written by others", "vendored"),
            SetApart::Generated => ("made by a program", "generated"),
        };
        let text = format!("files that were set apart: {count} {what} (`--include {name}` reviews them)");
        passage.say(Notice::info(text)).await?;
    }
    let suppressed = scan.findings.iter().filter(|found| found.suppressed.is_some()).count();
    if suppressed > 0 {
        passage.say(Notice::info(format!("findings that a comment takes back: {suppressed}"))).await?;
    }
    say_idle_comments(passage, scan, scope).await?;
    for skipped in scope.skipped.iter().cloned().chain(scan.skipped.iter().map(left_out)) {
        passage.say(Event::Skipped(skipped)).await?;
    }
    Ok(())
}

fn left_out(skipped: &quillon_detect::Skipped) -> Skipped {
    Skipped { path: skipped.path.clone(), reason: skipped.why.clone(), partial: skipped.is_partial }
}

/// Comments that take nothing back, so that none outlives what it was written for.
async fn say_idle_comments(passage: &Passage, scan: &Scan, scope: &Scope) -> Result<(), Fault> {
    let mut count = 0;
    for comment in &scan.suppressions {
        let why = match comment.taken {
            Taken::Used => continue,
            Taken::Unused => "there is nothing to take back",
            Taken::NoReason => "it gives no reason: `quillon-ignore[rule]: reason`",
            Taken::UnknownRule => "no rule is called so",
        };
        // A flow that leaves what changed may be why there is nothing to take back.
        if scope.changed.is_some() && comment.taken == Taken::Unused {
            continue;
        }
        count += 1;
        if count <= COMMENTS_NAMED_MAX {
            let rule = comment.rule.as_ref().map_or_else(String::new, |rule| format!(" of `{rule}`"));
            let text = format!("the comment{rule} at {}:{} does nothing: {why}", comment.path, comment.line);
            passage.say(Notice::warning(text)).await?;
        }
    }
    if count > COMMENTS_NAMED_MAX {
        let text = format!("{} more comments do nothing", count - COMMENTS_NAMED_MAX);
        passage.say(Notice::warning(text)).await?;
    }
    Ok(())
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
