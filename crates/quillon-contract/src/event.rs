//! What comes out while an ask is answered.
//!
//! The set grows, typed; nothing is passed as free-form data. An answer ends with exactly one [`Event::End`].

use std::collections::BTreeMap;

use quillon_base::{ConversationId, Fault, LineRange, QuestionId, Region, TextRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ask::{SetApart, Severity};
use crate::manifest::MeterUnit;

/// One piece of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// More text of the answer, in Markdown.
    Text {
        /// The piece; it may end within a word.
        text: String,
    },
    /// Code for the cursor.
    Suggestion(Suggestion),
    /// Something found in the code.
    Finding(Finding),
    /// Something that was not looked at.
    Skipped(Skipped),
    /// Changes to files, not yet made.
    Patch(Patch),
    /// A plan, or its new state.
    Plan(Plan),
    /// A question that holds the work until it is answered.
    Question(Question),
    /// A tool being used.
    Tool(ToolActivity),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// Where a statement comes from.
    Reference(Reference),
    /// Something made, to keep or to open.
    Artifact(Artifact),
    /// How far long work is.
    Progress(Progress),
    /// What was used.
    Usage(Usage),
    /// Something worth knowing that is not the answer.
    Notice(Notice),
    /// The end of the answer. Its record is durable.
    End(End),
}

/// Code for the cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Suggestion {
    /// Its id, for what becomes of it.
    pub id: String,
    /// The text.
    pub text: String,
    /// What it replaces.
    pub replaces: TextRange,
    /// The buffer's version for which it is good.
    pub version: i64,
    /// Public code that it matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file, as the workspace names it.
    pub path: String,
    /// The lines.
    pub lines: LineRange,
}

/// Something found in the code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule that found it.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in a line.
    pub headline: String,
    /// Why it matters, in Markdown.
    pub explanation: String,
    /// Where it is.
    pub place: Place,
    /// The exact range, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<TextRange>,
    /// How the data came there, from source to sink.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Place>,
    /// Weakness classes, as CWE numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwe: Vec<u32>,
    /// A mark that stays the same while lines move, to recognise it by.
    pub fingerprint: String,
    /// What would mend it: read and scanned again, with the finding gone and nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Patch>,
    /// The code where it is, with a line around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// What kind of file it is in, where that is one that is set apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<SetApart>,
    /// Why it does not count, where somebody took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppressed>,
}

/// Lines of code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snippet {
    /// The first line, from 1.
    pub first: u32,
    /// The lines.
    pub text: String,
}

/// Who took a finding back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressedBy {
    /// A comment in the code.
    Comment,
    /// A baseline that has it.
    Baseline,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppressed {
    /// Who took it back.
    pub by: SuppressedBy,
    /// Why.
    pub reason: String,
}

/// Something that was not looked at, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// The file or folder.
    pub path: String,
    /// Why, as a lower-case sentence.
    pub reason: String,
    /// Whether part of it was looked at all the same.
    #[serde(default)]
    pub partial: bool,
}

/// One change within a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextEdit {
    /// What is replaced.
    pub range: TextRange,
    /// By what.
    pub text: String,
    /// What is there, where that is to be shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
}

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum FileChange {
    /// Edits within it.
    Edit {
        /// The edits, in order, not overlapping.
        edits: Vec<TextEdit>,
        /// SHA-256 of the content they are for, in hex.
        before_sha256: String,
    },
    /// It is made.
    Create {
        /// Its content.
        text: String,
    },
    /// It is removed.
    Remove {
        /// SHA-256 of the content that is removed, in hex.
        before_sha256: String,
    },
}

/// Changes to files, not yet made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Patch {
    /// What it does, in a line.
    pub summary: String,
    /// The changes, by path.
    pub files: BTreeMap<String, FileChange>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// Under way.
    Running,
    /// Done.
    Done,
    /// Left out on purpose.
    Skipped,
    /// It failed.
    Failed,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Its id, stable over updates.
    pub id: String,
    /// What it does.
    pub title: String,
    /// How it stands.
    pub state: StepState,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A plan, or its new state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// What it is for.
    pub title: String,
    /// All its steps.
    pub steps: Vec<Step>,
}

