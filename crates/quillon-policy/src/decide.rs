//! The decision, in the order that Amazon documents.
//!
//! 1. An explicit deny in any policy.
//! 2. Controls over resources, then controls over principals: each level must allow.
//! 3. The endpoint and the channel's guardrails must allow.
//! 4. Within one account, the resource's policy or the principal's own must allow; across accounts, both.
//! 5. Boundary and session must allow what the principal's own policies allow, and what the resource's policy allows a
//!    role or a federated user. What it allows a user, one session or everyone directly, they do not limit.
//!
//! Everything is found in one pass over the policies, and nothing is put on the heap until somebody asks for words.
//! Start at [`evaluate`]; [`decide`] is the same in words.

use std::fmt;

use crate::policy::{Policy, Spoken};
use crate::principal::{Naming, PrincipalKind};
use crate::service::{self, ServiceRule};
use crate::set::{Facts, Layer, PolicySet, Request, ResourceSide};
use crate::statement::{Asked, Effect};

/// The longest action. A longer one is refused: no policy can name it.
const ACTION_BYTES_MAX: usize = 256;

/// What part a policy plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A control of the organisation over its resources.
    ResourceControl,
    /// A control of the organisation over its principals.
    Control,
    /// A policy of the endpoint.
    Endpoint,
    /// A guardrail of the channel.
    Guardrail,
    /// The policy of the resource.
    Resource,
    /// A boundary of the principal.
    Boundary,
    /// A policy of the session.
    Session,
    /// A policy of the principal.
    Identity,
}

impl Role {
    /// The article before its name.
    pub(crate) fn article(self) -> &'static str {
        if matches!(self, Self::Identity | Self::Endpoint) { "an" } else { "a" }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ResourceControl => "resource control policy",
            Self::Control => "service control policy",
            Self::Endpoint => "endpoint policy",
            Self::Guardrail => "channel guardrail",
            Self::Resource => "resource policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Identity => "identity policy",
        })
    }
}

/// The answer, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict<'p> {
    /// Whether it is allowed.
    pub allowed: bool,
    /// What decided.
    pub cause: Cause<'p>,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause<'p> {
    /// A statement.
    Statement {
        /// The part of its policy.
        role: Role,
        /// The policy.
        policy: &'p Policy,
        /// The position of the statement in it.
        position: usize,
    },
    /// No statement of these policies allows it.
    Silence {
        /// Their part.
        role: Role,
        /// The place they are attached to, or the policy's name; empty where there is no policy at all.
        name: &'p str,
    },
    /// The service decides by itself.
    Service(&'static ServiceRule),
    /// The owner of an account may do everything in it.
    Owner,
    /// No policy can name such an action.
    NoSuchAction,
}

impl Verdict<'_> {
    /// Whether a statement says no, so that no further allow helps.
    #[must_use]
    pub fn is_explicit_deny(&self) -> bool {
        !self.allowed && matches!(self.cause, Cause::Statement { .. })
    }
}

/// What decided, in words.
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
    /// A rule of the language or of a service, beside all policies.
    Rule {
        /// Which.
        rule: String,
    },
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement { policy, statement } => write!(f, "{policy}#{statement}"),
            Self::NoAllow => f.write_str("no policy allows it"),
            Self::Outside { policy } => write!(f, "{policy} does not allow it"),
            Self::Rule { rule } => f.write_str(rule),
        }
    }
}

/// The answer in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// What decided.
    pub by: DecidedBy,
    /// Why, in a sentence.
    pub reason: String,
}

