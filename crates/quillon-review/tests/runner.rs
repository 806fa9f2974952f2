//! Reviews on a real road over a strict fake of the world.

mod mending;

use quillon_contract::Event;
use quillon_contract::ask::{ReviewAsk, Severity};
use quillon_contract::event::Outcome;
use quillon_host::CommandOutput;
use quillon_review::Review;
use quillon_testkit::{Kit, Trail};

const BAD: &str = "import hashlib\n\ndef sign(text):\n    return hashlib.md5(text).hexdigest()\n";

/// A review of everything.
fn all() -> ReviewAsk {
    ReviewAsk { all: true, ..ReviewAsk::default() }
}

async fn asked(kit: Kit, ask: ReviewAsk) -> Trail {
    kit.with(Review).start().await.ask(ask).await
}

fn found(trail: &Trail) -> Vec<String> {
    let finding = |event: &Event| match event {
        Event::Finding(found) if found.suppressed.is_none() => {
            Some(format!("{}:{} {}", found.place.path, found.place.lines.first, found.rule))
        }
        _ => None,
    };
    trail.events.iter().filter_map(finding).collect()
}

fn notices(trail: &Trail) -> Vec<String> {
    let notice = |event: &Event| match event {
        Event::Notice(notice) => Some(notice.text.clone()),
        _ => None,
    };
    trail.events.iter().filter_map(notice).collect()
}

#[tokio::test]
async fn a_review_says_what_it_found_and_counts_lines() {
    let trail = asked(Kit::new().with_file("app/sign.py", BAD), all()).await;
    assert_eq!(found(&trail), ["app/sign.py:4 python-weak-hash"]);
    assert_eq!(trail.text(), "1 finding in 1 file, 4 lines.\n");
    assert_eq!(trail.end.outcome, Outcome::Done);
}

#[tokio::test]
async fn the_worst_is_said_first_and_equals_by_place() {
    let rules = "rules:\n  - {id: low, languages: [python], message: m, severity: LOW, pattern: low()}\n  - {id: critical, languages: [python], message: m, severity: CRITICAL, pattern: critical()}\n";
    let kit = Kit::new()
        .with_file("a.py", "low()\ncritical()\n")
        .with_file("b.py", "low()\ncritical()\n")
        .with_file("rules/own.yaml", rules);
    let ask = ReviewAsk { rules: vec!["rules".into()], ..all() };
    let trail = asked(kit, ask).await;
    assert_eq!(found(&trail), ["a.py:2 critical", "b.py:2 critical", "a.py:1 low", "b.py:1 low"]);
}

#[tokio::test]
async fn a_build_fails_from_a_severity_on() {
    let ask = |fail_on| ReviewAsk { fail_on: Some(fail_on), ..all() };
    let kit = || Kit::new().with_file("sign.py", BAD);
    assert_eq!(asked(kit(), ask(Severity::Medium)).await.end.outcome, Outcome::Findings);
    assert_eq!(asked(kit(), ask(Severity::Critical)).await.end.outcome, Outcome::Done);
}

#[tokio::test]
async fn a_comment_with_a_reason_takes_a_finding_back() {
    let text = "import hashlib\nhashlib.md5(b)  # quillon-ignore[python-weak-hash]: a cache key\nhashlib.md5(c)  # quillon-ignore[python-weak-hash]\n# amazonq-ignore-next-line\nhashlib.md5(d)\n";
    let trail = asked(Kit::new().with_file("a.py", text), all()).await;
    assert_eq!(found(&trail), ["a.py:3 python-weak-hash"]);
    assert_eq!(
        notices(&trail),
        [
            "findings that a comment takes back: 2",
            "the comment of `python-weak-hash` at a.py:3 does nothing: it gives no reason: `quillon-ignore[rule]: reason`"
        ]
    );
}

