//! Questions about all requests.

use quillon_policy::{Context, Policy, PolicySet, Principal, Proof, Questions, diff, evaluate, prove_never};
use quillon_policy::{Facts, Request};

use crate::generate::{compiled, world};

const CATALOGUE: &[&str] = &["q:SendMessage", "q:StartConversation", "iam:CreateUser", "iam:DeleteUser"];

fn set(statements: &str) -> PolicySet {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    PolicySet { identity: [Policy::parse("own", &text).unwrap()].into(), ..PolicySet::default() }
}

fn questions(facts: &Context) -> Questions<'_> {
    Questions { principal: Principal::LOCAL, resource: None, facts, catalogue: CATALOGUE }
}

fn allow(action: &str, more: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"{more}}}"#)
}

const WITH_FACTOR: &str = r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

#[test]
fn a_diff_names_what_is_granted_and_what_is_taken() {
    let facts = Context::new();
    let old = set(&format!("{},{}", allow("q:SendMessage", ""), allow("iam:Create*", WITH_FACTOR)));
    let new = set(&format!("{},{}", allow("q:*", WITH_FACTOR), allow("iam:Create*", "")));
    let difference = diff(&old, &new, &questions(&facts));
    let actions = |witnesses: &[quillon_policy::Witness]| {
        let mut actions: Vec<String> = witnesses.iter().map(|witness| witness.action.clone()).collect();
        actions.dedup();
        actions
    };
    assert!(difference.complete && difference.tried > 10);
    assert_eq!(
        actions(&difference.grants),
        ["iam:create", "iam:createuser", "q:", "q:startconversation"]
            .iter()
            .filter(|it| !it.ends_with(':'))
            .map(|it| (*it).to_owned())
            .collect::<Vec<_>>()
    );
    assert_eq!(actions(&difference.takes), ["q:sendmessage"]);
    for witness in difference.grants.iter().chain(&difference.takes) {
        let facts = Facts { action: &witness.action, resource: &witness.resource, context: &witness.facts };
        let (before, now) =
            (evaluate(&old, &Request::local(facts)).allowed, evaluate(&new, &Request::local(facts)).allowed);
        assert_ne!(before, now, "{witness:?}");
    }
    let same = diff(&old, &old, &questions(&facts));
    assert!(same.grants.is_empty() && same.takes.is_empty());
}

#[test]
fn a_diff_finds_every_change_that_generated_requests_meet() {
    let (mut met, mut found) = (0, 0);
    for seed in 0..80 {
        let (one, other) = (compiled(world(seed)), compiled(world(seed + 10_000)));
        // The same request to two sets of policies.
        let request = one.request();
        let changed = evaluate(&one.set, &request).allowed != evaluate(&other.set, &request).allowed;
        if !changed {
            continue;
        }
        met += 1;
        let questions = Questions {
            principal: request.principal,
            resource: request.resource,
            facts: &one.context,
            catalogue: &[&one.world.action],
        };
        let difference = diff(&one.set, &other.set, &questions);
        found += u32::from(!difference.grants.is_empty() || !difference.takes.is_empty());
    }
    assert!(met > 8 && found >= met, "{found} of {met}");
}

fn check(set: &PolicySet, action: &str, expected: &str) {
    let facts = Context::new();
    let shown = match prove_never(set, action, &questions(&facts)) {
        Proof::Never => "never".to_owned(),
        Proof::NoneFound { tried } => format!("none of {} found", if tried > 0 { "some" } else { "none" }),
        Proof::Broken(witness) => {
            let facts =
                Facts { action: &witness.action, resource: &witness.resource, context: &witness.facts };
            assert!(evaluate(set, &Request::local(facts)).allowed, "{witness:?}");
            format!("{} by {}", witness.action, witness.now)
        }
    };
    assert_eq!(shown, expected, "{action}");
}

#[test]
fn never_is_proved_or_broken() {
    check(&set(&allow("q:*", "")), "iam:*", "never");
    check(&set(&allow("q:*", "")), "iam:CreateUser", "never");
    check(&set(&allow("*", "")), "iam:*", "iam: by own#0".replace("iam: ", "iam:createuser ").as_str());
    check(&set(&allow("iam:Create*", WITH_FACTOR)), "iam:CreateUser", "iam:createuser by own#0");
    let denied = format!(r#"{},{{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#, allow("*", ""));
    check(&set(&denied), "iam:CreateUser", "never");
    check(&set(&denied), "iam:*", "none of some found");
    let never =
        r#","Condition":{"StringEquals":{"aws:username":"ana"},"StringNotEquals":{"aws:username":"ana"}}"#;
    check(&set(&allow("iam:*", never)), "iam:CreateUser", "none of some found");
    let narrow = r#","Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"10"},"NumericLessThan":{"aws:MultiFactorAuthAge":"12"}}"#;
    check(&set(&allow("iam:*", narrow)), "iam:CreateUser", "iam:createuser by own#0");
}

#[test]
fn nobody_in_a_channel_ever_reaches_keys() {
    let owner = set(&allow("*", "")).in_channel(
        "team",
        vec![Policy::parse("all", &format!(r#"{{"Statement":{}}}"#, allow("*", ""))).unwrap()],
    );
    for action in [
        "iam:CreateUser",
        "sts:AssumeRole",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "s3:GetObject",
    ] {
        check(&owner, action, "never");
    }
    check(&owner, "q:SendMessage", "q:sendmessage by own#0");
}