impl From<Verdict<'_>> for Decision {
    fn from(Verdict { allowed, cause }: Verdict<'_>) -> Self {
        let (by, reason) = match cause {
            Cause::Statement { role, policy, position } => {
                let statement = policy.statement(position).map_or_else(String::new, |it| it.label());
                let verb = if allowed { "allows" } else { "denies" };
                let by = DecidedBy::Statement { policy: policy.name.clone(), statement };
                (by, format!("a statement of {} {role} {verb} it", role.article()))
            }
            Cause::Silence { role: Role::Identity, .. } => {
                (DecidedBy::NoAllow, "nothing allows it".to_owned())
            }
            Cause::Silence { role, name } => {
                let policy = if name.is_empty() { role.to_string() } else { name.to_owned() };
                (DecidedBy::Outside { policy }, format!("{} {role} leaves it out", role.article()))
            }
            Cause::Service(rule) => (
                DecidedBy::Rule { rule: rule.name.to_owned() },
                "the service decides this by itself".to_owned(),
            ),
            Cause::Owner => (
                DecidedBy::Rule { rule: "the owner of an account".to_owned() },
                "the owner of an account may do everything in it".to_owned(),
            ),
            Cause::NoSuchAction => (
                DecidedBy::Rule { rule: "no such action".to_owned() },
                "no policy can name such an action".to_owned(),
            ),
        };
        Self { allowed, by, reason }
    }
}

/// Decides; never fetches, never logs. Same facts, same answer.
#[must_use]
pub fn decide(set: &PolicySet, facts: &Facts<'_>) -> Decision {
    evaluate(set, &Request::local(*facts)).into()
}

/// Decides without a word, and without the heap.
#[must_use]
pub fn evaluate<'p>(set: &'p PolicySet, request: &Request<'p>) -> Verdict<'p> {
    let mut buffer = [0_u8; ACTION_BYTES_MAX];
    let Some(action) = lower(request.facts.action, &mut buffer) else {
        return Verdict { allowed: false, cause: Cause::NoSuchAction };
    };
    let Facts { resource, context, .. } = request.facts;
    let asked = Asked { action, resource, facts: context, known: request.known };
    let evaluation = Evaluation { set, request, asked };
    match service::rule(action, resource) {
        // What the service grants to everybody is still not for a channel whose guardrails deny it.
        Some(rule) if rule.allows => match evaluation.silent(Role::Guardrail, &set.guardrails) {
            Err(denied) => denied,
            Ok(_) => Verdict { allowed: true, cause: Cause::Service(rule) },
        },
        rule => {
            let verdict = evaluation.run();
            match rule {
                Some(rule) if !verdict.is_explicit_deny() => {
                    Verdict { allowed: false, cause: Cause::Service(rule) }
                }
                _ => verdict,
            }
        }
    }
}

/// What the guardrails of the channel say against a request that other policies decide elsewhere, such as an operation
/// of a cloud service; `None` where they leave it in, or there are none.
#[must_use]
pub fn refused_by_guardrails(set: &PolicySet, facts: &Facts<'_>) -> Option<Decision> {
    let mut buffer = [0_u8; ACTION_BYTES_MAX];
    let Some(action) = lower(facts.action, &mut buffer) else {
        return Some(Verdict { allowed: false, cause: Cause::NoSuchAction }.into());
    };
    let request = Request::local(*facts);
    let asked = Asked { action, resource: facts.resource, facts: facts.context, known: request.known };
    let silent = Evaluation { set, request: &request, asked }.silent(Role::Guardrail, &set.guardrails);
    match silent {
        Err(denied) => Some(denied.into()),
        Ok(silent) => silent.map(|cause| refused(cause).into()),
    }
}

fn lower<'b>(action: &str, buffer: &'b mut [u8; ACTION_BYTES_MAX]) -> Option<&'b str> {
    let slot = buffer.get_mut(..action.len())?;
    slot.copy_from_slice(action.as_bytes());
    slot.make_ascii_lowercase();
    std::str::from_utf8(slot).ok()
}

struct Evaluation<'p, 'r> {
    set: &'p PolicySet,
    request: &'r Request<'p>,
    asked: Asked<'r>,
}

/// An allow that was found: the policy and the statement's position.
type Found<'p> = Option<(&'p Policy, usize)>;

/// What the policy of the resource says, by how it names the asker.
#[derive(Clone, Copy, Default)]
struct Granted {
    account: Option<usize>,
    behind: Option<usize>,
    itself: Option<usize>,
}

