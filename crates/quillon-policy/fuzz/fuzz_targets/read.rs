//! Reads anything as a policy of every kind, and asks what was read about a request made of the same bytes.
//!
//! Reading never panics, a refusal has a place, what is read is JSON to another reader as well, and the decision is the
//! same twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quillon_policy::{Context, Facts, Grammar, Known, Layer, Policy, PolicySet, Principal, Request, ResourceSide, evaluate};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for grammar in [Grammar::Identity, Grammar::Control, Grammar::ResourceControl, Grammar::Resource] {
        match Policy::parse_as(grammar, "p", &text) {
            Ok(policy) => {
                match serde_json::from_str::<serde_json::Value>(&text) {
                    Ok(value) => assert!(value.get("Statement").is_some()),
                    // A number that no `f64` holds stays text here.
                    Err(error) => assert!(error.to_string().contains("out of range"), "{error}"),
                }
                ask(&policy, &text);
            }
            Err(fault) => assert!(fault.message.contains("line ") || text.len() > quillon_policy::POLICY_BYTES_MAX),
        }
    }
});

fn ask(policy: &Policy, text: &str) {
    let mut context = Context::new();
    context.set("aws:username", text);
    context.set("a", "a");
    context.set_all("b", vec!["a".into(), String::new()]);
    let set = PolicySet {
        identity: [policy.clone()].into(),
        controls: vec![Layer::new("root", vec![policy.clone()])],
        ..PolicySet::default()
    };
    let side = ResourceSide { policy: Some(policy.clone()), ..ResourceSide::default() };
    let words: Vec<&str> = text.split('"').collect();
    for pair in words.windows(2).take(20) {
        let facts = Facts { action: pair[0], resource: pair[1], context: &context };
        for known in [Known::ALL, Known { facts: false, resource: false }] {
            let principal = Principal::named(pair[1]);
            let request = Request { facts, principal, resource: Some(&side), known };
            assert_eq!(evaluate(&set, &request), evaluate(&set, &request));
        }
    }
}
