//! What adapters are held to in front of a real server: llama.cpp's own, with models of random weights.
//!
//! `cargo xtask conformance models` makes the models, starts the server and runs these tests, which are ignored otherwise.
//! What such a model says is random, so what is checked is everything around it: that it streams, what it counts, why it
//! stops, which calls it makes, what it refuses, and that it stops working when nobody listens any more.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests find the server by variables, and look at its state beside the adapter"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use quillon_base::FaultCode;
use quillon_model::{
    Credential, Message, Model, ModelEvent, ModelRequest, Part, RequestOptions, Role, StopReason, TokenUsage,
    ToolChoice, ToolSpec, conformance,
};
use serde_json::json;

use crate::suite::{KEY, Key, Under, Wanted};

/// Where the model is that says words and never ends by itself, without `/v1`.
const TEXT_VARIABLE: &str = "QUILLON_SERVER_TEXT";
/// Where the model is that calls tools when it may, and ends otherwise.
const CALLS_VARIABLE: &str = "QUILLON_SERVER_CALLS";
/// How many tokens the server's window has.
const WINDOW_TOKENS: u64 = 16_384;
/// How often the server's state is looked at before a test gives up, ten times a second.
const LOOKS_MAX: usize = 300;

/// Makes a test of every case; `kind` is the adapter's kind of server for it.
#[macro_export]
macro_rules! real_server {
    ($under:expr, $kind:expr) => {
        $crate::real_server!(@ $under, $kind;
            text_streams_and_is_counted_to_its_limit, an_answer_that_is_over_at_once_is_finished,
            calls_are_whole_and_of_the_schema, results_of_calls_go_back, a_request_that_is_too_long_is_told_apart,
            a_wrong_key_is_refused, what_nobody_hears_is_not_worked_on
        );
    };
    (@ $under:expr, $kind:expr; $($case:ident),*) => {$(
        #[tokio::test]
        #[ignore = "`cargo xtask conformance models` starts the server that this asks"]
        async fn $case() {
            $crate::real::$case(&$under, $kind).await;
        }
    )*};
}

fn base(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("`{variable}` says where the server is"))
}

fn wanted(variable: &str, kind: &'static str) -> Wanted {
    let mut wanted = Wanted::new(kind, format!("{}/v1", base(variable)));
    wanted.card.window_tokens = WINDOW_TOKENS;
    wanted
}

/// What came of a request: its text, calls, usage and end.
#[derive(Debug, Default)]
struct Came {
    text: String,
    pieces: usize,
    calls: Vec<(String, String, String)>,
    usage: TokenUsage,
    stop: Option<StopReason>,
    fault: Option<FaultCode>,
}

async fn ask(model: &dyn Model, request: ModelRequest) -> Came {
    let mut came = Came::default();
    let mut stream = model.stream(request);
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(ModelEvent::Text { text }) => {
                came.text.push_str(&text);
                came.pieces += 1;
            }
            Ok(ModelEvent::ToolCall { id, name, arguments }) => came.calls.push((id, name, arguments)),
            Ok(ModelEvent::Usage(usage)) => came.usage = usage,
            Ok(ModelEvent::Stop { reason }) => came.stop = Some(reason),
            Ok(ModelEvent::Reasoning { .. }) => {}
            Err(fault) => {
                assert!(fault.hint.is_some() && !format!("{fault:?}").contains(KEY), "{fault:?}");
                came.fault = Some(fault.code);
            }
        }
    }
    came
}

fn request(model: &dyn Model, tokens: u32) -> ModelRequest {
    ModelRequest { output_tokens_max: tokens, ..conformance::request(model, "hello") }
}

/// Pieces come as they are made, and what is counted is what was allowed.
pub async fn text_streams_and_is_counted_to_its_limit(under: &dyn Under, kind: &'static str) {
    let model = under.model(wanted(TEXT_VARIABLE, kind));
    let came = ask(&*model, request(&*model, 32)).await;
    assert!(came.pieces > 4 && !came.text.is_empty(), "{came:?}");
    assert_eq!((came.stop, came.usage.output), (Some(StopReason::LengthLimit), 32), "{came:?}");
    // How much of what it had read before it counts again, formats and versions tell differently.
    assert!(came.usage.input > 0 && came.usage.cached <= came.usage.input, "{came:?}");
}

/// A model that has nothing to say is finished, not cut off.
pub async fn an_answer_that_is_over_at_once_is_finished(under: &dyn Under, kind: &'static str) {
    let model = under.model(wanted(CALLS_VARIABLE, kind));
    let came = ask(&*model, request(&*model, 64)).await;
    assert_eq!((came.stop, came.fault, came.calls.len()), (Some(StopReason::Finished), None, 0), "{came:?}");
}

