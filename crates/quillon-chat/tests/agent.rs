//! The loop: what a model does with tools, and what it is told when it goes wrong.

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::ask::{ChatAsk, ConversationDeleteAsk, Resume};
use quillon_contract::event::{Notice, ToolState};
use quillon_host::CommandOutput;
use quillon_model::{ModelEvent, Part, Role, StopReason, TokenUsage};
use quillon_testkit::{Reply, Travel, WORKSPACE};

use crate::support::{calls, kit, question, result_of, results, trusting};

fn ran(exit_code: i32, stdout: &str) -> Result<CommandOutput, Fault> {
    Ok(CommandOutput {
        exit_code: Some(exit_code),
        stdout: stdout.into(),
        stderr: Vec::new(),
        dropped_bytes: 0,
    })
}

/// Has a command run once on this machine.
fn expect_command(travel: &Travel, line: &str, output: Result<CommandOutput, Fault>) {
    let _ = (*travel.host).clone().with_command("bash", &["-c", line], output);
}

fn file(travel: &Travel, path: &str) -> String {
    String::from_utf8(travel.host.file(WORKSPACE, path).unwrap()).unwrap()
}

const EDIT: &str = r#"{"command":"str_replace","path":"src/retry.rs","old_str":"RETRY_LIMIT: u32 = 3","new_str":"RETRY_LIMIT: u32 = 5"}"#;

