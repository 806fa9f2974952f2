//! A collector on loopback that answers as it is told.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test is the collector")]

use quillon_base::{SeededEntropy, StepClock};
use quillon_http::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn sinks() -> OtlpSinks {
    OtlpSinks::new(Client::new(Options::new(Arc::new(StepClock::default()), Arc::new(SeededEntropy::new(0)))))
}

/// Answers one request; gives what was sent.
async fn collector(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1/logs", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"{\"resourceLogs\":[]}") {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "the request ended early");
            heard.extend(&piece[..read]);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(heard).unwrap()
    });
    (address, task)
}

async fn post(answer: &'static str) -> (Result<(), Fault>, String) {
    let (address, task) = collector(answer).await;
    let sink = sinks().open(&address).unwrap();
    let parcel = Parcel::Request("application/json", b"{\"resourceLogs\":[]}".to_vec());
    (sink.deliver(&parcel).await, task.await.unwrap())
}

#[tokio::test]
async fn posts_to_the_address_and_believes_only_a_whole_success() {
    let (result, heard) = post("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    assert_eq!(result, Ok(()));
    assert!(heard.starts_with("POST /v1/logs HTTP/1.1\r\n"), "{heard}");
    assert!(heard.to_lowercase().contains("content-type: application/json\r\n"), "{heard}");

    let partial =
        "HTTP/1.1 200 OK\r\ncontent-length: 47\r\n\r\n{\"partialSuccess\":{\"rejectedLogRecords\":\"3\"}}  ";
    let fault = post(partial).await.0.unwrap_err();
    assert_eq!(fault.code, FaultCode::SinkLost);
    assert!(fault.message.contains("dropped 3 records"), "{fault}");

    let fault = post("HTTP/1.1 415 No\r\ncontent-length: 0\r\n\r\n").await.0.unwrap_err();
    assert_eq!((fault.code, fault.hint.is_some()), (FaultCode::SinkRefused, true));
}

#[test]
fn an_address_names_its_region_or_is_on_this_machine() {
    let region = |address: &str| sinks().open(address).map(|sink| sink.destination().region.clone());
    let named = |name: &str| Ok(Some(Region::new(name).unwrap()));
    assert_eq!(region("https://c.example/v1/logs#eu-west-2"), named("eu-west-2"));
    assert_eq!(region("https://c.example/v1/logs"), named(UNSTATED));
    assert_eq!(region("http://127.0.0.1:4318/v1/logs"), Ok(None));
    for bad in ["http://c.example/v1/logs", "https://c.example/#EU", "https://u:p@c.example/"] {
        assert_eq!(region(bad).unwrap_err().code, FaultCode::InputInvalid, "{bad}");
    }
    let sink = sinks().open("https://c.example/v1/logs?token=hush#eu-west-2").unwrap();
    assert_eq!(sink.destination().address, "https://c.example/v1/logs");
}

#[test]
fn other_answers_are_told_apart() {
    let sink = sinks().open("https://c.example/").unwrap();
    let code = |status| judge(sink.destination(), status, false, b"").unwrap_err().code;
    assert_eq!(
        (code(400), code(404), code(401)),
        (FaultCode::SinkRefused, FaultCode::SinkRefused, FaultCode::SinkRefused)
    );
    assert_eq!(
        (code(429), code(503), code(500)),
        (FaultCode::SinkFailed, FaultCode::SinkFailed, FaultCode::SinkFailed)
    );
    let success = |text: &[u8]| judge(sink.destination(), 200, true, text).map_err(|fault| fault.code);
    assert_eq!((success(b""), success(b"{}")), (Ok(()), Ok(())));
    let cut = br#"{"partialSuccess":{"errorMessage":"long","#;
    assert_eq!(success(cut), Err(FaultCode::SinkFailed));
    let dropped = br#"{"partialSuccess":{"rejectedLogRecords":"3"}}"#;
    assert_eq!(success(dropped), Err(FaultCode::SinkLost));
}
