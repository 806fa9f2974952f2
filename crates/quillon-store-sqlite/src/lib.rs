//! The store port over SQLite: one file to a region.
//!
//! Invariants: what `put` returned for is on the disk (write-ahead log, `synchronous = FULL`); what was deleted is
//! overwritten (`secure_delete`), and the log that held it is emptied; a record comes back as it was written or not at
//! all, because each carries a checksum; a file that is damaged, foreign, of another region or of a newer version is
//! refused and left as it is.
//!
//! **One connection.** SQLite has one writer whatever we do, a connection is a thread, and most processes ask for a few
//! records and end. So statements of one process queue here, in the order in which they came, and never find each other
//! in the way; between processes SQLite's locks decide, with five seconds of patience. Every operation is one statement,
//! so that a caller that goes away leaves nothing open: what it asked for happens as a whole or not at all.
//!
//! **Cheap to open.** [`SqliteStore::lazy`] touches nothing; the first operation connects. Start at
//! [`SqliteStore::open`].

mod connect;
mod fault;
mod file;
mod row;
mod schema;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::TryStreamExt as _;
use quillon_base::{DataClass, Fault, RecordId, Region, Timestamp};
use quillon_store::{PAGE_BYTES_MAX, Page, Record, Store};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, raw_sql};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::file::is_there;
use crate::schema::MIGRATIONS;

/// How many expired records go in one statement, so that others wait for a moment only.
const PURGE_RECORDS_MAX: u32 = 256;

/// How many free pages a purge gives back to the disk; there are more the next time.
const PAGES_GIVEN_BACK_MAX: u32 = 16_384;

/// Sealed records of one region in a file.
pub struct SqliteStore {
    path: PathBuf,
    region: Region,
    opened: Mutex<Option<Opened>>,
}

struct Opened {
    connection: SqliteConnection,
    /// Whether the log may hold something.
    has_written: bool,
    /// Whether the connection's thread is gone. The next operation gets a new one.
    is_broken: bool,
}

impl SqliteStore {
    /// Opens the store at `path`, or makes it.
    ///
    /// # Errors
    /// `store.corrupt` when it is damaged, not a store, of another region or of a newer version; `store.unavailable`,
    /// `disk.full`, `locked`.
    pub async fn open(path: &Path, region: Region) -> Result<Self, Fault> {
        let store = Self::lazy(path, region);
        drop(store.opened().await?);
        Ok(store)
    }

    /// The store at `path`, which the first operation opens or makes; that one then fails as [`SqliteStore::open`] does.
    #[must_use]
    pub fn lazy(path: &Path, region: Region) -> Self {
        Self { path: path.to_owned(), region, opened: Mutex::default() }
    }

    /// Closes the store's file, after the log was emptied into it. The next operation opens it again.
    ///
    /// A process that ends without it loses nothing: the log is on the disk, and whoever opens the store next goes on
    /// from there.
    pub async fn close(&self) {
        let Some(opened) = self.opened.lock().await.take() else { return };
        if opened.has_written {
            connect::empty_the_log(&self.path).await;
        }
        // Nothing is left to do about a failure: every write is on the disk already.
        let _ = opened.connection.close().await;
    }

    /// Reads everything and says how many records there are. It finds what no single read can: a damaged key that hides
    /// its record.
    ///
    /// # Errors
    /// `store.corrupt`, `locked`, `store.unavailable`.
    pub async fn verify(&self) -> Result<u64, Fault> {
        let mut opened = self.opened().await?;
        let found = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_all(&mut opened.connection).await;
        let found: Vec<String> = self.told(&mut opened, found)?;
        if found != ["ok"] {
            return Err(fault::corrupt("the store is damaged", &self.path).inner(found.concat()));
        }
        let mut count = 0;
        let mut rows = sqlx::query(row::READ).fetch(&mut opened.connection);
        while let Some(row) = rows.try_next().await.map_err(|error| fault::of(&error, &self.path))? {
            self.record_of(&row)?;
            count += 1;
        }
        Ok(count)
    }

