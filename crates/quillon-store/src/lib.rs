//! The store port: records of a data class, sealed before they come here.
//!
//! Invariant: a store never sees content. It takes [`Sealed`] bytes, and refuses a record whose class is not one that
//! rests in a store. One store holds one region.

pub mod conformance;
mod fake;
mod record;

pub use fake::StrictStore;
pub use record::{
    GROUP_BYTES_MAX, PAGE_BYTES_MAX, PAGE_RECORDS_MAX, Page, RECORD_BYTES_MAX, Record, SEALED_MAGIC, Sealed,
};

use async_trait::async_trait;
use quillon_base::{DataClass, Fault, RecordId, Region, Timestamp};

/// Keeps sealed records of one region.
#[async_trait]
pub trait Store: Send + Sync {
    /// The region whose data rests here.
    fn region(&self) -> &Region;

    /// Writes `record`, replacing the one with the same class and id. Durable when it returns.
    ///
    /// # Errors
    /// `store.refused` for a class that does not rest in this store, `input.invalid`, `disk.full`, `locked`,
    /// `store.unavailable`, `store.corrupt`.
    async fn put(&self, record: Record) -> Result<(), Fault>;

    /// The record with this class and id, if it is there.
    ///
    /// # Errors
    /// `locked`, `store.unavailable`, `store.corrupt`.
    async fn get(&self, class: DataClass, id: RecordId) -> Result<Option<Record>, Fault>;

    /// Records of `page.class`, in the order that the page asks for. Records that have expired are there until they are
    /// purged.
    ///
    /// # Errors
    /// `input.invalid` for a page that is too large, `locked`, `store.unavailable`, `store.corrupt`.
    async fn list(&self, page: Page) -> Result<Vec<Record>, Fault>;

    /// Removes the record and says whether it was there. Durable when it returns.
    ///
    /// # Errors
    /// `disk.full` where removing needs room, `locked`, `store.unavailable`, `store.corrupt`.
    async fn delete(&self, class: DataClass, id: RecordId) -> Result<bool, Fault>;

    /// Removes what expires at `now` or before, and says how many records went.
    ///
    /// # Errors
    /// `disk.full` where removing needs room, `locked`, `store.unavailable`, `store.corrupt`.
    async fn purge_expired(&self, now: Timestamp) -> Result<u64, Fault>;
}
