//! Streams as real servers sent them, or might: nothing of what is broken is given on as whole.

use quillon_mock::{Reply, Wire, fixtures, summary};
use quillon_model::{
    Message, Model, ModelEvent, ModelRequest, Part, RequestOptions, Role, StopReason, conformance,
};

use crate::support::{ask, mock, model};

#[tokio::test]
async fn every_recorded_stream_comes_to_what_it_says() {
    for fixture in fixtures() {
        let kind = match fixture.wire {
            Wire::Chat => "openai-compatible",
            Wire::Responses => "openai",
            Wire::Messages => continue,
        };
        // What says that another try may do is tried three times.
        let tries = if matches!(fixture.reply.status, 429 | 500 | 503) { 3 } else { 1 };
        let mock = mock(kind, std::iter::repeat_n(fixture.reply.clone(), tries));
        let came = ask(&model(&mock, kind)).await;
        assert_eq!(summary(&came), fixture.expects, "{}", fixture.name);
        assert!(!format!("{came:?}").contains("sk-hush"), "{}", fixture.name);
    }
}

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
    let came = ask(&model).await;
    let seal = came.iter().find_map(|event| match event {
        Ok(ModelEvent::Reasoning { seal: Some(seal), .. }) => Some(seal.clone()),
        _ => None,
    });
    let parts = vec![
        Part::Reasoning { text: "hm".into(), seal },
        Part::ToolCall { id: "c1".into(), name: "list".into(), arguments: "{}".into() },
    ];
    let result = Part::ToolResult { id: "c1".into(), text: "a".into(), failed: false };
    let mut messages = conformance::request(&model, "hello").messages;
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
