//! Findings as SARIF 2.1.0, as code hosts take it: one run, a rule for each that found something, with its weakness
//! classes as tags and its severity as a number, and for each finding its place, the way the data came, a fix that was
//! tried, who took it back, and a mark that survives moving lines.

use std::collections::BTreeMap;

use quillon_base::TextRange;
use quillon_contract::Event;
use quillon_contract::ask::Severity;
use quillon_contract::event::{
    FileChange, Finding, Notice, NoticeLevel, Patch, Place, Skipped, Suppressed, SuppressedBy, TextEdit,
};
use serde_json::{Value, json};

use crate::blocks::apart_words;
use crate::json::escape;
use crate::notes;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Where the results go.
const NO_RESULTS: &str = "\"results\": []";

/// An answer as one SARIF document.
#[derive(Clone, Debug, Default)]
pub struct Sarif {
    findings: Vec<Finding>,
    notices: Vec<Notice>,
    skipped: Vec<Skipped>,
    failure: Option<String>,
}

impl Sarif {
    /// Sorts an event in; what is no finding, notice or failure has no place in SARIF.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Finding(found) => self.findings.push(found),
            Event::Notice(notice) => self.notices.push(notice),
            Event::Skipped(skipped) => self.skipped.push(skipped),
            Event::End(end) => self.failure = notes::failure(&end.outcome),
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
        // One at a time: as values all of them would take many times the room of their text.
        let results: Vec<String> = self
            .findings
            .iter()
            .map(|found| format!("        {}", result(found, places[found.rule.as_str()])))
            .collect();
        let mut notes: Vec<Value> = self.notices.iter().map(notification).collect();
        notes.extend(self.skipped.iter().map(left_out));
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
                "automationDetails": {"id": "quillon/review/"},
                "columnKind": "utf16CodeUnits",
                "invocations": [{
                    "executionSuccessful": self.failure.is_none(),
                    "toolExecutionNotifications": notes,
                }],
                "results": [],
            }],
        });
        let mut text = format!("{document:#}\n");
        if !results.is_empty() {
            // A quotation mark within a text is escaped, so this stands in no text.
            text = text.replacen(NO_RESULTS, &format!("\"results\": [\n{}\n      ]", results.join(",\n")), 1);
        }
        escape(&text)
    }
}

fn rule(found: &Finding) -> Value {
    let tags: Vec<String> = found.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")).collect();
    let is_security = !found.cwe.is_empty();
    let kind = if is_security { "security" } else { "maintainability" };
    let tags: Vec<&str> = [kind].into_iter().chain(tags.iter().map(String::as_str)).collect();
    let mut rule = json!({
        "id": found.rule,
        "name": found.rule,
        "shortDescription": {"text": found.headline},
        "fullDescription": {"text": found.headline},
        "help": {"text": found.explanation, "markdown": found.explanation},
        "defaultConfiguration": {"level": level(found.severity)},
        "properties": {"tags": tags, "precision": "high"},
    });
    if is_security {
        rule["properties"]["security-severity"] = json!(number(found.severity));
    }
    if let Some(link) = link(found) {
        rule["helpUri"] = json!(link);
    }
    rule
}

/// Where to read more: what the rule names, else its weakness class.
fn link(found: &Finding) -> Option<String> {
    let is_link = |text: &&String| text.starts_with("https://") || text.starts_with("http://");
    let of_class = |number: &u32| format!("https://cwe.mitre.org/data/definitions/{number}.html");
    found.references.iter().find(is_link).cloned().or_else(|| found.cwe.first().map(of_class))
}

fn result(found: &Finding, rule: usize) -> Value {
    let mut result = json!({
        "ruleId": found.rule,
        "ruleIndex": rule,
        "level": level(found.severity),
        "message": {"text": format!("{}: {}", found.headline, found.explanation)},
        "locations": [{"physicalLocation": exact(found)}],
        // The first is what code hosts compare, the second says whose it is.
        "partialFingerprints": {"primaryLocationLineHash": found.fingerprint, "quillon/v1": found.fingerprint},
    });
    if !found.path.is_empty() {
        let steps: Vec<Value> =
            found.path.iter().map(|step| json!({"location": {"physicalLocation": physical(step)}})).collect();
        result["codeFlows"] = json!([{"threadFlows": [{"locations": steps}]}]);
    }
    if let Some(fix) = &found.fix {
        result["fixes"] = json!([fixed(fix)]);
    }
    if let Some(suppressed) = &found.suppressed {
        result["suppressions"] = json!([suppression(suppressed)]);
        if suppressed.by == SuppressedBy::Baseline {
            result["baselineState"] = json!("unchanged");
        }
    }
    if let Some(apart) = found.apart {
        result["properties"] = json!({"apart": apart_words(apart)});
    }
    result
}

fn suppression(suppressed: &Suppressed) -> Value {
    let kind = match suppressed.by {
        SuppressedBy::Comment => "inSource",
        SuppressedBy::Baseline => "external",
    };
    json!({"kind": kind, "status": "accepted", "justification": suppressed.reason})
}

fn fixed(patch: &Patch) -> Value {
    let changes: Vec<Value> = patch
        .files
        .iter()
        .filter_map(|(path, change)| match change {
            FileChange::Edit { edits, .. } => Some(json!({
                "artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"},
                "replacements": edits.iter().map(replacement).collect::<Vec<_>>(),
            })),
            FileChange::Create { .. } | FileChange::Remove { .. } => None,
        })
        .collect();
    json!({"description": {"text": patch.summary}, "artifactChanges": changes})
}

