//! A model mends a real project with its own test runner, behind endpoints; it is killed and stopped in every way, and
//! nothing is lost, done twice, or left running.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use quillon_mock::{MockServer, Reply, Script, Wire};
use quillon_model::{ModelEvent, StopReason, TokenUsage};
use serde_json::{Value, json};

use crate::person::{Person, Said};

const TRUSTED: &str = "fs_write,execute_bash";
const RUN_TESTS: &str = "echo run >>.runs; python3 -m unittest -q";

/// A small library in a repository of git, with two faults that its tests find.
fn with_library() -> Person {
    let person = Person::new();
    person.write("README.md", "# Shelf\n\nLends books. Test it with `python3 -m unittest -q`.\n");
    person.write("AGENTS.md", "Run the tests before you are done. Never change a test.\n");
    person.write("shelf/AGENTS.md", "Docstrings are whole sentences.\n");
    person.write(".gitignore", "__pycache__/\n.runs\n.pid\n");
    person.write("shelf/__init__.py", "");
    person.write(
        "shelf/loans.py",
        "\"\"\"Loans of books.\"\"\"\n\nLOAN_DAYS = 21\n\n\ndef days_late(day_lent, day_back):\n    \
         \"\"\"Tells how many days too late a book came back.\"\"\"\n    return day_back - day_lent - LOAN_DAYS\n",
    );
    person.write(
        "shelf/fees.py",
        "\"\"\"What a late book costs.\"\"\"\n\nfrom shelf.loans import days_late\n\n\ndef fee(day_lent, day_back):\n    \
         \"\"\"Tells the fee in cents, at most the price of a book.\"\"\"\n    \
         return days_late(day_lent, day_back) * 10\n",
    );
    person.write("tests/__init__.py", "");
    person.write(
        "tests/test_shelf.py",
        "import unittest\n\nfrom shelf.fees import fee\nfrom shelf.loans import days_late\n\n\n\
         class Shelf(unittest.TestCase):\n    def test_a_book_in_time_is_not_late(self):\n        \
         self.assertEqual(days_late(1, 10), 0)\n\n    def test_a_late_book(self):\n        \
         self.assertEqual(days_late(1, 32), 10)\n\n    def test_a_fee_has_an_end(self):\n        \
         self.assertEqual(fee(1, 1000), 2500)\n\n    def test_a_fee(self):\n        self.assertEqual(fee(1, 32), 100)\n",
    );
    for line in ["init -q", "add .", "-c user.name=Ada -c user.email=ada@example.com commit -qm begin"] {
        git(&person, &line.split(' ').collect::<Vec<_>>()).well();
    }
    person
}

fn git(person: &Person, arguments: &[&str]) -> Said {
    let mut command = Command::new("git");
    command.args(arguments);
    person.settle(&mut command);
    Said::of(command.output().unwrap())
}

fn tests_pass(person: &Person) -> bool {
    let mut command = Command::new("python3");
    command.args(["-m", "unittest", "-q"]);
    person.settle(&mut command);
    command.output().unwrap().status.success()
}

/// Puts a model behind an endpoint.
fn with_model(person: &Person, mock: &MockServer, kind: &str) {
    let model = json!({
        "kind": kind, "endpoint": mock.endpoint(), "model": "the-model", "region": "eu-west-2",
        "window_tokens": 100_000, "price": { "input": 3, "output": 15 }, "key": "env:MODEL_KEY",
    });
    let catalogue = json!({ "version": 1, "regions": ["eu-west-2"], "models": { "mine": model } });
    std::fs::write(person.home().join("models.json"), catalogue.to_string()).unwrap();
}

fn call(id: &str, name: &str, arguments: &Value) -> Reply {
    let call = ModelEvent::ToolCall { id: id.into(), name: name.into(), arguments: arguments.to_string() };
    let usage = ModelEvent::Usage(TokenUsage { input: 900, output: 40, ..TokenUsage::default() });
    Reply::of([call, usage, ModelEvent::Stop { reason: StopReason::ToolUse }])
}

fn says(text: &str) -> Reply {
    let usage = ModelEvent::Usage(TokenUsage { input: 900, output: 9, ..TokenUsage::default() });
    let stop = ModelEvent::Stop { reason: StopReason::Finished };
    Reply::of([ModelEvent::Text { text: text.into() }, usage, stop])
}

fn read(path: &str) -> Value {
    json!({ "operations": [{ "mode": "Line", "path": path }] })
}

fn run(line: &str) -> Value {
    json!({ "command": line, "summary": "see" })
}

fn replace(path: &str, old: &str, new: &str) -> Value {
    json!({ "command": "str_replace", "path": path, "old_str": old, "new_str": new })
}

