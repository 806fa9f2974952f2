//! The road as surfaces see it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use async_trait::async_trait;
use futures::Stream;
use quillon_audit::{AuditClosed, Entry, Log, Recorded, WitnessCarrier};
use quillon_base::{
    AskId, Clock, DataClass, Entropy, Fault, FaultCode, QuestionId, Region, Secret, SessionId, Timestamp,
};
use quillon_cloud_api::Cloud;
use quillon_contract::event::{End, Outcome};
use quillon_contract::settings::Settings;
use quillon_contract::{
    Answer, CONTRACT_VERSION, Event, EventStream, Gateway, Hello, Listing, Notification, Opened, Query,
    Request, Verb, WorkspaceRef,
};
use quillon_host::{Host, WorkspacePath};
use quillon_identity::{Claim, IdentityProvider, Principal};
use quillon_meter::Meter;
use quillon_policy::{Policy, PolicySet};
use quillon_sink::SinkKind;
use quillon_store::Store;
use quillon_vault::Vault;
use tokio::sync::mpsc::{Receiver, channel};
use tokio_util::sync::CancellationToken;

use crate::Capability;
use crate::gate::{AnswerGate, CloudGate, FilesGate, HostGate, StoreGate, WitnessGate};
use crate::journey::{Journey, Work};
use crate::models::{Known, Models};
use crate::session::{Session, locked};
use crate::thread::off_thread;

/// The most events that wait for a slow asker.
const EVENTS_WAITING_MAX: usize = 256;
/// The most sessions that may be open.
const SESSIONS_MAX: usize = 1_024;
/// The policy that a repository may bring; it can only narrow.
const WORKSPACE_POLICY: &str = ".quillon/policy.json";
const WORKSPACE_POLICY_BYTES_MAX: u64 = 64 * 1024;

/// Everything that the road joins. The composition root hands it over and keeps nothing.
pub struct Parts {
    /// Says who asks.
    pub identity: Arc<dyn IdentityProvider>,
    /// What is allowed.
    pub policy: PolicySet,
    /// Counts.
    pub meter: Meter,
    /// Seals.
    pub vault: Arc<Vault>,
    /// Records.
    pub log: Log,
    /// Keeps.
    pub store: Arc<dyn Store>,
    /// The machine.
    pub host: Arc<dyn Host>,
    /// The models that may answer.
    pub models: Models,
    /// The cloud account, where one is configured.
    pub cloud: Option<Arc<dyn Cloud>>,
    /// Where exported records can go, by the form of their addresses.
    pub sinks: Vec<Arc<dyn SinkKind>>,
    /// What reaches witnesses elsewhere, where something does.
    pub witnesses: Option<Arc<dyn WitnessCarrier>>,
    /// What the person chose.
    pub settings: Settings,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and salts.
    pub entropy: Arc<dyn Entropy>,
    /// What answers.
    pub capabilities: Vec<Arc<dyn Capability>>,
}

pub(crate) struct Inner {
    identity: Arc<dyn IdentityProvider>,
    pub(crate) policy: PolicySet,
    pub(crate) meter: Meter,
    pub(crate) vault: Arc<Vault>,
    pub(crate) log: Log,
    pub(crate) store: StoreGate,
    pub(crate) host: HostGate,
    /// Those that may answer, in the order in which they are preferred.
    pub(crate) models: Vec<Known>,
    pub(crate) chooses_model: bool,
    /// Where a model may answer beside the region of the profile.
    pub(crate) model_regions: Vec<Region>,
    pub(crate) cloud: Option<CloudGate>,
    pub(crate) sinks: Vec<Arc<dyn SinkKind>>,
    pub(crate) witnesses: Option<WitnessGate>,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    capabilities: HashMap<Verb, Arc<dyn Capability>>,
    sessions: Mutex<HashMap<SessionId, Arc<Session>>>,
    pub(crate) usage_remembered: tokio::sync::OnceCell<()>,
    /// When expired records were last removed from the store.
    pub(crate) purged: Mutex<Option<Timestamp>>,
}

impl Inner {
    pub(crate) fn capability(&self, verb: Verb) -> Option<&Arc<dyn Capability>> {
        self.capabilities.get(&verb)
    }

    /// The verbs that some capability answers, in order.
    pub(crate) fn verbs(&self) -> Vec<Verb> {
        let mut verbs: Vec<Verb> = self.capabilities.keys().copied().collect();
        verbs.sort_unstable();
        verbs
    }

    fn session(&self, id: SessionId) -> Result<Arc<Session>, Fault> {
        let unknown =
            || Fault::new(FaultCode::SessionUnknown, "this session is not open").hint("open it again");
        locked(&self.sessions).get(&id).cloned().ok_or_else(unknown)
    }

    /// The receipt of a closing record, made on a thread that may block.
    pub(crate) async fn receipt(&self, closed: &AuditClosed) -> Option<String> {
        let (reader, index) = (self.log.reader(), closed.index());
        off_thread(move || reader.receipt(index)).await.ok().map(|receipt| receipt.to_string())
    }

