//! What a capability may have of the machine: commands, the cache, places to send to, what other verbs kept.

use std::sync::Arc;

use quillon_audit::{EffectClosed, Entry};
use quillon_base::{Fault, FaultCode};
use quillon_contract::{Ask, Verb};
use quillon_host::{Before, Command, CommandOutput};
use quillon_road::{Passage, Shell};
use quillon_sink::{Misbehaviour, Object, ObjectName, Parcel, Shape, StrictSink, StrictSinks};
use quillon_testkit::{Kit, Trail, WORKSPACE, principal};

use crate::chat;
use crate::support::{DONE, Told, question};

const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";

fn command(arguments: &[&str]) -> Command {
    Command {
        program: "deploy".into(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        folder: WORKSPACE.into(),
        environment: Vec::new(),
        input: Vec::new(),
        timeout_ms: 1_000,
    }
}

fn code<T>(result: Result<T, Fault>) -> Option<FaultCode> {
    result.err().map(|fault| fault.code)
}

fn closings(trail: &Trail) -> Vec<EffectClosed> {
    let closings = trail.entries.iter().filter_map(|entry| match entry {
        Entry::EffectClosed { closing, .. } => Some(closing.clone()),
        _ => None,
    });
    closings.collect()
}

#[tokio::test]
async fn a_command_holds_nothing_that_was_redacted() {
    let running = chat!(|passage| {
        passage.learn_secrets(SECRET);
        let by_variable = Command { environment: vec![("KEY".into(), SECRET.into())], ..command(&["now"]) };
        let by_input = Command { input: format!("key {SECRET}\n").into_bytes(), ..command(&["now"]) };
        for command in [command(&["--key", SECRET]), by_variable, by_input] {
            assert_eq!(code(passage.run_command(command).await), Some(FaultCode::PolicyRefused));
        }
        let line = format!("deploy {SECRET}");
        let shell = Shell { line, folder: None, timeout_ms: 1_000 };
        assert_eq!(code(passage.run_shell(shell).await), Some(FaultCode::PolicyRefused));
        DONE
    });
    let travel = Kit::new().with(running).with_workspace().start().await;
    let trail = travel.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
    let refused = ["effect refused quillon:RunCommand"; 4];
    assert_eq!(trail.shape(), [&["opened chat"], &refused[..], &["closed done"]].concat());
    assert!(format!("{:?}", trail.entries).contains("by: \"redaction\""));
    assert!(!format!("{:?}", trail.entries).contains(SECRET));
    assert!(!travel.host.touched().iter().any(|touch| touch.starts_with("run ")));
}

#[tokio::test]
async fn what_a_parent_knows_to_be_secret_leaves_through_no_child() {
    let parent = chat!(|passage| {
        // Alone, this half of a key looks like nothing.
        passage.learn_secrets(
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Zr8hQ2k4vXw\n-----END RSA PRIVATE KEY-----",
        );
        passage.child(Verb::Test.manifest().smallest_ask()).await?;
        DONE
    });
    let child = Told::new(&[Verb::Test], |passage, _| {
        Box::pin(async move {
            passage.run_command(command(&["MIIEpAIBAAKCAQEA0Zr8hQ2k4vXw"])).await?;
            DONE
        })
    });
    let travel = Kit::new().with(parent).with(child).with_workspace().start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    assert!(!travel.host.touched().iter().any(|touch| touch.starts_with("run ")));
}

#[tokio::test]
async fn a_command_runs_in_the_workspace_only() {
    let running = chat!(|passage| {
        for folder in ["/etc", "/srv/example/../other", "/srv/example2"] {
            let ran = passage.run_command(Command { folder: folder.into(), ..command(&[]) }).await;
            assert_eq!(code(ran), Some(FaultCode::FileOutside), "{folder}");
        }
        let below = Shell { line: "ls".into(), folder: Some("../other".into()), timeout_ms: 1_000 };
        assert_eq!(code(passage.run_shell(below).await), Some(FaultCode::FileOutside));
        let shell = Shell { line: "ls".into(), folder: Some("src".into()), timeout_ms: 1_000 };
        passage.run_shell(shell).await?;
        DONE
    });
    let output =
        CommandOutput { exit_code: Some(0), stdout: b"a\n".to_vec(), stderr: Vec::new(), dropped_bytes: 0 };
    let kit = Kit::new().with(running).with_file("src/a.rs", "x");
    let travel = kit.with_command("bash", &["-c", "ls"], Ok(output)).start().await;
    let trail = travel.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
    assert_eq!(closings(&trail)[0].result.as_deref(), Some("exit code 0"));
}

#[tokio::test]
async fn what_was_seen_is_not_read_again_and_stands_in_the_digest() {
    let reading = chat!(|passage| {
        let first = passage.read_tree(None).await?;
        let mut seen = first.seen.clone();
        let again = passage.read_tree_since(None, Arc::new(seen.clone())).await?;
        assert_eq!((again.files.len(), again.unchanged.len()), (0, 2));
        assert_eq!((&again.digest, &again.seen), (&first.digest, &first.seen));
        seen.keep(|path| path == "src/b.rs");
        let partly = passage.read_tree_since(None, Arc::new(seen)).await?;
        assert_eq!(
            (partly.files[0].path.as_str(), partly.unchanged),
            ("src/a.rs", vec!["src/b.rs".to_owned()])
        );
        assert_eq!(partly.digest, first.digest);
        passage.write_file("src/a.rs", b"z", Before::of(b"x")).await?;
        let later = passage.read_tree_since(None, Arc::new(first.seen)).await?;
        assert_eq!((later.files[0].bytes.as_slice(), later.unchanged.len()), (b"z".as_slice(), 1));
        assert_ne!(later.digest, first.digest);
        DONE
    });
    let kit = Kit::new().with(reading).with_file("src/a.rs", "x").with_file("src/b.rs", "y");
    let trail = kit.start().await.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
}

#[tokio::test]
async fn paths_are_taken_as_people_write_them_and_lead_nowhere_else() {
    let naming = chat!(|passage| {
        for (given, expected) in [
            ("a//b/./c", Ok(Some("a/b/c"))),
            ("/srv/example/a", Ok(Some("a"))),
            ("/srv/example", Ok(None)),
            ("/srv/example/./", Ok(None)),
            (".", Ok(None)),
            ("", Ok(None)),
            ("/", Err(FaultCode::FileOutside)),
            ("/srv/example2/a", Err(FaultCode::FileOutside)),
            ("/srv/example/../a", Err(FaultCode::FileOutside)),
            ("a/../../b", Err(FaultCode::FileOutside)),
        ] {
            let found = passage.path_within(given).map_err(|fault| fault.code);
            assert_eq!(found.as_ref().map(Option::as_deref).map_err(|code| *code), expected, "{given}");
        }
        DONE
    });
    let trail = Kit::new().with(naming).with_workspace().start().await.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
}

async fn keeps_an_index(passage: &Passage) -> Result<(), Fault> {
    assert_eq!(passage.read_index().await?, None);
    passage.write_index(Some(b"index")).await?;
    assert_eq!(passage.read_index().await?.as_deref(), Some(&b"index"[..]));
    passage.write_index(None).await?;
    assert_eq!(passage.read_index().await?, None);
    Ok(())
}

#[tokio::test]
async fn the_index_is_kept_in_the_cache_and_every_use_is_recorded() {
    let keeping = || {
        chat!(|passage| {
            keeps_an_index(passage).await?;
            DONE
        })
    };
    let trail = Kit::new().with(keeping()).with_workspace().start().await.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
    let counted: Vec<_> = closings(&trail).iter().map(|closing| (closing.count, closing.bytes)).collect();
    assert_eq!(counted, [(0, 0), (1, 5), (1, 5), (1, 0), (0, 0)]);

    let deny = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"quillon:KeepIndex","Resource":"*"}]}"#;
    let travel = Kit::new().with(keeping()).with_workspace().narrowed_by(deny).start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.shape(), ["opened chat", "effect refused quillon:KeepIndex", "closed refused"]);
    assert!(!travel.host.touched().iter().any(|touch| touch.contains("cache")));
}

