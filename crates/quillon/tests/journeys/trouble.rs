//! Endpoints that refuse, hang, break and lie, through the built binary: each gets a code, a cause and a hint, and neither
//! the question nor what was said is lost.

use quillon_mock::{Door, Ending, MockServer, NOBODY, Reply, Script, Wire, fixtures};
use quillon_model::{ModelEvent, StopReason, TokenUsage};
use serde_json::{Value, json};

use crate::models::{answer, configure, row};
use crate::person::{Person, Said};

const QUESTION: &str = "what is the retry limit of parcels?";

/// A person whose model answers at `endpoint`, and who waits for no more than a second.
fn at(endpoint: &str) -> Person {
    let person = Person::with_parcels();
    let network = json!({ "connect_seconds": 1, "first_byte_seconds": 1, "stall_seconds": 1 });
    let mut model = row("openai-compatible", endpoint, "device");
    model["key"] = "env:MODEL_KEY".into();
    configure(&person, &json!({ "version": 1, "network": network, "models": { "mine": model } }));
    person
}

fn ask(person: &Person) -> Said {
    let line = ["chat", "--no-interactive", "--trust-tools", "fs_read", "--model", "mine", QUESTION];
    Said::of(person.command(&line).env("MODEL_KEY", "hush-expired").output().unwrap())
}

/// The one conversation that is kept holds the question, and what was said.
#[track_caller]
fn kept(person: &Person, streamed: &str) {
    let list = person.run(&["conversation", "list", "--output", "json"]).well();
    let at = list.out.find("cnv_").unwrap_or_else(|| panic!("nothing is kept: {list:?}"));
    let shown = person.run(&["conversation", "show", &list.out[at..at + 30]]).well();
    assert!(shown.out.contains(QUESTION) && shown.out.contains(streamed), "{shown:?}");
    person.run(&["audit", "verify"]).well();
}

/// Asked once with these replies: ends with this fault, whose sentence says this; what was streamed is kept.
#[track_caller]
fn check(replies: Vec<Reply>, exit: i32, code: &str, said: &str, streamed: &str) {
    let mock = MockServer::start(Script::new(Wire::Chat, replies));
    let person = at(&mock.endpoint());
    let found = ask(&person).says(streamed).with_fault(exit, code);
    assert!(found.err.contains(said), "`{said}` is not in {found:?}");
    assert!(!format!("{found:?}").contains("hush"), "{found:?}");
    assert!(found.err.contains("; record "), "no request id or record is said: {found:?}");
    kept(&person, streamed);
}

fn text(text: &str) -> ModelEvent {
    ModelEvent::Text { text: text.into() }
}

fn refusal(status: u16, kind: &str, message: &str) -> Reply {
    Reply::refusal(status, json!({ "error": { "type": kind, "message": message } }).to_string())
}

fn fixture(name: &str) -> Reply {
    let found = fixtures().into_iter().find(|fixture| fixture.wire == Wire::Chat && fixture.name == name);
    found.unwrap_or_else(|| panic!("there is no fixture `{name}`")).reply
}

#[test]
fn one_that_refuses() {
    check(
        vec![refusal(401, "invalid_api_key", "key hush-expired")],
        1,
        "model.key_refused",
        "does not accept the key",
        "",
    );
    check(
        vec![refusal(403, "permission_error", "no")],
        1,
        "model.key_refused",
        "does not accept the key",
        "",
    );
    let unpaid = refusal(429, "insufficient_quota", "You exceeded your current quota");
    check(vec![unpaid.header("retry-after", "3600")], 1, "model.key_refused", "nothing left to spend", "");
    let busy = refusal(429, "rate_limit_error", "slow down").header("retry-after", "3600");
    check(vec![busy], 3, "model.busy", "takes no more requests", "");
    check(vec![refusal(404, "model_not_found", "no such model")], 3, "model.unknown", "knows no model", "");
    check(
        vec![refusal(400, "invalid_request_error", "unsupported")],
        2,
        "model.request_refused",
        "unsupported",
        "",
    );
    let failing = || refusal(500, "server_error", "oops").header("retry-after-ms", "1");
    check(vec![failing(), failing(), failing(), failing()], 3, "model.failed", "oops", "");
    let away =
        Reply { status: 307, ..Reply::default() }.header("location", "https://elsewhere.example/?t=hush");
    check(vec![away], 1, "network.redirected", "elsewhere.example", "");
}

#[test]
fn one_that_is_not_there() {
    let person = at(NOBODY);
    let found = ask(&person).with_fault(3, "network.unreachable");
    assert!(found.err.contains("nothing takes connections at"), "{found:?}");
    kept(&person, "");
    let person = at("https://no-such-host.invalid/v1");
    ask(&person).with_fault(3, "network.name_unknown");
    kept(&person, "");
}

