//! A newcomer asks each kind of question about a folder, pastes an error, and keeps documents to be searched.

use std::process::Command;

use crate::person::Person;

/// Runs git in the person's folder, as the person, and says what it said.
fn git(person: &Person, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]).args(arguments);
    person.settle(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn person() -> Person {
    let person = Person::with_parcels();
    person.write("Cargo.toml", "[package]\nname = \"parcels\"\n");
    person.write(
        "src/main.rs",
        "fn main() {\n    let tries = std::env::var(\"TRIES\").unwrap();\n    retry::may_retry(tries.len() as u32);\n}\n",
    );
    person.write("web/api.py", "@app.get(\"/depots\")\ndef list_depots():\n    return []\n");
    person
}

#[test]
fn each_kind_of_question_has_its_answer() {
    let person = person();
    person.ask("what is this project?").well().says("Carries parcels").says("README.md:3").says("cargo test");
    person.ask("how do I run the tests?").well().says("Test it with `cargo test`, as `Cargo.toml:1` says.");
    person
        .ask("what is may_retry()?")
        .well()
        .says("is defined at `src/retry.rs:6-9`")
        .says("Used from 1 place");
    person.ask("who calls may_retry?").well().says("`src/main.rs:3` in `main`");
    person.ask("which environment variables are read?").well().says("TRIES").says("src/main.rs:2");
    person.ask("what routes are there?").well().says("/depots").says("web/api.py:1");
    person.ask("where is the entry point?").well().says("`src/main.rs:1` in `main`");
    person.ask("how do the modules depend on each other?").well().says("src").says("embedded engine");
    person.ask("who calls may_retri()?").well().says("near it are `may_retry` (`src/retry.rs:6`)");
}

#[test]
fn a_pasted_error_is_found_again() {
    let person = person();
    let trace = "Traceback (most recent call last):\n  File \"/srv/app/web/depot.py\", line 3, in open_depot\n    return name\n\
                 NameError: name 'nmae' is not defined\n";
    let said =
        person.run_with(&["chat", "--no-interactive", "why does this happen?"], trace.as_bytes()).well();
    said.says("NameError: name 'nmae' is not defined` comes from `web/depot.py:3` in `open_depot`");
    let error = "error[E0425]: cannot find value `x`\n --> src/retry.rs:8:5\n";
    person
        .run_with(&["chat", "--no-interactive"], error.as_bytes())
        .well()
        .says("comes from `src/retry.rs:8`");
}

#[test]
fn what_changed_is_told_and_a_hostile_repository_runs_nothing() {
    let person = person();
    person.ask("what changed recently?").well().says("Not found: there is no history");
    git(&person, &["init", "--quiet"]);
    git(&person, &["add", "."]);
    git(&person, &["commit", "--quiet", "--message", "retry: three tries"]);
    // Whatever could be run, now that the repository is somebody else's.
    let mark = person.home().join("ran");
    let run = format!("touch {}", mark.display());
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "gpg.program",
        "pager.log",
        "alias.log",
    ] {
        let value = if key == "alias.log" { format!("!{run}") } else { run.clone() };
        git(&person, &["config", key, &value]);
    }
    git(&person, &["config", "log.showSignature", "true"]);
    git(&person, &["config", "diff.evil.textconv", &run]);
    person.write(".gitattributes", "* diff=evil\n");
    person.ask("what changed recently?").well().says("retry: three tries").says("Ada");
    person.ask("who changed src/retry.rs last?").well().says("`src/retry.rs`").says("retry: three tries");
    person.ask("what is may_retry()?").well().says("The file was last changed on").says("by Ada");
    person.ask("what happened? @git").well().says("retry: three tries");
    assert!(!mark.exists(), "the repository's configuration ran a program");
}

