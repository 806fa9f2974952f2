//! Turns that are stopped: what was said and done is kept, valid, and not done again.

use futures::StreamExt;
use quillon_base::FaultCode;
use quillon_contract::ask::{ChatAsk, Resume};
use quillon_contract::event::Outcome;
use quillon_contract::event::ToolState;
use quillon_contract::{Event, Gateway};
use quillon_model::{ModelEvent, ModelRequest, Part, Role};
use quillon_testkit::{Reply, Travel};

use crate::support::{calls, kit, question, trusting};

const EDIT: &str = r#"{"command":"str_replace","path":"src/retry.rs","old_str":"RETRY_LIMIT: u32 = 3","new_str":"RETRY_LIMIT: u32 = 5"}"#;

fn again(prompt: &str) -> ChatAsk {
    ChatAsk { resume: Resume::Last, ..question(prompt) }
}

/// Asks, stops when `stops` says so, and hears the end.
async fn stopped(travel: &Travel, ask: ChatAsk, stops: impl Fn(&Event) -> bool) -> Vec<Event> {
    let (id, mut stream) = travel.begin(ask).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        if stops(&event) {
            travel.road.cancel(travel.session, id);
        }
        events.push(event);
    }
    let Some(Event::End(end)) = events.last() else { panic!("no end: {events:?}") };
    assert_eq!(end.outcome, Outcome::Cancelled, "{events:?}");
    events
}

/// Every call has its result in the next message, and no id stands for two calls.
fn is_whole(request: &ModelRequest) -> bool {
    let ids = |message: &quillon_model::Message, calls: bool| {
        let id = |part: &Part| match part {
            Part::ToolCall { id, .. } if calls => Some(id.clone()),
            Part::ToolResult { id, .. } if !calls => Some(id.clone()),
            _ => None,
        };
        message.parts.iter().filter_map(id).collect::<Vec<_>>()
    };
    let messages = &request.messages;
    let answered = messages.iter().enumerate().filter(|(_, message)| message.role == Role::Assistant).all(
        |(place, message)| {
            let called = ids(message, true);
            called.is_empty() || messages.get(place + 1).is_some_and(|next| ids(next, false) == called)
        },
    );
    let all: Vec<_> = messages.iter().flat_map(|message| ids(message, true)).collect();
    let unique: std::collections::BTreeSet<_> = all.iter().collect();
    answered && unique.len() == all.len()
}

#[tokio::test]
async fn a_first_answer_that_was_stopped_is_kept_with_its_question() {
    let (held, gate) = Reply::of(
        [ModelEvent::Text { text: "It is in ".into() }, ModelEvent::Text { text: "never".into() }].map(Ok),
    )
    .gated();
    let after = Reply::text("on").expecting("where is the retry limit?").expecting("It is in");
    let travel = kit().with_model([held, after]).start().await;
    let release = |event: &Event| matches!(event, Event::Text { text } if text.contains("It is in"));
    gate.open();
    stopped(&travel, question("where is the retry limit?"), release).await;
    let trail = travel.ask(again("go on")).await;
    assert_eq!(trail.text(), "on\n", "{:?}", trail.end);
    assert!(travel.requests.as_ref().unwrap().all().iter().all(is_whole));
}

#[tokio::test]
async fn a_turn_that_is_stopped_while_a_command_is_asked_about_has_a_result_for_every_call() {
    let run = r#"{"command":"make test"}"#;
    let replies = [
        calls("I mend it.", &[("1", "fs_write", EDIT), ("2", "execute_bash", run), ("3", "list", "{}")]),
        Reply::text("on")
            .expecting("may have been done, partly done or not at all")
            .expecting("src/retry.rs"),
    ];
    let travel = kit().with_model(replies).start().await;
    let is_question = |event: &Event| matches!(event, Event::Question(_));
    let ask = ChatAsk { unattended: false, ..trusting(&["fs_write"], "raise the limit") };
    stopped(&travel, ask, is_question).await;
    let trail = travel.ask(again("go on")).await;
    assert_eq!(trail.text(), "on\n", "{:?}", trail.end);
    let requests = travel.requests.as_ref().unwrap().all();
    assert!(requests.iter().all(is_whole), "{:?}", requests[1]);
    assert!(!travel.host.touched().iter().any(|line| line.starts_with("run ")));
}

#[tokio::test]
async fn what_was_said_before_a_stop_in_a_later_step_is_kept_too() {
    let pieces = ["now I ", "never"].map(|text| Ok(ModelEvent::Text { text: text.into() }));
    let (held, gate) = Reply::of(pieces).gated();
    let replies = [calls("", &[("1", "list", "{}")]), held, Reply::text("on").expecting("now I")];
    let travel = kit().with_model(replies).start().await;
    gate.open();
    stopped(
        &travel,
        question("look"),
        |event| matches!(event, Event::Text { text } if text.contains("now I")),
    )
    .await;
    let trail = travel.ask(again("go on")).await;
    assert_eq!(trail.text(), "on\n", "{:?}", trail.end);
    assert!(travel.requests.as_ref().unwrap().all().iter().all(is_whole));
}

