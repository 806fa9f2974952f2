//! Reasoning that comes sealed goes back as it came.

use quillon_mock::suite::ask;
use quillon_mock::{Reply, summary};
use quillon_model::{Message, ModelEvent, ModelRequest, Part, RequestOptions, Role, StopReason, conformance};

use crate::support::{mock, model};

#[tokio::test]
async fn sealed_reasoning_comes_and_goes_back() {
    let reasoning = |text: &str, seal: Option<&str>| ModelEvent::Reasoning {
        text: text.into(),
        seal: seal.map(Into::into),
    };
    let mock = mock(
        "openai",
        [
            Reply::of([
                reasoning("hm", None),
                reasoning("", Some("sealed")),
                ModelEvent::ToolCall { id: "c1".into(), name: "list".into(), arguments: "{}".into() },
                ModelEvent::Stop { reason: StopReason::ToolUse },
            ]),
            Reply::of([
                ModelEvent::Text { text: "ok".into() },
                ModelEvent::Stop { reason: StopReason::Finished },
            ]),
        ],
    );
    let model = model(&mock, "openai");
    let came = ask(&*model).await;
    let seal = came.iter().find_map(|event| match event {
        Ok(ModelEvent::Reasoning { seal: Some(seal), .. }) => Some(seal.clone()),
        _ => None,
    });
    let parts = vec![
        Part::Reasoning { text: "hm".into(), seal },
        Part::ToolCall { id: "c1".into(), name: "list".into(), arguments: "{}".into() },
    ];
    let result = Part::ToolResult { id: "c1".into(), text: "a".into(), failed: false };
    let mut messages = conformance::request(&*model, "hello").messages;
    messages.push(Message { role: Role::Assistant, parts });
    messages.push(Message { role: Role::User, parts: vec![result] });
    let mut request = ModelRequest::new(model.card(), "", messages, 4_096);
    request.options =
        RequestOptions { effort: Some(quillon_model::Effort::High), ..RequestOptions::default() };
    let came: Vec<_> = futures::StreamExt::collect(model.stream(request)).await;
    assert!(summary(&came).starts_with("text=ok"), "{came:?}");
    let body: serde_json::Value = serde_json::from_str(&mock.seen()[1].body).unwrap();
    let item = &body["input"][1];
    assert_eq!(item["encrypted_content"], "sealed");
    assert_eq!(item["summary"][0]["text"], "hm");
    assert_eq!(body["include"][0], "reasoning.encrypted_content");
}
