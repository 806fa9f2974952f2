//! Findings with the keys of `codescan/findings/1.0`, in which the product writes what its reviews find, so that what reads
//! those reads ours. What the contract has more stands beside them: `fingerprint`, `flow`, `cwe`, `apart`, `suppressed`.

use quillon_contract::event::{FileChange, Finding, Patch, Place};
use serde_json::{Map, Value, json};

use crate::blocks::severity_word;

/// A finding as one object.
pub(crate) fn codescan(found: &Finding) -> Value {
    let fixes: Vec<Value> = found.fix.iter().map(fix).collect();
    let snippet: Vec<Value> = found
        .snippet
        .iter()
        .flat_map(|snippet| {
            let lines = snippet.text.lines().zip(u64::from(snippet.first)..);
            lines.map(|(content, number)| json!({"number": number, "content": content})).collect::<Vec<_>>()
        })
        .collect();
    let detector = format!("{}/{}@v1.0", language(&found.rule), found.rule);
    let mut object = json!({
        "filePath": found.place.path,
        "startLine": found.place.lines.first,
        "endLine": found.place.lines.last,
        "title": found.headline,
        "description": {"text": found.explanation, "markdown": found.explanation},
        "detectorId": detector,
        "detectorName": found.headline,
        "findingId": found.fingerprint,
        "ruleId": found.rule,
        "relatedVulnerabilities": found.cwe.iter().map(|number| format!("CWE-{number}")).collect::<Vec<_>>(),
        "severity": capitalised(severity_word(found.severity)),
        "remediation": {
            "recommendation": {"text": found.explanation, "url": found.references.first()},
            "suggestedFixes": fixes,
        },
        "codeSnippet": snippet,
    });
    if let Some(object) = object.as_object_mut() {
        more(found, object);
    }
    object
}

/// What the product has no keys for.
fn more(found: &Finding, object: &mut Map<String, Value>) {
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("fingerprint", json!(found.fingerprint));
    put("range", json!(found.range));
    put("flow", found.path.iter().map(place).collect());
    put("cwe", json!(found.cwe));
    put("references", json!(found.references));
    put("apart", json!(found.apart));
    put("suppressed", json!(found.suppressed));
}

fn place(place: &Place) -> Value {
    json!({"filePath": place.path, "startLine": place.lines.first, "endLine": place.lines.last})
}

/// A fix: what it does, its code, and the exact edits.
fn fix(patch: &Patch) -> Value {
    let edits = patch.files.values().filter_map(|change| match change {
        FileChange::Edit { edits, .. } => Some(edits),
        FileChange::Create { .. } | FileChange::Remove { .. } => None,
    });
    let code: Vec<&str> = edits.flatten().map(|edit| edit.text.trim_end_matches(['\n', '\r'])).collect();
    json!({"description": patch.summary, "code": code.join("\n"), "patch": patch})
}

/// The language that a rule's id begins with.
fn language(rule: &str) -> &str {
    let first = rule.split('-').next().unwrap_or_default();
    if matches!(first, "java" | "javascript" | "python" | "typescript") { first } else { "custom" }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
