//! The policies that govern a request: those of the principal, and those of the resource.

use std::sync::Arc;

use crate::condition::Context;
use crate::policy::Policy;
use crate::principal::Principal;
use crate::statement::Known;

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

/// Policies attached at one place, of which one must allow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// The place, such as an organisational unit.
    pub name: String,
    /// The policies.
    pub policies: Arc<[Policy]>,
    /// Whether it is part of the program, so that no change of policies turns what it decides.
    pub(crate) fixed: bool,
}

impl Layer {
    /// Policies attached at this place.
    #[must_use]
    pub fn new(name: impl Into<String>, policies: Vec<Policy>) -> Self {
        Self { name: name.into(), policies: policies.into(), fixed: false }
    }

    /// The operations that no policy enables in a channel.
    fn chat_never() -> Self {
        let policies = vec![Policy::chat_never()];
        Self { fixed: true, ..Self::new("operations that no policy enables", policies) }
    }
}

/// The policies that govern a principal. An explicit deny in any of them wins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicySet {
    /// Which state of the policies this is; leases are bound to it.
    pub revision: u64,
    /// Policies of the principal: one of them must allow.
    pub identity: Arc<[Policy]>,
    /// Boundaries: each of them must allow as well. What a repository brings is one.
    pub boundaries: Vec<Policy>,
    /// Policies of the session: one of each layer must allow as well.
    pub sessions: Vec<Layer>,
    /// Guardrails of the channel that the request came through: one of each layer must allow as well.
    pub guardrails: Vec<Layer>,
    /// Policies of the endpoint that the request came through: one of each layer must allow as well.
    pub endpoints: Vec<Layer>,
    /// Controls of the organisation, from the root to the account: one of each level must allow as well.
    pub controls: Vec<Layer>,
    /// Whether the principal belongs to the account that manages the organisation, to which its controls do not apply.
    pub in_management_account: bool,
}

impl PolicySet {
    /// What the person who owns this machine may do.
    #[must_use]
    pub fn local_owner() -> Self {
        Self { revision: 1, identity: Arc::new([Policy::local_owner()]), ..Self::default() }
    }

    /// These policies with one more boundary: it can take away, and give nothing.
    #[must_use]
    pub fn narrowed_by(mut self, boundary: Policy) -> Self {
        self.boundaries.push(boundary);
        self
    }

    /// These policies in a chat channel: what its guardrails leave, and none of the operations that no policy enables.
    /// A channel without guardrails has the first of them only, for no guardrail means no limit but that one.
    #[must_use]
    pub fn in_channel(mut self, channel: &str, guardrails: Vec<Policy>) -> Self {
        if !guardrails.is_empty() {
            self.guardrails.push(Layer::new(channel, guardrails));
        }
        self.guardrails.push(Layer::chat_never());
        self
    }

    /// Every policy, for those who count or search them.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        let layers = [&self.sessions, &self.guardrails, &self.endpoints, &self.controls];
        let layered = layers.into_iter().flatten().flat_map(|layer| layer.policies.iter());
        self.identity.iter().chain(&self.boundaries).chain(layered)
    }
}

/// The policies that govern a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceSide {
    /// The account that owns it; empty for one that the asker's account owns.
    pub account: String,
    /// The policy attached to it.
    pub policy: Option<Policy>,
    /// Controls of the organisation over its resources, from the root to the account: one of each level must allow.
    pub controls: Vec<Layer>,
    /// Whether it belongs to the account that manages the organisation, to which its controls do not apply.
    pub in_management_account: bool,
}

/// A request, with who asks and what governs the resource.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is asked.
    pub facts: Facts<'a>,
    /// Who asks.
    pub principal: Principal<'a>,
    /// What governs the resource; `None` for one without policies in the asker's own account.
    pub resource: Option<&'a ResourceSide>,
    /// What of the request is known.
    pub known: Known,
}

impl<'a> Request<'a> {
    /// A request by somebody whom no policy names but as one of all.
    #[must_use]
    pub fn local(facts: Facts<'a>) -> Self {
        Self { facts, principal: Principal::LOCAL, resource: None, known: Known::ALL }
    }
}
