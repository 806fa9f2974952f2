//! The policies that are kept in the store: read at each opening of a session, decided with from then on. They belong to
//! the organisation, whoever kept them.

use quillon_audit::{AuditDurable, Recorded};
use quillon_base::{DataClass, Fault, PrincipalId, RecordId, Timestamp};
use quillon_identity::Principal;
use quillon_policy::{Asker, KeptPolicy, PolicySet, assemble};
use quillon_store::{PAGE_RECORDS_MAX, Page};
use quillon_vault::{Label, Scope};

use crate::gateway::Inner;
use crate::session::Session;

/// The version of what is sealed, part of its label.
pub(crate) const SCHEMA: u16 = 1;

/// What a record is sealed under, for one of `principal`'s organisation and region.
pub(crate) fn label(
    principal: &Principal,
    class: DataClass,
    subject: PrincipalId,
    record: RecordId,
) -> Label {
    let (organisation, region) = (principal.organisation.clone(), principal.region.clone());
    Label { scope: Scope { organisation, region, class }, subject, record, schema: SCHEMA }
}

/// Whether records of this class are everybody's in the organisation whom a policy lets at them, and not only of those
/// who kept them.
pub(crate) const fn is_shared(class: DataClass) -> bool {
    matches!(class, DataClass::Policy)
}

impl Inner {
    /// The road's own policies, with those that are kept and attached to this asker. One that cannot be read denies the
    /// session.
    pub(crate) async fn attached(&self, opened: &Recorded, session: &Session) -> Result<PolicySet, Fault> {
        let principal = &session.principal;
        let (kept, newest) = self.kept_policies(opened.durable().await?, principal).await?;
        let asker = Asker {
            principal: principal.id.as_str(),
            groups: &principal.groups,
            profile: principal.profile.as_str(),
            channel: session.channel(),
        };
        let revision = if kept.is_empty() { self.policy.revision } else { newest.0.unsigned_abs() };
        assemble(&self.policy, &kept, asker, revision)
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
                let label = label(principal, record.class, record.subject.clone(), record.id);
                let plain = self.vault.open(&label, record.body.as_bytes())?;
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
