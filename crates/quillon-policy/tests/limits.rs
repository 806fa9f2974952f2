//! Input that is too much.

use std::time::{Duration, Instant};

use quillon_policy::{Context, Facts, POLICY_BYTES_MAX, Policy, PolicySet, decide};

/// Far more than any of these needs, and far less than anything that is not linear would take.
const LONG: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "a bound on time can only be tested with a clock")]
fn within<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let outcome = work();
    assert!(start.elapsed() < LONG, "took {:?}", start.elapsed());
    outcome
}

fn statement(action: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#)
}

#[test]
fn ten_megabytes_are_read_in_one_pass() {
    let one = statement("q:SendMessage");
    let count = (POLICY_BYTES_MAX - 100) / (one.len() + 1);
    let text = format!(r#"{{"Statement":[{}]}}"#, vec![one; count].join(","));
    let policy = within(|| Policy::parse("large", &text).unwrap());
    assert_eq!(policy.len(), count);
    let broken = format!("{},", &text[..text.len() - 2]);
    let fault = within(|| Policy::parse("large", &broken).unwrap_err());
    assert!(fault.message.contains("line 1, column "), "{}", fault.message);
    let last = fault.message.split("column ").nth(1).and_then(|rest| rest.split(':').next()).unwrap();
    assert!(last.parse::<usize>().unwrap() > POLICY_BYTES_MAX - 300, "{}", fault.message);
}

#[test]
fn a_million_statements_decide() {
    let half = |half: usize| {
        let statements: Vec<String> =
            (0..50_000).map(|place| statement(&format!("q:Do{half}x{place}"))).collect();
        Policy::parse("part", &format!(r#"{{"Statement":[{}]}}"#, statements.join(","))).unwrap()
    };
    let halves = within(|| [half(0), half(1)]);
    let policies: Vec<Policy> = (0..20).map(|place| halves[place % 2].clone()).collect();
    let set = PolicySet { identity: policies.into(), ..PolicySet::default() };
    assert_eq!(set.policies().map(Policy::len).sum::<usize>(), 1_000_000);
    let context = Context::new();
    within(|| {
        for round in 0..2_000 {
            let action = format!("Q:dO{}X{}", round % 2, round * 25);
            assert!(
                decide(&set, &Facts { action: &action, resource: "r", context: &context }).allowed,
                "{action}"
            );
        }
        assert!(!decide(&set, &Facts { action: "q:Do1x50000", resource: "r", context: &context }).allowed);
    });
}

#[test]
fn depth_and_length_have_bounds() {
    let fault =
        within(|| Policy::parse("p", &format!(r#"{{"Statement":{}"#, "[".repeat(5_000_000))).unwrap_err());
    assert!(fault.message.contains("32 deep"), "{}", fault.message);
    let deep = format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"Bool":{}}}}}}}"#,
        r#"{"a":"#.repeat(100_000)
    );
    assert!(within(|| Policy::parse("p", &deep)).unwrap_err().message.contains("32 deep"));
    let values = format!(r#"{{"Statement":[{}0]}}"#, "0,".repeat(4_500_000));
    assert!(within(|| Policy::parse("p", &values)).unwrap_err().message.contains("values"));
    let long = statement(&format!("q:{}", "a".repeat(5_000)));
    let fault = Policy::parse("p", &format!(r#"{{"Statement":{long}}}"#)).unwrap_err();
    assert!(fault.message.contains("longer than 4000 characters"), "{}", fault.message);
    let context = Context::new();
    let action = "q:".to_owned() + &"a".repeat(300);
    let set = PolicySet::local_owner();
    let decision = decide(&set, &Facts { action: &action, resource: "r", context: &context });
    assert_eq!((decision.allowed, decision.by.to_string()), (false, "no such action".to_owned()));
}

#[test]
fn hostile_wildcards_take_linear_time() {
    let text = |pattern: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"{pattern}"}}}}"#
        )
    };
    let long = "a".repeat(1_000_000);
    let mut context = Context::new();
    context.set("aws:username", "a".repeat(3_000));
    for pattern in ["*a*a*a*a*a*a*a*a*b", "*?a*?a*?a*?b", "${aws:username}*a*a*b", "arn:*:*:*:*:*a*a*b"] {
        let set = PolicySet {
            identity: [Policy::parse("p", &text(pattern)).unwrap()].into(),
            ..PolicySet::default()
        };
        let facts = Facts { action: "q:SendMessage", resource: &long, context: &context };
        assert!(!within(|| decide(&set, &facts)).allowed, "{pattern}");
    }
}
