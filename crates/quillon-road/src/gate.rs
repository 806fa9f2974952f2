//! Gates: the adapters, behind doors that open only to a proof.
//!
//! Only the ledger makes the proofs, and only this module calls the adapters. That the wrong call does not compile is
//! held by the tests in `tests/proofs`.

use std::sync::Arc;

use quillon_audit::{AuditBegun, AuditClosed, AuditDurable, Lease, WitnessAnswer, WitnessCarrier};
use quillon_base::{DataClass, Fault, FaultCode, RecordId, Secret, Timestamp};
use quillon_cloud_api::{Cloud, CloudCall, CloudReply};
use quillon_contract::Event;
use quillon_contract::event::{End, Outcome};
use quillon_host::{
    Before, Command, CommandOutput, FileBytes, Host, WalkOptions, Walked, WorkspaceFiles, WorkspacePath,
};
use quillon_model::{Model, ModelCard, ModelRequest, ModelStream};
use quillon_privacy::Redacted;
use quillon_sink::{Destination, ObjectName, Parcel, Shape, Sink};
use quillon_store::{Page, Record, Store};
use tokio::sync::mpsc::Sender;

/// A model, for whom a begun record is enough: the flush overlaps with its thinking.
#[derive(Clone)]
pub struct ModelGate(Arc<dyn Model>);

impl ModelGate {
    /// Puts a model behind the gate.
    #[must_use]
    pub fn new(model: Arc<dyn Model>) -> Self {
        Self(model)
    }

    /// What the model is; knowing that touches nothing.
    #[must_use]
    pub fn card(&self) -> &ModelCard {
        self.0.card()
    }

    /// Sends a request that has been through redaction.
    #[must_use]
    pub fn stream(&self, _proof: &AuditBegun, request: Redacted<ModelRequest>) -> ModelStream {
        self.0.stream(request.into_inner())
    }

    /// Sends a request that has been through redaction, with a key that was kept for the asker.
    #[must_use]
    pub fn stream_with_key(
        &self,
        _proof: &AuditBegun,
        request: Redacted<ModelRequest>,
        key: Secret<String>,
    ) -> ModelStream {
        self.0.stream_with_key(request.into_inner(), key)
    }
}

/// A cloud account.
#[derive(Clone)]
pub struct CloudGate(Arc<dyn Cloud>);

impl CloudGate {
    /// Puts an account behind the gate.
    #[must_use]
    pub fn new(cloud: Arc<dyn Cloud>) -> Self {
        Self(cloud)
    }

    /// The account's id; knowing that touches nothing.
    #[must_use]
    pub fn account(&self) -> &str {
        self.0.account()
    }

    /// Makes the call.
    ///
    /// # Errors
    /// As [`Cloud::call`].
    pub async fn call(&self, _proof: &AuditDurable, call: CloudCall) -> Result<CloudReply, Fault> {
        self.0.call(call).await
    }
}

/// The machine: commands, and Quillon's own small files.
#[derive(Clone)]
pub struct HostGate(Arc<dyn Host>);

