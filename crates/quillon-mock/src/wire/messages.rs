//! Messages.

use quillon_model::{ModelEvent, StopReason, TokenUsage};
use serde_json::{Value, json};

use super::{event, halves};
use crate::check::{Shape, calls_and_results, fields, text};

const BODY: Shape = Shape {
    required: &["model", "messages", "max_tokens", "stream"],
    optional: &["system", "tools", "tool_choice", "thinking"],
};
/// The most marks for the cache in one request.
const MARKS_MAX: usize = 4;
/// The least budget to think.
const THINKING_TOKENS_MIN: u64 = 1_024;

/// The stream as it is written.
#[derive(Default)]
struct Stream {
    chunks: Vec<String>,
    place: u64,
    open: Option<&'static str>,
}

impl Stream {
    fn send(&mut self, kind: &str, mut data: Value) {
        data["type"] = kind.into();
        self.chunks.push(event(Some(kind), &data));
    }

    fn grow(&mut self, kind: &'static str, begin: &Value, delta: &Value) {
        if self.open != Some(kind) {
            self.close();
            self.open = Some(kind);
            self.send("content_block_start", json!({ "index": self.place, "content_block": begin }));
        }
        self.send("content_block_delta", json!({ "index": self.place, "delta": delta }));
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.send("content_block_stop", json!({ "index": self.place }));
            self.place += 1;
        }
    }

    fn think(&mut self, said: &str, seal: Option<&str>) {
        let begin = json!({ "type": "thinking", "thinking": "", "signature": "" });
        if !said.is_empty() {
            self.grow("thinking", &begin, &json!({ "type": "thinking_delta", "thinking": said }));
        }
        if let Some(seal) = seal {
            self.grow("thinking", &begin, &json!({ "type": "signature_delta", "signature": seal }));
            self.close();
        }
    }

    fn call(&mut self, id: &str, name: &str, arguments: &str) {
        self.close();
        let begin = json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
        for piece in <[&str; 2]>::from(halves(arguments)) {
            self.grow("tool_use", &begin, &json!({ "type": "input_json_delta", "partial_json": piece }));
        }
        self.close();
    }
}

pub(super) fn render(events: &[ModelEvent]) -> Vec<String> {
    let reported = events.iter().find_map(|event| match event {
        ModelEvent::Usage(usage) => Some(*usage),
        _ => None,
    });
    let mut stream = Stream::default();
    let mut message =
        json!({ "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "mock" });
    message["usage"] = reported.map_or(Value::Null, usage_of);
    stream.send("message_start", json!({ "message": message }));
    stream.send("ping", json!({}));
    for event in events {
        match event {
            ModelEvent::Text { text } => {
                let delta = json!({ "type": "text_delta", "text": text });
                stream.grow("text", &json!({ "type": "text", "text": "" }), &delta);
            }
            ModelEvent::Reasoning { text, seal } => stream.think(text, seal.as_deref()),
            ModelEvent::ToolCall { id, name, arguments } => stream.call(id, name, arguments),
            ModelEvent::Usage(_) => {}
            ModelEvent::Stop { reason } => {
                stream.close();
                let delta = json!({ "stop_reason": stop_word(*reason), "stop_sequence": null });
                let usage = reported.map_or(Value::Null, |usage| json!({ "output_tokens": usage.output }));
                stream.send("message_delta", json!({ "delta": delta, "usage": usage }));
                stream.send("message_stop", json!({}));
            }
        }
    }
    stream.chunks
}

/// What the cache gave and took is reported beside the rest.
fn usage_of(usage: TokenUsage) -> Value {
    let fresh = usage.input.saturating_sub(usage.cached).saturating_sub(usage.cache_written);
    json!({
        "input_tokens": fresh,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.cache_written,
        "output_tokens": 1,
    })
}

const fn stop_word(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Finished => "end_turn",
        StopReason::ToolUse => "tool_use",
        StopReason::LengthLimit => "max_tokens",
        StopReason::Filtered => "refusal",
    }
}

pub(super) fn check(body: &Value) -> Result<(), String> {
    fields("the request", body, &BODY)?;
    if body["stream"] != true {
        return Err("a stream was not asked for".into());
    }
    let budget = body["thinking"]["budget_tokens"].as_u64();
    let most = body["max_tokens"].as_u64().ok_or("`max_tokens` is no number")?;
    if budget.is_some_and(|budget| budget < THINKING_TOKENS_MIN || budget >= most) {
        return Err("the budget to think is out of bounds".into());
    }
    if budget.is_some() && matches!(text(&body["tool_choice"]["type"]), "any" | "tool") {
        return Err("a model that thinks cannot be forced to call a tool".into());
    }
    if body.to_string().matches("\"cache_control\"").count() > MARKS_MAX {
        return Err("there are more marks for the cache than four".into());
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        let required = &["name", "description", "input_schema"];
        fields("a tool", tool, &Shape { required, optional: &["cache_control"] })?;
    }
    let messages = body["messages"].as_array().ok_or("`messages` is no list")?;
    let mut steps = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let role = if place % 2 == 0 { "user" } else { "assistant" };
        if message["role"] != role {
            return Err(format!("message {place} should be of the role `{role}`: turns alternate"));
        }
        steps.extend(check_message(place, message)?);
    }
    calls_and_results(steps)
}

fn check_message(place: usize, message: &Value) -> Result<Vec<(bool, String)>, String> {
    let at = format!("message {place}");
    fields(&at, message, &Shape { required: &["role", "content"], optional: &[] })?;
    let blocks = message["content"].as_array().ok_or_else(|| format!("{at} has no list of blocks"))?;
    let is_result = |block: &Value| block["type"] == "tool_result";
    if blocks.iter().skip_while(|block| is_result(block)).any(is_result) {
        return Err(format!("{at} has a result after something else"));
    }
    let mut steps = Vec::new();
    for block in blocks {
        let shape = |required, optional| fields(&at, block, &Shape { required, optional });
        match text(&block["type"]) {
            "text" if text(&block["text"]).trim().is_empty() => {
                return Err(format!("{at} has an empty text"));
            }
            "text" => shape(&["type", "text"], &["cache_control"])?,
            "image" => shape(&["type", "source"], &["cache_control"])?,
            "thinking" => shape(&["type", "thinking", "signature"], &[])?,
            "redacted_thinking" => shape(&["type", "data"], &[])?,
            "tool_use" => {
                shape(&["type", "id", "name", "input"], &["cache_control"])?;
                if !block["input"].is_object() {
                    return Err(format!("{at} has an input that is no object"));
                }
                steps.push((true, text(&block["id"]).to_owned()));
            }
            "tool_result" => {
                shape(&["type", "tool_use_id", "content"], &["is_error", "cache_control"])?;
                steps.push((false, text(&block["tool_use_id"]).to_owned()));
            }
            kind => return Err(format!("{at} has a block `{kind}`")),
        }
    }
    Ok(steps)
}
