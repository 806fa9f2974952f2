//! Reasoning that comes sealed goes back as it came.

use quillon_model::{Message, ModelRequest, Part, Role};
use serde_json::json;

use crate::requests::{sent, with_everything};

#[tokio::test]
async fn sealed_reasoning_goes_back_and_lost_reasoning_stops_thinking() {
    let talk = |seal: Option<&str>| {
        let reasoning = Part::Reasoning { text: "hm".into(), seal: seal.map(Into::into) };
        let call = Part::ToolCall { id: "c".into(), name: "list".into(), arguments: "{}".into() };
        let result = Part::ToolResult { id: "c".into(), text: "a".into(), failed: true };
        vec![
            Message { role: Role::Assistant, parts: vec![reasoning, call] },
            Message { role: Role::User, parts: vec![result] },
        ]
    };
    let with = |seal: Option<&str>| {
        let messages = talk(seal);
        move |request: &mut ModelRequest| {
            with_everything(request);
            request.messages.extend(messages);
        }
    };
    let kept = sent("anthropic", with(Some("anthropic:signature:s"))).await;
    let thinking = json!({ "type": "thinking", "thinking": "hm", "signature": "s" });
    assert_eq!(kept["messages"][1]["content"][0], thinking);
    assert_eq!(kept["messages"][2]["content"][0]["is_error"], true);
    assert!(kept.get("thinking").is_some());
    let lost = sent("anthropic", with(None)).await;
    assert_eq!(lost["messages"][1]["content"][0]["type"], "tool_use");
    assert!(lost.get("thinking").is_none());
}
