//! Providers that refuse, hang, break and lie, and askers who go.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use quillon_base::{Fault, FaultCode};
use quillon_http::{Address, Client, Options, Retries, Timeouts};
use quillon_mock::{Ending, MockServer, Reply, Script, Wire, summary};
use quillon_model::{Message, Model, ModelEvent, Part, Role, StopReason, conformance};
use quillon_model_openai::{OpenAiModel, server};

use crate::support::{Key, ask, card, client, mock, model, model_with};

const KIND: &str = "openai-compatible";

fn whole() -> Reply {
    let text = ModelEvent::Text { text: "hello".into() };
    Reply::of([text, ModelEvent::Stop { reason: StopReason::Finished }])
}

fn code(came: &[Result<ModelEvent, Fault>]) -> Option<FaultCode> {
    let fault = came.last()?.as_ref().err()?;
    assert!(fault.hint.is_some(), "{fault}");
    Some(fault.code)
}

#[tokio::test]
async fn a_refusal_that_passes_is_tried_again_and_one_that_stays_is_told() {
    let busy = || Reply::refusal(429, r#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#);
    let soon = busy().header("retry-after-ms", "1");
    let mock = mock(KIND, [soon, Reply::slammed(), whole()]);
    assert!(summary(&ask(&model(&mock, KIND)).await).starts_with("text=hello"));
    drop(mock);
    let mock = self::mock(KIND, [busy(), busy(), busy()]);
    assert_eq!(code(&ask(&model(&mock, KIND)).await), Some(FaultCode::ModelBusy));
    drop(mock);
    // A wait that is too long is not waited for.
    let mock = self::mock(KIND, [busy().header("retry-after", "3600")]);
    let came = ask(&model(&mock, KIND)).await;
    assert_eq!(code(&came), Some(FaultCode::ModelBusy));
    assert!(came[0].as_ref().unwrap_err().hint.as_ref().unwrap().contains("3600 seconds"));
}

#[tokio::test]
async fn nothing_is_tried_again_once_an_answer_has_begun() {
    let begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so\"}}]}\n\n";
    for ending in [Ending::Cut, Ending::Short] {
        let mock = mock(KIND, [Reply::chunks([begun]).ending(ending)]);
        let came = ask(&model(&mock, KIND)).await;
        assert_eq!(summary(&came), "text=so fault=network.broken", "{ending:?}");
        assert_eq!(mock.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_said_and_never_repeated() {
    let mock = mock(KIND, []);
    let came = ask(&model_with(&mock, KIND, "sk-expired")).await;
    assert_eq!(code(&came), Some(FaultCode::ModelKeyRefused));
    assert!(!format!("{came:?}").contains("sk-expired"));
    assert_eq!(mock.seen().len(), 1, "a refused key is not tried again");

    let address = Address::parse(&mock.endpoint()).unwrap();
    let none =
        OpenAiModel::new(card(), server(KIND).unwrap(), address, "m", Some(Arc::new(Key(None))), client());
    assert_eq!(ask(&none).await[0].as_ref().unwrap_err().code, FaultCode::CredentialMissing);
    assert_eq!(mock.seen().len(), 1, "without a key nothing is sent");
}

#[tokio::test]
async fn a_key_that_an_error_repeats_is_cut_out() {
    let body = r#"{"error":{"message":"bad header: sk-hush","type":"invalid_request_error"}}"#;
    let mock = mock(KIND, [Reply::refusal(400, body)]);
    let came = ask(&model(&mock, KIND)).await;
    assert_eq!(code(&came), Some(FaultCode::ModelRequestRefused));
    assert!(!format!("{came:?}").contains("sk-hush"), "{came:?}");
}

#[tokio::test]
async fn a_server_that_hangs_is_left_in_time() {
    let mock = Arc::new(mock(KIND, [Reply::silence(), Reply::chunks([": so\n\n"]).ending(Ending::Hang)]));
    let short = Timeouts {
        first_byte: Duration::from_millis(100),
        connect: Duration::from_millis(100),
        stall: Duration::from_millis(100),
    };
    let options = Options { timeouts: short, ..client().options().clone() };
    let address = Address::parse(&mock.endpoint()).unwrap();
    let key = Arc::new(Key(Some(crate::support::KEY)));
    let model =
        OpenAiModel::new(card(), server(KIND).unwrap(), address, "m", Some(key), Client::new(options))
            .retrying(Retries::NONE);
    for _ in 0..2 {
        assert_eq!(code(&ask(&model).await), Some(FaultCode::NetworkTimedOut));
    }
    hung_up(&mock, 2).await;
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let text = ModelEvent::Text { text: "hello".into() };
    // Once in the middle of the answer, once before its first byte.
    let middle = Reply { ending: Ending::Hang, ..Reply::of([text]) };
    let mock = Arc::new(mock(KIND, [middle, Reply::silence()]));
    let model = model(&mock, KIND);
    let mut stream = model.stream(conformance::request(&model, "hello"));
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    hung_up(&mock, 1).await;
    let mut stream = model.stream(conformance::request(&model, "hello"));
    tokio::select! {
        came = stream.next() => panic!("{came:?}"),
        () = requested(&mock, 2) => {}
    }
    drop(stream);
    hung_up(&mock, 2).await;
}

/// Waits beside the runtime, which must run for a connection to be closed.
async fn hung_up(mock: &Arc<MockServer>, count: usize) {
    let mock = Arc::clone(mock);
    tokio::task::spawn_blocking(move || mock.wait_for_hang_ups(count)).await.unwrap();
}

async fn requested(mock: &Arc<MockServer>, count: usize) {
    let mock = Arc::clone(mock);
    tokio::task::spawn_blocking(move || mock.wait_for_requests(count)).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_nobody_polls_is_never_asked_for() {
    let mock = mock(KIND, []);
    let model = model(&mock, KIND);
    drop(model.stream(conformance::request(&model, "hello")));
    assert_eq!((mock.seen().len(), mock.connections()), (0, 0));
}

#[tokio::test]
async fn a_request_that_is_not_whole_reaches_nobody() {
    let mock = mock(KIND, []);
    let model = model(&mock, KIND);
    let check = async |part: Part| {
        let mut request = conformance::request(&model, "hello");
        request.messages.push(Message { role: Role::User, parts: vec![part] });
        let came: Vec<_> = model.stream(request).collect().await;
        assert_eq!(code(&came), Some(FaultCode::InputInvalid), "{came:?}");
    };
    check(Part::Image { media_type: "image/png".into(), base64: "iVBORw0KGgo=".into() }).await;
    check(Part::ToolResult { id: "x".into(), text: String::new(), failed: false }).await;
    assert_eq!(mock.connections(), 0);
}

#[tokio::test]
async fn nobody_listens_and_nobody_is_called_that() {
    let check = async |endpoint: &str, expected| {
        let address = Address::parse(endpoint).unwrap();
        let model = OpenAiModel::new(card(), server(KIND).unwrap(), address, "m", None, client())
            .retrying(Retries::NONE);
        let came = ask(&model).await;
        assert_eq!(code(&came), Some(expected), "{came:?}");
    };
    let gone = MockServer::start(Script::new(Wire::Chat, []));
    let endpoint = gone.endpoint();
    drop(gone);
    check(&endpoint, FaultCode::NetworkUnreachable).await;
    check("http://no-such-host.invalid/v1", FaultCode::NetworkNameUnknown).await;
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let away = Reply { status: 307, ..Reply::default() }
        .header("location", "https://elsewhere.example/x?token=hush");
    let mock = mock(KIND, [away]);
    let came = ask(&model(&mock, KIND)).await;
    assert_eq!(code(&came), Some(FaultCode::NetworkRedirected));
    let said = format!("{came:?}");
    assert!(said.contains("elsewhere.example") && !said.contains("token"), "{said}");
}

#[tokio::test]
async fn connections_are_used_again() {
    let mock = mock(KIND, [whole(), whole(), whole()]);
    let model = model(&mock, KIND);
    for _ in 0..3 {
        assert!(summary(&ask(&model).await).starts_with("text=hello"));
    }
    assert!(mock.connections() <= 3);
}
