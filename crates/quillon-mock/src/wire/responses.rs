//! Responses.

use quillon_model::{ModelEvent, StopReason, TokenUsage};
use serde_json::{Value, json};

use super::{event, halves};
use crate::check::{Shape, calls_and_results, fields, text};

const BODY: Shape = Shape {
    required: &["model", "input", "stream", "store", "max_output_tokens"],
    optional: &[
        "instructions",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "reasoning",
        "include",
        "prompt_cache_key",
    ],
};

/// The stream as it is written.
#[derive(Default)]
struct Stream {
    chunks: Vec<String>,
    place: u64,
    /// The item of text or reasoning that grows.
    open: Option<(&'static str, String)>,
    number: u64,
}

impl Stream {
    fn send(&mut self, kind: &str, mut data: Value) {
        data["type"] = kind.into();
        data["sequence_number"] = self.number.into();
        self.number += 1;
        self.chunks.push(event(Some(kind), &data));
    }

    /// Ends the item that grows, and begins another of a kind unless it grows already.
    fn grow(&mut self, kind: &'static str, piece: &str) {
        if self.open.as_ref().is_none_or(|(open, _)| *open != kind) {
            self.close(None);
            self.open = Some((kind, String::new()));
            let item = self.item(kind, "", None);
            self.send("response.output_item.added", json!({ "output_index": self.place, "item": item }));
        }
        if let Some((_, text)) = &mut self.open {
            text.push_str(piece);
        }
        let delta = if kind == "message" {
            "response.output_text.delta"
        } else {
            "response.reasoning_summary_text.delta"
        };
        let data =
            json!({ "output_index": self.place, "content_index": 0, "summary_index": 0, "delta": piece });
        if !piece.is_empty() {
            self.send(delta, data);
        }
    }

    fn close(&mut self, seal: Option<&str>) {
        let Some((kind, text)) = self.open.take() else { return };
        let item = self.item(kind, &text, seal);
        self.send("response.output_item.done", json!({ "output_index": self.place, "item": item }));
        self.place += 1;
    }

    fn item(&self, kind: &str, said: &str, seal: Option<&str>) -> Value {
        let id = format!("item_{}", self.place);
        if kind == "message" {
            let content = json!([{ "type": "output_text", "text": said, "annotations": [] }]);
            return json!({ "type": kind, "id": id, "role": "assistant", "content": content });
        }
        let summary =
            if said.is_empty() { json!([]) } else { json!([{ "type": "summary_text", "text": said }]) };
        json!({ "type": kind, "id": id, "summary": summary, "encrypted_content": seal })
    }

    fn call(&mut self, id: &str, name: &str, arguments: &str) {
        self.close(None);
        let item = |arguments: &str| json!({ "type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": name, "arguments": arguments });
        let place = self.place;
        self.send("response.output_item.added", json!({ "output_index": place, "item": item("") }));
        for piece in <[&str; 2]>::from(halves(arguments)) {
            let data = json!({ "output_index": place, "item_id": format!("fc_{id}"), "delta": piece });
            self.send("response.function_call_arguments.delta", data);
        }
        let data = json!({ "output_index": place, "item_id": format!("fc_{id}"), "arguments": arguments });
        self.send("response.function_call_arguments.done", data);
        self.send("response.output_item.done", json!({ "output_index": place, "item": item(arguments) }));
        self.place += 1;
    }
}

pub(super) fn render(events: &[ModelEvent]) -> Vec<String> {
    let mut stream = Stream::default();
    let response = |status: &str| json!({ "id": "resp_1", "object": "response", "status": status });
    stream.send("response.created", json!({ "response": response("in_progress") }));
    let mut usage = Value::Null;
    for event in events {
        match event {
            ModelEvent::Text { text } => stream.grow("message", text),
            ModelEvent::Reasoning { text, seal } => {
                stream.grow("reasoning", text);
                if seal.is_some() {
                    stream.close(seal.as_deref());
                }
            }
            ModelEvent::ToolCall { id, name, arguments } => stream.call(id, name, arguments),
            ModelEvent::Usage(reported) => usage = usage_of(*reported),
            ModelEvent::Stop { reason } => {
                stream.close(None);
                let (kind, status, why) = match reason {
                    StopReason::Finished | StopReason::ToolUse => ("response.completed", "completed", None),
                    StopReason::LengthLimit => {
                        ("response.incomplete", "incomplete", Some("max_output_tokens"))
                    }
                    StopReason::Filtered => ("response.incomplete", "incomplete", Some("content_filter")),
                };
                let mut response = response(status);
                response["usage"] = usage.clone();
                response["incomplete_details"] = why.map_or(Value::Null, |why| json!({ "reason": why }));
                stream.send(kind, json!({ "response": response }));
            }
        }
    }
    stream.chunks
}

fn usage_of(usage: TokenUsage) -> Value {
    json!({
        "input_tokens": usage.input,
        "input_tokens_details": { "cached_tokens": usage.cached },
        "output_tokens": usage.output,
        "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": usage.input.saturating_add(usage.output),
    })
}

pub(super) fn check(body: &Value) -> Result<(), String> {
    fields("the request", body, &BODY)?;
    if body["stream"] != true || body["store"] != false {
        return Err("a stream of which nothing is kept was not asked for".into());
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        let required = &["type", "name", "description", "parameters", "strict"];
        fields("a tool", tool, &Shape { required, optional: &[] })?;
    }
    let items = body["input"].as_array().ok_or("`input` is no list")?;
    let mut steps = Vec::new();
    for (place, item) in items.iter().enumerate() {
        steps.extend(check_item(place, item)?);
    }
    calls_and_results(steps)
}

fn check_item(place: usize, item: &Value) -> Result<Option<(bool, String)>, String> {
    let at = format!("item {place}");
    let shape = |required| fields(&at, item, &Shape { required, optional: &[] });
    match text(&item["type"]) {
        "message" => {
            shape(&["type", "role", "content"])?;
            let words: &[&str] = match text(&item["role"]) {
                "user" => &["input_text", "input_image"],
                "assistant" => &["output_text"],
                role => return Err(format!("{at} is of the role `{role}`")),
            };
            let contents =
                item["content"].as_array().ok_or_else(|| format!("{at} has no list of contents"))?;
            match contents.iter().find(|part| !words.contains(&text(&part["type"]))) {
                Some(part) => Err(format!("{at} has a part `{}`", text(&part["type"]))),
                None => Ok(None),
            }
        }
        "function_call" => {
            shape(&["type", "call_id", "name", "arguments"])?;
            Ok(Some((true, text(&item["call_id"]).to_owned())))
        }
        "function_call_output" => {
            shape(&["type", "call_id", "output"])?;
            Ok(Some((false, text(&item["call_id"]).to_owned())))
        }
        "reasoning" => shape(&["type", "id", "summary", "encrypted_content"]).map(|()| None),
        kind => Err(format!("{at} is a `{kind}`")),
    }
}
