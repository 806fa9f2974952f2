//! What goes over the wire, exactly.

use futures::StreamExt;
use quillon_mock::Reply;
use quillon_model::{
    Effort, ModelEvent, ModelRequest, RequestOptions, StopReason, ToolChoice, ToolSpec, conformance,
};
use serde_json::{Value, json};

use crate::support::{mock, model};

pub(crate) async fn sent(kind: &'static str, change: impl FnOnce(&mut ModelRequest)) -> Value {
    let stop = ModelEvent::Stop { reason: StopReason::Finished };
    let mock = mock([Reply::of([ModelEvent::Text { text: "ok".into() }, stop])]);
    let model = model(&mock, kind);
    let mut request = conformance::request(&*model, "hello");
    change(&mut request);
    let _: Vec<_> = model.stream(request).collect().await;
    assert!(mock.seen()[0].header("anthropic-version").is_some());
    serde_json::from_str(&mock.seen()[0].body).unwrap()
}

pub(crate) fn with_everything(request: &mut ModelRequest) {
    request.output_tokens_max = 8_192;
    let input_schema = json!({ "type": "object" });
    request.tools = vec![ToolSpec { name: "list".into(), description: "Lists".into(), input_schema }];
    request.options = RequestOptions {
        cache_key: Some("k".into()),
        effort: Some(Effort::High),
        tool_choice: ToolChoice::Required,
        one_tool_only: true,
    };
}

#[tokio::test]
async fn a_plain_request_says_no_more_than_it_must() {
    assert_eq!(
        sent("anthropic", |_| ()).await,
        json!({
            "model": "the-model",
            "max_tokens": 256,
            "system": [{ "type": "text", "text": "You are asked by a conformance suite." }],
            "messages": [{ "role": "user", "content": [{ "type": "text", "text": "hello" }] }],
            "stream": true,
        })
    );
}

#[tokio::test]
async fn caching_thinking_and_tools_are_asked_for() {
    let mark = json!({ "type": "ephemeral" });
    let body = sent("anthropic", with_everything).await;
    assert_eq!(body["thinking"], json!({ "type": "enabled", "budget_tokens": 4_096 }));
    // A model that thinks cannot be forced.
    assert_eq!(body["tool_choice"], json!({ "type": "auto", "disable_parallel_tool_use": true }));
    assert_eq!(body["system"][0]["cache_control"], mark);
    assert_eq!(body["messages"][0]["content"][0]["cache_control"], mark);
    let plain = sent("anthropic-compatible", with_everything).await;
    assert!(!plain.to_string().contains("cache_control") && plain.get("thinking").is_none());
    assert_eq!(plain["tool_choice"], json!({ "type": "any", "disable_parallel_tool_use": true }));
}