    /// The connection, made where there is none yet, for one operation.
    async fn opened(&self) -> Result<MappedMutexGuard<'_, Opened>, Fault> {
        let mut slot = self.opened.lock().await;
        let opened = match slot.take().filter(|opened| !opened.is_broken) {
            Some(opened) => opened,
            None => {
                let connection = connect::open(&self.path, &self.region, MIGRATIONS).await?;
                Opened { connection, has_written: false, is_broken: false }
            }
        };
        Ok(MutexGuard::map(slot, |slot| slot.insert(opened)))
    }

    /// The connection for an operation that writes nothing new; `None` where there is no store yet, which stays so.
    async fn opened_if_there(&self) -> Result<Option<MappedMutexGuard<'_, Opened>>, Fault> {
        if self.opened.lock().await.is_none() && !is_there(&self.path)? {
            return Ok(None);
        }
        self.opened().await.map(Some)
    }

    /// What a statement gave, in the codes of the port.
    fn told<T>(&self, opened: &mut Opened, result: Result<T, sqlx::Error>) -> Result<T, Fault> {
        result.map_err(|error| {
            opened.is_broken |= matches!(error, sqlx::Error::WorkerCrashed);
            fault::of(&error, &self.path)
        })
    }

    fn record_of(&self, row: &SqliteRow) -> Result<Record, Fault> {
        row::record_of(row).ok_or_else(|| fault::corrupt("a record of the store is damaged", &self.path))
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn region(&self) -> &Region {
        &self.region
    }

    async fn put(&self, record: Record) -> Result<(), Fault> {
        record.check_for(&self.region)?;
        let mut opened = self.opened().await?;
        opened.has_written = true;
        let written = row::write(record).execute(&mut opened.connection).await;
        self.told(&mut opened, written).map(|_| ())
    }

    async fn get(&self, class: DataClass, id: RecordId) -> Result<Option<Record>, Fault> {
        let Some(mut opened) = self.opened_if_there().await? else {
            return Ok(None);
        };
        let found = row::get(class, id).fetch_optional(&mut opened.connection).await;
        let row = self.told(&mut opened, found)?;
        row.map(|row| self.record_of(&row)).transpose()
    }

    async fn list(&self, page: Page) -> Result<Vec<Record>, Fault> {
        page.check()?;
        let Some(mut opened) = self.opened_if_there().await? else {
            return Ok(Vec::new());
        };
        let opened = &mut *opened;
        let mut query = row::list(&page);
        let mut rows = query.build().fetch(&mut opened.connection);
        let (mut found, mut bytes) = (Vec::new(), 0);
        let ended = loop {
            let row = match rows.try_next().await {
                Ok(Some(row)) => row,
                ended => break ended.map(|_| ()),
            };
            let record = self.record_of(&row)?;
            bytes += record.body.as_bytes().len();
            if bytes > PAGE_BYTES_MAX && !found.is_empty() {
                break Ok(());
            }
            found.push(record);
        };
        drop(rows);
        self.told(opened, ended).map(|()| found)
    }

    async fn delete(&self, class: DataClass, id: RecordId) -> Result<bool, Fault> {
        let Some(mut opened) = self.opened_if_there().await? else {
            return Ok(false);
        };
        let removed = row::delete(class, id).execute(&mut opened.connection).await;
        let was_there = self.told(&mut opened, removed)?.rows_affected() > 0;
        if was_there {
            connect::empty_the_log(&self.path).await;
        }
        Ok(was_there)
    }

    async fn purge_expired(&self, now: Timestamp) -> Result<u64, Fault> {
        let Some(mut opened) = self.opened_if_there().await? else {
            return Ok(0);
        };
        let mut count = 0;
        loop {
            let removed = row::purge(now, PURGE_RECORDS_MAX).execute(&mut opened.connection).await;
            let removed = self.told(&mut opened, removed)?.rows_affected();
            count += removed;
            if removed < u64::from(PURGE_RECORDS_MAX) {
                break;
            }
        }
        if count > 0 {
            // The records are gone whether or not the file becomes shorter now.
            let give_back = AssertSqlSafe(format!("PRAGMA incremental_vacuum({PAGES_GIVEN_BACK_MAX})"));
            let _ = raw_sql(give_back).execute(&mut opened.connection).await;
            connect::empty_the_log(&self.path).await;
        }
        Ok(count)
    }
}
