//! Reading the ledger.

use std::ops::ControlFlow;

use quillon_audit::verify::{Against, Report, verify_against};
use quillon_audit::{
    AddCheckpoint, Hold, LedgerReader, LocalLayer, NoteKey, Placed, PrunePlan, Row, Rows, Summary,
    VerifierKey,
};
use quillon_base::{Fault, Timestamp};
use quillon_contract::{EffectKind, ResourceForm};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};
use crate::thread::off_thread;

/// How many records before those that are shown are read to find out who stands behind them.
const EARLIER_RECORDS: usize = 1_024;

/// One record as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Its place, from 0.
    pub index: u64,
    /// Its bytes, which the tree hashes.
    pub bytes: Vec<u8>,
}

/// The ledger, to read. Reading it is recorded once, when the view is opened, and closed when it is dropped.
pub struct LedgerView {
    reader: Option<LedgerReader>,
    effect: Option<OpenEffect>,
}

impl Passage {
    /// Opens this road's own ledger to read.
    ///
    /// # Errors
    /// `policy.refused`, `audit.unavailable`.
    pub async fn read_ledger(&self) -> Result<LedgerView, Fault> {
        let effect = self.begin_ledger("own ledger").await?;
        Ok(LedgerView { reader: Some(self.road.log.reader()), effect: Some(effect) })
    }

    /// Opens a copy of a ledger in a folder to read.
    ///
    /// # Errors
    /// `policy.refused`, `audit.unavailable`, `key.unusable`.
    pub async fn read_ledger_copy(&self, folder: &str, key: Option<&str>) -> Result<LedgerView, Fault> {
        let effect = self.begin_ledger(folder).await?;
        let key = key.map(VerifierKey::parse).transpose()?;
        let reader = LedgerReader::of_folder(std::sync::Arc::new(LocalLayer), folder.into(), key)?;
        Ok(LedgerView { reader: Some(reader), effect: Some(effect) })
    }

    /// Places a legal hold on this road's own ledger.
    ///
    /// # Errors
    /// `policy.refused`, `audit.unavailable`, `audit.record_too_large`.
    pub async fn place_hold(&self, name: &str, reason: &str) -> Result<(), Fault> {
        let effect = self.change_ledger(&format!("hold {name}")).await?;
        let by = self.session.by();
        effect.finish(self.road.log.place_hold(name, reason, by).await, |()| done(1, 0))
    }

    /// Releases a legal hold on this road's own ledger.
    ///
    /// # Errors
    /// `policy.refused`, `input.invalid` when there is none of that name, `audit.unavailable`.
    pub async fn release_hold(&self, name: &str, reason: &str) -> Result<(), Fault> {
        let effect = self.change_ledger(&format!("release {name}")).await?;
        let by = self.session.by();
        effect.finish(self.road.log.release_hold(name, reason, by).await, |()| done(1, 0))
    }

    /// Removes records of this road's own ledger that are older than `keep_days`.
    ///
    /// # Errors
    /// `policy.refused`, `input.invalid` for less than the least, `ledger.corrupt`, `audit.unavailable`.
    pub async fn prune_ledger(&self, keep_days: u32) -> Result<PrunePlan, Fault> {
        let effect = self.change_ledger(&format!("remove what is older than {keep_days} days")).await?;
        let by = self.session.by();
        effect.finish(self.road.log.prune(keep_days, by).await, |plan| done(plan.until - plan.from, 0))
    }

    async fn begin_ledger(&self, arguments: &str) -> Result<OpenEffect, Fault> {
        self.begin_on_ledger(EffectKind::ReadLedger, arguments).await
    }

    pub(crate) async fn change_ledger(&self, arguments: &str) -> Result<OpenEffect, Fault> {
        self.begin_on_ledger(EffectKind::WriteLedger, arguments).await
    }

    async fn begin_on_ledger(&self, kind: EffectKind, arguments: &str) -> Result<OpenEffect, Fault> {
        let resource = facts::resource(&self.session, ResourceForm::Ledger, None);
        let effect = self.begin(About { kind, resource, arguments, keys: &[] }).await?;
        effect.durable().await?;
        Ok(effect)
    }
}

impl LedgerView {
    /// The key that others check this ledger with.
    #[must_use]
    pub fn key(&self) -> String {
        self.reader.as_ref().map(|reader| reader.key().to_string()).unwrap_or_default()
    }

