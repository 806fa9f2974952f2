//! A newcomer asks about a folder, with no model, no account and no network.

use serde_json::Value;

use crate::person::Person;

#[test]
fn the_first_question_is_answered_with_a_place_and_who_answered() {
    let person = Person::with_parcels();
    person
        .ask("where is the retry limit?")
        .well()
        .says("src/retry.rs:")
        .says("RETRY_LIMIT: u32 = 3")
        .says("embedded engine")
        .says_not("99");
    person.run(&["audit", "verify"]).well().says("The ledger is what was written");
}

#[test]
fn what_is_not_there_is_said() {
    let person = Person::with_parcels();
    let said = person.ask("where is the blockchain consensus algorithm?").well();
    assert!(!said.out.contains("src/retry.rs"), "{said:?}");
}

#[test]
fn json_is_one_document_and_jsonl_one_event_a_line() {
    let person = Person::with_parcels();
    let ask = |output: &str| {
        person.run(&["chat", "--no-interactive", "--output", output, "where is the retry limit?"]).well().out
    };
    let document: Value = serde_json::from_str(&ask("json")).unwrap();
    assert!(document.to_string().contains("src/retry.rs"), "{document}");
    assert!(document.to_string().contains("\"embedded\""), "{document}");
    let lines = ask("jsonl");
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.last().unwrap()["event"], "end", "{lines}");
    assert_eq!(events.last().unwrap()["answerer"]["by"], "embedded");
    assert!(events.iter().any(|event| event["event"] == "reference"));
}

#[test]
fn a_prompt_comes_from_standard_input_too() {
    let person = Person::with_parcels();
    person
        .run_with(&["chat", "--no-interactive"], b"where is the retry limit?\n")
        .well()
        .says("src/retry.rs:");
    person.run_with(&[], b"where is the retry limit?\n").well().says("src/retry.rs:");
}

#[test]
fn a_conversation_is_kept_sealed_goes_on_and_can_be_deleted() {
    let person = Person::with_parcels();
    person.ask("where is the retry limit?").well();
    person.run(&["chat", "--no-interactive", "--resume", "and the depot?"]).well().says("web/depot.py:");
    let list = person.run(&["conversation", "list", "--output", "json"]).well();
    let id = list.out.split('"').find(|word| word.starts_with("cnv_")).expect("an id").to_owned();
    person.run(&["conversation", "show", &id]).well().says("retry limit").says("depot");
    for file in files(&person.home()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(11).any(|window| window == b"retry limit");
        assert!(!found, "a question lies open in {}", file.display());
    }
    person.run(&["conversation", "delete", &id]).well();
    person.run(&["conversation", "list"]).well().says_not(&id);
}

#[test]
fn an_ephemeral_question_leaves_a_record_and_no_conversation() {
    let person = Person::with_parcels();
    person.run(&["--ephemeral", "chat", "--no-interactive", "where is the retry limit?"]).well();
    person.run(&["conversation", "list"]).well().says_not("cnv_");
    person.run(&["audit", "tail"]).well().says("chat");
}

#[test]
fn a_scripted_model_is_called_by_its_name() {
    let person = Person::with_parcels();
    let script = r#"{"version":1,"name":"greeting","repeat":true,"replies":[{"expects":["src/retry.rs"],"events":[
        {"type":"text","text":"Three tries."},{"type":"usage","input":9,"output":2},{"type":"stop","reason":"finished"}]}]}"#;
    person.write("script.json", script);
    let arguments = ["chat", "--no-interactive", "--model", "script:script.json", "what is the retry limit?"];
    let said = person.run(&arguments).well().says("Three tries.");
    assert!(said.err.contains("answered by script `script:greeting`"), "{said:?}");
    person.run(&["audit", "tail"]).well().says("script:greeting");
    person.run(&["model", "use", "script:script.json"]).well();
    person.ask("what is the retry limit?").well().says("Three tries.");
    person.run(&["model", "list"]).well().says("script:greeting");
    person.run(&["model", "use", "embedded"]).well();
    person.ask("what is the retry limit?").well().says("embedded engine");
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