#[tokio::test]
async fn tests_and_the_code_of_others_are_set_apart_and_broken_code_is_said() {
    let kit = Kit::new()
        .with_file("tests/a.py", BAD)
        .with_file("node_modules/x/a.js", "eval(a)\n")
        .with_file("broken.py", format!("def (:\n{BAD}"));
    let trail = asked(kit, all()).await;
    let said = notices(&trail);
    assert!(
        said.contains(&"files that were set apart: 1 tests (`--include tests` reviews them)".to_owned()),
        "{said:?}"
    );
    let skipped = |event: &Event| matches!(event, Event::Skipped(skipped) if skipped.path == "broken.py" && skipped.partial);
    assert!(trail.events.iter().any(skipped), "{:?}", trail.events);
    assert_eq!(found(&trail).len(), 1);
}

#[tokio::test]
async fn rules_of_ones_own_are_used_and_bad_ones_are_named() {
    let rules = "rules:\n  - id: no-print\n    languages: [python]\n    message: no $X\n    severity: ERROR\n    pattern: print($X)\n  - id: bad\n    languages: [python]\n    patern: a\n";
    let kit = Kit::new()
        .with_file("a.py", "print(answer)\n")
        .with_file("rules/own.yaml", rules)
        .with_file("rules/picture.yml", [0x89, b'P', 0, 0]);
    let ask = ReviewAsk { paths: vec!["a.py".into()], rules: vec!["rules".into()], ..all() };
    let trail = asked(kit, ask).await;
    assert_eq!(found(&trail), ["a.py:1 no-print"]);
    assert_eq!(
        notices(&trail),
        [
            "the rule `bad` at rules/own.yaml:9 is not used: the key `patern` is not known; `pattern` is the nearest that is",
            "the rules in rules/picture.yml are not used: it is not text"
        ]
    );
}

/// What git says, without its errors.
fn says(stdout: &str) -> Result<CommandOutput, quillon_contract::Fault> {
    Ok(CommandOutput { exit_code: Some(0), stdout: stdout.into(), stderr: Vec::new(), dropped_bytes: 0 })
}

fn fails(exit_code: i32, stderr: &str) -> Result<CommandOutput, quillon_contract::Fault> {
    Ok(CommandOutput {
        exit_code: Some(exit_code),
        stdout: Vec::new(),
        stderr: stderr.into(),
        dropped_bytes: 0,
    })
}

const HEAD: &[&str] = &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
const FILTERS: &[&str] = &["config", "--null", "--name-only", "--get-regexp", r"^filter\."];

/// The words of a command on paths.
fn on_paths(words: &str) -> Vec<String> {
    let settings = "--literal-pathspecs -c core.fsmonitor=false -c core.hooksPath=/dev/null \
        -c core.quotePath=false -c diff.external= -c protocol.allow=never -c trace2.eventTarget=0";
    format!("{settings} {words}").split_whitespace().map(str::to_owned).collect()
}

