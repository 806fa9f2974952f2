//! What every adapter that speaks over the network passes: one list of cases, run for every kind of server that it knows.
//!
//! An adapter's tests say how its models are made ([`Under`]) and write [`crate::suite!`] once; each case becomes a test of its
//! own. What no other adapter has, such as the exact bytes of a request, is tested beside it. A new case is a function
//! here and its name in the macro.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::future::{Either, select};
use quillon_base::{Fault, FaultCode, Region, Secret};
use quillon_model::{
    Credential, Message, Model, ModelCard, ModelEvent, ModelId, Part, Role, StopReason, conformance,
};

use crate::{Ending, MockServer, NOBODY, Reply, Script, Wire, fixtures, summary};

/// The key that requests must carry.
pub const KEY: &str = "sk-hush";
/// What the server calls the model.
pub const MODEL: &str = "the-model";
/// Until a silent provider is left; it never answers, so that no machine is too slow for it.
const SILENCE: Duration = Duration::from_millis(50);
/// Until an answer that stopped is left: long beside what any machine needs between two pieces on its own network.
const STALL: Duration = Duration::from_secs(1);
/// How many answers show whether connections are used again.
const ANSWERS: usize = 20;
/// Nothing that a test waits for takes longer.
const LONG: Duration = Duration::from_secs(30);

/// An adapter under test.
pub trait Under: Sync {
    /// Every kind of server that it knows, and what is spoken with it.
    fn kinds(&self) -> Vec<(&'static str, Wire)>;

    /// Makes a model.
    fn model(&self, wanted: Wanted) -> Box<dyn Model>;
}

/// A model as a case wants it.
pub struct Wanted {
    /// The kind of its server.
    pub kind: &'static str,
    /// The address, up to and with `/v1`.
    pub endpoint: String,
    /// What and where it is.
    pub card: ModelCard,
    /// Its key.
    pub credential: Option<Arc<dyn Credential>>,
    /// How often it tries again, without waiting.
    pub again_max: u32,
    /// How long it may take to the first byte, and between two pieces.
    pub limits: (Duration, Duration),
}

impl Wanted {
    /// A model at an endpoint that has the right key and tries twice more.
    ///
    /// # Panics
    /// Never: the name is a constant.
    #[must_use]
    pub fn new(kind: &'static str, endpoint: impl Into<String>) -> Self {
        let id = ModelId::new("mine").expect("a constant that passes its own check");
        let card = ModelCard::new(id, "mock", Region::device(), 100_000);
        let credential: Arc<dyn Credential> = Arc::new(Key(Some(KEY)));
        Self {
            kind,
            endpoint: endpoint.into(),
            card,
            credential: Some(credential),
            again_max: 2,
            limits: (LONG, LONG),
        }
    }
}

/// A key, or none.
pub struct Key(
    /// The key.
    pub Option<&'static str>,
);

#[async_trait]
impl Credential for Key {
    async fn secret(&self) -> Result<Secret<String>, Fault> {
        let missing =
            || Fault::new(FaultCode::CredentialMissing, "there is no credential `test`").hint("set it");
        self.0.map(|key| Secret::new(key.to_owned())).ok_or_else(missing)
    }
}

/// Makes a test of every case.
#[macro_export]
macro_rules! suite {
    ($under:expr) => {
        $crate::suite!(@ $under;
            every_kind_conforms, every_case_is_understood, every_recorded_stream_comes_to_what_it_says,
            what_passes_is_tried_again_and_what_stays_is_told, a_wait_that_is_too_long_is_not_waited_for,
            nothing_is_tried_again_once_an_answer_has_begun, a_silence_is_left_in_time_and_not_repeated,
            a_stall_is_left_in_time, a_wrong_or_missing_key_is_said_and_never_repeated,
            a_key_that_is_handed_over_stands_before_its_own, a_key_that_an_error_repeats_is_cut_out,
            dropping_the_answer_closes_the_connection, an_answer_that_nobody_polls_is_never_asked_for,
            a_request_that_is_not_whole_reaches_nobody, nobody_listens_and_nobody_is_called_that,
            a_redirection_is_not_followed, connections_are_used_again
        );
    };
    (@ $under:expr; $($case:ident),*) => {$(
        #[tokio::test]
        async fn $case() {
            $crate::suite::$case(&$under).await;
        }
    )*};
}

/// A provider that takes this key and answers so.
#[must_use]
pub fn mock(wire: Wire, replies: impl IntoIterator<Item = Reply>) -> MockServer {
    MockServer::start(Script::new(wire, replies).key(KEY))
}

/// All that comes of a request that says `hello`.
pub async fn ask(model: &dyn Model) -> Vec<Result<ModelEvent, Fault>> {
    model.stream(conformance::request(model, "hello")).collect().await
}

fn whole() -> Reply {
    let text = ModelEvent::Text { text: "hello".into() };
    Reply::of([text, ModelEvent::Stop { reason: StopReason::Finished }])
}

/// An answer that begins and does not end.
fn begun() -> Reply {
    Reply::of([ModelEvent::Text { text: "so".into() }])
}

fn busy(wire: Wire) -> Reply {
    Reply::refusal(429, wire.error("rate_limit_error", "slow down"))
}

/// The code with which it ended; every fault has a hint.
#[track_caller]
fn code(came: &[Result<ModelEvent, Fault>]) -> Option<FaultCode> {
    let fault = came.last()?.as_ref().err()?;
    assert!(fault.hint.is_some(), "{fault}");
    Some(fault.code)
}

/// One kind for each format, for what takes its time.
fn one_of_each(under: &dyn Under) -> Vec<(&'static str, Wire)> {
    let mut kinds = under.kinds();
    let mut seen: Vec<Wire> = Vec::new();
    kinds.retain(|(_, wire)| {
        let is_new = !seen.contains(wire);
        seen.push(*wire);
        is_new
    });
    kinds
}

/// A case: a provider with these replies, and the model that asks it.
fn pair(
    under: &dyn Under,
    kind: &'static str,
    wire: Wire,
    replies: Vec<Reply>,
) -> (MockServer, Box<dyn Model>) {
    let mock = mock(wire, replies);
    let model = under.model(Wanted::new(kind, mock.endpoint()));
    (mock, model)
}

/// It has a card, answers end once, and a request for another region goes nowhere.
pub async fn every_kind_conforms(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let (mock, model) = pair(under, kind, wire, vec![Reply::of(conformance::cases().remove(0).answer)]);
        conformance::check(&*model).await;
        assert_eq!(mock.seen().len(), 1, "{kind}: the request for another region came");
    }
}

