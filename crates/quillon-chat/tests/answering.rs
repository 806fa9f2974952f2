//! Each kind of question, over a small workspace, with no model.

use quillon_chat::Chat;
use quillon_contract::ask::ContextItem;
use quillon_testkit::{Kit, Trail};

use crate::support::{question, with};

fn kit() -> Kit {
    Kit::new()
        .with(Chat::default())
        .with_file("README.md", "# Parcels\n\nParcels is a small carrier of parcels.\n\n## Test\n\nRun `cargo test` before you push.\n")
        .with_file("CONTRIBUTING.md", "# How to help\n\nOpen an issue first, please.\n")
        .with_file("Cargo.toml", "[package]\nname = \"parcels\"\n")
        .with_file(
            "src/retry.rs",
            "//! Trying again.\n\nuse crate::store::depot::open;\n\n/// Whether one more try is left.\npub fn may_retry(tries: u32) -> bool {\n    \
             let limit = std::env::var(\"RETRY_LIMIT\").unwrap();\n    open(&limit);\n    tries < limit.parse().expect(\"the limit is a number\")\n}\n",
        )
        .with_file(
            "src/store/depot.rs",
            "//! Where parcels lie.\n\n/// Opens the depot.\npub fn open(name: &str) {\n    if name.is_empty() {\n        panic!(\"no depot has this name\");\n    }\n}\n",
        )
        .with_file(
            "src/main.rs",
            "use crate::retry::may_retry;\n\n/// Carries what there is.\nfn main() {\n    if may_retry(1) {\n        may_retry(2);\n    }\n}\n",
        )
        .with_file("tests/retrying.rs", "use parcels::retry::may_retry;\n\n#[test]\nfn retries() {\n    assert!(may_retry(0));\n}\n")
        .with_file(
            "web/app.py",
            "from flask import Flask\n\napp = Flask(__name__)\n\n@app.post(\"/depots\")\ndef add_depot():\n    return \"ok\"\n",
        )
}

/// What the answer to a question says, in this order, and who it says answered.
async fn check(prompt: &str, says: &[&str]) -> Trail {
    let trail = kit().start().await.ask(question(prompt)).await;
    assert!(trail.fault().is_none(), "{prompt}: {:?}", trail.end);
    let all = format!("{}\n{}\n{}", trail.text(), trail.rows().join("\n"), trail.places().join("\n"));
    let mut rest = all.as_str();
    for part in says {
        let found = rest.find(part);
        assert!(found.is_some(), "{prompt}: `{part}` is not there, in this order, in\n{all}");
        rest = &rest[found.unwrap() + part.len()..];
    }
    assert!(trail.text().contains("The embedded engine answered"), "{all}");
    trail
}

#[tokio::test]
async fn what_the_project_is() {
    let says = [
        "> Parcels is a small carrier of parcels.",
        "- Written in Rust",
        "- Starts at `src/main.rs:4` in `main`",
        "- Read next: `CONTRIBUTING.md`.",
        "- `src/store/` (1 file)",
        "test | cargo test | . | Cargo.toml:1",
        "README.md:3-",
    ];
    check("what is this project?", &says).await;
}

#[tokio::test]
async fn how_it_is_run_and_tested() {
    let says =
        ["Test it with `cargo test`, as `Cargo.toml:1` says.", "The documentation says:", "README.md:"];
    check("how do I run the tests?", &says).await;
    check("how do I lint it?", &["Not found: no build file here says how to check its style."]).await;
    let bare = Kit::new().with(Chat::default()).with_file("a.txt", "words\n").start().await;
    let text = bare.ask(question("how do I build it?")).await.text();
    assert!(text.starts_with("Not found: no build file here says how"), "{text}");
}

#[tokio::test]
async fn what_something_is() {
    let says = [
        "`may_retry` is defined at `src/retry.rs:5-10`: `pub fn may_retry(tries: u32) -> bool`.",
        "> Whether one more try is left.",
        "- Used from 1 place: `src/main.rs:5` in `main`.",
        "- Tested from 1 place: `tests/retrying.rs:5` in `retries`.",
        "- Calls `open` (`src/store/depot.rs:4`).",
        "src/retry.rs:5-10",
    ];
    check("what is `may_retry`?", &says).await;
    check("what does open do", &["`open` is defined at `src/store/depot.rs:3-8`", "> Opens the depot."])
        .await;
}

#[tokio::test]
async fn who_calls_it() {
    let says = [
        "`may_retry` is called from 1 place and 1 in tests; it is defined at `src/retry.rs:5-10`.",
        "- `src/main.rs:5` in `main`, 2 times: `if may_retry(1) {`",
        "In tests:",
        "- `tests/retrying.rs:5` in `retries`: `assert!(may_retry(0));`",
        "src/main.rs:4-6",
    ];
    check("who calls may_retry?", &says).await;
    check("who calls open", &["`open` is called from 1 place", "- `src/retry.rs:8` in `may_retry`"]).await;
    check("who calls `main`?", &["Nothing here uses `main`; it is defined at `src/main.rs:3-8`."]).await;
}

