//! Why, and what would have to be otherwise.
//!
//! An explanation names the statements that decided, the facts that they looked at, and the smallest changes that would
//! turn the decision. Every change that is offered has been tried: it is applied to a copy and the request decided again.
//! Start at [`explain`].

use std::fmt;

use crate::condition::Context;
use crate::decide::{Cause, Decision, Role};
use crate::document::POLICY_BYTES_MAX;
use crate::json::Place;
use crate::policy::Policy;
use crate::principal::{Naming, PrincipalKind};
use crate::seat::{Scene, Seat};
use crate::set::{PolicySet, Request, ResourceSide};
use crate::statement::{Asked, Effect, Known, Statement};
use crate::witness::{Guess, guesses, with};

/// The most edits of a change. A request that needs more is better granted from scratch.
const EDITS_MAX: usize = 64;

/// The most changes that are offered.
const CHANGES_MAX: usize = 5;

/// Why a request is allowed or refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The decision.
    pub decision: Decision,
    /// The statements that decided: the one that allows, or all that deny.
    pub decisive: Vec<Decisive>,
    /// The facts that statements about this action and resource look at, by key, with what the request says.
    pub facts: Vec<(String, Option<Vec<String>>)>,
    /// The smallest changes that turn the decision, fewest edits first; none where a service decides by itself, and
    /// none where an operation is one that no policy enables.
    pub changes: Vec<Change>,
}

/// A statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisive {
    /// Where its policy is attached.
    pub seat: Seat,
    /// The policy.
    pub policy: String,
    /// The statement's id, or else its position from 0.
    pub statement: String,
    /// Where it starts in the document.
    pub place: Place,
    /// Whether it allows or denies.
    pub effect: Effect,
}

/// Edits that together turn a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The edits, in order.
    pub edits: Vec<Edit>,
}

/// One edit.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// The request has other facts.
    Fact {
        /// The key.
        key: String,
        /// Its values; none for a key that is absent.
        values: Vec<String>,
        /// Whether the key is one with several values.
        many: bool,
    },
    /// A statement is taken out.
    Remove {
        /// Where its policy is attached.
        seat: Seat,
        /// The policy.
        policy: String,
        /// The statement's id, or else its position from 0.
        statement: String,
        /// Its position when this edit is applied.
        position: usize,
    },
    /// A statement is added.
    Add {
        /// The part of the policy that it is added to.
        role: Role,
        /// The layer.
        layer: usize,
        /// The name of the place, for people.
        name: String,
        /// A policy with the statement.
        document: String,
    },
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact { key, values, .. } if values.is_empty() => write!(f, "ask without `{key}`"),
            Self::Fact { key, values, .. } => write!(f, "ask with `{key}` being `{}`", values.join("`, `")),
            Self::Remove { seat, policy, statement, .. } => {
                write!(f, "take `{statement}` out of the {} `{policy}`", seat.role)
            }
            Self::Add { role, name, document, .. } if name.is_empty() => {
                write!(f, "add to {} {role}: {document}", role.article())
            }
            Self::Add { role, name, document, .. } => write!(f, "add to the {role} `{name}`: {document}"),
        }
    }
}

impl Change {
    /// The policies and facts after the change.
    #[must_use]
    pub fn apply(
        &self,
        set: &PolicySet,
        request: &Request<'_>,
    ) -> (PolicySet, Option<ResourceSide>, Context) {
        let mut scene = Scene::of(set, request);
        for edit in &self.edits {
            edit.apply(&mut scene);
        }
        (scene.set, scene.side, scene.context)
    }
}

impl Edit {
    fn apply(&self, scene: &mut Scene<'_>) {
        match self {
            Self::Fact { key, values, many } => {
                let guess = (!values.is_empty()).then(|| Guess { values: values.clone(), many: *many });
                scene.context = with(&scene.context, key, &guess);
            }
            Self::Remove { seat, position, .. } => {
                let policy = scene
                    .seats()
                    .into_iter()
                    .find(|(at, _)| at == seat)
                    .map(|(_, policy)| policy.without(*position));
                if let Some(policy) = policy {
                    scene.replace(*seat, policy);
                }
            }
            Self::Add { role, layer, document, .. } => {
                if let Ok(policy) = Policy::parse_as(role.grammar(), "added", document) {
                    scene.add(*role, *layer, policy);
                }
            }
        }
    }
}

/// Explains the decision about a request.
#[must_use]
pub fn explain(set: &PolicySet, request: &Request<'_>) -> Explanation {
    let scene = Scene::of(set, request);
    let decision = scene.judge(|verdict| Decision::from(verdict));
    let mut changes = if decision.allowed { to_refuse(&scene) } else { to_allow(&scene) };
    changes.sort_by_key(|change| change.edits.len());
    changes.truncate(CHANGES_MAX);
    Explanation { decisive: decisive(&scene), facts: facts(&scene), decision, changes }
}

