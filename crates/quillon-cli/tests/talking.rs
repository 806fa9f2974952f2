//! A conversation at the terminal.

use quillon_base::{Fault, FaultCode};
use quillon_cli::{Typed, WantedKind};
use quillon_contract::Answer;
use quillon_contract::event::Outcome;

use crate::support::{Case, Play, Step, approval, done, end, text};

fn chat(prompt: &'static str, resume: &str) -> &'static str {
    let ask = format!(
        r#"{{"verb":"chat","prompt":"{prompt}","resume":{resume},"unattended":false,"ephemeral":false}}"#
    );
    Box::leak(ask.into_boxed_str())
}

const NEW: &str = r#""no""#;
const ON: &str = r#"{"conversation":"cnv_00000000000000000000000007"}"#;

#[test]
fn a_conversation_goes_on_and_ends_with_ctrl_d() {
    let steps = vec![
        Step::Ask(chat("first", NEW), vec![text("one"), done()]),
        Step::Ask(chat("second\\nline", ON), vec![text("two"), done()]),
        Step::Ask(chat("third", NEW), vec![text("three"), done()]),
    ];
    let mut case = Case::at_terminal(vec!["second\\\nline", "  ", "/clear", "third"], steps);
    case.typed.push(Typed::End);
    let ran = case.run("quillon chat first");
    insta::assert_snapshot!(ran.seen(), @"
    one
    two
    three
    --- err
    quillon 0.1.0 in /srv/example; /help lists commands, Ctrl-D leaves
    [answered by the embedded engine; no model was asked; record 7]
    [answered by the embedded engine; no model was asked; record 7]
    note: the next prompt starts a new conversation
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 0
    ");
    assert!(
        ran.wanted
            .iter()
            .all(|wanted| wanted.kind == (WantedKind::Prompt { keep: true }) && wanted.prompt == "> ")
    );
    assert_eq!(ran.said.last().map(String::as_str), Some("closed"));
}

#[test]
fn ctrl_c_at_the_prompt_leaves_the_second_time() {
    let mut case = Case::at_terminal(vec![], vec![]);
    case.typed = vec![Typed::Interrupt, Typed::Text(String::new()), Typed::Interrupt, Typed::Interrupt];
    let ran = case.run("quillon");
    insta::assert_snapshot!(ran.seen(), @"
    --- err
    quillon 0.1.0 in /srv/example; /help lists commands, Ctrl-D leaves
    note: Ctrl-C again, or Ctrl-D, leaves
    note: Ctrl-C again, or Ctrl-D, leaves
    --- exit 0
    ");
}

#[test]
fn ctrl_c_in_an_answer_keeps_the_conversation() {
    let stopped = vec![text("so "), Play::Interrupt, Play::AwaitCancel, end(Outcome::Cancelled)];
    let steps = vec![
        Step::Ask(chat("first", NEW), vec![text("one\n"), done()]),
        Step::Ask(chat("slow", ON), stopped),
        Step::Ask(chat("again", ON), vec![text("here\n"), done()]),
    ];
    let mut case = Case::at_terminal(vec!["first", "slow", "again"], steps);
    case.typed.push(Typed::End);
    let ran = case.run("quillon");
    insta::assert_snapshot!(ran.seen(), @"
    one
    so
    here
    --- err
    quillon 0.1.0 in /srv/example; /help lists commands, Ctrl-D leaves
    [answered by the embedded engine; no model was asked; record 7]

    note: the work was stopped
    [answered by the embedded engine; no model was asked; record 7]
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 0
    ");
}

#[test]
fn a_fault_does_not_end_the_conversation() {
    let fault = || Fault::new(FaultCode::ModelFailed, "the model does not answer");
    let steps = vec![
        Step::Ask(chat("first", NEW), vec![end(Outcome::Failed { fault: fault() })]),
        Step::Refuse(chat("second", ON), fault()),
        Step::Ask(chat("third", ON), vec![text("here\n"), done()]),
    ];
    let mut case = Case::at_terminal(vec!["first", "second", "third"], steps);
    case.typed.push(Typed::End);
    let ran = case.run("quillon --quiet");
    insta::assert_snapshot!(ran.seen(), @"
    here
    --- err
    error: the model does not answer [model.failed]
    error: the model does not answer [model.failed]
    --- exit 0
    ");
}

#[test]
fn commands_ask_in_the_same_session() {
    let ask = |ask| Step::Ask(ask, vec![text("ok\n"), done()]);
    let steps = vec![
        ask(r#"{"verb":"usage"}"#),
        ask(r#"{"verb":"conversation.list","here":true}"#),
        ask(r#"{"verb":"model.list"}"#),
        ask(r#"{"verb":"model.use","model":"m-1"}"#),
        ask(r#"{"verb":"settings.write","key":"a.b","value":"c d"}"#),
        ask(r#"{"verb":"knowledge","change":{"act":"add","name":"handbook","path":"docs","index":"fast"}}"#),
    ];
    let lines = vec![
        "/usage",
        "/conversations",
        "/model",
        "/model m-1",
        "/settings a.b 'c d'",
        "/knowledge add handbook docs",
        "/settings --nonsense",
        "/tangent",
        "/lsp",
        "/mcp serve",
        "/quit",
    ];
    let ran = Case::at_terminal(lines, steps).run("quillon --quiet");
    insta::assert_snapshot!(ran.seen(), @"
    ok
    ok
    ok
    ok
    ok
    ok
    --- err
    error: unexpected argument '--nonsense' found

      tip: to pass '--nonsense' as a value, use '-- --nonsense'

    Usage: quillon settings [OPTIONS] [KEY] [VALUE]
           quillon settings <COMMAND>

    For more information, try '--help'.
    error: there is no command `/tangent` [input.invalid]
    hint: did you mean `/agent`?
    error: there is no command `/lsp` [input.invalid]
    hint: `/help` lists the commands
    error: `/mcp serve` cannot be asked within a conversation [input.invalid]
    --- exit 0
    ");
}

#[test]
fn the_conversation_is_steered_by_commands() {
    let ask = r#"{"verb":"chat","prompt":"go","context":[{"kind":"file","path":"a.rs"}],"resume":"last","agent":"reviewer","trusted_tools":["fs_read"],"unattended":false,"ephemeral":false}"#;
    let files = || Step::Query(r#"{"query":"files","prefix":"a.rs"}"#, vec!["a.rs"]);
    let steps = vec![
        files(),
        Step::Query(r#"{"query":"prompts","prefix":"re"}"#, vec!["review"]),
        Step::Ask(ask, vec![text("ok\n"), done()]),
    ];
    let lines = vec![
        "/agent swap reviewer",
        "/tools trust fs_read fs_write",
        "/tools untrust fs_write",
        "/resume",
        "/context add a.rs",
        "/prompts re",
        "go",
        "/context remove a.rs",
        "/tools reset",
        "/quit",
    ];
    let ran = Case::at_terminal(lines, steps).run("quillon");
    insta::assert_snapshot!(ran.seen(), @"
    ok
    --- err
    quillon 0.1.0 in /srv/example; /help lists commands, Ctrl-D leaves
    note: the agent is now `reviewer`
    note: without approval: `fs_read`, `fs_write`
    note: without approval: `fs_read`
    note: the next prompt goes on there
    note: handed over with every prompt: `a.rs`
    note: `@review` about review
    [answered by the embedded engine; no model was asked; record 7]
    note: handed over with every prompt: nothing
    note: every tool that policy does not allow asks first
    --- exit 0
    ");
    assert!(ran.wanted.last().is_some_and(|wanted| wanted.prompt == "[reviewer] > "));
}

#[test]
fn help_lists_the_commands_and_what_this_build_cannot() {
    let ran = Case::at_terminal(vec!["/help", "/quit"], vec![]).run("quillon");
    let line = |start: &str| {
        ran.out.lines().find(|line| line.trim_start().starts_with(start)).unwrap_or_default().trim()
    };
    assert_eq!(line("/clear"), "/clear");
    assert_eq!(line("/usage"), "/usage          Show what you used this month");
    assert!(line("/doctor").ends_with("(not in this build)"));
    assert_eq!(line("/chat"), "");
}

#[test]
fn approvals_are_asked_within_the_conversation() {
    let steps = vec![
        Step::Ask(chat("go", NEW), vec![approval(), Play::AwaitAnswer, text("done it\n"), done()]),
        Step::Answer(Answer::Trust, Ok(())),
    ];
    let ran = Case::at_terminal(vec!["go", "t", "/quit"], steps).run("quillon");
    insta::assert_snapshot!(ran.seen(), @"
    done it
    --- err
    quillon 0.1.0 in /srv/example; /help lists commands, Ctrl-D leaves
    question: Run `cargo test`?
      action    quillon:RunCommand
      resource  workspace/1
    [answered by the embedded engine; no model was asked; record 7]
    --- exit 0
    ");
    assert_eq!(ran.wanted[1].kind, WantedKind::Answer);
}

#[test]
fn what_is_ephemeral_is_not_kept_for_the_next_time() {
    let ask =
        r#"{"verb":"chat","prompt":"go","resume":"no","model":"m","unattended":false,"ephemeral":true}"#;
    let steps = vec![Step::Ask(ask, vec![text("ok\n"), done()])];
    let ran = Case::at_terminal(vec!["go", "/quit"], steps).run("quillon --ephemeral --model m");
    assert!(ran.wanted.iter().all(|wanted| wanted.kind == (WantedKind::Prompt { keep: false })));
}

#[test]
fn tab_completes_commands_and_files() {
    let steps = vec![Step::Query(r#"{"query":"files","prefix":"src/"}"#, vec!["src/a.rs", "src/b.rs"])];
    let mut case = Case::at_terminal(vec!["/quit"], steps);
    case.completions =
        vec!["/us", "/co", "/settings u", "/audit tail --c", "look at @src/", "word", "/nonsense x"];
    let ran = case.run("quillon");
    insta::assert_snapshot!(
        ran.completions.iter().map(|(line, found)| format!("{line}|{}|\n", found.join("|"))).collect::<String>(),
        @"
    /us|0:/usage |
    /co|0:/context |0:/conversation |0:/conversations |
    /settings u|10:unset |
    /audit tail --c|12:--count |
    look at @src/|8:@src/a.rs |8:@src/b.rs |
    word||
    /nonsense x||
    "
    );
}

#[test]
fn only_a_terminal_on_both_sides_makes_a_conversation() {
    let ask = r#"{"verb":"chat","prompt":"go","resume":"no","unattended":false,"ephemeral":false}"#;
    let steps = vec![Step::Ask(ask, vec![text("ok\n"), done()])];
    let case = Case { terminal: true, redirected: true, ..Case::asks(steps) };
    let ran = case.run("quillon chat go");
    assert_eq!((ran.exit, ran.out.as_str()), (0, "ok\n"));
    assert!(ran.wanted.is_empty());
}

#[test]
fn a_terminal_that_cannot_be_read_ends_the_conversation_with_its_fault() {
    let ran = Case::at_terminal(vec![], vec![]).run("quillon");
    assert_eq!(ran.exit, 3);
    assert_eq!(ran.said, ["closed"]);
}
