//! Reading, searching and checking the ledger.

use quillon_admin::Admin;
use quillon_base::FaultCode;
use quillon_contract::Event;
use quillon_contract::ask::{
    AuditProveAsk, AuditSearchAsk, AuditTailAsk, AuditVerifyAsk, LedgerSource, WhoamiAsk,
};
use quillon_contract::event::{Artifact, Outcome};
use quillon_testkit::{Kit, Trail};

fn search() -> AuditSearchAsk {
    AuditSearchAsk { principal: None, action: None, allowed: None, after: None, before: None, count: 20 }
}

fn artifact(trail: &Trail, name: &str) -> String {
    let found = trail.events.iter().find_map(|event| match event {
        Event::Artifact(Artifact { name: found, text, .. }) if found == name => Some(text.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no artifact `{name}` in {:?}", trail.events))
}

#[tokio::test]
async fn the_tail_says_who_did_what_and_how_it_ended() {
    let travel = Kit::new().with(Admin).start().await;
    travel.ask(WhoamiAsk {}).await;
    let rows = travel.ask(AuditTailAsk { count: 4, follow: false }).await.rows();
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(
        rows.iter().any(|row| row.contains("| ask ended |") && row.contains("embedded engine")),
        "{rows:?}"
    );
    assert!(rows.last().unwrap().contains("| ada | cli | ReadLedger: own ledger |"), "{rows:?}");
    let rows = travel.ask(AuditTailAsk { count: 1, follow: false }).await.rows();
    assert!(rows[0].contains("| ada |"), "who stands behind a record is looked up before it: {rows:?}");
    let fault = travel.ask(AuditTailAsk { count: 0, follow: false }).await;
    assert_eq!(fault.fault().unwrap().code, FaultCode::InputInvalid);
}

#[tokio::test]
async fn a_search_finds_by_action_decision_and_time() {
    let deny = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Sid":"NoWho","Effect":"Deny","Action":"q:GetIdentity*","Resource":"*"}]}"#;
    let travel = Kit::new().with(Admin).narrowed_by(deny).start().await;
    travel.ask(WhoamiAsk {}).await;
    let rows = travel.ask(AuditSearchAsk { allowed: Some(false), ..search() }).await.rows();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].contains("whoami") && rows[0].contains("refused by test#NoWho"), "{rows:?}");
    let by_action = AuditSearchAsk { action: Some("q:Get*".into()), ..search() };
    assert_eq!(travel.ask(by_action).await.rows().len(), 1);
    let of_nobody = AuditSearchAsk { principal: Some("mallory".into()), ..search() };
    assert!(travel.ask(of_nobody).await.rows().is_empty());
    let long_ago = AuditSearchAsk { before: Some(quillon_base::Timestamp::from_seconds(1)), ..search() };
    assert!(travel.ask(long_ago).await.rows().is_empty());
}

#[tokio::test]
async fn a_whole_ledger_is_confirmed_with_a_checkpoint_to_keep_and_a_damaged_one_is_a_finding() {
    let travel = Kit::new().with(Admin).start().await;
    let verify = |checkpoint| AuditVerifyAsk { source: LedgerSource::Own, checkpoint };
    let trail = travel.ask(verify(None)).await;
    assert_eq!(trail.end.outcome, Outcome::Done);
    assert!(trail.text().starts_with("The ledger is what was written"), "{}", trail.text());
    let kept = artifact(&trail, "checkpoint");
    let trail = travel.ask(verify(Some(kept.clone()))).await;
    assert_eq!(trail.end.outcome, Outcome::Done, "{}", trail.text());

    let log = travel.layer.paths().into_iter().find(|path| path.to_string_lossy().contains("/log/")).unwrap();
    let mut bytes = travel.layer.bytes(&log).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    travel.layer.set_bytes(&log, bytes);
    let trail = travel.ask(verify(Some(kept))).await;
    assert!(!matches!(trail.end.outcome, Outcome::Done), "{:?}", trail.end);
}

#[tokio::test]
async fn a_receipt_is_printed_that_verify_accepts_and_a_changed_one_is_a_finding() {
    let travel = Kit::new().with(Admin).start().await;
    travel.ask(WhoamiAsk {}).await;
    let receipt = artifact(&travel.ask(AuditProveAsk { index: 1 }).await, "1.tlog-proof");
    assert!(receipt.starts_with("c2sp.org/tlog-proof@v1\nextra ") && receipt.contains("\nindex 1\n"));
    let verify = |checkpoint| AuditVerifyAsk { source: LedgerSource::Own, checkpoint: Some(checkpoint) };
    let whole = travel.ask(verify(receipt.clone())).await;
    assert_eq!(whole.end.outcome, Outcome::Done, "{:?}", whole.events);
    let moved = travel.ask(verify(receipt.replace("\nindex 1\n", "\nindex 2\n"))).await;
    assert_eq!(moved.end.outcome, Outcome::Findings, "{:?}", moved.events);
    let fault = travel.ask(AuditProveAsk { index: 1_000_000 }).await;
    assert_eq!(fault.fault().unwrap().code, FaultCode::InputInvalid);
}
