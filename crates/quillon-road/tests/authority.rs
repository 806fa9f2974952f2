//! Who may do what: manifests, policies, children, repositories, allowances.

use quillon_base::{FaultCode, Tier};
use quillon_contract::ask::DocAsk;
use quillon_contract::{Ask, Verb};
use quillon_testkit::{Kit, principal};

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
