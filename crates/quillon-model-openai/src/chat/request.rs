//! A request as Chat Completions wants it.
//!
//! Results of tools are messages of their own here, before what else the person says. Reasoning does not go back: servers
//! that show it refuse or ignore it.

use quillon_model::{Effort, Message, ModelRequest, Part, Role, ToolChoice, arguments_object};
use serde_json::{Value, json};

use crate::server::Server;

/// The body of a request.
pub(crate) fn body(request: &ModelRequest, model: &str, server: &Server) -> Value {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(json!({ "role": server.system_role, "content": request.system }));
    }
    messages.extend(request.messages.iter().flat_map(message));
    let mut body = json!({
        "model": model,
        "messages": messages,
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    body[server.tokens_field] = request.output_tokens_max.into();
    let options = &request.options;
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        if server.takes_tool_choice && options.tool_choice != ToolChoice::Free {
            body["tool_choice"] = tool_choice(options.tool_choice).into();
        }
        if server.takes_parallel && options.one_tool_only {
            body["parallel_tool_calls"] = false.into();
        }
    }
    if let Some(effort) = options.effort.filter(|_| server.takes_effort) {
        body["reasoning_effort"] = effort_word(effort).into();
    }
    if let Some(key) = options.cache_key.as_ref().filter(|_| server.takes_cache_key) {
        body["prompt_cache_key"] = key.as_str().into();
    }
    body
}

pub(crate) const fn effort_word(effort: Effort) -> &'static str {
    match effort {
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    }
}

pub(crate) const fn tool_choice(choice: ToolChoice) -> &'static str {
    match choice {
        ToolChoice::Free => "auto",
        ToolChoice::Required => "required",
        ToolChoice::Forbidden => "none",
    }
}

fn tool(tool: &quillon_model::ToolSpec) -> Value {
    let function = json!({
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.input_schema,
    });
    json!({ "type": "function", "function": function })
}

fn message(message: &Message) -> Vec<Value> {
    match message.role {
        Role::Assistant => vec![said(&message.parts)],
        Role::User => {
            let mut messages: Vec<_> = message.parts.iter().filter_map(result).collect();
            messages.extend(asked(&message.parts));
            messages
        }
    }
}

/// What the model said and called.
fn said(parts: &[Part]) -> Value {
    let mut text = String::new();
    let mut calls = Vec::new();
    for part in parts {
        match part {
            Part::Text { text: more } => text += more,
            Part::ToolCall { id, name, arguments } => {
                let arguments = arguments_object(arguments).to_string();
                let function = json!({ "name": name, "arguments": arguments });
                calls.push(json!({ "id": id, "type": "function", "function": function }));
            }
            Part::Reasoning { .. } | Part::Image { .. } | Part::ToolResult { .. } => {}
        }
    }
    let content = if text.is_empty() && !calls.is_empty() { Value::Null } else { text.into() };
    let mut message = json!({ "role": "assistant", "content": content });
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    message
}

fn result(part: &Part) -> Option<Value> {
    let Part::ToolResult { id, text, failed } = part else { return None };
    // There is no field that says so.
    let content = if *failed { format!("the tool failed: {text}") } else { text.clone() };
    Some(json!({ "role": "tool", "tool_call_id": id, "content": content }))
}

/// What the person said: one text as text, since some servers know no more, else its parts.
fn asked(parts: &[Part]) -> Option<Value> {
    let said: Vec<_> = parts.iter().filter_map(content).collect();
    let content = match said.as_slice() {
        [] => return None,
        [only] if only["type"] == "text" => only["text"].clone(),
        _ => said.into(),
    };
    Some(json!({ "role": "user", "content": content }))
}

fn content(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } => Some(json!({ "type": "text", "text": text })),
        Part::Image { media_type, base64 } => {
            let url = format!("data:{media_type};base64,{base64}");
            Some(json!({ "type": "image_url", "image_url": { "url": url } }))
        }
        Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => None,
    }
}
