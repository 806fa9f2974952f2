//! The decision.

use std::fmt;
use std::sync::Arc;

use crate::condition::Context;
use crate::document::{Effect, Policy};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The action.
    pub action: &'a str,
    /// The resource's name.
    pub resource: &'a str,
    /// The condition keys.
    pub context: &'a Context,
}

/// The policies that govern a principal.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    /// Which state of the policies this is; leases are bound to it.
    pub revision: u64,
    /// Policies of the principal: one of them must allow.
    pub identity: Arc<[Policy]>,
    /// Boundaries: each of them must allow as well. What a repository brings is one.
    pub boundaries: Vec<Policy>,
    /// Controls of the organisation: each of them must allow as well.
    pub controls: Vec<Policy>,
}

impl PolicySet {
    /// What the person who owns this machine may do.
    #[must_use]
    pub fn local_owner() -> Self {
        Self {
            revision: 1,
            identity: Arc::new([Policy::local_owner()]),
            boundaries: Vec::new(),
            controls: Vec::new(),
        }
    }

    /// These policies with one more boundary: it can take away, and give nothing.
    #[must_use]
    pub fn narrowed_by(mut self, boundary: Policy) -> Self {
        self.boundaries.push(boundary);
        self
    }
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// A statement of a policy.
    Statement {
        /// The policy.
        policy: String,
        /// The statement, by its id or else its place from 0.
        statement: String,
    },
    /// No policy of the principal allows it.
    NoAllow,
    /// A boundary or control does not allow it.
    Outside {
        /// Which.
        policy: String,
    },
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement { policy, statement } => write!(f, "{policy}#{statement}"),
            Self::NoAllow => f.write_str("no policy allows it"),
            Self::Outside { policy } => write!(f, "{policy} does not allow it"),
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// What decided.
    pub by: DecidedBy,
    /// Why, in a sentence.
    pub reason: String,
}

/// Decides; never fetches, never logs. Same facts, same answer.
#[must_use]
pub fn decide(set: &PolicySet, facts: &Facts<'_>) -> Decision {
    let all = set.identity.iter().chain(&set.boundaries).chain(&set.controls);
    if let Some(by) = all.filter_map(|policy| find(policy, Effect::Deny, facts)).next() {
        return Decision { allowed: false, reason: "a statement denies it".into(), by };
    }
    let Some(by) = set.identity.iter().find_map(|policy| find(policy, Effect::Allow, facts)) else {
        return Decision { allowed: false, reason: "nothing allows it".into(), by: DecidedBy::NoAllow };
    };
    let limits = set.boundaries.iter().chain(&set.controls);
    if let Some(limit) = limits.into_iter().find(|policy| find(policy, Effect::Allow, facts).is_none()) {
        let by = DecidedBy::Outside { policy: limit.name.clone() };
        return Decision { allowed: false, reason: "a boundary leaves it out".into(), by };
    }
    Decision { allowed: true, reason: "a statement allows it".into(), by }
}

fn find(policy: &Policy, effect: Effect, facts: &Facts<'_>) -> Option<DecidedBy> {
    let speaks = |statement: &crate::document::Statement| {
        statement.effect == effect && statement.covers(facts.action, facts.resource, facts.context)
    };
    let place = policy.statements.iter().position(speaks)?;
    let statement = policy.statements[place].sid.clone().unwrap_or_else(|| place.to_string());
    Some(DecidedBy::Statement { policy: policy.name.clone(), statement })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(name: &str, statements: &str) -> Policy {
        Policy::parse(name, &format!(r#"{{"Statement":[{statements}]}}"#)).unwrap()
    }

    const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    const DENY_RUN: &str = r#"{"Sid":"NoRun","Effect":"Deny","Action":"quillon:Run*","Resource":"*"}"#;
    const ALLOW_READ: &str = r#"{"Effect":"Allow","Action":"quillon:Read*","Resource":"*"}"#;

    fn set(identity: &[&str], boundaries: &[&str]) -> PolicySet {
        let named = |name: &str, texts: &[&str]| -> Vec<Policy> {
            texts.iter().map(|text| policy(name, text)).collect()
        };
        PolicySet {
            revision: 1,
            identity: named("identity", identity).into(),
            boundaries: named("boundary", boundaries),
            controls: Vec::new(),
        }
    }

    fn check(set: &PolicySet, action: &str, expected: &str) {
        let facts =
            Facts { action, resource: "arn:quillon:q:device:local:workspace/w", context: &Context::new() };
        let decision = decide(set, &facts);
        let word = if decision.allowed { "allow" } else { "refuse" };
        assert_eq!(format!("{word} {}", decision.by), expected);
    }

    #[test]
    fn deny_beats_allow_and_silence_refuses() {
        check(&set(&[], &[]), "q:SendMessage", "refuse no policy allows it");
        check(&set(&[ALLOW_ALL], &[]), "q:SendMessage", "allow identity#0");
        check(&set(&[ALLOW_ALL, DENY_RUN], &[]), "quillon:RunCommand", "refuse identity#NoRun");
        check(&set(&[ALLOW_ALL], &[ALLOW_READ]), "quillon:ReadFile", "allow identity#0");
        check(&set(&[ALLOW_ALL], &[ALLOW_READ]), "quillon:RunCommand", "refuse boundary does not allow it");
        check(&set(&[], &[ALLOW_ALL]), "quillon:ReadFile", "refuse no policy allows it");
        check(&PolicySet::local_owner(), "q:SendMessage", "allow local-owner#OwnerOfThisMachine");
    }

    fn any_statement() -> impl Strategy<Value = String> {
        let effect = prop_oneof![Just("Allow"), Just("Deny")];
        let action = prop_oneof![Just("*"), Just("q:*"), Just("quillon:Run*"), Just("q:SendMessage")];
        (effect, action).prop_map(|(effect, action)| {
            format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}"#)
        })
    }

    fn allowed(set: &PolicySet, action: &str) -> bool {
        decide(set, &Facts { action, resource: "r", context: &Context::new() }).allowed
    }

    proptest! {
        #[test]
        fn a_deny_or_a_boundary_more_never_allows_more(
            identity in prop::collection::vec(any_statement(), 0..4),
            boundaries in prop::collection::vec(any_statement(), 0..3),
            more in any_statement(),
        ) {
            let identity: Vec<&str> = identity.iter().map(String::as_str).collect();
            let boundaries: Vec<&str> = boundaries.iter().map(String::as_str).collect();
            let before = set(&identity, &boundaries);
            let narrowed = before.clone().narrowed_by(policy("more", &more));
            let denied = set(&[&identity[..], &[DENY_RUN]].concat(), &boundaries);
            for action in ["q:SendMessage", "quillon:RunCommand", "q:Other"] {
                prop_assert!(allowed(&before, action) || !allowed(&narrowed, action));
                prop_assert!(allowed(&before, action) || !allowed(&denied, action));
            }
            prop_assert!(!allowed(&denied, "quillon:RunCommand"));
        }
    }
}
