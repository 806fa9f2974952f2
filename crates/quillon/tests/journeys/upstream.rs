//! Nothing is sent where something says no: seen from outside the process, by its system calls, and at the other end.

use std::fs;
use std::process::Command;

use quillon_mock::{MockServer, Script, Wire};
use serde_json::{Value, json};

use crate::models::{answer, configure, row};
use crate::person::{Person, Said, binary};

/// System calls that open a way to another machine, or send on one.
const CALLS: &str = "trace=socket,connect,sendto,sendmsg,sendmmsg,bind";

/// Runs the binary under `strace`: what it said, and its calls to the network.
fn traced(person: &Person, line: &[&str]) -> (Said, Vec<String>) {
    let trace = person.home().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "64", "-e", CALLS, "-o"]).arg(&trace);
    command.arg(binary()).args(line);
    person.settle(&mut command);
    command.env("MODEL_KEY", "hush");
    let said = Said::of(command.output().unwrap());
    let is_call = |line: &&str| !line.contains("+++") && !line.contains("---");
    let calls = fs::read_to_string(&trace).unwrap().lines().filter(is_call).map(str::to_owned).collect();
    (said, calls)
}

fn ask(model: &str) -> [&str; 5] {
    ["chat", "--no-interactive", "--model", model, "what is the retry limit?"]
}

fn with_model(mock: &MockServer, change: impl FnOnce(&mut Value)) -> Person {
    let person = Person::with_parcels();
    let mut catalogue =
        json!({ "version": 1, "models": { "mine": row("openai-compatible", &mock.endpoint(), "device") } });
    change(&mut catalogue);
    configure(&person, &catalogue);
    person
}

fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// Asking `model` ends with this fault and opens nothing.
#[track_caller]
fn refused(mock: &MockServer, person: &Person, model: &str, exit: i32, code: &str) {
    let (said, calls) = traced(person, &ask(model));
    said.with_fault(exit, code);
    assert!(calls.is_empty(), "{code}: {calls:#?}");
    assert_eq!((mock.connections(), mock.seen().len()), (0, 0), "{code}");
}

#[test]
fn what_is_allowed_goes_to_its_endpoint_and_nowhere_else() {
    let mock = MockServer::start(Script::new(Wire::Chat, [answer()]));
    let person = with_model(&mock, |_| ());
    let (said, calls) = traced(&person, &ask("mine"));
    said.well().says("Three tries.");
    let connects: Vec<_> = calls.iter().filter(|call| call.contains("connect(")).collect();
    let port = format!("htons({})", mock.address().port());
    assert!(!connects.is_empty() && connects.iter().all(|call| call.contains(&port)), "{calls:#?}");
}

#[test]
fn another_region_costs_nothing() {
    let mock = MockServer::start(Script::new(Wire::Chat, []));
    let person = with_model(&mock, |catalogue| catalogue["models"]["mine"]["region"] = "us-east-1".into());
    refused(&mock, &person, "mine", 1, "region.refused");
    refused(&mock, &person, "auto", 1, "region.refused");
}

#[test]
fn a_policy_of_a_person_a_profile_or_a_repository_costs_nothing() {
    let mock = MockServer::start(Script::new(Wire::Chat, []));
    // What is attached to a profile is a boundary: it must allow what it leaves.
    let deny = json!([
        { "Effect": "Deny", "Action": "quillon:InvokeModel", "Resource": "*" },
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
    ]);
    for attached in ["principal/ada", "profile/local"] {
        let person = with_model(&mock, |_| ());
        person.write("no-models.json", policy(&deny));
        person.run(&["admin", "policy", "put", "no-models", "no-models.json"]).well();
        person.run(&["admin", "policy", "attach", "no-models", attached]).well();
        refused(&mock, &person, "mine", 1, "policy.refused");
        refused(&mock, &person, "auto", 1, "policy.refused");
        person.run(&["model", "list"]).well().says("refused: policy does not allow it");
    }
    let person = with_model(&mock, |_| ());
    person.write(".quillon/policy.json", policy(&deny));
    refused(&mock, &person, "mine", 1, "policy.refused");
}

/// What an organisation lets nobody do: only models on a list, by a guardrail over everybody.
#[test]
fn a_list_of_an_organisation_costs_what_is_not_on_it_nothing() {
    let mock = MockServer::start(Script::new(Wire::Chat, [answer()]));
    let person = with_model(&mock, |catalogue| {
        catalogue["models"]["other"] = catalogue["models"]["mine"].clone();
    });
    let listed = json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "quillon:InvokeModel",
          "NotResource": "arn:quillon:q:*:*:model/other" },
    ]);
    person.write("listed.json", policy(&listed));
    person.run(&["admin", "policy", "put", "listed", "listed.json"]).well();
    person.run(&["admin", "policy", "attach", "listed", "organisation"]).well();
    let (said, calls) = traced(&person, &ask("mine"));
    said.with_fault(1, "policy.refused");
    assert!(calls.is_empty() && mock.connections() == 0, "{calls:#?}");
    person.run(&["audit", "search", "--refused"]).well().says("model/mine");
    // What is on it may be asked, and `auto` finds it.
    let said = person.run(&ask("auto")).well().says("Three tries.");
    assert!(said.err.contains("answered by model `other`"), "{said:?}");
}

#[test]
fn what_is_not_configured_or_cannot_be_afforded_costs_nothing() {
    let mock = MockServer::start(Script::new(Wire::Chat, []));
    let person = with_model(&mock, |_| ());
    refused(&mock, &person, "nobody", 3, "model.unknown");
    person.run(&["settings", "quillon.chat.tokens", "1000"]).well();
    refused(&mock, &person, "mine", 1, "budget.exceeded");
    person.run(&["settings", "--delete", "quillon.chat.tokens"]).well();
    // Whoever chose no model sends nothing, whatever is configured.
    let (said, calls) = traced(&person, &ask("embedded"));
    said.well().says("RETRY_LIMIT");
    assert!(calls.is_empty() && mock.connections() == 0, "{calls:#?}");
}

#[test]
fn a_key_that_is_missing_or_a_request_that_is_wrong_costs_nothing() {
    let mock = MockServer::start(Script::new(Wire::Chat, []));
    let person = with_model(&mock, |catalogue| catalogue["models"]["mine"]["key"] = "env:NO_SUCH_KEY".into());
    refused(&mock, &person, "mine", 3, "credential.missing");
    let person = with_model(&mock, |catalogue| catalogue["models"]["mine"]["key"] = "vault:nothing".into());
    refused(&mock, &person, "mine", 3, "credential.missing");
    let person = with_model(&mock, |catalogue| {
        catalogue["models"]["mine"]["endpoint"] = "http://models.example/v1".into()
    });
    refused(&mock, &person, "mine", 2, "model.catalogue_invalid");
}