/// Everything that the port can say is said and understood.
pub async fn every_case_is_understood(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        for case in conformance::cases() {
            let (_mock, model) = pair(under, kind, wire, vec![Reply::of(case.answer.clone())]);
            conformance::check_case(&*model, &case).await;
        }
    }
}

/// Malformed, truncated and lying streams come to what they say, and no fault repeats the key.
pub async fn every_recorded_stream_comes_to_what_it_says(under: &dyn Under) {
    let kinds = under.kinds();
    let mut count = 0;
    for fixture in fixtures() {
        let Some((kind, wire)) = kinds.iter().find(|(_, wire)| *wire == fixture.wire) else { continue };
        count += 1;
        // What says that another try may do is tried three times.
        let tries = if matches!(fixture.reply.status, 429 | 500 | 503 | 529) { 3 } else { 1 };
        let (_mock, model) = pair(under, kind, *wire, vec![fixture.reply.clone(); tries]);
        let came = ask(&*model).await;
        assert_eq!(summary(&came), fixture.expects, "{}", fixture.name);
        assert!(!format!("{came:?}").contains(KEY), "{}", fixture.name);
    }
    assert!(count >= 10, "only {count} recorded streams are of a format that this adapter speaks");
}

/// A refusal that passes, or a connection that is slammed, is tried again; one that stays is told.
pub async fn what_passes_is_tried_again_and_what_stays_is_told(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let soon = busy(wire).header("retry-after-ms", "1");
        let (mock, model) = pair(under, kind, wire, vec![soon, Reply::slammed(), whole()]);
        assert!(summary(&ask(&*model).await).starts_with("text=hello"), "{kind}");
        let bodies: Vec<_> = mock.seen().into_iter().map(|seen| seen.body).collect();
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{kind}: another request was sent");
        let (_mock, model) = pair(under, kind, wire, vec![busy(wire), busy(wire), busy(wire)]);
        assert_eq!(code(&ask(&*model).await), Some(FaultCode::ModelBusy), "{kind}");
    }
}

