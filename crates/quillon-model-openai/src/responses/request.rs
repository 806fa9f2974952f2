//! A request as Responses wants it. Nothing is kept at the provider: reasoning comes sealed and goes back.

use quillon_model::{Message, ModelRequest, Part, Role, ToolChoice, arguments_object};
use serde_json::{Value, json};

use crate::chat::{effort_word, tool_choice};
use crate::responses::seal;
use crate::server::Server;

/// The body of a request.
pub(crate) fn body(request: &ModelRequest, model: &str, server: &Server) -> Value {
    let mut body = json!({
        "model": model,
        "input": request.messages.iter().flat_map(items).collect::<Vec<_>>(),
        "max_output_tokens": request.output_tokens_max,
        "stream": true,
        "store": false,
    });
    if !request.system.is_empty() {
        body["instructions"] = request.system.as_str().into();
    }
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
        body["reasoning"] = json!({ "effort": effort_word(effort), "summary": "auto" });
        body["include"] = json!(["reasoning.encrypted_content"]);
    }
    if let Some(key) = options.cache_key.as_ref().filter(|_| server.takes_cache_key) {
        body["prompt_cache_key"] = key.as_str().into();
    }
    body
}

fn tool(tool: &quillon_model::ToolSpec) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.input_schema,
        // A schema of ours need not be of the subset that strictness wants.
        "strict": false,
    })
}

/// A message as items: parts that belong together stay together, in their order.
fn items(message: &Message) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    for part in &message.parts {
        match item(part) {
            Some(item) => items.push(item),
            None => {
                let Some(content) = content(message.role, part) else { continue };
                match items.last_mut().and_then(|last| last.get_mut("content")?.as_array_mut()) {
                    Some(contents) => contents.push(content),
                    None => items.push(json!({ "type": "message", "role": role, "content": [content] })),
                }
            }
        }
    }
    items
}

/// A part that is an item of its own.
fn item(part: &Part) -> Option<Value> {
    match part {
        Part::ToolCall { id, name, arguments } => {
            let arguments = arguments_object(arguments).to_string();
            Some(json!({ "type": "function_call", "call_id": id, "name": name, "arguments": arguments }))
        }
        Part::ToolResult { id, text, failed } => {
            let output = if *failed { format!("the tool failed: {text}") } else { text.clone() };
            Some(json!({ "type": "function_call_output", "call_id": id, "output": output }))
        }
        Part::Reasoning { text, seal } => seal.as_ref().and_then(|seal| seal::open(seal, text)),
        Part::Text { .. } | Part::Image { .. } => None,
    }
}

fn content(role: Role, part: &Part) -> Option<Value> {
    match (part, role) {
        (Part::Text { text }, Role::User) => Some(json!({ "type": "input_text", "text": text })),
        (Part::Text { text }, Role::Assistant) => Some(json!({ "type": "output_text", "text": text })),
        (Part::Image { media_type, base64 }, _) => {
            let url = format!("data:{media_type};base64,{base64}");
            Some(json!({ "type": "input_image", "image_url": url }))
        }
        _ => None,
    }
}