#[tokio::test]
async fn a_name_that_nothing_defines_is_answered_with_those_near_it() {
    let near = "Nothing here defines `may_retri`; near it are `may_retry` (`src/retry.rs:5`).";
    check("who calls may_retri()?", &[near]).await;
    check("what is `may_retri`?", &[near]).await;
}

#[tokio::test]
async fn settings_routes_and_where_it_starts() {
    let says = ["The code reads 1 environment variable.", "RETRY_LIMIT | environment | src/retry.rs:7"];
    check("which environment variables are read?", &says).await;
    let says = ["The code answers 1 route.", "POST | /depots | add_depot | web/app.py:5"];
    check("what routes are there?", &says).await;
    check("where is the entry point?", &["- `src/main.rs:4` in `main`: Carries what there is."]).await;
}

#[tokio::test]
async fn structure_is_told_and_drawn() {
    let says = [
        "`src` uses `src/store`: 1 import, as at `src/retry.rs:3`",
        "```mermaid\ngraph LR\n",
        "n0 --> n1\n```",
    ];
    check("how do the modules depend on each other?", &says).await;
    let says = ["`may_retry` is called from 1 place", "```mermaid", "[\"main\"]", "[\"may_retry\"]"];
    check("draw a diagram of the callers of may_retry", &says).await;
}

#[tokio::test]
async fn an_error_is_found_again_in_the_workspace() {
    let panic = "thread 'main' panicked at /build/parcels/src/store/depot.rs:6:9:\nno depot has this name\nstack backtrace:\n   \
                 2: parcels::retry::may_retry\n             at /build/parcels/src/retry.rs:8:5\n   3: std::rt::lang_start\n             \
                 at /rustc/abc/library/std/src/rt.rs:1:1\n";
    let says = [
        "`no depot has this name` comes from `src/store/depot.rs:6` in `open`.",
        "- `src/store/depot.rs:6` in `open`: `panic!(\"no depot has this name\");`",
        "- `src/retry.rs:8` in `may_retry`: `open(&limit);`",
        "1 more place lies outside",
        "src/store/depot.rs:1-8",
    ];
    check(panic, &says).await;
    let item = ContextItem::Text { label: "standard input".into(), text: panic.into() };
    let trail = kit().start().await.ask(with("why does this happen?", [item])).await;
    assert!(trail.text().starts_with("`no depot has this name` comes from"), "{}", trail.text());
}

#[tokio::test]
async fn an_error_of_elsewhere_is_said_to_be_and_its_words_are_looked_for() {
    let log = "Error: the limit is a number\n    at parse (/srv/other/lib/parse.js:4:11)\n";
    let says = ["and none of them is in this workspace", "`the limit is a number` stand at `src/retry.rs:9`"];
    check(log, &says).await;
}

#[tokio::test]
async fn a_file_that_has_fewer_lines_than_an_error_says_changed_since() {
    let says = ["`src/main.rs:900`", "the file has fewer lines now, so it changed since"];
    check("panicked at src/main.rs:900:1:\nboom\n   1: x\n             at ./src/retry.rs:8:5", &says).await;
}

#[tokio::test]
async fn questions_in_other_scripts_and_huge_ones_are_answered() {
    check("デポはどこで開かれますか", &["Not found"]).await;
    check("где открывается open?", &["src/store/depot.rs:"]).await;
    let huge = format!("why? {}", "lorem ipsum dolor ".repeat(10_000));
    check(&huge, &["Not found"]).await;
}

#[tokio::test]
async fn knowledge_is_searched_together_with_the_workspace() {
    use quillon_contract::ask::{KnowledgeAct, KnowledgeAsk, KnowledgeIndex};
    let travel =
        kit().with_file("docs/oncall.md", "# On call\n\nWhen the depot burns, call Ada.\n").start().await;
    let change = KnowledgeAct::Add {
        name: "handbook".into(),
        path: "docs".into(),
        include: Vec::new(),
        exclude: Vec::new(),
        index: KnowledgeIndex::Fast,
    };
    travel.ask(KnowledgeAsk { change, agent: None }).await;
    travel.host.delete(quillon_testkit::WORKSPACE, "docs/oncall.md");
    let trail = travel.ask(question("who is called when the depot burns?")).await;
    assert!(trail.text().contains("Your knowledge bases say:"), "{}", trail.text());
    let shown = format!("{:?}", trail.references());
    assert!(shown.contains("docs/oncall.md:1-3"), "{shown}");
    let other = travel.ask(question("what is `may_retry`?")).await;
    assert!(!other.text().contains("knowledge"), "{}", other.text());
}
