//! Statements, compiled: what each says, and whether it speaks about a request.

use crate::condition::{Condition, Context};
use crate::json::Place;
use crate::overlap;
use crate::pattern::{Outcome, Pattern};
use crate::principal::{Named, Naming, Principal};

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// These, or all but these.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scope<T> {
    These(Box<[T]>),
    AllBut(Box<[T]>),
}

impl<T> Scope<T> {
    pub(crate) fn items(&self) -> &[T] {
        match self {
            Self::These(items) | Self::AllBut(items) => items,
        }
    }
}

/// One statement. Actions are kept in lower case, because case does not count in them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) place: Place,
    pub(crate) effect: Effect,
    pub(crate) principals: Option<Scope<Named>>,
    pub(crate) actions: Scope<Pattern>,
    /// `None` in the policies that say who may assume a role, which are about that role.
    pub(crate) resources: Option<Scope<Pattern>>,
    pub(crate) conditions: Box<[Condition]>,
}

/// What is asked, as statements see it.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// In lower case.
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) facts: &'a Context,
    pub(crate) known: Known,
}

/// What is known of the request. Questions about many requests at once leave something open, and are answered for the
/// request among them for which the answer is most likely to be yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whether the facts are all the facts. If not, conditions that [`Context::settle`] leaves open are taken to hold in
    /// an allow and not to hold in a deny, and a role may be any of its sessions.
    pub facts: bool,
    /// Whether the resource is one resource. If not, `*` in it stands for any characters.
    pub resource: bool,
}

impl Known {
    /// One request, fully known.
    pub const ALL: Self = Self { facts: true, resource: true };
}

impl Statement {
    /// Whether the statement speaks about the request, whoever asks.
    pub(crate) fn covers(&self, asked: &Asked<'_>) -> bool {
        self.covers_action(asked) && self.covers_resource(asked) && self.conditions_hold(asked)
    }

    /// Whether the action is one of its actions.
    pub(crate) fn covers_action(&self, asked: &Asked<'_>) -> bool {
        let any = |patterns: &[Pattern]| {
            patterns.iter().any(|pattern| pattern.matches(asked.action, asked.facts) == Outcome::Match)
        };
        match &self.actions {
            Scope::These(patterns) => any(patterns),
            Scope::AllBut(patterns) => !any(patterns),
        }
    }

    /// Whether the resource is one of its resources. A resource with a variable that has no value is no resource, and
    /// is not all but that one either.
    pub(crate) fn covers_resource(&self, asked: &Asked<'_>) -> bool {
        let Some(scope) = &self.resources else { return true };
        if !asked.known.resource && asked.resource.contains('*') {
            return self.covers_resources(scope, asked);
        }
        let outcome = |pattern: &Pattern| pattern.matches(asked.resource, asked.facts);
        match scope {
            Scope::These(patterns) => patterns.iter().any(|pattern| outcome(pattern) == Outcome::Match),
            Scope::AllBut(patterns) => patterns.iter().all(|pattern| outcome(pattern) == Outcome::Differs),
        }
    }

    /// The same of a resource with wildcards: an allow needs some of them, a deny all.
    fn covers_resources(&self, scope: &Scope<Pattern>, asked: &Asked<'_>) -> bool {
        let whole = |pattern: &Pattern| pattern.matches(asked.resource, asked.facts) == Outcome::Match;
        let some = |pattern: &Pattern| overlap::with_text(pattern, asked.resource);
        match (scope, self.effect) {
            (Scope::These(patterns), Effect::Allow) => patterns.iter().any(some),
            (Scope::These(patterns), Effect::Deny) => patterns.iter().any(whole),
            (Scope::AllBut(patterns), Effect::Allow) => !patterns.iter().any(whole),
            (Scope::AllBut(patterns), Effect::Deny) => !patterns.iter().any(some),
        }
    }

    /// Whether every condition holds.
    pub(crate) fn conditions_hold(&self, asked: &Asked<'_>) -> bool {
        let open = |condition: &Condition| !asked.known.facts && !condition.is_settled(asked.facts);
        let holds = |condition: &Condition| {
            if open(condition) { self.effect == Effect::Allow } else { condition.holds(asked.facts) }
        };
        self.conditions.iter().all(holds)
    }

    /// How it names the asker. `limited` says whether a boundary is attached to the asker.
    pub(crate) fn names(&self, asker: &Principal<'_>, limited: bool, known: Known) -> Naming {
        let any_session = !known.facts && self.effect == Effect::Allow;
        let names = |named: &Named| match named.names(asker) {
            Naming::Not | Naming::Behind if any_session && named.is_session_of(asker) => Naming::Itself,
            naming => naming,
        };
        let best = |named: &[Named]| named.iter().map(names).max().unwrap_or(Naming::Not);
        match &self.principals {
            // A policy of a resource that names nobody grants nobody anything.
            None => Naming::Not,
            Some(Scope::These(named)) => best(named),
            // Documented, and surprising: a deny for all but some denies every principal that has a boundary.
            Some(Scope::AllBut(_)) if limited && self.effect == Effect::Deny => Naming::Itself,
            Some(Scope::AllBut(named)) => match best(named) {
                Naming::Not => Naming::Itself,
                _ => Naming::Not,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Grammar, Policy};

    /// Whether the only statement covers the resource when `*` in it stands for any characters.
    fn covers_pattern(effect: &str, element: &str, pattern: &str, resource: &str) -> bool {
        let text = format!(r#"{{"Statement":{{"Effect":"{effect}","Action":"*","{element}":"{pattern}"}}}}"#);
        let policy = Policy::parse("p", &text).unwrap();
        let facts = Context::new();
        let known = Known { facts: true, resource: false };
        let asked = Asked { action: "q:send", resource, facts: &facts, known };
        policy.statements[0].covers_resource(&asked)
    }

    #[test]
    fn an_allow_needs_some_and_a_deny_all() {
        for (effect, element, pattern, expected) in [
            ("Allow", "Resource", "b/c", true),
            ("Allow", "Resource", "x/*", false),
            ("Deny", "Resource", "b/c", false),
            ("Deny", "Resource", "b/*", true),
            ("Deny", "Resource", "*", true),
            ("Allow", "NotResource", "b/c", true),
            ("Allow", "NotResource", "b/*", false),
            ("Deny", "NotResource", "b/c", false),
            ("Deny", "NotResource", "x/*", true),
        ] {
            assert_eq!(
                covers_pattern(effect, element, pattern, "b/*"),
                expected,
                "{effect} {element} {pattern}"
            );
        }
    }

    #[test]
    fn a_role_may_be_any_of_its_sessions_where_facts_are_open() {
        let session = "arn:aws:sts::111122223333:assumed-role/Admin/ana";
        let role = "arn:aws:iam::111122223333:role/Admin";
        let names = |effect: &str, facts: bool| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"{effect}","Principal":{{"AWS":"{session}"}},"Action":"*","Resource":"*"}}}}"#
            );
            let policy = Policy::parse_as(Grammar::Resource, "p", &text).unwrap();
            policy.statements[0].names(&Principal::named(role), false, Known { facts, resource: true })
        };
        assert_eq!(names("Allow", false), Naming::Itself);
        assert_eq!(names("Allow", true), Naming::Not);
        assert_eq!(names("Deny", false), Naming::Not);
    }
}
