//! An answer as Messages streams it.
//!
//! Blocks begin, grow and end; calls and seals are told when their block ends. The end is `message_stop`, after a
//! `message_delta` with the reason; a stream without both was cut off.

use std::collections::VecDeque;

use quillon_base::Fault;
use quillon_http::{Decode, Event, Flow, Refusal};
use quillon_model::{
    Calls, Exchange, ModelEvent, StopReason, TokenUsage, cut_off, half_a_call, no_tool_named, not_json,
};
use serde_json::Value;

use crate::messages::seal;
use crate::trouble;

pub(crate) struct MessagesAnswer {
    exchange: Exchange,
    calls: Calls,
    /// Calls that are complete, until it is known that the answer did not end for want of tokens in their midst.
    called: Vec<ModelEvent>,
    signature: Option<String>,
    stop: Option<StopReason>,
    usage: Option<TokenUsage>,
}

impl MessagesAnswer {
    pub(crate) fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            calls: Calls::default(),
            called: Vec::new(),
            signature: None,
            stop: None,
            usage: None,
        }
    }

    fn begin_block(
        &mut self,
        place: u64,
        block: &Value,
        items: &mut VecDeque<ModelEvent>,
    ) -> Result<(), Fault> {
        let text = |name: &str| block[name].as_str().unwrap_or_default();
        match block["type"].as_str() {
            Some("tool_use") => {
                self.calls.begin(place, text("id"), text("name"))?;
                // Some servers give the whole input at once.
                match &block["input"] {
                    Value::Object(input) if !input.is_empty() => {
                        self.calls.append(place, &block["input"].to_string())?;
                    }
                    _ => {}
                }
            }
            Some("text") if !text("text").is_empty() => self.text(text("text"), items),
            Some("thinking") if !text("thinking").is_empty() => self.reasoning(text("thinking"), items),
            Some("redacted_thinking") => {
                let seal = Some(seal::of_redacted(text("data")));
                items.push_back(ModelEvent::Reasoning { text: String::new(), seal });
            }
            _ => {}
        }
        Ok(())
    }

    fn grow(&mut self, place: u64, delta: &Value, items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        let text = |name: &str| delta[name].as_str().unwrap_or_default();
        match delta["type"].as_str() {
            Some("text_delta") => self.text(text("text"), items),
            Some("thinking_delta") => self.reasoning(text("thinking"), items),
            Some("signature_delta") => self.signature.get_or_insert_default().push_str(text("signature")),
            Some("input_json_delta") => {
                self.exchange.came(text("partial_json").len());
                self.calls.append(place, text("partial_json"))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn end_block(&mut self, place: u64, items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        if let Some(signature) = self.signature.take() {
            let seal = Some(seal::of_signature(&signature));
            items.push_back(ModelEvent::Reasoning { text: String::new(), seal });
        }
        if self.calls.has(place) {
            self.called.push(self.calls.complete(place)?);
        }
        Ok(())
    }

    fn text(&mut self, text: &str, items: &mut VecDeque<ModelEvent>) {
        self.exchange.came(text.len());
        items.push_back(ModelEvent::Text { text: text.to_owned() });
    }

    fn reasoning(&mut self, text: &str, items: &mut VecDeque<ModelEvent>) {
        self.exchange.came(text.len());
        items.push_back(ModelEvent::Reasoning { text: text.to_owned(), seal: None });
    }

    /// Counts what is reported; the last word of each number counts.
    fn count(&mut self, usage: &Value) {
        if !usage.is_object() {
            return;
        }
        let number = |name: &str| usage[name].as_u64();
        let now = self.usage.get_or_insert_default();
        let fresh = |now: &TokenUsage| now.input.saturating_sub(now.cached).saturating_sub(now.cache_written);
        let fresh = number("input_tokens").unwrap_or_else(|| fresh(now));
        now.cached = number("cache_read_input_tokens").unwrap_or(now.cached);
        now.cache_written = number("cache_creation_input_tokens").unwrap_or(now.cache_written);
        // What was read from and written to the cache is reported beside the rest.
        now.input = fresh.saturating_add(now.cached).saturating_add(now.cache_written);
        now.output = number("output_tokens").unwrap_or(now.output);
    }

    fn end(&mut self, items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        let Some(reason) = self.stop else { return Err(cut_off()) };
        let is_whole = matches!(reason, StopReason::Finished | StopReason::ToolUse);
        if is_whole && !self.calls.is_empty() {
            return Err(half_a_call());
        }
        if reason == StopReason::ToolUse && self.called.is_empty() {
            return Err(no_tool_named());
        }
        let has_called = is_whole && !self.called.is_empty();
        if has_called {
            items.extend(self.called.drain(..));
        }
        let usage = self.exchange.used(self.usage);
        items.push_back(ModelEvent::Usage(usage));
        items.push_back(ModelEvent::Stop { reason: if has_called { StopReason::ToolUse } else { reason } });
        Ok(())
    }
}

impl Decode for MessagesAnswer {
    type Item = ModelEvent;

    fn take(&mut self, event: Event, items: &mut VecDeque<ModelEvent>) -> Result<Flow, Fault> {
        let value: Value = serde_json::from_str(&event.data).map_err(|error| not_json("Messages", error))?;
        let place = value["index"].as_u64().unwrap_or_default();
        match value["type"].as_str().unwrap_or(&event.name) {
            "message_start" => self.count(&value["message"]["usage"]),
            "content_block_start" => self.begin_block(place, &value["content_block"], items)?,
            "content_block_delta" => self.grow(place, &value["delta"], items)?,
            "content_block_stop" => self.end_block(place, items)?,
            "message_delta" => {
                self.count(&value["usage"]);
                if let Some(reason) = value["delta"]["stop_reason"].as_str() {
                    self.stop = Some(stop_reason(reason));
                }
            }
            "message_stop" => {
                self.end(items)?;
                return Ok(Flow::Ended);
            }
            "error" => return Err(trouble::broke_off(&self.exchange, &value)),
            // `ping`, and what is new.
            _ => {}
        }
        Ok(Flow::Open)
    }

    fn finish(&mut self, _items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        Err(cut_off())
    }

    fn refused(&self, refusal: &Refusal) -> Fault {
        trouble::refused(&self.exchange, refusal)
    }
}

fn stop_reason(reason: &str) -> StopReason {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => StopReason::LengthLimit,
        "tool_use" => StopReason::ToolUse,
        "refusal" => StopReason::Filtered,
        // `end_turn`, `stop_sequence`, `pause_turn`, and what is new.
        _ => StopReason::Finished,
    }
}