/// The statement that allows, or all that deny.
fn decisive(scene: &Scene<'_>) -> Vec<Decisive> {
    scene.judge(|verdict| {
        let Cause::Statement { role, policy, position } = verdict.cause else { return Vec::new() };
        if verdict.allowed {
            let seats = scene.seats();
            let seat = seats.iter().find(|(seat, at)| seat.role == role && std::ptr::eq(*at, policy));
            return seat.and_then(|(seat, _)| described(*seat, policy, position)).into_iter().collect();
        }
        denials(scene)
    })
}

/// Every statement that denies.
fn denials(scene: &Scene<'_>) -> Vec<Decisive> {
    let speaking =
        speaking(scene, |statement, asked| statement.effect == Effect::Deny && statement.covers(asked));
    speaking.into_iter().filter_map(|(seat, policy, position)| described(seat, policy, position)).collect()
}

fn described(seat: Seat, policy: &Policy, position: usize) -> Option<Decisive> {
    let statement = policy.statement(position)?;
    Some(Decisive {
        seat,
        policy: policy.name.clone(),
        statement: statement.label(),
        place: statement.place,
        effect: statement.effect,
    })
}

/// Statements that may concern the asker and that `wanted` picks.
fn speaking<'s>(
    scene: &'s Scene<'_>,
    wanted: impl Fn(&Statement, &Asked<'_>) -> bool,
) -> Vec<(Seat, &'s Policy, usize)> {
    let action = scene.action.to_ascii_lowercase();
    let asked =
        Asked { action: &action, resource: scene.resource, facts: &scene.context, known: scene.known };
    let limited = !scene.set.boundaries.is_empty();
    let mut found = Vec::new();
    for (seat, policy) in scene.seats() {
        for (position, statement) in policy.statements.iter().enumerate() {
            let concerned = !policy.grammar.has_principals()
                || statement.names(&scene.principal, limited, scene.known) != Naming::Not;
            if concerned && wanted(statement, &asked) {
                found.push((seat, policy, position));
            }
        }
    }
    found
}

fn facts(scene: &Scene<'_>) -> Vec<(String, Option<Vec<String>>)> {
    let policies: Vec<&Policy> = scene.seats().into_iter().map(|(_, policy)| policy).collect();
    let keys = guesses(&policies, scene.action, scene.resource, &scene.context).into_keys();
    keys.map(|key| (key.clone(), scene.context.get(&key).map(<[String]>::to_vec))).collect()
}

/// Changes that turn a refusal: one other fact, or the policies.
fn to_allow(scene: &Scene<'_>) -> Vec<Change> {
    let mut changes = other_facts(scene);
    let direct = direct_grant(scene);
    let by_policies = [repaired(scene, None), direct.and_then(|edit| repaired(scene, Some(edit)))];
    let shortest = by_policies.into_iter().flatten().min_by_key(|change| change.edits.len());
    changes.extend(shortest);
    changes
}

/// Single facts that turn the decision.
fn other_facts(scene: &Scene<'_>) -> Vec<Change> {
    if !scene.known.facts {
        return Vec::new();
    }
    let policies: Vec<&Policy> = scene.seats().into_iter().map(|(_, policy)| policy).collect();
    let keys = guesses(&policies, scene.action, scene.resource, &scene.context);
    let allowed = scene.is_allowed();
    let mut trial = scene.clone();
    let mut changes = Vec::new();
    for (key, guesses) in keys {
        for guess in guesses {
            if changes.len() < CHANGES_MAX
                && trial.is_allowed_with(with(&scene.context, &key, &guess)) != allowed
            {
                let many = guess.as_ref().is_some_and(|guess| guess.many);
                let values = guess.map(|guess| guess.values).unwrap_or_default();
                changes.push(Change { edits: vec![Edit::Fact { key: key.clone(), values, many }] });
                break;
            }
        }
    }
    changes
}

/// Repairs one cause after the other until the request is allowed.
fn repaired(scene: &Scene<'_>, first: Option<Edit>) -> Option<Change> {
    let mut trial = scene.clone();
    let mut edits = Vec::new();
    if let Some(edit) = first {
        edit.apply(&mut trial);
        edits.push(edit);
    }
    while edits.len() < EDITS_MAX {
        let repair = trial.judge(|verdict| (!verdict.allowed).then(|| repair(&trial, verdict.cause)));
        let Some(repair) = repair else { return Some(Change { edits }) };
        let edit = repair?;
        edit.apply(&mut trial);
        edits.push(edit);
    }
    None
}

