//! Reasoning between two requests: what the provider gave to recognise it by, as one text.

use serde_json::{Value, json};

/// Marks seals of this provider; others are not understood and not sent.
const MARK: &str = "openai:";

/// Seals a reasoning item; `None` when the provider gave nothing to recognise it by.
pub(crate) fn close(item: &Value) -> Option<String> {
    let (id, content) = (item["id"].as_str()?, item["encrypted_content"].as_str()?);
    Some(format!("{MARK}{}", json!([id, content])))
}

/// The reasoning item of a seal.
pub(crate) fn open(seal: &str, text: &str) -> Option<Value> {
    let [id, content]: [String; 2] = serde_json::from_str(seal.strip_prefix(MARK)?).ok()?;
    let summary = if text.is_empty() { json!([]) } else { json!([{ "type": "summary_text", "text": text }]) };
    Some(json!({ "type": "reasoning", "id": id, "summary": summary, "encrypted_content": content }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_opens_and_nothing_else_does() {
        let item = json!({ "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x\"y" });
        let seal = close(&item).unwrap();
        assert_eq!(open(&seal, "").unwrap(), item);
        assert_eq!(open(&seal, "so").unwrap()["summary"][0]["text"], "so");
        for bad in ["", "openai:", "openai:[1]", "anthropic:signature:x", "openai:[\"a\"]"] {
            assert_eq!(open(bad, ""), None, "{bad}");
        }
        assert_eq!(close(&json!({ "id": "rs_1" })), None);
    }
}
