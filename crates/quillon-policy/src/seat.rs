//! Where policies are attached, so that questions about other policies can be asked: the same request with a statement
//! less, or one more.

use std::sync::Arc;

use crate::condition::Context;
use crate::decide::{Role, Verdict, evaluate};
use crate::policy::{Grammar, Policy};
use crate::principal::Principal;
use crate::set::{Facts, Layer, PolicySet, Request, ResourceSide};
use crate::statement::Known;

/// Where a policy is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// The part it plays.
    pub role: Role,
    /// The layer, where there are several; for boundaries, which one.
    pub layer: usize,
    /// The policy within the layer.
    pub policy: usize,
}

/// A request and everything that it is decided by, to be changed and asked again.
#[derive(Clone, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) set: PolicySet,
    pub(crate) side: Option<ResourceSide>,
    pub(crate) context: Context,
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) principal: Principal<'a>,
    pub(crate) known: Known,
}

impl<'a> Scene<'a> {
    pub(crate) fn of(set: &PolicySet, request: &Request<'a>) -> Self {
        Self {
            set: set.clone(),
            side: request.resource.cloned(),
            context: request.facts.context.clone(),
            action: request.facts.action,
            resource: request.facts.resource,
            principal: request.principal,
            known: request.known,
        }
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            facts: Facts { action: self.action, resource: self.resource, context: &self.context },
            principal: self.principal,
            resource: self.side.as_ref(),
            known: self.known,
        }
    }

    /// Decides, and hands the verdict to `read`, because it borrows the scene.
    pub(crate) fn judge<T>(&self, read: impl FnOnce(Verdict<'_>) -> T) -> T {
        read(evaluate(&self.set, &self.request()))
    }

    pub(crate) fn is_allowed(&self) -> bool {
        self.judge(|verdict| verdict.allowed)
    }

    /// Whether it is allowed when `key` has this value, or is absent.
    pub(crate) fn is_allowed_with(&mut self, context: Context) -> bool {
        let before = std::mem::replace(&mut self.context, context);
        let allowed = self.is_allowed();
        self.context = before;
        allowed
    }

    /// Every policy and its seat.
    pub(crate) fn seats(&self) -> Vec<(Seat, &Policy)> {
        seats(&self.set, self.side.as_ref())
    }

    /// Whether the policy in this seat is part of the program.
    pub(crate) fn is_fixed(&self, seat: Seat) -> bool {
        seat.role == Role::Guardrail && self.set.guardrails.get(seat.layer).is_some_and(|layer| layer.fixed)
    }

    /// Puts another policy into a seat.
    pub(crate) fn replace(&mut self, seat: Seat, policy: Policy) {
        let Seat { role, layer, policy: place } = seat;
        match role {
            Role::Identity => put(&mut self.set.identity, place, policy),
            Role::Boundary => {
                if let Some(slot) = self.set.boundaries.get_mut(layer) {
                    *slot = policy;
                }
            }
            Role::Resource => {
                if let Some(side) = &mut self.side {
                    side.policy = Some(policy);
                }
            }
            _ => {
                if let Some(layer) = self.layers(role).and_then(|layers| layers.get_mut(layer)) {
                    put(&mut layer.policies, place, policy);
                }
            }
        }
    }

    /// Attaches the statements of `more` where `role` and `layer` say: behind the first policy there, or alone.
    pub(crate) fn add(&mut self, role: Role, layer: usize, more: Policy) {
        let seats = self.seats();
        let there = seats.into_iter().find(|(seat, _)| seat.role == role && seat.layer == layer);
        match there.map(|(seat, policy)| (seat, policy.with(&more))) {
            Some((seat, joined)) => self.replace(seat, joined),
            None if role == Role::Identity => self.set.identity = Arc::new([more]),
            None if role == Role::Resource => self.side.get_or_insert_default().policy = Some(more),
            None => {
                if let Some(layer) = self.layers(role).and_then(|layers| layers.get_mut(layer)) {
                    layer.policies = Arc::new([more]);
                }
            }
        }
    }

    fn layers(&mut self, role: Role) -> Option<&mut Vec<Layer>> {
        match role {
            Role::ResourceControl => self.side.as_mut().map(|side| &mut side.controls),
            Role::Control => Some(&mut self.set.controls),
            Role::Endpoint => Some(&mut self.set.endpoints),
            Role::Guardrail => Some(&mut self.set.guardrails),
            Role::Session => Some(&mut self.set.sessions),
            Role::Resource | Role::Boundary | Role::Identity => None,
        }
    }

    /// The first layer of this role that does not allow, by its name.
    pub(crate) fn layer_named(&self, role: Role, name: &str) -> usize {
        let position = match role {
            Role::Boundary => self.set.boundaries.iter().position(|policy| policy.name == name),
            Role::ResourceControl => named(self.side.as_ref().map_or(&[], |side| &side.controls), name),
            Role::Control => named(&self.set.controls, name),
            Role::Endpoint => named(&self.set.endpoints, name),
            Role::Guardrail => named(&self.set.guardrails, name),
            Role::Session => named(&self.set.sessions, name),
            Role::Resource | Role::Identity => None,
        };
        position.unwrap_or(0)
    }
}

impl Role {
    /// The kind of policy that plays this part.
    pub(crate) fn grammar(self) -> Grammar {
        match self {
            Self::ResourceControl => Grammar::ResourceControl,
            Self::Control => Grammar::Control,
            Self::Endpoint | Self::Resource => Grammar::Resource,
            Self::Guardrail | Self::Boundary | Self::Session | Self::Identity => Grammar::Identity,
        }
    }
}

/// Every policy and its seat.
pub(crate) fn seats<'s>(set: &'s PolicySet, side: Option<&'s ResourceSide>) -> Vec<(Seat, &'s Policy)> {
    let seat = |role: Role, layer: usize, policy: usize| Seat { role, layer, policy };
    let mut seats: Vec<(Seat, &Policy)> = Vec::new();
    let controls: &[Layer] = side.map_or(&[], |side| &side.controls);
    for (role, layers) in [
        (Role::ResourceControl, controls),
        (Role::Control, &set.controls),
        (Role::Endpoint, &set.endpoints),
        (Role::Guardrail, &set.guardrails),
        (Role::Session, &set.sessions),
    ] {
        for (layer, attached) in layers.iter().enumerate() {
            let policies = attached.policies.iter().enumerate();
            seats.extend(policies.map(|(place, policy)| (seat(role, layer, place), policy)));
        }
    }
    seats.extend(
        side.and_then(|side| side.policy.as_ref()).map(|policy| (seat(Role::Resource, 0, 0), policy)),
    );
    seats.extend(
        set.boundaries.iter().enumerate().map(|(place, policy)| (seat(Role::Boundary, place, 0), policy)),
    );
    seats.extend(
        set.identity.iter().enumerate().map(|(place, policy)| (seat(Role::Identity, 0, place), policy)),
    );
    seats
}

fn named(layers: &[Layer], name: &str) -> Option<usize> {
    layers.iter().position(|layer| layer.name == name)
}

fn put(policies: &mut Arc<[Policy]>, place: usize, policy: Policy) {
    let mut changed = policies.to_vec();
    if let Some(slot) = changed.get_mut(place) {
        *slot = policy;
    }
    *policies = changed.into();
}