#[tokio::test]
async fn a_model_that_gives_the_same_id_again_leaves_no_id_twice() {
    let look =
        |path: &str| calls("", &[("1", "list", &format!(r#"{{"path":"{path}"}}"#)), ("1", "list", "{}")]);
    let replies = [look("web"), look("src"), Reply::text("a"), look("app"), Reply::text("b")];
    let travel = kit().with_model(replies).start().await;
    travel.ask(question("look")).await;
    let trail = travel.ask(again("look again")).await;
    assert_eq!(trail.text(), "b\n", "{:?}", trail.end);
    let requests = travel.requests.as_ref().unwrap().all();
    assert!(requests.iter().all(is_whole), "{:?}", requests.last());
}

#[tokio::test]
async fn calls_that_only_read_run_side_by_side_and_not_too_many() {
    let read = r#"{"operations":[{"mode":"Line","path":"README.md"}]}"#;
    let many: Vec<_> = (0..20).map(|_| ("", "fs_read", read)).collect();
    let travel = kit().with_model([calls("", &many), Reply::text("ok")]).start().await;
    let trail = travel.ask(question("look")).await;
    let (mut running, mut most) = (0_usize, 0);
    for event in &trail.events {
        match event {
            Event::Tool(tool) if tool.state == ToolState::Started => running += 1,
            Event::Tool(_) => running -= 1,
            _ => {}
        }
        most = most.max(running);
    }
    assert!((2..=8).contains(&most), "side by side, up to the limit: {most}");
    // Whatever changes something runs alone.
    let write = |path: &str| format!(r#"{{"command":"create","path":"{path}","file_text":"x"}}"#);
    let (one, two) = (write("one"), write("two"));
    let mixed = [("", "fs_write", one.as_str()), ("", "fs_write", two.as_str()), ("", "fs_read", read)];
    let travel = kit().with_model([calls("", &mixed), Reply::text("ok")]).start().await;
    let trail = travel.ask(trusting(&["*"], "write")).await;
    let states = trail.events.iter().filter_map(|event| match event {
        Event::Tool(tool) => Some(tool.state),
        _ => None,
    });
    let states: Vec<_> = states.collect();
    assert_eq!(states, [ToolState::Started, ToolState::Finished].repeat(3));
}

#[tokio::test]
async fn a_first_step_that_fills_the_window_is_cut_and_goes_on() {
    let big: String = (0..9_000).map(|line| format!("let value_{line} = {line};\n")).collect();
    let kit = (0..16).fold(kit(), |kit, file| kit.with_file(&format!("big/{file}.rs"), big.as_str()));
    let read = |file: usize| format!(r#"{{"operations":[{{"mode":"Line","path":"big/{file}.rs"}}]}}"#);
    let arguments: Vec<_> = (0..16).map(read).collect();
    let all: Vec<_> = arguments.iter().map(|arguments| ("", "fs_read", arguments.as_str())).collect();
    let kit = kit.with_setting("quillon.chat.toolOutput", "100000");
    let travel = kit
        .with_model([calls("", &all), Reply::text("ok").expecting("call it again for less")])
        .start()
        .await;
    let trail = travel.ask(question("where is it?")).await;
    assert_eq!(trail.text(), "ok\n", "{:?}", trail.end);
    let card = travel.requests.as_ref().unwrap().all().pop().unwrap();
    assert!(card.text_bytes() < 200_000 * 3, "{}", card.text_bytes());
}

#[tokio::test]
async fn a_turn_that_was_cut_off_goes_on_with_what_is_left_of_its_budget() {
    let look = |path: &str| calls("", &[("", "list", &format!(r#"{{"path":"{path}"}}"#))]);
    let (held, _gate) = look("app").gated();
    let replies = [look("web"), look("src"), held, look("web"), Reply::text("on")];
    let travel = kit().with_setting("quillon.chat.steps", "4").with_model(replies).start().await;
    let (id, mut stream) = travel.begin(question("look around")).await.unwrap();
    while travel.requests.as_ref().unwrap().all().len() < 3 {
        stream.next().await;
    }
    travel.road.cancel(travel.session, id);
    let _: Vec<Event> = stream.collect().await;
    let fault = travel.ask(again("go on")).await.fault().cloned().unwrap();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (FaultCode::BudgetExceeded, "this turn has used up its 4 steps")
    );
    // Going on after that is the person's word for a new one.
    let trail = travel.ask(again("go on, all the same")).await;
    assert_eq!(trail.text(), "on\n", "{:?}", trail.end);
}
