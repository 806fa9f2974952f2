//! Sealed records: what a verb keeps, of the class that its manifest names.

use quillon_audit::AuditDurable;
use quillon_base::{DataClass, Fault, FaultCode, PrincipalId, RecordId, Retention, Secret, Timestamp};
use quillon_contract::{EffectKind, ResourceForm, Verb};
use quillon_store::{PAGE_RECORDS_MAX, Page, Record, Sealed};
use quillon_vault::{Label, Scope};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::About;
use crate::permit::{judge, needs_sign_in};
use crate::policies::{is_shared, label};
use crate::session::locked;

const MILLIS_PER_DAY: i64 = 86_400_000;
/// Of a fingerprint: enough to tell keys apart, in hexadecimal.
const FINGERPRINT_CHARACTERS: usize = 16;

/// Something that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<T> {
    /// Its id.
    pub id: RecordId,
    /// When it was made.
    pub created: Timestamp,
    /// What it says.
    pub value: T,
}

impl Passage {
    /// The salt under which the record commits to what was said; it is kept with the conversation.
    #[must_use]
    pub fn answer_salt(&self) -> [u8; 16] {
        self.tally().salt()
    }

    /// Keeps something, sealed, in a group.
    ///
    /// # Errors
    /// `policy.refused`, `store.refused`, `disk.full`, `locked`, `store.unavailable`, `key.unusable`.
    pub async fn keep(&self, group: &str, value: &(impl Serialize + Sync)) -> Result<RecordId, Fault> {
        self.keep_as(self.permit.manifest.class, group, value).await
    }

    /// Keeps something of a class that need not be the verb's own.
    pub(super) async fn keep_as(
        &self,
        class: DataClass,
        group: &str,
        value: &(impl Serialize + Sync),
    ) -> Result<RecordId, Fault> {
        self.may_use_store(EffectKind::WriteStore)?;
        let id = RecordId::generate(&*self.road.clock, &*self.road.entropy);
        let plain = serde_json::to_vec(value)
            .map_err(|error| Fault::internal("a record is not JSON").inner(error))?;
        // Wiped once it is sealed: it may be a key.
        let plain = Secret::new(plain);
        let body = Sealed::new(self.road.vault.seal(&self.label(class, id), plain.expose())?)?;
        let created = self.now();
        let expires = match class.row().retention {
            Retention::Days(days) => Some(created.plus_millis(i64::from(days) * MILLIS_PER_DAY)),
            Retention::UntilDeleted | Retention::Cache => None,
        };
        let subject = self.session.principal.id.clone();
        let record = Record { class, id, subject, group: group.to_owned(), created, expires, body };
        let proof = self.permit.cover.durable().await?;
        self.road.store.put(proof, record).await?;
        self.purge_daily(proof).await?;
        Ok(id)
    }

    /// Removes what has expired, once a day and process: retention holds without anyone running anything.
    async fn purge_daily(&self, proof: &AuditDurable) -> Result<(), Fault> {
        let now = self.now();
        let is_due = {
            let mut purged = locked(&self.road.purged);
            let is_due = purged.is_none_or(|last| now >= last.plus_millis(MILLIS_PER_DAY));
            if is_due {
                *purged = Some(now);
            }
            is_due
        };
        if is_due {
            self.road.store.purge_expired(proof, now).await?;
        }
        Ok(())
    }

