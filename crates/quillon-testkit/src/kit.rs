//! Building a road over fakes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use quillon_audit::{Entry, Log, LogOptions, LossyLayer, Signer, WitnessCarrier};
use quillon_base::{
    Clock, Fault, OrganisationId, PrincipalId, ProfileId, Region, SeededEntropy, StepClock, Tier,
};
use quillon_cloud_api::{Cloud, Expectation, StrictCloud};
use quillon_contract::settings::Settings;
use quillon_contract::{CONTRACT_VERSION, Gateway, Hello, Surface, WorkspaceRef};
use quillon_host::{CommandOutput, StrictHost};
use quillon_identity::{Principal, PrincipalKind, Proof, ProofMethod, StrictIdentity};
use quillon_meter::Meter;
use quillon_model::{Model, Reply, StrictModel};
use quillon_policy::{Policy, PolicySet};
use quillon_road::{Capability, Models, Parts, Road};
use quillon_sink::SinkKind;
use quillon_store::StrictStore;
use quillon_vault::{StrictRootKey, StrictWrappedKeys, Vault};

use crate::travel::Travel;
use crate::witness::ToldWitness;

/// Where the workspace of a kit is.
pub const WORKSPACE: &str = "/srv/example";
/// Where its ledger is.
const LEDGER: &str = "/ledger";

/// A person at their own machine.
///
/// # Panics
/// When `name` is not one that a principal may have.
#[must_use]
pub fn principal(name: &str) -> Principal {
    Principal {
        organisation: OrganisationId::new("local").expect("a constant name"),
        id: PrincipalId::new(name).expect("a name that a principal may have"),
        kind: PrincipalKind::User,
        profile: ProfileId::new("local").expect("a constant name"),
        tier: Tier::Pro,
        region: Region::device(),
        groups: vec!["owner".into()],
        tags: BTreeMap::new(),
        proof: Proof { method: ProofMethod::Local, mfa: false, proved_at: StepClock::default().now() },
    }
}

/// A vault with keys of its own, in memory.
#[must_use]
pub fn vault(entropy: &Arc<SeededEntropy>) -> Vault {
    Vault::new(Arc::new(StrictRootKey::new(1)), Arc::new(StrictWrappedKeys::default()), entropy.clone())
}

/// What a road leaves on the disk: its ledger and its keys.
#[derive(Clone)]
pub struct Remains {
    pub(crate) layer: LossyLayer,
    pub(crate) keys: Arc<StrictWrappedKeys>,
}

impl Remains {
    /// What is left when the power fails now: everything that was not synced is lost.
    #[must_use]
    pub fn crashed(self) -> Self {
        Self { layer: self.layer.crash(|_| 0), ..self }
    }
}

/// A command that must be run, and how it answers.
type ScriptedCommand = (String, Vec<String>, Result<CommandOutput, Fault>);

/// What the world around a road will be.
pub struct Kit {
    principal: Principal,
    bearers: Vec<(String, Principal)>,
    surface: Surface,
    files: Option<Vec<(String, Vec<u8>)>>,
    replies: Option<Vec<Reply>>,
    planted: Vec<String>,
    commands: Vec<ScriptedCommand>,
    originals: Vec<(String, Vec<u8>)>,
    cloud: Option<Vec<Expectation>>,
    sinks: Vec<Arc<dyn SinkKind>>,
    witnesses: Option<Arc<dyn WitnessCarrier>>,
    policy: PolicySet,
    settings: Settings,
    capabilities: Vec<Arc<dyn Capability>>,
    layer: LossyLayer,
    keys: Arc<StrictWrappedKeys>,
    seed: u64,
}

impl Default for Kit {
    fn default() -> Self {
        Self::new()
    }
}

