//! What holds for every request and every set of policies.

use std::sync::Arc;

use proptest::prelude::*;
use quillon_policy::{
    Context, Decision, Facts, Grammar, Known, Layer, Policy, PolicySet, Principal, Request, ResourceSide,
    evaluate,
};
use serde_json::json;

use crate::generate::{Compiled, Random, compiled, document, world};

fn allowed(compiled: &Compiled) -> bool {
    evaluate(&compiled.set, &compiled.request()).allowed
}

fn policy(grammar: Grammar, random: &mut Random, compiled: &Compiled) -> Policy {
    let text = document(random, &compiled.world, grammar == Grammar::Resource).to_string();
    Policy::parse_as(grammar, "more", &text).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_deny_wins_wherever_it_stands(seed in any::<u64>(), seat in 0usize..5) {
        let mut compiled = compiled(world(seed));
        let text = json!({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}).to_string();
        let deny = Policy::parse("deny", &text).unwrap();
        let layer = Layer::new("deny", vec![deny.clone()]);
        match seat {
            0 => compiled.set.identity = compiled.set.identity.iter().cloned().chain([deny]).collect(),
            1 => compiled.set.boundaries.push(deny),
            2 => compiled.set.sessions.push(layer),
            3 => compiled.set.guardrails.push(layer),
            _ => compiled.set.controls.push(layer),
        }
        prop_assert_eq!(compiled.answer(), 'E');
    }

    #[test]
    fn narrowing_never_widens(seed in any::<u64>(), seat in 0usize..4) {
        let mut compiled = compiled(world(seed));
        let before = allowed(&compiled);
        let more = policy(Grammar::Identity, &mut Random(seed ^ 1), &compiled);
        let layer = Layer::new("more", vec![more.clone()]);
        match seat {
            0 => compiled.set = compiled.set.narrowed_by(more),
            1 => compiled.set.sessions.push(layer),
            2 => compiled.set.guardrails.push(layer),
            _ => compiled.set.controls.push(layer),
        }
        prop_assert!(before || !allowed(&compiled));
    }

    #[test]
    fn a_channel_only_takes_away(seed in any::<u64>()) {
        let mut compiled = compiled(world(seed));
        let before = allowed(&compiled);
        let guardrail = policy(Grammar::Identity, &mut Random(seed ^ 2), &compiled);
        compiled.set = compiled.set.in_channel("channel", vec![guardrail]);
        prop_assert!(before || !allowed(&compiled));
    }

    #[test]
    fn one_more_allow_never_takes_away(seed in any::<u64>()) {
        let mut compiled = compiled(world(seed));
        let before = allowed(&compiled);
        let text = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}).to_string();
        let all = Policy::parse("all", &text).unwrap();
        compiled.set.identity = compiled.set.identity.iter().cloned().chain([all]).collect();
        prop_assert!(!before || allowed(&compiled));
    }

    #[test]
    fn order_does_not_matter(seed in any::<u64>()) {
        let mut compiled = compiled(world(seed));
        let before = compiled.answer();
        let mut identity: Vec<Policy> = compiled.set.identity.to_vec();
        identity.reverse();
        compiled.set.identity = Arc::from(identity);
        compiled.set.boundaries.reverse();
        compiled.set.controls.reverse();
        for layer in &mut compiled.set.controls {
            let mut policies = layer.policies.to_vec();
            policies.reverse();
            layer.policies = policies.into();
        }
        prop_assert_eq!(compiled.answer(), before);
    }

    #[test]
    fn an_index_changes_nothing(seed in any::<u64>()) {
        // The same statements in one large policy, which has an index.
        let mut compiled = compiled(world(seed));
        let before = compiled.answer();
        let filler: Vec<_> = (0..40).map(|place| json!({
            "Effect": if place % 2 == 0 { "Deny" } else { "Allow" },
            "Action": format!("other:Action{place}"),
            "Resource": "*",
        })).collect();
        let filler = Policy::parse("filler", &json!({"Statement": filler}).to_string()).unwrap();
        compiled.set.identity = compiled.set.identity.iter().map(|policy| filler.with(policy)).collect();
        prop_assert_eq!(compiled.answer(), before);
    }

    #[test]
    fn the_management_account_has_no_controls(seed in any::<u64>()) {
        let mut with = compiled(world(seed));
        with.set.in_management_account = true;
        let mut without = compiled(world(seed));
        without.set.controls.clear();
        prop_assert_eq!(with.answer(), without.answer());
        with.side.in_management_account = true;
        without.side.controls.clear();
        prop_assert_eq!(with.answer(), without.answer());
    }
}

