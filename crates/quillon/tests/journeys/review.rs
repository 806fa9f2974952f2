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

#[test]
fn only_what_changed_since_a_revision_is_reviewed() {
    let person = Person::new();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .current_dir(person.space())
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments);
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    person.write("a.py", "import hashlib\nhashlib.md5(b'x')\n");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    person.write("a.py", "import hashlib\nhashlib.md5(b'x')\nhashlib.sha1(b'y')\n");
    person.run(&["review", "--diff", "HEAD"]).well().says("a.py:3  python-").says_not("a.py:2");
    person.run(&["review", "--diff", "no-such-branch"]).with_fault(2, "input.invalid");
}
