//! Sessions: who asks, through what, in which folder, and what is under way.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quillon_audit::{By, Lease};
use quillon_base::{AskId, Fault, FaultCode, QuestionId, SessionId};
use quillon_contract::event::Expected;
use quillon_contract::{Answer, Hello, Surface};
use quillon_identity::Principal;
use quillon_policy::PolicySet;
use quillon_workspace::Overlays;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::gate::FilesGate;

/// The most asks that one session may have under way.
pub(crate) const ASKS_PER_SESSION_MAX: usize = 32;
/// The most idempotency keys that a session remembers; the oldest is forgotten first.
const KEYS_PER_SESSION_MAX: usize = 256;

/// The tag by which a proof from a chat app names the channel.
pub(crate) const CHANNEL_TAG: &str = "channel";

/// A question that waits.
pub(crate) struct Waiting {
    pub(crate) expected: Expected,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// One opening by a surface.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) hello: Hello,
    pub(crate) principal: Principal,
    pub(crate) files: Option<FilesGate>,
    /// A keyed digest of the workspace's folder.
    pub(crate) workspace_id: Option<String>,
    pub(crate) policy: Arc<PolicySet>,
    pub(crate) overlays: Mutex<Overlays>,
    pub(crate) running: Mutex<HashMap<AskId, CancellationToken>>,
    pub(crate) waiting: Mutex<HashMap<QuestionId, Waiting>>,
    pub(crate) lease: tokio::sync::Mutex<Option<Arc<Lease>>>,
    /// What the person trusts for the rest of the session, as [`crate::ToolUse`] names it.
    pub(crate) trusted: Mutex<BTreeSet<String>>,
    /// Requests that were made, by the keys that the surface chose.
    pub(crate) keys: Mutex<VecDeque<(String, AskId)>>,
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Who asks, for the record.
    pub(crate) fn by(&self) -> By {
        let proof = &self.principal.proof;
        let mfa = if proof.mfa { "+mfa" } else { "" };
        By {
            principal: self.principal.id.clone(),
            proof: format!("{:?}{mfa}", proof.method).to_lowercase(),
            surface: self.hello.surface,
            session: self.id,
        }
    }

    /// Whether suggestions may run under a lease here.
    pub(crate) const fn is_editor(&self) -> bool {
        matches!(self.hello.surface, Surface::Lsp | Surface::Acp)
    }

    /// The chat channel that it came through, as the one says who proved the asker: never the surface, whose word could
    /// put off a guardrail. Empty where it has no name.
    pub(crate) fn channel(&self) -> Option<&str> {
        let named = || self.principal.tags.get(CHANNEL_TAG).map_or("", String::as_str);
        matches!(self.hello.surface, Surface::Chatapp).then(named)
    }

    /// Notes an ask as under way.
    pub(crate) fn start(&self, ask: AskId, cancel: CancellationToken) -> Result<(), Fault> {
        let mut running = locked(&self.running);
        if running.len() >= ASKS_PER_SESSION_MAX {
            return Err(Fault::new(FaultCode::InputInvalid, "too many asks of this session are under way")
                .hint(format!("wait for one of the {ASKS_PER_SESSION_MAX} to end")));
        }
        running.insert(ask, cancel);
        Ok(())
    }

    /// The ask that was made under this key.
    pub(crate) fn asked_before(&self, key: &str) -> Option<AskId> {
        locked(&self.keys).iter().find(|(known, _)| known == key).map(|(_, ask)| *ask)
    }

    /// Remembers the key of an ask that was started.
    pub(crate) fn remember_key(&self, key: String, ask: AskId) {
        let mut keys = locked(&self.keys);
        if keys.len() == KEYS_PER_SESSION_MAX {
            keys.pop_front();
        }
        keys.push_back((key, ask));
    }

    /// Passes an answer to the ask that waits for it.
    pub(crate) fn answer(&self, question: QuestionId, answer: Answer) -> Result<(), Fault> {
        let mut waiting = locked(&self.waiting);
        let invalid = |message: &str| Fault::new(FaultCode::InputInvalid, message.to_owned());
        let expected =
            &waiting.get(&question).ok_or_else(|| invalid("nothing waits for this answer"))?.expected;
        if !fits(expected, &answer) {
            return Err(invalid("the answer is not of the kind that the question asks for"));
        }
        if let Some(waiting) = waiting.remove(&question) {
            // An ask that ended meanwhile needs no answer.
            let _ = waiting.answer.send(answer);
        }
        Ok(())
    }

    /// Stops everything that is under way.
    pub(crate) fn cancel_all(&self) {
        for cancel in locked(&self.running).values() {
            cancel.cancel();
        }
    }
}

fn fits(expected: &Expected, answer: &Answer) -> bool {
    match (expected, answer) {
        (_, Answer::Deny)
        | (Expected::Approval { .. }, Answer::Approve)
        | (Expected::Value { .. }, Answer::Value { .. }) => true,
        (Expected::Approval { may_trust, .. }, Answer::Trust) => *may_trust,
        (Expected::Choice { options }, Answer::Choose { option }) => (*option as usize) < options.len(),
        _ => false,
    }
}
