//! The suite that every model adapter passes, however its answers come about.

use futures::StreamExt;
use quillon_base::{FaultCode, Region};

use crate::{
    Message, Model, ModelEvent, ModelRequest, Part, RequestOptions, Role, StopReason, TokenUsage, ToolChoice,
    ToolSpec,
};

/// Events of one answer that the suite waits for at most.
const EVENTS_MAX: usize = 100_000;

/// A request to `model` that says `text`.
#[must_use]
pub fn request(model: &dyn Model, text: &str) -> ModelRequest {
    let messages = vec![Message { role: Role::User, parts: vec![Part::Text { text: text.into() }] }];
    ModelRequest::new(model.card(), "You are asked by a conformance suite.", messages, 256)
}

/// Checks what holds of every model: it has a card, an answer ends once with a stop or a fault and with nothing after it,
/// and a request for another region is refused before anything is sent.
///
/// # Panics
/// When the model does not conform.
pub async fn check(model: &dyn Model) {
    assert!(!model.card().provider.is_empty() && model.card().window_tokens > 0, "{:?}", model.card());
    ends_once(model, request(model, "hello")).await;
    let elsewhere = Region::new("xx-nowhere-1").expect("a constant that passes its own check");
    let abroad = ModelRequest { region: elsewhere, ..request(model, "hello") };
    let answer: Vec<_> = model.stream(abroad).take(EVENTS_MAX).collect().await;
    let codes: Vec<_> = answer.iter().map(|piece| piece.as_ref().map(|_| ()).map_err(|f| f.code)).collect();
    assert_eq!(codes, [Err(FaultCode::RegionRefused)], "a request for another region was not refused");
}

async fn ends_once(model: &dyn Model, request: ModelRequest) {
    let pieces: Vec<_> = model.stream(request).take(EVENTS_MAX).collect().await;
    let is_end = |piece: &Result<ModelEvent, _>| matches!(piece, Err(_) | Ok(ModelEvent::Stop { .. }));
    assert!(pieces.last().is_some_and(is_end), "the answer has no end");
    assert_eq!(pieces.iter().filter(|piece| is_end(piece)).count(), 1, "something follows the end");
}

/// A picture of one pixel.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

/// A conversation that every adapter can have, and the answer that must come of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// What was said before.
    pub messages: Vec<Message>,
    /// The tools on offer.
    pub tools: Vec<ToolSpec>,
    /// What the request need not say.
    pub options: RequestOptions,
    /// What the provider answers.
    pub answer: Vec<ModelEvent>,
}

/// Conversations with everything that the port can say: a provider that answers as each case says must be understood
/// alike through every adapter.
#[must_use]
pub fn cases() -> Vec<Case> {
    vec![
        Case {
            answer: vec![text("hel"), text("lo"), usage(), stop(StopReason::Finished)],
            ..case("text in pieces")
        },
        Case {
            answer: vec![text("é\n\"data: [DONE]\"\r\n\u{feff}😀"), usage(), stop(StopReason::Finished)],
            ..case("text that looks like the wire")
        },
        Case {
            answer: vec![text("so fa"), usage(), stop(StopReason::LengthLimit)],
            ..case("a limit of tokens")
        },
        Case {
            answer: vec![text("I"), usage(), stop(StopReason::Filtered)],
            ..case("a filter of the provider")
        },
        Case {
            answer: vec![call("a", "{\"path\":\"é.rs\"}"), usage(), stop(StopReason::ToolUse)],
            options: RequestOptions { tool_choice: ToolChoice::Required, ..RequestOptions::default() },
            ..with_tools("a tool call")
        },
        Case {
            answer: vec![
                text("both"),
                call("a", "{\"path\":\"1\"}"),
                call("b", "{\"path\":\"2\"}"),
                call("c", "{}"),
                usage(),
                stop(StopReason::ToolUse),
            ],
            ..with_tools("parallel tool calls")
        },
        Case {
            messages: talk(),
            answer: vec![text("done"), usage(), stop(StopReason::Finished)],
            options: RequestOptions {
                cache_key: Some("key".into()),
                one_tool_only: true,
                ..RequestOptions::default()
            },
            ..with_tools("a conversation with calls, results, pictures")
        },
        Case {
            messages: vec![says(Role::User, vec![words("1")]), says(Role::User, vec![words("2"), picture()])],
            answer: vec![text("ok"), usage(), stop(StopReason::Finished)],
            ..case("two messages of one side")
        },
        Case {
            messages: foreign_reasoning(),
            answer: vec![text("ok"), usage(), stop(StopReason::Finished)],
            ..with_tools("reasoning of another provider")
        },
    ]
}

