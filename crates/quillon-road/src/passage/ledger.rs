//! Reading the ledger.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use quillon_audit::verify::{Report, verify};
use quillon_audit::{LedgerReader, LocalLayer, Placed, Row, Rows, VerifierKey};
use quillon_base::Fault;
use quillon_contract::{EffectKind, ResourceForm};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};

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

    async fn begin_ledger(&self, arguments: &str) -> Result<OpenEffect, Fault> {
        let resource = facts::resource(&self.session, ResourceForm::Ledger, None);
        let effect =
            self.begin(About { kind: EffectKind::ReadLedger, resource, arguments, keys: &[] }).await?;
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

    /// The last `count` records, of all, that `matches` picks, oldest first.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub async fn search(
        &mut self,
        count: usize,
        matches: impl Fn(&Row) -> bool + Send + 'static,
    ) -> Result<Vec<Row>, Fault> {
        self.reading(move |reader| {
            let (mut rows, mut found) = (Rows::default(), VecDeque::new());
            reader.walk(0, |placed| {
                let row = rows.row(placed);
                if matches(&row) {
                    if found.len() == count {
                        found.pop_front();
                    }
                    found.push_back(row);
                }
                ControlFlow::Continue(())
            })?;
            Ok(found.into())
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

    /// The receipt of one record: itself, its inclusion proof and the signed checkpoint, as a C2SP tlog-proof.
    ///
    /// # Errors
    /// `input.invalid` when there is no such record, `ledger.corrupt`, `audit.unavailable`.
    pub async fn receipt(&mut self, index: u64) -> Result<String, Fault> {
        self.reading(move |reader| reader.receipt(index).map(|receipt| receipt.to_string())).await
    }

    /// Checks the ledger, and with an older checkpoint or a receipt that it extends that.
    ///
    /// # Errors
    /// `audit.unavailable` when its files cannot be read; what is wrong with it is in the report.
    pub async fn verify(&mut self, older: Option<String>) -> Result<Report, Fault> {
        self.reading(move |reader| verify(reader, older.as_deref())).await
    }

    /// Reads on a thread of its own: a ledger can be long.
    async fn reading<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&LedgerReader) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let reader = self.reader.take().ok_or_else(|| Fault::internal("the ledger is being read already"))?;
        let task = tokio::task::spawn_blocking(move || {
            let result = read(&reader);
            (reader, result)
        });
        let stopped = |error| Fault::internal("reading the ledger stopped").inner(error);
        let (reader, result) = task.await.map_err(stopped)?;
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
