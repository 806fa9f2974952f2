//! Keys of providers in the vault: they go in by a question, come out with a request, and stand nowhere else.

use std::fs;
use std::path::Path;

use quillon_mock::{MockServer, Script, Wire};
use serde_json::json;

use crate::models::{answer, configure, row};
use crate::person::{Person, Said};

/// A key of no shape that redaction knows, so that nothing hides it by chance.
const KEY: &str = "hush-4711-hush-0815";

fn with_model(mock: &MockServer) -> Person {
    let person = Person::with_parcels();
    let mut model = row("openai-compatible", &mock.endpoint(), "device");
    model["key"] = "vault:acme/eu".into();
    configure(&person, &json!({ "version": 1, "models": { "mine": model } }));
    person
}

fn ask(person: &Person) -> Said {
    person.run(&["chat", "--no-interactive", "--model", "mine", "what is the retry limit?"])
}

/// No file below a folder holds the key, in any form that a look would find.
fn assert_nowhere(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            assert_nowhere(&path);
            continue;
        }
        let content = fs::read(&path).unwrap();
        let holds = |text: &[u8]| content.windows(text.len()).any(|part| part == text);
        let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!holds(KEY.as_bytes()) && !holds(hex.as_bytes()), "{} holds the key", path.display());
    }
}

#[test]
fn a_key_is_kept_used_shown_by_its_fingerprint_and_removed() {
    let script = Script::new(Wire::Chat, [answer(), answer()]).key(KEY);
    let mock = MockServer::start(script);
    let person = with_model(&mock);
    let missing = ask(&person).with_fault(3, "credential.missing");
    assert!(missing.err.contains("quillon model key set acme/eu"), "{missing:?}");
    assert_eq!(mock.connections(), 0);

    let set = person.run_with(&["model", "key", "set", "acme/eu"], format!("{KEY}\n").as_bytes()).well();
    set.says("Key `acme/eu` is kept; its fingerprint is ").says("It is used by `mine`.");
    let first = ask(&person).well().says("Three tries.");
    let shown = person.run(&["model", "key", "show", "acme/eu"]).well();
    let shown = shown.says("acme/eu").says("`mine`");
    let all = person.run(&["model", "key", "--output", "json"]).well().says("acme/eu");
    let model = person.run(&["model", "show", "mine"]).well().says("vault:acme/eu");
    let tail = person.run(&["audit", "tail", "--count", "100"]).well();
    for part in ["model.key.write", "model.key.read"] {
        assert!(tail.out.contains(part), "{tail:?}");
    }
    let search = person.run(&["audit", "search", "--output", "json"]).well();
    assert!(!format!("{first:?}{shown:?}{all:?}{model:?}{tail:?}{search:?}").contains(KEY));
    assert_nowhere(&person.home());

    // Another key in its place: the provider refuses it, and the fault says which to renew.
    person.run_with(&["model", "key", "set", "acme/eu"], b"hush-expired").well();
    let refused = ask(&person).with_fault(1, "model.key_refused");
    assert!(refused.err.contains("quillon model key set") && !refused.err.contains("hush"), "{refused:?}");
    person.run_with(&["model", "key", "set", "acme/eu"], KEY.as_bytes()).well();
    ask(&person).well().says("Three tries.");

    person.run(&["model", "key", "remove", "acme/eu"]).well().says("It is missing to `mine`.");
    person.run(&["model", "key", "remove", "acme/eu"]).with_fault(3, "store.missing");
    person.run(&["model", "key", "show", "acme/eu"]).with_fault(3, "store.missing");
    person.run(&["model", "key", "show"]).well().says("keeps no key");
    ask(&person).with_fault(3, "credential.missing");
    assert_nowhere(&person.home());
}

#[test]
fn what_is_no_key_or_no_name_is_refused_and_not_repeated() {
    let person = Person::new();
    let check = |line: &[&str], input: &[u8], code: &str| {
        let said = person.run_with(line, input);
        assert!(said.err.contains(&format!("[{code}]")) && said.err.contains("hint: "), "{said:?}");
        assert!(!format!("{said:?}").contains("hush"), "{said:?}");
    };
    check(&["model", "key", "set", "a"], b"", "input.invalid");
    check(&["model", "key", "set", "a"], b" \n", "input.invalid");
    check(&["model", "key", "set", "a"], b"ANTHROPIC_API_KEY=hush\nOTHER=hush", "input.invalid");
    check(&["model", "key", "set", "a"], b"hush\xff\xfe\x00", "file.binary");
    check(&["model", "key", "set", "sk hush"], b"x", "input.invalid");
    check(&["model", "key", "set", "../hush!"], b"x", "input.invalid");
    // A second word is no place for a key: it is not taken, and stands in no record.
    let said = person.run(&["model", "key", "set", "a", "hush"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    person.run(&["model", "key", "show"]).well().says("keeps no key");
}

#[test]
fn who_may_not_change_keys_does_not() {
    let person = Person::new();
    let deny = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Deny", "Action": "quillon:WriteModelKeys", "Resource": "*" },
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
    ] });
    person.write(".quillon/policy.json", deny.to_string());
    person.run_with(&["model", "key", "set", "a"], KEY.as_bytes()).with_fault(1, "policy.refused");
    person.run(&["model", "key", "show"]).well().says("keeps no key");
}
