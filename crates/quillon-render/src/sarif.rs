//! Findings as SARIF 2.1.0, as code hosts take it: one run, a rule for each that found something, with its weakness
//! classes as tags and its severity as a number, and for each finding its place, the way the data came, and a mark that
//! survives moving lines.

use std::collections::BTreeMap;

use quillon_contract::Event;
use quillon_contract::ask::Severity;
use quillon_contract::event::{Finding, Notice, NoticeLevel, Outcome, Place};
use serde_json::{Value, json};

use crate::json::escape;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// An answer as one SARIF document.
#[derive(Clone, Debug, Default)]
pub struct Sarif {
    findings: Vec<Finding>,
    notices: Vec<Notice>,
    failure: Option<String>,
}

impl Sarif {
    /// Sorts an event in; what is no finding, notice or failure has no place in SARIF.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Finding(found) => self.findings.push(found),
            Event::Notice(notice) => self.notices.push(notice),
            Event::End(end) => {
                self.failure = match end.outcome {
                    Outcome::Done | Outcome::Findings => None,
                    Outcome::Cancelled => Some("the review was stopped".to_owned()),
                    Outcome::Refused { fault } | Outcome::Failed { fault } => Some(fault.to_string()),
                };
            }
            _ => {}
        }
    }

    /// The document, with its line end.
    #[must_use]
    pub fn text(&self) -> String {
        let rules: BTreeMap<&str, &Finding> =
            self.findings.iter().map(|found| (found.rule.as_str(), found)).collect();
        let places: BTreeMap<&str, usize> =
            rules.keys().enumerate().map(|(place, id)| (*id, place)).collect();
        let results: Vec<Value> =
            self.findings.iter().map(|found| result(found, places[found.rule.as_str()])).collect();
        let mut notes: Vec<Value> = self.notices.iter().map(notification).collect();
        notes.extend(self.failure.iter().map(|what| json!({"level": "error", "message": {"text": what}})));
        let document = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "Quillon",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.values().map(|found| rule(found)).collect::<Vec<_>>(),
                }},
                "columnKind": "utf16CodeUnits",
                "invocations": [{
                    "executionSuccessful": self.failure.is_none(),
                    "toolExecutionNotifications": notes,
                }],
                "results": results,
            }],
        });
        format!("{}\n", escape(&format!("{document:#}")))
    }
}

fn rule(found: &Finding) -> Value {
    let tags: Vec<String> = found.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")).collect();
    let kind = if found.cwe.is_empty() { "maintainability" } else { "security" };
    let tags: Vec<&str> = [kind].into_iter().chain(tags.iter().map(String::as_str)).collect();
    json!({
        "id": found.rule,
        "shortDescription": {"text": found.headline},
        "fullDescription": {"text": found.headline},
        "help": {"text": found.explanation, "markdown": found.explanation},
        "defaultConfiguration": {"level": level(found.severity)},
        "properties": {"tags": tags, "security-severity": number(found.severity), "precision": "high"},
    })
}

fn result(found: &Finding, rule: usize) -> Value {
    let mut result = json!({
        "ruleId": found.rule,
        "ruleIndex": rule,
        "level": level(found.severity),
        "message": {"text": format!("{}: {}", found.headline, found.explanation)},
        "locations": [{"physicalLocation": exact(found)}],
        "partialFingerprints": {"quillon/v1": found.fingerprint},
    });
    if !found.path.is_empty() {
        let steps: Vec<Value> =
            found.path.iter().map(|step| json!({"location": {"physicalLocation": physical(step)}})).collect();
        result["codeFlows"] = json!([{"threadFlows": [{"locations": steps}]}]);
    }
    result
}

fn exact(found: &Finding) -> Value {
    let mut place = physical(&found.place);
    if let Some(range) = &found.range {
        // All four from the range: what ends with a line's end ends in the next line, at its start.
        place["region"] = json!({
            "startLine": range.start.line + 1,
            "startColumn": range.start.character + 1,
            "endLine": range.end.line + 1,
            "endColumn": range.end.character + 1,
        });
    }
    place
}

fn physical(place: &Place) -> Value {
    json!({
        "artifactLocation": {"uri": uri(&place.path), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": place.lines.first, "endLine": place.lines.last},
    })
}

/// A path as a relative reference: what has a meaning in one is written as its bytes.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn notification(notice: &Notice) -> Value {
    let level = match notice.level {
        NoticeLevel::Info => "note",
        NoticeLevel::Warning => "warning",
    };
    json!({"level": level, "message": {"text": notice.text}})
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// What code hosts sort by: from 9 critical, from 7 high, from 4 medium.
const fn number(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::{LineRange, Position, TextRange};
    use quillon_contract::event::End;

    use super::*;

    fn shown(events: Vec<Event>) -> Value {
        let mut sarif = Sarif::default();
        events.into_iter().for_each(|event| sarif.add(event));
        serde_json::from_str(&sarif.text()).unwrap()
    }

    fn place(path: &str, line: u32) -> Place {
        Place { path: path.into(), lines: LineRange { first: line, last: line } }
    }

    #[test]
    fn a_finding_has_its_rule_place_flow_and_mark() {
        let at = |character| Position { line: 6, character };
        let found = Finding {
            rule: "java-sql-injection".into(),
            severity: Severity::Critical,
            headline: "SQL made of input".into(),
            explanation: "Bind the values.".into(),
            place: place("src/a b.java", 7),
            range: Some(TextRange { start: at(4), end: at(9) }),
            path: vec![place("src/a b.java", 3), place("src/a b.java", 7)],
            cwe: vec![89],
            fingerprint: "0123:0".into(),
            fix: None,
        };
        let end =
            End { outcome: Outcome::Done, answerer: None, conversation: None, record: None, receipt: None };
        let document = shown(vec![Event::Finding(found), Event::End(end)]);
        let run = &document["runs"][0];
        assert_eq!(
            run["tool"]["driver"]["rules"][0]["properties"]["tags"],
            json!(["security", "external/cwe/cwe-089"])
        );
        assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "9.5");
        let result = &run["results"][0];
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "src/a%20b.java");
        assert_eq!(
            physical["region"],
            json!({"startLine": 7, "endLine": 7, "startColumn": 5, "endColumn": 10})
        );
        assert_eq!(result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len(), 2);
        assert_eq!(result["partialFingerprints"]["quillon/v1"], "0123:0");
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    }

    #[test]
    fn a_review_that_failed_says_so() {
        let fault = quillon_base::Fault::internal("it broke");
        let end = End {
            outcome: Outcome::Failed { fault },
            answerer: None,
            conversation: None,
            record: None,
            receipt: None,
        };
        let document = shown(vec![Notice::warning("a.py was not reviewed"), Event::End(end)]);
        let invocation = &document["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 2);
    }
}
