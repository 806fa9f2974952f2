//! Explanations: the changes that they offer turn the decision.

use quillon_policy::{Context, Facts, Grammar, Known, Layer, Policy, PolicySet, Principal, ResourceSide};
use quillon_policy::{Edit, Request, decide, evaluate, explain, simulate};

use crate::generate::{compiled, world};

const WORLDS: u64 = 1_200;

#[test]
fn applying_the_smallest_change_turns_the_decision() {
    let (mut refusals, mut turned, mut sizes, mut by_fact) = (0_u32, 0_u32, [0_u32; 4], 0_u32);
    for seed in 0..WORLDS {
        let compiled = compiled(world(seed));
        let request = compiled.request();
        let explanation = explain(&compiled.set, &request);
        let before = evaluate(&compiled.set, &request).allowed;
        assert_eq!(explanation.decision.allowed, before);
        for change in &explanation.changes {
            let (set, side, context) = change.apply(&compiled.set, &request);
            let facts = Facts { context: &context, ..request.facts };
            let after = Request { facts, resource: side.as_ref(), ..request };
            assert_eq!(evaluate(&set, &after).allowed, !before, "seed {seed}: {change:?}");
        }
        assert!(explanation.changes.windows(2).all(|pair| pair[0].edits.len() <= pair[1].edits.len()));
        if !before {
            refusals += 1;
            turned += u32::from(!explanation.changes.is_empty());
            if let Some(change) = explanation.changes.first() {
                sizes[(change.edits.len() - 1).min(3)] += 1;
                by_fact += u32::from(matches!(change.edits[0], Edit::Fact { .. }));
            }
        }
    }
    assert!(f64::from(turned) >= 0.99 * f64::from(refusals), "{turned} of {refusals} turned");
    // One edit, two, three, more: most refusals are near.
    assert!(
        sizes[0] > refusals / 3 && sizes[1] > 0 && by_fact > refusals / 20,
        "{sizes:?} {by_fact} of {refusals}"
    );
}