/// What an answer to a question must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Expected {
    /// Yes or no to something about to be done.
    Approval {
        /// The action that would be done.
        action: String,
        /// To what.
        resource: String,
        /// Whether it may also be approved for the rest of the session.
        may_trust: bool,
    },
    /// One of these.
    Choice {
        /// What can be chosen.
        options: Vec<String>,
    },
    /// A value that is missing.
    Value {
        /// What it is.
        label: String,
        /// Whether it must not be shown or kept.
        secret: bool,
    },
}

/// A question that holds the work until it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// Its id, for the answer.
    pub id: QuestionId,
    /// The question.
    pub text: String,
    /// What the answer must be.
    pub expected: Expected,
}

/// How the use of a tool stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolState {
    /// It is running.
    Started,
    /// It is done.
    Finished,
    /// It failed.
    Failed,
    /// It was refused.
    Refused,
}

/// A tool being used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolActivity {
    /// The call's id, stable over its states.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// What it does now, in a line.
    pub summary: String,
    /// How it stands.
    pub state: ToolState,
    /// Its output so far, shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// The columns.
    pub columns: Vec<String>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Bars.
    Bar,
    /// Lines.
    Line,
}

/// One series of a chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// A value for each label.
    pub values: Vec<f64>,
}

/// A chart. Its table says the same for those who do not see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How it is drawn.
    pub kind: ChartKind,
    /// The unit of the values.
    pub unit: String,
    /// The labels along the axis.
    pub labels: Vec<String>,
    /// The series.
    pub series: Vec<Series>,
}

/// Where a statement comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reference {
    /// Lines of a file of the workspace.
    Passage {
        /// Where.
        place: Place,
        /// The definition or section that it is in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heading: Option<String>,
        /// The lines themselves.
        text: String,
        /// The file's language, as Markdown fences name it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    /// A document.
    Document {
        /// Its title.
        title: String,
        /// Where it is.
        location: String,
        /// The part that counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quote: Option<String>,
    },
    /// Public code that a suggestion matches.
    Licence {
        /// The licence, by its SPDX id.
        spdx: String,
        /// The repository.
        repository: String,
        /// The file there.
        path: String,
    },
}

/// Something made, to keep or to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// Its file name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its text.
    pub text: String,
}

/// How far long work is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// What is being done.
    pub label: String,
    /// How much is done.
    pub done: u64,
    /// Of how much, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// What was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// The unit of the quota.
    pub unit: MeterUnit,
    /// How much of it.
    pub amount: u64,
    /// Tokens that a model read.
    #[serde(default)]
    pub input_tokens: u64,
    /// Tokens that a model wrote.
    #[serde(default)]
    pub output_tokens: u64,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Look at it.
    Warning,
}

/// Something worth knowing that is not the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// How much it matters.
    pub level: NoticeLevel,
    /// What it says, in a line.
    pub text: String,
}

impl Notice {
    /// Good to know.
    pub fn info(text: impl Into<String>) -> Event {
        Event::Notice(Self { level: NoticeLevel::Info, text: text.into() })
    }

    /// Look at it.
    pub fn warning(text: impl Into<String>) -> Event {
        Event::Notice(Self { level: NoticeLevel::Warning, text: text.into() })
    }
}

/// Who answered. Every answer says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Answerer {
    /// The embedded engine; no model was asked.
    Embedded,
    /// A script that stands for a model, in tests.
    Script {
        /// The script's name.
        name: String,
    },
    /// A model.
    Model {
        /// Its id.
        model: String,
        /// Who speaks for it.
        provider: String,
        /// Where it answered.
        region: Region,
    },
}

/// How an ask ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is done, and there are findings that the asker wanted to hear of.
    Findings,
    /// A decision said no.
    Refused {
        /// Which and why.
        fault: Fault,
    },
    /// The asker stopped it.
    Cancelled,
    /// It failed.
    Failed {
        /// How.
        fault: Fault,
    },
}

/// The end of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct End {
    /// How it ended.
    pub outcome: Outcome,
    /// Who answered; nobody when it was refused before anyone could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answerer: Option<Answerer>,
    /// The conversation that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The place of the closing record in the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// The receipt of that record, where the request wanted one: a C2SP tlog-proof, which anyone who has the ledger's
    /// public key can check without the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

impl End {
    /// An end of which only the outcome is known.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        Self { outcome, answerer: None, conversation: None, record: None, receipt: None }
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::FaultCode;

    use super::*;

    fn check(event: Event) {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
    }

    fn place() -> Place {
        Place { path: "src/lib.rs".into(), lines: LineRange { first: 1, last: 3 } }
    }

