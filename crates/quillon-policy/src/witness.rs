//! Requests that policies tell apart.
//!
//! Everything that a set of policies can distinguish stands in its texts: the actions and resources that they name, and
//! the values that their conditions compare with. From each text a few requests are made, one that meets it and some that
//! just miss it, so that questions about all requests can be answered over a number of them that has a bound.

use std::collections::{BTreeMap, BTreeSet};

use crate::condition::{Condition, Context};
use crate::operator::{Compare, Operator, Quantifier};
use crate::overlap::{example_of_text, filled};
use crate::pattern::Pattern;
use crate::policy::Policy;
use crate::statement::{Asked, Known, Scope, Statement};
use crate::value::{instant, number};

/// The most values that are tried for one key.
const VALUES_PER_KEY_MAX: usize = 12;

/// The most sets of facts that are tried for one action and resource.
const CONTEXTS_MAX: usize = 2_048;

/// What nobody's policy names.
const ELSEWHERE: &str = "arn:quillon:q:elsewhere:elsewhere:other/none";

/// Actions that the policies tell apart, among those that match `asked`, in which `*` stands for any characters, and all
/// of the catalogue that do.
pub(crate) fn actions(policies: &[&Policy], asked: &str, catalogue: &[&str]) -> BTreeSet<String> {
    let asked = asked.to_ascii_lowercase();
    let wanted = crate::pattern::Pattern::compile(
        &asked,
        crate::pattern::Reading { wildcards: true, variables: false, arn: false },
    );
    let Ok(wanted) = wanted else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    let patterns = statements(policies).flat_map(|statement| statement.actions.items());
    found.extend(patterns.filter_map(|pattern| example_of_text(pattern, &asked)));
    found.extend(catalogue.iter().map(|action| action.to_ascii_lowercase()));
    found.insert(filled(&wanted, ""));
    found.insert(filled(&wanted, "x"));
    let nowhere = Context::new();
    found.retain(|action| {
        action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
            && wanted.matches(action, &nowhere) == crate::pattern::Outcome::Match
    });
    found
}

/// Resources that the policies tell apart, and one that none of them names.
pub(crate) fn resources(policies: &[&Policy]) -> BTreeSet<String> {
    let scopes = statements(policies).filter_map(|statement| statement.resources.as_ref());
    let patterns = scopes.flat_map(Scope::items).filter(|pattern| !pattern.is_all());
    let mut found: BTreeSet<String> =
        patterns.flat_map(|pattern| [filled(pattern, ""), filled(pattern, "x")]).collect();
    found.insert(ELSEWHERE.to_owned());
    found
}

/// Sets of facts that the policies tell apart for this action and resource, on top of the facts given; and whether they
/// are all that these values make.
pub(crate) fn contexts(
    policies: &[&Policy],
    action: &str,
    resource: &str,
    base: &Context,
) -> (Vec<Context>, bool) {
    let keys: Vec<(String, Vec<Option<Guess>>)> =
        guesses(policies, action, resource, base).into_iter().collect();
    let all = keys.iter().try_fold(1_usize, |count, (_, guesses)| count.checked_mul(guesses.len()));
    if all.is_some_and(|all| all <= CONTEXTS_MAX) {
        let mut contexts = vec![base.clone()];
        for (key, guesses) in &keys {
            contexts = contexts
                .iter()
                .flat_map(|facts| guesses.iter().map(|guess| with(facts, key, guess)))
                .collect();
        }
        return (contexts, true);
    }
    (some_contexts(&keys, base), false)
}

/// Too many to try them all: every value of each key beside the first and the last values of the others.
fn some_contexts(keys: &[(String, Vec<Option<Guess>>)], base: &Context) -> Vec<Context> {
    let mut contexts = Vec::new();
    for first in [true, false] {
        let of = |guesses: &[Option<Guess>]| {
            if first { guesses.first() } else { guesses.last() }.cloned().flatten()
        };
        let beside = keys.iter().fold(base.clone(), |facts, (key, guesses)| with(&facts, key, &of(guesses)));
        for (key, guesses) in keys {
            contexts.extend(guesses.iter().map(|guess| with(&beside, key, guess)));
        }
    }
    contexts.truncate(CONTEXTS_MAX);
    contexts
}

/// A value that a key may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guess {
    pub(crate) values: Vec<String>,
    pub(crate) many: bool,
}

/// The facts with one key changed; `None` makes it absent.
pub(crate) fn with(facts: &Context, key: &str, guess: &Option<Guess>) -> Context {
    let mut facts = facts.clone();
    match guess {
        None => facts.remove(key),
        Some(Guess { values, many: true }) => facts.set_all(key, values.clone()),
        Some(Guess { values, many: false }) => facts.set(key, values.first().cloned().unwrap_or_default()),
    }
    facts
}