impl HostGate {
    /// Puts a machine behind the gate.
    #[must_use]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self(host)
    }

    /// Runs a command.
    ///
    /// # Errors
    /// As [`Host::run_command`].
    pub async fn run_command(&self, _proof: &AuditDurable, command: Command) -> Result<CommandOutput, Fault> {
        self.0.run_command(command).await
    }

    /// The person's environment, for a command that is about to run.
    #[must_use]
    pub fn environment(&self, _proof: &AuditDurable) -> Vec<(String, String)> {
        self.0.environment()
    }

    /// Reads one of Quillon's own small files.
    ///
    /// # Errors
    /// As [`Host::read_private`].
    pub fn read_private(&self, _proof: &AuditDurable, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.0.read_private(name)
    }

    /// Replaces one of Quillon's own small files.
    ///
    /// # Errors
    /// As [`Host::write_private`].
    pub fn write_private(&self, _proof: &AuditDurable, name: &str, content: &[u8]) -> Result<(), Fault> {
        self.0.write_private(name, content)
    }

    /// Reads a file of Quillon's cache.
    ///
    /// # Errors
    /// As [`Host::read_cache`].
    pub fn read_cache(&self, _proof: &AuditDurable, path: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.0.read_cache(path)
    }

    /// Replaces or removes a file of Quillon's cache.
    ///
    /// # Errors
    /// As [`Host::write_cache`].
    pub fn write_cache(
        &self,
        _proof: &AuditDurable,
        path: &str,
        content: Option<&[u8]>,
    ) -> Result<(), Fault> {
        self.0.write_cache(path, content)
    }

    /// Reads a file that the original product left.
    ///
    /// # Errors
    /// As [`Host::read_original`].
    pub fn read_original(&self, _proof: &AuditDurable, path: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.0.read_original(path)
    }

    /// Opens a workspace, to hold it; nothing of it is read yet.
    pub(crate) fn open_workspace(&self, folder: &str) -> Result<Arc<dyn WorkspaceFiles>, Fault> {
        self.0.open_workspace(std::path::Path::new(folder))
    }
}

/// The files of a workspace.
#[derive(Clone)]
pub struct FilesGate(Arc<dyn WorkspaceFiles>);

impl FilesGate {
    /// Puts a workspace behind the gate.
    #[must_use]
    pub fn new(files: Arc<dyn WorkspaceFiles>) -> Self {
        Self(files)
    }

    /// The workspace's folder; knowing that touches nothing.
    #[must_use]
    pub fn root(&self) -> &std::path::Path {
        self.0.root()
    }

    /// Lists files.
    ///
    /// # Errors
    /// As [`WorkspaceFiles::walk`].
    pub fn walk(
        &self,
        _proof: &AuditDurable,
        options: &WalkOptions,
        cancelled: quillon_host::Cancelled<'_>,
    ) -> Result<Walked, Fault> {
        self.0.walk(options, cancelled)
    }

    /// Tells where a path leads.
    ///
    /// # Errors
    /// As [`WorkspaceFiles::real_path`].
    pub fn real_path(&self, _proof: &AuditDurable, path: &WorkspacePath) -> Result<WorkspacePath, Fault> {
        self.0.real_path(path)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`WorkspaceFiles::read`].
    pub fn read(
        &self,
        _proof: &AuditDurable,
        path: &WorkspacePath,
        bytes_max: u64,
    ) -> Result<FileBytes, Fault> {
        self.0.read(path, bytes_max)
    }

    /// Replaces or makes a file.
    ///
    /// # Errors
    /// As [`WorkspaceFiles::write`].
    pub fn write(
        &self,
        _proof: &AuditDurable,
        path: &WorkspacePath,
        content: &[u8],
        before: Before,
    ) -> Result<(), Fault> {
        self.0.write(path, content, before)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As [`WorkspaceFiles::remove`].
    pub fn remove(&self, _proof: &AuditDurable, path: &WorkspacePath, before: Before) -> Result<(), Fault> {
        self.0.remove(path, before)
    }
}

/// The store.
#[derive(Clone)]
pub struct StoreGate(Arc<dyn Store>);

impl StoreGate {
    /// Puts a store behind the gate.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub async fn put(&self, _proof: &AuditDurable, record: Record) -> Result<(), Fault> {
        self.0.put(record).await
    }

    /// Reads a record.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn get(
        &self,
        _proof: &AuditDurable,
        class: DataClass,
        id: RecordId,
    ) -> Result<Option<Record>, Fault> {
        self.0.get(class, id).await
    }

    /// Lists records.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn list(&self, _proof: &AuditDurable, page: Page) -> Result<Vec<Record>, Fault> {
        self.0.list(page).await
    }

    /// Removes a record.
    ///
    /// # Errors
    /// As [`Store::delete`].
    pub async fn delete(&self, _proof: &AuditDurable, class: DataClass, id: RecordId) -> Result<bool, Fault> {
        self.0.delete(class, id).await
    }

    /// Removes what has expired.
    ///
    /// # Errors
    /// As [`Store::purge_expired`].
    pub async fn purge_expired(&self, _proof: &AuditDurable, now: Timestamp) -> Result<u64, Fault> {
        self.0.purge_expired(now).await
    }
}