    fn patch() -> Patch {
        let edit = TextEdit { range: TextRange::default(), text: "x".into(), before: String::new() };
        let files = BTreeMap::from([
            ("a".to_owned(), FileChange::Edit { edits: vec![edit], before_sha256: "00".into() }),
            ("b".to_owned(), FileChange::Create { text: "y".into() }),
            ("c".to_owned(), FileChange::Remove { before_sha256: "00".into() }),
        ]);
        Patch { summary: "rename".into(), files }
    }

    fn question(expected: Expected) -> Event {
        let id = "qst_00000000000000000000000000".parse().unwrap();
        Event::Question(Question { id, text: "go on".into(), expected })
    }

    #[test]
    fn every_event_survives_a_round_trip() {
        let licence = Reference::Licence { spdx: "MIT".into(), repository: "a/b".into(), path: "c".into() };
        check(Event::Text { text: "hé\u{202e}\n".into() });
        check(Event::Suggestion(Suggestion {
            id: "1".into(),
            text: "x".into(),
            replaces: TextRange::default(),
            version: -1,
            references: vec![licence.clone()],
        }));
        check(Event::Finding(Finding {
            rule: "r".into(),
            severity: Severity::High,
            headline: "h".into(),
            explanation: "e".into(),
            place: place(),
            range: None,
            path: vec![place()],
            cwe: vec![78],
            fingerprint: "f".into(),
            fix: Some(patch()),
            snippet: Some(Snippet { first: 1, text: "x".into() }),
            references: vec!["https://example.com".into()],
            apart: Some(SetApart::Tests),
            suppressed: Some(Suppressed { by: SuppressedBy::Baseline, reason: "known".into() }),
        }));
        check(Event::Skipped(Skipped { path: "a".into(), reason: "it is broken".into(), partial: true }));
        check(Event::Patch(patch()));
        let step = Step { id: "1".into(), title: "t".into(), state: StepState::Running, note: None };
        check(Event::Plan(Plan { title: "p".into(), steps: vec![step] }));
        check(question(Expected::Approval { action: "a".into(), resource: "r".into(), may_trust: true }));
        check(question(Expected::Choice { options: vec!["a".into()] }));
        check(question(Expected::Value { label: "l".into(), secret: true }));
        check(Event::Tool(ToolActivity {
            id: "1".into(),
            tool: "fs_read".into(),
            summary: "s".into(),
            state: ToolState::Refused,
            output: Some("o".into()),
        }));
        check(Event::Table(Table {
            title: "t".into(),
            columns: vec!["c".into()],
            rows: vec![vec!["v".into()]],
        }));
        check(Event::Chart(Chart {
            title: "t".into(),
            kind: ChartKind::Bar,
            unit: "USD".into(),
            labels: vec!["l".into()],
            series: vec![Series { name: "n".into(), values: vec![1.5] }],
        }));
        check(Event::Reference(licence));
        check(Event::Reference(Reference::Passage {
            place: place(),
            heading: None,
            text: "t".into(),
            language: Some("rust".into()),
        }));
        check(Event::Reference(Reference::Document { title: "t".into(), location: "l".into(), quote: None }));
        check(Event::Artifact(Artifact {
            name: "n".into(),
            media_type: "text/plain".into(),
            text: "t".into(),
        }));
        check(Event::Progress(Progress { label: "l".into(), done: 1, total: None }));
        check(Event::Usage(Usage {
            unit: MeterUnit::AgentRequest,
            amount: 1,
            input_tokens: 2,
            output_tokens: 3,
        }));
        check(Notice::info("n"));
        check(Notice::warning("n"));
    }

    #[test]
    fn every_end_survives_a_round_trip() {
        let fault = Fault::new(FaultCode::PolicyRefused, "no").hint("ask");
        let outcomes = [
            Outcome::Done,
            Outcome::Findings,
            Outcome::Cancelled,
            Outcome::Refused { fault: fault.clone() },
            Outcome::Failed { fault },
        ];
        let region = Region::device();
        let answerers = [
            None,
            Some(Answerer::Embedded),
            Some(Answerer::Script { name: "s".into() }),
            Some(Answerer::Model { model: "m".into(), provider: "p".into(), region }),
        ];
        for outcome in outcomes {
            for answerer in answerers.clone() {
                let outcome = outcome.clone();
                check(Event::End(End {
                    outcome,
                    answerer,
                    conversation: None,
                    record: Some(7),
                    receipt: Some("r".into()),
                }));
            }
        }
    }
}
