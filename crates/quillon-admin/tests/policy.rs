//! Policies: kept, attached, decided with from the next session on, and asked about.

use quillon_admin::Admin;
use quillon_base::FaultCode;
use quillon_contract::ask::{
    AdminPolicyDiffAsk, AdminPolicyLintAsk, AdminPolicyProveAsk, AdminPolicyReadAsk, AdminPolicySimulateAsk,
    AdminPolicyWriteAsk, PolicyAct, UsageAsk, WhoamiAsk,
};
use quillon_contract::event::Outcome;
use quillon_contract::{CONTRACT_VERSION, Gateway, Hello, Request, Surface};
use quillon_testkit::{Kit, Trail, Travel, principal};

const NO_USAGE: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"NoUsage","Effect":"Deny","Action":"quillon:ReadUsage","Resource":"*"}]}"#;

async fn change(travel: &Travel, change: PolicyAct) -> Trail {
    travel.ask(AdminPolicyWriteAsk { change }).await
}

async fn put(travel: &Travel, name: &str, document: &str) -> Trail {
    change(travel, PolicyAct::Put { name: name.into(), document: document.into() }).await
}

async fn attach(travel: &Travel, name: &str, to: &str) -> Trail {
    change(travel, PolicyAct::Attach { name: name.into(), to: to.into() }).await
}

/// Asks in a session of its own, which is decided with what is kept now.
async fn in_a_new_session(travel: &mut Travel, ask: impl Into<Request>) -> Trail {
    as_bearer(travel, None, ask).await
}

async fn as_bearer(travel: &mut Travel, token: Option<&str>, ask: impl Into<Request>) -> Trail {
    let hello = Hello {
        contract: CONTRACT_VERSION,
        surface: Surface::Cli,
        client: "test".into(),
        workspace: None,
        token: token.map(str::to_owned),
    };
    travel.session = travel.road.open(hello).await.unwrap().session;
    travel.ask(ask).await
}

#[tokio::test]
async fn an_attached_policy_counts_from_the_next_session_until_it_is_detached() {
    let mut travel = Kit::new().with(Admin).start().await;
    travel.store.plant("quillon:ReadUsage");
    assert!(put(&travel, "no-usage", NO_USAGE).await.fault().is_none());
    assert!(in_a_new_session(&mut travel, UsageAsk {}).await.fault().is_none(), "attached to nothing");
    assert!(attach(&travel, "no-usage", "principal/ada").await.fault().is_none());
    assert!(travel.ask(UsageAsk {}).await.fault().is_none(), "a session keeps its policies");
    let trail = in_a_new_session(&mut travel, UsageAsk {}).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    assert_eq!(trail.shape(), ["refused usage"]);
    let refused = trail.entries.iter().any(|entry| format!("{entry:?}").contains("no-usage#NoUsage"));
    assert!(refused, "the record names the statement: {:?}", trail.entries);
    let detach = PolicyAct::Detach { name: "no-usage".into(), from: "principal/ada".into() };
    assert!(change(&travel, detach).await.fault().is_none());
    assert!(in_a_new_session(&mut travel, UsageAsk {}).await.fault().is_none());
    let rows = travel.ask(AdminPolicyReadAsk { name: None }).await.rows();
    assert!(rows.iter().any(|row| row == "no-usage | kept | "), "{rows:?}");
    assert_eq!(travel.store.records().len(), 1, "a change leaves one record of a policy");
}

#[tokio::test]
async fn policies_are_the_organisations_whoever_kept_them() {
    let kit = Kit::new().with_bearer("bob's", principal("bob")).with(Admin);
    let mut travel = kit.start().await;
    put(&travel, "no-usage", NO_USAGE).await;
    attach(&travel, "no-usage", "principal/bob").await;
    let bob = Some("bob's");
    let trail = as_bearer(&mut travel, bob, UsageAsk {}).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    let rows = travel.ask(AdminPolicyReadAsk { name: None }).await.rows();
    assert!(rows.iter().any(|row| row == "no-usage | kept | principal/bob"), "{rows:?}");
    let detach = PolicyAct::Detach { name: "no-usage".into(), from: "principal/bob".into() };
    assert!(change(&travel, detach).await.fault().is_none());
    assert_eq!(travel.store.records().len(), 1, "what ada kept is replaced");
    assert!(as_bearer(&mut travel, bob, UsageAsk {}).await.fault().is_none());
    let rows = in_a_new_session(&mut travel, AdminPolicyReadAsk { name: None }).await.rows();
    assert!(rows.iter().any(|row| row == "no-usage | kept | "), "{rows:?}");
}

