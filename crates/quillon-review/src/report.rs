//! From what was found to what is said: findings as the contract has them.

use quillon_base::{LineRange, Position, TextRange};
use quillon_contract::ask::Severity;
use quillon_contract::event::{Finding, Place};
use quillon_detect::{Finding as Found, Severity as FoundSeverity, Spot};

/// A finding as the contract has it. `text` is what its file holds.
pub(crate) fn finding(found: Found, text: &str) -> Finding {
    let range = TextRange { start: position(text, found.spot.start), end: position(text, found.spot.end) };
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
    if prose.is_empty() || prose.contains(found.message.trim()) {
        prose_or(prose, &found.message)
    } else {
        format!("{}\n\n{prose}", found.message.trim())
    }
}

fn prose_or(prose: &str, message: &str) -> String {
    if prose.is_empty() { message.trim().to_owned() } else { prose.to_owned() }
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

fn position(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let start = before.rfind('\n').map_or(0, |place| place + 1);
    let character = before[start..].encode_utf16().count();
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        character: u32::try_from(character).unwrap_or(u32::MAX),
    }
}