    /// What the asker kept in a group, or in all groups, newest first, up to `limit` of it; of what belongs to the
    /// organisation, what anybody kept.
    ///
    /// # Errors
    /// `policy.refused`, `locked`, `store.unavailable`, `store.corrupt`, `key.unusable`.
    pub async fn kept<T: DeserializeOwned>(
        &self,
        group: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Kept<T>>, Fault> {
        self.may_use_store(EffectKind::ReadStore)?;
        self.read(self.permit.manifest.class, group, limit).await
    }

    /// What the asker kept through another verb, such as the knowledge that an answer may draw on. It is decided as that
    /// verb's own ask would be, and covered by this ask's record.
    ///
    /// # Errors
    /// As [`Passage::kept`]; `policy.refused` also when the asker may not ask `verb`, or `verb` itself reads no records.
    pub async fn kept_through<T: DeserializeOwned>(
        &self,
        verb: Verb,
        group: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Kept<T>>, Fault> {
        self.may_use_store(EffectKind::ReadStore)?;
        let manifest = verb.manifest();
        if !manifest.effects.contains(&EffectKind::ReadStore) {
            return Err(Self::not_in_manifest(manifest, EffectKind::ReadStore));
        }
        let resource = facts::resource(&self.session, manifest.resource, None);
        let context = facts::context(&self.session, self.road.clock.now());
        let (_, refused) = judge(&self.session, manifest.action, &resource, &context);
        refused.or_else(|| needs_sign_in(&self.session, manifest)).map_or(Ok(()), Err)?;
        self.read(manifest.class, group, limit).await
    }

    /// Records of a class that the asker may see; whoever calls it has decided that they may.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        class: DataClass,
        group: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Kept<T>>, Fault> {
        let proof = self.permit.cover.durable().await?;
        let mut kept = Vec::new();
        let mut after = None;
        while kept.len() < limit as usize {
            let page = Page {
                class,
                subject: self.subject(class),
                group: group.map(str::to_owned),
                newest_first: true,
                after,
                limit: PAGE_RECORDS_MAX.min(limit - kept.len() as u32),
            };
            let records = self.road.store.list(proof, page).await?;
            let Some(last) = records.last() else {
                break;
            };
            after = Some((last.created, last.id));
            for record in living(&records, self.now()) {
                kept.push(self.unseal(record)?);
            }
        }
        Ok(kept)
    }

    /// Removes what the asker kept, or what belongs to the organisation; says whether it was there.
    ///
    /// # Errors
    /// `policy.refused`, `locked`, `store.unavailable`.
    pub async fn forget(&self, id: RecordId) -> Result<bool, Fault> {
        self.may_use_store(EffectKind::WriteStore)?;
        let class = self.permit.manifest.class;
        let proof = self.permit.cover.durable().await?;
        let found = self.road.store.get(proof, class, id).await?;
        let subject = self.subject(class);
        let may = found.is_some_and(|record| subject.is_none_or(|subject| record.subject == subject));
        if !may {
            return Ok(false);
        }
        self.road.store.delete(proof, class, id).await
    }

    /// A keyed digest of a secret of the verb's class, by which its owner recognises it: on another machine, or for somebody
    /// else's organisation, it is another.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`, `disk.full`.
    pub fn fingerprint(&self, secret: &Secret<String>) -> Result<String, Fault> {
        let principal = &self.session.principal;
        let (organisation, region) = (principal.organisation.clone(), principal.region.clone());
        let scope = Scope { organisation, region, class: self.permit.manifest.class };
        let mut digest = self.road.vault.blind(&scope, secret.expose())?;
        digest.truncate(FINGERPRINT_CHARACTERS);
        Ok(digest)
    }

    /// Sees that the store can be read and that what the asker kept last can be opened; says what was found.
    ///
    /// # Errors
    /// As [`Passage::kept`].
    pub async fn check_store(&self) -> Result<String, Fault> {
        self.may_use_store(EffectKind::ReadStore)?;
        let page = Page {
            class: DataClass::Conversation,
            subject: Some(self.session.principal.id.clone()),
            group: None,
            newest_first: true,
            after: None,
            limit: 1,
        };
        let records = self.road.store.list(self.permit.cover.durable().await?, page).await?;
        match records.first() {
            None => Ok("the store can be read; it holds no conversation of yours".into()),
            Some(record) => {
                self.road.vault.open(&self.label(record.class, record.id), record.body.as_bytes())?;
                Ok(format!("the store can be read; your last conversation is of {}", record.created))
            }
        }
    }

    pub(super) fn unseal<T: DeserializeOwned>(&self, record: &Record) -> Result<Kept<T>, Fault> {
        let label = label(&self.session.principal, record.class, record.subject.clone(), record.id);
        let plain = self.road.vault.open(&label, record.body.as_bytes())?;
        let value = serde_json::from_slice(plain.expose()).map_err(|error| {
            Fault::new(FaultCode::StoreCorrupt, "a stored record cannot be read")
                .hint("it may be of a newer version of quillon")
                .inner(error)
        })?;
        Ok(Kept { id: record.id, created: record.created, value })
    }

    fn label(&self, class: DataClass, record: RecordId) -> Label {
        label(&self.session.principal, class, self.session.principal.id.clone(), record)
    }

    /// Whose records of a class this asker sees: `None` for everybody's.
    fn subject(&self, class: DataClass) -> Option<PrincipalId> {
        (!is_shared(class)).then(|| self.session.principal.id.clone())
    }

    /// The store is covered by the ask's own record, which is durable before it is touched; it is decided like any other
    /// effect.
    pub(super) fn may_use_store(&self, kind: EffectKind) -> Result<(), Fault> {
        let resource = facts::resource(&self.session, ResourceForm::Conversation, None);
        let about = About { kind, resource, arguments: "", keys: &[] };
        self.permitted(&about).1.map_or(Ok(()), Err)
    }
}

/// The records that have not expired, whether or not somebody removed the others yet.
pub(super) fn living(records: &[Record], now: Timestamp) -> impl Iterator<Item = &Record> {
    records.iter().filter(move |record| record.expires.is_none_or(|end| end > now))
}
