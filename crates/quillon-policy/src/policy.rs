//! Policies, compiled once when they are read.

use std::sync::Arc;

use crate::index::Index;
use crate::json::Place;
use crate::statement::{Asked, Effect, Statement};

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name, for those who read decisions.
    pub name: String,
    /// What attaches to: which elements it may have, and what a shortened ARN means.
    pub(crate) grammar: Grammar,
    pub(crate) statements: Arc<[Statement]>,
    index: Arc<Index>,
}

/// To what a policy is attached, which decides some of its grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// To a principal or its session: an identity policy, a boundary, a session policy, a channel's guardrail.
    Identity,
    /// To a part of an organisation: a service control policy.
    Control,
    /// To a part of an organisation, for its resources: a resource control policy.
    ResourceControl,
    /// To a resource, a role (who may assume it) or an endpoint.
    Resource,
}

impl Grammar {
    /// Whether statements say who they are about.
    pub(crate) fn has_principals(self) -> bool {
        matches!(self, Self::Resource | Self::ResourceControl)
    }
}

/// A statement of a policy, for those who read explanations and findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementRef<'p> {
    /// The policy.
    pub policy: &'p str,
    /// The statement's id, if it has one.
    pub sid: Option<&'p str>,
    /// Its position, from 0.
    pub position: usize,
    /// Where it starts.
    pub place: Place,
    /// Whether it allows or denies.
    pub effect: Effect,
}

impl StatementRef<'_> {
    /// Its id, or else its position.
    #[must_use]
    pub fn label(&self) -> String {
        self.sid.map_or_else(|| self.position.to_string(), str::to_owned)
    }
}

impl Policy {
    pub(crate) fn new(name: String, grammar: Grammar, statements: Vec<Statement>) -> Self {
        let index = Arc::new(Index::of(&statements));
        Self { name, grammar, statements: statements.into(), index }
    }

    /// How many statements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// What it is attached to.
    #[must_use]
    pub fn grammar(&self) -> Grammar {
        self.grammar
    }

    /// The statement at this position.
    #[must_use]
    pub fn statement(&self, position: usize) -> Option<StatementRef<'_>> {
        self.statements.get(position).map(|statement| StatementRef {
            policy: &self.name,
            sid: statement.sid.as_deref(),
            position,
            place: statement.place,
            effect: statement.effect,
        })
    }

    /// Every statement, in order.
    pub fn statements(&self) -> impl Iterator<Item = StatementRef<'_>> {
        (0..self.len()).filter_map(|position| self.statement(position))
    }

    /// The policy without the statement at this position.
    #[must_use]
    pub fn without(&self, position: usize) -> Self {
        let kept = self.statements.iter().enumerate().filter(|(place, _)| *place != position);
        Self::new(self.name.clone(), self.grammar, kept.map(|(_, statement)| statement.clone()).collect())
    }

    /// The policy with the statements of another behind its own.
    #[must_use]
    pub fn with(&self, more: &Self) -> Self {
        let all = self.statements.iter().chain(more.statements.iter()).cloned().collect();
        Self::new(self.name.clone(), self.grammar, all)
    }

    /// The positions of the statements that may speak about the action, ascending where that matters to nobody.
    fn candidates(&self, action: &str, mut visit: impl FnMut(usize, &Statement)) {
        match self.index.candidates(action) {
            Some(places) => places.for_each(|place| visit(place, &self.statements[place])),
            None => self.statements.iter().enumerate().for_each(|(place, statement)| visit(place, statement)),
        }
    }

    /// The first statement that denies and the first that allows.
    pub(crate) fn speaks(&self, asked: &Asked<'_>) -> Spoken {
        let mut spoken = Spoken::default();
        self.candidates(asked.action, |place, statement| {
            let slot = match statement.effect {
                Effect::Deny => &mut spoken.deny,
                Effect::Allow => &mut spoken.allow,
            };
            if slot.is_none_or(|earlier| place < earlier) && statement.covers(asked) {
                *slot = Some(place);
            }
        });
        spoken
    }

    /// Every statement that speaks about the request, in no order and perhaps more than once.
    pub(crate) fn each_speaking(&self, asked: &Asked<'_>, mut visit: impl FnMut(usize, &Statement)) {
        self.candidates(asked.action, |place, statement| {
            if statement.covers(asked) {
                visit(place, statement);
            }
        });
    }
}

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) deny: Option<usize>,
    pub(crate) allow: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Context;
    use crate::statement::Known;

    #[test]
    fn the_first_statement_that_speaks_decides_also_through_the_index() {
        let of = |action: &str| format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#);
        // Longer starts come later in the index, so that the first statement is found last.
        let mut statements = vec![of("q:SendMessage"), of("q:Send*"), of("*")];
        statements.extend((0..40).map(|place| of(&format!("q:Other{place}"))));
        let policy = Policy::parse("p", &format!(r#"{{"Statement":[{}]}}"#, statements.join(","))).unwrap();
        let facts = Context::new();
        let asked = Asked { action: "q:sendmessage", resource: "r", facts: &facts, known: Known::ALL };
        assert_eq!(policy.speaks(&asked), Spoken { deny: None, allow: Some(0) });
        let asked = Asked { action: "q:sendother", ..asked };
        assert_eq!(policy.speaks(&asked).allow, Some(1));
        assert_eq!(policy.without(0).speaks(&asked).allow, Some(0));
        assert_eq!(policy.statement(1).map(|it| it.label()), Some("1".to_owned()));
        assert_eq!(policy.statements().count(), 43);
    }
}
