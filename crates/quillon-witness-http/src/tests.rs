//! A witness on loopback that answers as it is told.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test is the witness")]

use std::sync::Arc;

use quillon_base::{SeededEntropy, StepClock};
use quillon_http::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn witnesses() -> HttpWitnesses {
    let options = Options::new(Arc::new(StepClock::default()), Arc::new(SeededEntropy::new(0)));
    HttpWitnesses::new(Client::new(options))
}

/// Asks at a path of a witness that answers so; gives what came of it and what was sent.
async fn ask(path: &str, answer: Vec<u8>) -> (Result<WitnessAnswer, Fault>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}{path}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"old 0\n\nlog\n") {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "the request ended early");
            heard.extend(&piece[..read]);
        }
        stream.write_all(&answer).await.unwrap();
        String::from_utf8(heard).unwrap()
    });
    let answered = witnesses().add_checkpoint(&address, "old 0\n\nlog\n".into()).await;
    (answered, task.await.unwrap())
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn posts_below_the_address_and_gives_every_answer_as_it_is() {
    let (answered, heard) = ask("/w", answer("200 OK", "\u{2014} w AAAAAAAA\n")).await;
    assert_eq!(answered, Ok(WitnessAnswer { status: 200, body: "\u{2014} w AAAAAAAA\n".into() }));
    assert!(heard.starts_with("POST /w/add-checkpoint HTTP/1.1\r\n"), "{heard}");
    let (answered, heard) = ask("", answer("409 Conflict", "7\n")).await;
    assert_eq!(answered, Ok(WitnessAnswer { status: 409, body: "7\n".into() }));
    assert!(heard.starts_with("POST /add-checkpoint HTTP/1.1\r\n"), "{heard}");
}

#[tokio::test]
async fn what_is_too_long_or_leads_elsewhere_is_refused() {
    let long = "x".repeat(ANSWER_BYTES_MAX + 1);
    assert_eq!(ask("", answer("200 OK", &long)).await.0.unwrap_err().code, FaultCode::NetworkTooLarge);
    let elsewhere = answer("302 Found\r\nlocation: http://127.0.0.1:1/", "");
    assert_eq!(ask("", elsewhere).await.0.unwrap_err().code, FaultCode::NetworkRedirected);
}

#[tokio::test]
async fn nothing_is_asked_in_the_open() {
    for address in ["http://witness.example", "ftp://127.0.0.1/", "witness"] {
        let fault = witnesses().add_checkpoint(address, String::new()).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InputInvalid, "{address}");
    }
}