    /// A keyed digest of the workspace's folder, by which records are grouped without showing it.
    fn workspace_id(&self, principal: &Principal, root: &std::path::Path) -> Result<String, Fault> {
        let scope = quillon_vault::Scope {
            organisation: principal.organisation.clone(),
            region: principal.region.clone(),
            class: DataClass::Conversation,
        };
        let mut digest = self.vault.blind(&scope, &root.to_string_lossy())?;
        digest.truncate(32);
        Ok(digest)
    }

    /// The asker's policies, narrowed by what the repository brings. A policy that cannot be read denies the session.
    async fn narrowed(
        &self,
        set: PolicySet,
        opened: &Recorded,
        files: &FilesGate,
    ) -> Result<PolicySet, Fault> {
        let path = WorkspacePath::new(WORKSPACE_POLICY)?;
        let text = match files.read(opened.durable().await?, &path, WORKSPACE_POLICY_BYTES_MAX) {
            Err(fault) if fault.code == FaultCode::FileMissing => return Ok(set),
            found => found?.bytes,
        };
        let invalid = |fault: Fault| {
            fault.hint(format!("mend or remove `{WORKSPACE_POLICY}`; until then it denies everything here"))
        };
        let policy = Policy::parse(WORKSPACE_POLICY, &String::from_utf8_lossy(&text)).map_err(invalid)?;
        Ok(set.narrowed_by(policy))
    }
}

/// The road of this process. Dropping it writes what the ledger still has to write.
pub struct Road(Arc<Inner>);

impl Road {
    /// Joins the parts.
    ///
    /// # Errors
    /// `internal` when two capabilities answer the same verb.
    pub fn new(parts: Parts) -> Result<Self, Fault> {
        let mut capabilities: HashMap<Verb, Arc<dyn Capability>> = HashMap::new();
        for capability in parts.capabilities {
            for &verb in capability.verbs() {
                if capabilities.insert(verb, Arc::clone(&capability)).is_some() {
                    return Err(Fault::internal(format!("`{}` has two capabilities", verb.name())));
                }
            }
        }
        Ok(Self(Arc::new(Inner {
            identity: parts.identity,
            policy: parts.policy,
            meter: parts.meter,
            vault: parts.vault,
            log: parts.log,
            store: StoreGate::new(parts.store),
            host: HostGate::new(parts.host),
            models: parts.models.candidates.into_iter().map(Known::new).collect(),
            chooses_model: parts.models.is_automatic,
            model_regions: parts.models.regions,
            cloud: parts.cloud.map(CloudGate::new),
            sinks: parts.sinks,
            witnesses: parts.witnesses.map(WitnessGate::new),
            settings: parts.settings,
            clock: parts.clock,
            entropy: parts.entropy,
            capabilities,
            sessions: Mutex::default(),
            usage_remembered: tokio::sync::OnceCell::new(),
            purged: Mutex::default(),
        })))
    }

    /// How much the ledger wrote, for measurements.
    #[must_use]
    pub fn log_counters(&self) -> quillon_audit::LogCounters {
        self.0.log.counters()
    }

    fn start(&self, session: Arc<Session>, work: Work, receipt: bool) -> Result<(AskId, Answering), Fault> {
        if let Some(fault) = self.0.log.stopped() {
            return Err(fault);
        }
        let ask = AskId::generate(&*self.0.clock, &*self.0.entropy);
        let cancel = CancellationToken::new();
        session.start(ask, cancel.clone())?;
        let (sender, events) = channel(EVENTS_WAITING_MAX);
        let journey = Journey {
            road: Arc::clone(&self.0),
            session,
            ask,
            work,
            parent: None,
            answer: AnswerGate::new(sender),
            cancel: cancel.clone(),
            receipt,
        };
        let travelling = tokio::spawn(journey.travel());
        Ok((ask, Answering { events, travelling, _guard: cancel.drop_guard() }))
    }
}

/// An answer under way. Dropping it cancels the work, which then closes its record by itself.
struct Answering {
    events: Receiver<Event>,
    travelling: tokio::task::JoinHandle<Listing>,
    _guard: tokio_util::sync::DropGuard,
}

impl Stream for Answering {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.poll_recv(context)
    }
}

