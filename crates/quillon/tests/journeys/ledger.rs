//! The record that a person's own commands leave, and who finds what in it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::person::Person;

fn checkpoint(person: &Person) -> String {
    fs::read_to_string(person.ledger().join("checkpoint")).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(|_| ()).unwrap() }
    }
}

fn only_log(person: &Person) -> PathBuf {
    fs::read_dir(person.ledger().join("log")).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn a_flipped_byte_anywhere_is_found() {
    let person = Person::with_parcels();
    person.ask("where is the retry limit?").well();
    let log = only_log(&person);
    let whole = fs::read(&log).unwrap();
    let copied = person.home().join("copy");
    copy(&person.ledger(), &copied);
    let key = fs::read_to_string(person.ledger().join("key.pub")).unwrap();
    let target = copied.join("log").join(log.file_name().unwrap());
    // Every byte is flipped by the tests of the ledger itself; here a spread of them goes through the binary.
    for place in (0..whole.len()).step_by(whole.len() / 12) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&target, bytes).unwrap();
        let folder = copied.to_str().unwrap();
        let said = person.run(&["audit", "verify", "--folder", folder, "--key", key.trim()]);
        assert_eq!(said.code, Some(1), "byte {place}: {said:?}");
        assert!(said.out.contains("NOT what was written"), "{said:?}");
    }
}

#[test]
fn a_holder_of_an_older_checkpoint_finds_rollback_truncation_and_a_rewrite() {
    let person = Person::with_parcels();
    person.ask("where is the retry limit?").well();
    let backup = person.home().join("backup");
    copy(&person.ledger(), &backup);
    person.ask("where is the depot?").well();
    person.write("kept.checkpoint", checkpoint(&person));
    let verify = || person.run(&["audit", "verify", "--checkpoint", "kept.checkpoint"]);
    verify().well();

    // Rollback to a backup: all signatures are good, and still it is found.
    fs::remove_dir_all(person.ledger()).unwrap();
    copy(&backup, &person.ledger());
    assert_eq!(verify().code, Some(1), "rollback");

    // A whole rewrite with the same key.
    fs::remove_dir_all(person.ledger()).unwrap();
    for _ in 0..4 {
        person.ask("something else").well();
    }
    assert_eq!(verify().code, Some(1), "rewrite");
}

#[test]
fn reading_the_record_is_recorded_and_refusals_are_found() {
    let person = Person::with_parcels();
    person.write(
        ".quillon/policy.json",
        r#"{"Statement":[{"Effect":"Allow","Action":"quillon:*","Resource":"*"}]}"#,
    );
    person.ask("where is the retry limit?").with_fault(1, "policy.refused");
    let refused = person.run(&["audit", "search", "--action", "q:Send*", "--refused"]).well();
    assert!(refused.out.contains("refused"), "{refused:?}");
    person.run(&["audit", "tail"]).well().says("audit.search").says("ada");
}

