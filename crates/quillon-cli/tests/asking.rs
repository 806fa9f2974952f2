//! One ask: its forms, its exit codes, its questions, its end by Ctrl-C.

use std::io::ErrorKind;

use quillon_base::{Fault, FaultCode};
use quillon_cli::{Typed, WantedKind};
use quillon_contract::event::{Artifact, Expected, Notice, NoticeLevel, Outcome, Table};
use quillon_contract::{Answer, Event};

use crate::support::{Case, Play, Step, approval, done, end, question, text};

const USAGE: &str = r#"{"verb":"usage"}"#;
const UNATTENDED: &str = r#"{"verb":"chat","prompt":"go","resume":"no","trusted_tools":["a"],"unattended":true,"ephemeral":false}"#;
const ATTENDED: &str = r#"{"verb":"dev","request":"go","plan_only":false}"#;

fn fault(code: FaultCode) -> Fault {
    Fault::new(code, "it did not work").hint("try this")
}

fn table() -> Play {
    Play::event(Event::Table(Table {
        title: "Servers".into(),
        columns: vec!["name".into(), "state".into()],
        rows: vec![vec!["files".into(), "up".into()], vec!["web".into(), "down".into()]],
    }))
}

#[test]
fn an_answer_in_each_form() {
    let run = |line: &str, terminal| {
        let plays = vec![text("You used **3** of 50.\n"), Play::event(Notice::info("more soon")), done()];
        Case { terminal, ..Case::asks(vec![Step::Ask(USAGE, plays)]) }.run(line).seen()
    };
    insta::assert_snapshot!(run("quillon usage", false), @"
    You used **3** of 50.
    --- err
    note: more soon
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 0
    ");
    insta::assert_snapshot!(run("quillon usage", true), @"
    You used ␛[1m3␛[0m of 50.
    --- err
    ␛[1mnote:␛[0m more soon
    ␛[2m[answered by the embedded engine; no model was asked; record 7]␛[0m
    --- exit 0
    ");
    insta::assert_snapshot!(run("quillon usage --quiet", false), @"
    You used **3** of 50.
    --- err
    --- exit 0
    ");
    insta::assert_snapshot!(run("quillon --output json usage", false), @r#"
    {
      "contract": 1,
      "answer": "You used **3** of 50.\n",
      "references": [],
      "suggestions": [],
      "findings": [],
      "skipped": [],
      "patches": [],
      "tables": [],
      "charts": [],
      "artifacts": [],
      "plan": null,
      "tools": [],
      "notices": [
        {
          "level": "info",
          "text": "more soon"
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
        "conversation": "cnv_00000000000000000000000007",
        "record": 7
      }
    }
    --- err
    --- exit 0
    "#);
    insta::assert_snapshot!(run("quillon usage --output jsonl", false), @r#"
    {"event":"text","text":"You used **3** of 50.\n"}
    {"event":"notice","level":"info","text":"more soon"}
    {"event":"end","outcome":{"outcome":"done"},"answerer":{"by":"embedded"},"conversation":"cnv_00000000000000000000000007","record":7}
    --- err
    --- exit 0
    "#);
    insta::assert_snapshot!(run("quillon usage --color always", false), @"
    You used ␛[1m3␛[0m of 50.
    --- err
    ␛[1mnote:␛[0m more soon
    ␛[2m[answered by the embedded engine; no model was asked; record 7]␛[0m
    --- exit 0
    ");
    insta::assert_snapshot!(run("quillon usage --color never", true), @"
    You used **3** of 50.
    --- err
    note: more soon
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 0
    ");
}

#[test]
fn exit_codes_say_what_happened() {
    let run =
        |outcome: Outcome| Case::asks(vec![Step::Ask(USAGE, vec![end(outcome)])]).run("quillon usage").exit;
    assert_eq!(run(Outcome::Done), 0);
    assert_eq!(run(Outcome::Findings), 1);
    assert_eq!(run(Outcome::Cancelled), 130);
    let refused = |code| run(Outcome::Refused { fault: fault(code) });
    assert_eq!(refused(FaultCode::PolicyRefused), 1);
    assert_eq!(refused(FaultCode::QuotaExceeded), 1);
    let failed = |code| run(Outcome::Failed { fault: fault(code) });
    assert_eq!(failed(FaultCode::SettingUnknown), 2);
    assert_eq!(failed(FaultCode::ModelFailed), 3);
    assert_eq!(failed(FaultCode::ModelUnknown), 3);
    assert_eq!(failed(FaultCode::Internal), 3);
}

#[test]
fn aws_keeps_the_exit_codes_of_the_aws_cli() {
    let ask = r#"{"verb":"aws","service":"s3api","operation":"list-buckets"}"#;
    let run = |outcome: Outcome| {
        Case::asks(vec![Step::Ask(ask, vec![end(outcome)])]).run("quillon aws s3api list-buckets").exit
    };
    let failed = |code| run(Outcome::Failed { fault: fault(code) });
    assert_eq!(run(Outcome::Done), 0);
    assert_eq!(run(Outcome::Cancelled), 130);
    assert_eq!(failed(FaultCode::InputInvalid), 252);
    assert_eq!(failed(FaultCode::CloudUnconfigured), 253);
    assert_eq!(failed(FaultCode::CloudFailed), 254);
    assert_eq!(failed(FaultCode::ModelFailed), 255);
    assert_eq!(run(Outcome::Refused { fault: fault(FaultCode::PolicyRefused) }), 255);
}

#[test]
fn faults_are_where_they_are_looked_for() {
    let request = "req_00000000000000000000000000".parse().unwrap();
    let refused = || fault(FaultCode::PolicyRefused).request(request);
    let ended =
        || Case::asks(vec![Step::Ask(USAGE, vec![text("half"), end(Outcome::Refused { fault: refused() })])]);
    insta::assert_snapshot!(ended().run("quillon usage").seen(), @"
    half
    --- err
    error: it did not work [policy.refused]
    hint: try this
    request: req_00000000000000000000000000
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 1
    ");
    insta::assert_snapshot!(ended().run("quillon usage --output jsonl").seen(), @r#"
    {"event":"text","text":"half"}
    {"event":"end","outcome":{"outcome":"refused","fault":{"code":"policy.refused","message":"it did not work","hint":"try this","request":"req_00000000000000000000000000"}},"answerer":{"by":"embedded"},"conversation":"cnv_00000000000000000000000007","record":7}
    --- err
    --- exit 1
    "#);
    let not_taken = || Case::asks(vec![Step::Refuse(USAGE, fault(FaultCode::AuditUnavailable))]);
    insta::assert_snapshot!(not_taken().run("quillon usage").seen(), @"
    --- err
    error: it did not work [audit.unavailable]
    hint: try this
    --- exit 3
    ");
    insta::assert_snapshot!(not_taken().run("quillon usage --output jsonl").seen(), @r#"
    {"event":"end","outcome":{"outcome":"failed","fault":{"code":"audit.unavailable","message":"it did not work","hint":"try this"}}}
    --- err
    --- exit 3
    "#);
    let unjoined = || Case { unjoined: Some(fault(FaultCode::KeyUnusable)), ..Case::default() };
    insta::assert_snapshot!(unjoined().run("quillon usage").seen(), @"
    --- err
    error: it did not work [key.unusable]
    hint: try this
    --- exit 3
    ");
    insta::assert_snapshot!(unjoined().run("quillon usage --output jsonl").seen(), @r#"
    {"event":"end","outcome":{"outcome":"failed","fault":{"code":"key.unusable","message":"it did not work","hint":"try this"}}}
    --- err
    --- exit 3
    "#);
    let broken_off = || Case::asks(vec![Step::Ask(USAGE, vec![text("half")])]);
    insta::assert_snapshot!(broken_off().run("quillon usage").seen(), @"
    half
    --- err
    error: the answer ended without an end [internal]
    hint: this is a bug in quillon; please report it with the request id
    --- exit 3
    ");
}

#[test]
fn ctrl_c_cancels_and_waits_for_the_end() {
    let plays = vec![
        text("begun\n"),
        Play::Interrupt,
        Play::AwaitCancel,
        text("not shown\n"),
        end(Outcome::Cancelled),
    ];
    let ran = Case::asks(vec![Step::Ask(USAGE, plays)]).run("quillon usage");
    assert_eq!(ran.said, [USAGE, "cancelled", "closed"]);
    insta::assert_snapshot!(ran.seen(), @"
    begun
    --- err
    note: the work was stopped
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 130
    ");
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let plays = vec![Play::Interrupt, Play::AwaitCancel, Play::Interrupt, Play::Hang];
    let ran = Case::asks(vec![Step::Ask(USAGE, plays)]).run("quillon usage --output jsonl");
    assert_eq!(ran.said, [USAGE, "cancelled", "closed"]);
    insta::assert_snapshot!(ran.seen(), @r#"
    {"event":"end","outcome":{"outcome":"cancelled"}}
    --- err
    --- exit 130
    "#);
}

#[test]
fn an_ask_that_does_not_stop_is_left_in_the_end() {
    let plays = vec![Play::Interrupt, Play::AwaitCancel, text("more\n"), Play::Hang];
    let case = Case { impatient: true, ..Case::asks(vec![Step::Ask(USAGE, plays)]) };
    let ran = case.run("quillon usage");
    assert_eq!((ran.exit, ran.said.last().map(String::as_str)), (130, Some("closed")));
}

#[test]
fn what_was_done_before_ctrl_c_counts() {
    let plays = vec![Play::Interrupt, Play::AwaitCancel, done()];
    assert_eq!(Case::asks(vec![Step::Ask(USAGE, plays)]).run("quillon usage").exit, 0);
}

#[test]
fn a_closed_pipe_ends_quietly_and_cancels() {
    for line in ["quillon usage", "quillon usage --output jsonl"] {
        let plays =
            vec![text("one\n"), text("two\n"), Play::AwaitCancel, text("three\n"), end(Outcome::Cancelled)];
        let case =
            Case { failing: Some((4, ErrorKind::BrokenPipe)), ..Case::asks(vec![Step::Ask(USAGE, plays)]) };
        let ran = case.run(line);
        assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{line}");
        assert_eq!(ran.said, [USAGE, "cancelled", "closed"], "{line}");
    }
    let case = Case { failing: Some((0, ErrorKind::BrokenPipe)), ..Case::default() };
    assert_eq!(case.run("quillon --help").exit, 0);
}

#[test]
fn a_full_disk_is_a_fault() {
    let plays = vec![text("one\n"), Play::AwaitCancel, end(Outcome::Cancelled)];
    let case =
        Case { failing: Some((0, ErrorKind::StorageFull)), ..Case::asks(vec![Step::Ask(USAGE, plays)]) };
    insta::assert_snapshot!(case.run("quillon usage").seen(), @"
    --- err
    error: there is no room to write the answer [disk.full]
    --- exit 3
    ");
}

#[test]
fn without_a_terminal_a_question_is_denied_and_said() {
    let steps = |prompt| {
        vec![
            Step::Ask(prompt, vec![approval(), Play::AwaitAnswer, text("Without it, then.\n"), done()]),
            Step::Answer(Answer::Deny, Ok(())),
        ]
    };
    let line = "quillon chat --no-interactive --trust-tools=a go";
    insta::assert_snapshot!(Case::asks(steps(UNATTENDED)).run(line).seen(), @"
    Without it, then.
    --- err
    error: `quillon:RunCommand` needs an approval, and nobody is there to give it [policy.refused]
    hint: run it in a terminal, or say with `--trust-tools` what needs no approval
    [answered by the embedded engine; no model was asked; conversation cnv_00000000000000000000000007; record 7]
    --- exit 0
    ");
    // Also at a terminal, when it was said that nobody is there.
    let case = Case { no_color: true, terminal: true, ..Case::asks(steps(UNATTENDED)) };
    assert!(case.run(line).err.contains("[policy.refused]"));
    let json =
        Case::asks(steps(UNATTENDED)).run("quillon --output jsonl chat --no-interactive --trust-tools a go");
    assert!(json.out.lines().any(|line| line.contains(r#""level":"warning""#)), "{}", json.out);
}

#[test]
fn a_question_that_cannot_even_be_denied_stops_the_work() {
    let value = question(Expected::Value { label: "token".into(), secret: true });
    let steps = vec![
        Step::Ask(UNATTENDED, vec![value, Play::AwaitCancel, end(Outcome::Cancelled)]),
        Step::Answer(Answer::Deny, Err(Fault::new(FaultCode::InputInvalid, "a value was asked for"))),
    ];
    let ran = Case::asks(steps).run("quillon chat --no-interactive --trust-tools=a go");
    assert_eq!((ran.exit, ran.said[1].as_str()), (130, "cancelled"));
}

fn answered(expected: Expected, typed: &[Typed], answer: Answer) -> crate::support::Ran {
    let plays = vec![question(expected), Play::AwaitAnswer, done()];
    let steps = vec![Step::Ask(ATTENDED, plays), Step::Answer(answer, Ok(()))];
    let case = Case { terminal: true, no_color: true, typed: typed.to_vec(), ..Case::asks(steps) };
    case.run("quillon dev go")
}

fn typed(text: &str) -> Typed {
    Typed::Text(text.into())
}

#[test]
fn questions_are_asked_until_the_answer_fits() {
    let asked = || Expected::Approval {
        action: "quillon:RunCommand".into(),
        resource: "workspace/1".into(),
        may_trust: false,
    };
    let ran = answered(asked(), &[typed("hm"), typed("t"), typed("yes")], Answer::Approve);
    insta::assert_snapshot!(ran.seen(), @"
    --- err
    question: Run `cargo test`?
      action    quillon:RunCommand
      resource  workspace/1
    note: answer `y` or `n`; Ctrl-C stops the work
    note: answer `y` or `n`; Ctrl-C stops the work
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 0
    ");
    assert_eq!(ran.wanted[0].prompt, "allow it? [y]es, [n]o: ");
    answered(asked(), &[Typed::End], Answer::Deny);
    answered(asked(), &[typed("a"), typed("b"), typed("c")], Answer::Deny);
    let choice = || Expected::Choice { options: vec!["one".into(), "two".into()] };
    answered(choice(), &[typed("3"), typed("2")], Answer::Choose { option: 1 });
    let value = Expected::Value { label: "token".into(), secret: true };
    let ran = answered(value, &[typed(""), typed("s3cret")], Answer::Value { text: "s3cret".into() });
    assert_eq!(ran.wanted[0].kind, WantedKind::Secret);
    assert!(!ran.err.contains("s3cret") && !ran.out.contains("s3cret"));
}

#[test]
fn ctrl_c_at_a_question_stops_the_work() {
    let steps = vec![Step::Ask(ATTENDED, vec![approval(), Play::AwaitCancel, end(Outcome::Cancelled)])];
    let case = Case { terminal: true, no_color: true, typed: vec![Typed::Interrupt], ..Case::asks(steps) };
    let ran = case.run("quillon dev go");
    assert_eq!((ran.exit, ran.said[1].as_str()), (130, "cancelled"));
}

#[test]
fn one_server_of_many_can_be_shown() {
    let steps = vec![Step::Ask(r#"{"verb":"mcp.list"}"#, vec![table(), done()])];
    insta::assert_snapshot!(Case::asks(steps).run("quillon mcp status web").seen(), @"
    Servers
    name  state
    ----  -----
    web   down
    --- err
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 0
    ");
}

#[test]
fn what_is_made_goes_to_a_pipe_as_it_is() {
    let made = Artifact {
        name: "audit.jsonl".into(),
        media_type: "application/jsonl".into(),
        text: "{}\n{}\n".into(),
    };
    let steps = vec![Step::Ask(
        r#"{"verb":"audit.export","format":"jsonl","source":"own","from_start":false,"accept_gap":false}"#,
        vec![Play::event(Event::Artifact(made)), done()],
    )];
    let ran = Case::asks(steps).run("quillon audit export --format jsonl");
    assert_eq!(ran.out, "{}\n{}\n");
}

#[test]
fn a_notice_keeps_its_word_where_there_is_no_colour() {
    let notice = Notice { level: NoticeLevel::Warning, text: "look".into() };
    let steps = vec![Step::Ask(USAGE, vec![Play::event(Event::Notice(notice)), done()])];
    let ran = Case { terminal: true, no_color: true, ..Case::asks(steps) }.run("quillon usage");
    assert!(ran.err.starts_with("warning: look\n"), "{}", ran.err);
    assert!(!ran.err.contains('\u{1b}'));
}
