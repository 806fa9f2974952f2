//! What the embedded engine answers.

use quillon_base::{FaultCode, LineRange};
use quillon_chat::Chat;
use quillon_contract::ask::{ChatAsk, ContextItem, Resume};
use quillon_contract::event::{Answerer, NoticeLevel, Reference};
use quillon_contract::{Event, Gateway, Query};
use quillon_testkit::{Kit, Trail, WORKSPACE};

use crate::support::{kit, question, with};

fn notices(trail: &Trail) -> Vec<String> {
    let texts = trail.events.iter().filter_map(|event| match event {
        Event::Notice(notice) => {
            Some(format!("{}{}", if notice.level == NoticeLevel::Warning { "!" } else { "" }, notice.text))
        }
        _ => None,
    });
    texts.collect()
}

#[tokio::test]
async fn a_place_is_found_and_the_engine_says_that_it_answered() {
    let trail = kit().start().await.ask(question("where is the retry limit?")).await;
    assert!(trail.places()[0].starts_with("src/retry.rs:"), "{:?}", trail.places());
    assert!(trail.text().contains("embedded engine answered"), "{}", trail.text());
    assert_eq!(trail.end.answerer, Some(Answerer::Embedded));
    assert!(trail.end.conversation.is_some());
    assert_eq!(
        trail.shape(),
        [
            "opened chat",
            "effect quillon:KeepIndex",
            "effect closed done",
            "effect quillon:ReadWorkspace",
            "effect closed done",
            "effect quillon:KeepIndex",
            "effect closed done",
            "closed done"
        ]
    );
}

#[tokio::test]
async fn an_index_is_kept_unless_that_is_off() {
    let kept = |line: &String| line.starts_with("read cache") || line.starts_with("write cache");
    let touched = async |kit: Kit| {
        let travel = kit.start().await;
        for _ in 0..2 {
            let trail = travel.ask(question("where is the retry limit?")).await;
            assert!(trail.places()[0].starts_with("src/retry.rs:"), "{:?}", trail.places());
        }
        travel.host.touched().into_iter().filter(kept).count()
    };
    // Read and written by the first question; the second has it in memory.
    assert_eq!(touched(kit()).await, 2);
    // What was kept before it was switched off is removed, once.
    assert_eq!(touched(kit().with_setting("quillon.index", "off")).await, 1);
}

#[tokio::test]
async fn the_next_question_reads_what_changed_and_nothing_else() {
    let travel = kit().with_file("logo.bin", b"\x00\x01").start().await;
    let read = |travel: &quillon_testkit::Travel, from: usize| -> Vec<String> {
        let touched = travel.host.touched().into_iter().skip(from);
        touched.filter(|line| line.starts_with("read /") && !line.contains("/.git")).collect()
    };
    let ask = async |prompt: &str| travel.ask(question(prompt)).await;
    let first = ask("where is the retry limit?").await;
    assert!(read(&travel, 0).len() >= 5);
    let from = travel.host.touched().len();
    let again = ask("where is the retry limit?").await;
    assert_eq!(read(&travel, from), [""; 0]);
    assert_eq!(first.places(), again.places());

    travel.host.put(WORKSPACE, "src/retry.rs", "/// How long one waits.\npub const WAIT_SECONDS: u32 = 9;\n");
    travel.host.put(WORKSPACE, "src/late.rs", "pub fn come_late() {}\n");
    travel.host.delete(WORKSPACE, "web/depot.py");
    let from = travel.host.touched().len();
    let late = ask("where is `come_late` defined?").await;
    assert_eq!(read(&travel, from), ["read /srv/example/src/late.rs", "read /srv/example/src/retry.rs"]);
    assert_eq!(late.places(), ["src/late.rs:1-1"]);
    for gone in ["where is `RETRY_LIMIT` defined?", "where is `open_depot` defined?"] {
        let told = ask(gone).await.text();
        assert!(told.contains("Nothing here defines"), "{told}");
    }
    assert_eq!(ask("where is `WAIT_SECONDS` defined?").await.places(), ["src/retry.rs:1-2"]);
}

#[tokio::test]
async fn what_leaves_no_trace_writes_no_cache() {
    let travel = kit().start().await;
    travel.ask(ChatAsk { ephemeral: true, ..question("where is the retry limit?") }).await;
    assert!(
        travel.host.touched().iter().all(|line| !line.starts_with("write")),
        "{:?}",
        travel.host.touched()
    );
}