fn replacement(edit: &TextEdit) -> Value {
    json!({"deletedRegion": region(&edit.range), "insertedContent": {"text": edit.text}})
}

/// All four from the range: what ends with a line's end ends in the next line, at its start.
fn region(range: &TextRange) -> Value {
    json!({
        "startLine": range.start.line + 1,
        "startColumn": range.start.character + 1,
        "endLine": range.end.line + 1,
        "endColumn": range.end.character + 1,
    })
}

fn exact(found: &Finding) -> Value {
    let mut place = physical(&found.place);
    if let Some(range) = &found.range {
        place["region"] = region(range);
    }
    if let Some(snippet) = &found.snippet {
        let lines = snippet.text.lines().count().max(1) as u32;
        place["contextRegion"] = json!({
            "startLine": snippet.first,
            "endLine": snippet.first.saturating_add(lines - 1),
            "snippet": {"text": snippet.text},
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

/// A file that was not looked at, with its place.
fn left_out(skipped: &Skipped) -> Value {
    json!({
        "level": "warning",
        "message": {"text": notes::skipped_words(skipped)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&skipped.path), "uriBaseId": "%SRCROOT%"},
        }}],
    })
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
    use quillon_contract::ask::SetApart;
    use quillon_contract::event::{End, Outcome, Snippet};

    use super::*;

    /// The document, which the schema of the standard allows.
    fn shown(events: Vec<Event>) -> Value {
        let mut sarif = Sarif::default();
        events.into_iter().for_each(|event| sarif.add(event));
        let document: Value = serde_json::from_str(&sarif.text()).unwrap();
        assert_eq!(faults(&document), Vec::<String>::new());
        document
    }

    /// What of a document the schema does not allow.
    fn faults(document: &Value) -> Vec<String> {
        let schema: Value = serde_json::from_str(include_str!("../testdata/sarif-2.1.0.json")).unwrap();
        let mut faults = Vec::new();
        check(&schema, &schema, document, "", &mut faults);
        faults
    }

    fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.trim_start_matches("#/definitions/");
            return check(root, &root["definitions"][name], value, at, faults);
        }
        let is_kind = match schema["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => true,
        };
        let is_known = schema["enum"].as_array().is_none_or(|names| names.contains(value));
        let is_large =
            schema["minimum"].as_i64().is_none_or(|least| value.as_i64().is_none_or(|is| is >= least));
        if !is_kind || !is_known || !is_large {
            faults.push(format!("{at}: {value} is not {schema}"));
        }
        let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        faults.extend(
            needed.filter(|key| value.get(key).is_none()).map(|key| format!("{at}/{key} is missing")),
        );
        for (key, inner) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            match (schema["properties"].get(key), &schema["additionalProperties"]) {
                (Some(schema), _) => check(root, schema, inner, &at, faults),
                (None, Value::Bool(false)) => faults.push(format!("{at} is not known")),
                (None, more) if more.is_object() => check(root, more, inner, &at, faults),
                (None, _) => {}
            }
        }
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        for (nth, item) in items.iter().enumerate() {
            check(root, &schema["items"], item, &format!("{at}/{nth}"), faults);
            if schema["uniqueItems"] == true && items[..nth].contains(item) {
                faults.push(format!("{at}/{nth} is there twice"));
            }
        }
        for one in ["anyOf", "oneOf"].iter().filter_map(|key| schema[key].as_array()) {
            let fits = |schema: &&Value| {
                let mut inner = Vec::new();
                check(root, schema, value, at, &mut inner);
                inner.is_empty()
            };
            if !one.iter().any(|schema| fits(&schema)) {
                faults.push(format!("{at} is none of what it may be"));
            }
        }
    }

    #[test]
    fn a_document_that_the_schema_does_not_allow_is_noticed() {
        let text = Sarif::default().text();
        for (from, to) in [
            ("\"semanticVersion\"", "\"semanticVersions\""),
            ("\"results\": []", "\"results\": [{}]"),
            ("\"utf16CodeUnits\"", "\"bytes\""),
            ("\"2.1.0\"", "2"),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text, "{from}");
            assert!(!faults(&serde_json::from_str(&changed).unwrap()).is_empty(), "{to}");
        }
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
            fix: Some(Patch {
                summary: "bind the value".into(),
                files: BTreeMap::from([(
                    "src/a b.java".to_owned(),
                    FileChange::Edit {
                        edits: vec![TextEdit {
                            range: TextRange { start: at(0), end: Position { line: 7, character: 0 } },
                            text: "new\n".into(),
                            before: "old\n".into(),
                        }],
                        before_sha256: "00".into(),
                    },
                )]),
            }),
            snippet: Some(Snippet { first: 6, text: "a\nb\n".into() }),
            references: vec!["https://example.com/sql".into()],
            apart: Some(SetApart::Tests),
            suppressed: Some(Suppressed { by: SuppressedBy::Comment, reason: "why".into() }),
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
        assert_eq!(
            result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
            "new\n"
        );
        assert_eq!(result["suppressions"][0]["kind"], "inSource");
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
        let skipped = Skipped { path: "b c.py".into(), reason: "it is not text".into(), partial: false };
        let document =
            shown(vec![Notice::warning("a.py was not reviewed"), Event::Skipped(skipped), Event::End(end)]);
        let invocation = &document["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 3);
    }
}
