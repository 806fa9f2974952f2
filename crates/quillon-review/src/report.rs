//! From what was found to what is said: findings as the contract has them.

use quillon_base::{LineRange, TextRange};
use quillon_contract::ask::Severity;
use quillon_contract::event::{Finding, Place};
use quillon_detect::{Finding as Found, Severity as FoundSeverity, Spot};
use quillon_text::LineIndex;

/// A finding as the contract has it. `text` is what its file holds, and `lines` where the lines of it start.
pub(crate) fn finding(found: Found, text: &str, lines: &LineIndex) -> Finding {
    let range = TextRange {
        start: lines.position_of(text, found.spot.start),
        end: lines.position_of(text, found.spot.end),
    };
    Finding {
        severity: severity(found.severity),
        explanation: explanation(&found),
        headline: found.title,
        place: place(&found.spot),
        range: Some(range),
        path: found.flow.iter().map(place).collect(),
        cwe: found.cwe,
        fingerprint: found.fingerprint,
        rule: found.rule,
        fix: None,
    }
}

/// What is said of a finding: its message, and the prose of its page, without the code that shows it.
fn explanation(found: &Found) -> String {
    let prose = found.help.split("```").next().unwrap_or_default().trim();
    let message = found.message.trim();
    match prose {
        "" => message.to_owned(),
        prose if prose.contains(message) => prose.to_owned(),
        prose => format!("{message}\n\n{prose}"),
    }
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

fn place(spot: &Spot) -> Place {
    Place { path: spot.path.clone(), lines: LineRange { first: spot.line, last: spot.last_line } }
}
