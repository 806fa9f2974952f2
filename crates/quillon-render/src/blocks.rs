//! The parts of an answer that stand as blocks of their own: findings, plans, suggestions.

use anstyle::Style;
use quillon_contract::ask::{SetApart, Severity};
use quillon_contract::event::{Finding, Plan, Step, StepState, Suggestion};
use quillon_text::terminal_safe;

use crate::look::{Look, Palette, paint};
use crate::markdown::Markdown;
use crate::patch::patch;
use crate::reference::{place_text, reference};
use crate::width::{char_columns, columns, one_line};

/// The word for a severity.
pub(crate) const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// The word for a kind of files that are set apart.
pub(crate) const fn apart_words(apart: SetApart) -> &'static str {
    match apart {
        SetApart::Tests => "in tests",
        SetApart::Vendored => "in code of others",
        SetApart::Generated => "in code that a program made",
    }
}

/// A heading over findings in files that are set apart.
pub(crate) fn apart(apart: Option<SetApart>, palette: &Palette) -> String {
    apart.map_or_else(String::new, |apart| format!("{}\n", paint(palette.heading, apart_words(apart))))
}

/// A finding: how bad, where, what, the code, how it came there, why, and what would mend it.
pub(crate) fn finding(finding: &Finding, look: &Look, palette: &Palette) -> String {
    let style = match finding.severity {
        Severity::Critical | Severity::High => palette.error,
        Severity::Medium => palette.warning,
        Severity::Low | Severity::Info => palette.strong,
    };
    let severity = paint(style, format!("{}:", severity_word(finding.severity)));
    let mut text = format!("{severity} {}\n", one_line(&finding.headline));
    let mut facts = vec![place_text(&finding.place), one_line(&finding.rule)];
    facts.extend(finding.cwe.iter().map(|number| format!("CWE-{number}")));
    text.push_str(&format!("  {}\n", facts.join("  ")));
    if !finding.path.is_empty() {
        let steps: Vec<String> = finding.path.iter().map(place_text).collect();
        text.push_str(&format!("  path: {}\n", steps.join(" -> ")));
    }
    text.push_str(&frame(finding, look, style, palette));
    let mut explanation =
        Markdown::new(&Look { width: look.width.map(|width| width.saturating_sub(2)), ..*look });
    let mut shown = explanation.push(&finding.explanation);
    shown.push_str(&explanation.finish());
    text.push_str(&indented(&shown));
    if let Some(fix) = &finding.fix {
        text.push_str(&format!("  fix: {}", indented(&patch(fix, palette)).trim_start()));
    }
    text
}

/// The code of a finding with the numbers of its lines, and a mark under what is meant. A line that is wider than the
/// terminal is cut, so that the mark stays under its place.
fn frame(finding: &Finding, look: &Look, style: Style, palette: &Palette) -> String {
    let Some(snippet) = &finding.snippet else { return String::new() };
    let last = u64::from(snippet.first) + snippet.text.lines().count().saturating_sub(1) as u64;
    let digits = last.to_string().len();
    let room = look.width.map_or(usize::MAX, |width| width.saturating_sub(digits + 5).max(10));
    let mut text = String::new();
    for (line, number) in snippet.text.lines().zip(u64::from(snippet.first)..) {
        let shown = cut(&shown(line), room);
        let number_text = paint(palette.quiet, format!("{number:>digits$} |"));
        text.push_str(&format!("  {number_text} {}\n", shown.trim_end()));
        let Some((from, wide)) = marked(finding, number, line).filter(|(from, _)| *from < room) else {
            continue;
        };
        let blank = paint(palette.quiet, format!("{:>digits$} |", ""));
        let mark = paint(style, "^".repeat(wide.clamp(1, room - from)));
        text.push_str(&format!("  {blank} {}{mark}\n", " ".repeat(from)));
    }
    text
}

/// A line of code as it is shown: safe, with tabs as blanks.
fn shown(line: &str) -> String {
    terminal_safe(line.trim_end_matches(['\r', '\n'])).replace('\t', "    ")
}

fn cut(line: &str, room: usize) -> String {
    if columns(line) <= room {
        return line.to_owned();
    }
    let mut wide = 0;
    let keeps = |letter: &char| {
        wide += char_columns(*letter);
        wide < room
    };
    let mut text: String = line.chars().take_while(keeps).collect();
    text.push('…');
    text
}

/// Where in its first line a finding is, and how many columns of it.
fn marked(finding: &Finding, number: u64, line: &str) -> Option<(usize, usize)> {
    let range = finding.range.filter(|range| u64::from(range.start.line) + 1 == number)?;
    let units: Vec<u16> = line.encode_utf16().collect();
    let end = if range.end.line == range.start.line { range.end.character as usize } else { units.len() };
    let upto = |end: usize| {
        let part = String::from_utf16_lossy(&units[..end.min(units.len())]);
        columns(&shown(&part))
    };
    let from = upto(range.start.character as usize);
    Some((from, upto(end).saturating_sub(from)))
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
    text.lines().map(line).collect()
}

/// A plan with all its steps.
pub(crate) fn plan(plan: &Plan, palette: &Palette) -> String {
    let steps = plan.steps.iter().map(|found| step(found, palette)).collect::<String>();
    format!("{}\n{steps}", paint(palette.heading, one_line(&plan.title)))
}

/// The steps that changed since `before`, if it is the same plan.
pub(crate) fn plan_change(before: &Plan, after: &Plan, palette: &Palette) -> Option<String> {
    let same =
        |plan: &Plan| (plan.title.clone(), plan.steps.iter().map(|step| step.id.clone()).collect::<Vec<_>>());
    if same(before) != same(after) {
        return None;
    }
    let changed = before.steps.iter().zip(&after.steps).filter(|(before, after)| before != after);
    Some(changed.map(|(_, after)| step(after, palette)).collect())
}

fn step(found: &Step, palette: &Palette) -> String {
    let (mark, style) = match found.state {
        StepState::Waiting => ("[ ]", palette.quiet),
        StepState::Running => ("[>]", palette.strong),
        StepState::Done => ("[x]", palette.added),
        StepState::Skipped => ("[-] skipped:", palette.quiet),
        StepState::Failed => ("[!] failed:", palette.error),
    };
    let note = found.note.as_deref().map(|note| format!(" - {}", one_line(note))).unwrap_or_default();
    format!("{} {}{note}\n", paint(style, mark), one_line(&found.title))
}

/// A suggestion: its text as it would be inserted, then the public code that it matches.
pub(crate) fn suggestion(suggestion: &Suggestion, palette: &Palette) -> String {
    let mut text = terminal_safe(&suggestion.text).into_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.extend(suggestion.references.iter().map(|found| reference(found, palette)));
    text
}
