//! Models behind endpoints, through the built binary, in each wire format.

use quillon_mock::{MockServer, Reply, Script, Wire};
use quillon_model::{ModelEvent, StopReason, TokenUsage};
use serde_json::{Value, json};

use crate::person::{Person, Said};

const QUESTION: &[&str] = &["chat", "--no-interactive", "--model", "mine", "what is the retry limit?"];

pub(crate) fn answer() -> Reply {
    let text = |text: &str| ModelEvent::Text { text: text.into() };
    let usage = ModelEvent::Usage(TokenUsage { input: 900, output: 12, cached: 0, cache_written: 0 });
    let stop = ModelEvent::Stop { reason: StopReason::Finished };
    Reply::of([text("Three "), text("tries."), usage, stop])
}

/// A row of the catalogue: a model of a kind at an endpoint.
pub(crate) fn row(kind: &str, endpoint: &str, region: &str) -> Value {
    json!({
        "kind": kind, "endpoint": endpoint, "model": "the-model", "region": region,
        "window_tokens": 100_000, "price": { "input": 3, "output": 15 },
    })
}

/// Writes the catalogue of a person.
pub(crate) fn configure(person: &Person, catalogue: &Value) {
    std::fs::write(person.home().join("models.json"), catalogue.to_string()).unwrap();
}

/// A person with a model behind `mock`.
fn person(mock: &MockServer, kind: &str, region: &str, allowed: &[&str]) -> Person {
    let person = Person::with_parcels();
    let mut model = row(kind, &mock.endpoint(), region);
    model["key"] = "env:MODEL_KEY".into();
    configure(&person, &json!({ "version": 1, "regions": allowed, "models": { "mine": model } }));
    person
}

fn ask(person: &Person, key: Option<&str>) -> Said {
    let mut command = person.command(QUESTION);
    if let Some(key) = key {
        command.env("MODEL_KEY", key);
    }
    Said::of(command.output().unwrap())
}

#[test]
fn every_wire_format_answers_with_usage_and_region() {
    for (kind, wire) in
        [("openai-compatible", Wire::Chat), ("openai", Wire::Responses), ("anthropic", Wire::Messages)]
    {
        let script =
            Script::new(wire, [answer().expecting("RETRY_LIMIT").expecting("the-model")]).key("sk-hush");
        let mock = MockServer::start(script);
        let person = person(&mock, kind, "eu-west-2", &["eu-west-2"]);
        let said = ask(&person, Some("sk-hush")).well().says("Three tries.");
        assert!(said.err.contains(&format!("answered by model `mine` of {kind} in eu-west-2")), "{said:?}");
        assert!(said.err.contains("900 tokens read and 12 written"), "{said:?}");
        person.run(&["model", "list"]).well().says("mine").says("3.00 read, 15.00 written");
        let tail = person.run(&["audit", "tail"]).well();
        assert!(!format!("{tail:?}{said:?}").contains("sk-hush"));
    }
}

#[test]
fn a_region_that_is_not_allowed_costs_no_connection() {
    let mock = MockServer::start(Script::new(Wire::Chat, []));
    let person = person(&mock, "openai-compatible", "us-east-1", &["eu-west-2"]);
    ask(&person, Some("sk-hush")).with_fault(1, "region.refused");
    person.run(&["model", "list"]).well().says("refused: its region is not allowed");
    assert_eq!(mock.connections(), 0);
}

#[test]
fn without_its_key_or_with_a_wrong_one_the_person_is_told() {
    let mock = MockServer::start(Script::new(Wire::Messages, []).key("sk-hush"));
    let person = person(&mock, "anthropic", "device", &[]);
    ask(&person, None).with_fault(3, "credential.missing");
    assert_eq!(mock.connections(), 0);
    let said = ask(&person, Some("sk-expired")).with_fault(1, "model.key_refused");
    assert!(!format!("{said:?}").contains("sk-expired"));
}

#[test]
fn a_model_is_chosen_by_its_name_and_a_misspelt_one_is_refused() {
    let mock = MockServer::start(Script::new(Wire::Chat, [answer()]));
    let person = person(&mock, "ollama", "device", &[]);
    person.run(&["model", "use", "mien"]).with_fault(3, "model.unknown");
    person.run(&["model", "use", "mine"]).well();
    let mut command = person.command(&["chat", "--no-interactive", "what is the retry limit?"]);
    Said::of(command.env("MODEL_KEY", "x").output().unwrap()).well().says("Three tries.");
}

#[test]
fn a_catalogue_that_cannot_be_used_is_said() {
    let person = Person::with_parcels();
    let check = |catalogue: &str, said: &str| {
        std::fs::write(person.home().join("models.json"), catalogue).unwrap();
        let out = person.run(QUESTION).with_fault(2, "model.catalogue_invalid");
        assert!(out.err.contains(said), "{out:?}");
    };
    let model = |rest: &str| {
        format!(r#"{{"version":1,"models":{{"mine":{{"region":"device","window_tokens":9,{rest}}}}}}}"#)
    };
    check("oops", "cannot be used");
    check(r#"{"version":1,"modles":{}}"#, "did you mean `models`");
    check(&model(r#""kind":"telex","endpoint":"http://localhost/v1""#), "kinds are");
    check(&model(r#""kind":"vllm","endpoint":"http://models.example/v1""#), "without encryption");
    check(&model(r#""kind":"vllm","endpoint":"nonsense""#), "an address cannot be read");
}

#[test]
fn what_needs_no_model_and_no_network_works_when_both_are_configured_wrong() {
    let person = Person::with_parcels();
    std::fs::write(person.home().join("models.json"), "oops").unwrap();
    let run = |line: &[&str]| {
        let mut command = person.command(line);
        command.env("HTTPS_PROXY", "socks5://u:hush@proxy").env("ALL_PROXY", "://");
        Said::of(command.output().unwrap())
    };
    run(&["whoami"]).well();
    run(&["audit", "verify"]).well();
    run(&["chat", "--no-interactive", "what is the retry limit?"]).well().says("RETRY_LIMIT");
    run(&["model", "list"]).with_fault(2, "model.catalogue_invalid");
    run(&["model", "use", "embedded"]).well();
    let export = ["audit", "export", "--format", "jsonl", "--to", "https://collector.example/v1/logs"];
    let said = run(&export);
    assert!(said.code != Some(0) && !format!("{said:?}").contains("hush"), "{said:?}");
    configure(
        &person,
        &json!({ "version": 1, "models": { "mine": row("vllm", "https://models.example/v1", "device") } }),
    );
    run(QUESTION).with_fault(2, "setting.invalid");
}
