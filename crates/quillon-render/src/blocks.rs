//! The parts of an answer that stand as blocks of their own: findings, plans, suggestions.

use quillon_contract::ask::Severity;
use quillon_contract::event::{Finding, Plan, Step, StepState, Suggestion};
use quillon_text::terminal_safe;

use crate::look::{Look, Palette, paint};
use crate::markdown::Markdown;
use crate::patch::patch;
use crate::reference::{place_text, reference};
use crate::width::one_line;

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

/// A finding: how bad, where, what, why, how it came there, and what would mend it.
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