fn with_tool(mut request: ModelRequest) -> ModelRequest {
    let path = json!({ "type": "string", "enum": ["a.rs", "b.rs"] });
    let input_schema = json!({ "type": "object", "properties": { "path": path }, "required": ["path"] });
    request.tools =
        vec![ToolSpec { name: "fs_read".into(), description: "Reads a file".into(), input_schema }];
    request.output_tokens_max = 1_000;
    request
}

/// A call that the model must make comes whole, under an id, with arguments of the tool's schema.
pub async fn calls_are_whole_and_of_the_schema(under: &dyn Under, kind: &'static str) {
    let model = under.model(wanted(CALLS_VARIABLE, kind));
    let mut request = with_tool(request(&*model, 1));
    request.options = RequestOptions { tool_choice: ToolChoice::Required, ..RequestOptions::default() };
    let came = ask(&*model, request).await;
    // How many it makes before it ends is up to the model.
    assert!(came.stop == Some(StopReason::ToolUse) && !came.calls.is_empty(), "{came:?}");
    for (id, name, arguments) in &came.calls {
        let arguments: serde_json::Value = serde_json::from_str(arguments).unwrap_or_default();
        let path = arguments["path"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && name == "fs_read" && ["a.rs", "b.rs"].contains(&path), "{came:?}");
    }
}

/// A conversation with calls and results is one that the server reads.
pub async fn results_of_calls_go_back(under: &dyn Under, kind: &'static str) {
    let model = under.model(wanted(TEXT_VARIABLE, kind));
    let mut request = with_tool(request(&*model, 1));
    request.output_tokens_max = 8;
    let call = |id: &str, path: &str| Part::ToolCall {
        id: id.into(),
        name: "fs_read".into(),
        arguments: json!({ "path": path }).to_string(),
    };
    let result = |id: &str, failed| Part::ToolResult { id: id.into(), text: "fn main() {}".into(), failed };
    let calls = vec![Part::Text { text: "I look.".into() }, call("c1", "a.rs"), call("c2", "b.rs")];
    request.messages.push(Message { role: Role::Assistant, parts: calls });
    request.messages.push(Message { role: Role::User, parts: vec![result("c1", false), result("c2", true)] });
    let came = ask(&*model, request).await;
    assert_eq!((came.stop, came.fault), (Some(StopReason::LengthLimit), None), "{came:?}");
}

/// What does not fit the window has a code of its own.
pub async fn a_request_that_is_too_long_is_told_apart(under: &dyn Under, kind: &'static str) {
    let model = under.model(wanted(TEXT_VARIABLE, kind));
    let text = "word ".repeat(2 * usize::try_from(WINDOW_TOKENS).unwrap_or_default());
    let came = ask(&*model, conformance::request(&*model, &text)).await;
    assert_eq!(came.fault, Some(FaultCode::ModelContextExceeded), "{came:?}");
}

/// A key that the server does not know.
pub async fn a_wrong_key_is_refused(under: &dyn Under, kind: &'static str) {
    let credential: Option<Arc<dyn Credential>> = Some(Arc::new(Key(Some("sk-expired"))));
    let model = under.model(Wanted { credential, ..wanted(TEXT_VARIABLE, kind) });
    let came = ask(&*model, request(&*model, 4)).await;
    assert_eq!(came.fault, Some(FaultCode::ModelKeyRefused), "{came:?}");
}

/// Dropping an answer frees the server: it stops long before the answer would have ended.
pub async fn what_nobody_hears_is_not_worked_on(under: &dyn Under, kind: &'static str) {
    let model = under.model(wanted(TEXT_VARIABLE, kind));
    let mut stream = model.stream(request(&*model, 16_000));
    assert!(stream.next().await.is_some_and(|piece| piece.is_ok()));
    assert!(is_at_work(), "the server had ended before its answer was dropped");
    drop(stream);
    for _ in 0..LOOKS_MAX {
        if !is_at_work() {
            // The next one is served at once.
            let came = ask(&*model, request(&*model, 4)).await;
            assert_eq!(came.stop, Some(StopReason::LengthLimit), "{came:?}");
            return;
        }
        // Lets the connection be closed, which the runtime does.
        tokio_yield().await;
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the server went on for an answer that nobody hears");
}

/// Gives the runtime a turn.
async fn tokio_yield() {
    let mut is_ready = false;
    futures::future::poll_fn(|context| {
        if std::mem::replace(&mut is_ready, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// Whether the server makes tokens now, by its own account.
fn is_at_work() -> bool {
    let base = base(TEXT_VARIABLE);
    let place = base.trim_start_matches("http://");
    let mut socket = TcpStream::connect(place).expect("the server");
    let head = format!(
        "GET /slots HTTP/1.1\r\nhost: {place}\r\nauthorization: Bearer {KEY}\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("the server answers");
    assert!(answer.contains("is_processing"), "{answer}");
    answer.contains("\"is_processing\":true")
}