/// Asks as a case says, and checks that the answer is the one that the provider gave.
///
/// # Panics
/// When it is another.
pub async fn check_case(model: &dyn Model, case: &Case) {
    let mut request = ModelRequest::new(
        model.card(),
        "You are asked by a conformance suite.",
        case.messages.clone(),
        4_096,
    );
    request.tools.clone_from(&case.tools);
    request.options = case.options.clone();
    let came: Vec<_> = model.stream(request).take(EVENTS_MAX).collect().await;
    let expected: Vec<_> = case.answer.iter().cloned().map(Ok).collect();
    assert_eq!(came, expected, "{}", case.name);
}

fn case(name: &'static str) -> Case {
    let messages = vec![says(Role::User, vec![words("hello")])];
    Case { name, messages, tools: Vec::new(), options: RequestOptions::default(), answer: Vec::new() }
}

fn with_tools(name: &'static str) -> Case {
    let input_schema =
        serde_json::json!({ "type": "object", "properties": { "path": { "type": "string" } } });
    let tool = ToolSpec { name: "fs_read".into(), description: "Reads a file".into(), input_schema };
    Case { tools: vec![tool], ..case(name) }
}

fn talk() -> Vec<Message> {
    let result = |id: &str, failed| Part::ToolResult { id: id.into(), text: "so".into(), failed };
    let calls = ["{\"path\":\"x\"}", "{\"path\":"].iter().zip(["a", "b"]).map(|(arguments, id)| {
        Part::ToolCall { id: id.into(), name: "fs_read".into(), arguments: (*arguments).into() }
    });
    let calls = [words("I look")].into_iter().chain(calls).collect();
    vec![
        says(Role::User, vec![words("look"), picture()]),
        says(Role::Assistant, calls),
        says(Role::User, vec![words("and this"), result("a", false), result("b", true), picture()]),
        says(Role::Assistant, vec![words("seen")]),
        says(Role::User, vec![words("thanks")]),
    ]
}

fn foreign_reasoning() -> Vec<Message> {
    let reasoning = |seal: Option<&str>| Part::Reasoning { text: "hm".into(), seal: seal.map(Into::into) };
    vec![
        says(Role::User, vec![words("look")]),
        says(Role::Assistant, vec![reasoning(Some("elsewhere:x")), reasoning(None), words("seen")]),
        says(Role::User, vec![words("and?")]),
    ]
}

fn says(role: Role, parts: Vec<Part>) -> Message {
    Message { role, parts }
}

fn words(text: &str) -> Part {
    Part::Text { text: text.into() }
}

fn picture() -> Part {
    Part::Image { media_type: "image/png".into(), base64: PIXEL.into() }
}

fn text(text: &str) -> ModelEvent {
    ModelEvent::Text { text: text.into() }
}

fn call(id: &str, arguments: &str) -> ModelEvent {
    ModelEvent::ToolCall { id: id.into(), name: "fs_read".into(), arguments: arguments.into() }
}

fn usage() -> ModelEvent {
    ModelEvent::Usage(TokenUsage { input: 90, output: 12, cached: 40, cache_written: 0 })
}

fn stop(reason: StopReason) -> ModelEvent {
    ModelEvent::Stop { reason }
}
