//! One's own installation and its record: who asks, settings, usage, models, data classes, the ledger, checks.
//!
//! Everything here reads or changes Quillon's own state, and leaves a record like everything else. To add a verb, write
//! its file and its row in [`Admin::verbs`] and `run`; a test holds that the two agree.

mod account;
mod audit;
mod data;
mod doctor;
mod key;
mod model;
mod policy;
mod retention;
mod settings;
mod witness;

use async_trait::async_trait;
use quillon_contract::event::{Event, Table};
use quillon_contract::{Ask, Fault, Listing, Query, Verb};
use quillon_road::{Capability, Finished, Passage};

/// Answers the verbs of one's own installation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Admin;

/// What it answers.
pub const VERBS: &[Verb] = &[
    Verb::AdminAudit,
    Verb::AdminDataClasses,
    Verb::AdminPolicyDiff,
    Verb::AdminPolicyLint,
    Verb::AdminPolicyProve,
    Verb::AdminPolicyRead,
    Verb::AdminPolicySimulate,
    Verb::AdminPolicyWrite,
    Verb::AuditProve,
    Verb::AuditSearch,
    Verb::AuditTail,
    Verb::AuditVerify,
    Verb::AuditWitness,
    Verb::Doctor,
    Verb::ModelKeyRead,
    Verb::ModelKeyWrite,
    Verb::ModelList,
    Verb::ModelUse,
    Verb::ProfileList,
    Verb::SettingsRead,
    Verb::SettingsWrite,
    Verb::Usage,
    Verb::Whoami,
];

#[async_trait]
impl Capability for Admin {
    fn verbs(&self) -> &'static [Verb] {
        VERBS
    }

    async fn run(&self, passage: &Passage, ask: Ask) -> Result<Finished, Fault> {
        // No model is asked here, ever.
        passage.answered_by_embedded();
        match ask {
            Ask::AdminAudit(ask) => retention::act(passage, ask.change).await,
            Ask::AdminDataClasses(_) => data::classes(passage).await,
            Ask::AdminPolicyDiff(ask) => policy::compare(passage, ask).await,
            Ask::AdminPolicyLint(ask) => policy::check(passage, ask).await,
            Ask::AdminPolicyProve(ask) => policy::prove(passage, ask).await,
            Ask::AdminPolicyRead(ask) => policy::show(passage, ask.name.as_deref()).await,
            Ask::AdminPolicySimulate(ask) => policy::simulate(passage, ask).await,
            Ask::AdminPolicyWrite(ask) => policy::change(passage, ask.change).await,
            Ask::AuditProve(ask) => audit::prove(passage, ask).await,
            Ask::AuditSearch(ask) => audit::search(passage, ask).await,
            Ask::AuditTail(ask) => audit::tail(passage, ask).await,
            Ask::AuditVerify(ask) => audit::verify(passage, ask).await,
            Ask::AuditWitness(ask) => witness::act(passage, ask.witness).await,
            Ask::Doctor(_) => doctor::check(passage).await,
            Ask::ModelKeyRead(ask) => key::show(passage, ask.name).await,
            Ask::ModelKeyWrite(ask) => key::change(passage, ask).await,
            Ask::ModelList(ask) => model::show(passage, ask.model.as_deref()).await,
            Ask::ModelUse(ask) => model::choose(passage, &ask.model).await,
            Ask::ProfileList(_) => account::profiles(passage).await,
            Ask::SettingsRead(ask) => settings::show(passage, ask).await,
            Ask::SettingsWrite(ask) => settings::write(passage, &ask.key, ask.value.as_deref()).await,
            Ask::Usage(_) => account::usage(passage).await,
            Ask::Whoami(_) => account::whoami(passage).await,
            other => {
                let verb = other.verb().name();
                Err(Fault::internal(format!("`{verb}` was sent to a capability that does not answer it")))
            }
        }
    }

    async fn list(&self, passage: &Passage, query: Query) -> Result<Listing, Fault> {
        match query {
            Query::Models => Ok(model::listing(passage)),
            Query::Profiles => Ok(account::profile_listing(passage)),
            Query::Settings { prefix } => Ok(settings::listing(&prefix)),
            Query::Verbs => Ok(account::verb_listing(passage)),
            query => Err(Fault::internal(format!("`{}` was sent to the wrong capability", query.name()))),
        }
    }
}

/// A table event.
fn table(title: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Event {
    let columns = columns.iter().map(ToString::to_string).collect();
    Event::Table(Table { title: title.to_owned(), columns, rows })
}