#[tokio::test]
async fn a_list_shows_the_keys_that_conditions_may_ask_about() {
    let travel = Kit::new().with(Admin).start().await;
    let rows = travel.ask(AdminPolicyReadAsk { name: None }).await.rows();
    let keys = |first: &str| {
        let row = rows.iter().find(|row| row.starts_with(&format!("{first} | ")));
        row.unwrap_or_else(|| panic!("{first}: {rows:?}")).clone()
    };
    assert!(keys("lsp").contains("aws:PrincipalTag/NAME") && !keys("lsp").contains("aws:SourceIp"));
    assert!(keys("http").contains("aws:SourceIp") && keys("http").contains("aws:SourceVpc"));
    assert!(keys("chatapp").contains("aws:ChatbotSourceArn"));
    assert!(keys("quillon:RunCommand").contains("quillon:CommandProgram"));
}

#[tokio::test]
async fn a_control_over_the_organisation_has_to_allow() {
    let mut travel = Kit::new().with(Admin).start().await;
    let narrow = r#"{"Statement":[{"Effect":"Allow","Action":["quillon:*Policies","quillon:ReadStore","quillon:WriteStore","q:GetIdentityMetadata"],"Resource":"*"}]}"#;
    put(&travel, "narrow", narrow).await;
    assert!(attach(&travel, "narrow", "organisation").await.fault().is_none());
    assert!(in_a_new_session(&mut travel, WhoamiAsk {}).await.fault().is_none());
    let trail = travel.ask(UsageAsk {}).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
}

#[tokio::test]
async fn nobody_locks_themselves_out_and_what_is_wrong_is_refused() {
    let travel = Kit::new().with(Admin).start().await;
    let deny_all = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    put(&travel, "nothing", deny_all).await;
    let trail = attach(&travel, "nothing", "principal/ada").await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    assert!(trail.fault().unwrap().hint.as_deref().unwrap().contains("quillon:WritePolicies"));
    let code = |trail: Trail| trail.fault().map(|fault| fault.code);
    assert_eq!(code(put(&travel, "p", "{").await), Some(FaultCode::PolicyInvalid));
    assert_eq!(code(put(&travel, "a b", NO_USAGE).await), Some(FaultCode::InputInvalid));
    assert_eq!(code(attach(&travel, "missing", "organisation").await), Some(FaultCode::StoreMissing));
    assert_eq!(code(attach(&travel, "nothing", "everyone").await), Some(FaultCode::InputInvalid));
    let detach = PolicyAct::Detach { name: "nothing".into(), from: "organisation".into() };
    assert_eq!(code(change(&travel, detach).await), Some(FaultCode::InputInvalid));
    let remove = || PolicyAct::Remove { name: "nothing".into() };
    assert_eq!(code(change(&travel, remove()).await), None);
    assert_eq!(code(change(&travel, remove()).await), Some(FaultCode::StoreMissing));
}

#[tokio::test]
async fn policies_that_ship_are_shown_and_attached_by_name() {
    let travel = Kit::new().with(Admin).start().await;
    let trail = travel.ask(AdminPolicyReadAsk { name: Some("AmazonQDeveloperAccess".into()) }).await;
    assert!(format!("{:?}", trail.events).contains("q:SendMessage"));
    assert!(attach(&travel, "AmazonQDeveloperAccess", "principal/bob").await.fault().is_none());
    let ask = |action: &str| AdminPolicySimulateAsk {
        principal: "bob".parse().unwrap(),
        action: action.into(),
        resource: "arn:quillon:q:device:local:conversation/*".into(),
        context: Vec::new(),
    };
    let trail = travel.ask(ask("q:SendMessage")).await;
    assert!(
        trail.text().contains("would be allowed, on some resources, to `bob` by AmazonQDeveloperAccess#"),
        "{}",
        trail.text()
    );
    let trail = travel.ask(ask("quillon:WritePolicies")).await;
    assert_eq!(trail.end.outcome, Outcome::Findings);
    assert!(trail.text().contains("would be refused"), "{}", trail.text());
    assert!(trail.rows().iter().any(|row| row.contains("add to an identity policy")), "{:?}", trail.rows());
}