fn chat<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let line = ["chat", "--no-interactive", "--model", "mine", "--trust-tools", TRUSTED];
    line.iter().chain(more).copied().collect()
}

/// A command that says it has begun, and then never ends.
fn never_ends(marker: &str) -> Value {
    run(&format!("echo $$ >.pid; echo {marker} >>.runs; sleep 3000 & wait"))
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn runs(person: &Person) -> Vec<String> {
    let log = std::fs::read_to_string(person.space().join(".runs")).unwrap_or_default();
    log.lines().map(str::to_owned).collect()
}

/// Whether a process runs; one that is only not collected yet does not.
fn is_running(pid: &str) -> bool {
    let state = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

fn signal(signal: &str, pid: &str) {
    let _ = Command::new("kill").args([signal, "--", pid]).stderr(Stdio::null()).status();
}

fn started(person: &Person, arguments: &[&str]) -> Child {
    let mut command = person.command(arguments);
    command.env("MODEL_KEY", "sk-hush").stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn a_project_is_mended_over_fourteen_turns_two_providers_and_a_kill_while_a_command_runs() {
    let person = with_library();
    assert!(!tests_pass(&person));
    let tasks = json!(["see what fails", "mend loans", "mend fees", "note it"]);
    let plan = json!({ "command": "create", "todo_list_description": "mend the shelf", "tasks": tasks });
    let note =
        json!({ "command": "append", "path": "README.md", "new_str": "Late days are never negative." });
    let first = [
        call("a", "fs_read", &read("README.md"))
            .expecting("mend the failing tests")
            .expecting("Never change a test"),
        call("b", "todo_list", &plan).expecting("Lends books"),
        call("c", "execute_bash", &run(RUN_TESTS)).expecting("0. [ ] see what fails"),
        call("d", "fs_read", &read("shelf/loans.py"))
            .expecting("FAILED (failures=2)")
            .expecting("exit code 1"),
        call(
            "e",
            "fs_write",
            &replace(
                "shelf/loans.py",
                "return day_back - day_lent - LOAN_DAYS",
                "return max(0, day_back - day_lent - LOAN_DAYS)",
            ),
        )
        .expecting("Docstrings are whole sentences."),
        call("f", "fs_write", &note).expecting("wrote shelf/loans.py"),
        call("g", "execute_bash", &never_ends("first")).expecting("wrote README.md"),
    ];
    let mock = MockServer::start(Script::new(Wire::Messages, first).key("sk-hush"));
    with_model(&person, &mock, "anthropic");
    let mut child = started(&person, &chat(&["mend the failing tests"]));
    wait_until("the command", || runs(&person).contains(&"first".to_owned()));
    child.kill().unwrap();
    child.wait().unwrap();
    drop(mock);
    // Nobody can end what a killed program had started; that is why its call gets the result that it gets.
    let group = std::fs::read_to_string(person.space().join(".pid")).unwrap();
    signal("-KILL", &format!("-{}", group.trim()));

    let fee = replace(
        "shelf/fees.py",
        "    return days_late(day_lent, day_back) * 10\n",
        "    return min(BOOK_CENTS, days_late(day_lent, day_back) * 10)\n",
    );
    let constant = json!({ "command": "insert", "path": "shelf/fees.py", "insert_line": 3, "new_str": "\nBOOK_CENTS = 2500" });
    let completed = json!({ "command": "complete", "completed_indices": [0, 1, 2, 3] });
    let second = [
        call("a", "execute_bash", &run(RUN_TESTS))
            .expecting("mend the failing tests")
            .expecting("may have been done, partly done or not at all")
            .expecting("max(0, day_back")
            .expecting("go on"),
        call("a", "fs_read", &read("shelf/fees.py")).expecting("FAILED (failures=1)"),
        call("b", "fs_write", &fee).expecting("return days_late(day_lent, day_back) * 10"),
        call("c", "fs_write", &constant).expecting("replace lines 8 to 8"),
        call("d", "execute_bash", &run(RUN_TESTS)).expecting("BOOK_CENTS = 2500"),
        call("e", "todo_list", &completed).expecting("exit code 0"),
        says("Both faults are mended; the tests pass.").expecting("3. [x] note it"),
    ];
    let mock = MockServer::start(Script::new(Wire::Chat, second).key("sk-hush"));
    with_model(&person, &mock, "openai-compatible");
    let resumed = started(&person, &chat(&["--resume", "go on"])).wait_with_output().unwrap();
    Said::of(resumed).well().says("Both faults are mended");
    drop(mock);

    assert!(tests_pass(&person));
    assert_eq!(runs(&person), ["run", "first", "run", "run"], "nothing was run twice");
    let readme = std::fs::read_to_string(person.space().join("README.md")).unwrap();
    assert_eq!(readme.matches("never negative").count(), 1, "{readme}");
    let changed = git(&person, &["status", "--porcelain"]).well().out;
    assert_eq!(changed, " M README.md\n M shelf/fees.py\n M shelf/loans.py\n", "no test was changed");
    assert_is_recorded(&person);
    let list = person.run(&["conversation", "list", "--output", "json"]).well();
    assert_eq!(list.out.matches("cnv_").count(), 1, "one conversation: {list:?}");
}

/// The ledger is whole, and has every change exactly once.
fn assert_is_recorded(person: &Person) {
    person.run(&["audit", "verify"]).well().says("The ledger is what was written");
    let tail = person.run(&["audit", "tail", "--count", "400", "--output", "jsonl"]).well().out;
    let count = |part: &str| tail.matches(part).count();
    for (part, times) in [
        ("fs_write: shelf/loans.py", 1),
        ("fs_write: README.md", 1),
        ("fs_write: shelf/fees.py", 2),
        ("execute_bash: echo run", 3),
        ("execute_bash: echo $$", 1),
    ] {
        assert_eq!(count(part), times, "{part}: {tail}");
    }
    assert!(count("interrupted") >= 1 && !tail.contains("sk-hush"), "{tail}");
}

fn script(person: &Person, name: &str, replies: &[Value]) {
    let script = json!({ "version": 1, "name": name, "replies": replies });
    person.write(&format!("{name}.json"), script.to_string());
}

#[test]
fn whatever_stops_a_turn_ends_its_command_and_leaves_a_conversation_that_goes_on() {
    let call = |expects: &[&str], name: &str, arguments: &Value| {
        json!({ "expects": expects, "events": [
            { "type": "tool_call", "id": "1", "name": name, "arguments": arguments.to_string() },
            { "type": "stop", "reason": "tool_use" } ] })
    };
    for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let person = with_library();
        let note = json!({ "command": "append", "path": "README.md", "new_str": "Noted." });
        script(
            &person,
            "first",
            &[call(&[], "fs_write", &note), call(&["wrote README.md"], "execute_bash", &never_ends("x"))],
        );
        let says = json!({ "expects": ["note it", "wrote README.md", "may have been done", "go on"], "events": [
            { "type": "text", "text": "All is well." }, { "type": "stop", "reason": "finished" } ] });
        script(&person, "second", &[says]);
        let first =
            ["chat", "--no-interactive", "--model", "script:first.json", "--trust-tools", TRUSTED, "note it"];
        let child = started(&person, &first);
        wait_until("the command", || runs(&person).contains(&"x".to_owned()));
        let shell = std::fs::read_to_string(person.space().join(".pid")).unwrap();
        assert!(is_running(shell.trim()), "{name}");
        signal(name, &child.id().to_string());
        let said = Said::of(child.wait_with_output().unwrap());
        assert_eq!(said.code, Some(code), "{name}: {said:?}");
        assert!(!is_running(shell.trim()), "{name}: its command still runs");
        let second = ["chat", "--no-interactive", "--resume", "--model", "script:second.json", "go on"];
        person.run(&second).well().says("All is well.");
        person.run(&["audit", "verify"]).well().says("The ledger is what was written");
        let tail = person.run(&["audit", "tail", "--count", "200"]).well().out;
        assert!(tail.contains("cancelled") && !tail.contains("interrupted"), "{name}: {tail}");
    }
}

#[test]
fn a_stopped_first_answer_is_remembered() {
    let person = with_library();
    let slow: Vec<_> = (0..600).map(|_| json!({ "type": "text", "text": "Loans are " })).collect();
    let slow: Vec<_> = slow.into_iter().chain([json!({ "type": "stop", "reason": "finished" })]).collect();
    script(&person, "first", &[json!({ "delay_ms": 100, "events": slow })]);
    let says = json!({ "expects": ["what is late?", "Loans are", "go on"], "events": [
        { "type": "text", "text": "Done." }, { "type": "stop", "reason": "finished" } ] });
    script(&person, "second", &[says]);
    let mut child = started(
        &person,
        &["chat", "--no-interactive", "--output", "jsonl", "--model", "script:first.json", "what is late?"],
    );
    // The reader stays until the end: without one the answer would stop by itself.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.contains("Loans are")));
    signal("-INT", &child.id().to_string());
    let rest: Vec<_> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    let second = ["chat", "--no-interactive", "--resume", "--model", "script:second.json", "go on"];
    person.run(&second).well().says("Done.");
}