/// Witnesses elsewhere.
#[derive(Clone)]
pub struct WitnessGate(Arc<dyn WitnessCarrier>);

impl WitnessGate {
    /// Puts what reaches them behind the gate.
    #[must_use]
    pub fn new(carrier: Arc<dyn WitnessCarrier>) -> Self {
        Self(carrier)
    }

    /// Asks one.
    ///
    /// # Errors
    /// As [`WitnessCarrier::add_checkpoint`].
    pub async fn add_checkpoint(
        &self,
        _proof: &AuditDurable,
        address: &str,
        body: String,
    ) -> Result<WitnessAnswer, Fault> {
        self.0.add_checkpoint(address, body).await
    }
}

/// A destination of exported records.
#[derive(Clone)]
pub struct SinkGate(Arc<dyn Sink>);

impl SinkGate {
    /// Puts a destination behind the gate.
    #[must_use]
    pub fn new(sink: Arc<dyn Sink>) -> Self {
        Self(sink)
    }

    /// Where it is; knowing that touches nothing.
    #[must_use]
    pub fn destination(&self) -> &Destination {
        self.0.destination()
    }

    /// What it takes; knowing that touches nothing.
    #[must_use]
    pub fn takes(&self) -> Shape {
        self.0.takes()
    }

    /// Reads its cursor.
    ///
    /// # Errors
    /// As [`Sink::cursor`].
    pub async fn cursor(&self, _proof: &AuditDurable) -> Result<Option<Vec<u8>>, Fault> {
        self.0.cursor().await
    }

    /// Keeps its cursor.
    ///
    /// # Errors
    /// As [`Sink::keep_cursor`].
    pub async fn keep_cursor(&self, _proof: &AuditDurable, cursor: &[u8]) -> Result<(), Fault> {
        self.0.keep_cursor(cursor).await
    }

    /// Delivers a parcel.
    ///
    /// # Errors
    /// As [`Sink::deliver`].
    pub async fn deliver(&self, _proof: &AuditDurable, parcel: &Parcel) -> Result<(), Fault> {
        self.0.deliver(parcel).await
    }

    /// The size of an object that is there.
    ///
    /// # Errors
    /// As [`Sink::size_of`].
    pub async fn size_of(&self, _proof: &AuditDurable, name: &ObjectName) -> Result<Option<u64>, Fault> {
        self.0.size_of(name).await
    }
}

/// The asker: events of one answer, and its end.
#[derive(Clone)]
pub struct AnswerGate(Sender<Event>);

impl AnswerGate {
    /// Puts the channel to an asker behind the gate.
    #[must_use]
    pub fn new(events: Sender<Event>) -> Self {
        Self(events)
    }

    /// Sends one event, waiting while the asker is slow.
    ///
    /// # Errors
    /// `cancelled` when nobody listens any more.
    pub async fn send(&self, _proof: &AuditDurable, event: Event) -> Result<(), Fault> {
        let gone = |_| Fault::new(FaultCode::Cancelled, "nobody is listening to the answer any more");
        self.0.send(event).await.map_err(gone)
    }

    /// Sends the terminal frame of an ask whose closing record is durable.
    pub async fn end(self, proof: AuditClosed, end: End) {
        // An asker who hung up misses the end; the record has it.
        let _ = self.0.send(Event::End(End { record: Some(proof.index()), ..end })).await;
    }

    /// Sends the terminal frame of an ask that ran under a lease, whose closing is a leaf of the lease.
    pub async fn end_leased(self, _proof: &Lease, end: End) {
        let _ = self.0.send(Event::End(end)).await;
    }

    /// Says that the record could not be closed. It is the only end without one, and it is never a success.
    pub async fn end_unrecorded(self, fault: Fault) {
        let outcome = Outcome::Failed { fault };
        let _ = self.0.send(Event::End(End::of(outcome))).await;
    }
}