/// The keys that matter for this action and resource, and values worth trying for each; `None` is absence.
pub(crate) fn guesses(
    policies: &[&Policy],
    action: &str,
    resource: &str,
    base: &Context,
) -> BTreeMap<String, Vec<Option<Guess>>> {
    let action = action.to_ascii_lowercase();
    let asked =
        Asked { action: &action, resource, facts: base, known: Known { facts: false, resource: true } };
    let relevant = statements(policies).filter(|statement| {
        // A resource that a variable stands in may be covered with other facts.
        let variable =
            statement.resources.iter().flat_map(Scope::items).any(|pattern| !pattern.variables().is_empty());
        statement.covers_action(&asked) && (variable || statement.covers_resource(&asked))
    });
    let mut keys: BTreeMap<String, Vec<Option<Guess>>> = BTreeMap::new();
    for statement in relevant {
        for condition in &statement.conditions {
            let found = keys.entry(condition.key.to_string()).or_insert_with(|| vec![None]);
            found.extend(values(condition, base).into_iter().map(Some));
            variables(condition.patterns(), resource, &mut keys);
        }
        variables(statement.resources.iter().flat_map(Scope::items), resource, &mut keys);
    }
    for guesses in keys.values_mut() {
        let mut seen = Vec::new();
        guesses.retain(|guess| {
            let is_new = !seen.contains(guess);
            seen.push(guess.clone());
            is_new
        });
        guesses.truncate(VALUES_PER_KEY_MAX);
    }
    keys
}

/// Values for the variables of patterns: parts of the resource's name, which are what they are compared with.
fn variables<'p>(
    patterns: impl Iterator<Item = &'p Pattern>,
    resource: &str,
    keys: &mut BTreeMap<String, Vec<Option<Guess>>>,
) {
    for variable in patterns.flat_map(Pattern::variables) {
        let found = keys.entry(variable.key.to_string()).or_insert_with(|| vec![None]);
        let parts = resource.split([':', '/']).filter(|part| !part.is_empty()).rev().take(3);
        found.extend(parts.map(|part| Some(Guess { values: vec![part.to_owned()], many: false })));
    }
}

/// Values that meet a condition, and some that just miss it.
fn values(condition: &Condition, base: &Context) -> Vec<Guess> {
    let Operator { compare, quantifier, .. } = condition.operator;
    let texts: Vec<String> = match compare {
        Compare::Number(_) => around(condition, number),
        Compare::Date(_) => around(condition, instant),
        Compare::Address => condition.values().flat_map(addresses).collect(),
        Compare::Bool => vec!["true".to_owned(), "false".to_owned()],
        Compare::Null => vec!["x".to_owned()],
        Compare::Binary => condition.values().map(str::to_owned).chain(["AA==".to_owned()]).collect(),
        Compare::Text | Compare::TextIgnoringCase | Compare::Like | Compare::Arn => {
            let met = condition.patterns().map(|pattern| filled_with(pattern, base));
            let missed = condition.patterns().map(|pattern| format!("{}~", filled_with(pattern, base)));
            met.chain(missed.collect::<Vec<_>>()).collect()
        }
    };
    let many = quantifier != Quantifier::One;
    texts.into_iter().map(|text| Guess { values: vec![text], many }).collect()
}

/// The pattern with values where variables have one.
fn filled_with(pattern: &Pattern, base: &Context) -> String {
    let mut variables = pattern.variables().iter();
    let mut text = String::new();
    // Variables and stars look the same in a shape; a variable's value fills the first of them that fits.
    for unit in pattern.shape() {
        match unit {
            Some(Some(c)) => text.push(c),
            Some(None) => text.push('x'),
            None => {
                let value = variables
                    .next()
                    .and_then(|variable| base.single(&variable.key).or(variable.default.as_deref()));
                text.push_str(value.unwrap_or("x"));
            }
        }
    }
    text
}

fn around(condition: &Condition, read: fn(&str) -> Option<f64>) -> Vec<String> {
    let numbers = condition.values().filter_map(read);
    numbers.flat_map(|number| [number, number - 1.0, number + 1.0].map(|number| number.to_string())).collect()
}

fn addresses(network: &str) -> Vec<String> {
    let inside = network.split('/').next().unwrap_or(network).to_owned();
    vec![inside, "192.0.2.99".to_owned(), "2001:db8:ffff::99".to_owned()]
}

fn statements<'p>(policies: &'p [&'p Policy]) -> impl Iterator<Item = &'p Statement> {
    policies.iter().flat_map(|policy| policy.statements.iter())
}
