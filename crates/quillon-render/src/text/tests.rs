//! Every kind of event, to a pipe and to a coloured terminal.

use std::collections::BTreeMap;

use quillon_base::{Fault, FaultCode, LineRange, Position, Region, TextRange};
use quillon_contract::MeterUnit;
use quillon_contract::ask::Severity;
use quillon_contract::event::*;

use super::*;

mod findings;
mod hostile;

const PIPE: Look = Look {
    out_colour: false,
    err_colour: false,
    out_terminal: false,
    width: None,
    live: false,
    shared: false,
    quiet: false,
    by_file: false,
    names_conversation: false,
};
const TERMINAL: Look = Look {
    out_colour: true,
    err_colour: true,
    out_terminal: true,
    width: Some(48),
    live: true,
    shared: true,
    quiet: false,
    by_file: false,
    names_conversation: true,
};

fn show(look: Look, events: &[Event]) -> String {
    let mut renderer = TextRenderer::new(look);
    let mut shown = String::new();
    let mut stream = "";
    for piece in events.iter().flat_map(|event| renderer.event(event)) {
        let (name, text) = match &piece {
            Piece::Out(text) => ("[out]", text),
            Piece::Err(text) => ("[err]", text),
        };
        if name != stream {
            shown.push_str(name);
            shown.push('\n');
            stream = name;
        }
        shown.push_str(&visible(text));
        if !text.ends_with('\n') {
            shown.push('⏎');
        }
    }
    shown
}

fn text(text: &str) -> Event {
    Event::Text { text: text.into() }
}

fn place(path: &str, first: u32, last: u32) -> Place {
    Place { path: path.into(), lines: LineRange { first, last } }
}

fn range(from: (u32, u32), to: (u32, u32)) -> TextRange {
    let position = |(line, character)| Position { line, character };
    TextRange { start: position(from), end: position(to) }
}

fn end(outcome: Outcome, answerer: Option<Answerer>) -> Event {
    let conversation = "cnv_00000000000000000000000000".parse().ok();
    Event::End(End { outcome, answerer, conversation, record: Some(42), receipt: None })
}

fn passage() -> Event {
    Event::Reference(Reference::Passage {
        place: place("src/retry.rs", 9, 11),
        heading: Some("fn retry".into()),
        text: "pub fn retry() {\n    again(\"a line that is longer than the terminal is wide\");\n}\n".into(),
        language: Some("rust".into()),
    })
}

fn fix() -> Patch {
    let edits = vec![
        TextEdit {
            range: range((2, 0), (4, 0)),
            text: "subprocess.run([\"ls\", name])\n".into(),
            before: String::new(),
        },
        TextEdit { range: range((6, 4), (6, 4)), text: "check=True".into(), before: String::new() },
        TextEdit { range: range((8, 0), (8, 3)), text: String::new(), before: String::new() },
    ];
    let files = BTreeMap::from([
        ("src/a.py".to_owned(), FileChange::Edit { edits, before_sha256: "00".into() }),
        ("src/b.py".to_owned(), FileChange::Create { text: "import os\n\u{1b}[2J".into() }),
        ("src/c.py".to_owned(), FileChange::Remove { before_sha256: "00".into() }),
    ]);
    Patch { summary: "leave the shell out".into(), files }
}

fn plan(states: [StepState; 3], note: Option<&str>) -> Event {
    let titles = ["read the code", "change it", "run the tests"];
    let step = |(at, state): (usize, StepState)| Step {
        id: at.to_string(),
        title: titles[at].into(),
        state,
        note: note.filter(|_| state == StepState::Failed).map(str::to_owned),
    };
    Event::Plan(Plan {
        title: "Add paging".into(),
        steps: states.into_iter().enumerate().map(step).collect(),
    })
}

fn question(expected: Expected) -> Event {
    let id = "qst_00000000000000000000000000".parse().unwrap();
    Event::Question(Question { id, text: "Run `cargo test`?".into(), expected })
}

fn tool(state: ToolState, output: Option<&str>) -> Event {
    Event::Tool(ToolActivity {
        id: "1".into(),
        tool: "execute_bash".into(),
        summary: "cargo test".into(),
        state,
        output: output.map(str::to_owned),
    })
}

