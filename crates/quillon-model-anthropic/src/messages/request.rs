//! A request as Messages wants it.
//!
//! Turns alternate, results of tools come first in theirs, empty texts are left out: the provider refuses anything else.
//! With a cache key, the end of the standing instructions and of the last two turns of the person are marked, so that
//! the next request of the same conversation reads what this one wrote.

use quillon_model::{Effort, Message, ModelRequest, Part, Role, ToolChoice, arguments_object};
use serde_json::{Value, json};

use crate::messages::seal;
use crate::server::Server;

/// The least budget to think, in tokens.
const THINKING_TOKENS_MIN: u32 = 1_024;
/// Turns of the person whose end is marked for the cache.
const TURNS_CACHED: usize = 2;

/// The body of a request.
pub(crate) fn body(request: &ModelRequest, model: &str, server: &Server) -> Value {
    let options = &request.options;
    let is_cached = server.takes_cache && options.cache_key.is_some();
    let mut messages = turns(&request.messages);
    if is_cached {
        mark_last_turns(&mut messages);
    }
    let mut body = json!({
        "model": model,
        "max_tokens": request.output_tokens_max,
        "messages": messages,
        "stream": true,
    });
    if !request.system.is_empty() {
        let mut system = json!({ "type": "text", "text": request.system });
        // Tools stand before it, so that they are cached with it.
        if is_cached {
            mark(&mut system);
        }
        body["system"] = json!([system]);
    }
    let thinking = thinking(request, server);
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        if let Some(choice) = tool_choice(request, thinking.is_some()) {
            body["tool_choice"] = choice;
        }
    }
    if let Some(tokens) = thinking {
        body["thinking"] = json!({ "type": "enabled", "budget_tokens": tokens });
    }
    body
}

/// The budget to think: a share of what may be written.
fn thinking(request: &ModelRequest, server: &Server) -> Option<u32> {
    let effort = request.options.effort.filter(|_| server.takes_thinking)?;
    let most = match effort {
        Effort::Low => 2_048,
        Effort::Medium => 8_192,
        Effort::High => 24_576,
    };
    let tokens = most.min(request.output_tokens_max / 2);
    // A turn with calls must begin with the reasoning that led to it; where that is lost, thinking is refused.
    let last_said = request.messages.iter().rev().find(|message| message.role == Role::Assistant);
    let has_lost_reasoning = last_said.is_some_and(|message| {
        let calls = message.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
        let reasons = message.parts.first().is_some_and(|part| reasoning(part).is_some());
        calls && !reasons
    });
    (tokens >= THINKING_TOKENS_MIN && !has_lost_reasoning).then_some(tokens)
}

fn tool_choice(request: &ModelRequest, is_thinking: bool) -> Option<Value> {
    let one_only = request.options.one_tool_only;
    let kind = match request.options.tool_choice {
        ToolChoice::Forbidden => return Some(json!({ "type": "none" })),
        // A model that thinks cannot be forced.
        ToolChoice::Required if !is_thinking => "any",
        ToolChoice::Free | ToolChoice::Required if one_only => "auto",
        ToolChoice::Free | ToolChoice::Required => return None,
    };
    let mut choice = json!({ "type": kind });
    if one_only {
        choice["disable_parallel_tool_use"] = true.into();
    }
    Some(choice)
}

fn tool(tool: &quillon_model::ToolSpec) -> Value {
    json!({ "name": tool.name, "description": tool.description, "input_schema": tool.input_schema })
}

/// Messages as turns: those of one side that follow each other become one.
fn turns(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(Role, Vec<Value>)> = Vec::new();
    for message in messages {
        let (results, others): (Vec<_>, Vec<_>) =
            message.parts.iter().partition(|part| matches!(part, Part::ToolResult { .. }));
        let blocks = results.into_iter().chain(others).filter_map(block);
        match turns.last_mut().filter(|(role, _)| *role == message.role) {
            Some((_, last)) => last.extend(blocks),
            None => turns.push((message.role, blocks.collect())),
        }
    }
    let turn = |(role, blocks): (Role, Vec<Value>)| {
        let role = match role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        (!blocks.is_empty()).then(|| json!({ "role": role, "content": blocks }))
    };
    turns.into_iter().filter_map(turn).collect()
}

fn block(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } if text.trim().is_empty() => None,
        Part::Text { text } => Some(json!({ "type": "text", "text": text })),
        Part::Image { media_type, base64 } => {
            let source = json!({ "type": "base64", "media_type": media_type, "data": base64 });
            Some(json!({ "type": "image", "source": source }))
        }
        Part::Reasoning { .. } => reasoning(part),
        Part::ToolCall { id, name, arguments } => {
            Some(json!({ "type": "tool_use", "id": id, "name": name, "input": arguments_object(arguments) }))
        }
        Part::ToolResult { id, text, failed } => {
            let mut result = json!({ "type": "tool_result", "tool_use_id": id, "content": text });
            if *failed {
                result["is_error"] = true.into();
            }
            Some(result)
        }
    }
}

fn reasoning(part: &Part) -> Option<Value> {
    match part {
        Part::Reasoning { text, seal: Some(seal) } => seal::open(seal, text),
        _ => None,
    }
}

fn mark_last_turns(messages: &mut [Value]) {
    let of_person = messages.iter_mut().rev().filter(|message| message["role"] == "user");
    for message in of_person.take(TURNS_CACHED) {
        if let Some(last) = message["content"].as_array_mut().and_then(|blocks| blocks.last_mut()) {
            mark(last);
        }
    }
}

fn mark(block: &mut Value) {
    block["cache_control"] = json!({ "type": "ephemeral" });
}