#[tokio::test]
async fn what_another_verb_kept_is_decided_as_its_own_ask() {
    let reading = || {
        chat!(|passage| {
            // This verb reads no records itself, so nothing is read through it either.
            let through = passage.kept_through::<String>(Verb::Test, None, 1).await;
            assert_eq!(code(through), Some(FaultCode::PolicyRefused));
            passage.kept_through::<String>(Verb::KnowledgeSearch, None, 1).await?;
            DONE
        })
    };
    let trail = Kit::new().with(reading()).with_workspace().start().await.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
    let deny = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"quillon:ReadKnowledge","Resource":"*"}]}"#;
    let kit = Kit::new().with(reading()).with_workspace().narrowed_by(deny);
    let trail = kit.start().await.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
}

/// Sends two objects, and ends as told.
fn sending(close: bool) -> Told {
    Told::new(&[Verb::AuditExport], move |passage, _: Ask| {
        Box::pin(async move {
            let mut sink = passage.open_sink("fake:records").await?;
            let mut result = Ok(());
            for name in ["one", "two"] {
                let (name, content) = (ObjectName::new(name)?, name.as_bytes().to_vec());
                let object = Object { name, media_type: "text/plain", content, metadata: Vec::new() };
                result = result.and(sink.deliver(&Parcel::Object(object)).await);
            }
            if close {
                sink.close(result)?;
            }
            DONE
        })
    })
}