impl Kit {
    /// `ada` at her own machine, on the command line, who may do everything there; no workspace, no model, no cloud.
    #[must_use]
    pub fn new() -> Self {
        Self {
            principal: principal("ada"),
            bearers: Vec::new(),
            surface: Surface::Cli,
            files: None,
            replies: None,
            planted: Vec::new(),
            commands: Vec::new(),
            originals: Vec::new(),
            cloud: None,
            sinks: Vec::new(),
            witnesses: None,
            policy: PolicySet::local_owner(),
            settings: Settings::default(),
            capabilities: Vec::new(),
            layer: LossyLayer::default(),
            keys: Arc::default(),
            seed: 1,
        }
    }

    /// Adds what answers.
    #[must_use]
    pub fn with(mut self, capability: impl Capability + 'static) -> Self {
        self.capabilities.push(Arc::new(capability));
        self
    }

    /// Someone else asks.
    #[must_use]
    pub fn by(mut self, principal: Principal) -> Self {
        self.principal = principal;
        self
    }

    /// Somebody else, who opens a session with this token.
    #[must_use]
    pub fn with_bearer(mut self, token: &str, principal: Principal) -> Self {
        self.bearers.push((token.to_owned(), principal));
        self
    }

    /// The asks come through this surface.
    #[must_use]
    pub const fn through(mut self, surface: Surface) -> Self {
        self.surface = surface;
        self
    }

    /// There is a workspace, perhaps an empty one.
    #[must_use]
    pub fn with_workspace(mut self) -> Self {
        self.files.get_or_insert_default();
        self
    }