#[tokio::test]
async fn a_question_about_many_resources_or_a_stranger_is_answered_as_such() {
    let travel = Kit::new().with(Admin).start().await;
    let ask = |principal: &str, resource: &str| AdminPolicySimulateAsk {
        principal: principal.parse().unwrap(),
        action: "quillon:RunCommand".into(),
        resource: resource.into(),
        context: Vec::new(),
    };
    let said = |trail: &Trail| format!("{:?}", trail.events);
    let trail = travel.ask(ask("ada", "*")).await;
    let some = "`quillon:RunCommand` would be allowed, on some resources, to `ada` by local-owner#";
    assert!(trail.text().starts_with(some), "{}", trail.text());
    assert!(!said(&trail).contains("no policy is attached"), "{}", said(&trail));
    let trail = travel.ask(ask("ada", "arn:aws:x:::y")).await;
    let nothing = "`quillon:RunCommand` would be refused to `ada`: nothing allows it.\n";
    assert_eq!(trail.text(), nothing);
    let trail = travel.ask(ask("eve", "*")).await;
    assert!(said(&trail).contains("no policy is attached to `principal/eve`, and you are `ada`"));
    put(&travel, "no-usage", NO_USAGE).await;
    attach(&travel, "no-usage", "principal/eve").await;
    assert!(!said(&travel.ask(ask("eve", "*")).await).contains("no policy is attached"));
    let prove =
        AdminPolicyProveAsk { never: "quillon:RunCommand".into(), principal: "mallory".parse().unwrap() };
    let trail = travel.ask(prove).await;
    assert!(trail.text().starts_with("Proved") && said(&trail).contains("`principal/mallory`"));
}

#[tokio::test]
async fn a_diff_lists_what_a_change_takes_and_a_proof_holds_or_breaks() {
    let travel = Kit::new().with(Admin).start().await;
    put(&travel, "no-usage", NO_USAGE).await;
    attach(&travel, "no-usage", "principal/ada").await;
    let harmless = r#"{"Statement":[{"Effect":"Deny","Action":"quillon:Nothing","Resource":"*"}]}"#;
    let diff = |document: &str| AdminPolicyDiffAsk {
        name: "no-usage".into(),
        document: Some(document.into()),
        principal: None,
    };
    let trail = travel.ask(diff(harmless)).await;
    assert_eq!(trail.end.outcome, Outcome::Findings);
    assert!(trail.rows().iter().any(|row| row.starts_with("quillon:ReadUsage | ")), "{:?}", trail.rows());
    let trail = travel.ask(diff(NO_USAGE)).await;
    assert_eq!(trail.end.outcome, Outcome::Done, "{}", trail.text());
    let prove = |never: &str| AdminPolicyProveAsk { never: never.into(), principal: "ada".parse().unwrap() };
    let trail = travel.ask(prove("quillon:ReadUsage")).await;
    assert!(trail.text().starts_with("Proved"), "{}", trail.text());
    let trail = travel.ask(prove("quillon:RunCommand")).await;
    assert!(trail.text().starts_with("Broken"), "{}", trail.text());
    assert_eq!(trail.end.outcome, Outcome::Findings);
}

#[tokio::test]
async fn a_lint_reports_a_key_that_nothing_supplies() {
    let travel = Kit::new().with(Admin).start().await;
    let lint = |document: &str| AdminPolicyLintAsk { name: "p.json".into(), document: document.into() };
    assert_eq!(travel.ask(lint(NO_USAGE)).await.end.outcome, Outcome::Done);
    let odd = r#"{"Statement":[{"Effect":"Deny","Action":"quillon:RunCommand","Resource":"*",
        "Condition":{"StringEquals":{"aws:NoSuchKey":"x"}}}]}"#;
    let trail = travel.ask(lint(odd)).await;
    assert_eq!(trail.end.outcome, Outcome::Findings);
    assert!(trail.rows().iter().any(|row| row.contains("aws:nosuchkey")), "{:?}", trail.rows());
}