/// Who asks for an hour is not waited for, and the hour is said.
pub async fn a_wait_that_is_too_long_is_not_waited_for(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let (_mock, model) = pair(under, kind, wire, vec![busy(wire).header("retry-after", "3600")]);
        let came = ask(&*model).await;
        assert_eq!(code(&came), Some(FaultCode::ModelBusy), "{kind}");
        let hint = came[0].as_ref().err().and_then(|fault| fault.hint.clone()).unwrap_or_default();
        assert!(hint.contains("3600 seconds"), "{hint}");
    }
}

/// What an answer had begun to say is given, and the request is not made twice.
pub async fn nothing_is_tried_again_once_an_answer_has_begun(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        for ending in [Ending::Cut, Ending::Short] {
            let (mock, model) = pair(under, kind, wire, vec![begun().ending(ending)]);
            assert_eq!(summary(&ask(&*model).await), "text=so fault=network.broken", "{kind} {ending:?}");
            assert_eq!(mock.seen().len(), 1, "{kind}");
        }
    }
}

/// A provider that takes a request and is silent may be at work on it: it is left, and not asked again.
pub async fn a_silence_is_left_in_time_and_not_repeated(under: &dyn Under) {
    for (kind, wire) in one_of_each(under) {
        let mock = Arc::new(mock(wire, [Reply::silence()]));
        let model = under.model(Wanted { limits: (SILENCE, LONG), ..Wanted::new(kind, mock.endpoint()) });
        assert_eq!(code(&ask(&*model).await), Some(FaultCode::NetworkTimedOut), "{kind}");
        assert_eq!(mock.seen().len(), 1, "{kind}");
        beside(&mock, |mock| mock.wait_for_hang_ups(1)).await;
    }
}

/// An answer that stops in its middle is left, with what it said.
pub async fn a_stall_is_left_in_time(under: &dyn Under) {
    for (kind, wire) in one_of_each(under) {
        let mock = Arc::new(mock(wire, [begun().ending(Ending::Hang)]));
        let model = under.model(Wanted { limits: (LONG, STALL), ..Wanted::new(kind, mock.endpoint()) });
        assert_eq!(summary(&ask(&*model).await), "text=so fault=network.timed_out", "{kind}");
        beside(&mock, |mock| mock.wait_for_hang_ups(1)).await;
    }
}

/// A refused key is said, not repeated and not tried again; without a key nothing is sent.
pub async fn a_wrong_or_missing_key_is_said_and_never_repeated(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let mock = mock(wire, []);
        let with = |key| {
            let credential: Option<Arc<dyn Credential>> = Some(Arc::new(Key(key)));
            under.model(Wanted { credential, ..Wanted::new(kind, mock.endpoint()) })
        };
        let came = ask(&*with(Some("sk-expired"))).await;
        assert_eq!(code(&came), Some(FaultCode::ModelKeyRefused), "{kind}");
        assert!(!format!("{came:?}").contains("sk-expired"), "{kind}");
        assert_eq!(mock.seen().len(), 1, "{kind}: a refused key was tried again");
        assert_eq!(code(&ask(&*with(None)).await), Some(FaultCode::CredentialMissing), "{kind}");
        assert_eq!(mock.seen().len(), 1, "{kind}: something was sent without a key");
    }
}

/// A key that comes with the request stands before the credential that the model was made with, or instead of it.
pub async fn a_key_that_is_handed_over_stands_before_its_own(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let mock = mock(wire, [whole(), whole()]);
        for credential in [None, Some(Arc::new(Key(None)) as Arc<dyn Credential>)] {
            let model = under.model(Wanted { credential, ..Wanted::new(kind, mock.endpoint()) });
            let request = conformance::request(&*model, "hello");
            let came: Vec<_> = model.stream_with_key(request, Secret::new(KEY.to_owned())).collect().await;
            assert!(summary(&came).starts_with("text=hello"), "{kind} {came:?}");
        }
    }
}

/// Some providers repeat a key in their errors.
pub async fn a_key_that_an_error_repeats_is_cut_out(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let body = wire.error("invalid_request_error", &format!("bad header: {KEY}"));
        let (_mock, model) = pair(under, kind, wire, vec![Reply::refusal(400, body)]);
        let came = ask(&*model).await;
        assert_eq!(code(&came), Some(FaultCode::ModelRequestRefused), "{kind}");
        assert!(!format!("{came:?}").contains(KEY), "{came:?}");
    }
}

