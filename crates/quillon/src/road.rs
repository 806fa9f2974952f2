//! Joins the road: links the adapters and lists the capabilities. It is the only place that names an adapter.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quillon_admin::Admin;
use quillon_audit::{LocalLayer, Log, LogOptions, Signer};
use quillon_aws::Environment;
use quillon_base::{Clock, Entropy, Fault, OrganisationId, Region};
use quillon_chat::Chat;
use quillon_contract::settings::Settings;
use quillon_export::Export;
use quillon_host::Host;
use quillon_host_local::{LocalHost, LocalPaths, SystemClock, SystemEntropy};
use quillon_http::{Client, ClientIdentity, Options, Timeouts, Trust};
use quillon_identity_local::LocalIdentity;
use quillon_meter::Meter;
use quillon_model::{Catalogue, Network};
use quillon_policy::PolicySet;
use quillon_review::Review;
use quillon_road::{Capability, Parts, Road};
use quillon_sink::SinkKind;
use quillon_sink_aws::{CloudwatchSinks, S3Sinks, Surroundings};
use quillon_sink_files::FolderSinks;
use quillon_sink_otlp::OtlpSinks;
use quillon_store_sqlite::SqliteStore;
use quillon_vault::{RootKey, Vault};
use quillon_vault_file::{FileRootKey, FileWrappedKeys};
use quillon_vault_keyring::{IfMissing, KeyringRootKey};
use quillon_witness_http::HttpWitnesses;

use crate::home::{self, Home};
use crate::models;

/// The tenant of a machine that belongs to no organisation.
const LOCAL: &str = "local";

/// What this build answers. Help marks the rest, so that nothing is offered that is not there, and the reverse.
pub(crate) fn capabilities() -> Vec<Arc<dyn Capability>> {
    vec![Arc::new(Admin), Arc::new(Chat::default()), Arc::new(Export), Arc::new(Review)]
}

/// Joins the road of this machine. `model` stands before the setting.
///
/// # Errors
/// What keeps it from starting: the home, a key, the ledger, the settings, the model's script.
pub(crate) fn join(home: &Home, model: Option<&str>) -> Result<Road, Fault> {
    let organisation = OrganisationId::new(LOCAL).map_err(|error| Fault::internal(error.to_string()))?;
    let region = Region::device();
    let clock = Arc::new(SystemClock);
    let entropy = Arc::new(SystemEntropy);
    let host = Arc::new(LocalHost::new(LocalPaths {
        config: home.config.clone(),
        cache: home.cache.clone(),
        home: home.person.clone(),
    }));
    let settings = match host.read_private("settings.json")? {
        Some(bytes) => Settings::parse(&bytes)?,
        None => Settings::default(),
    };
    let model = model.map_or_else(|| settings.text("quillon.model"), str::to_owned);
    let catalogue = match host.read_private("models.json")? {
        Some(bytes) => Catalogue::parse(&bytes),
        None => Ok(Catalogue::default()),
    };
    let (catalogue, unusable) = match catalogue {
        Ok(catalogue) => (catalogue, None),
        // Most of what a person does needs no model and no network; nothing is sent by halves of what was configured.
        Err(fault) if model == "embedded" => (Catalogue::default(), Some(fault)),
        Err(fault) => return Err(fault),
    };
    let client = open_client(&catalogue.network, unusable, clock.clone(), entropy.clone());
    let models = models::open(&model, &catalogue, &region, &client)?;
    let vault = Arc::new(open_vault(&home.keys(), &settings, entropy.clone())?);
    let signer = Signer::new(&vault.ledger_seed(&organisation, &region)?, &organisation, &region)?;
    let log = Log::open(LogOptions {
        folder: home.ledger(&organisation, &region),
        organisation,
        region: region.clone(),
        signer,
        layer: Arc::new(LocalLayer),
        clock: clock.clone(),
        entropy: entropy.clone(),
    })?;
    let witnesses = Arc::new(HttpWitnesses::new(client.clone()));
    let sinks = open_sinks(home, client, clock.clone());
    Road::new(Parts {
        identity: Arc::new(LocalIdentity::new(home::user_name().as_deref(), clock.clone())),
        policy: PolicySet::local_owner(),
        meter: Meter::default(),
        vault,
        log,
        store: Arc::new(SqliteStore::lazy(&home.store(&region), region)),
        host,
        models,
        cloud: None,
        sinks,
        witnesses: Some(witnesses),
        settings,
        clock,
        entropy,
        capabilities: capabilities(),
    })
}

/// The one client of models and exports: what an organisation's network asks for, it asks of both. Nothing is read or
/// opened before its first request.
fn open_client(
    network: &Network,
    unusable: Option<Fault>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Client {
    let identity = network.client_certificate.clone().zip(network.client_key.clone());
    let usual = Timeouts::default();
    let seconds = |chosen: Option<u64>, usual| chosen.map_or(usual, Duration::from_secs);
    Client::new(Options {
        trust: Trust {
            system: true,
            system_file: home::variable("SSL_CERT_FILE").map(PathBuf::from),
            files: network.ca_file.iter().cloned().collect(),
        },
        timeouts: Timeouts {
            connect: seconds(network.connect_seconds, usual.connect),
            first_byte: seconds(network.first_byte_seconds, usual.first_byte),
            stall: seconds(network.stall_seconds, usual.stall),
        },
        identity: identity.map(|(certificate, key)| ClientIdentity { certificate, key }),
        proxies: home::proxies(),
        unusable,
        ..Options::new(clock, entropy)
    })
}

/// Where exports can go. Nothing is read or opened before one is asked for.
fn open_sinks(home: &Home, client: Client, clock: Arc<dyn Clock>) -> Vec<Arc<dyn SinkKind>> {
    let environment = Environment { variables: home::aws_variables(), home: home.person.clone() };
    let aws = Surroundings { environment, client: client.clone(), clock };
    vec![
        Arc::new(FolderSinks),
        Arc::new(S3Sinks::new(aws.clone())),
        Arc::new(CloudwatchSinks::new(aws)),
        Arc::new(OtlpSinks::new(client)),
    ]
}

fn open_vault(keys: &Path, settings: &Settings, entropy: Arc<dyn Entropy>) -> Result<Vault, Fault> {
    let wrapped = FileWrappedKeys::open(keys)?;
    let root: Arc<dyn RootKey> = match settings.text("quillon.keys").as_str() {
        "keyring" => {
            let if_missing = if wrapped.is_empty()? { IfMissing::Create } else { IfMissing::Refuse };
            Arc::new(KeyringRootKey::open_or_create(entropy.clone(), if_missing)?)
        }
        _ => Arc::new(FileRootKey::open_or_create(keys, entropy.clone())?),
    };
    Ok(Vault::new(root, Arc::new(wrapped), entropy))
}
