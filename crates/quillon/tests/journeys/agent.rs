//! A model works in a repository: it reads, changes, runs, is killed half way, and goes on.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::person::{Person, Said};

const TRUSTED: &str = "fs_write,execute_bash";

/// Someone whose repository has a failing test: parcels above a kilogram cost too little, and the heaviest nothing.
fn with_failing_test() -> Person {
    let person = Person::new();
    person.write("README.md", "# Postage\n\nWhat a parcel costs. Test it with `bash test.sh`.\n");
    person.write("AGENTS.md", "Run `bash test.sh` before you are done. Never change the tests.\n");
    person.write(
        "lib/price.sh",
        "# Prints the price of a parcel of so many grams, in cents.\nprice() {\n  local grams=$1\n  \
         if [ \"$grams\" -le 1000 ]; then\n    echo 300\n  elif [ \"$grams\" -lt 5000 ]; then\n    echo 300\n  \
         elif [ \"$grams\" -le 20000 ]; then\n    echo 900\n  else\n    echo 0\n  fi\n}\n",
    );
    person.write(
        "test.sh",
        "source lib/price.sh\nfailed=0\ncheck() {\n  local found; found=$(price \"$1\")\n  \
         [ \"$found\" = \"$2\" ] || { echo \"price $1 is $found, not $2\"; failed=1; }\n}\n\
         check 500 300\ncheck 4000 600\ncheck 20000 900\ncheck 30000 1500\n\
         [ $failed = 0 ] && echo 'all tests passed'\nexit $failed\n",
    );
    for arguments in [&["init", "-q"][..], &["add", "."]] {
        let mut command = Command::new("git");
        command.args(arguments);
        person.settle(&mut command);
        Said::of(command.output().unwrap()).well();
    }
    person
}

fn test(person: &Person) -> Said {
    let mut command = Command::new("bash");
    command.arg("test.sh");
    person.settle(&mut command);
    Said::of(command.output().unwrap())
}

/// A reply that calls one tool, given that the request holds these texts.
fn call(expects: &[&str], id: &str, name: &str, arguments: &Value) -> Value {
    json!({ "expects": expects, "events": [
        { "type": "tool_call", "id": id, "name": name, "arguments": arguments.to_string() },
        { "type": "usage", "input": 900, "output": 40 },
        { "type": "stop", "reason": "tool_use" }
    ] })
}

fn says(expects: &[&str], text: &str) -> Value {
    json!({ "expects": expects, "events": [
        { "type": "text", "text": text }, { "type": "usage", "input": 900, "output": 9 },
        { "type": "stop", "reason": "finished" }
    ] })
}

fn script(person: &Person, name: &str, replies: &[Value]) {
    let script = json!({ "version": 1, "name": name, "replies": replies });
    person.write(&format!("{name}.json"), script.to_string());
}

fn read(path: &str) -> Value {
    json!({ "operations": [{ "mode": "Line", "path": path }] })
}

fn replace(old: &str, new: &str) -> Value {
    json!({ "command": "str_replace", "path": "lib/price.sh", "old_str": old, "new_str": new })
}

fn run_test() -> Value {
    json!({ "command": "bash test.sh", "summary": "see what fails" })
}

/// The first half: it finds out, plans, and makes one change. Its seventh answer never ends.
fn first_half() -> Vec<Value> {
    let tasks = json!(["see what fails", "mend the middle price", "mend the heaviest"]);
    let plan = json!({ "command": "create", "todo_list_description": "mend the prices", "tasks": tasks });
    let slow: Vec<_> = (0..600).map(|_| json!({ "type": "text", "text": "now the heaviest " })).collect();
    let slow = slow.into_iter().chain([json!({ "type": "stop", "reason": "finished" })]).collect::<Vec<_>>();
    vec![
        call(&["mend the failing test", "Never change the tests"], "1", "fs_read", &read("README.md")),
        call(&["Test it with"], "2", "todo_list", &plan),
        call(&["0. [ ] see what fails"], "3", "execute_bash", &run_test()),
        call(
            &["price 4000 is 300, not 600", "exit code 1"],
            "4",
            "search",
            &json!({ "pattern": "^price\\(" }),
        ),
        call(&["lib/price.sh:2:price() {"], "5", "fs_read", &read("lib/price.sh")),
        // Indented otherwise than in the file.
        call(
            &["elif [ \"$grams\" -lt 5000 ]"],
            "6",
            "fs_write",
            &replace(
                "elif [ \"$grams\" -lt 5000 ]; then\n  echo 300\n",
                "elif [ \"$grams\" -le 5000 ]; then\n  echo 600\n",
            ),
        ),
        json!({ "delay_ms": 100, "events": slow }),
    ]
}

