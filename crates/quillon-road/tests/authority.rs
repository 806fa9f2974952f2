//! Who may do what: manifests, policies, children, repositories, allowances.

use quillon_base::{FaultCode, Tier};
use quillon_cloud_api::{CloudCall, CloudReply, Expectation};
use quillon_contract::ask::DocAsk;
use quillon_contract::{Ask, Surface, Verb};
use quillon_policy::SURFACE_KEYS;
use quillon_testkit::{Kit, Trail, principal};

use crate::chat;
use crate::support::{DONE, Told, question};

#[tokio::test]
async fn a_verb_does_only_what_its_manifest_names() {
    let overreaching = chat!(|passage| {
        passage.write_settings(b"{}").await?;
        DONE
    });
    let travel = Kit::new().with(overreaching).start().await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    let expected = ["opened chat", "effect refused quillon:WriteSettings", "closed refused"];
    assert_eq!(trail.shape(), expected);
    assert!(travel.host.touched().is_empty(), "{:?}", travel.host.touched());
}

#[tokio::test]
async fn an_effect_is_decided_again_with_its_own_keys() {
    let reading = chat!(|passage| {
        passage.read_file("open/a.rs").await?;
        passage.read_file("closed/b.rs").await?;
        DONE
    });
    let deny = r#"{"Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Sid":"NoClosed","Effect":"Deny","Action":"quillon:ReadWorkspace","Resource":"*",
         "Condition":{"StringLike":{"quillon:Path":"closed/*"}}}]}"#;
    let travel = Kit::new()
        .with(reading)
        .with_file("open/a.rs", "x")
        .with_file("closed/b.rs", "y")
        .narrowed_by(deny)
        .start()
        .await;
    let trail = travel.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    let touched = travel.host.touched();
    assert!(touched.iter().any(|touch| touch.contains("open/a.rs")), "{touched:?}");
    assert!(!touched.iter().any(|touch| touch.contains("closed/b.rs")), "{touched:?}");
}

#[tokio::test]
async fn each_file_of_a_bulk_read_is_decided_by_its_path_and_by_where_that_leads() {
    let reading = chat!(|passage| {
        let paths = |tree: &quillon_road::Tree| {
            let mut paths: Vec<_> = tree.files.iter().map(|file| file.path.clone()).collect();
            paths.extend(tree.unchanged.iter().cloned());
            paths
        };
        let whole = passage.read_tree(None).await?;
        assert_eq!(paths(&whole), ["open/a.rs"]);
        assert_eq!(whole.skipped.len(), 1, "{:?}", whole.skipped);
        let again = passage.read_tree_since(None, std::sync::Arc::new(whole.seen)).await?;
        assert_eq!((paths(&again), again.digest), (vec!["open/a.rs".to_owned()], whole.digest));
        let named = passage.read_files(&["open/a.rs".into(), "open/link.rs".into()]).await?;
        assert_eq!((paths(&named), named.skipped.len()), (vec!["open/a.rs".to_owned()], 1));
        assert!(passage.read_files(&["closed/b.rs".into()]).await.is_err());
        DONE
    });
    let deny = r#"{"Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"quillon:ReadWorkspace","Resource":"*",
         "Condition":{"StringLike":{"quillon:Path":"closed/*"}}}]}"#;
    let kit = Kit::new().with(reading).with_file("open/a.rs", "x").with_file("closed/b.rs", "y");
    let travel = kit.narrowed_by(deny).start().await;
    travel.host.link(quillon_testkit::WORKSPACE, "open/link.rs", "closed/b.rs");
    let trail = travel.ask(question("hi")).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
    let touched = travel.host.touched();
    assert!(!touched.iter().any(|touch| touch.contains("closed/b.rs")), "{touched:?}");
    let refused =
        trail.shape().iter().filter(|shape| *shape == "effect refused quillon:ReadWorkspace").count();
    assert_eq!(refused, 4, "{:?}", trail.shape());
}

