//! What goes over the wire, exactly.

use futures::StreamExt;
use quillon_mock::Reply;
use quillon_model::{Effort, ModelEvent, RequestOptions, StopReason, ToolChoice, ToolSpec, conformance};
use serde_json::{Value, json};

use crate::support::{mock, model};

async fn sent(kind: &'static str, change: impl FnOnce(&mut quillon_model::ModelRequest)) -> Value {
    let stop = ModelEvent::Stop { reason: StopReason::Finished };
    let mock = mock(kind, [Reply::of([ModelEvent::Text { text: "ok".into() }, stop])]);
    let model = model(&mock, kind);
    let mut request = conformance::request(&*model, "hello");
    change(&mut request);
    let _: Vec<_> = model.stream(request).collect().await;
    serde_json::from_str(&mock.seen()[0].body).unwrap()
}

fn with_everything(request: &mut quillon_model::ModelRequest) {
    let input_schema = json!({ "type": "object" });
    request.tools = vec![ToolSpec { name: "list".into(), description: "Lists".into(), input_schema }];
    request.options = RequestOptions {
        cache_key: Some("k".into()),
        effort: Some(Effort::Medium),
        tool_choice: ToolChoice::Required,
        one_tool_only: true,
    };
}

#[tokio::test]
async fn a_plain_request_says_no_more_than_it_must() {
    assert_eq!(
        sent("openai-compatible", |_| ()).await,
        json!({
            "model": "the-model",
            "messages": [
                { "role": "system", "content": "You are asked by a conformance suite." },
                { "role": "user", "content": "hello" },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
            "max_tokens": 256,
        })
    );
    assert_eq!(
        sent("openai", |_| ()).await,
        json!({
            "model": "the-model",
            "instructions": "You are asked by a conformance suite.",
            "input": [
                { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "hello" }] },
            ],
            "max_output_tokens": 256,
            "stream": true,
            "store": false,
        })
    );
}

#[tokio::test]
async fn each_kind_of_server_is_told_only_what_it_takes() {
    let check = async |kind: &'static str, known: &[(&str, Value)], unknown: &[&str]| {
        let body = sent(kind, with_everything).await;
        for (name, value) in known {
            assert_eq!(&body[*name], value, "{kind} {name}");
        }
        for name in unknown {
            assert!(body.get(name).is_none(), "{kind} {name}");
        }
    };
    let effort = ("reasoning_effort", json!("medium"));
    let choice = ("tool_choice", json!("required"));
    let one = ("parallel_tool_calls", json!(false));
    check(
        "ollama",
        std::slice::from_ref(&effort),
        &["tool_choice", "parallel_tool_calls", "prompt_cache_key"],
    )
    .await;
    check("lm-studio", &[], &["tool_choice", "reasoning_effort", "parallel_tool_calls"]).await;
    check("llama-server", &[choice.clone(), one.clone()], &["reasoning_effort", "prompt_cache_key"]).await;
    check("vllm", &[choice.clone(), one.clone(), effort.clone()], &["prompt_cache_key"]).await;
    check("azure-openai", &[("max_completion_tokens", json!(256)), effort], &["max_tokens"]).await;
    let reasoning = ("reasoning", json!({ "effort": "medium", "summary": "auto" }));
    check("openai", &[choice, one, reasoning, ("prompt_cache_key", json!("k"))], &["reasoning_effort"]).await;
}

#[tokio::test]
async fn a_key_goes_in_the_header_that_the_server_reads() {
    for (kind, name, value) in
        [("openai", "authorization", "Bearer sk-hush"), ("azure-openai", "api-key", "sk-hush")]
    {
        let stop = ModelEvent::Stop { reason: StopReason::Finished };
        let mock = mock(kind, [Reply::of([ModelEvent::Text { text: "ok".into() }, stop])]);
        let _ = quillon_mock::suite::ask(&*model(&mock, kind)).await;
        assert_eq!(mock.seen()[0].header(name), Some(value), "{kind}");
    }
}
