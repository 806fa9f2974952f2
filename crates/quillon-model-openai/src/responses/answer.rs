//! An answer as Responses streams it.
//!
//! Each item of the answer begins, grows and is done; calls and sealed reasoning are told when their item is done. The end
//! is `response.completed`, `incomplete` or `failed`; a stream without one was cut off.

use std::collections::VecDeque;

use quillon_base::Fault;
use quillon_http::{Decode, Event, Flow, Refusal};
use quillon_model::{Calls, Exchange, ModelEvent, StopReason, TokenUsage, cut_off, half_a_call, not_json};
use serde_json::Value;

use crate::responses::seal;
use crate::trouble;

pub(crate) struct ResponsesAnswer {
    exchange: Exchange,
    calls: Calls,
    has_called: bool,
}

impl ResponsesAnswer {
    pub(crate) fn new(exchange: Exchange) -> Self {
        Self { exchange, calls: Calls::default(), has_called: false }
    }

    fn begin_item(&mut self, place: u64, item: &Value) -> Result<(), Fault> {
        if item["type"] != "function_call" {
            return Ok(());
        }
        let text = |name: &str| item[name].as_str().unwrap_or_default();
        self.calls.begin(place, text("call_id"), text("name"))
    }

    fn end_item(&mut self, place: u64, item: &Value, items: &mut VecDeque<ModelEvent>) -> Result<(), Fault> {
        match item["type"].as_str() {
            Some("function_call") => {
                if !self.calls.has(place) {
                    self.begin_item(place, item)?;
                }
                let arguments = item["arguments"].as_str().unwrap_or_default();
                // What the item says as a whole counts; the pieces that came were for those who look on.
                items.push_back(match self.calls.complete(place)? {
                    ModelEvent::ToolCall { id, name, arguments: pieces } => {
                        let arguments = if arguments.is_empty() { pieces } else { arguments.to_owned() };
                        ModelEvent::ToolCall { id, name, arguments }
                    }
                    event => event,
                });
                self.has_called = true;
            }
            Some("reasoning") => {
                if let Some(seal) = seal::close(item) {
                    items.push_back(ModelEvent::Reasoning { text: String::new(), seal: Some(seal) });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, response: &Value, items: &mut VecDeque<ModelEvent>) -> Result<Flow, Fault> {
        let reported = usage(&response["usage"]);
        let reason = match (response["status"].as_str(), response["incomplete_details"]["reason"].as_str()) {
            (Some("incomplete"), Some("content_filter")) => StopReason::Filtered,
            (Some("incomplete"), _) => StopReason::LengthLimit,
            // A llama-server says `completed` whatever ended it.
            _ if self.exchange.reached_its_limit(reported) => StopReason::LengthLimit,
            _ if self.has_called => StopReason::ToolUse,
            _ => StopReason::Finished,
        };
        let is_whole = matches!(reason, StopReason::Finished | StopReason::ToolUse);
        if is_whole && !self.calls.is_empty() {
            return Err(half_a_call());
        }
        let usage = self.exchange.used(reported);
        items.push_back(ModelEvent::Usage(usage));
        items.push_back(ModelEvent::Stop { reason });
        Ok(Flow::Ended)
    }
}

impl Decode for ResponsesAnswer {
    type Item = ModelEvent;

    fn take(&mut self, event: Event, items: &mut VecDeque<ModelEvent>) -> Result<Flow, Fault> {
        // Sent by some servers that speak both formats; the end has come before it.
        if event.data.trim() == "[DONE]" {
            return Ok(Flow::Open);
        }
        let value: Value = serde_json::from_str(&event.data).map_err(|error| not_json("Responses", error))?;
        let kind = value["type"].as_str().unwrap_or(&event.name);
        let place = value["output_index"].as_u64().unwrap_or_default();
        let delta = value["delta"].as_str().unwrap_or_default();
        match kind {
            "response.output_text.delta" | "response.refusal.delta" => {
                self.exchange.came(delta.len());
                items.push_back(ModelEvent::Text { text: delta.to_owned() });
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                self.exchange.came(delta.len());
                items.push_back(ModelEvent::Reasoning { text: delta.to_owned(), seal: None });
            }
            "response.output_item.added" => self.begin_item(place, &value["item"])?,
            "response.function_call_arguments.delta" => {
                self.exchange.came(delta.len());
                self.calls.append(place, delta)?;
            }
            "response.output_item.done" => self.end_item(place, &value["item"], items)?,
            "response.completed" | "response.incomplete" => return self.end(&value["response"], items),
            "response.failed" => return Err(trouble::broke_off(&self.exchange, &value["response"])),
            "error" => return Err(trouble::broke_off(&self.exchange, &value)),
            // Beginnings, ends of parts and what is new: the whole of it comes with the item.
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

fn usage(usage: &Value) -> Option<TokenUsage> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    usage.is_object().then(|| TokenUsage {
        input: number(&usage["input_tokens"]),
        output: number(&usage["output_tokens"]),
        cached: number(&usage["input_tokens_details"]["cached_tokens"]),
        cache_written: 0,
    })
}
