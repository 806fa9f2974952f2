//! Effects: what they record, what they redact, what they keep.

use quillon_audit::Entry;
use quillon_base::Region;
use quillon_contract::Event;
use quillon_host::Before;
use quillon_model::{Message, ModelEvent, ModelId, ModelRequest, Part, Role};
use quillon_testkit::{Kit, Reply};

use crate::chat;
use crate::support::{DONE, question};

const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";

/// A request that says `text`; the road fills in model and region.
pub(crate) fn model_request(text: &str) -> ModelRequest {
    ModelRequest {
        model: ModelId::new("any").unwrap(),
        region: Region::device(),
        system: String::new(),
        messages: vec![Message { role: Role::User, parts: vec![Part::Text { text: text.into() }] }],
        tools: Vec::new(),
        output_tokens_max: 100,
        options: quillon_model::RequestOptions::default(),
    }
}

#[tokio::test]
async fn a_secret_reaches_no_model_and_comes_back_in_the_answer() {
    let asking = chat!(|passage| {
        let mut answer =
            passage.ask_model(model_request(&format!("my key is {SECRET}, is it safe?"))).await?;
        while let Some(event) = answer.next().await? {
            if let ModelEvent::Text { text } = event {
                passage.text(text).await?;
            }
        }
        drop(answer);
        DONE
    });
    // The mark of placeholders comes from the kit's random bytes; the reply repeats whatever the request held.
    let travel = Kit::new().with(asking).with_model([Reply::text("no")]).with_planted(SECRET).start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.text(), "no");
    let seen = serde_json::to_string(&travel.requests.as_ref().unwrap().all()).unwrap();
    assert!(seen.contains(":aws_access_key:1]]") && !seen.contains(SECRET), "{seen}");
    let ledger = format!("{:?}", travel.entries());
    assert!(!ledger.contains(SECRET) && !ledger.contains("my key is"), "content in the ledger");
}

#[tokio::test]
async fn a_command_is_recorded_without_its_secrets() {
    let running = chat!(|passage| {
        let command = quillon_host::Command {
            program: "deploy".into(),
            arguments: vec!["--key".into(), SECRET.into()],
            folder: quillon_testkit::WORKSPACE.into(),
            environment: Vec::new(),
            input: Vec::new(),
            timeout_ms: 1_000,
        };
        passage.run_command(command).await?;
        DONE
    });
    let travel = Kit::new().with(running).with_workspace().start().await;
    // The strict host knows no such command; what counts is what was recorded before it was tried.
    let trail = travel.ask(question("hi")).await;
    let arguments = trail.entries.iter().find_map(|entry| match entry {
        Entry::EffectOpened(effect) => Some(effect.arguments.clone()),
        _ => None,
    });
    assert_eq!(arguments.as_deref(), Some("deploy --key [redacted aws_access_key]"));
}

#[tokio::test]
async fn a_bulk_read_is_one_effect_with_a_digest() {
    let reading = chat!(|passage| {
        let tree = passage.read_tree(None).await?;
        passage.text(tree.digest).await?;
        DONE
    });
    let travel = Kit::new().with(reading).with_file("a.rs", "x").with_file("b/c.rs", "yz").start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(
        trail.shape(),
        ["opened chat", "effect quillon:ReadWorkspace", "effect closed done", "closed done"]
    );
    let closing = trail.entries.iter().find_map(|entry| match entry {
        Entry::EffectClosed { closing, .. } => Some(closing.clone()),
        _ => None,
    });
    let closing = closing.unwrap();
    assert_eq!((closing.count, closing.bytes), (2, 3));
    assert_eq!(closing.digest.as_deref(), Some(trail.text().as_str()));
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_not_overwritten() {
    let writing = crate::support::Told::new(&[quillon_contract::Verb::Dev], |passage, _| {
        Box::pin(async move {
            passage.write_file("a.rs", b"new", Before::Sha256([0; 32])).await?;
            DONE
        })
    });
    let travel = Kit::new().with(writing).with_file("a.rs", "old").start().await;
    let trail = travel.ask(quillon_contract::Verb::Dev.manifest().smallest_ask()).await;
    assert_eq!(trail.fault().unwrap().code.as_str(), "file.changed");
    assert_eq!(
        trail.shape(),
        ["opened dev", "effect quillon:WriteWorkspace", "effect closed failed", "closed refused"]
    );
}

#[tokio::test]
async fn what_is_kept_is_sealed_and_comes_back() {
    let keeping = chat!(|passage| {
        passage.keep(passage.workspace_group(), &"a private thought").await?;
        let kept = passage.kept::<String>(None, 10).await?;
        passage.text(kept[0].value.clone()).await?;
        assert!(passage.forget(kept[0].id).await?);
        assert!(!passage.forget(kept[0].id).await?);
        DONE
    });
    let travel = Kit::new().with(keeping).with_workspace().start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.text(), "a private thought", "{:?}", trail.end);
    assert!(!format!("{:?}", travel.entries()).contains("private"));
}

#[tokio::test]
async fn only_the_road_ends_an_answer() {
    let lying = chat!(|passage| {
        let end = quillon_contract::event::End {
            outcome: quillon_contract::event::Outcome::Done,
            answerer: None,
            conversation: None,
            record: None,
            receipt: None,
        };
        passage.say(Event::End(end)).await?;
        DONE
    });
    let trail = Kit::new().with(lying).start().await.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code.as_str(), "internal");
}

#[tokio::test]
async fn the_prompt_log_holds_no_part_of_a_secret_and_is_for_its_export_only() {
    const PART: &str = "MIIEpAIBAAKCAQEA0Zr8hQ2k4vXw9sTnLmPq";
    let asking = chat!(|passage| {
        let fence = |word: &str| format!("-----{word} PRIVATE KEY-----");
        passage.learn_secrets(&[&fence("BEGIN"), PART, &fence("END")].join("\n"));
        passage.log_prompt(&format!("what is {PART}?"), &format!("{PART}, it says"), None).await?;
        assert!(passage.logged_prompts(None).await.is_err());
        DONE
    });
    let exporting = crate::support::Told::new(&[quillon_contract::Verb::AuditExport], |passage, _| {
        Box::pin(async move {
            let logged = passage.logged_prompts(None).await?;
            passage.text(format!("{logged:?}")).await?;
            let last = logged.last().map(|kept| (kept.created, kept.id));
            assert!(passage.logged_prompts(last).await?.is_empty());
            DONE
        })
    });
    let kit = Kit::new().with(asking).with(exporting).with_setting("quillon.promptLog", "on");
    let travel = kit.start().await;
    let trail = travel.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
    let trail = travel.ask(quillon_contract::Verb::AuditExport.manifest().smallest_ask()).await;
    let said = trail.text();
    assert!(said.contains("what is [part of a secret]?") && !said.contains(PART), "{said}");
}
