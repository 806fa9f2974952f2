//! Questions about all requests: what a change grants and takes, and whether something can ever happen.
//!
//! Both are answered over requests that the policies tell apart (`witness`), a bounded number of them, and say so when
//! the bound was reached. "Never" is only said when no request at all could do it: an evaluation in which every condition
//! of an allow holds and none of a deny does has to refuse as well.

use std::collections::BTreeSet;

use crate::condition::Context;
use crate::decide::{DecidedBy, Decision, evaluate};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::seat::seats;
use crate::set::{Facts, PolicySet, Request, ResourceSide};
use crate::statement::{Effect, Known, Scope};
use crate::witness;

/// The most requests that are tried for one question.
pub const REQUESTS_MAX: usize = 400_000;

/// What is asked about two sets of policies, or about all requests to one.
#[derive(Clone, Copy, Debug)]
pub struct Questions<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// What governs the resources.
    pub resource: Option<&'a ResourceSide>,
    /// Facts that every request has.
    pub facts: &'a Context,
    /// Actions that exist, beside those that the policies name.
    pub catalogue: &'a [&'a str],
}

/// A request that shows something.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The facts.
    pub facts: Context,
    /// What decided before.
    pub before: DecidedBy,
    /// What decides now.
    pub now: DecidedBy,
}

/// What a change of policies does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// What was refused and is allowed now: one witness for each action and resource.
    pub grants: Vec<Witness>,
    /// What was allowed and is refused now.
    pub takes: Vec<Witness>,
    /// How many requests were tried.
    pub tried: usize,
    /// Whether all were tried that the policies tell apart by the values in them.
    pub complete: bool,
}

/// What a change from `old` to `new` grants and takes.
#[must_use]
pub fn diff(old: &PolicySet, new: &PolicySet, scope: &Questions<'_>) -> Difference {
    let policies: Vec<&Policy> =
        [old, new].into_iter().flat_map(|set| seats(set, scope.resource)).map(|(_, policy)| policy).collect();
    let mut difference = Difference::default();
    let mut settled: BTreeSet<(String, String, bool)> = BTreeSet::new();
    let complete = each_request(&policies, "*", scope, |action, resource, facts| {
        difference.tried += 1;
        let facts_of = Facts { action, resource, context: facts };
        let request = Request {
            facts: facts_of,
            principal: scope.principal,
            resource: scope.resource,
            known: Known::ALL,
        };
        let (before, now) = (evaluate(old, &request), evaluate(new, &request));
        let changed = before.allowed != now.allowed;
        if changed && settled.insert((action.to_owned(), resource.to_owned(), now.allowed)) {
            let list = if now.allowed { &mut difference.grants } else { &mut difference.takes };
            list.push(Witness {
                action: action.to_owned(),
                resource: resource.to_owned(),
                facts: facts.clone(),
                before: Decision::from(before).by,
                now: Decision::from(now).by,
            });
        }
        true
    });
    difference.complete = complete;
    difference
}

/// The answer to whether something can ever happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Proof {
    /// No request can do it.
    Never,
    /// None of the requests that were tried does it, and yet one might.
    NoneFound {
        /// How many were tried.
        tried: usize,
    },
    /// This request does it.
    Broken(Box<Witness>),
}

/// Whether the asker can never be allowed an action, in which `*` stands for any characters.
#[must_use]
pub fn prove_never(set: &PolicySet, action: &str, scope: &Questions<'_>) -> Proof {
    let policies: Vec<&Policy> = seats(set, scope.resource).into_iter().map(|(_, policy)| policy).collect();
    let (mut tried, mut broken) = (0, None);
    each_request(&policies, action, scope, |action, resource, facts| {
        tried += 1;
        let facts_of = Facts { action, resource, context: facts };
        let request = Request {
            facts: facts_of,
            principal: scope.principal,
            resource: scope.resource,
            known: Known::ALL,
        };
        let verdict = evaluate(set, &request);
        if verdict.allowed {
            let by = Decision::from(verdict).by;
            broken = Some(Box::new(Witness {
                action: action.to_owned(),
                resource: resource.to_owned(),
                facts: facts.clone(),
                before: by.clone(),
                now: by,
            }));
        }
        broken.is_none()
    });
    match broken {
        Some(witness) => Proof::Broken(witness),
        None if is_never(set, &policies, action, scope) => Proof::Never,
        None => Proof::NoneFound { tried },
    }
}

/// Whether no request at all can do it: nothing allows such an action, or it is one action and even the most favourable
/// request for it is refused.
fn is_never(set: &PolicySet, policies: &[&Policy], action: &str, scope: &Questions<'_>) -> bool {
    let asked = action.to_ascii_lowercase();
    let allows = policies.iter().flat_map(|policy| policy.statements.iter()).any(|statement| {
        statement.effect == Effect::Allow
            && match &statement.actions {
                Scope::These(patterns) => {
                    patterns.iter().any(|pattern| crate::overlap::with_text(pattern, &asked))
                }
                Scope::AllBut(_) => true,
            }
    });
    if !allows {
        return true;
    }
    let facts = Facts { action, resource: "*", context: scope.facts };
    let known = Known { facts: false, resource: false };
    let request = Request { facts, principal: scope.principal, resource: scope.resource, known };
    !action.contains('*') && !evaluate(set, &request).allowed
}

/// Tries requests until `try_it` says stop; returns whether every one was tried that the values make.
fn each_request(
    policies: &[&Policy],
    action: &str,
    scope: &Questions<'_>,
    mut try_it: impl FnMut(&str, &str, &Context) -> bool,
) -> bool {
    let (mut left, mut complete) = (REQUESTS_MAX, true);
    let resources = witness::resources(policies);
    for action in witness::actions(policies, action, scope.catalogue) {
        for resource in &resources {
            let (contexts, all) = witness::contexts(policies, &action, resource, scope.facts);
            complete &= all;
            for facts in contexts {
                if left == 0 {
                    return false;
                }
                left -= 1;
                if !try_it(&action, resource, &facts) {
                    return complete;
                }
            }
        }
    }
    complete
}
