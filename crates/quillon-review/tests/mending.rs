//! Fixes, baselines and explanations on a real road.

use quillon_contract::Event;
use quillon_contract::ask::{Ask, ReviewAsk, ReviewExplainAsk, ReviewKind, SetApart, Severity};
use quillon_contract::event::{Finding, Outcome, SuppressedBy};
use quillon_review::Review;
use quillon_testkit::{Kit, Trail, WORKSPACE};

use crate::{BAD, all, found, notices};

const RULES: &str = "rules:\n  - {id: no-f, languages: [python], message: m, severity: HIGH, pattern: 'f($X)', fix: 'g($X)'}\n  - {id: no-h, languages: [python], message: m, severity: LOW, pattern: 'h($X)', fix: 'h(h($X))'}\n";

fn kit() -> Kit {
    Kit::new().with(Review).with_file("rules/own.yaml", RULES)
}

fn fixing() -> ReviewAsk {
    ReviewAsk { rules: vec!["rules".into()], fix: true, ..all() }
}

fn findings(trail: &Trail) -> Vec<&Finding> {
    let events = trail.events.iter();
    events
        .filter_map(|event| match event {
            Event::Finding(found) => Some(found),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_fix_is_written_over_what_was_scanned_in_its_encoding_and_with_its_line_ends() {
    // UTF-16 with its mark, and lines that end as Windows ends them.
    let text = "f('\u{e9}')\r\nh(2)\r\n";
    let encoded: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let travel = kit().with_file("a.py", encoded).start().await;
    let trail = travel.ask(fixing()).await;
    // What cannot be mended is still a finding, and no fix is offered for it.
    assert_eq!(found(&trail), ["a.py:2 no-h"], "{:?}", trail.end);
    assert!(findings(&trail)[0].fix.is_none());
    assert_eq!(trail.text(), "1 finding fixed in 1 file. 1 finding in 1 file, 2 lines.\n");
    let written: Vec<u8> = travel.host.file(WORKSPACE, "a.py").unwrap();
    let units: Vec<u16> = written[2..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert_eq!(String::from_utf16(&units).unwrap(), "g('\u{e9}')\r\nh(2)\r\n");
    assert!(trail.shape().iter().any(|shape| shape.contains("WriteWorkspace")), "{:?}", trail.shape());
}

#[tokio::test]
async fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let travel = kit().with_file("a.py", "f(1)\nf(2)\n").start().await;
    let ask = ReviewAsk {
        dry_run: true,
        fix_only: vec!["a.py:2".into()],
        fail_on: Some(Severity::High),
        ..fixing()
    };
    let trail = travel.ask(ask).await;
    // Nothing was mended, so all of it is still there and fails a build.
    assert_eq!(found(&trail), ["a.py:1 no-f", "a.py:2 no-f"]);
    assert_eq!(trail.end.outcome, Outcome::Findings);
    assert_eq!(trail.text(), "1 finding would be fixed in 1 file. 2 findings in 1 file, 2 lines.\n");
    let patches: Vec<String> = trail
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Patch(patch) => serde_json::to_string(patch).ok(),
            _ => None,
        })
        .collect();
    assert_eq!(patches.len(), 1);
    assert!(patches[0].contains(r#""text":"g(2)\n","before":"f(2)\n""#), "{patches:?}");
    assert_eq!(travel.host.file(WORKSPACE, "a.py").unwrap(), b"f(1)\nf(2)\n");
    assert!(!trail.shape().iter().any(|shape| shape.contains("WriteWorkspace")));
    assert!(notices(&trail).contains(&"nothing was changed; leave `--dry-run` out to change it".to_owned()));
}

#[tokio::test]
async fn a_fix_that_has_no_place_is_said() {
    let trail = kit()
        .with_file("a.py", "h(1)\n")
        .start()
        .await
        .ask(ReviewAsk { fix_only: vec!["no-h".into()], ..fixing() })
        .await;
    assert_eq!(notices(&trail), ["`no-h` has no fix here that holds"]);
}

#[tokio::test]
async fn what_a_baseline_has_is_suppressed_while_lines_move_and_what_is_new_is_not() {
    let travel = Kit::new().with(Review).with_file("a.py", BAD).start().await;
    let write = ReviewAsk { baseline: Some("known.json".into()), write_baseline: true, ..all() };
    assert_eq!(travel.ask(write).await.text(), "`known.json` now holds 1 finding.\n");
    let moved = format!("\n\n{BAD}    hashlib.sha1(text)\n");
    let travel = Kit::new()
        .with(Review)
        .with_file("a.py", moved)
        .with_file("known.json", travel.host.file(WORKSPACE, "known.json").unwrap())
        .start()
        .await;
    let trail = travel.ask(ReviewAsk { baseline: Some("known.json".into()), ..all() }).await;
    assert_eq!(found(&trail), ["a.py:7 python-weak-hash"]);
    let known = findings(&trail).into_iter().find(|found| found.place.lines.first == 6).unwrap();
    assert_eq!(known.suppressed.as_ref().map(|suppressed| suppressed.by), Some(SuppressedBy::Baseline));
    // What was not asked for is not gone.
    let only = ReviewAsk { baseline: Some("known.json".into()), kinds: vec![ReviewKind::Secrets], ..all() };
    assert_eq!(notices(&travel.ask(only).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_baseline_that_is_none_is_refused() {
    let ask = |path: &str| ReviewAsk { baseline: Some(path.into()), ..all() };
    let travel = Kit::new().with(Review).with_file("a.py", BAD).with_file("b.json", "[1]").start().await;
    let missing = travel.ask(ask("known.json")).await;
    assert!(missing.fault().is_some_and(|fault| fault.code.as_str() == "file.missing"), "{:?}", missing.end);
    let broken = travel.ask(ask("b.json")).await;
    assert!(broken.fault().is_some_and(|fault| fault.message.starts_with("`b.json` is not a baseline")));
}

#[tokio::test]
async fn files_that_are_set_apart_are_included_when_asked_for_and_come_last() {
    let kit = Kit::new().with(Review).with_file("tests/a.py", BAD).with_file("z.py", BAD);
    let trail = kit.start().await.ask(ReviewAsk { include: vec![SetApart::Tests], ..all() }).await;
    assert_eq!(found(&trail), ["z.py:4 python-weak-hash", "tests/a.py:4 python-weak-hash"]);
    let apart: Vec<_> = findings(&trail).iter().map(|found| found.apart).collect();
    assert_eq!(apart, [None, Some(SetApart::Tests)]);
}

#[tokio::test]
async fn a_rule_and_a_finding_are_explained_and_a_wrong_name_gets_the_nearest() {
    let servlet = "import javax.servlet.http.HttpServletRequest;\n\nclass A {\n    void a(HttpServletRequest q, java.sql.Statement s) throws Exception {\n        String n = q.getParameter(\"n\");\n        s.executeQuery(\"SELECT \" + n);\n    }\n}\n";
    let travel = Kit::new().with(Review).with_file("A.java", servlet).start().await;
    let ask = |name: &str| -> Ask { ReviewExplainAsk { name: name.into(), rules: Vec::new() }.into() };
    let rule = travel.ask(ask("java-sql-injection")).await;
    assert!(rule.text().contains("CWE-89") && rule.text().contains("```java"), "{}", rule.text());
    let finding = travel.ask(ask("A.java:6")).await;
    let steps = finding.events.iter().filter(|event| matches!(event, Event::Reference(_))).count();
    assert_eq!(steps, 2, "{:?}", finding.events);
    let wrong = travel.ask(ask("java-sql-injektion")).await;
    assert_eq!(
        wrong.fault().map(|fault| fault.message.as_str()),
        Some("no rule is called `java-sql-injektion`; `java-sql-injection` is the nearest rule")
    );
}