/// A kit in which git answers this to these words.
fn with_git(kit: Kit, words: &str, answer: &str) -> Kit {
    let words = on_paths(words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    kit.with_command("git", &words, says(answer))
}

const LINES: &str = "diff --no-color --no-ext-diff --no-textconv --no-renames --ignore-submodules=all --relative \
    --unified=0 --inter-hunk-context=0 --src-prefix=a/ --dst-prefix=b/";

#[tokio::test]
async fn a_revision_that_is_an_option_or_a_range_is_refused_before_git_sees_it() {
    for revision in ["--output=/etc/passwd", "main..side", "main...side"] {
        let kit = Kit::new().with_file("a.py", BAD).with_command("git", HEAD, says("")).with_command(
            "git",
            FILTERS,
            says(""),
        );
        let ask = ReviewAsk { diff: Some(revision.into()), ..ReviewAsk::default() };
        let trail = asked(kit, ask).await;
        assert!(
            trail.fault().is_some_and(|fault| fault.message.contains("what changed since")),
            "{revision}: {:?}",
            trail.end
        );
    }
}

#[tokio::test]
async fn filters_are_asked_for_before_the_difference_and_a_file_called_binary_is_reviewed_whole() {
    let kit = Kit::new()
        .with_file("app/sign.py", BAD)
        .with_file("app/same.py", BAD)
        .with_file("app/new.py", BAD)
        .with_command("git", HEAD, says(""))
        .with_command("git", FILTERS, says("filter.x.clean\0"));
    let kit = with_git(
        kit,
        &format!("{LINES} main -- app"),
        "Binary files a/app/sign.py and b/app/sign.py differ\n",
    );
    let kit = with_git(kit, "ls-files --others --exclude-standard -z -- app", "app/new.py\0");
    let ask = ReviewAsk { diff: Some("main".into()), paths: vec!["app".into()], ..ReviewAsk::default() };
    let trail = asked(kit, ask).await;
    let expected = ["app/new.py:4 python-weak-hash", "app/sign.py:4 python-weak-hash"];
    assert_eq!(found(&trail), expected, "{:?}", trail.end);
}

#[tokio::test]
async fn without_being_told_more_what_is_not_committed_is_reviewed_in_one_bulk_effect() {
    let kit = Kit::new()
        .with_file("a.py", BAD)
        .with_file("b.py", BAD)
        .with_command("git", HEAD, says(""))
        .with_command("git", FILTERS, says(""));
    let kit = with_git(kit, &format!("{LINES} HEAD --"), "--- a/a.py\n+++ b/a.py\n@@ -4 +4 @@\n-x\n+y\n");
    let kit = with_git(kit, "ls-files --others --exclude-standard -z --", "c.txt\0");
    let trail = asked(kit, ReviewAsk::default()).await;
    assert_eq!(found(&trail), ["a.py:4 python-weak-hash"], "{:?}", trail.end);
    let reads = trail.shape().iter().filter(|shape| shape.contains("ReadWorkspace")).count();
    assert_eq!(reads, 1, "{:?}", trail.shape());
}

#[tokio::test]
async fn without_a_repository_everything_is_reviewed_and_that_is_said() {
    let none = "fatal: not a git repository (or any of the parent directories): .git\n";
    let kit = || Kit::new().with_file("a.py", BAD).with_command("git", HEAD, fails(128, none));
    let trail = asked(kit(), ReviewAsk::default()).await;
    assert_eq!(found(&trail), ["a.py:4 python-weak-hash"], "{:?}", trail.end);
    assert_eq!(notices(&trail), ["this folder is not in a git repository, so everything in it is reviewed"]);
    let trail = asked(kit(), ReviewAsk { staged: true, ..ReviewAsk::default() }).await;
    assert_eq!(
        trail.fault().map(|fault| fault.message.as_str()),
        Some("this folder is not in a git repository")
    );
}

#[tokio::test]
async fn what_is_staged_is_read_from_the_index() {
    let kit = Kit::new().with_file("a.py", "x = 1\n").with_command("git", HEAD, says("")).with_command(
        "git",
        FILTERS,
        says(""),
    );
    let kit = with_git(
        kit,
        &format!("{LINES} --cached --"),
        "--- /dev/null\n+++ b/a.py\n@@ -0,0 +1,4 @@\n+a\n+b\n+c\n+d\n",
    );
    let kit = with_git(kit, "ls-files --stage -z -- a.py", "100644 aa 0\ta.py\0");
    let kit = kit
        .with_command("git", &["cat-file", "--batch-check"], says(&format!("aa blob {}\n", BAD.len())))
        .with_command("git", &["cat-file", "--batch"], says(&format!("aa blob {}\n{BAD}\n", BAD.len())));
    let trail = asked(kit, ReviewAsk { staged: true, ..ReviewAsk::default() }).await;
    assert_eq!(found(&trail), ["a.py:4 python-weak-hash"], "{:?}", trail.end);
}
