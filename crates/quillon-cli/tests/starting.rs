//! What is done before anything is asked: it never joins the road.

use crate::support::Case;

fn check(line: &str) -> String {
    let ran = Case::default().run(line);
    assert_eq!(ran.connected, 0, "{line} joined the road");
    let out =
        ran.out.lines().find(|line| !line.is_empty()).map(|line| format!("  {line}\n")).unwrap_or_default();
    let err = ran.err.lines().filter(|line| !line.is_empty()).take(3).map(|line| format!("  ! {line}\n"));
    format!("{line}: exit {}\n{out}{}", ran.exit, err.collect::<String>())
}

#[test]
fn what_needs_no_road_does_not_join_it() {
    let lines = [
        "quillon --version",
        "quillon -V",
        "quillon --help",
        "quillon help audit",
        "quillon audit tail --help",
        "quillon audit",
        "quillon schema",
        "quillon completion bash",
        "quillon man",
        "quillon man audit tail",
        "quillon man nonsense",
        "quillon nonsense",
        "quillon chta x",
        "quillon review --fial-on high",
        "quillon --output yaml usage",
        "quillon audit prove x\u{1b}[2J",
        "quillon aws",
        "quillon aws s3 cp a b",
        "quillon lsp --nonsense",
        "quillon acp",
        "quillon serve",
        "quillon chat --no-interactive",
        "quillon",
        "quillon translate",
        "quillon chat /nonsense",
        "quillon chat /clear",
        "quillon chat '/settings --nonsense'",
        "quillon --output json chat --no-interactive",
        "quillon --output jsonl admin policy put p missing",
        "quillon --color always admin policy put p missing",
    ];
    insta::assert_snapshot!(lines.map(check).concat().replace('\u{1b}', "␛"), @r#"
    quillon --version: exit 0
      quillon 0.1.0
    quillon -V: exit 0
      quillon 0.1.0
    quillon --help: exit 0
      The open, self-hosted assistant that can prove what it did
    quillon help audit: exit 0
      Read, check and prove what was recorded (not in this build)
    quillon audit tail --help: exit 0
      Show the last records of the audit log (not in this build)
    quillon audit: exit 2
      ! Read, check and prove what was recorded (not in this build)
      ! Usage: quillon audit [OPTIONS] <COMMAND>
      ! Commands:
    quillon schema: exit 0
      {
    quillon completion bash: exit 0
      _quillon() {
    quillon man: exit 0
      .ie \n(.g .ds Aq \(aq
    quillon man audit tail: exit 0
      .ie \n(.g .ds Aq \(aq
    quillon man nonsense: exit 2
      ! error: there is no command `nonsense` [input.invalid]
      ! hint: `quillon --help` lists the commands
    quillon nonsense: exit 2
      ! error: unrecognized subcommand 'nonsense'
      ! Usage: quillon [OPTIONS] [COMMAND]
      ! For more information, try '--help'.
    quillon chta x: exit 2
      ! error: unrecognized subcommand 'chta'
      !   tip: some similar subcommands exist: 'schema', 'chat'
      ! Usage: quillon [OPTIONS] [COMMAND]
    quillon review --fial-on high: exit 2
      ! error: unexpected argument '--fial-on' found
      !   tip: a similar argument exists: '--fail-on'
      ! Usage: quillon review --fail-on <SEVERITY> [PATHS]...
    quillon --output yaml usage: exit 2
      ! error: invalid value 'yaml' for '--output <text|json|jsonl|sarif|html>'
      !   [possible values: text, json, jsonl, sarif, html]
      ! For more information, try '--help'.
    quillon audit prove x␛[2J: exit 2
      ! error: invalid value 'x' for '<INDEX>': invalid digit found in string
      ! For more information, try '--help'.
    quillon aws: exit 252
      ! error: the following required arguments were not provided:
      !   <SERVICE OPERATION [--PARAMETER VALUE]>...
      ! Usage: quillon aws <SERVICE OPERATION [--PARAMETER VALUE]>...
    quillon aws s3 cp a b: exit 252
      ! error: `a` is not a parameter; parameters are given as `--name value` [input.invalid]
      ! hint: see `quillon aws --help`
    quillon lsp --nonsense: exit 2
      ! error: unexpected argument '--nonsense' found
      ! Usage: quillon lsp [OPTIONS]
      ! For more information, try '--help'.
    quillon acp: exit 3
      ! error: this build has no `quillon acp` yet [capability.unavailable]
      ! hint: `quillon --help` marks what this build answers
    quillon serve: exit 3
      ! error: this build has no `quillon serve` yet [capability.unavailable]
      ! hint: `quillon --help` marks what this build answers
    quillon chat --no-interactive: exit 2
      ! error: there is no prompt [input.invalid]
      ! hint: give a prompt as an argument or on standard input; see `quillon chat --help`
    quillon: exit 2
      ! error: there is no prompt [input.invalid]
      ! hint: give a prompt as an argument or on standard input; see `quillon chat --help`
    quillon translate: exit 2
      ! error: what the command should do is missing [input.invalid]
      ! hint: give it as an argument or on standard input
    quillon chat /nonsense: exit 2
      ! error: there is no command `/nonsense` [input.invalid]
      ! hint: `/help` lists the commands
    quillon chat /clear: exit 2
      ! error: `/clear` steers a conversation, and this is none [input.invalid]
      ! hint: start one with `quillon chat`
    quillon chat '/settings --nonsense': exit 2
      ! error: unexpected argument '--nonsense' found [input.invalid]
      ! hint: see `quillon settings --help`
    quillon --output json chat --no-interactive: exit 2
      {
    quillon --output jsonl admin policy put p missing: exit 3
      {"event":"end","outcome":{"outcome":"failed","fault":{"code":"file.missing","message":"there is no file `missing`"}}}
    quillon --color always admin policy put p missing: exit 3
      ! ␛[1m␛[31merror:␛[0m there is no file `missing` [file.missing]
    "#);
}

#[test]
fn the_shell_gets_scripts_and_the_contract_is_json() {
    let out = |line: &str| Case::default().run(line).out;
    assert!(out("quillon completion zsh").starts_with("#compdef quillon"));
    assert!(out("quillon completion fish").contains("complete -c quillon"));
    let schema: serde_json::Value = serde_json::from_str(&out("quillon schema")).unwrap();
    assert_eq!(schema["title"], "QuillonContract");
}

#[test]
fn another_surface_is_started_by_the_composition_root() {
    let ran = Case::default().run("quillon lsp --stdio");
    assert_eq!((ran.exit, ran.connected), (0, 0));
    assert_eq!(ran.served, [quillon_cli::OtherSurface::Lsp]);
}
