//! Egress: every effect is within the permit, decided again, and recorded before it is done.

use std::sync::Arc;

use quillon_audit::{AuditBegun, AuditDurable, Decided, Effect, EffectClosed, Entry};
use quillon_base::{Fault, FaultCode, RecordId};
use quillon_contract::{EffectKind, Manifest};
use quillon_policy::Context;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::facts;
use crate::passage::Passage;
use crate::permit::{guarded, judge};
use crate::session::locked;
use crate::thread::off_thread;

/// The condition key that names an operation of a cloud service.
pub(crate) const CLOUD_OPERATION: &str = "quillon:CloudOperation";

/// An effect that may be done, and must be closed. Dropped unclosed, it is recorded as cancelled.
pub(crate) struct OpenEffect {
    begun: AuditBegun,
    /// Held until the record is closed.
    _open: TaskTrackerToken,
}

impl OpenEffect {
    /// Does the effect on a thread that may block, once its record is durable, and closes it by the result. When nobody
    /// waits any more the thread goes on, and the effect closes when it ends.
    pub(crate) async fn off_thread<T: Send + 'static>(
        self,
        work: impl FnOnce(&AuditDurable) -> Result<T, Fault> + Send + 'static,
        closing: impl FnOnce(&T) -> EffectClosed,
    ) -> Result<T, Fault> {
        self.durable().await?;
        let effect = Arc::new(self);
        let held = Arc::clone(&effect);
        let unwritten = || Fault::internal("an effect was done before its record");
        let result = off_thread(move || work(held.begun.known_durable().ok_or_else(unwritten)?)).await;
        let effect = Arc::into_inner(effect).ok_or_else(|| Fault::internal("an effect is still in use"))?;
        effect.finish(result, closing)
    }

    pub(crate) async fn durable(&self) -> Result<&AuditDurable, Fault> {
        self.begun.durable().await
    }

    pub(crate) const fn begun(&self) -> &AuditBegun {
        &self.begun
    }

    pub(crate) fn close(self, closing: EffectClosed) -> Result<(), Fault> {
        self.begun.close_effect(closing)
    }

    /// Closes the effect by its result and passes the result on.
    pub(crate) fn finish<T>(
        self,
        result: Result<T, Fault>,
        closing: impl FnOnce(&T) -> EffectClosed,
    ) -> Result<T, Fault> {
        match result {
            Ok(value) => {
                let closing = closing(&value);
                self.close(closing)?;
                Ok(value)
            }
            Err(fault) => {
                self.close(EffectClosed::failed(fault.code))?;
                Err(fault)
            }
        }
    }
}

/// An effect that went well.
pub(crate) fn done(count: u64, bytes: u64) -> EffectClosed {
    EffectClosed {
        outcome: "done".into(),
        fault: None,
        count,
        bytes,
        digest: None,
        spent: None,
        result: None,
    }
}

/// What an effect is about.
pub(crate) struct About<'a> {
    pub(crate) kind: EffectKind,
    pub(crate) resource: String,
    /// What the record says of it; redacted here.
    pub(crate) arguments: &'a str,
    /// Condition keys of its own.
    pub(crate) keys: &'a [(&'a str, &'a str)],
}

impl About<'_> {
    /// The operation of a cloud service that it calls.
    fn cloud_operation(&self) -> Option<&str> {
        self.keys.iter().find(|(key, _)| *key == CLOUD_OPERATION).map(|(_, operation)| *operation)
    }
}

impl Passage {
    /// Whether the effect is within the permit and policy allows it: the decision, and the fault when it is no. Only
    /// effects that are covered by the ask's own record, as those on the store are, may stop here.
    pub(crate) fn permitted(&self, about: &About<'_>) -> (Decided, Option<Fault>) {
        let context = self.context(about);
        let action = about.kind.action();
        let (decided, refused) = judge(&self.session, action, &about.resource, &context);
        let by_guardrail =
            about.cloud_operation().and_then(|operation| guarded(&self.session, operation, &context));
        let (decided, refused) = match by_guardrail {
            Some((decided, fault)) if refused.is_none() => (decided, Some(fault)),
            _ => (decided, refused),
        };
        if self.permit.effects.contains(&about.kind) {
            return (decided, refused);
        }
        let fault = Self::not_in_manifest(self.permit.manifest, about.kind);
        (Decided { allowed: false, by: "manifest".into(), ..decided }, Some(fault))
    }

    /// Whether policy would refuse an effect, whatever the permit says: for telling what could be done.
    pub(crate) fn is_refused(&self, about: &About<'_>) -> bool {
        judge(&self.session, about.kind.action(), &about.resource, &self.context(about)).1.is_some()
    }

    pub(crate) fn not_in_manifest(manifest: &Manifest, kind: EffectKind) -> Fault {
        let (verb, action) = (manifest.name, kind.action());
        Fault::new(FaultCode::PolicyRefused, format!("`{verb}` may not do `{action}`"))
            .hint("what a verb may do is fixed by its manifest, and of a child ask by its parent")
    }

    pub(super) fn context(&self, about: &About<'_>) -> Context {
        let mut context = facts::context(&self.session, self.road.clock.now());
        for (key, value) in about.keys {
            context.set(*key, *value);
        }
        context
    }

    /// Decides and records an effect. A refusal is recorded too, durably, before it is said.
    pub(crate) async fn begin(&self, about: About<'_>) -> Result<OpenEffect, Fault> {
        let (decided, refused) = self.permitted(&about);
        if let Some(fault) = refused {
            self.record_refused(&about, decided).await?;
            return Err(fault);
        }
        self.begin_decided(&about, decided)
    }

    /// Records an effect that was decided: it may begin.
    pub(crate) fn begin_decided(&self, about: &About<'_>, decided: Decided) -> Result<OpenEffect, Fault> {
        self.tally().effects += 1;
        let begun = self.road.log.begin_effect(self.permit.cover.under(), self.effect(about, decided))?;
        Ok(OpenEffect { begun, _open: self.open_effects.token() })
    }

    /// Records an effect that was refused, durably.
    pub(crate) async fn record_refused(&self, about: &About<'_>, decided: Decided) -> Result<(), Fault> {
        self.road.log.record(Entry::EffectOpened(self.effect(about, decided))).await?;
        Ok(())
    }

    /// Records, durably, that something else than policy refuses an effect; gives the fault to say. A no of policy comes
    /// first.
    pub(crate) async fn refused_by(&self, by: &str, about: &About<'_>, fault: Fault) -> Fault {
        let (decided, refused) = self.permitted(about);
        let (decided, fault) = match refused {
            Some(by_policy) => (decided, by_policy),
            None => (Decided { allowed: false, by: by.to_owned(), ..decided }, fault),
        };
        self.record_refused(about, decided).await.err().unwrap_or(fault)
    }

    /// A text without secrets, without what this ask knows as a part of one, and without personal data.
    pub(super) fn for_record(&self, text: &str) -> String {
        let text = locked(&self.redactor).without_parts(text);
        quillon_privacy::redact_for_record(&text).into_inner()
    }

    fn effect(&self, about: &About<'_>, decided: Decided) -> Effect {
        Effect {
            effect: RecordId::generate(&*self.road.clock, &*self.road.entropy),
            ask: self.permit.ask,
            does: about.kind,
            resource: quillon_privacy::redact_for_record(&about.resource).into_inner(),
            decided,
            arguments: self.for_record(about.arguments),
            model: if about.kind == EffectKind::InvokeModel { self.called_model() } else { None },
            commitment: None,
        }
    }
}
