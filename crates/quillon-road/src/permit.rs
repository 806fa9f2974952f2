//! Admission: what an ask must have before it runs, and what it leaves when it ends.

use std::sync::{Arc, Mutex};

use quillon_audit::{AuditBegun, AuditDurable, Commitment, Decided, Lease, Opening, Under};
use quillon_base::{AskId, Fault, FaultCode};
use quillon_contract::{EffectKind, Manifest};
use quillon_meter::{MeterKey, Month, Reservation};
use quillon_policy::{Facts, decide, refused_by_guardrails};

use crate::facts;
use crate::gateway::Inner;
use crate::journey::Parent;
use crate::session::Session;

/// What an ask runs under.
pub(crate) enum Cover {
    /// Its own record.
    Own(Box<AuditBegun>),
    /// The editing session's lease.
    Leased(Arc<Lease>),
}

impl Cover {
    pub(crate) fn under(&self) -> Under<'_> {
        match self {
            Self::Own(begun) => Under::Ask(begun),
            Self::Leased(lease) => Under::Lease(lease),
        }
    }

    pub(crate) async fn durable(&self) -> Result<&AuditDurable, Fault> {
        match self {
            Self::Own(begun) => begun.durable().await,
            Self::Leased(lease) => lease.durable().await,
        }
    }
}

/// An admitted ask.
pub(crate) struct Permit {
    pub(crate) ask: AskId,
    pub(crate) manifest: &'static Manifest,
    /// What it may do: its manifest's effects, and of a child only those that its parent has.
    pub(crate) effects: Vec<EffectKind>,
    pub(crate) cover: Cover,
    pub(crate) reservation: Mutex<Option<Reservation>>,
    /// How much of the unit it uses, unless the capability says otherwise.
    pub(crate) amount: u64,
    /// How many parents stand above it.
    pub(crate) depth: u32,
}

/// An ask on its way in.
pub(crate) struct Arrival<'a> {
    pub(crate) ask: AskId,
    /// What the record calls it.
    pub(crate) name: String,
    pub(crate) manifest: &'static Manifest,
    pub(crate) amount: u64,
    /// The ask as JSON, which the record commits to.
    pub(crate) content: &'a [u8],
    pub(crate) parent: Option<&'a Parent>,
}

/// Why an ask was not admitted, with the record to write about it.
pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    pub(crate) opening: Box<Opening>,
}

/// A decision as the record has it, and the fault when it is no.
pub(crate) fn judge(
    session: &Session,
    action: &str,
    resource: &str,
    context: &quillon_policy::Context,
) -> (Decided, Option<Fault>) {
    let set = &session.policy;
    let decision = decide(set, &Facts { action, resource, context });
    let decided = Decided { allowed: decision.allowed, by: decision.by.to_string(), revision: set.revision };
    let fault = (!decision.allowed).then(|| {
        Fault::new(FaultCode::PolicyRefused, format!("policy does not allow `{action}` here"))
            .hint("ask an administrator, or look at `quillon audit tail` for the statement that decided")
            .inner(format!("{} on {resource}: {}", decision.by, decision.reason))
    });
    (decided, fault)
}

/// Why the guardrails of a channel refuse an operation of a cloud service: they name operations, while everything else
/// is decided by `quillon:CallCloud`. Which resources an operation is about is not known here, so they must allow all.
pub(crate) fn guarded(
    session: &Session,
    operation: &str,
    context: &quillon_policy::Context,
) -> Option<(Decided, Fault)> {
    let set = &session.policy;
    let decision = refused_by_guardrails(set, &Facts { action: operation, resource: "*", context })?;
    let decided = Decided { allowed: false, by: decision.by.to_string(), revision: set.revision };
    let fault = Fault::new(FaultCode::PolicyRefused, format!("`{operation}` is not for this channel"))
        .hint("run it outside of the channel, or ask an administrator for another guardrail")
        .inner(format!("{}: {}", decision.by, decision.reason));
    Some((decided, fault))
}

impl Inner {
    /// Identify is done; decide, meter and record.
    pub(crate) async fn admit(&self, session: &Session, arrival: Arrival<'_>) -> Result<Permit, Refusal> {
        let manifest = arrival.manifest;
        let resource = facts::resource(session, manifest.resource, None);
        let context = facts::context(session, self.clock.now());
        let (decided, refused) = judge(session, manifest.action, &resource, &context);
        let (commitment, _) = Commitment::new(arrival.content, &*self.entropy);
        let opening = Opening {
            ask: arrival.ask,
            parent: arrival.parent.map(|parent| parent.ask),
            by: session.by(),
            verb: arrival.name,
            action: manifest.action.to_owned(),
            resource: resource.clone(),
            decided,
            content_bytes: arrival.content.len() as u64,
            commitment: Some(commitment),
        };
        let refuse = |fault| Refusal { fault, opening: Box::new(opening.clone()) };
        if let Some(fault) = refused.or_else(|| needs_sign_in(session, manifest)) {
            return Err(refuse(fault));
        }
        let reservation = self.reserve(session, manifest, arrival.amount).await.map_err(refuse)?;
        let cover = self.cover(session, manifest, &resource, &opening).await.map_err(refuse)?;
        let effects = match arrival.parent {
            Some(parent) => {
                manifest.effects.iter().filter(|effect| parent.effects.contains(effect)).copied().collect()
            }
            None => manifest.effects.to_vec(),
        };
        Ok(Permit {
            ask: arrival.ask,
            manifest,
            effects,
            cover,
            reservation: Mutex::new(Some(reservation)),
            amount: arrival.amount,
            depth: arrival.parent.map_or(0, |parent| parent.depth),
        })
    }

    async fn cover(
        &self,
        session: &Session,
        manifest: &Manifest,
        resource: &str,
        opening: &Opening,
    ) -> Result<Cover, Fault> {
        if !(manifest.leased && session.is_editor()) {
            return self.log.begin(opening.clone()).map(|begun| Cover::Own(Box::new(begun)));
        }
        let mut held = session.lease.lock().await;
        let revision = session.policy.revision;
        if let Some(lease) = held.as_ref()
            && lease.check(resource, revision).is_ok()
        {
            return Ok(Cover::Leased(Arc::clone(lease)));
        }
        // The old one closes when its last ask ends.
        *held = None;
        let lease = quillon_base::LeaseId::generate(&*self.clock, &*self.entropy);
        let scope =
            quillon_audit::LeaseScope { lease, by: session.by(), scope: resource.to_owned(), revision };
        let lease = Arc::new(self.log.open_lease(scope).await?);
        *held = Some(Arc::clone(&lease));
        Ok(Cover::Leased(lease))
    }

    async fn reserve(
        &self,
        session: &Session,
        manifest: &Manifest,
        amount: u64,
    ) -> Result<Reservation, Fault> {
        let principal = &session.principal;
        let allowance = manifest.allowance.of(principal.tier);
        if allowance.is_some() {
            self.remember_usage().await?;
        }
        let month = Month::of(self.clock.now());
        let key = MeterKey { principal: principal.id.clone(), unit: manifest.unit, month };
        self.meter.reserve(key, amount, allowance)
    }
}

pub(crate) fn needs_sign_in(session: &Session, manifest: &Manifest) -> Option<Fault> {
    let anonymous = session.principal.kind == quillon_identity::PrincipalKind::Anonymous;
    (anonymous && !manifest.anonymous).then(|| {
        Fault::new(FaultCode::IdentityUnknown, format!("`{}` needs you to sign in", manifest.name))
            .hint("sign in with `quillon login`")
    })
}
