//! What a provider says instead of an answer, as the servers of both formats say it.

use std::time::Duration;

use quillon_base::Fault;
use quillon_http::Refusal;
use quillon_model::{Exchange, Refused};
use serde_json::Value;

/// The fault of an answer that is not a stream.
pub(crate) fn refused(exchange: &Exchange, answer: &Refusal) -> Fault {
    let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if answer.status < 300 && value.get("error").is_none() {
        return exchange.not_a_stream(&answer.content_type);
    }
    // Servers that say nothing in JSON say it in plain text.
    let is_text = value.is_null() && answer.content_type.starts_with("text/plain");
    let value = if is_text { Value::String(answer.body.clone()) } else { value };
    fault(exchange, answer.status, &value, answer.retry_after)
}

/// The fault of an error in the middle of a stream.
pub(crate) fn broke_off(exchange: &Exchange, value: &Value) -> Fault {
    fault(exchange, 0, value, None)
}

fn fault(exchange: &Exchange, status: u16, value: &Value, retry_after: Option<Duration>) -> Fault {
    let error = value.get("error").unwrap_or(value);
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let message = error.as_str().unwrap_or_else(|| text("message"));
    let kind = if text("code").is_empty() { text("type") } else { text("code") };
    // Some servers put the status into the error and send 200, or an error in the stream.
    let inner = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let status = if status < 300 { inner.unwrap_or(status) } else { status };
    exchange.refused(&Refused { status, kind, message, retry_after })
}
