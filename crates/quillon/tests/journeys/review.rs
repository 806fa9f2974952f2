//! Code is reviewed from the command line: as text, as JSON, as SARIF, and in a build.

use std::process::Command;

use crate::person::Person;

const SERVLET: &str = "import javax.servlet.http.HttpServletRequest;\n\nclass Search {\n    void find(HttpServletRequest request, \
    java.sql.Statement statement) throws Exception {\n        String name = request.getParameter(\"name\");\n        \
    statement.executeQuery(\"SELECT 1 WHERE name = '\" + name + \"'\");\n    }\n}\n";

#[test]
fn a_review_shows_how_the_data_came_and_fails_a_build() {
    let person = Person::new();
    person.write("src/Search.java", SERVLET);
    let said = person.run(&["review"]).well();
    assert!(said.err.contains("not in a git repository, so everything in it is reviewed"), "{said:?}");
    let said = said.says("critical: SQL made of input").says("src/Search.java:6  java-sql-injection  CWE-89");
    said.says("path: src/Search.java:5 -> src/Search.java:6");
    assert_eq!(person.run(&["review", "--fail-on", "high", "src"]).code, Some(1));
    person.run(&["review", "nowhere"]).with_fault(3, "file.missing");
}

#[test]
fn sarif_is_one_document_with_the_findings() {
    let person = Person::new();
    person.write("src/Search.java", SERVLET);
    let said = person.run(&["review", "--output", "sarif"]).well();
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(document["version"], "2.1.0");
    assert_eq!(document["runs"][0]["results"][0]["ruleId"], "java-sql-injection");
}

/// Git in a person's folder.
fn git(person: &Person, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .current_dir(person.space())
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
        .args(arguments);
    assert!(command.output().unwrap().status.success(), "{arguments:?}");
}

/// Someone with a repository that holds one bad line.
fn with_repository() -> Person {
    let person = Person::new();
    person.write("a.py", "import hashlib\nhashlib.md5(b'x')\n");
    git(&person, &["init", "-q"]);
    git(&person, &["add", "."]);
    git(&person, &["commit", "-qm", "first"]);
    person
}

#[test]
fn only_what_changed_since_a_revision_is_reviewed() {
    let person = with_repository();
    person.write("a.py", "import hashlib\nhashlib.md5(b'x')\nhashlib.sha1(b'y')\n");
    person.run(&["review", "--diff", "HEAD"]).well().says("a.py:3  python-").says_not("a.py:2");
    person.run(&["review", "--diff", "no-such-branch"]).with_fault(2, "input.invalid");
}

#[test]
fn what_is_not_committed_is_reviewed_with_new_files_and_what_is_staged_as_the_index_has_it() {
    let person = with_repository();
    person.run(&["review"]).well().says("No code changed");
    person.write("new file.py", "import hashlib\nhashlib.md5(b'z')\n");
    person.run(&["review"]).well().says("new file.py:2  python-").says_not(" a.py:");
    // The index has the bad line, the working tree has mended it.
    person.write("b.py", "import hashlib\nhashlib.sha1(b'y')\n");
    git(&person, &["add", "b.py"]);
    person.write("b.py", "x = 1\n");
    let staged = person.run(&["review", "--staged", "--fail-on", "medium"]);
    assert_eq!(staged.code, Some(1), "{staged:?}");
    staged.says("b.py:2  python-").says_not("new file");
    person.run(&["review", "--staged", "--fix"]).err.contains("--staged");
    person.run(&["review", "--all"]).well().says("a.py:2  python-").says("new file.py:2").says_not("b.py");
}