#[tokio::test]
async fn a_child_has_what_it_and_its_parent_both_have() {
    // `whoami` may do nothing to the world, so a child of it may not either, whatever its own manifest says.
    let parent = Told::new(&[Verb::Whoami], |passage, _| {
        Box::pin(async move {
            passage.child(Ask::Doc(doc())).await?;
            DONE
        })
    });
    let child = Told::new(&[Verb::Doc], |passage, _| {
        Box::pin(async move {
            passage.read_file("a.rs").await?;
            DONE
        })
    });
    let travel = Kit::new().with(parent).with(child).with_file("a.rs", "x").start().await;
    let touched = travel.host.touched().len();
    let trail = travel.ask(quillon_contract::ask::WhoamiAsk {}).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    assert_eq!(travel.host.touched().len(), touched);
    let expected = [
        "opened whoami",
        "opened doc",
        "effect refused quillon:ReadWorkspace",
        "closed refused",
        "closed refused",
    ];
    assert_eq!(trail.shape(), expected);
    assert!(travel.ask(doc()).await.fault().is_none(), "by itself it may");
}

fn doc() -> DocAsk {
    match Verb::Doc.manifest().smallest_ask() {
        Ask::Doc(ask) => ask,
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn children_of_children_end_somewhere() {
    let nesting = Told::new(&[Verb::Chat], |passage, ask| {
        Box::pin(async move {
            passage.child(ask).await?;
            DONE
        })
    });
    let trail = Kit::new().with(nesting).start().await.ask(question("hi")).await;
    assert!(trail.fault().unwrap().message.contains("nested too deeply"));
    assert_eq!(trail.shape().iter().filter(|shape| shape.starts_with("opened")).count(), 9);
    assert_eq!(trail.shape().iter().filter(|shape| shape.starts_with("closed")).count(), 9);
}

#[tokio::test]
async fn a_repository_narrows_and_a_broken_policy_denies() {
    let reading = || {
        chat!(|passage| {
            passage.read_file("a.rs").await?;
            DONE
        })
    };
    let with_policy = |policy: &str| {
        Kit::new().with(reading()).with_file("a.rs", "x").with_file(".quillon/policy.json", policy)
    };
    let narrow = r#"{"Statement":[{"Effect":"Allow","Action":"q:*","Resource":"*"}]}"#;
    let trail = with_policy(narrow).start().await.ask(question("hi")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused, "reading is not allowed there");

    let wide = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let travel = with_policy(wide).without_permission().start().await;
    assert!(travel.ask(question("hi")).await.fault().is_some(), "a repository gives nothing");

    let broken = with_policy("{").try_start().await.err().unwrap();
    assert_eq!(broken.code, FaultCode::PolicyInvalid);
}

fn cloud(operation: &str) -> CloudCall {
    let (service, operation) = operation.split_once(':').unwrap();
    CloudCall {
        service: service.into(),
        operation: operation.into(),
        region: "us-east-1".parse().unwrap(),
        parameters: serde_json::Value::Null,
    }
}

/// Calls the operations one after the other, through a surface.
async fn calling(kit: Kit, operations: &'static [&'static str], answered: usize) -> Trail {
    let calling = Told::new(&[Verb::Aws], move |passage, _| {
        Box::pin(async move {
            for operation in operations {
                passage.call_cloud(cloud(operation)).await?;
            }
            DONE
        })
    });
    let reply = CloudReply { output: serde_json::Value::Null, request_id: None };
    let expected = operations[..answered]
        .iter()
        .map(|operation| Expectation { call: cloud(operation), reply: Ok(reply.clone()) });
    let travel = kit.with(calling).with_cloud(expected.collect::<Vec<_>>()).start().await;
    travel.ask(Verb::Aws.manifest().smallest_ask()).await
}

#[tokio::test]
async fn a_channel_never_calls_what_no_policy_enables() {
    let operations = &["ec2:DescribeInstances", "secretsmanager:GetSecretValue", "ec2:DescribeVpcs"];
    let trail = calling(Kit::new(), operations, 3).await;
    assert!(trail.fault().is_none(), "{:?}", trail.fault());
    let trail = calling(Kit::new().through(Surface::Chatapp), operations, 1).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    assert!(trail.fault().unwrap().message.contains("`secretsmanager:GetSecretValue`"));
    let expected = [
        "opened aws",
        "effect quillon:CallCloud",
        "effect closed done",
        "effect refused quillon:CallCloud",
        "closed refused",
    ];
    assert_eq!(trail.shape(), expected);
    let by = format!("{:?}", trail.entries);
    assert!(by.contains("chat-never#AmazonQRefuses"), "the record names the statement: {by}");
}

#[tokio::test]
async fn a_channel_is_named_by_who_proved_the_asker() {
    // Only from this channel: the key is supplied, and nobody else supplies it.
    let only = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":
        {"StringEquals":{"aws:ChatbotSourceArn":"arn:quillon:q:device:local:channel/ops"}}}]}"#;
    let answering = || chat!(|passage| DONE);
    let mut from_ops = principal("bob");
    from_ops.tags.insert("channel".into(), "ops".into());
    for (surface, principal, allowed) in [
        (Surface::Chatapp, from_ops.clone(), true),
        (Surface::Cli, from_ops, false),
        (Surface::Chatapp, principal("bob"), false),
    ] {
        let kit = Kit::new().by(principal).through(surface).narrowed_by(only).with(answering());
        let trail = kit.start().await.ask(question("hi")).await;
        assert_eq!(trail.fault().is_none(), allowed, "{surface:?}");
    }
}

