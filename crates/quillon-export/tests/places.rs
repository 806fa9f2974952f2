//! Where may be sent to, in which format.

use quillon_base::FaultCode;
use quillon_contract::ask::{AuditExportAsk, ExportFormat};
use quillon_sink::{Shape, StrictSink};
use quillon_testkit::{Trail, principal};

use crate::support::{ask, kit, objects, region, road, to_sink};

#[track_caller]
fn assert_refused(trail: &Trail, code: FaultCode) {
    let fault = trail.fault().unwrap_or_else(|| panic!("{:?}", trail.end));
    assert_eq!((fault.code, fault.hint.is_some()), (code, true), "{fault}");
}

#[tokio::test]
async fn an_address_that_nothing_takes_is_refused_with_those_that_something_does() {
    let sink = objects();
    let trail = road(&sink).await.ask(ask(ExportFormat::Jsonl, Some("gopher://x"))).await;
    assert_refused(&trail, FaultCode::SinkUnknown);
    assert!(trail.fault().unwrap().hint.as_ref().unwrap().contains("`fake:records`"));
}

#[tokio::test]
async fn a_sink_takes_only_its_formats() {
    for (shape, takes) in [
        (Shape::Objects, &["jsonl", "cloudtrail", "ocsf", "cef", "otlp"][..]),
        (Shape::Events, &["cloudwatch"]),
        (Shape::Requests, &["otlp"]),
    ] {
        for name in ["jsonl", "cloudtrail", "cloudwatch", "ocsf", "cef", "otlp"] {
            let format: ExportFormat = serde_json::from_str(&format!("\"{name}\"")).unwrap();
            let sink = StrictSink::new(shape, None);
            let trail = road(&sink).await.ask(to_sink(format)).await;
            let fault = trail.fault().map(|fault| fault.code);
            let expected = (!takes.contains(&name)).then_some(FaultCode::SinkUnknown);
            assert_eq!(fault, expected, "{name} to {shape:?}");
        }
    }
}

#[tokio::test]
async fn records_stay_in_the_region_of_the_profile() {
    let check = |own: &'static str, to: Option<&'static str>| async move {
        let sink = StrictSink::new(Shape::Objects, to.map(region));
        let mut ada = principal("ada");
        ada.region = region(own);
        let all = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let travel = kit(&sink).by(ada).allowed_by(all).start().await;
        let trail = travel.ask(to_sink(ExportFormat::Jsonl)).await;
        (trail.fault().map(|fault| fault.code), sink.calls())
    };
    assert_eq!(check("eu-west-2", Some("us-east-1")).await, (Some(FaultCode::RegionRefused), 0));
    assert_eq!(check("eu-west-2", Some("eu-west-2")).await.0, None);
    assert_eq!(check("eu-west-2", None).await.0, None);
    assert_eq!(check("device", Some("eu-west-2")).await.0, None);
}

#[tokio::test]
async fn a_policy_decides_by_address_and_region() {
    for condition in [
        r#""StringEquals":{"quillon:Sink":"fake:records"}"#,
        r#""StringNotEquals":{"aws:RequestedRegion":"eu-west-2"}"#,
    ] {
        let sink = StrictSink::new(Shape::Objects, Some(region("us-east-1")));
        let policy = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
            {{"Effect":"Deny","Action":"quillon:SendToSink","Resource":"*","Condition":{{{condition}}}}}]}}"#
        );
        let travel = kit(&sink).narrowed_by(&policy).start().await;
        let trail = travel.ask(to_sink(ExportFormat::Jsonl)).await;
        assert_refused(&trail, FaultCode::PolicyRefused);
        assert!(
            trail.shape().contains(&"effect refused quillon:SendToSink".to_owned()),
            "{:?}",
            trail.shape()
        );
        assert_eq!(sink.calls(), 0);
    }
}

#[tokio::test]
async fn an_account_has_twelve_digits() {
    let sink = objects();
    let travel = road(&sink).await;
    for bad in ["", "12345678901", "1234567890123", "12345678901x", "１２３４"] {
        let ask = AuditExportAsk { account: Some(bad.into()), ..to_sink(ExportFormat::Cloudtrail) };
        assert_refused(&travel.ask(ask).await, FaultCode::InputInvalid);
    }
    let ask = AuditExportAsk { account: Some("111122223333".into()), ..to_sink(ExportFormat::Cloudtrail) };
    assert!(travel.ask(ask).await.fault().is_none());
    assert!(sink.objects().iter().all(|object| object.name.as_str().starts_with("AWSLogs/111122223333/")));
}
