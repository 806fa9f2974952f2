//! Answers for scripts. The shapes are a promise: keys are added, never changed or taken away within a contract version.
//!
//! `--output jsonl` is one [`Event`] a line, as it comes, in the contract's own form (`quillon schema`): each line has
//! the key `event`, and the last one is `{"event":"end",…}` with the outcome, the fault if there is one, who answered
//! and the record.
//!
//! `--output json` is one document at the end, a [`Document`]: the same data, sorted by kind, all keys always there.
//!
//! ```json
//! {
//!   "contract": 1,
//!   "answer": "the text in Markdown",
//!   "references": [], "suggestions": [], "findings": [], "skipped": [], "patches": [], "tables": [], "charts": [], "artifacts": [],
//!   "plan": null,
//!   "tools": [], "notices": [], "usage": [],
//!   "end": {"outcome": {"outcome": "done"}, "answerer": {"by": "embedded"}, "record": 7}
//! }
//! ```
//!
//! Each finding has the keys of `codescan/findings/1.0` ([`crate::codescan`]), and beside them what the contract has more.
//!
//! `plan` is the last state of the last plan, `tools` the last state of each call. Progress and questions are not kept:
//! when the document is written they are past. `end` is null only when the answer broke off without one.

use std::fmt::Write;

use quillon_contract::event::{
    Artifact, Chart, End, Notice, Patch, Plan, Reference, Skipped, Suggestion, Table, ToolActivity, Usage,
};
use quillon_contract::{CONTRACT_VERSION, Event};
use serde::Serialize;

use crate::codescan::codescan;

/// One event on one line, with its line end.
#[must_use]
pub fn json_line(event: &Event) -> String {
    format!("{}\n", escape(&serde_json::to_string(event).unwrap_or_else(|error| unserialisable(&error))))
}

/// An answer as one document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    contract: u32,
    answer: String,
    references: Vec<Reference>,
    suggestions: Vec<Suggestion>,
    findings: Vec<serde_json::Value>,
    skipped: Vec<Skipped>,
    patches: Vec<Patch>,
    tables: Vec<Table>,
    charts: Vec<Chart>,
    artifacts: Vec<Artifact>,
    plan: Option<Plan>,
    tools: Vec<ToolActivity>,
    notices: Vec<Notice>,
    usage: Vec<Usage>,
    end: Option<End>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            contract: CONTRACT_VERSION,
            answer: String::new(),
            references: Vec::new(),
            suggestions: Vec::new(),
            findings: Vec::new(),
            skipped: Vec::new(),
            patches: Vec::new(),
            tables: Vec::new(),
            charts: Vec::new(),
            artifacts: Vec::new(),
            plan: None,
            tools: Vec::new(),
            notices: Vec::new(),
            usage: Vec::new(),
            end: None,
        }
    }
}

impl Document {
    /// Sorts an event in.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Text { text } => self.answer.push_str(&text),
            Event::Suggestion(found) => self.suggestions.push(found),
            Event::Finding(found) => self.findings.push(codescan(&found)),
            Event::Skipped(found) => self.skipped.push(found),
            Event::Patch(found) => self.patches.push(found),
            Event::Plan(found) => self.plan = Some(found),
            Event::Tool(found) => match self.tools.iter_mut().find(|tool| tool.id == found.id) {
                Some(tool) => *tool = found,
                None => self.tools.push(found),
            },
            Event::Table(found) => self.tables.push(found),
            Event::Chart(found) => self.charts.push(found),
            Event::Reference(found) => self.references.push(found),
            Event::Artifact(found) => self.artifacts.push(found),
            Event::Usage(found) => self.usage.push(found),
            Event::Notice(found) => self.notices.push(found),
            Event::End(end) => self.end = Some(end),
            Event::Question(_) | Event::Progress(_) => {}
        }
    }

    /// The document, with its line end.
    #[must_use]
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_else(|error| unserialisable(&error));
        format!("{}\n", escape(&text))
    }
}

/// No type of the contract has a key that is not text, which is all that could fail.
fn unserialisable(error: &serde_json::Error) -> String {
    serde_json::json!({ "error": error.to_string() }).to_string()
}

/// JSON leaves some characters alone that command a terminal; they stand in strings only, where an escape means the
/// same.
pub(crate) fn escape(json: &str) -> String {
    let is_plain = |c: char| {
        matches!(c, ' '..='~' | '\n')
            || quillon_text::terminal_safe(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8()
    };
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_plain(c) {
            text.push(c);
        } else {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use quillon_base::{Fault, FaultCode};
    use quillon_contract::event::{Answerer, Notice, Outcome, ToolState};

    use super::*;

    fn tool(state: ToolState) -> Event {
        Event::Tool(ToolActivity {
            id: "1".into(),
            tool: "fs_read".into(),
            summary: "read".into(),
            state,
            output: None,
        })
    }

    fn end(outcome: Outcome) -> Event {
        Event::End(End {
            outcome,
            answerer: Some(Answerer::Embedded),
            conversation: None,
            record: Some(7),
            receipt: None,
        })
    }

    #[test]
    fn a_document_has_all_keys_and_the_last_states() {
        let mut document = Document::default();
        let text = |text: &str| Event::Text { text: text.into() };
        for event in [
            text("half "),
            text("and half"),
            tool(ToolState::Started),
            tool(ToolState::Finished),
            Notice::info("n"),
            end(Outcome::Done),
        ] {
            document.add(event);
        }
        insta::assert_snapshot!(document.text(), @r#"
        {
          "contract": 1,
          "answer": "half and half",
          "references": [],
          "suggestions": [],
          "findings": [],
          "skipped": [],
          "patches": [],
          "tables": [],
          "charts": [],
          "artifacts": [],
          "plan": null,
          "tools": [
            {
              "id": "1",
              "tool": "fs_read",
              "summary": "read",
              "state": "finished"
            }
          ],
          "notices": [
            {
              "level": "info",
              "text": "n"
            }
          ],
          "usage": [],
          "end": {
            "outcome": {
              "outcome": "done"
            },
            "answerer": {
              "by": "embedded"
            },
            "record": 7
          }
        }
        "#);
    }

    #[test]
    fn a_fault_is_in_the_end() {
        let fault = Fault::new(FaultCode::PolicyRefused, "no").hint("ask").inner("not for outside");
        insta::assert_snapshot!(json_line(&end(Outcome::Refused { fault })), @r#"{"event":"end","outcome":{"outcome":"refused","fault":{"code":"policy.refused","message":"no","hint":"ask"}},"answerer":{"by":"embedded"},"record":7}"#);
    }

    #[test]
    fn what_could_command_a_terminal_is_escaped_and_means_the_same() {
        let text = "é 日 \u{1b}[2J \u{9b}1m \u{7f} \u{202e}x\r\n\t\u{1f600}";
        let line = json_line(&Event::Text { text: text.into() });
        assert!(line.trim_end().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{line}");
        assert!(line.contains("é 日"), "{line}");
        let back: Event = serde_json::from_str(&line).unwrap();
        assert_eq!(back, Event::Text { text: text.into() });
    }
}