/// Keys that come with a connection, of surfaces that this road has none of yet.
const OF_CONNECTIONS: &[&str] = &["aws:SecureTransport", "aws:SourceIp", "aws:SourceVpc", "aws:UserAgent"];

#[tokio::test]
async fn the_road_supplies_every_key_that_a_surface_lists() {
    let mut asker = principal("bob");
    asker.tags.insert("channel".into(), "ops".into());
    asker.proof.mfa = true;
    let listing = || {
        chat!(|passage| {
            let keys: Vec<String> = passage.condition_keys().iter().map(|(key, _)| key.to_owned()).collect();
            passage.text(keys.join(" ")).await?;
            DONE
        })
    };
    let names: Vec<&str> = Surface::ALL.iter().map(|surface| surface.name()).collect();
    let rows: Vec<&str> = SURFACE_KEYS.iter().map(|row| row.surface).collect();
    assert!(rows.iter().all(|row| names.contains(row)) && rows.len() == names.len(), "{rows:?}");
    for surface in Surface::ALL {
        let listed = SURFACE_KEYS.iter().find(|row| row.surface == surface.name()).unwrap().keys;
        let kit = Kit::new().by(asker.clone()).through(*surface).with(listing());
        let said = kit.start().await.ask(question("hi")).await.text();
        let supplied: Vec<&str> = said.split_whitespace().collect();
        let is_listed = |key: &str| {
            let below = |row: &str| row.ends_with('/') && key.len() > row.len() && starts(key, row);
            listed.iter().any(|row| row.eq_ignore_ascii_case(key) || below(row))
        };
        let is_supplied =
            |row: &str| supplied.iter().any(|key| row.eq_ignore_ascii_case(key) || starts(key, row));
        for key in &supplied {
            assert!(is_listed(key), "`{key}` of {surface:?} is not listed");
        }
        for row in listed.iter().filter(|row| !OF_CONNECTIONS.contains(row)) {
            assert!(is_supplied(row), "`{row}` of {surface:?} is not supplied");
        }
    }
}

fn starts(key: &str, with: &str) -> bool {
    with.ends_with('/') && key.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

#[tokio::test]
async fn an_allowance_is_kept_across_processes() {
    let answering = || {
        chat!(|passage| {
            passage.answered_by_embedded();
            DONE
        })
    };
    let mut free = principal("bob");
    free.tier = Tier::Free;
    let travel = Kit::new().by(free.clone()).with(answering()).start().await;
    for _ in 0..49 {
        assert!(travel.ask(question("hi")).await.fault().is_none());
    }
    let remains = travel.remains();
    drop(travel);
    let travel = Kit::new().by(free).with(answering()).on(remains).start().await;
    assert!(travel.ask(question("the fiftieth")).await.fault().is_none());
    let trail = travel.ask(question("one too many")).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::QuotaExceeded);
    assert_eq!(trail.shape(), ["refused chat"]);
}

#[tokio::test]
async fn what_fails_before_anyone_answers_costs_nothing() {
    let failing = chat!(|passage| {
        passage.read_file("missing.rs").await?;
        DONE
    });
    let travel = Kit::new().with(failing).with_workspace().start().await;
    let trail = travel.ask(question("hi")).await;
    let spent = trail.entries.iter().find_map(|entry| match entry {
        quillon_audit::Entry::Closed { closing, .. } => Some(closing.spent.amount),
        _ => None,
    });
    assert_eq!(spent, Some(0));
}