#[tokio::test]
async fn a_model_reads_changes_runs_and_answers() {
    let read = r#"{"operations":[{"mode":"Line","path":"src/retry.rs","start_line":3,"end_line":5}]}"#;
    let replies = [
        calls("I look first.", &[("1", "fs_read", read), ("2", "list", "{}")]),
        calls("", &[("3", "fs_write", EDIT)])
            .expecting("pub const RETRY_LIMIT: u32 = 3;")
            .expecting("web/depot.py"),
        calls("", &[("4", "execute_bash", r#"{"command":"make test"}"#)]).expecting("replace lines 4 to 4"),
        Reply::text("Done.").expecting("exit code 0").expecting("3 passed"),
    ];
    let travel = kit().with_model(replies).start().await;
    expect_command(&travel, "make test", ran(0, "3 passed\n"));
    let trail = travel.ask(trusting(&["fs_write", "execute_bash"], "raise the limit to 5")).await;
    assert_eq!(trail.text(), "I look first.\n\nDone.\n");
    assert!(file(&travel, "src/retry.rs").contains("RETRY_LIMIT: u32 = 5;"));
    let patches = trail.events.iter().filter(|event| matches!(event, Event::Patch(_))).count();
    assert_eq!(patches, 1, "the difference is shown");
    // The two that only read run side by side: either may be done first.
    let mut states: Vec<_> = tools(&trail.events, ToolState::Finished);
    states[..2].sort_unstable();
    assert_eq!(states, ["fs_read", "list", "fs_write", "execute_bash"]);
    let uses = trail.shape().iter().filter(|shape| *shape == "effect quillon:CallTool").count();
    assert_eq!(uses, 4);
    let record = serde_json::to_string(&trail.entries).unwrap();
    assert!(record.contains("execute_bash: make test; trusted by the asker for this ask"), "{record}");
    assert!(trail.fault().is_none() && trail.shape().last().unwrap() == "closed done");
    // The turn takes the place of its steps.
    let trail = travel.ask(quillon_contract::ask::ConversationListAsk { here: true }).await;
    assert_eq!(trail.rows().len(), 1);
}

fn tools(events: &[Event], state: ToolState) -> Vec<String> {
    let of_state = |event: &Event| match event {
        Event::Tool(tool) if tool.state == state => Some(tool.tool.clone()),
        _ => None,
    };
    events.iter().filter_map(of_state).collect()
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_said_so_that_the_model_can_mend_it() {
    let wrong = [
        ("1", "fs_reed", "{}"),
        ("2", "fs_read", r#"{"operations":[{"mode":"Line","path":"src/re"#),
        ("3", "fs_read", r#"{"path":"README.md"}"#),
        ("4", "fs_read", r#"{"operations":[{"mode":"Line","path":"missing.rs"}]}"#),
        ("5", "fs_read", r#"{"operations":[{"mode":"Line","path":"../../etc/passwd"}]}"#),
        ("6", "fs_write", r#"{"command":"str_replace","path":"README.md","old_str":"nope","new_str":"x"}"#),
        ("7", "search", r#"{"pattern":"("}"#),
        ("8", "fs_read", "[1]"),
    ];
    let travel = kit().with_model([calls("", &wrong), Reply::text("ok")]).start().await;
    travel.ask(trusting(&["fs_write"], "hi")).await;
    let results = results(&travel, 1);
    let parts = [
        "did you mean `fs_read`?",
        "are not JSON: EOF",
        "missing field `operations`",
        "[file.missing]",
        "[file.outside_workspace]",
        "does not stand in `README.md`",
        "cannot be searched for",
        "not a JSON object",
    ];
    assert_eq!(results.len(), parts.len());
    for ((text, failed), part) in results.iter().zip(parts) {
        assert!(*failed && text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_thousand_calls_are_answered_and_only_some_carried_out() {
    let many: Vec<_> = (0..1_500).map(|_| ("", "list", "{}")).collect();
    let travel = kit().with_model([calls("", &many), Reply::text("ok")]).start().await;
    let trail = travel.ask(question("hi")).await;
    let results = results(&travel, 1);
    assert_eq!(results.len(), 1_000);
    assert_eq!(results.iter().filter(|(_, failed)| !failed).count(), 32);
    assert!(results[40].0.contains("up to 32 calls"));
    assert!(results[999].0.contains("500 more calls of this answer were not heard"));
    assert_eq!(tools(&trail.events, ToolState::Finished).len(), 32);
}

#[tokio::test]
async fn circles_are_told_and_then_stopped() {
    let same = || calls("", &[("1", "list", r#"{"path":"web"}"#)]);
    let travel = kit().with_model([same(), same(), same(), same(), same()]).start().await;
    let trail = travel.ask(question("hi")).await;
    let fault = trail.fault().unwrap();
    assert!(fault.code == FaultCode::ModelFailed && fault.message.contains("goes in circles"), "{fault}");
    assert!(!result_of(&travel, 2).contains("do something else"));
    assert!(result_of(&travel, 3).contains("do something else"));
}

#[tokio::test]
async fn a_budget_of_steps_or_tokens_ends_the_turn_and_keeps_it() {
    let look = |path: &str| calls("", &[("1", "list", &format!(r#"{{"path":"{path}"}}"#))]);
    let kit_of = |key, value| kit().with_setting(key, value);
    let travel = kit_of("quillon.chat.steps", "2")
        .with_model([look("web"), look("src"), Reply::text("on")])
        .start()
        .await;
    let fault = travel.ask(question("look around")).await.fault().cloned().unwrap();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (FaultCode::BudgetExceeded, "this turn has used up its 2 steps")
    );
    let trail = travel.ask(ChatAsk { resume: Resume::Last, ..question("go on") }).await;
    assert_eq!(trail.text(), "on\n");
    let requests = travel.requests.as_ref().unwrap().all();
    let resumed = &requests[2].messages;
    let calls = resumed
        .iter()
        .flat_map(|message| &message.parts)
        .filter(|part| matches!(part, Part::ToolCall { .. }));
    assert_eq!(calls.count(), 2, "what was done is remembered");
    let usage = ModelEvent::Usage(TokenUsage { input: 9_000, output: 10, ..TokenUsage::default() });
    let call = ModelEvent::ToolCall { id: "1".into(), name: "list".into(), arguments: "{}".into() };
    let stop = ModelEvent::Stop { reason: StopReason::ToolUse };
    let reply = Reply::of([usage, call, stop].map(Ok));
    let travel = kit_of("quillon.chat.tokens", "15000").with_model([reply]).start().await;
    let fault = travel.ask(question("hi")).await.fault().cloned().unwrap();
    assert!(fault.message.contains("15000 tokens"), "{fault}");
}

#[tokio::test]
async fn a_model_that_breaks_off_leaves_a_conversation_that_goes_on() {
    let text = ModelEvent::Text { text: "now I".into() };
    let call = ModelEvent::ToolCall { id: "2".into(), name: "fs_write".into(), arguments: EDIT.into() };
    let fault = Fault::new(FaultCode::ModelFailed, "the model hung up");
    let broken = Reply::of([Ok(text), Ok(call), Err(fault)]);
    let replies = [calls("", &[("1", "list", "{}")]), broken, Reply::text("There.").expecting("now I")];
    let travel = kit().with_model(replies).start().await;
    let trail = travel.ask(trusting(&["*"], "go")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::ModelFailed);
    assert!(file(&travel, "src/retry.rs").contains("= 3"), "half an answer is not carried out");
    let trail = travel.ask(ChatAsk { resume: Resume::Last, ..question("go on") }).await;
    assert_eq!(trail.text(), "There.\n");
}

#[tokio::test]
async fn a_turn_that_is_stopped_while_a_tool_runs_is_there_to_go_on_from() {
    let (held, gate) = calls("", &[("2", "list", "{}")]).gated();
    let again = Reply::text("on").expecting("replace lines 4 to 4").expecting("raise the limit");
    let travel = kit().with_model([calls("", &[("1", "fs_write", EDIT)]), held, again]).start().await;
    let (id, mut stream) = travel.begin(trusting(&["fs_write"], "raise the limit")).await.unwrap();
    // The second answer hangs; by then the first step is kept.
    while travel.requests.as_ref().unwrap().all().len() < 2 {
        futures::StreamExt::next(&mut stream).await;
        tokio::task::yield_now().await;
        if matches!(travel.requests.as_ref().unwrap().all().len(), 2) {
            break;
        }
    }
    quillon_contract::Gateway::cancel(&travel.road, travel.session, id);
    let events: Vec<Event> = futures::StreamExt::collect(stream).await;
    assert!(
        matches!(events.last(), Some(Event::End(end)) if end.outcome == quillon_contract::event::Outcome::Cancelled)
    );
    drop(gate);
    let trail = travel.ask(ChatAsk { resume: Resume::Last, ..question("go on") }).await;
    assert_eq!(trail.text(), "on\n", "{:?}", trail.end);
    assert!(file(&travel, "src/retry.rs").contains("= 5"));
    // The steps of the first are no turns of their own.
    let delete = ConversationDeleteAsk { conversation: trail.end.conversation.unwrap() };
    let text = travel.ask(delete).await.text();
    assert!(text.contains("with 2 turns"), "{text}");
}

#[tokio::test]
async fn guidance_beyond_the_room_is_left_out_and_said() {
    let long = "Indent with tabs.\n".repeat(3_000);
    let kit = kit().with_file("AmazonQ.md", long.as_str()).with_file("AGENTS.md", long.as_str());
    let travel = kit.with_file(".amazonq/rules/a.md", "x\n").with_model([Reply::text("ok")]).start().await;
    let trail = travel.ask(question("hi")).await;
    let says = "what guides from `README.md` on is left out (2 files): there is more than fits";
    let is_it = |event: &Event| matches!(event, Event::Notice(notice) if notice.text == says);
    assert!(trail.events.iter().any(is_it), "{:?}", trail.events);
}

fn key() -> String {
    let lines = ["aB3d", "eF6h", "iJ9l"].map(|letters| letters.repeat(64)).join("\n");
    format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n")
}

#[tokio::test]
async fn a_part_of_a_key_stays_unknown_to_models_in_later_turns() {
    let read = r#"{"operations":[{"mode":"Line","path":"key.txt","start_line":3,"end_line":3}]}"#;
    let replies = [calls("", &[("1", "fs_read", read)]), Reply::text("read"), Reply::text("again")];
    let travel = kit().with_file("key.txt", key()).with_model(replies).start().await;
    travel.ask(question("read it")).await;
    let trail = travel.ask(ChatAsk { resume: Resume::Last, ..question("and now?") }).await;
    assert!(trail.fault().is_none(), "{:?}", trail.end);
    let requests = travel.requests.as_ref().unwrap().all();
    let later = serde_json::to_string(&requests[2].messages).unwrap();
    assert!(later.contains("part of a secret") && !later.contains("eF6h"), "{later}");
}

#[tokio::test]
async fn a_part_of_a_key_is_known_by_its_file() {
    let lines = Some(quillon_base::LineRange { first: 3, last: 3 });
    let item = quillon_contract::ask::ContextItem::File { path: "key.txt".into(), lines };
    let travel = kit().with_file("key.txt", key()).with_model([Reply::text("ok")]).start().await;
    let trail = travel.ask(crate::support::with("what is this?", [item])).await;
    assert!(trail.fault().is_none(), "{:?}", trail.end);
    let request = serde_json::to_string(&travel.requests.as_ref().unwrap().all()[0].messages).unwrap();
    assert!(request.contains("key.txt:3") && !request.contains("eF6h"), "{request}");
}

#[tokio::test]
async fn long_output_is_cut_and_can_be_read_on() {
    let lines: String = (1..=2_000).map(|line| format!("line {line}\n")).collect();
    let rest = r#"{"operations":[{"mode":"Line","path":"@output/1","start_line":1000,"end_line":1001}]}"#;
    let replies = [
        calls("", &[("1", "execute_bash", r#"{"command":"many"}"#)]),
        calls("", &[("2", "fs_read", rest)]).expecting("path `@output/1`").expecting("line 2000"),
        Reply::text("ok").expecting("lines 1000 to 1001 of 2002"),
    ];
    let kit = kit().with_setting("quillon.chat.toolOutput", "4000");
    let travel = kit.with_model(replies).start().await;
    expect_command(&travel, "many", ran(1, &lines));
    let trail = travel.ask(trusting(&["execute_bash"], "hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.end);
    assert!(result_of(&travel, 1).len() < 4_500);
    assert!(result_of(&travel, 2).ends_with("line 998\nline 999\n"));
    assert_eq!(tools(&trail.events, ToolState::Failed), ["execute_bash"]);
}

#[tokio::test]
async fn the_beginning_is_summed_up_before_the_window_overflows_and_the_task_stays() {
    let big: String = (0..4_000).map(|line| format!("let value_{line} = {line};\n")).collect();
    let kit =
        (0..8).fold(kit(), |kit, file| kit.with_file(&format!("big/{file}.rs"), format!("// {file}\n{big}")));
    let kit =
        kit.with_setting("quillon.chat.toolOutput", "100000").with_file("AGENTS.md", "Indent with tabs.\n");
    let read = |file: u32| {
        let arguments = format!(r#"{{"operations":[{{"mode":"Line","path":"big/{file}.rs"}}]}}"#);
        calls("", &[(file.to_string().as_str(), "fs_read", arguments.as_str())])
    };
    let plan = r#"{"command":"create","todo_list_description":"t","tasks":["find the value"]}"#;
    let replies = [
        calls("", &[("p", "todo_list", plan)]),
        read(0),
        read(1),
        read(2),
        Reply::text("Found nothing in 0 and 1.").expecting("You sum up work under way").expecting("big/0.rs"),
        Reply::text("It is not there."),
    ];
    let travel = kit.with_model(replies).start().await;
    let trail = travel.ask(question("where is the value of the parcel?")).await;
    assert_eq!(trail.text(), "It is not there.\n", "{:?}", trail.end);
    let last = travel.requests.as_ref().unwrap().all().pop().unwrap();
    let first = serde_json::to_string(&last.messages[0]).unwrap();
    for pinned in [
        "Indent with tabs.",
        "where is the value of the parcel?",
        "find the value",
        "Found nothing in 0 and 1.",
    ] {
        assert!(first.contains(pinned), "{pinned}: {first}");
    }
    assert!(
        trail
            .events
            .iter()
            .any(|event| matches!(event, Event::Notice(Notice { text, .. }) if text.contains("summed up")))
    );
    assert_eq!(last.messages[1].role, Role::Assistant, "the last step is there word for word");
}

#[tokio::test]
async fn a_summary_is_made_without_the_model_when_it_cannot() {
    let big = "let value = 1; // of a parcel\n".repeat(3_000);
    let kit =
        (0..3).fold(kit(), |kit, file| kit.with_file(&format!("big/{file}.rs"), format!("// {file}\n{big}")));
    let kit = kit.with_setting("quillon.chat.toolOutput", "100000");
    let read = |file: u32| {
        let arguments = format!(r#"{{"operations":[{{"mode":"Line","path":"big/{file}.rs"}}]}}"#);
        calls("", &[("1", "fs_read", arguments.as_str())])
    };
    let failed = Reply::fault(Fault::new(FaultCode::ModelFailed, "overloaded"));
    let last = Reply::text("ok").expecting("fs_read {").expecting("big/0.rs").expecting("look at all");
    let travel = kit.with_model([read(0), read(1), read(2), failed, last]).start().await;
    let trail = travel.ask(question("look at all")).await;
    assert_eq!(trail.text(), "ok\n", "{:?}", trail.end);
}

#[tokio::test]
async fn a_picture_is_seen_once_and_one_that_is_broken_is_told() {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\0\0\0\0IEND\xae\x42\x60\x82";
    let look = |path: &str| format!(r#"{{"operations":[{{"mode":"Image","image_paths":["{path}"]}}]}}"#);
    let replies = [
        calls("", &[("1", "fs_read", &look("a.png")), ("2", "fs_read", &look("half.png"))]),
        calls("", &[("3", "list", "{}")]),
        Reply::text("ok"),
    ];
    let kit = kit().with_file("a.png", PNG).with_file("half.png", &PNG[..PNG.len() - 4]);
    let travel = kit.with_model(replies).start().await;
    let trail = travel.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.end);
    assert!(results(&travel, 1)[1].0.contains("wrong length"), "{:?}", results(&travel, 1));
    let pictures = |request: usize| {
        let request = &travel.requests.as_ref().unwrap().all()[request];
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        parts.filter(|part| matches!(part, Part::Image { .. })).count()
    };
    assert_eq!((pictures(1), pictures(2)), (1, 0));
}

#[tokio::test]
async fn a_placeholder_that_comes_in_pieces_is_whole_for_the_person() {
    const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";
    let first = Reply::text("ok");
    let travel = kit().with_planted(SECRET).with_model([first]).start().await;
    travel.ask(question(&format!("is {SECRET} a key?"))).await;
    let request = serde_json::to_string(&travel.requests.as_ref().unwrap().all()[0].messages).unwrap();
    let place = request.find("[[").unwrap();
    let placeholder = &request[place..place + request[place..].find("]]").unwrap() + 2];
    let pieces = placeholder.chars().map(|c| ModelEvent::Text { text: c.to_string() });
    let stop = ModelEvent::Stop { reason: StopReason::Finished };
    // The same seed gives the same mark.
    let reply = Reply::of(pieces.chain([stop]).map(Ok));
    let travel = kit().with_planted(SECRET).with_model([reply]).start().await;
    let trail = travel.ask(question(&format!("is {SECRET} a key?"))).await;
    assert_eq!(trail.text(), format!("{SECRET}\n"));
}