#[test]
fn a_clone_that_lacks_objects_does_not_fetch_them() {
    let person = person();
    git(&person, &["init", "--quiet"]);
    git(&person, &["add", "."]);
    git(&person, &["commit", "--quiet", "--message", "begin"]);
    let tree = git(&person, &["rev-parse", "HEAD:src"]);
    person.write("src/main.rs", "fn main() {}\n");
    git(&person, &["add", "."]);
    git(&person, &["commit", "--quiet", "--message", "go on"]);
    let tree = tree.trim();
    std::fs::remove_file(person.space().join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    let mark = person.home().join("fetched");
    let remote = format!("ext::sh -c touch% {}", mark.display());
    for (key, value) in [
        ("core.repositoryformatversion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", &remote),
        ("remote.origin.promisor", "true"),
        ("protocol.ext.allow", "always"),
    ] {
        git(&person, &["config", key, value]);
    }
    person.ask("what changed recently?").well().says("Not found: there is no history");
    assert!(!mark.exists(), "git fetched, and a remote names programs");
    // A log as anyone would ask for it runs the program: the repository is as hostile as it is meant to be.
    let mut plain = Command::new("git");
    plain.args(["--no-pager", "log", "--name-only", "--", "."]);
    person.settle(&mut plain);
    plain.output().unwrap();
    assert!(mark.exists(), "the repository is not hostile");
}

#[test]
fn what_was_read_is_explained() {
    let person = person();
    let ask = ["chat", "--no-interactive", "--explain-context", "what is may_retry()?"];
    person
        .run(&ask)
        .well()
        .says("What was read for the answer")
        .says("it defines `may_retry`")
        .says("src/retry.rs:6-9");
    let list = person.run(&["conversation", "list", "--output", "json"]).well();
    let id = list.out.split('"').find(|word| word.starts_with("cnv_")).expect("an id").to_owned();
    person.run(&["conversation", "show", &id, "--explain-context"]).well().says("it defines `may_retry`");
    person.write(".amazonq/prompts/limit.md", "where is RETRY_LIMIT?\n");
    person.ask("@limit").well().says("src/retry.rs:").says("RETRY_LIMIT");
}

#[test]
fn documents_are_kept_sealed_searched_and_removed() {
    let person = person();
    person.write("docs/oncall.md", "# On call\n\nWhen the depot burns, call Ada.\n");
    person.write("docs/old/oncall.md", "# On call\n\nCall nobody.\n");
    person.run(&["knowledge", "search", "burns"]).well().says("No knowledge base");
    let add = ["knowledge", "add", "handbook", "docs", "--exclude", "old/**"];
    person.run(&add).well().says("Added `handbook`: 1 document of `docs`");
    person.run(&["knowledge", "list"]).well().says("handbook").says("without old/**");
    person.run(&["knowledge", "search", "depot", "burns"]).well().says("docs/oncall.md:1-3").says("call Ada");
    std::fs::remove_dir_all(person.space().join("docs")).unwrap();
    person
        .ask("who is called when the depot burns?")
        .well()
        .says("Your knowledge bases say")
        .says("call Ada");
    person.run(&["chat", "/knowledge remove handbook"]).well().says("Removed `handbook`.");
    person.run(&["knowledge", "search", "burns"]).well().says("No knowledge base");
    person
        .run(&["knowledge", "add", "x", "src", "--index-type", "Best"])
        .with_fault(3, "capability.unavailable");
    person.run(&["knowledge", "add", "x", "nowhere"]).with_fault(3, "file.missing");
    person.run(&["audit", "verify"]).well();
}

#[test]
fn a_hostile_pdf_is_left_out_and_named() {
    let person = person();
    person.write("docs/bomb.pdf", format!("%PDF-1.5\n{}", "stream endstream ".repeat(9_000)));
    person.write("docs/half.pdf", "%PDF-1.7\n1 0 obj << /Type /Catalog");
    person.write("docs/fine.txt", "The depot opens at seven.\n");
    person
        .run(&["knowledge", "add", "papers", "docs"])
        .well()
        .says("1 document")
        .says("docs/bomb.pdf")
        .says("more than 4096 streams")
        .says("docs/half.pdf");
}
