//! Reasoning between two requests: what the provider gave to recognise it by, as one text.

use serde_json::{Value, json};

/// Marks the signature of reasoning that is shown.
const SIGNATURE: &str = "anthropic:signature:";
/// Marks reasoning that is not shown.
const REDACTED: &str = "anthropic:redacted:";

/// The seal of a signature.
pub(crate) fn of_signature(signature: &str) -> String {
    format!("{SIGNATURE}{signature}")
}

/// The seal of reasoning that is not shown.
pub(crate) fn of_redacted(data: &str) -> String {
    format!("{REDACTED}{data}")
}

/// The block of a seal; `None` for one of another provider.
pub(crate) fn open(seal: &str, text: &str) -> Option<Value> {
    if let Some(signature) = seal.strip_prefix(SIGNATURE) {
        return Some(json!({ "type": "thinking", "thinking": text, "signature": signature }));
    }
    let data = seal.strip_prefix(REDACTED)?;
    Some(json!({ "type": "redacted_thinking", "data": data }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_seals_of_this_provider_open() {
        assert_eq!(open(&of_signature("s"), "t").unwrap()["signature"], "s");
        assert_eq!(open(&of_redacted("d"), "").unwrap()["data"], "d");
        assert_eq!(open("openai:[\"a\",\"b\"]", "t"), None);
    }
}
