//! What a model might try, or stumble into: links to what governs, files in every encoding, floods of output, broken
//! pictures. Each through the built binary and a real disk.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::person::{Person, Said};

fn script(person: &Person, replies: &[Value]) {
    let script = json!({ "version": 1, "name": "s", "replies": replies });
    person.write("s.json", script.to_string());
}

fn calls(expects: &[&str], calls: &[(&str, Value)]) -> Value {
    let events = calls.iter().enumerate().map(|(place, (name, arguments))| {
        json!({ "type": "tool_call", "id": place.to_string(), "name": name, "arguments": arguments.to_string() })
    });
    let events: Vec<_> = events.chain([json!({ "type": "stop", "reason": "tool_use" })]).collect();
    json!({ "expects": expects, "events": events })
}

fn says(expects: &[&str]) -> Value {
    json!({ "expects": expects, "events": [
        { "type": "text", "text": "That is all." }, { "type": "stop", "reason": "finished" } ] })
}

fn go(person: &Person) -> Said {
    person.run(&["chat", "--no-interactive", "--model", "script:s.json", "--trust-all-tools", "go"])
}

fn create(path: &str) -> (&'static str, Value) {
    ("fs_write", json!({ "command": "create", "path": path, "file_text": "taken over\n" }))
}

#[test]
fn no_name_for_what_governs_gets_round_what_governs() {
    const POLICY: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let person = Person::with_parcels();
    person.write(".quillon/policy.json", POLICY);
    person.write(".amazonq/rules/a.md", "Rule.\n");
    person.write("AGENTS.md", "Guidance.\n");
    person.write(".git/config", "[core]\n");
    let link = |to: &str, from: &str| symlink(to, person.space().join(from)).unwrap();
    link(".quillon/policy.json", "notes.md");
    link(".quillon", "settings");
    link(".amazonq/rules", "docs");
    link("AGENTS.md", "src/hint.md");
    link(".git", "git");
    link("../outside", "out");
    std::fs::hard_link(person.space().join(".quillon/policy.json"), person.space().join("hard.txt")).unwrap();
    let names = [
        ("notes.md", "no tool changes it"),
        ("settings/policy.json", "no tool changes it"),
        ("settings/new.json", "no tool changes it"),
        (".Quillon/policy.json", "no tool changes it"),
        ("src/.quillon/policy.json", "no tool changes it"),
        ("docs/new.md", "asked about whatever is trusted"),
        ("src/hint.md", "asked about whatever is trusted"),
        ("agents.MD", "asked about whatever is trusted"),
        (".amazonqignore", "asked about whatever is trusted"),
        ("git/config", "belongs to git"),
        (".GIT/config", "belongs to git"),
        ("src/../.quillon/policy.json", "outside the workspace"),
        ("out/x", "outside"),
    ];
    let all: Vec<_> = names.iter().map(|(path, _)| create(path)).chain([create("hard.txt")]).collect();
    let expects: Vec<_> = names.iter().map(|(_, why)| *why).chain(["wrote hard.txt"]).collect();
    script(&person, &[calls(&[], &all), says(&expects)]);
    go(&person).well().says("That is all.");
    let read = |path: &str| std::fs::read_to_string(person.space().join(path)).unwrap();
    assert_eq!(read(".quillon/policy.json"), POLICY);
    assert_eq!((read("AGENTS.md").as_str(), read(".git/config").as_str()), ("Guidance.\n", "[core]\n"));
    // A second name gets a file of its own; what governs keeps what it says.
    assert_eq!(read("hard.txt"), "taken over\n");
    for path in [".amazonq/rules/new.md", ".quillon/new.json", "src/.quillon", ".amazonqignore"] {
        assert!(!person.space().join(path).exists(), "{path}");
    }
}

#[test]
fn files_keep_their_encoding_their_mark_and_their_line_ends() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    let person = Person::new();
    person.write("latin.txt", b"caf\xe9 un\r\nth\xe9\r\n");
    person.write("wide.txt", utf16("caf\u{e9} un\r\nth\u{e9}\r\n"));
    person.write("mark.txt", b"\xef\xbb\xbfcafe un\nthe\n");
    person.write("look.py", "print(\u{201c}one\u{201d})\nif a:\n        b = 1   \n");
    let replace = |path: &str, old: &str, new: &str| {
        ("fs_write", json!({ "command": "str_replace", "path": path, "old_str": old, "new_str": new }))
    };
    let all = [
        replace("latin.txt", "caf\u{e9} un\nth\u{e9}", "caf\u{e9} deux\nth\u{e9}"),
        replace("wide.txt", "th\u{e9}", "\u{2603}"),
        replace("mark.txt", "cafe un", "cafe deux"),
        replace("look.py", "print(\"one\")\n", "print(\"two\")\n"),
        replace("look.py", "if a:\n    b = 1\n", "if a:\n    b = 2\n"),
        replace("latin.txt", "deux", "\u{2603}"),
    ];
    let expects = [
        "quotes, dashes or blanks that only look alike",
        "does not stand in `look.py`",
        "in windows-1252 and could not be written without loss",
    ];
    script(&person, &[calls(&[], &all), says(&expects)]);
    go(&person).well();
    let read = |path: &str| std::fs::read(person.space().join(path)).unwrap();
    assert_eq!(read("latin.txt"), b"caf\xe9 deux\r\nth\xe9\r\n");
    assert_eq!(read("wide.txt"), utf16("caf\u{e9} un\r\n\u{2603}\r\n"));
    assert_eq!(read("mark.txt"), b"\xef\xbb\xbfcafe deux\nthe\n");
    assert!(String::from_utf8(read("look.py")).unwrap().starts_with("print(\"two\")\n"));
}

#[test]
fn floods_of_output_show_both_ends_and_can_be_read_on() {
    let person = Person::new();
    let flood =
        json!({ "command": "seq 1 600000; echo the end is here; printf '\\000\\377\\376' >&2; exit 3" });
    let slow = json!({ "command": "echo begun; sleep 300", "timeout_ms": 300 });
    let rest = json!({ "operations": [{ "mode": "Line", "path": "@output/1", "start_line": 20000, "end_line": 20001 }] });
    script(
        &person,
        &[
            calls(&[], &[("execute_bash", flood)]),
            calls(
                &["exit code 3", "the end is here", "--- stdout\n1\n2\n", "path `@output/1`", "are left out"],
                &[("fs_read", rest), ("execute_bash", slow)],
            ),
            says(&["@output/1, lines 20000 to 20001", "took longer than 300 ms and was ended"]),
        ],
    );
    go(&person).well().says("That is all.");
}

#[test]
fn a_picture_is_looked_at_and_a_broken_one_is_told() {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\0\0\0\0IEND\xae\x42\x60\x82";
    let person = Person::new();
    person.write("a.png", PNG);
    person.write("half.png", &PNG[..PNG.len() - 4]);
    person.write("text.png", "no picture at all, whatever it is called\n");
    person.write("large.jpg", [b"\xff\xd8\xff".as_slice(), &vec![0; 6 * 1024 * 1024], b"\xff\xd9"].concat());
    let look =
        |path: &str| ("fs_read", json!({ "operations": [{ "mode": "Image", "image_paths": [path] }] }));
    let all = ["a.png", "half.png", "text.png", "large.jpg"].map(look);
    let expects = [
        "image/png",
        "shown below",
        "wrong length",
        "no picture that a model can look at",
        "larger than a model takes",
    ];
    script(&person, &[calls(&[], &all), says(&expects)]);
    go(&person).well().says("That is all.");
}
