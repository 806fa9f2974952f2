//! `auto`: the first model that region, policy and what is asked allow, and the next when it fails before its first word.

use quillon_mock::{Ending, MockServer, NOBODY, Reply, Script, Wire};
use quillon_model::{ModelEvent, StopReason};
use serde_json::{Value, json};

use crate::models::{answer, configure, row};
use crate::person::{Person, Said};

fn ask(person: &Person) -> Said {
    person.run(&["chat", "--no-interactive", "--model", "auto", "what is the retry limit?"])
}

fn mock(replies: impl IntoIterator<Item = Reply>) -> MockServer {
    MockServer::start(Script::new(Wire::Chat, replies))
}

/// Someone with these models, preferred in this order.
fn with(models: &[(&str, Value)]) -> Person {
    let person = Person::with_parcels();
    let order: Vec<_> = models.iter().map(|(name, _)| *name).collect();
    let models: serde_json::Map<_, _> =
        models.iter().map(|(name, row)| ((*name).to_owned(), row.clone())).collect();
    configure(&person, &json!({ "version": 1, "order": order, "models": models }));
    person
}

fn at(mock: &MockServer) -> Value {
    row("openai-compatible", &mock.endpoint(), "device")
}

#[test]
fn the_first_that_may_answers_and_what_was_left_out_is_said_and_recorded() {
    let (abroad, forbidden, good, spare) = (mock([]), mock([]), mock([answer()]), mock([]));
    let person = with(&[
        ("abroad", row("openai-compatible", &abroad.endpoint(), "us-east-1")),
        ("forbidden", at(&forbidden)),
        ("good", at(&good)),
        ("spare", at(&spare)),
    ]);
    let deny = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Deny", "Action": "quillon:InvokeModel", "Resource": "arn:quillon:q:*:*:model/forbidden" },
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
    ] });
    person.write(".quillon/policy.json", deny.to_string());
    let said = ask(&person).well().says("Three tries.");
    let told = "model `good` in `device` is asked; not `abroad`: its region is not allowed; not `forbidden`: policy does not allow it";
    assert!(said.err.contains(told), "{said:?}");
    assert!(said.err.contains("answered by model `good`"), "{said:?}");
    for other in [&abroad, &forbidden, &spare] {
        assert_eq!(other.connections(), 0);
    }
    let tail = person.run(&["audit", "tail", "--count", "50"]).well();
    assert!(tail.out.contains("chosen by `auto`") && tail.out.contains("model/good"), "{tail:?}");
    person.run(&["model", "use", "auto"]).well();
    let list = person.run(&["model", "list"]).well();
    let list = list.says("answers now, chosen by `auto`").says("refused: its region is not allowed");
    list.says("refused: policy does not allow it");
    person.run(&["model", "show", "spare"]).well().says("as number 4");
}

#[test]
fn the_next_is_asked_when_one_fails_before_its_first_word_and_never_after_it() {
    let refusing = MockServer::start(Script::new(Wire::Chat, []).key("another"));
    let (broken, good) = (mock([Reply::chunks(["data: nonsense\n\n"])]), mock([answer()]));
    let person = with(&[
        ("gone", row("openai-compatible", NOBODY, "device")),
        ("refusing", at(&refusing)),
        ("broken", at(&broken)),
        ("good", at(&good)),
    ]);
    let said = ask(&person).well().says("Three tries.");
    for part in [
        "`gone` does not answer",
        "`refusing` does not answer",
        "`broken` does not answer",
        "by model `good`",
    ] {
        assert!(said.err.contains(part), "{part}: {said:?}");
    }
    let tail = person.run(&["audit", "tail", "--count", "50"]).well();
    for model in ["model/gone", "model/refusing", "model/broken", "model/good"] {
        assert!(tail.out.contains(model), "{model}: {tail:?}");
    }

    let text = ModelEvent::Text { text: "Half an answer".into() };
    let (half, unasked) = (mock([Reply::of([text]).ending(Ending::Cut)]), mock([]));
    let person = with(&[("half", at(&half)), ("unasked", at(&unasked))]);
    ask(&person).says("Half an answer").with_fault(3, "network.broken");
    assert_eq!((half.connections(), unasked.connections()), (1, 0));
}

#[test]
fn a_model_that_calls_no_tools_comes_after_one_that_does() {
    let (plain, able) = (mock([]), mock([answer()]));
    let mut row = at(&plain);
    row["tools"] = false.into();
    let person = with(&[("plain", row.clone()), ("able", at(&able))]);
    let said = ask(&person).well();
    assert!(said.err.contains("`able` in `device` is asked; not `plain`: it calls no tools"), "{said:?}");
    // Alone it answers all the same, without tools.
    let stop = ModelEvent::Stop { reason: StopReason::Finished };
    let only = mock([Reply::of([ModelEvent::Text { text: "Three.".into() }, stop]).refusing("\"tools\"")]);
    row["endpoint"] = only.endpoint().into();
    ask(&with(&[("only", row)])).well().says("Three.");
}

#[test]
fn when_nobody_may_be_asked_the_reason_is_said_and_nobody_else_answers() {
    let abroad = mock([]);
    let person = with(&[("abroad", row("openai-compatible", &abroad.endpoint(), "us-east-1"))]);
    ask(&person).with_fault(1, "region.refused");
    assert_eq!(abroad.connections(), 0);
    // Without any model the embedded engine is what there is to choose from.
    ask(&with(&[])).well().says("RETRY_LIMIT");
}