#[test]
fn one_that_hangs_before_its_answer_or_in_its_middle() {
    check(vec![Reply::silence()], 3, "network.timed_out", "did not answer in 1 seconds", "");
    let stalls = Reply::of([text("Half an answer")]).ending(Ending::Hang);
    check(vec![stalls], 3, "network.timed_out", "in the middle of its answer", "Half an answer");
}

#[test]
fn one_that_breaks_off_or_says_nonsense() {
    let broken = Reply::of([text("Half an answer")]).ending(Ending::Cut);
    check(vec![broken], 3, "network.broken", "in the middle of its answer", "Half an answer");
    check(vec![fixture("not_json")], 3, "model.failed", "not JSON", "");
    check(vec![fixture("html")], 3, "model.failed", "instead of a stream", "");
    check(vec![fixture("cut_in_call")], 3, "network.broken", "in the middle of its answer", "");
    check(vec![fixture("many_calls")], 3, "model.failed", "more than 128 tool calls", "");
    check(vec![fixture("tools_wanted_none_named")], 3, "model.failed", "names none", "");
    check(vec![Reply::chunks(["data: [DONE]\n\n"])], 3, "model.failed", "cut off", "");
}

#[test]
fn one_that_lies_about_what_it_used() {
    let usage =
        ModelEvent::Usage(TokenUsage { input: u64::MAX, output: u64::MAX, cached: 0, cache_written: 0 });
    let stop = ModelEvent::Stop { reason: StopReason::Finished };
    let mock = MockServer::start(Script::new(Wire::Chat, [Reply::of([text("Three."), usage, stop])]));
    let person = at(&mock.endpoint());
    let said = ask(&person).well().says("Three.");
    assert!(said.err.contains("100000 tokens read and 100000 written"), "{said:?}");
    kept(&person, "Three.");
}

/// A reply that calls a tool with these arguments, whatever they are.
fn call(name: &str, arguments: &str) -> Reply {
    let id = "c1".into();
    let call = ModelEvent::ToolCall { id, name: name.into(), arguments: arguments.into() };
    Reply::of([call, ModelEvent::Stop { reason: StopReason::ToolUse }])
}

/// A call that cannot be carried out: the model is told why, and goes on.
#[track_caller]
fn goes_on(first: Reply, told: &str, prepare: impl FnOnce(&Person)) {
    let mock = MockServer::start(Script::new(Wire::Chat, [first, answer().expecting(told)]));
    let person = at(&mock.endpoint());
    prepare(&person);
    ask(&person).well().says("Three tries.");
    kept(&person, "Three tries.");
}

#[test]
fn one_that_calls_what_cannot_be_called() {
    goes_on(fixture("half_call"), "not JSON", |_| ());
    goes_on(call("fs_write", "{\"command\":"), "not JSON", |_| ());
    goes_on(call("launch_rocket", "{}"), "there is no tool `launch_rocket`", |_| ());
    goes_on(call("fs_read", "[1,2]"), "object", |_| ());
    let image = json!({ "operations": [{ "mode": "Image", "image_paths": ["half.png"] }] });
    goes_on(call("fs_read", &image.to_string()), "half.png", |person| {
        // The head of a picture, whose end is missing.
        person.write("half.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01");
    });
}

#[test]
fn one_whose_certificate_is_not_to_be_trusted() {
    let (ours, theirs) = (quillon_mock::Authority::new(), quillon_mock::Authority::new());
    let with = |leaf, said: &str| {
        let mock = MockServer::behind(Door::Tls(Box::new(leaf), None), Script::new(Wire::Chat, []));
        let person = at(&mock.endpoint());
        std::fs::write(person.home().join("ca.pem"), ours.pem()).unwrap();
        let mut catalogue: Value =
            serde_json::from_slice(&std::fs::read(person.home().join("models.json")).unwrap()).unwrap();
        catalogue["network"]["ca_file"] = person.home().join("ca.pem").to_str().unwrap().into();
        configure(&person, &catalogue);
        let found = ask(&person).with_fault(1, "network.certificate");
        assert!(found.err.contains(said), "{found:?}");
        assert!(mock.seen().is_empty(), "something was sent to a server that is not to be trusted");
        kept(&person, "");
    };
    with(theirs.leaf("localhost"), "not signed by an authority that this machine trusts");
    with(ours.expired_leaf("localhost"), "has expired");
    with(ours.leaf("other.example"), "another name");
}
