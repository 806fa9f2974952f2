//! What a provider's refusal means: its status and words, in codes that a caller can act on.
//!
//! Providers agree on statuses and on little else; the words that tell them apart stand here as data. A key is in no
//! fault: what a provider says about a refused key is not repeated, because some repeat the key.

use std::time::Duration;

use quillon_base::{Fault, FaultCode};

use crate::ModelCard;

/// How much of a provider's words is repeated, in characters.
const WORDS_MAX: usize = 300;

/// Words by which providers and local servers say that a request is longer than the window.
const TOO_LONG: &[&str] = &[
    "context_length_exceeded",
    "context length",
    "context window",
    "context size",
    "context limit",
    "context overflow",
    "exceed_context_size",
    "prompt is too long",
    "input is too long",
    "request_too_large",
    "maximum number of tokens",
];

/// Words by which providers say that money, not time, is what is missing.
const UNPAID: &[&str] = &["insufficient_quota", "billing", "credit balance", "exceeded your current quota"];

/// What a provider answered instead of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The status of its answer; 0 for an error in the middle of a stream.
    pub status: u16,
    /// Its code or type of error, where it gives one.
    pub kind: &'a str,
    /// Its words.
    pub message: &'a str,
    /// How long it asks to wait.
    pub retry_after: Option<Duration>,
}

/// The fault that a refusal makes.
pub(crate) fn refusal(card: &ModelCard, refused: &Refused<'_>) -> Fault {
    let Refused { status, kind, message, retry_after } = *refused;
    let said = format!("{kind} {message}").to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let (model, provider) = (&card.id, &card.provider);
    if matches!(status, 401 | 403) || matches!(kind, "authentication_error" | "permission_error") {
        return Fault::new(
            FaultCode::ModelKeyRefused,
            format!("`{provider}` does not accept the key for model `{model}`"),
        )
        .hint(
            "it may have expired, or not be for this model; put a fresh one where `models.json` says that it is: in that \
             variable, or in the vault with `quillon model key set`",
        );
    }
    if says(UNPAID) {
        return Fault::new(
            FaultCode::ModelKeyRefused,
            format!("the account behind the key for model `{model}` has nothing left to spend"),
        )
        .hint(format!("look at the billing page of `{provider}`, or choose another model"));
    }
    if status == 413 || (matches!(status, 0 | 400 | 422 | 500) && says(TOO_LONG)) {
        return Fault::new(
            FaultCode::ModelContextExceeded,
            format!("the request is longer than model `{model}` reads at once"),
        )
        .hint("shorten it, or mend `window_tokens` where the model is configured");
    }
    let said = words(message);
    if status == 404 || kind == "not_found_error" || kind == "model_not_found" {
        return Fault::new(FaultCode::ModelUnknown, format!("`{provider}` knows no model `{model}`{said}"))
            .hint("mend its name or endpoint where it is configured; see `quillon model list`");
    }
    let is_busy = matches!(status, 408 | 425 | 429 | 503 | 529)
        || says(&["overloaded", "rate_limit", "rate limit", "too many requests", "loading model"]);
    if is_busy {
        let hint = match retry_after {
            Some(wait) => format!("it asks to wait for {} seconds", wait.as_secs().max(1)),
            None => "try again in a while, or choose another model".into(),
        };
        return Fault::new(
            FaultCode::ModelBusy,
            format!("`{provider}` takes no more requests for now{said}"),
        )
        .hint(hint);
    }
    if matches!(status, 400..=499) || kind == "invalid_request_error" {
        return Fault::new(FaultCode::ModelRequestRefused, format!("`{provider}` refused the request{said}"))
            .hint("look whether the model can do what was asked: tools, pictures, this many tokens");
    }
    Fault::new(FaultCode::ModelFailed, format!("`{provider}` failed{said}"))
        .hint("try again; if it stays so, the trouble is on the other side")
}

/// The beginning of a provider's words, on one line.
fn words(message: &str) -> String {
    let line: String =
        message.chars().take(WORDS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim().replace('`', "'");
    if line.is_empty() { String::new() } else { format!(": `{line}`") }
}

#[cfg(test)]
mod tests {
    use quillon_base::Region;

    use super::*;
    use crate::ModelId;

    #[track_caller]
    fn check(status: u16, kind: &str, message: &str, code: FaultCode) {
        let card = ModelCard::new(ModelId::new("m").unwrap(), "p", Region::device(), 1);
        let refused = Refused { status, kind, message, retry_after: None };
        let fault = refusal(&card, &refused);
        assert_eq!(fault.code, code, "{status} {kind} {message}");
        assert!(fault.hint.is_some());
    }

    #[test]
    fn statuses_and_words_have_codes() {
        use FaultCode::{
            ModelBusy, ModelContextExceeded, ModelFailed, ModelKeyRefused, ModelRequestRefused, ModelUnknown,
        };
        check(401, "invalid_api_key", "Incorrect API key provided", ModelKeyRefused);
        check(0, "authentication_error", "invalid x-api-key", ModelKeyRefused);
        check(429, "insufficient_quota", "You exceeded your current quota", ModelKeyRefused);
        check(400, "invalid_request_error", "Your credit balance is too low", ModelKeyRefused);
        check(429, "rate_limit_exceeded", "Rate limit reached", ModelBusy);
        check(529, "overloaded_error", "Overloaded", ModelBusy);
        check(0, "overloaded_error", "Overloaded", ModelBusy);
        check(503, "", "Loading model", ModelBusy);
        check(400, "context_length_exceeded", "", ModelContextExceeded);
        check(
            400,
            "invalid_request_error",
            "prompt is too long: 200001 tokens > 200000",
            ModelContextExceeded,
        );
        check(
            400,
            "exceed_context_size_error",
            "the request exceeds the available context size",
            ModelContextExceeded,
        );
        check(413, "request_too_large", "", ModelContextExceeded);
        check(404, "model_not_found", "no such model", ModelUnknown);
        check(400, "invalid_request_error", "unsupported parameter", ModelRequestRefused);
        check(500, "server_error", "oops", ModelFailed);
        check(0, "", "", ModelFailed);
    }

    #[test]
    fn words_about_a_key_are_not_repeated_and_others_are_one_short_line() {
        let card = ModelCard::new(ModelId::new("m").unwrap(), "p", Region::device(), 1);
        let fault =
            |status, message: &str| refusal(&card, &Refused { status, kind: "", message, retry_after: None });
        assert!(!fault(401, "key sk-hush").to_string().contains("hush"));
        let long = format!("a\n`b`{}", "x".repeat(1_000));
        let said = fault(400, &long).message;
        assert!(said.contains("`a 'b'xxx") && said.len() < 400, "{said}");
    }
}
