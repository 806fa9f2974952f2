//! The passage: the sole handle through which a capability touches the world.
//!
//! Every use is egress: it must be among the effects that the ask may have, it is decided again by policy, and it is
//! recorded before it is done. The constructor is private to the road.

mod ask;
mod cloud;
mod each;
mod effect;
mod files;
mod git;
mod host;
mod ledger;
mod model;
mod prompts;
mod seen;
mod sink;
mod store;
mod tally;
mod tool;
mod witness;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quillon_base::{AskId, ConversationId, Fault, Region, Tier, Timestamp};
use quillon_contract::Verb;
use quillon_contract::event::Answerer;
use quillon_contract::settings::Settings;
use quillon_policy::{Context, PolicySet};
use quillon_privacy::Redactor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::gate::AnswerGate;
use crate::gateway::Inner;
use crate::permit::Permit;
use crate::session::Session;

pub use files::{READ_BYTES_MAX, ReadFile, TREE_FILE_BYTES_MAX, TREE_FILES_MAX, Tree};
pub use host::Shell;
pub use ledger::{LedgerView, RawRecord};
pub use model::ModelAnswer;
pub use prompts::Exchange;
pub use seen::Seen;
pub use sink::OpenSink;
pub use store::Kept;
pub(crate) use tally::Tally;
pub use tool::{Approval, OpenTool, ToolUse};

/// How long the end of an ask waits for effects that were cancelled.
const EFFECTS_END_MAX: Duration = Duration::from_secs(5);

/// The sole handle through which a capability touches the world. Only the road makes one, for one admitted ask.
pub struct Passage {
    road: Arc<Inner>,
    session: Arc<Session>,
    permit: Permit,
    answer: AnswerGate,
    cancel: CancellationToken,
    /// One for the whole tree of asks, so that what a parent put back does not leave through a child.
    redactor: Arc<Mutex<Redactor>>,
    tally: Mutex<Tally>,
    /// Which model answers this ask.
    choice: Mutex<model::Choice>,
    /// Effects that are open, also on threads that outlive the future that began them.
    open_effects: TaskTracker,
}

impl Passage {
    pub(crate) fn new(
        road: Arc<Inner>,
        session: Arc<Session>,
        permit: Permit,
        answer: AnswerGate,
        cancel: CancellationToken,
        redactor: Option<Arc<Mutex<Redactor>>>,
    ) -> Self {
        let redactor = redactor.unwrap_or_else(|| {
            let mut seed = [0; 16];
            road.entropy.fill(&mut seed);
            Arc::new(Mutex::new(Redactor::new(seed)))
        });
        let tally = Mutex::new(Tally::new(&*road.entropy, permit.amount));
        let (choice, open_effects) = (Mutex::default(), TaskTracker::new());
        Self { road, session, permit, answer, cancel, redactor, tally, choice, open_effects }
    }

    /// Takes it apart, once every effect is closed: an ask's record closes after those of its effects.
    pub(crate) async fn into_parts(self) -> (Permit, Tally) {
        self.open_effects.close();
        // A thread that does not come back must not hold the end for ever; its effect closes when it does.
        let _ = tokio::time::timeout(EFFECTS_END_MAX, self.open_effects.wait()).await;
        let tally = self.tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        (self.permit, tally)
    }

    /// The ask.
    #[must_use]
    pub fn ask_id(&self) -> AskId {
        self.permit.ask
    }

    /// The id of a conversation that begins.
    #[must_use]
    pub fn new_conversation(&self) -> ConversationId {
        ConversationId::generate(&*self.road.clock, &*self.road.entropy)
    }

    /// Who answered so far.
    #[must_use]
    pub fn answerer(&self) -> Option<Answerer> {
        self.tally().answerer.clone()
    }

    /// Wall-clock time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.road.clock.now()
    }

    /// Who asks, and on which terms.
    #[must_use]
    pub fn principal(&self) -> &quillon_identity::Principal {
        &self.session.principal
    }

    /// Where data of this ask rests.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.session.principal.region
    }

    /// The asker's tier.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.session.principal.tier
    }

    /// Whether there is a folder to work in.
    #[must_use]
    pub fn has_workspace(&self) -> bool {
        self.session.files.is_some()
    }

    /// A keyed digest of the workspace's folder: the group of what belongs to it.
    #[must_use]
    pub fn workspace_group(&self) -> &str {
        self.session.workspace_id.as_deref().unwrap_or("none")
    }

    /// The workspace's folder, where commands run.
    #[must_use]
    pub fn workspace_folder(&self) -> Option<std::path::PathBuf> {
        Some(self.session.files.as_ref()?.root().to_owned())
    }

    /// The name of the workspace's folder, for people.
    #[must_use]
    pub fn workspace_name(&self) -> Option<String> {
        let root = self.session.files.as_ref()?.root();
        root.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    /// Whether the asker stopped the work. Long loops look at it; awaits on the passage end by themselves.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Waits until the asker stops the work, for capabilities that wind up by themselves.
    pub async fn stopped(&self) {
        self.cancel.cancelled().await;
    }

    /// What the asker used of the unit this month so far, in every process that writes this ledger.
    ///
    /// # Errors
    /// `audit.unavailable` when the ledger cannot be read.
    pub async fn used_this_month(&self, unit: quillon_contract::MeterUnit) -> Result<u64, Fault> {
        self.road.remember_usage().await?;
        let month = quillon_meter::Month::of(self.now());
        let key = quillon_meter::MeterKey { principal: self.session.principal.id.clone(), unit, month };
        Ok(self.road.meter.balance(&key).used)
    }

    /// The policies that this ask is decided with.
    #[must_use]
    pub fn policies(&self) -> &PolicySet {
        &self.session.policy
    }

    /// The policies that this installation brings, before those that are kept.
    #[must_use]
    pub fn own_policies(&self) -> &PolicySet {
        &self.road.policy
    }

    /// The condition keys that every request of this session supplies.
    #[must_use]
    pub fn condition_keys(&self) -> Context {
        crate::facts::context(&self.session, self.now())
    }

    /// What the person chose, as it stood when this road was joined.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.road.settings
    }

    /// The verbs that this road answers, in order.
    #[must_use]
    pub fn verbs(&self) -> Vec<Verb> {
        self.road.verbs()
    }

    /// Which root key the vault stands on.
    #[must_use]
    pub fn root_key(&self) -> &str {
        self.road.vault.root_id()
    }

    /// Sets how much of the verb's unit this ask used; 1 without it.
    pub fn used(&self, amount: u64) {
        self.tally().amount = amount;
    }

    pub(crate) fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        crate::session::locked(&self.tally)
    }

    pub(crate) fn workspace_missing() -> Fault {
        Fault::new(quillon_base::FaultCode::WorkspaceMissing, "there is no folder to work in")
            .hint("run the command in a folder, or name one")
    }
}