    /// There is a workspace with this file.
    #[must_use]
    pub fn with_file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.get_or_insert_default().push((path.to_owned(), content.into()));
        self
    }

    /// There is a model that must be asked for each of these replies, in order.
    #[must_use]
    pub fn with_model(mut self, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.replies = Some(replies.into_iter().collect());
        self
    }

    /// The model panics when it sees this.
    #[must_use]
    pub fn with_planted(mut self, secret: &str) -> Self {
        self.planted.push(secret.to_owned());
        self
    }

    /// This command must be run, and answers so.
    #[must_use]
    pub fn with_command(
        mut self,
        program: &str,
        arguments: &[&str],
        reply: Result<CommandOutput, Fault>,
    ) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self.commands.push((program.to_owned(), arguments, reply));
        self
    }

    /// The person has this file of the original product, by its path below `~/.aws/amazonq`.
    #[must_use]
    pub fn with_original(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.originals.push((path.to_owned(), content.into()));
        self
    }

    /// There is a cloud account that must get these calls, in order.
    #[must_use]
    pub fn with_cloud(mut self, calls: impl IntoIterator<Item = Expectation>) -> Self {
        self.cloud = Some(calls.into_iter().collect());
        self
    }

    /// There is a place to export to.
    #[must_use]
    pub fn with_sink(mut self, sink: impl SinkKind + 'static) -> Self {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// There is a witness elsewhere, whatever its address; it gives these answers, a status and a body each.
    #[must_use]
    pub fn with_witness_answers(mut self, answers: &[(u16, &str)]) -> Self {
        self.witnesses = Some(Arc::new(ToldWitness::new(answers)));
        self
    }

    /// The asker may do what this policy says, and nothing else.
    ///
    /// # Panics
    /// When it is not a policy.
    #[must_use]
    pub fn allowed_by(mut self, document: &str) -> Self {
        let policy = Policy::parse("test", document).expect("a policy of the test");
        self.policy = PolicySet { revision: 1, identity: Arc::new([policy]), ..PolicySet::default() };
        self
    }

    /// One more policy that can only take away.
    ///
    /// # Panics
    /// When it is not a policy.
    #[must_use]
    pub fn narrowed_by(mut self, document: &str) -> Self {
        let policy = Policy::parse("test", document).expect("a policy of the test");
        self.policy = self.policy.narrowed_by(policy);
        self
    }

    /// No policy allows anything.
    #[must_use]
    pub fn without_permission(mut self) -> Self {
        self.policy = PolicySet::default();
        self
    }

    /// The person chose this.
    ///
    /// # Panics
    /// When there is no such setting or value.
    #[must_use]
    pub fn with_setting(mut self, key: &str, value: &str) -> Self {
        self.settings.set(key, Some(value)).expect("a setting of the test");
        self
    }

    /// Goes on where another road left off.
    #[must_use]
    pub fn on(mut self, remains: Remains) -> Self {
        self.layer = remains.layer;
        self.keys = remains.keys;
        // Another process draws other random bytes.
        self.seed += 1;
        self
    }

    /// Joins the road and opens a session.
    ///
    /// # Panics
    /// When that fails; see [`Kit::try_start`].
    pub async fn start(self) -> Travel {
        self.try_start().await.expect("the road of the test")
    }

    /// Joins the road and opens a session.
    ///
    /// # Errors
    /// What the road says.
    pub async fn try_start(self) -> Result<Travel, Fault> {
        let clock = Arc::new(StepClock::default());
        let entropy = Arc::new(SeededEntropy::new(self.seed));
        let store = Arc::new(StrictStore::new(Region::device()));
        let mut host = StrictHost::new();
        if let Some(files) = &self.files {
            host = host
                .with_workspace(WORKSPACE, files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())));
        }
        for (program, arguments, reply) in self.commands {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            host = host.with_command(&program, &arguments, reply);
        }
        for (path, content) in self.originals {
            host = host.with_original(&path, content);
        }
        let host = Arc::new(host);
        let model = self.replies.map(|replies| {
            let model = StrictModel::new(Region::device(), replies);
            Arc::new(self.planted.into_iter().fold(model, StrictModel::with_planted))
        });
        let requests = model.as_ref().map(|model| model.requests());
        let cloud =
            self.cloud.map(|calls| Arc::new(StrictCloud::new("111122223333", calls)) as Arc<dyn Cloud>);
        let vault = Arc::new(Vault::new(Arc::new(StrictRootKey::new(1)), self.keys.clone(), entropy.clone()));
        let organisation = self.principal.organisation.clone();
        let signer = Signer::new(
            &vault.ledger_seed(&organisation, &Region::device())?,
            &organisation,
            &Region::device(),
        )?;
        let log = Log::open(LogOptions {
            folder: PathBuf::from(LEDGER),
            organisation,
            region: Region::device(),
            signer,
            layer: Arc::new(self.layer.clone()),
            clock: clock.clone(),
            entropy: entropy.clone(),
        })?;
        let reader = log.reader();
        let road = Road::new(Parts {
            identity: Arc::new(
                self.bearers
                    .into_iter()
                    .fold(StrictIdentity::default().with_local(self.principal), |known, (token, bearer)| {
                        known.with_bearer(&token, bearer)
                    }),
            ),
            policy: self.policy,
            meter: Meter::default(),
            vault,
            log,
            store: store.clone(),
            host: host.clone(),
            models: model.map_or_else(Models::default, |model| Models::one(model as Arc<dyn Model>)),
            cloud,
            sinks: self.sinks,
            witnesses: self.witnesses,
            settings: self.settings,
            clock: clock.clone(),
            entropy,
            capabilities: self.capabilities,
        })?;
        let workspace = self.files.map(|_| WorkspaceRef { folder: WORKSPACE.into() });
        let hello = Hello {
            contract: CONTRACT_VERSION,
            surface: self.surface,
            client: "testkit".into(),
            workspace,
            token: None,
        };
        let opened = road.open(hello).await?;
        let travel = Travel {
            road,
            session: opened.session,
            remains: Remains { layer: self.layer.clone(), keys: self.keys },
            layer: self.layer,
            reader,
            clock,
            host,
            store,
            requests,
        };
        // The session's own record is written soon, not now; a trail begins after it.
        while !travel
            .entries()
            .iter()
            .any(|entry| matches!(entry, Entry::SessionOpened { by, .. } if by.session == travel.session))
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(travel)
    }
}
