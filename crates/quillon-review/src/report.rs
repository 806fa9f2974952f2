//! From what was found to what is said: findings as the contract has them.

use quillon_base::{LineRange, TextRange};
use quillon_contract::ask::{SetApart, Severity};
use quillon_contract::event::{Finding, Patch, Place, Snippet, Suppressed};
use quillon_detect::{Finding as Found, Severity as FoundSeverity, Spot};
use quillon_text::LineIndex;

/// The lines of code that are shown of one finding, with one before and one after.
const LINES_MAX: u32 = 8;
/// The bytes of one of them that are shown.
const LINE_BYTES_MAX: usize = 300;

/// What is known of a finding beside what was found.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) apart: Option<SetApart>,
    pub(crate) suppressed: Option<Suppressed>,
    pub(crate) fix: Option<Patch>,
}

/// A finding as the contract has it. `text` is what its file holds, and `lines` where the lines of it start.
pub(crate) fn finding(found: &Found, text: &str, lines: &LineIndex, beside: Beside) -> Finding {
    let range = TextRange {
        start: lines.position_of(text, found.spot.start),
        end: lines.position_of(text, found.spot.end),
    };
    Finding {
        severity: severity(found.severity),
        explanation: explanation(found),
        headline: found.title.clone(),
        place: place(&found.spot),
        range: Some(range),
        path: found.flow.iter().map(place).collect(),
        cwe: found.cwe.clone(),
        fingerprint: found.fingerprint.clone(),
        rule: found.rule.clone(),
        fix: beside.fix,
        snippet: Some(snippet(&found.spot, text, lines)),
        references: found.references.clone(),
        apart: beside.apart,
        suppressed: beside.suppressed,
    }
}

/// The lines of a place, with one before and one after.
pub(crate) fn snippet(spot: &Spot, text: &str, lines: &LineIndex) -> Snippet {
    let first = spot.line.saturating_sub(1).max(1);
    let last = spot.last_line.min(spot.line.saturating_add(LINES_MAX)).saturating_add(1);
    let mut code = String::new();
    for line in first..=last {
        let Some(line) = lines.line(text, line as usize - 1) else { break };
        code.push_str(&line[..line.floor_char_boundary(LINE_BYTES_MAX)]);
        code.push('\n');
    }
    Snippet { first, text: code }
}

/// What is said of a finding: its message, and the prose of its page, without the code that shows it.
fn explanation(found: &Found) -> String {
    let prose = prose(&found.help);
    let message = found.message.trim();
    match prose {
        "" => message.to_owned(),
        prose if prose.contains(message) => prose.to_owned(),
        prose => format!("{message}\n\n{prose}"),
    }
}

/// The part of a page before its code.
pub(crate) fn prose(help: &str) -> &str {
    help.split("```").next().unwrap_or_default().trim()
}

pub(crate) const fn severity(severity: FoundSeverity) -> Severity {
    match severity {
        FoundSeverity::Info => Severity::Info,
        FoundSeverity::Low => Severity::Low,
        FoundSeverity::Medium => Severity::Medium,
        FoundSeverity::High => Severity::High,
        FoundSeverity::Critical => Severity::Critical,
    }
}

pub(crate) fn place(spot: &Spot) -> Place {
    Place { path: spot.path.clone(), lines: LineRange { first: spot.line, last: spot.last_line } }
}