/// What removes this cause of a refusal; `None` where no policy can.
fn repair(scene: &Scene<'_>, cause: Cause<'_>) -> Option<Edit> {
    match cause {
        Cause::Statement { role, policy, position } => {
            let (seat, _) = scene
                .seats()
                .into_iter()
                .find(|(seat, at)| seat.role == role && std::ptr::eq(*at, policy))?;
            if scene.is_fixed(seat) {
                return None;
            }
            let statement = policy.statement(position)?.label();
            Some(Edit::Remove { seat, policy: policy.name.clone(), statement, position })
        }
        Cause::Silence { role, name } => {
            let document = document(scene, role, "Allow")?;
            Some(Edit::Add { role, layer: scene.layer_named(role, name), name: name.to_owned(), document })
        }
        Cause::Service(_) | Cause::Owner | Cause::NoSuchAction => None,
    }
}

/// A grant by the resource's policy to the asker directly, which nothing but a deny limits.
fn direct_grant(scene: &Scene<'_>) -> Option<Edit> {
    scene.side.as_ref()?;
    if matches!(scene.principal.kind(), PrincipalKind::Local) {
        return None;
    }
    let document = document(scene, Role::Resource, "Allow")?;
    let name = scene
        .side
        .as_ref()
        .and_then(|side| side.policy.as_ref())
        .map_or(String::new(), |policy| policy.name.clone());
    Some(Edit::Add { role: Role::Resource, layer: 0, name, document })
}

/// Changes that turn a permission: without the statement that allows, else with one that denies.
fn to_refuse(scene: &Scene<'_>) -> Vec<Change> {
    let mut changes = other_facts(scene);
    let removed = scene
        .judge(|verdict| repair(scene, verdict.cause).filter(|edit| matches!(edit, Edit::Remove { .. })));
    let denied = document(scene, Role::Identity, "Deny").map(|document| Edit::Add {
        role: Role::Identity,
        layer: 0,
        name: String::new(),
        document,
    });
    for edit in removed.into_iter().chain(denied) {
        let mut trial = scene.clone();
        edit.apply(&mut trial);
        if !trial.is_allowed() {
            changes.push(Change { edits: vec![edit] });
        }
    }
    changes
}

/// A policy with one statement about just this action and resource; `None` where the language has no name for them.
fn document(scene: &Scene<'_>, role: Role, effect: &str) -> Option<String> {
    let resource = if scene.resource == "*" || !scene.known.resource {
        scene.resource.to_owned()
    } else {
        // What would be a wildcard or a variable stands for itself.
        let escaped = scene.resource.chars().map(|c| match c {
            '*' | '?' | '$' => format!("${{{c}}}"),
            _ => c.to_string(),
        });
        escaped.collect()
    };
    let principal = match (role.grammar().has_principals(), scene.principal.kind()) {
        (false, _) => String::new(),
        (true, _) if role != Role::Resource => r#""Principal":"*","#.to_owned(),
        (true, PrincipalKind::Anonymous | PrincipalKind::Local) => r#""Principal":"*","#.to_owned(),
        (true, PrincipalKind::Service) => {
            format!(r#""Principal":{{"Service":{}}},"#, quoted(scene.principal.name()))
        }
        (true, _) => format!(r#""Principal":{{"AWS":{}}},"#, quoted(scene.principal.name())),
    };
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{principal}"Action":{},"Resource":{}}}}}"#,
        quoted(scene.action),
        quoted(&resource)
    );
    let readable =
        document.len() <= POLICY_BYTES_MAX && Policy::parse_as(role.grammar(), "added", &document).is_ok();
    readable.then_some(document)
}

/// A JSON text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// One row of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// Why it is allowed or refused.
    pub explanation: Explanation,
}

/// The most questions of a simulation.
pub const SIMULATED_MAX: usize = 10_000;

/// Explains every action on every resource, up to [`SIMULATED_MAX`], for one asker and one set of facts.
#[must_use]
pub fn simulate(
    set: &PolicySet,
    request: &Request<'_>,
    actions: &[&str],
    resources: &[&str],
) -> Vec<Simulated> {
    let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (*action, *resource)));
    let simulated = pairs.take(SIMULATED_MAX).map(|(action, resource)| {
        let mut asked = *request;
        asked.facts.action = action;
        asked.facts.resource = resource;
        asked.known =
            Known { facts: request.known.facts, resource: !resource.contains('*') && request.known.resource };
        Simulated {
            action: action.to_owned(),
            resource: resource.to_owned(),
            explanation: explain(set, &asked),
        }
    });
    simulated.collect()
}