#[test]
fn a_killed_process_leaves_an_interrupted_record() {
    let person = Person::with_parcels();
    let script =
        r#"{"version":1,"replies":[{"delay_ms":60000,"events":[{"type":"stop","reason":"finished"}]}]}"#;
    person.write("slow.json", script);
    let mut command = person.command(&["chat", "--no-interactive", "--model", "script:slow.json", "hello"]);
    let mut child = command.spawn().unwrap();
    for _ in 0..500 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let tail = fs::read_dir(person.ledger().join("log")).ok().and_then(|mut entries| entries.next());
        let text = tail.and_then(|entry| fs::read(entry.ok()?.path()).ok()).unwrap_or_default();
        if text.windows(11).any(|window| window == b"InvokeModel")
            || text.windows(12).any(|w| w == b"invoke_model")
        {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    person.run(&["whoami"]).well();
    person.run(&["audit", "tail", "--count", "100"]).well().says("was interrupted");
    person.run(&["audit", "verify"]).well();
}

#[test]
fn an_answer_leaves_a_receipt_and_another_machine_witnesses_the_log() {
    let (person, witness) = (Person::with_parcels(), Person::with_parcels());
    person.run(&["whoami", "--receipt", "mine.tlog-proof"]).well();
    person.run(&["audit", "verify", "--checkpoint", "mine.tlog-proof"]).well();
    person.run(&["whoami", "--receipt", "no/such/folder/x"]).with_fault(3, "file.unreadable");
    let json = person.run(&["whoami", "--receipt", "json.tlog-proof", "--output", "json"]).well();
    assert!(json.out.contains("\"receipt\""), "{json:?}");

    let request = person.run(&["audit", "witness", "--since", "0"]).well().out;
    witness.write("request", request.get(request.find("old 0").unwrap()..).unwrap());
    let key = fs::read_to_string(person.ledger().join("key.pub")).unwrap();
    let cosigned = witness.run(&["audit", "witness", "--log-key", key.trim(), "request"]).well().out;
    let checkpoint = cosigned.rfind("quillon/local/device/").unwrap();
    let checkpoint = &cosigned[cosigned[..checkpoint].rfind("\nquillon/").map_or(checkpoint, |at| at + 1)..];
    let keys = witness.run(&["audit", "witness"]).well().out;
    let key = keys.lines().find(|line| line.starts_with("quillon/witness/")).unwrap();
    person.write("cosigned", checkpoint);
    person.run(&["audit", "verify", "--checkpoint", "cosigned", "--witness", key]).well();
    witness.run(&["audit", "tail"]).well().says("cosign quillon/local/device");
}

/// A witness that serves, ended with the test.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(witness: &Person, log_keys: &[&str]) -> Self {
        let mut arguments = vec!["audit", "witness", "--listen", "127.0.0.1:0"];
        log_keys.iter().for_each(|key| arguments.extend(["--log-key", key]));
        let mut child = witness.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, address }
    }

    /// The status and the body of an answer.
    fn post(&self, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address.strip_prefix("http://").unwrap()).unwrap();
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_witness_serves_over_http_and_a_log_asks_it() {
    let (person, other, witness) = (Person::with_parcels(), Person::with_parcels(), Person::with_parcels());
    person.run(&["whoami"]).well();
    other.run(&["whoami"]).well();
    let key_of =
        |person: &Person| fs::read_to_string(person.ledger().join("key.pub")).unwrap().trim().to_owned();
    let keys = witness.run(&["audit", "witness"]).well().out;
    let key = keys.lines().find(|line| line.starts_with("quillon/witness/")).unwrap().to_owned();
    let serving = Serving::start(&witness, &[&key_of(&other), &key_of(&person)]);
    let ask =
        |person: &Person| person.run(&["audit", "witness", "--ask", &serving.address, "--witness-key", &key]);

    let cosigned = ask(&person).well().out;
    let checkpoint = &cosigned[cosigned.find("quillon/local/device/").unwrap()..];
    person.write("cosigned", checkpoint);
    person.run(&["audit", "verify", "--checkpoint", "cosigned", "--witness", &key]).well();
    // The witness saw an older state than the log guesses: it says which, and is asked once more.
    ask(&person).well();
    ask(&other).well();

    let request = |since: &str| {
        let said = person.run(&["audit", "witness", "--since", since]).well().out;
        said[said.find("old ").unwrap()..].to_owned()
    };
    let (status, size) = serving.post(&request("0"));
    assert_eq!(status, 409, "{size}");
    let (status, lines) = serving.post(&request(size.trim()));
    assert_eq!(
        (status, lines.lines().all(|line| line.starts_with("\u{2014} quillon/witness/"))),
        (200, true)
    );
    let (_, size) = serving.post(&request("0"));
    let good = request(size.trim());
    let mut proof: Vec<&str> = good.lines().collect();
    proof[1] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_eq!(serving.post(&(proof.join("\n") + "\n")).0, 422, "a wrong proof");
    assert_eq!(serving.post(&good.replacen("/local/", "/locas/", 1)).0, 404, "another log");
    let size_line = format!("\n{}\n", good.lines().skip_while(|line| !line.is_empty()).nth(2).unwrap());
    assert_eq!(serving.post(&good.replacen(&size_line, "\n999999\n", 1)).0, 403, "not signed");
    assert_eq!(serving.post("old x\n\n").0, 400);
    assert_eq!(serving.post(&good).0, 200, "no refusal changed anything");
    drop(serving);
    witness.run(&["audit", "search", "--action", "quillon:WitnessAudit"]).well().says("http");
    witness.run(&["audit", "verify"]).well();
}

#[test]
fn a_log_that_was_rolled_back_is_refused_by_its_witness() {
    let (person, witness) = (Person::with_parcels(), Person::with_parcels());
    person.run(&["whoami"]).well();
    let log_key = fs::read_to_string(person.ledger().join("key.pub")).unwrap().trim().to_owned();
    let keys = witness.run(&["audit", "witness"]).well().out;
    let key = keys.lines().find(|line| line.starts_with("quillon/witness/")).unwrap().to_owned();
    let serving = Serving::start(&witness, &[&log_key]);
    let ask = || person.run(&["audit", "witness", "--ask", &serving.address, "--witness-key", &key]);
    let backup = person.home().join("backup");
    copy(&person.ledger(), &backup);
    (0..8).for_each(|_| drop(person.run(&["whoami"]).well()));
    ask().well();
    fs::remove_dir_all(person.ledger()).unwrap();
    copy(&backup, &person.ledger());
    ask().with_fault(3, "witness.not_extended");
    // Grown again to where it was and further, it is another history.
    (0..16).for_each(|_| drop(person.run(&["whoami"]).well()));
    ask().with_fault(3, "witness.not_extended");
    // Something that speaks HTTP and is no witness, or one of another key, gets nothing believed.
    let stranger = Person::with_parcels();
    let keys = stranger.run(&["audit", "witness"]).well().out;
    let other = keys.lines().find(|line| line.starts_with("quillon/witness/")).unwrap().to_owned();
    let fresh = Serving::start(&stranger, &[&log_key]);
    let wrong = ["audit", "witness", "--ask", &fresh.address, "--witness-key", &key];
    person.run(&wrong).with_fault(3, "witness.lied");
    person.run(&["audit", "witness", "--ask", &fresh.address, "--witness-key", &other]).well();
}

