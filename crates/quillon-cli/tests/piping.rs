//! Prompts and what is piped in with them.

use quillon_base::{Fault, FaultCode};

use crate::support::{Case, Step, done, text};

fn asked(line: &str, piped: &[u8]) -> String {
    let steps = vec![Step::AnyAsk];
    let ran = Case { piped: Some(piped.to_vec()), ..Case::asks(steps) }.run(line);
    format!("{line}\n  {}\n{}", ran.said[0], notes(&ran.err))
}

fn notes(err: &str) -> String {
    err.lines().filter(|line| !line.starts_with('[')).map(|line| format!("  ! {line}\n")).collect()
}

#[test]
fn what_is_piped_in_is_the_prompt_or_stands_beside_it() {
    let asks = [
        asked("quillon", b"what is this?\n"),
        asked("quillon chat", b"what is this?\n"),
        asked("quillon chat what is this?", b"diff\n"),
        asked("quillon chat --no-interactive what is this?", b""),
        asked("quillon chat --no-interactive --agent a --model m --ephemeral --resume go", b" \n"),
        asked("quillon chat", b"/usage is text here\n"),
        asked("quillon chat /usage", b"not read\n"),
        asked("quillon chat '/etc/passwd is what?'", b""),
        asked("quillon chat what?", b"caf\xe9\n"),
        asked("quillon chat what?", b"\xff\xfea\0"),
        asked("quillon chat -a x", b""),
    ];
    insta::assert_snapshot!(asks.concat(), @r#"
    quillon
      {"verb":"chat","prompt":"what is this?\n","resume":"no","unattended":true,"ephemeral":false}
    quillon chat
      {"verb":"chat","prompt":"what is this?\n","resume":"no","unattended":true,"ephemeral":false}
    quillon chat what is this?
      {"verb":"chat","prompt":"what is this?","context":[{"kind":"text","label":"standard input","text":"diff\n"}],"resume":"no","unattended":true,"ephemeral":false}
    quillon chat --no-interactive what is this?
      {"verb":"chat","prompt":"what is this?","resume":"no","unattended":true,"ephemeral":false}
    quillon chat --no-interactive --agent a --model m --ephemeral --resume go
      {"verb":"chat","prompt":"go","resume":"last","agent":"a","model":"m","unattended":true,"ephemeral":true}
    quillon chat
      {"verb":"chat","prompt":"/usage is text here\n","resume":"no","unattended":true,"ephemeral":false}
    quillon chat /usage
      {"verb":"usage"}
    quillon chat '/etc/passwd is what?'
      {"verb":"chat","prompt":"/etc/passwd is what?","resume":"no","unattended":true,"ephemeral":false}
    quillon chat what?
      {"verb":"chat","prompt":"what?","context":[{"kind":"text","label":"standard input","text":"café\n"}],"resume":"no","unattended":true,"ephemeral":false}
      ! warning: standard input is not UTF-8; it was read as windows-1252
    quillon chat what?
      {"verb":"chat","prompt":"what?","context":[{"kind":"text","label":"standard input","text":"a"}],"resume":"no","unattended":true,"ephemeral":false}
    quillon chat -a x
      {"verb":"chat","prompt":"x","resume":"no","trusted_tools":["*"],"unattended":true,"ephemeral":false}
    "#);
}

#[test]
fn what_cannot_be_read_is_a_usage_error_and_joins_nothing() {
    let run = |piped: &[u8]| {
        let ran = Case { piped: Some(piped.to_vec()), ..Case::default() }.run("quillon chat what?");
        assert_eq!(ran.connected, 0);
        ran.seen()
    };
    insta::assert_snapshot!(run(b"\x7fELF\0\0\0"), @"
    --- err
    error: standard input is not text [file.binary]
    hint: name files with `@path`
    --- exit 2
    ");
    insta::assert_snapshot!(run(&[b'a'; 400 * 1024 + 1]), @"
    --- err
    error: standard input is longer than 400 KiB [input.invalid]
    hint: give a part of it, or name files with `@path`
    --- exit 2
    ");
}

#[test]
fn files_that_a_prompt_names_are_handed_over_if_they_are_there() {
    let files = |prefix| match prefix {
        "src/a.rs" => {
            Step::Query(r#"{"query":"files","prefix":"src/a.rs"}"#, vec!["src/a.rs", "src/a.rs.orig"])
        }
        "src/" => Step::Query(r#"{"query":"files","prefix":"src/"}"#, vec!["src/a.rs", "src/b.rs"]),
        "no.rs" => Step::Query(r#"{"query":"files","prefix":"no.rs"}"#, vec![]),
        _ => Step::Query(r#"{"query":"files","prefix":"Meter"}"#, vec![]),
    };
    let steps = vec![
        files("src/a.rs"),
        files("src/"),
        files("no.rs"),
        files("Meter"),
        Step::Query(r#"{"query":"symbols","prefix":"Meter"}"#, vec!["Meter"]),
        Step::Ask(
            r#"{"verb":"chat","prompt":"compare @src/a.rs:3-7, @src/ and @no.rs with @Meter and @git","context":[{"kind":"file","path":"src/a.rs","lines":{"first":3,"last":7}},{"kind":"folder","path":"src"},{"kind":"symbol","name":"Meter"},{"kind":"git"}],"resume":"no","unattended":true,"ephemeral":false}"#,
            vec![text("ok\n"), done()],
        ),
    ];
    let ran =
        Case::asks(steps).run("quillon chat 'compare @src/a.rs:3-7, @src/ and @no.rs with @Meter and @git'");
    insta::assert_snapshot!(ran.seen(), @"
    ok
    --- err
    note: `@no.rs` names no file here; it is read as text
    [answered by the embedded engine; no model was asked; conversation cnv_00000000000000000000000007; record 7]
    --- exit 0
    ");
}

#[test]
fn files_that_cannot_be_looked_up_are_said_to_be_and_read_as_text() {
    let fault = Fault::new(FaultCode::PolicyRefused, "`me` may not list files");
    let ask =
        r#"{"verb":"chat","prompt":"see @a.rs and @b","resume":"no","unattended":true,"ephemeral":false}"#;
    let unavailable = || Step::QueryFails(Fault::new(FaultCode::CapabilityUnavailable, "not in this build"));
    let steps = vec![
        Step::QueryFails(fault),
        unavailable(),
        unavailable(),
        Step::Ask(ask, vec![text("ok\n"), done()]),
    ];
    let ran = Case::asks(steps).run("quillon chat 'see @a.rs and @b'");
    assert_eq!(
        notes(&ran.err),
        "  ! warning: `@a.rs` cannot be looked up: `me` may not list files [policy.refused]\n"
    );
}

#[test]
fn ctrl_c_while_files_are_looked_up_asks_nothing() {
    let ran = Case::asks(vec![Step::QueryInterrupted]).run("quillon chat 'see @a.rs'");
    assert_eq!((ran.exit, ran.said), (130, vec!["closed".to_owned()]));
}
