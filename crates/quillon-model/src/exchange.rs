//! One exchange with a provider, as an adapter decodes it: who was asked, with which key, how much went and came.
//!
//! What every wire format needs alike stands here: usage that can be believed, and the faults of an answer that is
//! refused, cut off or not what was asked for. Invariant: no fault repeats the key that was sent.

use std::fmt;

use quillon_base::{Fault, FaultCode, Secret};

use crate::refusal::{Refused, refusal};
use crate::usage::believable;
use crate::{ModelCard, ModelRequest, TokenUsage};

/// One exchange with a provider.
#[derive(Debug)]
pub struct Exchange {
    card: ModelCard,
    key: Option<Secret<String>>,
    request_bytes: usize,
    output_tokens_max: u32,
    answer_bytes: usize,
}

impl Exchange {
    /// The exchange in which the model of `card` is asked `request` with `key`.
    #[must_use]
    pub fn new(card: ModelCard, key: Option<Secret<String>>, request: &ModelRequest) -> Self {
        let (request_bytes, output_tokens_max) = (request.text_bytes(), request.output_tokens_max);
        Self { card, key, request_bytes, output_tokens_max, answer_bytes: 0 }
    }

    /// Counts what came of the answer, in bytes.
    pub const fn came(&mut self, bytes: usize) {
        self.answer_bytes = self.answer_bytes.saturating_add(bytes);
    }

    /// What it used: what the provider reports, as far as the bytes allow it.
    #[must_use]
    pub fn used(&self, reported: Option<TokenUsage>) -> TokenUsage {
        believable(reported, &self.card, self.request_bytes, self.answer_bytes, self.output_tokens_max)
    }

    /// Whether it wrote exactly as much as it might, by its own report: then it had more to say, whatever it says.
    #[must_use]
    pub fn reached_its_limit(&self, reported: Option<TokenUsage>) -> bool {
        reported.is_some_and(|usage| usage.output == u64::from(self.output_tokens_max))
    }

    /// The fault of a provider that refused.
    #[must_use]
    pub fn refused(&self, refused: &Refused<'_>) -> Fault {
        let (kind, message) = (self.without_key(refused.kind), self.without_key(refused.message));
        refusal(&self.card, &Refused { kind: &kind, message: &message, ..*refused })
    }

    /// The fault of an answer of another media type, which is empty if the provider named none.
    #[must_use]
    pub fn not_a_stream(&self, media_type: &str) -> Fault {
        let kind = if media_type.is_empty() { "nothing" } else { media_type };
        let (provider, kind) = (&self.card.provider, self.without_key(kind));
        let kind = kind.escape_debug();
        failed(format!("`{provider}` answered with `{kind}` instead of a stream of events"))
            .hint("look whether the endpoint is the one of its API, such as `https://models.example/v1`")
    }

    fn without_key(&self, text: &str) -> String {
        match self.key.as_ref().map(|key| key.expose().trim()).filter(|key| !key.is_empty()) {
            Some(key) => text.replace(key, "…"),
            None => text.to_owned(),
        }
    }
}

/// The fault of a stream that ended before the answer did.
#[must_use]
pub fn cut_off() -> Fault {
    failed("the model's answer was cut off before its end")
        .hint("try again; what came so far is not the whole answer")
}

/// The fault of an event that is not JSON, which it is in `wire`, such as `Messages`.
#[must_use]
pub fn not_json(wire: &str, error: impl fmt::Display) -> Fault {
    failed("the model sent something that is not JSON")
        .hint(format!("look whether the endpoint speaks {wire}"))
        .inner(error)
}

/// The fault of a model that stopped for a tool and never named one.
#[must_use]
pub fn no_tool_named() -> Fault {
    failed("the model wants a tool and names none").hint("try again; another model may do better")
}

/// The fault of an answer that is said to be whole, with a call in it that is not.
#[must_use]
pub fn half_a_call() -> Fault {
    failed("the model sent half a tool call").hint("ask again; nothing of it was run")
}

fn failed(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::ModelFailed, message)
}

#[cfg(test)]
mod tests {
    use quillon_base::Region;

    use super::*;
    use crate::ModelId;

    fn exchange(key: Option<&str>) -> Exchange {
        let card = ModelCard::new(ModelId::new("m").unwrap(), "p", Region::device(), 100);
        let key = key.map(|key| Secret::new(key.to_owned()));
        let request = ModelRequest::new(&card, "", Vec::new(), 10);
        Exchange::new(card, key, &request)
    }

    #[test]
    fn no_fault_repeats_the_key() {
        let said = |exchange: &Exchange, text: &str| {
            let refused = Refused { status: 400, kind: text, message: text, retry_after: None };
            format!("{:?} {:?}", exchange.refused(&refused), exchange.not_a_stream(text))
        };
        let with_key = said(&exchange(Some(" sk-1234\n")), "the key sk-1234 is odd");
        assert!(!with_key.contains("sk-1234") && with_key.contains("the key … is odd"), "{with_key}");
        assert!(said(&exchange(Some(" ")), "a b").contains("a b"), "an empty key hides nothing");
        assert!(!format!("{:?}", exchange(Some("sk-1234"))).contains("sk-1234"));
    }
}