fn set(statements: &str) -> PolicySet {
    let text = format!(r#"{{"Version":"2012-10-17","Id":"own","Statement":[{statements}]}}"#);
    PolicySet { identity: [Policy::parse("own", &text).unwrap()].into(), ..PolicySet::default() }
}

fn check(set: &PolicySet, action: &str, expected: &[&str]) {
    let mut context = Context::new();
    context.set("aws:MultiFactorAuthPresent", "false");
    let facts = Facts { action, resource: "arn:quillon:q:device:local:workspace/w", context: &context };
    let explanation = explain(set, &Request::local(facts));
    assert_eq!(explanation.decision, decide(set, &facts));
    let shown: Vec<String> = explanation
        .changes
        .iter()
        .map(|change| change.edits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; then "))
        .collect();
    assert_eq!(shown, expected, "{action}");
}

#[test]
fn changes_read_as_sentences() {
    let with_factor = r#"{"Sid":"WithFactor","Effect":"Allow","Action":"q:SendMessage","Resource":"*",
        "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let no_run = r#"{"Sid":"NoRun","Effect":"Deny","Action":"quillon:Run*","Resource":"*"}"#;
    let run = r#"{"Effect":"Allow","Action":"quillon:*","Resource":"*"}"#;
    let add = |action: &str| {
        format!(
            r#"add to a identity policy: {{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"arn:quillon:q:device:local:workspace/w"}}}}"#
        )
        .replace("a identity", "an identity")
    };
    check(
        &set(with_factor),
        "q:SendMessage",
        &["ask with `aws:multifactorauthpresent` being `true`", &add("q:SendMessage")],
    );
    check(
        &set(&format!("{run},{no_run}")),
        "quillon:RunCommand",
        &["take `NoRun` out of the identity policy `own`"],
    );
    check(
        &set(no_run),
        "quillon:RunCommand",
        &[&format!("take `NoRun` out of the identity policy `own`; then {}", add("quillon:RunCommand"))],
    );
}

#[test]
fn a_change_grants_just_what_was_asked() {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let reads = r#"{"Effect":"Allow","Action":"quillon:Read*","Resource":"*"}"#;
    let mut set = set(all);
    let control = Policy::parse("control", &format!(r#"{{"Statement":{reads}}}"#)).unwrap();
    set.controls = vec![Layer::new("root", vec![control])];
    let context = Context::new();
    let facts = Facts {
        action: "quillon:RunCommand",
        resource: "arn:quillon:q:device:local:x/a*b?$c",
        context: &context,
    };
    let request = Request::local(facts);
    let change = explain(&set, &request).changes.remove(0);
    assert_eq!(
        change.edits[0].to_string(),
        r#"add to the service control policy `root`: {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"quillon:RunCommand","Resource":"arn:quillon:q:device:local:x/a${*}b${?}${$}c"}}"#
    );
    let (after, ..) = change.apply(&set, &request);
    assert!(decide(&after, &facts).allowed);
    let near = Facts { resource: "arn:quillon:q:device:local:x/aab?$c", ..facts };
    assert!(!decide(&after, &near).allowed);
}

fn edits(set: &PolicySet, request: &Request<'_>) -> Vec<String> {
    let changes = explain(set, request).changes;
    changes.iter().flat_map(|change| &change.edits).map(ToString::to_string).collect()
}

#[test]
fn a_change_for_all_resources_says_all() {
    let context = Context::new();
    let facts = Facts { action: "q:SendMessage", resource: "*", context: &context };
    let added = r#"add to an identity policy: {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"q:SendMessage","Resource":"*"}}"#;
    assert_eq!(edits(&PolicySet::default(), &Request::local(facts)), [added]);
    // A resource that stands for many stays as it was asked about.
    let facts = Facts { resource: "arn:quillon:q:r:o:*", ..facts };
    let request = Request { known: Known { facts: true, resource: false }, ..Request::local(facts) };
    assert!(edits(&PolicySet::default(), &request)[0].ends_with(r#""Resource":"arn:quillon:q:r:o:*"}}"#));
}

#[test]
fn a_policy_of_a_resource_is_added_to_for_the_asker_and_one_of_an_endpoint_for_everybody() {
    let silent = |grammar| Policy::parse_as(grammar, "silent", r#"{"Statement":[]}"#).unwrap();
    let context = Context::new();
    let facts = Facts { action: "sqs:SendMessage", resource: "arn:aws:sqs:r:1:q", context: &context };
    let principal = Principal::named("arn:aws:iam::111111111111:user/ana");
    let side = ResourceSide {
        account: "111111111111".into(),
        policy: Some(silent(Grammar::Resource)),
        ..ResourceSide::default()
    };
    let request = Request { facts, principal, resource: Some(&side), known: Known::ALL };
    // The boundary and the principal's own policy would be two edits.
    let bounded = PolicySet { boundaries: vec![silent(Grammar::Identity)], ..PolicySet::default() };
    let statement = r#""Action":"sqs:SendMessage","Resource":"arn:aws:sqs:r:1:q"}}"#;
    let to_resource = format!(
        r#"add to the resource policy `silent`: {{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111111111111:user/ana"}},{statement}"#
    );
    assert_eq!(edits(&bounded, &request), [to_resource]);
    let mut behind = set(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    behind.endpoints = vec![Layer::new("vpce", vec![silent(Grammar::Resource)])];
    let to_endpoint = format!(
        r#"add to the endpoint policy `vpce`: {{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*",{statement}"#
    );
    assert_eq!(edits(&behind, &request), [to_endpoint]);
}

#[test]
fn a_permission_is_turned_by_taking_its_statement_out_or_by_a_denial() {
    let once = set(r#"{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}"#);
    let deny = r#"add to an identity policy: {"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"q:SendMessage","Resource":"arn:quillon:q:device:local:workspace/w"}}"#;
    check(&once, "q:SendMessage", &["take `All` out of the identity policy `own`", deny]);
    // Where another statement allows it too, taking one out turns nothing.
    let twice =
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"q:*","Resource":"*"}"#;
    check(&set(twice), "q:SendMessage", &[deny]);
}

#[test]
fn a_change_has_a_size() {
    let denied = |denies: usize| {
        let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
        let statements = vec![deny; denies].join(",");
        let set = set(&format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*"}},{statements}"#));
        let context = Context::new();
        let facts = Facts { action: "q:SendMessage", resource: "r", context: &context };
        explain(&set, &Request::local(facts)).changes.first().map(|change| change.edits.len())
    };
    assert_eq!([denied(1), denied(63), denied(64)], [Some(1), Some(63), None]);
}

#[test]
fn denials_of_a_resource_are_named_only_where_they_concern_the_asker() {
    let text = r#"{"Statement":[
        {"Sid":"Others","Effect":"Deny","Principal":{"AWS":"222222222222"},"Action":"*","Resource":"*"},
        {"Sid":"Ours","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let side = ResourceSide {
        policy: Some(Policy::parse_as(Grammar::Resource, "bucket", text).unwrap()),
        ..ResourceSide::default()
    };
    let context = Context::new();
    let facts = Facts { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: &context };
    let principal = Principal::named("arn:aws:iam::111111111111:user/ana");
    let request = Request { facts, principal, resource: Some(&side), known: Known::ALL };
    let explanation = explain(&PolicySet::default(), &request);
    let named: Vec<&str> = explanation.decisive.iter().map(|it| it.statement.as_str()).collect();
    assert_eq!(named, ["Ours"]);
}

#[test]
fn what_decided_and_what_it_saw_is_named() {
    let set = set(
        r#"{"Sid":"Team","Effect":"Allow","Action":"q:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}},
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#,
    );
    let mut context = Context::new();
    context.set("aws:PrincipalTag/team", "red");
    let facts = Facts { action: "q:SendMessage", resource: "r", context: &context };
    let explanation = explain(&set, &Request::local(facts));
    assert_eq!(explanation.decisive.len(), 1);
    assert_eq!((explanation.decisive[0].statement.as_str(), explanation.decisive[0].place.line), ("Team", 1));
    let seen: Vec<(&str, bool)> =
        explanation.facts.iter().map(|(key, value)| (key.as_str(), value.is_some())).collect();
    assert_eq!(seen, [("aws:principaltag/team", true), ("aws:securetransport", false)]);
    context.set("aws:SecureTransport", "false");
    let facts = Facts { action: "q:SendMessage", resource: "r", context: &context };
    let denied = explain(&set, &Request::local(facts));
    assert_eq!((denied.decisive[0].statement.as_str(), denied.decisive[0].place.line), ("1", 2));
}

#[test]
fn a_simulation_is_a_table() {
    let set = set(r#"{"Effect":"Allow","Action":"q:Send*","Resource":"arn:quillon:q:*:*:a"}"#);
    let context = Context::new();
    let request = Request::local(Facts { action: "", resource: "", context: &context });
    let rows = simulate(
        &set,
        &request,
        &["q:SendMessage", "q:Other"],
        &["arn:quillon:q:r:o:a", "arn:quillon:q:r:o:*", "b"],
    );
    let allowed: Vec<bool> = rows.iter().map(|row| row.explanation.decision.allowed).collect();
    assert_eq!(allowed, [true, true, false, false, false, false]);
    assert_eq!(rows[1].resource, "arn:quillon:q:r:o:*");
    let known = Known { facts: true, resource: false };
    assert!(
        evaluate(
            &set,
            &Request {
                known,
                facts: Facts { action: "q:SendX", resource: "*", context: &context },
                ..request
            }
        )
        .allowed
    );
}