/// The second half, by a process that knows only what was kept.
fn second_half() -> Vec<Value> {
    let completed = json!({ "command": "complete", "completed_indices": [0, 1, 2] });
    vec![
        call(
            &[
                "mend the failing test",
                "-le 5000",
                "which was kept",
                "2. [ ] mend the heaviest",
                "go on, please",
            ],
            "7",
            "execute_bash",
            &run_test(),
        ),
        call(&["price 30000 is 0, not 1500"], "8", "fs_write", &replace("    echo 0\n", "    echo 1500\n")),
        call(&["replace lines 11 to 11"], "9", "execute_bash", &run_test()),
        call(&["all tests passed", "exit code 0"], "10", "todo_list", &completed),
        says(&["2. [x] mend the heaviest"], "All prices are right now; `bash test.sh` passes."),
    ]
}

#[test]
fn a_failing_test_is_mended_over_ten_steps_and_a_kill() {
    let person = with_failing_test();
    assert_eq!(test(&person).code, Some(1));
    script(&person, "first", &first_half());
    script(&person, "second", &second_half());

    let line = [
        "chat",
        "--no-interactive",
        "--output",
        "jsonl",
        "--model",
        "script:first.json",
        "--trust-tools",
        TRUSTED,
    ];
    let mut command = person.command(&line);
    command.arg("mend the failing test").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let thinking = lines.map_while(Result::ok).find(|line| line.contains("now the heaviest"));
    assert!(thinking.is_some(), "{:?}", Said::of(child.wait_with_output().unwrap()));
    child.kill().unwrap();
    child.wait().unwrap();
    let half = std::fs::read_to_string(person.space().join("lib/price.sh")).unwrap();
    assert!(half.contains("    echo 600\n") && half.contains("    echo 0\n"), "{half}");

    let line =
        ["chat", "--no-interactive", "--resume", "--model", "script:second.json", "--trust-tools", TRUSTED];
    person
        .command(&line)
        .arg("go on, please")
        .output()
        .map(Said::of)
        .unwrap()
        .well()
        .says("All prices are right now");
    test(&person).well().says("all tests passed");

    person.run(&["audit", "verify"]).well().says("The ledger is what was written");
    let tail = person.run(&["audit", "tail", "--count", "200"]).well();
    for part in [
        "execute_bash: bash test.sh; trusted by the asker",
        "fs_write: lib/price.sh",
        "interrupted",
        "script:second",
    ] {
        assert!(tail.out.contains(part), "{part}: {}", tail.out);
    }
    let list = person.run(&["conversation", "list", "--output", "json"]).well();
    assert_eq!(list.out.matches("cnv_").count(), 1, "one conversation: {list:?}");
}

#[test]
fn what_needs_an_approval_is_refused_where_nobody_is_there() {
    let person = with_failing_test();
    let replies = [
        call(&[], "1", "execute_bash", &json!({ "command": "touch was-here" })),
        call(&["nobody is there to give it"], "2", "fs_write", &replace("echo 0", "echo 1")),
        says(&["nobody is there to give it"], "I may not."),
    ];
    script(&person, "eager", &replies);
    person.run(&["chat", "--no-interactive", "--model", "script:eager.json", "go"]).well().says("I may not.");
    assert!(!person.space().join("was-here").exists());
    assert!(std::fs::read_to_string(person.space().join("lib/price.sh")).unwrap().contains("echo 0"));
    let refusals = person.run(&["audit", "tail", "--count", "100"]).well().out;
    assert!(refusals.contains("nobody to approve"), "{refusals}");
}