#[tokio::test]
async fn the_answer_names_its_places_before_it_shows_them() {
    let trail = kit().start().await.ask(question("what is `may_retry`?")).await;
    let text = trail.text();
    assert!(
        text.starts_with(
            "`may_retry` is defined at `src/retry.rs:6-9`: `pub fn may_retry(tries: u32) -> bool`.\n\n\
             > Whether one more try is left.\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("no model was asked.\n"), "{text}");
    let Reference::Passage { text, language, heading, .. } = trail.references()[0] else {
        panic!("no passage");
    };
    assert!(text.ends_with("    tries < RETRY_LIMIT\n}"), "{text}");
    assert_eq!(language.as_deref(), Some("rust"));
    assert_eq!(heading.as_deref(), Some("pub fn may_retry(tries: u32) -> bool"));
}

#[tokio::test]
async fn who_uses_it_is_told_from_where_it_is() {
    let travel = kit().with_file("src/main.rs", "fn main() {\n    retry::may_retry(1);\n}\n").start().await;
    let text = travel.ask(question("who calls may_retry?")).await.text();
    assert!(
        text.starts_with(
            "`may_retry` is called from 1 place; it is defined at `src/retry.rs:6-9`.\n\n\
             - `src/main.rs:2` in `main`: `retry::may_retry(1);`\n"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_question_goes_on_from_the_one_before() {
    let travel = kit().with_file("src/main.rs", "fn main() {\n    retry::may_retry(1);\n}\n").start().await;
    travel.ask(question("what is `may_retry`?")).await;
    let next = ChatAsk { resume: Resume::Last, ..question("who calls it?") };
    let trail = travel.ask(next).await;
    assert_eq!(trail.places()[0], "src/main.rs:1-3", "{}", trail.text());
}

#[tokio::test]
async fn a_word_that_is_nowhere_is_said_beside_what_was_found() {
    let text = kit().start().await.ask(question("where is the blockchain of the depot?")).await.text();
    assert!(text.contains("web/depot.py:") && text.contains("- `blockchain` stands nowhere here."), "{text}");
}

#[tokio::test]
async fn a_definition_that_is_handed_over_is_what_is_asked_about() {
    let travel = kit().start().await;
    let item = |name: &str| ContextItem::Symbol { name: name.into() };
    let trail = travel.ask(with("what does this do?", [item("open_depot")])).await;
    assert_eq!(trail.places()[0], "web/depot.py:1-3");
    let trail = travel.ask(with("what does this do?", [item("open_barn")])).await;
    assert_eq!(notices(&trail), ["!nothing here defines `open_barn`"]);
}

#[tokio::test]
async fn a_minified_line_is_not_shown_whole() {
    // A line in the middle does not make the file one that a program squeezed.
    let lines = "// A line that somebody wrote.\n".repeat(80);
    let line = format!("{lines}function depot(){{{}}}\n", "parcel();".repeat(200));
    let trail = Kit::new()
        .with(Chat::default())
        .with_file("a.js", line)
        .start()
        .await
        .ask(question("depot parcel"))
        .await;
    let Reference::Passage { text, .. } = trail.references()[0] else {
        panic!("no passage");
    };
    let longest = text.lines().map(str::len).max().unwrap();
    assert!((300..=400).contains(&longest), "{longest}");
}

#[tokio::test]
async fn an_ask_that_nobody_waits_for_keeps_nothing() {
    let travel = kit().start().await;
    let before = travel.entries().len();
    let (_, stream) = travel.begin(question("where is the retry limit?")).await.unwrap();
    drop(stream);
    let is_closed =
        || travel.entries()[before..].iter().any(|entry| format!("{entry:?}").starts_with("Closed"));
    while !is_closed() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(travel.store.records().is_empty());
}

#[tokio::test]
async fn the_setting_says_how_many_passages() {
    let travel = kit().with_setting("quillon.chat.passages", "1").start().await;
    assert_eq!(travel.ask(question("what can retry, and what opens the depot?")).await.places().len(), 1);
}

#[tokio::test]
async fn what_is_not_there_is_said_with_the_nearest_word() {
    let trail = kit().start().await.ask(question("where is the depott?")).await;
    assert!(
        trail.text().contains("Not found") || trail.places()[0].starts_with("web/depot.py"),
        "{}",
        trail.text()
    );
    let trail = kit().start().await.ask(question("blockchain consensus")).await;
    assert!(trail.places().is_empty(), "{:?}", trail.places());
    assert!(
        trail.text().starts_with("Not found") && trail.text().contains("`blockchain`"),
        "{}",
        trail.text()
    );
}

#[tokio::test]
async fn no_folder_an_empty_one_and_one_without_text() {
    let trail = Kit::new().with(Chat::default()).start().await.ask(question("where?")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::WorkspaceMissing);
    let trail =
        Kit::new().with(Chat::default()).with_workspace().start().await.ask(question("where is it?")).await;
    assert!(trail.text().contains("no text to look in"), "{}", trail.text());
    let noise = [0u8, 159, 146, 150].repeat(500);
    let trail = Kit::new()
        .with(Chat::default())
        .with_file("a.bin", noise)
        .start()
        .await
        .ask(question("where is it?"))
        .await;
    assert!(trail.text().contains("no text to look in"), "{}", trail.text());
    assert_eq!(notices(&trail), ["files that were left out: 1 not text"]);
}

#[tokio::test]
async fn files_and_lines_that_are_named_are_shown_first() {
    let item =
        ContextItem::File { path: "app/Queue.java".into(), lines: Some(LineRange { first: 2, last: 2 }) };
    let trail = kit().start().await.ask(with("what is this?", [item])).await;
    assert_eq!(trail.places()[0], "app/Queue.java:2-2");
    let item = ContextItem::File { path: "../secret".into(), lines: None };
    let trail = kit().start().await.ask(with("what is this?", [item])).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::FileOutside);
    let item = ContextItem::File { path: "missing.rs".into(), lines: None };
    let trail = kit().start().await.ask(with("what is this?", [item])).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::FileMissing);
}

#[tokio::test]
async fn a_folder_narrows_where_to_look() {
    let item = ContextItem::Folder { path: "web/".into() };
    let trail = kit().start().await.ask(with("what is opened or retried?", [item])).await;
    assert!(!trail.places().is_empty());
    assert!(trail.places().iter().all(|place| place.starts_with("web/")), "{:?}", trail.places());
    let folder = |path: &str| ContextItem::Folder { path: path.into() };
    let both = with("what is opened or retried?", [folder("web"), folder("src")]);
    let places = kit().start().await.ask(both).await.places();
    assert!(places.len() > 1 && places.iter().all(|place| !place.starts_with("app/")), "{places:?}");
    let missing = kit().start().await.ask(with("what?", [folder("nowhere")])).await;
    assert_eq!(missing.fault().unwrap().code, FaultCode::FileMissing);
}

#[tokio::test]
async fn a_whole_file_says_where_to_look_and_is_shown_when_nothing_fits() {
    let file = || ContextItem::File { path: "src/retry.rs".into(), lines: None };
    let trail = kit().start().await.ask(with("depot or tries", [file()])).await;
    assert!(!trail.places().is_empty());
    assert!(trail.places().iter().all(|place| place.starts_with("src/retry.rs:")), "{:?}", trail.places());
    let trail = kit().start().await.ask(with("blockchain", [file()])).await;
    assert_eq!(trail.places(), ["src/retry.rs:1-9"]);
    assert!(trail.text().contains("Ask without `@`"), "{}", trail.text());
}

#[tokio::test]
async fn text_that_was_piped_in_belongs_to_the_question() {
    let log = "thread 'main' panicked at src/retry.rs:7:5:\nno tries left";
    let item = ContextItem::Text { label: "standard input".into(), text: log.into() };
    let trail = kit().start().await.ask(with("why does this happen?", [item])).await;
    assert!(trail.places()[0].starts_with("src/retry.rs:"), "{:?}", trail.places());
}

#[tokio::test]
async fn what_cannot_be_done_yet_is_refused_not_ignored() {
    let travel = kit().start().await;
    let code = async |ask: ChatAsk| travel.ask(ask).await.fault().map(|fault| fault.code);
    assert_eq!(code(question("  ")).await, Some(FaultCode::InputInvalid));
    assert_eq!(code(question(&"x".repeat(300_000))).await, Some(FaultCode::InputInvalid));
    let agent = ChatAsk { agent: Some("reviewer".into()), ..question("hi") };
    assert_eq!(code(agent).await, Some(FaultCode::CapabilityUnavailable));
    let model = ChatAsk { model: Some("gpt".into()), ..question("hi") };
    assert_eq!(code(model).await, Some(FaultCode::ModelUnknown));
    let prompt = |name: &str| ContextItem::Prompt { name: name.into() };
    for name in ["x", "../x", ""] {
        assert_eq!(code(with("hi", [prompt(name)])).await, Some(FaultCode::FileMissing), "{name}");
    }
    let trusting = ChatAsk {
        trusted_tools: vec!["fs_rite".into(), "fs_read".into()],
        ..question("where is the retry limit?")
    };
    let trail = travel.ask(trusting).await;
    let said = notices(&trail);
    assert!(said.iter().any(|notice| notice.starts_with('!') && notice.contains("did you mean `fs_write`?")));
    assert!(!said.iter().any(|notice| notice.contains("`fs_read`")), "{said:?}");
}

#[tokio::test]
async fn the_picker_lists_definitions_by_name() {
    let travel = kit().start().await;
    let listing = async |prefix: &str| {
        let query = Query::Symbols { prefix: prefix.into() };
        let listing = travel.road.query(travel.session, query).await.unwrap();
        listing.items.into_iter().map(|item| (item.id, item.detail.unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(listing("open").await, [("open_depot".into(), "web/depot.py:1-3".into())]);
    assert_eq!(listing("Parcels").await, []);
    assert_eq!(listing("").await, []);
}

#[tokio::test]
async fn the_picker_lists_files_by_path_and_by_name() {
    let travel = kit().start().await;
    let ids = async |prefix: &str| {
        let listing =
            travel.road.query(travel.session, Query::Files { prefix: prefix.into() }).await.unwrap();
        listing.items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("src/").await, ["src/retry.rs"]);
    assert_eq!(ids("depot").await, ["web/depot.py"]);
    assert_eq!(ids("").await.len(), 4);
}

#[tokio::test]
async fn how_to_run_and_test_it_is_told_by_its_own_files() {
    let travel = kit().with_file("Makefile", "run:\n\t./parcels\ntest:\n\t./check\n").start().await;
    let rows = travel.ask(question("how do I run the tests?")).await.rows();
    assert_eq!(rows, ["test | make test | . | Makefile:3", "run | make run | . | Makefile:1"]);
    assert!(travel.ask(question("where is the retry limit?")).await.rows().is_empty());
}