/// Once in the middle of the answer, once before its first byte.
pub async fn dropping_the_answer_closes_the_connection(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let mock = Arc::new(mock(wire, [begun().ending(Ending::Hang), Reply::silence()]));
        let model = under.model(Wanted::new(kind, mock.endpoint()));
        let mut stream = model.stream(conformance::request(&*model, "hello"));
        assert!(stream.next().await.is_some_and(|piece| piece.is_ok()), "{kind}");
        drop(stream);
        beside(&mock, |mock| mock.wait_for_hang_ups(1)).await;
        let mut stream = model.stream(conformance::request(&*model, "hello"));
        let requested = Box::pin(beside(&mock, |mock| mock.wait_for_requests(2)));
        if let Either::Left((came, _)) = select(stream.next(), requested).await {
            panic!("{kind}: {came:?}");
        }
        drop(stream);
        beside(&mock, |mock| mock.wait_for_hang_ups(2)).await;
    }
}

/// Making a stream opens nothing.
pub async fn an_answer_that_nobody_polls_is_never_asked_for(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let (mock, model) = pair(under, kind, wire, vec![]);
        drop(model.stream(conformance::request(&*model, "hello")));
        assert_eq!((mock.seen().len(), mock.connections()), (0, 0), "{kind}");
    }
}

/// A picture without an end, a result without a call.
pub async fn a_request_that_is_not_whole_reaches_nobody(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let (mock, model) = pair(under, kind, wire, vec![]);
        let picture = Part::Image { media_type: "image/png".into(), base64: "iVBORw0KGgo=".into() };
        let result = Part::ToolResult { id: "x".into(), text: String::new(), failed: false };
        for part in [picture, result] {
            let mut request = conformance::request(&*model, "hello");
            request.messages.push(Message { role: Role::User, parts: vec![part] });
            let came: Vec<_> = model.stream(request).collect().await;
            assert_eq!(code(&came), Some(FaultCode::InputInvalid), "{kind} {came:?}");
        }
        assert_eq!(mock.connections(), 0, "{kind}");
    }
}

/// A port that is closed, and a name that is not known.
pub async fn nobody_listens_and_nobody_is_called_that(under: &dyn Under) {
    for (kind, _) in under.kinds() {
        for (endpoint, expected) in [
            (NOBODY, FaultCode::NetworkUnreachable),
            ("http://no-such-host.invalid/v1", FaultCode::NetworkNameUnknown),
        ] {
            let model = under.model(Wanted { again_max: 0, ..Wanted::new(kind, endpoint) });
            assert_eq!(code(&ask(&*model).await), Some(expected), "{kind}");
        }
    }
}

/// Where it would lead is said, without what may be a token.
pub async fn a_redirection_is_not_followed(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let away = Reply { status: 307, ..Reply::default() };
        let away = away.header("location", "https://elsewhere.example/x?token=hush");
        let (_mock, model) = pair(under, kind, wire, vec![away]);
        let came = ask(&*model).await;
        assert_eq!(code(&came), Some(FaultCode::NetworkRedirected), "{kind}");
        let said = format!("{came:?}");
        assert!(said.contains("elsewhere.example") && !said.contains("token"), "{said}");
    }
}

/// An answer that ended well leaves a connection for the next.
pub async fn connections_are_used_again(under: &dyn Under) {
    for (kind, wire) in under.kinds() {
        let (mock, model) = pair(under, kind, wire, vec![whole(); ANSWERS]);
        for _ in 0..ANSWERS {
            assert!(summary(&ask(&*model).await).starts_with("text=hello"), "{kind}");
        }
        // One that is not back in time, the next does not wait for; that is seldom, and never the rule.
        assert!(mock.connections() < ANSWERS / 2, "{kind}: {} connections", mock.connections());
    }
}

/// Waits beside the runtime, which must run for a connection to be closed.
async fn beside(mock: &Arc<MockServer>, wait: impl FnOnce(&MockServer) + Send + 'static) {
    let (sender, receiver) = futures::channel::oneshot::channel();
    let mock = Arc::clone(mock);
    std::thread::spawn(move || {
        wait(&mock);
        // The server must not be dropped on this thread after the test has looked at it.
        drop(mock);
        let _ = sender.send(());
    });
    assert!(receiver.await.is_ok(), "what was waited for never came");
}
