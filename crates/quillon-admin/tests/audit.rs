//! Reading, searching and checking the ledger.

use quillon_admin::Admin;
use quillon_base::FaultCode;
use quillon_contract::Event;
use quillon_contract::Request;
use quillon_contract::ask::{
    AdminAuditAsk, AuditAct, AuditProveAsk, AuditSearchAsk, AuditTailAsk, AuditVerifyAsk, AuditWitnessAsk,
    LedgerSource, WhoamiAsk, WitnessAct,
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
    let verify = |checkpoint| AuditVerifyAsk { source: LedgerSource::Own, checkpoint, witnesses: Vec::new() };
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
    let verify = |checkpoint| AuditVerifyAsk {
        source: LedgerSource::Own,
        checkpoint: Some(checkpoint),
        witnesses: Vec::new(),
    };
    let whole = travel.ask(verify(receipt.clone())).await;
    assert_eq!(whole.end.outcome, Outcome::Done, "{:?}", whole.events);
    let moved = travel.ask(verify(receipt.replace("\nindex 1\n", "\nindex 2\n"))).await;
    assert_eq!(moved.end.outcome, Outcome::Findings, "{:?}", moved.events);
    let fault = travel.ask(AuditProveAsk { index: 1_000_000 }).await;
    assert_eq!(fault.fault().unwrap().code, FaultCode::InputInvalid);
}

#[tokio::test]
async fn a_log_is_cosigned_by_a_witness_and_verify_wants_its_word() {
    let travel = Kit::new().with(Admin).start().await;
    travel.ask(WhoamiAsk {}).await;
    let ask = |witness| AuditWitnessAsk { witness };
    let request = |since| ask(WitnessAct::Request { since });
    let key = artifact(&travel.ask(AuditProveAsk { index: 0 }).await, "key.pub");
    // Here the witness is the same installation; its state is a folder of its own.
    let cosign = |request: String| {
        ask(WitnessAct::Cosign { request, log_keys: vec![key.clone()], state: Some("/witness".into()) })
    };
    let first = artifact(&travel.ask(request(0)).await, "add-checkpoint");
    let trail = travel.ask(cosign(first.clone())).await;
    let cosigned = artifact(&trail, "cosigned-checkpoint");
    assert!(trail.shape().contains(&"effect quillon:WriteLedger".to_owned()), "{:?}", trail.shape());
    let stale = travel.ask(cosign(first)).await;
    assert!(stale.fault().unwrap().message.contains("saw this log at size"), "{:?}", stale.end);
    assert_eq!(artifact(&stale, "size"), format!("{}\n", cosigned.lines().nth(1).unwrap()));
    let size = cosigned.lines().nth(1).unwrap().parse().unwrap();
    let again = artifact(&travel.ask(request(size)).await, "add-checkpoint");
    assert_eq!(travel.ask(cosign(again)).await.end.outcome, Outcome::Done);

    let keys = travel.ask(ask(WitnessAct::Keys)).await;
    let witnesses = ["witness.pub", "witness-ml-dsa-44.pub"].map(|name| artifact(&keys, name));
    let verify = |checkpoint: &str, witnesses: Vec<String>| AuditVerifyAsk {
        source: LedgerSource::Own,
        checkpoint: Some(checkpoint.to_owned()),
        witnesses,
    };
    let whole = travel.ask(verify(&cosigned, witnesses.to_vec())).await;
    assert_eq!(whole.end.outcome, Outcome::Done, "{:?}", whole.events);
    let bare = cosigned.lines().take(5).map(|line| format!("{line}\n")).collect::<String>();
    let unseen = travel.ask(verify(&bare, witnesses.to_vec())).await;
    assert_eq!(unseen.end.outcome, Outcome::Findings, "{:?}", unseen.events);
    let no_key = travel.ask(verify(&cosigned, vec!["nobody".into()])).await;
    assert_eq!(no_key.fault().unwrap().code, FaultCode::KeyUnusable);
}