impl<'p> Evaluation<'p, '_> {
    fn run(&self) -> Verdict<'p> {
        self.judge().unwrap_or_else(|deny| deny)
    }

    /// The verdict; as an error when a statement denies, which ends every search.
    fn judge(&self) -> Result<Verdict<'p>, Verdict<'p>> {
        let over_resource = self.over_resource()?;
        let over_principal = self.over_principal()?;
        let endpoint = self.silent(Role::Endpoint, &self.set.endpoints)?;
        let guardrail = self.silent(Role::Guardrail, &self.set.guardrails)?;
        let granted = self.granted()?;
        let boundary = self.silent_boundary()?;
        let session = self.silent(Role::Session, &self.set.sessions)?;
        let identity = self.any(Role::Identity, &self.set.identity)?;
        let limit = boundary.or(session);
        let silence = over_resource.or(over_principal).or(endpoint).or(guardrail);
        Ok(match silence {
            Some(cause) => refused(cause),
            None => self.weigh(granted, identity, limit),
        })
    }

    /// Weighs what the resource's policy grants and what the principal's own allow against what limits the latter.
    fn weigh(&self, granted: Granted, identity: Found<'p>, limit: Option<Cause<'p>>) -> Verdict<'p> {
        let by_resource = |position: usize| self.allowed_by_resource(position);
        let by_identity = identity.map(|(policy, position)| allowed(Role::Identity, policy, position));
        let no_identity = refused(Cause::Silence { role: Role::Identity, name: "" });
        let no_grant = refused(Cause::Silence { role: Role::Resource, name: self.resource_policy_name() });
        let any_grant = granted.itself.or(granted.behind).or(granted.account);
        if matches!(self.request.principal.kind(), PrincipalKind::Anonymous | PrincipalKind::Service) {
            return granted.itself.map_or(no_grant, by_resource);
        }
        let unlimited = |verdict: Verdict<'p>| limit.map_or(verdict, refused);
        if !self.is_same_account() {
            return match (any_grant, by_identity) {
                (None, _) => no_grant,
                (Some(_), None) => no_identity,
                (Some(_), Some(verdict)) => unlimited(verdict),
            };
        }
        if let Some(position) = granted.itself {
            return by_resource(position);
        }
        if self.request.principal.kind() == PrincipalKind::Root {
            return Verdict { allowed: true, cause: Cause::Owner };
        }
        if let Some(position) = granted.behind {
            return unlimited(by_resource(position));
        }
        match by_identity {
            None => no_identity,
            Some(_) if self.needs_trust() && granted.account.is_none() => no_grant,
            Some(verdict) => unlimited(verdict),
        }
    }

    fn allowed_by_resource(&self, position: usize) -> Verdict<'p> {
        match self.request.resource.and_then(|side| side.policy.as_ref()) {
            Some(policy) => allowed(Role::Resource, policy, position),
            None => refused(Cause::Silence { role: Role::Resource, name: "" }),
        }
    }

    fn resource_policy_name(&self) -> &'p str {
        self.request.resource.and_then(|side| side.policy.as_ref()).map_or("", |policy| &policy.name)
    }

    fn is_same_account(&self) -> bool {
        let owner = self.request.resource.map_or("", |side| side.account.as_str());
        owner.is_empty() || owner == self.request.principal.account()
    }

    fn needs_trust(&self) -> bool {
        let has_policy = self.request.resource.is_some_and(|side| side.policy.is_some());
        self.request.principal != crate::principal::Principal::LOCAL
            && service::needs_trust(self.asked.action, self.asked.resource, has_policy)
    }

    /// The controls over the resource's account.
    fn over_resource(&self) -> Result<Option<Cause<'p>>, Verdict<'p>> {
        match self.request.resource {
            Some(ResourceSide { controls, in_management_account: false, .. })
                if !self.request.principal.is_service_linked() =>
            {
                self.silent(Role::ResourceControl, controls)
            }
            _ => Ok(None),
        }
    }

    /// The controls over the principal's account. Nobody's and services' requests come from no account.
    fn over_principal(&self) -> Result<Option<Cause<'p>>, Verdict<'p>> {
        let principal = &self.request.principal;
        let outside = matches!(principal.kind(), PrincipalKind::Anonymous | PrincipalKind::Service);
        if self.set.in_management_account || principal.is_service_linked() || outside {
            return Ok(None);
        }
        self.silent(Role::Control, &self.set.controls)
    }

    /// The first layer that does not allow.
    fn silent(&self, role: Role, layers: &'p [Layer]) -> Result<Option<Cause<'p>>, Verdict<'p>> {
        let mut silent = None;
        for layer in layers {
            if self.any(role, &layer.policies)?.is_none() {
                silent = silent.or(Some(Cause::Silence { role, name: &layer.name }));
            }
        }
        Ok(silent)
    }

    /// The first boundary that does not allow; each is a layer of its own.
    fn silent_boundary(&self) -> Result<Option<Cause<'p>>, Verdict<'p>> {
        let mut silent = None;
        for policy in &self.set.boundaries {
            if self.any(Role::Boundary, std::slice::from_ref(policy))?.is_none() {
                silent = silent.or(Some(Cause::Silence { role: Role::Boundary, name: &policy.name }));
            }
        }
        Ok(silent)
    }

    /// The first statement of the policies that allows.
    fn any(&self, role: Role, policies: &'p [Policy]) -> Result<Found<'p>, Verdict<'p>> {
        let mut found = None;
        for policy in policies {
            let Spoken { deny, allow } = self.spoken(policy);
            if let Some(position) = deny {
                return Err(denied(role, policy, position));
            }
            found = found.or(allow.map(|position| (policy, position)));
        }
        Ok(found)
    }

    fn spoken(&self, policy: &'p Policy) -> Spoken {
        if !policy.grammar.has_principals() {
            return policy.speaks(&self.asked);
        }
        let mut spoken = Spoken::default();
        policy.each_speaking(&self.asked, |position, statement| {
            if statement.names(&self.request.principal, self.is_limited(), self.request.known) != Naming::Not
            {
                let slot = match statement.effect {
                    Effect::Deny => &mut spoken.deny,
                    Effect::Allow => &mut spoken.allow,
                };
                *slot = Some(slot.map_or(position, |earlier: usize| earlier.min(position)));
            }
        });
        spoken
    }

    fn is_limited(&self) -> bool {
        !self.set.boundaries.is_empty()
    }

    /// What the policy of the resource grants.
    fn granted(&self) -> Result<Granted, Verdict<'p>> {
        let mut granted = Granted::default();
        let Some(policy) = self.request.resource.and_then(|side| side.policy.as_ref()) else {
            return Ok(granted);
        };
        let mut deny: Option<usize> = None;
        policy.each_speaking(&self.asked, |position, statement| {
            let naming = statement.names(&self.request.principal, self.is_limited(), self.request.known);
            let slot = match (statement.effect, naming) {
                (_, Naming::Not) => return,
                (Effect::Deny, _) => &mut deny,
                (Effect::Allow, Naming::Account) => &mut granted.account,
                (Effect::Allow, Naming::Behind) => &mut granted.behind,
                (Effect::Allow, Naming::Itself) => &mut granted.itself,
            };
            *slot = Some(slot.map_or(position, |earlier| earlier.min(position)));
        });
        match deny {
            Some(position) => Err(denied(Role::Resource, policy, position)),
            None => Ok(granted),
        }
    }
}

fn allowed(role: Role, policy: &Policy, position: usize) -> Verdict<'_> {
    Verdict { allowed: true, cause: Cause::Statement { role, policy, position } }
}

fn denied(role: Role, policy: &Policy, position: usize) -> Verdict<'_> {
    Verdict { allowed: false, cause: Cause::Statement { role, policy, position } }
}

fn refused(cause: Cause<'_>) -> Verdict<'_> {
    Verdict { allowed: false, cause }
}