#[test]
fn a_fix_is_shown_and_then_written_and_the_record_has_it() {
    let person = Person::new();
    person.write("r.yaml", "rules:\n  - {id: no-f, languages: [python], message: m, severity: HIGH, pattern: 'f($X)', fix: 'g($X)'}\n");
    person.write("a.py", "f(1)\r\n");
    let arguments = |more: &[&'static str]| [&["review", "a.py", "--rules", "r.yaml"], more].concat();
    let said = person.run(&arguments(&["--fix", "--dry-run", "--fail-on", "high"]));
    said.says("@@ -1,1 +1,1 @@\n-f(1)\n+g(1)\n").says("1 finding would be fixed in 1 file.");
    assert_eq!(std::fs::read(person.space().join("a.py")).unwrap(), b"f(1)\r\n");
    person.run(&arguments(&["--fix", "--fail-on", "high"])).well().says("1 finding fixed in 1 file.");
    assert_eq!(std::fs::read(person.space().join("a.py")).unwrap(), b"g(1)\r\n");
    person.run(&["audit", "tail"]).well().says("WriteWorkspace");
}

#[test]
fn findings_are_written_in_each_form_and_nothing_else_is() {
    let person = Person::new();
    person.write("src/Search.java", SERVLET);
    let said = person.run(&["review", "--all", "--output", "json"]).well();
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let finding = &document["findings"][0];
    assert_eq!(finding["filePath"], "src/Search.java");
    assert_eq!(finding["detectorId"], "java/java-sql-injection@v1.0");
    assert_eq!(finding["relatedVulnerabilities"][0], "CWE-89");
    assert_eq!(finding["severity"], "Critical");
    assert_eq!(finding["flow"].as_array().map(Vec::len), Some(2));
    let page = person.run(&["review", "--all", "--output", "html"]).well();
    page.says("<!doctype html>").says("java-sql-injection").says_not("<script").says_not("src=");
    for form in ["sarif", "html"] {
        person.run(&["doctor", "--output", form]).with_fault(2, "input.invalid");
    }
    person
        .run(&["review", "explain", "src/Search.java:6"])
        .well()
        .says("1. it comes in")
        .says("2. it does harm");
}

#[test]
fn findings_that_are_known_do_not_fail_a_build() {
    let person = Person::new();
    person.write("a.py", "import hashlib\nhashlib.md5(b'x')\n");
    person.run(&["review", "--all", "--baseline", "known.json"]).with_fault(3, "file.missing");
    person.run(&["review", "--all", "--baseline", "known.json", "--write-baseline"]).well();
    person.write("a.py", "# moved\n\nimport hashlib\nhashlib.md5(b'x')\n");
    let known = ["review", "--all", "--baseline", "known.json", "--fail-on", "info"];
    person.run(&known).well().says("0 findings");
    person.write("b.py", "import hashlib\nhashlib.sha1(b'x')\n");
    let new = person.run(&known);
    assert_eq!(new.code, Some(1), "{new:?}");
    new.says("b.py:2").says_not("a.py:");
}

#[test]
fn bad_code_gives_findings_for_what_could_be_read_and_says_what_could_not() {
    let person = Person::new();
    let bad = "import hashlib\nhashlib.md5(b'x')\n";
    person.write("good.py", bad);
    person.write("broken.py", format!("def (:\n{bad}"));
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(bad.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    person.write("utf16.py", utf16);
    person.write("latin.py", [b"# caf\xe9\n", bad.as_bytes()].concat());
    person.write("noise.py", [0u8, 159, 146, 150, 0, 1, 2, 3].repeat(1_000));
    person.write("app.min.js", "eval(a);".repeat(10_000));
    person.write("long.js", format!("var a = '{}';\n", "x".repeat(30_000)));
    person.write("deep.py", format!("x = {}{}\n", "(".repeat(100_000), ")".repeat(100_000)));
    person.write("deep.js", format!("x = {}{};\n", "[".repeat(100_000), "]".repeat(100_000)));
    person.write(
        "Deep.java",
        format!("class A {{ int x = {}1{}; }}\n", "(".repeat(100_000), ")".repeat(100_000)),
    );
    person.write("blocks.js", format!("{}{}\n", "if (a) {\n".repeat(20_000), "}\n".repeat(20_000)));
    person.write("one.py", "import two\nimport hashlib\n\n\ndef a(x):\n    return two.b(x)\n");
    person.write("two.py", "import one\n\n\ndef b(x):\n    return one.a(x)\n");
    std::fs::File::create(person.space().join("huge.py")).unwrap().set_len(100 * 1024 * 1024).unwrap();
    std::os::unix::fs::symlink("loop.py", person.space().join("loop.py")).unwrap();
    std::os::unix::fs::symlink(".", person.space().join("circle")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", person.space().join("passwd.py")).unwrap();
    let said = person.run(&["review", "--all", "--output", "json"]).well();
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let paths = |key: &str, name: &str| -> Vec<String> {
        let rows = document[key].as_array().unwrap();
        rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
    };
    let found = paths("findings", "filePath");
    for path in ["good.py", "broken.py", "utf16.py", "latin.py"] {
        assert!(found.iter().any(|found| found == path), "{path}: {found:?}");
    }
    let skipped = paths("skipped", "path");
    for path in ["broken.py", "noise.py", "app.min.js", "long.js", "huge.py", "loop.py", "passwd.py"] {
        assert!(skipped.iter().any(|skipped| skipped == path), "{path}: {skipped:?}");
    }
    let reasons = paths("skipped", "reason");
    assert!(reasons.iter().all(|reason| !reason.is_empty()), "{reasons:?}");
}

#[test]
fn hostile_rules_are_named_with_file_and_line_and_the_others_are_used() {
    let person = Person::new();
    person.write("a.py", format!("f('{}!')\n", "a".repeat(2_000)));
    let levels: String =
        (1..40).map(|nth| format!("l{nth}: &l{nth} [*l{0}, *l{0}, *l{0}]\n", nth - 1)).collect();
    person.write("rules/laughs.yaml", format!("l0: &l0 [a]\n{levels}rules: *l39\n"));
    person.write("rules/deep.yaml", format!("rules: {}{}\n", "[".repeat(50_000), "]".repeat(50_000)));
    person.write("rules/tabs.yaml", "rules:\n\t- id: a\n");
    person.write("rules/noise.yaml", [0u8, 1, 2, 3].repeat(100));
    let rule = |id: &str, rest: &str| {
        format!("  - id: {id}\n    languages: [python]\n    message: m\n    severity: HIGH\n    {rest}\n")
    };
    let rules = [
        rule("good", "pattern: f(...)"),
        rule("slow", "pattern-regex: '(a+)+$'"),
        rule("slower", "pattern-regex: '^(?=(a+)+b)(a|aa)+\\1$'"),
        rule("huge", "pattern-regex: '((((a{1,1000}){1,1000}){1,1000}){1,1000})'"),
        rule("wrong", "patern: f(...)"),
        rule("broken", "pattern: f((("),
        rule("fixed", "pattern: f(...)\n    fix-regex: {regex: '((', replacement: a}"),
    ];
    person.write("rules/own.yaml", format!("rules:\n{}", rules.concat()));
    let said = person.run(&["review", "a.py", "--rules", "rules"]).well();
    let said = said.says("a.py:1  good");
    for part in [
        "the rule `wrong` at rules/own.yaml:26 is not used: the key `patern` is not known; `pattern` is the nearest that is",
        "the rule `broken` at rules/own.yaml:31 is not used",
        "the rule `huge` at rules/own.yaml:21 is not used",
        "the rule `fixed` at rules/own.yaml:37 is not used",
        "rules/laughs.yaml:",
        "rules/deep.yaml:",
        "rules/tabs.yaml:",
    ] {
        assert!(said.err.contains(part), "`{part}` is not in {}", said.err);
    }
}