#[async_trait]
impl Gateway for Road {
    async fn open(&self, hello: Hello) -> Result<Opened, Fault> {
        let road = &self.0;
        if hello.contract != CONTRACT_VERSION {
            let given = hello.contract;
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("contract version {given} is not spoken here"),
            )
            .hint(format!("this build speaks version {CONTRACT_VERSION}")));
        }
        if locked(&road.sessions).len() >= SESSIONS_MAX {
            return Err(
                Fault::new(FaultCode::InputInvalid, "too many sessions are open").hint("close one first")
            );
        }
        let claim = hello.token.clone().map_or(Claim::Local, |token| Claim::Token(Secret::new(token)));
        let (surface, client) = (hello.surface, hello.client.clone());
        let session = match road.identity.identify(&claim).await {
            Ok(principal) => road.open_session(Hello { token: None, ..hello }, principal).await,
            Err(fault) => Err(fault),
        };
        let session = match session {
            Ok(session) => session,
            Err(fault) => {
                // A failed sign-in stands in the ledger before it is said. When even that fails, that is said instead.
                road.log.record(Entry::SessionRefused { surface, client, fault: fault.code }).await?;
                return Err(fault);
            }
        };
        let opened = Opened {
            session: session.id,
            contract: CONTRACT_VERSION,
            principal: session.principal.arn(),
            verbs: road.verbs(),
        };
        locked(&road.sessions).insert(session.id, Arc::new(session));
        Ok(opened)
    }

    fn notify(&self, session: SessionId, notification: Notification) {
        let Ok(open) = self.0.session(session) else {
            return;
        };
        let mut overlays = locked(&open.overlays);
        match notification {
            Notification::BufferOpened { path, version, text } => overlays.open(&path, version, text),
            Notification::BufferChanged { path, version, changes } => {
                let changes: Vec<_> = changes.into_iter().map(|change| (change.range, change.text)).collect();
                // A change that does not fit would make every later answer wrong; the disk counts until it is reopened.
                if overlays.change(&path, version, &changes).is_err() {
                    overlays.close(&path);
                }
            }
            Notification::BufferClosed { path } => overlays.close(&path),
            Notification::SessionClosed => {
                open.cancel_all();
                locked(&self.0.sessions).remove(&session);
            }
        }
    }

    async fn ask(&self, session: SessionId, request: Request) -> Result<(AskId, EventStream), Fault> {
        let session = self.0.session(session)?;
        let key = request.idempotency_key;
        if let Some(ask) = key.as_deref().and_then(|key| session.asked_before(key)) {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("this request was made before, as `{ask}`"),
            )
            .hint("a request is done once for each idempotency key; choose a new key to repeat it"));
        }
        let (ask, answering) = self.start(Arc::clone(&session), Work::Ask(request.ask), request.receipt)?;
        if let Some(key) = key {
            session.remember_key(key, ask);
        }
        Ok((ask, Box::pin(answering)))
    }

    async fn answer(&self, session: SessionId, question: QuestionId, answer: Answer) -> Result<(), Fault> {
        self.0.session(session)?.answer(question, answer)
    }

    async fn query(&self, session: SessionId, query: Query) -> Result<Listing, Fault> {
        let session = self.0.session(session)?;
        let verb = governing_verb(&query);
        let (_, mut answering) = self.start(session, Work::Query(query, verb), false)?;
        let mut end = None;
        while let Some(event) = answering.events.recv().await {
            if let Event::End(found) = event {
                end = Some(found);
            }
        }
        match end {
            Some(End { outcome: Outcome::Refused { fault } | Outcome::Failed { fault }, .. }) => Err(fault),
            Some(End { outcome: Outcome::Cancelled, .. }) => {
                Err(Fault::new(FaultCode::Cancelled, "the query was stopped"))
            }
            Some(_) => (&mut answering.travelling)
                .await
                .map_err(|error| Fault::internal("the query stopped").inner(error)),
            None => Err(Fault::internal("the query ended without an end")),
        }
    }

    fn cancel(&self, session: SessionId, ask: AskId) {
        if let Ok(session) = self.0.session(session)
            && let Some(cancel) = locked(&session.running).get(&ask)
        {
            cancel.cancel();
        }
    }
}

impl Inner {
    async fn open_session(&self, hello: Hello, principal: Principal) -> Result<Session, Fault> {
        let id = SessionId::generate(&*self.clock, &*self.entropy);
        let files = match &hello.workspace {
            Some(WorkspaceRef { folder }) => Some(FilesGate::new(self.host.open_workspace(folder)?)),
            None => None,
        };
        let workspace_id = match &files {
            Some(files) => Some(self.workspace_id(&principal, files.root())?),
            None => None,
        };
        let mut session = Session {
            id,
            hello,
            principal,
            files,
            workspace_id,
            policy: Arc::new(PolicySet::default()),
            overlays: Mutex::default(),
            running: Mutex::default(),
            waiting: Mutex::default(),
            lease: tokio::sync::Mutex::default(),
            trusted: Mutex::default(),
            keys: Mutex::default(),
        };
        let client = session.hello.client.clone();
        let entry =
            Entry::SessionOpened { by: session.by(), client, workspace: session.workspace_id.clone() };
        let recorded = self.log.record(entry).await?;
        let policy = self.attached(&recorded, &session).await?;
        let policy = match &session.files {
            Some(files) => self.narrowed(policy, &recorded, files).await?,
            None => policy,
        };
        session.policy = Arc::new(policy);
        Ok(session)
    }
}

/// The verb under whose manifest a query is decided and recorded.
const fn governing_verb(query: &Query) -> Verb {
    match query {
        Query::Files { .. } | Query::Symbols { .. } | Query::Prompts { .. } => Verb::Chat,
        Query::Agents => Verb::AgentList,
        Query::Models => Verb::ModelList,
        Query::Conversations => Verb::ConversationList,
        Query::Profiles => Verb::ProfileList,
        Query::Settings { .. } => Verb::SettingsRead,
        Query::Verbs => Verb::Whoami,
    }
}