#[test]
fn a_repository_can_forbid_the_model_and_a_tool() {
    let deny = |action: &str, resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Deny", "Action": action, "Resource": resource },
            { "Effect": "Allow", "Action": "*", "Resource": "*" }
        ] })
        .to_string()
    };
    let person = with_failing_test();
    // A script without replies fails on the first request; that none comes shows in the code.
    script(&person, "silent", &[]);
    person.write(".quillon/policy.json", deny("quillon:InvokeModel", "*"));
    let line = ["chat", "--no-interactive", "--model", "script:silent.json", "--trust-all-tools", "go"];
    person.run(&line).with_fault(1, "policy.refused");

    person.write(".quillon/policy.json", deny("quillon:CallTool", "arn:quillon:q:*:*:tool/execute_bash"));
    let replies = [
        call(&[], "1", "execute_bash", &json!({ "command": "touch was-here" })),
        says(&["[policy.refused]"], "I may not."),
    ];
    script(&person, "eager", &replies);
    let line = ["chat", "--no-interactive", "--model", "script:eager.json", "--trust-all-tools", "go"];
    person.run(&line).well().says("I may not.");
    assert!(!person.space().join("was-here").exists());
}

#[test]
fn a_command_gets_no_secrets_and_ends_with_the_turn() {
    let person = with_failing_test();
    let line = "env; (sleep 300 & echo $! >child); cat child";
    let replies = [
        call(&[], "1", "execute_bash", &json!({ "command": line })),
        says(&["AWS_EXECUTION_ENV=Quillon"], "ok"),
    ];
    script(&person, "env", &replies);
    let mut command = person.command(&[
        "chat",
        "--no-interactive",
        "--model",
        "script:env.json",
        "--trust-all-tools",
        "go",
    ]);
    let said = Said::of(command.env("GITHUB_TOKEN", "hush-hush").output().unwrap()).well();
    assert!(!said.out.contains("hush-hush") && !said.err.contains("hush-hush"), "{said:?}");
    let child = std::fs::read_to_string(person.space().join("child")).unwrap();
    // A process that is only not collected yet runs no more.
    let state = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "what the command left behind still runs: {state}");
}

#[test]
fn no_tool_acts_before_its_record_is_on_the_disk() {
    let person = with_failing_test();
    let replies = [
        call(&[], "1", "fs_write", &json!({ "command": "create", "path": "made.txt", "file_text": "x" })),
        call(&[], "2", "execute_bash", &json!({ "command": "/bin/true" })),
        says(&[], "ok"),
    ];
    script(&person, "acts", &replies);
    person.run(&["whoami"]).well();
    let trace = person.home().join("trace");
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-y",
        "-s",
        "64",
        "-e",
        "trace=fdatasync,openat,openat2,renameat,renameat2,linkat,execve",
        "-o",
    ]);
    command.arg(&trace).arg(crate::person::binary());
    command.args(["chat", "--no-interactive", "--trust-all-tools", "--model", "script:acts.json", "go"]);
    person.settle(&mut command);
    Said::of(command.output().unwrap()).well();
    let calls = std::fs::read_to_string(&trace).unwrap();
    let lines: Vec<&str> = calls.lines().collect();
    let is_sync = |line: &str| line.contains("fdatasync(") && line.contains("/log/");
    let is_about = |line: &str| line.contains("made.txt");
    let looked_at = lines.iter().position(|line| is_about(line)).expect("the file was looked at");
    let made = lines.iter().rposition(|line| is_about(line)).expect("the file was made");
    let ran = lines.iter().position(|line| line.contains("[\"bash\", \"-c\"")).expect("the command ran");
    let synced = |from: usize, to: usize| lines[from..to].iter().filter(|line| is_sync(line)).count();
    assert!(synced(0, looked_at) >= 1, "a file was looked at before its record:\n{calls}");
    assert!(looked_at < made && synced(looked_at, made) >= 1, "a file was made before its record:\n{calls}");
    assert!(made < ran && synced(made, ran) >= 1, "a command ran before its record:\n{calls}");
}
