//! The policies that are kept in the store: read at each opening of a session, decided with from then on.

use quillon_audit::{AuditDurable, Recorded};
use quillon_base::{DataClass, Fault, Timestamp};
use quillon_identity::Principal;
use quillon_policy::{Asker, KeptPolicy, PolicySet, assemble};
use quillon_store::{PAGE_RECORDS_MAX, Page, Record};
use quillon_vault::{Label, Scope};

use crate::gateway::Inner;

/// The version of what is sealed, part of its label.
pub(crate) const SCHEMA: u16 = 1;

/// What a record of `principal`'s is sealed under.
pub(crate) fn label(principal: &Principal, record: &Record) -> Label {
    let (organisation, region) = (principal.organisation.clone(), principal.region.clone());
    let scope = Scope { organisation, region, class: record.class };
    Label { scope, subject: record.subject.clone(), record: record.id, schema: SCHEMA }
}

impl Inner {
    /// The road's own policies, with those that are kept and attached to this asker. One that cannot be read denies the
    /// session.
    pub(crate) async fn attached(
        &self,
        opened: &Recorded,
        principal: &Principal,
    ) -> Result<PolicySet, Fault> {
        let (kept, newest) = self.kept_policies(opened.durable().await?, principal).await?;
        if kept.is_empty() {
            return Ok(self.policy.clone());
        }
        let asker = Asker {
            principal: principal.id.as_str(),
            groups: &principal.groups,
            profile: principal.profile.as_str(),
        };
        assemble(&self.policy, &kept, asker, newest.0.unsigned_abs())
    }

    /// Every policy that is kept, the newest of each name, and when the newest of all was kept.
    async fn kept_policies(
        &self,
        proof: &AuditDurable,
        principal: &Principal,
    ) -> Result<(Vec<KeptPolicy>, Timestamp), Fault> {
        let mut kept: Vec<KeptPolicy> = Vec::new();
        let (mut newest, mut after) = (Timestamp::default(), None);
        loop {
            let page = Page {
                class: DataClass::Policy,
                subject: None,
                group: None,
                newest_first: true,
                after,
                limit: PAGE_RECORDS_MAX,
            };
            let records = self.store.list(proof, page).await?;
            let Some(last) = records.last() else {
                return Ok((kept, newest));
            };
            after = Some((last.created, last.id));
            for record in &records {
                newest = newest.max(record.created);
                let plain = self.vault.open(&label(principal, record), record.body.as_bytes())?;
                let policy: KeptPolicy = serde_json::from_slice(plain.expose()).map_err(|error| {
                    Fault::new(quillon_base::FaultCode::StoreCorrupt, "a stored policy cannot be read")
                        .hint("it may be of a newer version of quillon; until then everything is denied")
                        .inner(error)
                })?;
                if !kept.iter().any(|known| known.name == policy.name) {
                    kept.push(policy);
                }
            }
        }
    }
}