#[tokio::test]
async fn holds_and_removals_are_acts_with_records_of_their_own() {
    let travel = Kit::new().with(Admin).start().await;
    let act = |change| AdminAuditAsk { change };
    let reason = || "a dispute".to_owned();
    let shown = travel.ask(act(AuditAct::Show)).await;
    assert!(shown.text().contains("365 days"), "{}", shown.text());
    let held = travel.ask(act(AuditAct::Hold { name: "case-7".into(), reason: reason() })).await;
    assert!(held.shape().contains(&"hold placed case-7".to_owned()), "{:?}", held.shape());
    let rows = travel.ask(act(AuditAct::Show)).await.rows();
    assert!(rows[0].contains("case-7") && rows[0].contains("ada"), "{rows:?}");
    let pruned = travel.ask(act(AuditAct::Prune)).await;
    assert_eq!(pruned.rows().len(), 1, "a hold keeps everything: {:?}", pruned.events);
    let missing = travel.ask(act(AuditAct::Release { name: "case-8".into(), reason: reason() })).await;
    assert_eq!(missing.fault().unwrap().code, FaultCode::InputInvalid);
    let released = travel.ask(act(AuditAct::Release { name: "case-7".into(), reason: reason() })).await;
    assert!(released.shape().contains(&"hold released case-7".to_owned()), "{:?}", released.shape());
    let pruned = travel.ask(act(AuditAct::Prune)).await;
    assert!(pruned.text().contains("No stretch"), "{}", pruned.text());
}

#[tokio::test]
async fn an_answer_brings_the_receipt_of_its_record_to_those_who_want_it() {
    let travel = Kit::new().with(Admin).start().await;
    assert_eq!(travel.ask(WhoamiAsk {}).await.end.receipt, None);
    let trail = travel.ask(Request { receipt: true, ..Request::from(WhoamiAsk {}) }).await;
    let receipt = trail.end.receipt.clone().expect("a receipt");
    assert!(receipt.contains(&format!("\nindex {}\n", trail.end.record.unwrap())), "{receipt}");
    assert_eq!(trail.shape().last().unwrap(), "closed done");
    let verify =
        AuditVerifyAsk { source: LedgerSource::Own, checkpoint: Some(receipt), witnesses: Vec::new() };
    assert_eq!(travel.ask(verify).await.end.outcome, Outcome::Done);
}

#[tokio::test]
async fn what_a_witness_elsewhere_says_is_recorded_and_not_believed() {
    let lie = "\u{2014} quillon/witness/x AAAAAAAA\n";
    let answers = [(200, lie), (422, ""), (409, "1\n"), (409, "2\n"), (409, "1000000\n")];
    let travel = Kit::new().with(Admin).with_witness_answers(&answers).start().await;
    let keys = travel.ask(AuditWitnessAsk { witness: WitnessAct::Keys }).await;
    let keys = vec![artifact(&keys, "witness.pub").trim().to_owned()];
    let ask = || AuditWitnessAsk {
        witness: WitnessAct::Ask {
            address: "https://w.example?token=hush".into(),
            keys: keys.clone(),
            since: 0,
        },
    };
    for expected in [
        FaultCode::WitnessLied,
        FaultCode::WitnessNotExtended,
        FaultCode::WitnessStale,
        FaultCode::WitnessNotExtended,
    ] {
        let trail = travel.ask(ask()).await;
        assert_eq!(trail.fault().unwrap().code, expected, "{:?}", trail.end);
        assert!(trail.shape().contains(&"effect quillon:SendToSink".to_owned()), "{:?}", trail.shape());
        let said = format!("{:?}", trail.events);
        assert!(!said.contains("cosigned-checkpoint") && !said.contains("hush"), "{said}");
    }
    let no_key = AuditWitnessAsk {
        witness: WitnessAct::Ask { address: "https://w.example".into(), keys: Vec::new(), since: 0 },
    };
    assert_eq!(travel.ask(no_key).await.fault().unwrap().code, FaultCode::KeyUnusable);
    let alone = Kit::new().with(Admin).start().await;
    assert_eq!(alone.ask(ask()).await.fault().unwrap().code, FaultCode::CapabilityUnavailable);
}
