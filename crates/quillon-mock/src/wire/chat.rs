//! Chat Completions.

use quillon_model::{ModelEvent, StopReason, TokenUsage};
use serde_json::{Value, json};

use super::{event, halves};
use crate::check::{Shape, calls_and_results, fields, text};

const BODY: Shape = Shape {
    required: &["model", "messages", "stream"],
    optional: &[
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "reasoning_effort",
        "prompt_cache_key",
    ],
};

pub(super) fn render(events: &[ModelEvent]) -> Vec<String> {
    let mut chunks = vec![choice(&json!({ "role": "assistant", "content": "" }), None)];
    let mut usage = None;
    let mut calls = 0;
    for event in events {
        match event {
            ModelEvent::Text { text } => chunks.push(choice(&json!({ "content": text }), None)),
            // There is no seal in this format.
            ModelEvent::Reasoning { text, .. } if text.is_empty() => {}
            ModelEvent::Reasoning { text, .. } => {
                chunks.push(choice(&json!({ "reasoning_content": text }), None))
            }
            ModelEvent::ToolCall { id, name, arguments } => {
                let (first, second) = halves(arguments);
                let begin = json!({ "index": calls, "id": id, "type": "function", "function": { "name": name, "arguments": "" } });
                chunks.push(choice(&json!({ "tool_calls": [begin] }), None));
                for piece in [first, second] {
                    let more = json!({ "index": calls, "function": { "arguments": piece } });
                    chunks.push(choice(&json!({ "tool_calls": [more] }), None));
                }
                calls += 1;
            }
            ModelEvent::Usage(reported) => usage = Some(*reported),
            ModelEvent::Stop { reason } => chunks.push(choice(&json!({}), Some(stop_word(*reason)))),
        }
    }
    if let Some(usage) = usage {
        chunks.push(chunk(&json!([]), &usage_of(usage)));
    }
    // An answer that does not stop has no end.
    if events.iter().any(|event| matches!(event, ModelEvent::Stop { .. })) {
        chunks.push("data: [DONE]\n\n".to_owned());
    }
    chunks
}

fn choice(delta: &Value, finish: Option<&str>) -> String {
    chunk(&json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]), &Value::Null)
}

fn chunk(choices: &Value, usage: &Value) -> String {
    let data = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "mock",
        "choices": choices,
        "usage": usage,
    });
    event(None, &data)
}

fn usage_of(usage: TokenUsage) -> Value {
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input.saturating_add(usage.output),
        "prompt_tokens_details": { "cached_tokens": usage.cached },
    })
}

const fn stop_word(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Finished => "stop",
        StopReason::ToolUse => "tool_calls",
        StopReason::LengthLimit => "length",
        StopReason::Filtered => "content_filter",
    }
}

pub(super) fn check(body: &Value) -> Result<(), String> {
    fields("the request", body, &BODY)?;
    if body["stream"] != true || body["stream_options"]["include_usage"] != true {
        return Err("a stream with usage was not asked for".into());
    }
    let limits = ["max_tokens", "max_completion_tokens"].iter().filter(|name| body[**name].is_u64()).count();
    if limits != 1 {
        return Err("one limit of tokens is wanted".into());
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        fields("a tool", tool, &Shape { required: &["type", "function"], optional: &[] })?;
        let shape = Shape { required: &["name", "description", "parameters"], optional: &[] };
        fields("a function", &tool["function"], &shape)?;
    }
    let messages = body["messages"].as_array().ok_or("`messages` is no list")?;
    let mut steps = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        steps.extend(check_message(place, message)?);
    }
    calls_and_results(steps)
}

/// The calls and results of a message.
fn check_message(place: usize, message: &Value) -> Result<Vec<(bool, String)>, String> {
    let at = format!("message {place}");
    let shape = |required, optional| fields(&at, message, &Shape { required, optional });
    match text(&message["role"]) {
        "system" | "developer" if place == 0 => shape(&["role", "content"], &[]).map(|()| Vec::new()),
        "user" => {
            shape(&["role", "content"], &[])?;
            for part in message["content"].as_array().into_iter().flatten() {
                match text(&part["type"]) {
                    "text" => fields(&at, part, &Shape { required: &["type", "text"], optional: &[] })?,
                    "image_url" if text(&part["image_url"]["url"]).starts_with("data:image/") => {}
                    other => return Err(format!("{at} has a part `{other}` that is not known or not whole")),
                }
            }
            Ok(Vec::new())
        }
        "assistant" => {
            shape(&["role", "content"], &["tool_calls"])?;
            message["tool_calls"].as_array().into_iter().flatten().map(|call| check_call(&at, call)).collect()
        }
        "tool" => {
            shape(&["role", "tool_call_id", "content"], &[])?;
            Ok(vec![(false, text(&message["tool_call_id"]).to_owned())])
        }
        role => Err(format!("{at} is of the role `{role}`")),
    }
}

fn check_call(at: &str, call: &Value) -> Result<(bool, String), String> {
    fields(at, call, &Shape { required: &["id", "type", "function"], optional: &[] })?;
    fields(at, &call["function"], &Shape { required: &["name", "arguments"], optional: &[] })?;
    let arguments: Value = serde_json::from_str(text(&call["function"]["arguments"]))
        .map_err(|_| format!("{at} has arguments that are no JSON"))?;
    if !arguments.is_object() {
        return Err(format!("{at} has arguments that are no object"));
    }
    Ok((true, text(&call["id"]).to_owned()))
}
