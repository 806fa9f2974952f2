//! What the road says as statuses, and requests that never reach it.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test is the caller")]

use async_trait::async_trait;
use quillon_base::{AskId, QuestionId};
use quillon_contract::event::End;
use quillon_contract::{Answer, Ask, EventStream, Hello, Listing, Notification, Opened, Query};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::listener::CONNECTIONS_MAX;
use crate::{Options, serve};

const ID: &str = "00000000000000000000000000";

/// Says these events to every ask, which must be a witness's; the request must be the text `good`.
struct Road(Vec<Event>);

#[async_trait]
impl Gateway for Road {
    async fn open(&self, hello: Hello) -> Result<Opened, Fault> {
        let session = format!("ses_{ID}").parse().unwrap();
        Ok(Opened { session, contract: hello.contract, principal: "p".into(), verbs: Vec::new() })
    }

    fn notify(&self, _: SessionId, _: Notification) {}

    async fn ask(
        &self,
        _: SessionId,
        request: quillon_contract::Request,
    ) -> Result<(AskId, EventStream), Fault> {
        let Ask::AuditWitness(ask) = request.ask else { panic!("another ask") };
        let cosign = WitnessAct::Cosign { request: "good".into(), log_keys: vec!["k".into()], state: None };
        assert_eq!(ask.witness, cosign);
        let ask = format!("ask_{ID}").parse().unwrap();
        Ok((ask, Box::pin(futures::stream::iter(self.0.clone()))))
    }

    async fn answer(&self, _: SessionId, _: QuestionId, _: Answer) -> Result<(), Fault> {
        panic!("a witness asks nothing back")
    }

    async fn query(&self, _: SessionId, _: Query) -> Result<Listing, Fault> {
        panic!("a witness lists nothing")
    }

    fn cancel(&self, _: SessionId, _: AskId) {}
}

/// Sends bytes to a witness whose road says `events`; gives its answer.
async fn post(events: Vec<Event>, request: &[u8]) -> String {
    post_beside(0, events, request).await
}

/// The same, while so many others are connected and say nothing.
async fn post_beside(silent: usize, events: Vec<Event>, request: &[u8]) -> String {
    let (ready, at) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let options = Options { listen: "127.0.0.1:0".parse().unwrap(), log_keys: vec!["k".into()], state: None };
    let serving = serve(Arc::new(Road(events)), options, |at| ready.send(at).unwrap(), async {
        let _ = stopped.await;
    });
    let asking = async {
        let at = at.await.unwrap();
        let mut others = Vec::new();
        for _ in 0..silent {
            others.push(TcpStream::connect(at).await.unwrap());
        }
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        // One that was refused before it was read to its end may be cut off.
        let _ = stream.read_to_end(&mut answer).await;
        stop.send(()).unwrap();
        String::from_utf8(answer).unwrap()
    };
    let (served, answer) = tokio::join!(serving, asking);
    served.unwrap();
    answer
}

fn request(line: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("{line} HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    (head + body).into_bytes()
}

fn artifact(name: &str, media_type: &str, text: &str) -> Event {
    let (name, media_type, text) = (name.into(), media_type.into(), text.into());
    Event::Artifact(Artifact { name, media_type, text })
}

fn end(outcome: Outcome) -> Event {
    Event::End(End::of(outcome))
}

fn failed(code: FaultCode) -> Event {
    end(Outcome::Failed { fault: Fault::new(code, "no") })
}

/// The status and the body of what the road says of a good request.
async fn check(events: Vec<Event>) -> (u16, String) {
    let answer = post(events, &request("POST /add-checkpoint", "good")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn each_end_of_an_ask_has_the_status_of_the_specification() {
    let cosigned = || artifact(COSIGNATURES, "text/plain", "\u{2014} w AAAAAAAA\n");
    let size = || artifact("size", WITNESS_SIZE_MEDIA_TYPE, "7\n");
    let good = check(vec![cosigned(), end(Outcome::Done)]).await;
    assert_eq!(good, (200, "\u{2014} w AAAAAAAA\n".into()));
    assert_eq!(check(vec![size(), failed(FaultCode::WitnessStale)]).await, (409, "7\n".into()));
    for (code, status) in [
        (FaultCode::WitnessMalformed, 400),
        (FaultCode::WitnessNotSigned, 403),
        (FaultCode::WitnessLogUnknown, 404),
        (FaultCode::WitnessNotExtended, 422),
        (FaultCode::AuditUnavailable, 503),
        (FaultCode::PolicyRefused, 503),
    ] {
        assert_eq!(check(vec![failed(code)]).await, (status, "no\n".into()), "{code}");
        assert_eq!(check(vec![cosigned(), failed(code)]).await.0, status, "a cosignature before a fault");
    }
    assert_eq!(check(vec![cosigned(), end(Outcome::Cancelled)]).await.0, 503, "the record is not durable");
    assert_eq!(check(vec![cosigned()]).await.0, 503, "no end");
    assert_eq!(check(vec![end(Outcome::Done)]).await.0, 503, "no cosignature");
}

#[tokio::test]
async fn what_is_no_request_never_reaches_the_road() {
    // The road would panic, or say 200.
    let road = || vec![artifact(COSIGNATURES, "text/plain", "x\n"), end(Outcome::Done)];
    let long = "x".repeat(BODY_BYTES_MAX + 1);
    let mut no_text = request("POST /add-checkpoint", "good");
    no_text.truncate(no_text.len() - 4);
    no_text.extend(b"\xff\xff\xff\xff");
    for (request, status) in [
        (request("GET /add-checkpoint", ""), "405"),
        (request("POST /", "good"), "404"),
        (request("POST /add-checkpoint/x", "good"), "404"),
        (request("POST /add-checkpoint", &long), "413"),
        (no_text, "400"),
        (b"nonsense\r\n\r\n".to_vec(), "400"),
    ] {
        let answer = post(road(), &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
    }
}

/// Time passes by itself where everybody waits.
#[tokio::test(start_paused = true)]
async fn who_is_slow_is_left_and_keeps_nobody_out() {
    let road = || vec![artifact(COSIGNATURES, "text/plain", "x\n"), end(Outcome::Done)];
    let whole = request("POST /add-checkpoint", "good");
    let begun = tokio::time::Instant::now();
    for length in [0, 10, whole.len() - 1] {
        // Not at once, so not because of what it said.
        let answer = post(road(), &whole[..length]).await;
        assert!(!answer.starts_with("HTTP/1.1 200 "), "after {length} bytes: {answer}");
    }
    let passed = begun.elapsed();
    assert!((Duration::from_secs(20)..Duration::from_secs(60)).contains(&passed), "{passed:?}");
    let begun = tokio::time::Instant::now();
    let answer = post_beside(CONNECTIONS_MAX, road(), &whole).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "every place was taken by who said nothing: {answer}");
    assert!(begun.elapsed() >= Duration::from_secs(10), "there was a place beside those that were taken");
}

#[tokio::test]
async fn only_this_machine_is_listened_to() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let options = Options { listen: address.parse().unwrap(), log_keys: Vec::new(), state: None };
        let served = serve(Arc::new(Road(Vec::new())), options, |_| panic!("it listens"), async {}).await;
        assert_eq!(served.unwrap_err().code, FaultCode::InputInvalid, "{address}");
    }
}