/// The inflated text of every file below a folder that ends so.
fn unzipped(folder: &Path) -> Vec<(String, String)> {
    let found = Command::new("find").arg(folder).args(["-name", "*.json.gz"]).output().unwrap();
    let names = String::from_utf8(found.stdout).unwrap();
    let mut files: Vec<_> = names.lines().collect();
    files.sort_unstable();
    let text =
        |name: &&str| String::from_utf8(Command::new("gzip").arg("-dc").arg(name).output().unwrap().stdout);
    files.iter().map(|name| ((*name).to_owned(), text(name).unwrap())).collect()
}

#[test]
fn prompts_are_exported_in_the_layout_of_the_original_where_that_is_switched_on() {
    let person = Person::with_parcels();
    let folder = person.home().join("prompts");
    let export = || {
        let to = folder.to_str().unwrap();
        person.run(&["audit", "export", "--format", "prompt_log", "--account", "111122223333", "--to", to])
    };
    person.ask("where is the depot?").well();
    export().well().says("prompts sent");
    assert_eq!(unzipped(&folder), [], "it is off unless someone switches it on");
    person.run(&["settings", "quillon.promptLog", "on"]).well();
    person.ask("where is the retry limit? the key is AKIAQYLPMN5HIG7TVXBZ").well();
    export().well();
    let files = unzipped(&folder);
    let (name, text) = &files[0];
    let below = "/AWSLogs/111122223333/QDeveloperLogs/GenerateAssistantResponse/device/";
    assert!(files.len() == 1 && name.contains(below), "{files:?}");
    let file: serde_json::Value = serde_json::from_str(text).unwrap();
    let (request, response) = (
        &file["records"][0]["generateAssistantResponseEventRequest"],
        &file["records"][0]["generateAssistantResponseEventResponse"],
    );
    assert!(file["records"][1].is_null() && request["userId"] == "ada", "{text}");
    let prompt = request["prompt"].as_str().unwrap();
    assert!(prompt.starts_with("where is the retry limit?") && prompt.contains("[redacted "), "{text}");
    assert!(!text.contains("AKIAQYLPMN5HIG7TVXBZ"), "{text}");
    assert!(!response["assistantResponse"].as_str().unwrap().is_empty(), "{text}");
    // Who has the answer's request id finds its records.
    assert!(response["requestId"].as_str().unwrap().starts_with("req_"), "{text}");

    export().well();
    assert_eq!(unzipped(&folder).len(), 1, "what was sent is not sent again");
    person.ask("where is the depot?").well();
    person.run(&["settings", "quillon.promptLog", "off"]).well();
    person.ask("where is the parcel?").well();
    export().well();
    let texts: String = unzipped(&folder).into_iter().map(|(_, text)| text).collect();
    assert!(texts.contains("where is the depot?") && !texts.contains("where is the parcel?"), "{texts}");
    // The ledger says that it was switched, and holds none of it.
    person.run(&["audit", "search", "--action", "quillon:WriteSettings"]).well();
    let records = person.run(&["audit", "export", "--format", "jsonl"]).well().out;
    assert!(!records.contains("retry limit"), "{records}");
    let to = folder.to_str().unwrap();
    person.run(&["audit", "export", "--format", "jsonl", "--to", to]).with_fault(3, "sink.cursor_invalid");
}

#[test]
fn what_the_audit_log_keeps_is_shown_held_and_released() {
    let person = Person::with_parcels();
    person.run(&["admin", "audit", "show"]).well().says("365 days");
    person.run(&["admin", "audit", "hold", "case-7", "--reason", "dispute"]).well();
    person.run(&["admin", "audit", "show"]).well().says("case-7");
    person.run(&["admin", "audit", "release", "case-7", "--reason", "settled"]).well();
    person.run(&["settings", "quillon.audit.keep_days", "30"]).with_fault(2, "setting.invalid");
    person.run(&["settings", "quillon.audit.keep_days", "forever"]).well();
    person.run(&["admin", "audit", "prune"]).well();
    person.run(&["audit", "search", "--action", "quillon:WriteLedger"]).well().says("hold case-7");
}
