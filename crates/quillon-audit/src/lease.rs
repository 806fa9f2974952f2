//! Leases: one durable opening under which an editing session may go on for a while.
//!
//! A lease has a fixed scope and policy revision and ends after [`LEASE_MILLIS_MAX`] at the latest. What is done under
//! it becomes leaves that nobody waits for, durable within a second and at every accept.

use std::sync::{Arc, Mutex, PoisonError};

use quillon_base::{Fault, FaultCode, LeaseId, Timestamp};
use quillon_contract::event::Answerer;

use crate::leaf::{By, Entry};
use crate::writer::{AuditDurable, Shared, Ticket, Urgency};

/// The longest that a lease lasts, in milliseconds.
pub const LEASE_MILLIS_MAX: i64 = 60_000;

/// What a lease covers.
#[derive(Clone, Debug)]
pub struct LeaseScope {
    /// Its id.
    pub lease: LeaseId,
    /// For whom.
    pub by: By,
    /// The resource that it covers.
    pub scope: String,
    /// The revision of the policies that it was decided under.
    pub revision: u64,
}

/// An open lease. Dropping it closes it.
pub struct Lease {
    shared: Arc<Shared>,
    scope: LeaseScope,
    until: Timestamp,
    opened: Arc<Ticket>,
    last: Mutex<Option<Arc<Ticket>>>,
}

impl Lease {
    pub(crate) async fn open(shared: Arc<Shared>, scope: LeaseScope) -> Result<Self, Fault> {
        let until = shared.clock.now().plus_millis(LEASE_MILLIS_MAX);
        let entry = Entry::LeaseOpened {
            lease: scope.lease,
            by: scope.by.clone(),
            scope: scope.scope.clone(),
            revision: scope.revision,
            until,
        };
        let ticket = shared.put(entry, Urgency::Now)?;
        let lease = Self { shared, scope, until, opened: ticket, last: Mutex::default() };
        lease.opened.wait().await?;
        Ok(lease)
    }

    /// The lease's id.
    #[must_use]
    pub const fn id(&self) -> LeaseId {
        self.scope.lease
    }

    /// The proof that the lease's opening is durable.
    ///
    /// # Errors
    /// `audit.unavailable`; a lease that was handed out has its opening written.
    pub async fn durable(&self) -> Result<&AuditDurable, Fault> {
        self.opened.wait().await
    }

    /// Whether it still covers `scope` under this revision of the policies.
    ///
    /// # Errors
    /// `lease.expired`, also when the log has stopped or the clock stands before the lease.
    pub fn check(&self, scope: &str, revision: u64) -> Result<(), Fault> {
        let now = self.shared.clock.now();
        let in_time = now < self.until && now >= self.until.plus_millis(-LEASE_MILLIS_MAX);
        let covers = scope == self.scope.scope && revision == self.scope.revision;
        if in_time && covers && self.shared.stopped().is_none() {
            return Ok(());
        }
        Err(Fault::new(FaultCode::LeaseExpired, "the editing session's lease has ended"))
    }

    /// Records one use. Nobody waits for it; it is durable within a second.
    ///
    /// # Errors
    /// `audit.unavailable` when it cannot be queued.
    pub fn used(&self, verb: &str, answerer: Answerer) -> Result<(), Fault> {
        let entry = Entry::LeaseUsed { lease: self.scope.lease, verb: verb.to_owned(), answerer };
        let ticket = self.shared.put(entry, Urgency::Lease)?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(ticket);
        Ok(())
    }

    /// Waits until every use so far is durable: at an accept.
    ///
    /// # Errors
    /// `audit.unavailable` when it cannot be written.
    pub async fn flush(&self) -> Result<(), Fault> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(ticket) = last else {
            return Ok(());
        };
        self.shared.hurry();
        ticket.wait().await.map(|_| ())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // When the log has stopped, the next start records the interruption.
        let _ = self.shared.put(Entry::LeaseClosed { lease: self.scope.lease }, Urgency::Soon);
    }
}
