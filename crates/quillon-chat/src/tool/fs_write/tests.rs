//! What each command makes of a file, to the byte.

use super::*;

fn plan(arguments: Value, before: Option<&[u8]>) -> Result<Change, Fault> {
    Change::plan("a.txt", &serde_json::from_value(arguments).unwrap(), before)
}

#[track_caller]
fn check(arguments: Value, before: Option<&[u8]>, expected: &[u8], said: &str) {
    let change = plan(arguments, before).unwrap();
    assert_eq!((change.bytes.as_slice(), change.said.as_str()), (expected, said));
}

#[track_caller]
fn refused(arguments: Value, before: Option<&[u8]>, part: &str) {
    let fault = plan(arguments, before).unwrap_err();
    assert!(fault.message.contains(part) && fault.hint.is_some(), "{fault}");
}

#[test]
fn create_makes_or_replaces() {
    let create = |text: &str| json!({ "command": "create", "path": "a.txt", "file_text": text });
    check(create("a\n"), None, b"a\n", "a new file of 1 line");
    check(
        create("a\nx\nc\n"),
        Some(b"a\r\nb\r\nc\r\n"),
        b"a\r\nx\r\nc\r\n",
        "replace the file, 3 lines by 3",
    );
    let change = plan(create("a\nx\nc\n"), Some(b"a\nb\nc\n")).unwrap();
    assert_eq!((change.range, change.with.as_str()), (2..4, "x\n"));
    refused(create("a\n"), Some(b"a\n"), "would stay as it is");
    refused(json!({ "command": "create", "path": "a" }), None, "needs `file_text`");
    refused(create("b"), Some(b"\x7fELF\0\0"), "is not text");
}

#[test]
fn str_replace_keeps_what_the_file_is() {
    let replace = |old: &str, new: &str| json!({ "command": "str_replace", "path": "a.txt", "old_str": old, "new_str": new });
    check(
        replace("b", "x"),
        Some(b"\xef\xbb\xbfa\r\nb\r\n"),
        b"\xef\xbb\xbfa\r\nx\r\n",
        "replace lines 2 to 2",
    );
    check(replace("caf\u{e9}", "th\u{e9}"), Some(b"caf\xe9\n"), b"th\xe9\n", "replace lines 1 to 1");
    check(
        replace("if a:\n    b\n", "if a:\n    c\n"),
        Some(b"x\n    if a:\n        b\n"),
        b"x\n    if a:\n        c\n",
        "replace lines 2 to 3 (found but for its indentation, which was kept)",
    );
    refused(replace("caf", "\u{2603}"), Some(b"caf\xe9\n"), "windows-1252");
    refused(replace("a", "b"), Some(b"a\na\n"), "more than once, on lines 1, 2");
    refused(replace("a\nc\n", "b"), Some(b"a\nb\n"), "at line 2, where `b` stands instead of `c`");
    refused(replace("q", "b"), Some(b"a\n"), "does not stand in `a.txt`");
    refused(replace("a", "b"), None, "does not exist");
    refused(replace("", "b"), Some(b"a\n"), "`old_str` is empty");
}

#[test]
fn insert_and_append_add_whole_lines() {
    let insert =
        |line: usize| json!({ "command": "insert", "path": "a.txt", "insert_line": line, "new_str": "x" });
    check(insert(0), Some(b"a\nb\n"), b"x\na\nb\n", "insert after line 0");
    check(insert(1), Some(b"a\r\nb"), b"a\r\nx\r\nb", "insert after line 1");
    check(insert(2), Some(b"a\nb"), b"a\nb\nx\n", "insert after line 2");
    refused(insert(3), Some(b"a\nb\n"), "has 2 lines, not 3");
    let append = json!({ "command": "append", "path": "a.txt", "new_str": "x\ny\n" });
    check(append.clone(), Some(b"a"), b"a\nx\ny\n", "append to it");
    check(append.clone(), Some(b""), b"x\ny\n", "append to it");
    refused(append, None, "does not exist");
}

#[test]
fn the_patch_says_what_goes_and_what_comes() {
    let replace = json!({ "command": "str_replace", "path": "a.txt", "old_str": "b", "new_str": "x" });
    let patch = plan(replace, Some(b"a\nb\n")).unwrap().patch("a.txt", "change b", Some(b"a\nb\n"));
    let FileChange::Edit { edits, before_sha256 } = &patch.files["a.txt"] else { panic!("{patch:?}") };
    assert_eq!((edits[0].range.start.line, edits[0].text.as_str()), (1, "x"));
    assert_eq!(before_sha256.len(), 64);
}

#[test]
fn the_model_sees_the_lines_around_a_change() {
    let before: String = (1..=20).map(|line| format!("l{line}\n")).collect();
    let replace =
        json!({ "command": "str_replace", "path": "a.txt", "old_str": "l10\n", "new_str": "x\ny\n" });
    let around = plan(replace, Some(before.as_bytes())).unwrap().around();
    assert_eq!(around, "7: l7\n8: l8\n9: l9\n10: x\n11: y\n12: l11\n13: l12\n14: l13\n");
}

#[test]
fn what_governs_is_known_in_every_case_of_letters() {
    for path in [
        ".amazonq/rules/a.md",
        ".AmazonQ/x",
        "web/agents.md",
        "amazonq.MD",
        "web/AmazonQ.md",
        ".AmazonQIgnore",
    ] {
        assert!(governs(path), "{path}");
    }
    for path in ["src/amazonq.rs", ".amazon", "AmazonQ.md/é", ".gitignore"] {
        assert!(!governs(path), "{path}");
    }
    assert!(is_within(".Quillon/policy.json", POLICIES) && is_within("web/.quillon/policy.json", POLICIES));
    assert!(!is_within("quillon/.quillonrc", POLICIES));
}