#[tokio::test]
async fn an_export_records_what_was_sent_however_it_ends() {
    for (close, next, outcome, sent) in [
        (true, Misbehaviour::Behaves, "done", (2, 6)),
        (true, Misbehaviour::Refuses, "failed", (1, 3)),
        (false, Misbehaviour::Behaves, "cancelled", (2, 6)),
    ] {
        let sink = StrictSink::new(Shape::Objects, None);
        sink.will([Misbehaviour::Behaves, next]);
        let travel = Kit::new().with(sending(close)).with_sink(StrictSinks::new(sink)).start().await;
        let trail = travel.ask(Verb::AuditExport.manifest().smallest_ask()).await;
        let closing = closings(&trail).pop().unwrap();
        assert_eq!((closing.outcome.as_str(), (closing.count, closing.bytes)), (outcome, sent));
        assert!(closing.digest.is_some(), "{outcome}");
    }
}

#[tokio::test]
async fn another_region_is_refused_and_the_refusal_recorded() {
    let mut abroad = principal("bob");
    abroad.region = "eu-west-2".parse().unwrap();
    let sink = StrictSink::new(Shape::Objects, Some("us-east-1".parse().unwrap()));
    let asking = chat!(|passage| {
        passage.ask_model(crate::effects::model_request("hi")).await?;
        DONE
    });
    // The model of the kit answers on the device.
    let all = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let kit = Kit::new().by(abroad).allowed_by(all).with(sending(true)).with(asking).with_model([]);
    let travel = kit.with_sink(StrictSinks::new(sink.clone())).start().await;
    for (verb, refused) in [(Verb::AuditExport, "quillon:SendToSink"), (Verb::Chat, "quillon:InvokeModel")] {
        let trail = travel.ask(verb.manifest().smallest_ask()).await;
        assert_eq!(trail.fault().unwrap().code, FaultCode::RegionRefused, "{refused}");
        assert_eq!(trail.shape()[1], format!("effect refused {refused}"));
        assert!(format!("{:?}", trail.entries).contains("by: \"region\""), "{refused}");
    }
    assert_eq!(sink.calls(), 0);
    assert!(travel.requests.unwrap().all().is_empty());
}
