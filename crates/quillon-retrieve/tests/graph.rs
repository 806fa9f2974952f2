//! The symbol graph: what is defined, who uses it, what leads where, and a map of it all.

use quillon_retrieve::{Definition, Document, Index};

fn index() -> Index {
    Index::build([
        Document::new(
            "src/retry.rs",
            "//! Retrying.\n\n/// How often.\npub struct RetryPolicy {\n    pub limit: u32,\n}\n\nimpl RetryPolicy {\n    /// Reads the settings.\n    pub fn from_settings() -> Self {\n        let limit = std::env::var(\"RETRY_LIMIT\").unwrap();\n        parse_limit(&limit)\n    }\n}\n\nfn parse_limit(text: &str) -> RetryPolicy {\n    RetryPolicy { limit: text.len() as u32 }\n}\n",
        ),
        Document::new(
            "src/main.rs",
            "use crate::retry::RetryPolicy;\n\nfn main() {\n    let policy = RetryPolicy::from_settings();\n    run(policy);\n}\n\nfn run(policy: RetryPolicy) {}\n",
        ),
        Document::new(
            "web/app.py",
            "import os\nfrom flask import Flask\n\napp = Flask(__name__)\n\n@app.route(\"/depots\", methods=[\"POST\"])\ndef add_depot():\n    return os.environ[\"DEPOT_URL\"]\n\ndef run():\n    add_depot()\n",
        ),
        Document::new("vendor/x/run.py", "def run():\n    pass\n"),
        Document::new("tests/app_test.py", "from web.app import run\n\ndef test_run():\n    run()\n"),
    ])
}

fn shown(found: &Definition<'_>) -> String {
    let lines = found.lines;
    format!("{} {} {}:{}-{}", found.kind.name(), found.name, found.path, lines.first, lines.last)
}

#[track_caller]
fn check(name: &str, expected: &[&str]) {
    let index = index();
    let found: Vec<String> = index.definitions(name).iter().map(shown).collect();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn definitions_are_found_by_name() {
    check("RetryPolicy::from_settings", &["method from_settings src/retry.rs:9-13"]);
    check("fromSettings", &["method from_settings src/retry.rs:9-13"]);
    check("RetryPolicy", &["struct RetryPolicy src/retry.rs:3-6", "extension RetryPolicy src/retry.rs:8-14"]);
    check("run", &["function run web/app.py:10-11", "function run src/main.rs:8-8"]);
    check("app.run", &["function run web/app.py:10-11"]);
    check("nothing_like_it", &[]);
    check("", &[]);
}

#[test]
fn a_definition_brings_its_signature_and_documentation() {
    let index = index();
    let found = index.definitions("from_settings")[0];
    assert_eq!(
        (found.signature, found.doc, found.scope, found.language),
        ("pub fn from_settings() -> Self", "Reads the settings.", "RetryPolicy", "rust")
    );
    assert_eq!(index.file_doc("src/retry.rs"), Some("Retrying."));
    assert_eq!(index.definition_at("src/retry.rs", 11), Some(found));
    assert_eq!(index.definition_at("src/retry.rs", 2), None);
    let members = index.members(index.definitions("RetryPolicy")[1].id);
    assert_eq!(members.iter().map(|member| member.name).collect::<Vec<_>>(), ["from_settings"]);
}

#[test]
fn callers_and_callees_are_resolved_by_file_import_and_language() {
    let index = index();
    let callers = |name: &str, place: usize| {
        let callers = index.callers(index.definitions(name)[place].id, 9);
        let show = |caller: &quillon_retrieve::Caller<'_>| {
            let within = caller.call.within.map_or("", |within| within.name);
            format!("{}:{} {within} {}", caller.call.path, caller.call.line, caller.is_certain)
        };
        callers.iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(callers("from_settings", 0), ["src/main.rs:4 main true"]);
    assert_eq!(callers("parse_limit", 0), ["src/retry.rs:12 from_settings true"]);
    assert_eq!(callers("run", 0), ["tests/app_test.py:4 test_run true"]);
    assert_eq!(callers("run", 1), ["src/main.rs:5 main true"]);
    let main = index.definitions("main")[0].id;
    let callees: Vec<String> = index
        .callees(main, 9)
        .iter()
        .map(|callee| {
            format!("{} {}", callee.name, callee.definitions.first().map_or("?", |found| found.path))
        })
        .collect();
    assert_eq!(callees, ["from_settings src/retry.rs", "run src/main.rs"]);
}

#[test]
fn uses_are_told_by_kind() {
    let index = index();
    let uses: Vec<String> = index
        .references("RetryPolicy", 9)
        .iter()
        .map(|found| format!("{} {}:{} {}", found.kind.name(), found.path, found.line, found.count))
        .collect();
    assert!(uses.contains(&"type src/main.rs:8 1".to_owned()), "{uses:?}");
    assert!(uses.iter().any(|found| found.starts_with("import src/main.rs:1")), "{uses:?}");
}

#[test]
fn settings_routes_and_entry_points_are_listed() {
    let index = index();
    let settings: Vec<_> = index.settings().iter().map(|read| (read.name, read.path, read.line)).collect();
    assert_eq!(settings, [("DEPOT_URL", "web/app.py", 8), ("RETRY_LIMIT", "src/retry.rs", 11)]);
    let routes: Vec<_> = index.routes().iter().map(|found| (found.method, found.route, found.line)).collect();
    assert_eq!(routes, [("POST", "/depots", 6)]);
    let entries: Vec<_> = index.entry_points().iter().map(|found| found.path).collect();
    assert_eq!(entries, ["src/main.rs"]);
}

#[test]
fn a_map_shows_what_most_leans_on_within_its_lines() {
    let index = index();
    let map = index.map(20, None, &[]);
    assert_eq!(map[0].path, "src/retry.rs");
    assert_eq!(
        map[0].definitions.iter().map(|found| found.name).collect::<Vec<_>>(),
        ["RetryPolicy", "from_settings", "parse_limit"]
    );
    for lines in 0..20 {
        let map = index.map(lines, None, &["depot"]);
        let shown: usize = map.iter().map(|file| 1 + file.definitions.len()).sum();
        assert!(shown <= lines, "{shown} of {lines}");
    }
    assert_eq!(index.map(20, Some("web"), &[]).len(), 1);
    assert_eq!(index.map(20, None, &["depot"])[0].path, "web/app.py");
}

#[test]
fn what_others_wrote_is_left_out_and_listed() {
    let index = index();
    let left_out: Vec<_> = index.left_out().map(|(path, why)| (path, why.reason())).collect();
    assert_eq!(left_out, [("vendor/x/run.py", "written by others")]);
    assert_eq!(index.counts().left_out, 1);
}
