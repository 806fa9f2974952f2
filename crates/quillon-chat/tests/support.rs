//! A small workspace, and asks about it.

use futures::StreamExt;
use quillon_chat::Chat;
use quillon_contract::ask::{ChatAsk, ContextItem, Resume};
use quillon_contract::{Answer, Event, Gateway};
use quillon_model::{ModelEvent, Part, StopReason, TokenUsage};
use quillon_testkit::{Kit, Reply, Trail, Travel};

/// A parcel service in three languages.
pub(crate) fn kit() -> Kit {
    Kit::new()
        .with(Chat::default())
        .with_file("README.md", "# Parcels\n\nCarries parcels. Start it with `make run`.\n")
        .with_file(
            "src/retry.rs",
            "//! Trying again.\n\n/// How often a parcel is offered before it goes back.\npub const RETRY_LIMIT: u32 = 3;\n\n\
             /// Whether one more try is left.\npub fn may_retry(tries: u32) -> bool {\n    tries < RETRY_LIMIT\n}\n",
        )
        .with_file("web/depot.py", "def open_depot(name):\n    \"\"\"Opens the depot.\"\"\"\n    return name\n")
        .with_file("app/Queue.java", "class Queue {\n    int length() {\n        return 0;\n    }\n}\n")
}

pub(crate) fn question(prompt: &str) -> ChatAsk {
    ChatAsk {
        prompt: prompt.into(),
        context: Vec::new(),
        resume: Resume::No,
        agent: None,
        model: None,
        trusted_tools: Vec::new(),
        unattended: true,
        ephemeral: false,
        explain_context: false,
    }
}

pub(crate) fn with(prompt: &str, context: impl IntoIterator<Item = ContextItem>) -> ChatAsk {
    ChatAsk { context: context.into_iter().collect(), ..question(prompt) }
}

/// A question of someone who trusts these tools.
pub(crate) fn trusting(tools: &[&str], prompt: &str) -> ChatAsk {
    let trusted_tools = tools.iter().map(|tool| (*tool).to_owned()).collect();
    ChatAsk { trusted_tools, ..question(prompt) }
}

/// A question of someone who is there to be asked.
pub(crate) fn attended(prompt: &str) -> ChatAsk {
    ChatAsk { unattended: false, ..question(prompt) }
}

/// An answer that says something and calls tools: id, name, arguments.
pub(crate) fn calls(text: &str, calls: &[(&str, &str, &str)]) -> Reply {
    let said = (!text.is_empty()).then(|| ModelEvent::Text { text: text.into() });
    let calls = calls.iter().map(|(id, name, arguments)| ModelEvent::ToolCall {
        id: (*id).into(),
        name: (*name).into(),
        arguments: (*arguments).into(),
    });
    let usage = ModelEvent::Usage(TokenUsage { input: 9, output: 3, ..TokenUsage::default() });
    let stop = ModelEvent::Stop { reason: StopReason::ToolUse };
    Reply::of(said.into_iter().chain(calls).chain([usage, stop]).map(Ok))
}

/// The results in the last message of a request, with whether they failed.
pub(crate) fn results(travel: &Travel, request: usize) -> Vec<(String, bool)> {
    let request = &travel.requests.as_ref().unwrap().all()[request];
    let result = |part: &Part| match part {
        Part::ToolResult { text, failed, .. } => Some((text.clone(), *failed)),
        _ => None,
    };
    request.messages.last().unwrap().parts.iter().filter_map(result).collect()
}

/// The one result in the last message of a request.
pub(crate) fn result_of(travel: &Travel, request: usize) -> String {
    results(travel, request).remove(0).0
}

/// Asks, and gives every question the same answer; the questions come back as well.
pub(crate) async fn answering(travel: &Travel, ask: ChatAsk, answer: Answer) -> (Trail, Vec<String>) {
    let before = travel.entries().len();
    let (_, mut stream) = travel.begin(ask).await.unwrap();
    let (mut events, mut asked) = (Vec::new(), Vec::new());
    while let Some(event) = stream.next().await {
        if let Event::Question(question) = &event {
            asked.push(question.text.clone());
            travel.road.answer(travel.session, question.id, answer.clone()).await.unwrap();
        }
        events.push(event);
    }
    (travel.finish(futures::stream::iter(events).boxed(), before).await, asked)
}