    /// The last `count` records, oldest first.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn tail(&mut self, count: usize) -> Result<Vec<Row>, Fault> {
        let rows = move |placed: Vec<Placed>| {
            let mut rows = Rows::default();
            let rows: Vec<Row> = placed.into_iter().map(|placed| rows.row(placed)).collect();
            let earlier = rows.len().saturating_sub(count);
            rows.into_iter().skip(earlier).collect()
        };
        self.reading(move |reader| reader.tail(count + EARLIER_RECORDS).map(rows)).await
    }

    /// Up to `count` records from a place on, oldest first.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn after(&mut self, from: u64, count: usize) -> Result<Vec<Row>, Fault> {
        self.reading(move |reader| {
            let (mut rows, mut found) = (Rows::default(), Vec::new());
            reader.walk(from, |placed| {
                found.push(rows.row(placed));
                if found.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            Ok(found)
        })
        .await
    }

    /// The last `count` records, of all, that `matches` picks, oldest first. Stretches of the ledger that `may_match`
    /// rules out by their summary are not read.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn search(
        &mut self,
        count: usize,
        may_match: impl Fn(&Summary) -> bool + Send + 'static,
        matches: impl Fn(&Row) -> bool + Send + 'static,
    ) -> Result<Vec<Row>, Fault> {
        self.reading(move |reader| reader.search(count, may_match, matches)).await
    }

    /// What this ledger asks of a witness that saw it at `since` records last.
    ///
    /// # Errors
    /// `input.invalid` when there are fewer records, `ledger.corrupt`, `audit.unavailable`.
    pub async fn witness_request(&mut self, since: u64) -> Result<String, Fault> {
        self.reading(move |reader| {
            let (checkpoint, proof) = reader.consistency(since)?;
            Ok(AddCheckpoint { old: since, proof, checkpoint }.print())
        })
        .await
    }

    /// How many records the last signed checkpoint is about.
    ///
    /// # Errors
    /// `ledger.corrupt`, `audit.unavailable`.
    pub async fn size(&mut self) -> Result<u64, Fault> {
        self.reading(|reader| Ok(reader.head()?.map_or(0, |(_, checkpoint)| checkpoint.size))).await
    }

    /// The records from a place on, at least one if there is one, until `count` or `bytes` would be passed.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn raw(&mut self, from: u64, count: usize, bytes: usize) -> Result<Vec<RawRecord>, Fault> {
        self.reading(move |reader| {
            let (mut found, mut total) = (Vec::new(), 0);
            reader.walk_bytes(from, |index, leaf| {
                total += leaf.len();
                if found.len() == count || (total > bytes && !found.is_empty()) {
                    return ControlFlow::Break(());
                }
                found.push(RawRecord { index, bytes: leaf.to_vec() });
                ControlFlow::Continue(())
            })?;
            Ok(found)
        })
        .await
    }

    /// What a removal of records that are older than `keep_days` would remove at `now`.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn plan_prune(&mut self, keep_days: u32, now: Timestamp) -> Result<PrunePlan, Fault> {
        self.reading(move |reader| reader.plan_prune(keep_days, now)).await
    }

    /// The legal holds in force.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn holds(&mut self) -> Result<Vec<Hold>, Fault> {
        self.reading(LedgerReader::holds).await
    }

    /// The first place whose record is still there.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn first_index(&mut self) -> Result<u64, Fault> {
        self.reading(LedgerReader::first_index).await
    }

    /// The receipt of one record: itself, its inclusion proof and the signed checkpoint, as a C2SP tlog-proof.
    ///
    /// # Errors
    /// `input.invalid` when there is no such record, `ledger.corrupt`, `audit.unavailable`.
    pub async fn receipt(&mut self, index: u64) -> Result<String, Fault> {
        self.reading(move |reader| reader.receipt(index).map(|receipt| receipt.to_string())).await
    }

    /// Checks the ledger, and with an older checkpoint or a receipt that it extends that and that `witnesses` cosigned
    /// it.
    ///
    /// # Errors
    /// `key.unusable`, `audit.unavailable` when its files cannot be read; what is wrong with it is in the report.
    pub async fn verify(&mut self, older: Option<String>, witnesses: &[String]) -> Result<Report, Fault> {
        let witnesses: Vec<NoteKey> =
            witnesses.iter().map(|key| NoteKey::parse(key)).collect::<Result<_, _>>()?;
        self.reading(move |reader| {
            verify_against(reader, Against { older: older.as_deref(), witnesses: &witnesses })
        })
        .await
    }

    /// Reads on a thread of its own: a ledger can be long.
    async fn reading<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&LedgerReader) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let reader = self.reader.take().ok_or_else(|| Fault::internal("the ledger is being read already"))?;
        let reading = off_thread(move || {
            let result = read(&reader);
            Ok((reader, result))
        });
        let (reader, result) = reading.await?;
        self.reader = Some(reader);
        result
    }
}

impl Drop for LedgerView {
    fn drop(&mut self) {
        if let Some(effect) = self.effect.take() {
            // When the log has stopped there is nowhere to write it; the ask's own end says why.
            let _ = effect.close(done(1, 0));
        }
    }
}
