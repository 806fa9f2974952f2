//! An answer as Chat Completions streams it.
//!
//! The end is `[DONE]`; some servers close after the last choice instead, which counts if a reason to stop was given.
//! Usage comes after that reason, so the stop is told last. Calls are told when their stream ended well, and not when it
//! ended for want of tokens: a half command must not run.

use std::collections::VecDeque;

use quillon_base::Fault;
use quillon_http::{Decode, Event, Flow, Refusal};
use quillon_model::{Calls, Exchange, ModelEvent, StopReason, TokenUsage, cut_off, no_tool_named, not_json};
use serde_json::Value;

use crate::trouble;

/// The end of a stream.
const DONE: &str = "[DONE]";

pub(crate) struct ChatAnswer {
    exchange: Exchange,
    calls: Calls,
    stop: Option<StopReason>,
    usage: Option<TokenUsage>,
}

impl ChatAnswer {
    pub(crate) fn new(exchange: Exchange) -> Self {
        Self { exchange, calls: Calls::default(), stop: None, usage: None }
    }

    fn delta(&mut self, delta: &Value, items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        // `reasoning_content` of DeepSeek, llama-server and older vLLM; `reasoning` of Ollama, LM Studio and newer vLLM.
        let texts = ["reasoning_content", "reasoning", "content", "refusal"].map(|name| (name, &delta[name]));
        for (name, value) in texts {
            let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { continue };
            self.exchange.came(text.len());
            let text = text.to_owned();
            items.push_back(match name {
                "content" | "refusal" => ModelEvent::Text { text },
                _ => ModelEvent::Reasoning { text, seal: None },
            });
        }
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            self.call(call)?;
        }
        Ok(())
    }

    fn call(&mut self, call: &Value) -> Result<(), Fault> {
        let place = call["index"].as_u64().unwrap_or_default();
        let (id, name) = (text(&call["id"]), text(&call["function"]["name"]));
        // Ollama gives every call of an answer the place 0: another id is another call.
        let is_another = !id.is_empty() && self.calls.id(place).is_some_and(|known| known != id);
        if !self.calls.has(place) || (is_another && !name.is_empty()) {
            self.calls.begin(place, id, name)?;
        }
        match &call["function"]["arguments"] {
            Value::String(piece) => {
                self.exchange.came(piece.len());
                self.calls.append(place, piece)
            }
            Value::Null => Ok(()),
            // Written as an object instead of as text of one.
            object => self.calls.append(place, &object.to_string()),
        }
    }

    /// The end: calls, usage, and why it stopped.
    fn end(&mut self, items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        let Some(mut reason) = self.stop else {
            return Err(cut_off());
        };
        let has_calls = !self.calls.is_empty();
        if has_calls && matches!(reason, StopReason::Finished | StopReason::ToolUse) {
            items.extend(self.calls.complete_all()?);
            // Some servers say that they are done when they want a tool.
            reason = StopReason::ToolUse;
        } else if reason == StopReason::ToolUse {
            return Err(no_tool_named());
        }
        let usage = self.exchange.used(self.usage);
        items.push_back(ModelEvent::Usage(usage));
        items.push_back(ModelEvent::Stop { reason });
        Ok(())
    }
}

impl Decode for ChatAnswer {
    type Item = ModelEvent;

    fn take(&mut self, event: Event, items: &mut VecDeque<ModelEvent>) -> Result<Flow, Fault> {
        if event.data.trim() == DONE {
            self.end(items)?;
            return Ok(Flow::Ended);
        }
        let value: Value =
            serde_json::from_str(&event.data).map_err(|error| not_json("Chat Completions", error))?;
        if event.name == "error" || !value["error"].is_null() {
            return Err(trouble::broke_off(&self.exchange, &value));
        }
        if let Some(usage) = usage(&value["usage"]) {
            self.usage = Some(usage);
        }
        // Asked for one choice; a server that sends more is listened to for its first.
        let choices = value["choices"].as_array().into_iter().flatten();
        for choice in choices.filter(|choice| choice["index"].as_u64().unwrap_or_default() == 0) {
            self.delta(&choice["delta"], items)?;
            if let Some(reason) = choice["finish_reason"].as_str() {
                self.stop = Some(stop_reason(reason));
            }
        }
        Ok(Flow::Open)
    }

    fn finish(&mut self, items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        self.end(items)
    }

    fn refused(&self, refusal: &Refusal) -> Fault {
        trouble::refused(&self.exchange, refusal)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn stop_reason(reason: &str) -> StopReason {
    match reason {
        "length" => StopReason::LengthLimit,
        "content_filter" => StopReason::Filtered,
        "tool_calls" | "function_call" => StopReason::ToolUse,
        // `stop`, and what servers of their own say instead.
        _ => StopReason::Finished,
    }
}

fn usage(usage: &Value) -> Option<TokenUsage> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    // `prompt_cache_hit_tokens` is DeepSeek's.
    let cached = number(&usage["prompt_tokens_details"]["cached_tokens"])
        .max(number(&usage["prompt_cache_hit_tokens"]));
    usage.is_object().then(|| TokenUsage {
        input: number(&usage["prompt_tokens"]),
        output: number(&usage["completion_tokens"]),
        cached,
        cache_written: 0,
    })
}