/// Whether somebody is allowed whom everything allows but a control without an allow.
fn escapes_controls(name: &str) -> bool {
    let all = |grammar: Grammar, principal: &str| {
        let text = format!(r#"{{"Statement":{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}}}"#);
        Policy::parse_as(grammar, "all", &text).unwrap()
    };
    let silent = Policy::parse_as(Grammar::Control, "silent", r#"{"Statement":[]}"#).unwrap();
    let set = PolicySet {
        identity: [all(Grammar::Identity, "")].into(),
        controls: vec![Layer::new("root", vec![silent])],
        ..PolicySet::default()
    };
    let side = ResourceSide {
        policy: Some(all(Grammar::Resource, r#""Principal":"*","#)),
        ..ResourceSide::default()
    };
    let context = Context::new();
    let principal = if name.is_empty() { Principal::ANONYMOUS } else { Principal::named(name) };
    let facts = Facts { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: &context };
    evaluate(&set, &Request { facts, principal, resource: Some(&side), known: Known::ALL }).allowed
}

#[test]
fn controls_bind_principals_of_accounts_only() {
    assert!(escapes_controls(""));
    assert!(escapes_controls("q.amazonaws.com"));
    assert!(escapes_controls("arn:aws:iam::111111111111:role/aws-service-role/q.amazonaws.com/R"));
    assert!(!escapes_controls("arn:aws:iam::111111111111:role/R"));
    assert!(!escapes_controls("arn:aws:iam::111111111111:user/ana"));
    assert!(!escapes_controls("arn:aws:iam::111111111111:root"));
}

/// What decides when nothing is lacking but an allow by the resource's side.
fn lacks_on_the_resource(name: &str, controls: bool) -> String {
    let parse = |grammar: Grammar, name: &str, text: &str| Policy::parse_as(grammar, name, text).unwrap();
    let all = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let everybody = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    let silent = r#"{"Statement":[]}"#;
    let set = PolicySet { identity: [parse(Grammar::Identity, "all", all)].into(), ..PolicySet::default() };
    let control = Layer::new("root", vec![parse(Grammar::ResourceControl, "silent", silent)]);
    let side = ResourceSide {
        account: "222222222222".into(),
        policy: Some(parse(Grammar::Resource, "bucket", if controls { everybody } else { silent })),
        controls: if controls { vec![control] } else { Vec::new() },
        ..ResourceSide::default()
    };
    let context = Context::new();
    let facts = Facts { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: &context };
    let request =
        Request { facts, principal: Principal::named(name), resource: Some(&side), known: Known::ALL };
    let decision = Decision::from(evaluate(&set, &request));
    if decision.allowed { "allowed".to_owned() } else { format!("{}: {}", decision.by, decision.reason) }
}

#[test]
fn controls_over_resources_bind_all_but_roles_of_services() {
    let (service, role) = (
        "arn:aws:iam::111111111111:role/aws-service-role/q.amazonaws.com/R",
        "arn:aws:iam::111111111111:role/R",
    );
    assert_eq!(lacks_on_the_resource(service, true), "allowed");
    assert_eq!(
        lacks_on_the_resource(role, true),
        "root does not allow it: a resource control policy leaves it out"
    );
    // Across accounts the resource's own policy must allow, and is named when it does not.
    assert_eq!(
        lacks_on_the_resource(role, false),
        "bucket does not allow it: a resource policy leaves it out"
    );
}