#[test]
fn an_answer_with_its_references_and_end() {
    let answer = [
        text("It is in **retry"),
        text("**:\n"),
        passage(),
        Event::Reference(Reference::Document {
            title: "Handbook".into(),
            location: "docs/on-call.md".into(),
            quote: Some("Call first.\nThen look.".into()),
        }),
        Event::Reference(Reference::Licence {
            spdx: "MIT".into(),
            repository: "a/b".into(),
            path: "src/c.rs".into(),
        }),
        text("That is all."),
        Event::Usage(Usage {
            unit: MeterUnit::AgentRequest,
            amount: 1,
            input_tokens: 120,
            output_tokens: 30,
        }),
        end(
            Outcome::Done,
            Some(Answerer::Model {
                model: "m-1".into(),
                provider: "example".into(),
                region: Region::new("eu-west-2").unwrap(),
            }),
        ),
    ];
    insta::assert_snapshot!(show(PIPE, &answer), @r#"
    [out]
    It is in **retry⏎**:

    src/retry.rs:9-11  (fn retry, rust)
     9 | pub fn retry() {
    10 |     again("a line that is longer than the terminal is wide");
    11 | }

    Handbook  docs/on-call.md
    > Call first.
    > Then look.

    matches public code under MIT: a/b src/c.rs

    That is all.⏎
    [err]
    [answered by model `m-1` of example in eu-west-2; used agent requests: 1, 120 tokens read and 30 written; record 42]
    "#);
    insta::assert_snapshot!(show(TERMINAL, &answer), @r#"
    [out]
    It is in⏎ ␛[1mretry␛[0m:

    ␛[1msrc/retry.rs:9-11␛[0m␛[2m  (fn retry, rust)␛[0m
    ␛[2m 9 |␛[0m pub fn retry() {
    ␛[2m10 |␛[0m     again("a line that is longer than the terminal is wide");
    ␛[2m11 |␛[0m }

    ␛[1mHandbook␛[0m  docs/on-call.md
    ␛[2m>␛[0m Call first.
    ␛[2m>␛[0m Then look.

    matches public code under ␛[1mMIT␛[0m: a/b src/c.rs

    That is⏎ all.
    [err]
    ␛[2m[answered by model `m-1` of example in eu-west-2; used agent requests: 1, 120 tokens read and 30 written; conversation cnv_00000000000000000000000000; record 42]␛[0m
    "#);
}

#[test]
fn a_finding_says_how_bad_where_why_and_what_would_mend_it() {
    let finding = |severity| {
        Event::Finding(Finding {
            rule: "py-shell-injection".into(),
            severity,
            headline: "shell command built from input".into(),
            explanation:
                "A caller who controls `name` controls the shell. **Pass a list** and leave the shell out."
                    .into(),
            place: place("src/a.py", 3, 3),
            range: None,
            path: vec![place("src/web.py", 10, 10), place("src/a.py", 3, 4)],
            cwe: vec![78, 88],
            fingerprint: "f".into(),
            fix: Some(fix()),
            snippet: Some(Snippet { first: 2, text: "import os\nos.system(name)\n".into() }),
            references: Vec::new(),
            apart: None,
            suppressed: None,
        })
    };
    insta::assert_snapshot!(show(PIPE, &[finding(Severity::High), end(Outcome::Findings, Some(Answerer::Embedded))]), @r#"
    [out]
    high: shell command built from input
      src/a.py:3  py-shell-injection  CWE-78  CWE-88
      path: src/web.py:10 -> src/a.py:3-4
      2 | import os
      3 | os.system(name)
      A caller who controls `name` controls the shell. **Pass a list** and leave the shell out.
      fix: leave the shell out
      --- a/src/a.py
      +++ b/src/a.py
      @@ replace lines 3-4 @@
      +subprocess.run(["ls", name])
      @@ insert at 7:5 @@
      +check=True
      @@ delete 9:1-9:4 @@
      --- /dev/null
      +++ b/src/b.py
      +import os
      +\u{1b}[2J
      --- a/src/c.py
      +++ /dev/null
      @@ removed @@
    [err]
    [answered by the embedded engine; no model was asked; record 42]
    "#);
    insta::assert_snapshot!(show(TERMINAL, &[finding(Severity::Medium)]), @r#"
    [out]
    ␛[1m␛[33mmedium:␛[0m shell command built from input
      src/a.py:3  py-shell-injection  CWE-78  CWE-88
      path: src/web.py:10 -> src/a.py:3-4
      ␛[2m2 |␛[0m import os
      ␛[2m3 |␛[0m os.system(name)
      A caller who controls ␛[36m`name`␛[0m controls the
      shell. ␛[1mPass␛[0m ␛[1ma␛[0m ␛[1mlist␛[0m and leave the shell out.
      fix: ␛[1m␛[34mleave the shell out␛[0m
      ␛[31m--- a/src/a.py␛[0m
      ␛[32m+++ b/src/a.py␛[0m
      ␛[2m@@ replace lines 3-4 @@␛[0m
      ␛[32m+subprocess.run(["ls", name])␛[0m
      ␛[2m@@ insert at 7:5 @@␛[0m
      ␛[32m+check=True␛[0m
      ␛[2m@@ delete 9:1-9:4 @@␛[0m
      ␛[31m--- /dev/null␛[0m
      ␛[32m+++ b/src/b.py␛[0m
      ␛[32m+import os␛[0m
      ␛[32m+\u{1b}[2J␛[0m
      ␛[31m--- a/src/c.py␛[0m
      ␛[32m+++ /dev/null␛[0m
      ␛[2m@@ removed @@␛[0m
    "#);
}

#[test]
fn a_patch_is_a_difference() {
    insta::assert_snapshot!(show(PIPE, &[Event::Patch(fix())]), @r#"
    [out]
    leave the shell out
    --- a/src/a.py
    +++ b/src/a.py
    @@ replace lines 3-4 @@
    +subprocess.run(["ls", name])
    @@ insert at 7:5 @@
    +check=True
    @@ delete 9:1-9:4 @@
    --- /dev/null
    +++ b/src/b.py
    +import os
    +\u{1b}[2J
    --- a/src/c.py
    +++ /dev/null
    @@ removed @@
    "#);
}

#[test]
fn a_plan_is_shown_once_and_then_its_changes() {
    use StepState::{Done, Failed, Running, Skipped, Waiting};
    let states = [
        plan([Waiting, Waiting, Waiting], None),
        plan([Running, Waiting, Waiting], None),
        plan([Running, Waiting, Waiting], None),
        plan([Done, Skipped, Running], None),
        text("Almost.\n"),
        plan([Done, Skipped, Failed], Some("two tests fail")),
    ];
    insta::assert_snapshot!(show(PIPE, &states), @"
    [out]
    Add paging
    [ ] read the code
    [ ] change it
    [ ] run the tests
    [>] read the code
    [x] read the code
    [-] skipped: change it
    [>] run the tests

    Almost.

    [!] failed: run the tests - two tests fail
    ");
    insta::assert_snapshot!(show(TERMINAL, &states[3..]), @"
    [out]
    ␛[1m␛[34mAdd paging␛[0m
    ␛[32m[x]␛[0m read the code
    ␛[2m[-] skipped:␛[0m change it
    ␛[1m[>]␛[0m run the tests

    Almost.

    ␛[1m␛[31m[!] failed:␛[0m run the tests - two tests fail
    ");
}

#[test]
fn questions_say_what_about() {
    let asked = [
        question(Expected::Approval {
            action: "quillon:RunCommand".into(),
            resource: "workspace/1".into(),
            may_trust: true,
        }),
        question(Expected::Choice { options: vec!["one".into(), "two\u{1b}[2J".into()] }),
        question(Expected::Value { label: "token".into(), secret: true }),
    ];
    insta::assert_snapshot!(show(PIPE, &asked), @r"
    [err]
    question: Run `cargo test`?
      action    quillon:RunCommand
      resource  workspace/1
    question: Run `cargo test`?
      1. one
      2. two\u{1b}[2J
    question: Run `cargo test`?
    ");
    insta::assert_snapshot!(show(TERMINAL, &asked[..1]), @"
    [err]
    ␛[1mquestion:␛[0m Run `cargo test`?
      action    quillon:RunCommand
      resource  workspace/1
    ");
}

#[test]
fn what_is_beside_the_answer_goes_beside_it() {
    let long: String = (1..=14).map(|line| format!("line {line}\n")).collect();
    let beside = [
        Notice::info("read as `windows-1252`"),
        Notice::warning("two files were\nnot read"),
        tool(ToolState::Started, None),
        tool(ToolState::Finished, Some(&long)),
        tool(ToolState::Failed, None),
        tool(ToolState::Refused, None),
        Event::Progress(Progress { label: "reading".into(), done: 3, total: Some(12) }),
        Event::Progress(Progress { label: "reading".into(), done: 4, total: None }),
        end(Outcome::Cancelled, None),
    ];
    insta::assert_snapshot!(show(PIPE, &beside), @"
    [err]
    note: read as `windows-1252`
    warning: two files were not read
    tool `execute_bash`: cargo test
    tool `execute_bash` finished: cargo test
      | line 1
      | line 2
      | line 3
      | line 4
      | line 5
      | line 6
      | line 7
      | line 8
      | line 9
      | line 10
      | line 11
      | line 12
      | … 2 more lines
    tool `execute_bash` failed: cargo test
    tool `execute_bash` was refused: cargo test
    note: the work was stopped
    [record 42]
    ");
    insta::assert_snapshot!(show(TERMINAL, &beside), @"
    [err]
    ␛[1mnote:␛[0m read as `windows-1252`
    ␛[1m␛[33mwarning:␛[0m two files were not read
    ␛[1mtool `execute_bash`:␛[0m cargo test
    ␛[1mtool `execute_bash` finished:␛[0m cargo test
    ␛[2m  | line 1␛[0m
    ␛[2m  | line 2␛[0m
    ␛[2m  | line 3␛[0m
    ␛[2m  | line 4␛[0m
    ␛[2m  | line 5␛[0m
    ␛[2m  | line 6␛[0m
    ␛[2m  | line 7␛[0m
    ␛[2m  | line 8␛[0m
    ␛[2m  | line 9␛[0m
    ␛[2m  | line 10␛[0m
    ␛[2m  | line 11␛[0m
    ␛[2m  | line 12␛[0m
    ␛[2m  | … 2 more lines␛[0m
    ␛[1m␛[33mtool `execute_bash` failed:␛[0m cargo test
    ␛[1m␛[33mtool `execute_bash` was refused:␛[0m cargo test
    ␍␛[Kreading: 3/12 (25%)⏎␍␛[Kreading: 4⏎␍␛[K⏎␛[1mnote:␛[0m the work was stopped
    ␛[2m[conversation cnv_00000000000000000000000000; record 42]␛[0m
    ");
    insta::assert_snapshot!(show(Look { quiet: true, ..PIPE }, &beside), @"
    [err]
    warning: two files were not read
    note: the work was stopped
    ");
}

#[test]
fn on_a_shared_screen_notes_do_not_cut_lines() {
    let events = [
        text("Half a line "),
        Event::Progress(Progress { label: "not now".into(), done: 1, total: None }),
        Notice::info("between"),
        text("and the other half.\n"),
        Event::Progress(Progress { label: "now".into(), done: 1, total: Some(0) }),
        text("Next."),
        end(Outcome::Done, Some(Answerer::Script { name: "s".into() })),
    ];
    insta::assert_snapshot!(show(TERMINAL, &events), @"
    [out]
    Half a line⏎
    [err]
    ␛[1mnote:␛[0m between
    [out]
    and the other half.
    [err]
    ␍␛[Know: 1⏎␍␛[K⏎[out]
    Next.
    [err]
    ␛[2m[answered by script `s`; conversation cnv_00000000000000000000000000; record 42]␛[0m
    ");
    insta::assert_snapshot!(show(PIPE, &events), @"
    [out]
    Half a line ⏎[err]
    note: between
    [out]
    and the other half.
    Next.⏎
    [err]
    [answered by script `s`; record 42]
    ");
}

#[test]
fn suggestions_and_artifacts_are_what_they_are() {
    let made = [
        Event::Suggestion(Suggestion {
            id: "1".into(),
            text: "fn a() {\n}".into(),
            replaces: TextRange::default(),
            version: 1,
            references: vec![Reference::Licence {
                spdx: "MIT".into(),
                repository: "a/b".into(),
                path: "c".into(),
            }],
        }),
        Event::Artifact(Artifact {
            name: "audit.jsonl".into(),
            media_type: "application/jsonl".into(),
            text: "{\"a\":\"\u{9b}\"}".into(),
        }),
    ];
    insta::assert_snapshot!(show(PIPE, &made).replace('\u{9b}', "<9b>"), @r#"
    [out]
    fn a() {
    }
    matches public code under MIT: a/b c
    [err]
    `audit.jsonl` (application/jsonl)
    [out]
    {"a":"<9b>"}
    "#);
    insta::assert_snapshot!(show(TERMINAL, &made), @r#"
    [out]
    fn a() {
    }
    matches public code under ␛[1mMIT␛[0m: a/b c
    [err]
    `audit.jsonl` (application/jsonl)
    [out]
    {"a":"\u{9b}"}
    "#);
}

#[test]
fn blocks_are_set_off_by_one_empty_line() {
    let answer = [
        text("Before:\n\n"),
        passage(),
        text("\n"),
        text("\nBetween."),
        passage(),
        Event::Usage(Usage { unit: MeterUnit::Request, amount: 1, input_tokens: 0, output_tokens: 0 }),
        end(Outcome::Done, None),
    ];
    insta::assert_snapshot!(show(PIPE, &answer), @r#"
    [out]
    Before:

    src/retry.rs:9-11  (fn retry, rust)
     9 | pub fn retry() {
    10 |     again("a line that is longer than the terminal is wide");
    11 | }

    Between.⏎

    src/retry.rs:9-11  (fn retry, rust)
     9 | pub fn retry() {
    10 |     again("a line that is longer than the terminal is wide");
    11 | }
    [err]
    [record 42]
    "#);
}

#[test]
fn tables_and_charts_are_blocks() {
    let shown = [
        Event::Table(Table {
            title: "Models".into(),
            columns: vec!["model".into(), "window".into()],
            rows: vec![vec!["m-1".into(), "200000".into()]],
        }),
        Event::Chart(Chart {
            title: "Cost".into(),
            kind: ChartKind::Line,
            unit: String::new(),
            labels: vec!["May".into(), "June".into()],
            series: vec![Series { name: "cost".into(), values: vec![1.0, 2.0] }],
        }),
        text("See above."),
    ];
    insta::assert_snapshot!(show(PIPE, &shown), @"
    [out]
    Models
    model  window
    -----  ------
    m-1    200000

    Cost
    May   1  ██████████████████████████████
    June  2  ████████████████████████████████████████████████████████████

    See above.⏎
    ");
    insta::assert_snapshot!(show(TERMINAL, &shown), @"
    [out]
    ␛[1m␛[34mModels␛[0m
    ␛[1mmodel  window␛[0m
    ␛[2m-----  ------␛[0m
    m-1    200000

    ␛[1m␛[34mCost␛[0m
    May   1  ██████████████████▌
    June  2  █████████████████████████████████████

    See⏎
    ");
}

#[test]
fn a_refusal_and_a_failure_are_faults() {
    let fault =
        Fault::new(FaultCode::PolicyRefused, "`alice` may not run commands").hint("ask an administrator");
    insta::assert_snapshot!(show(PIPE, &[text("a"), end(Outcome::Refused { fault: fault.clone() }, None)]), @"
    [out]
    a⏎
    [err]
    error: `alice` may not run commands [policy.refused]
    hint: ask an administrator
    [record 42]
    ");
    insta::assert_snapshot!(show(Look { quiet: true, ..TERMINAL }, &[end(Outcome::Failed { fault }, None)]), @"
    [err]
    ␛[1m␛[31merror:␛[0m `alice` may not run commands [policy.refused]
    ␛[1mhint:␛[0m ask an administrator
    ");
}

#[test]
fn an_answer_may_break_off() {
    let mut renderer = TextRenderer::new(TERMINAL);
    renderer.event(&Event::Progress(Progress { label: "l".into(), done: 1, total: None }));
    assert_eq!(renderer.break_off(), [Piece::Err(CLEAR_LINE.into())]);
    assert_eq!(renderer.event(&text("**half")), []);
    assert_eq!(renderer.break_off(), [Piece::Out("**half\n".into())]);
}
