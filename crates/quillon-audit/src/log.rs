//! The log as the road uses it: begin, wait until durable, close.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use quillon_base::{Clock, Entropy, Fault, FaultCode, OrganisationId, Region};

use crate::checkpoint::{Cosigner, Signer, VerifierKey};
use crate::commit::hex;
use crate::layer::{FileLayer, Lock};
use crate::leaf::{Closing, Effect, EffectClosed, Entry, Opening};
use crate::lease::{Lease, LeaseScope};
use crate::reader::LedgerReader;
use crate::reserve;
use crate::state::{Paths, State, corrupt, file_fault};
use crate::witness::Witness;
use crate::writer::{AuditDurable, LogCounters, Shared, Ticket, Urgency, Writer, acquire};

/// Where a ledger is and whose.
pub struct LogOptions {
    /// Its folder.
    pub folder: PathBuf,
    /// The tenant.
    pub organisation: OrganisationId,
    /// Where the records rest.
    pub region: Region,
    /// What signs its checkpoints.
    pub signer: Signer,
    /// Its files.
    pub layer: Arc<dyn FileLayer>,
    /// Tells the time of records.
    pub clock: Arc<dyn Clock>,
    /// Makes the writer's id.
    pub entropy: Arc<dyn Entropy>,
}

/// One writer of one ledger. Dropping it writes what waits and ends the flusher.
pub struct Log {
    pub(crate) shared: Arc<Shared>,
    layer: Arc<dyn FileLayer>,
    paths: Paths,
    key: VerifierKey,
    writer_file: PathBuf,
    _writer_lock: Box<dyn Lock>,
    flusher: Option<std::thread::JoinHandle<()>>,
}

impl Log {
    /// Opens a ledger, or starts one. What a crash tore is cut and what it left open is closed, both with a record,
    /// in the first group that is written.
    ///
    /// # Errors
    /// `ledger.corrupt` when it is not what was written, `home.unusable`, `disk.full`, `locked`,
    /// `audit.unavailable`.
    pub fn open(options: LogOptions) -> Result<Self, Fault> {
        let LogOptions { folder, organisation, region, signer, layer, clock, entropy } = options;
        let paths = Paths { folder };
        make_folders(&*layer, &paths)?;
        let lock_path = paths.lock();
        let lock = layer.open_lock(&lock_path).map_err(|error| file_fault(&error, "open", &lock_path))?;

        let mut id = [0; 8];
        entropy.fill(&mut id);
        let writer = hex(&id);
        let writer_file = paths.writers().join(&writer);
        let writer_lock =
            layer.open_lock(&writer_file).map_err(|error| file_fault(&error, "open", &writer_file))?;
        // The name is random and the file new, so nobody else can hold it.
        writer_lock.try_acquire().map_err(|error| file_fault(&error, "lock", &writer_file))?;

        acquire(&*lock, &*layer, &paths)?;
        let loaded = load(&*layer, &paths, &signer, &writer);
        lock.release().map_err(|error| file_fault(&error, "unlock", &lock_path))?;
        let (state, interrupted) = loaded?;
        reserve::prepare(&*layer, &paths)?;
        let failure = reserve::read(&*layer, &paths)?;

        let key = signer.key().clone();
        let shared = Arc::new(Shared::new(clock, writer, organisation, region));
        let files = Writer {
            layer: Arc::clone(&layer),
            paths: paths.clone(),
            signer,
            lock,
            state,
            file: None,
            interrupted,
            hint_at: None,
            failure,
            has_written: false,
        };
        let flusher = start_flusher(files, Arc::clone(&shared))?;
        Ok(Self { shared, layer, paths, key, writer_file, _writer_lock: writer_lock, flusher: Some(flusher) })
    }

    /// Queues the opening of an ask.
    ///
    /// # Errors
    /// `audit.unavailable` and the causes of it, `audit.record_too_large`.
    pub fn begin(&self, opening: Opening) -> Result<AuditBegun, Fault> {
        let ask = opening.ask;
        let ticket = self.shared.put(Entry::Opened(opening), Urgency::Soon)?;
        let abandoned = Entry::Closed { ask, closing: Closing::abandoned() };
        Ok(AuditBegun { shared: Arc::clone(&self.shared), ticket, abandoned: Some(abandoned) })
    }

    /// Queues the opening of an effect or a model call under an ask that has begun, or under a lease.
    ///
    /// # Errors
    /// `audit.unavailable` and the causes of it, `audit.record_too_large`.
    pub fn begin_effect(&self, _under: Under<'_>, effect: Effect) -> Result<AuditBegun, Fault> {
        let (id, ask) = (effect.effect, effect.ask);
        let ticket = self.shared.put(Entry::EffectOpened(effect), Urgency::Soon)?;
        let closing = EffectClosed::failed(FaultCode::Cancelled);
        let abandoned = Entry::EffectClosed { effect: id, ask, closing };
        Ok(AuditBegun { shared: Arc::clone(&self.shared), ticket, abandoned: Some(abandoned) })
    }

    /// Records something that needs no closing, and waits until that is durable.
    ///
    /// # Errors
    /// `audit.unavailable` and the causes of it, `audit.record_too_large`.
    pub async fn record(&self, entry: Entry) -> Result<Recorded, Fault> {
        let ticket = self.shared.put(entry, Urgency::Now)?;
        ticket.wait().await?;
        Ok(Recorded(ticket))
    }

    /// Records that an ask was refused, durably. The record opens and closes at once.
    ///
    /// # Errors
    /// `audit.unavailable` and the causes of it, `audit.record_too_large`.
    pub async fn refuse(&self, opening: Opening) -> Result<AuditClosed, Fault> {
        let ticket = self.shared.put(Entry::Refused(opening), Urgency::Now)?;
        ticket.wait().await.map(|durable| AuditClosed { index: durable.index() })
    }

    /// Records something that nobody waits for; it is flushed with what comes next, soon.
    ///
    /// # Errors
    /// `audit.unavailable` and the causes of it, `audit.record_too_large`.
    pub fn mention(&self, entry: Entry) -> Result<(), Fault> {
        self.shared.put(entry, Urgency::Soon).map(|_| ())
    }

    /// Opens a lease for an editing session, durably.
    ///
    /// # Errors
    /// `audit.unavailable` and the causes of it.
    pub async fn open_lease(&self, scope: LeaseScope) -> Result<Lease, Fault> {
        Lease::open(Arc::clone(&self.shared), scope).await
    }

    /// Why nothing can be written any more, if that is so.
    #[must_use]
    pub fn stopped(&self) -> Option<Fault> {
        self.shared.stopped()
    }

    /// How much was written.
    #[must_use]
    pub fn counters(&self) -> LogCounters {
        self.shared.counters()
    }

    /// The id under which this process writes.
    #[must_use]
    pub fn writer(&self) -> &str {
        &self.shared.writer
    }

    /// What others check this ledger with.
    #[must_use]
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// A witness for other logs, whose state is in `state`, or beside this ledger.
    #[must_use]
    pub fn witness(&self, cosigner: Cosigner, state: Option<PathBuf>) -> Witness {
        let state = state.unwrap_or_else(|| self.paths.folder.join("witness"));
        Witness::new(Arc::clone(&self.layer), state, cosigner)
    }

    /// Reads this ledger as it is on the disk.
    #[must_use]
    pub fn reader(&self) -> LedgerReader {
        LedgerReader::new(Arc::clone(&self.layer), self.paths.clone(), self.key.clone())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(flusher) = self.flusher.take() {
            // A flusher that panicked has stopped the log already; there is nobody left to tell.
            let _ = flusher.join();
        }
        let _ = self.layer.remove(&self.writer_file);
    }
}

fn start_flusher(files: Writer, shared: Arc<Shared>) -> Result<std::thread::JoinHandle<()>, Fault> {
    let run = move || files.run(&shared);
    std::thread::Builder::new().name("quillon-audit".into()).spawn(run).map_err(|error| {
        Fault::new(FaultCode::AuditUnavailable, "the audit log cannot be started").inner(error)
    })
}

fn make_folders(layer: &dyn FileLayer, paths: &Paths) -> Result<(), Fault> {
    for folder in [paths.log(), paths.writers()] {
        layer.create_folder(&folder).map_err(|error| file_fault(&error, "make", &folder))?;
    }
    Ok(())
}

/// Loads the state, checks the key, and finds what dead writers left open. Called under the lock.
fn load(
    layer: &dyn FileLayer,
    paths: &Paths,
    signer: &Signer,
    own: &str,
) -> Result<(State, BTreeSet<String>), Fault> {
    check_key(layer, paths, signer.key())?;
    let state = State::load(layer, paths, signer.key())?;
    let alive = living_writers(layer, paths, own)?;
    let open = state.tree.open.iter().filter(|(_, item)| !alive.contains(&item.writer));
    let interrupted = open.map(|(id, _)| id.clone()).collect();
    Ok((state, interrupted))
}

/// The ledger keeps its public key beside it; another one means that the keys and the ledger do not belong together.
fn check_key(layer: &dyn FileLayer, paths: &Paths, key: &VerifierKey) -> Result<(), Fault> {
    let path = paths.key();
    let kept = layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
    let kept =
        kept.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()).filter(|text| !text.is_empty());
    let ours = key.to_string();
    // A ledger of an earlier version holds the Ed25519 key alone.
    match kept {
        Some(kept) if kept == ours => Ok(()),
        Some(kept) if kept != key.ed25519().to_string() => {
            Err(corrupt("the ledger was signed with another key", format!("{kept} is not {ours}")))
        }
        _ => {
            let text = format!("{ours}\n");
            layer.replace(&path, text.as_bytes(), true).map_err(|error| file_fault(&error, "write", &path))
        }
    }
}

/// Writers whose process lives, by the locks that they hold. Files of dead ones are removed.
fn living_writers(layer: &dyn FileLayer, paths: &Paths, own: &str) -> Result<BTreeSet<String>, Fault> {
    let folder = paths.writers();
    let names = layer.list(&folder).map_err(|error| file_fault(&error, "list", &folder))?;
    let mut alive = BTreeSet::from([own.to_owned()]);
    for name in names.into_iter().filter(|name| name != own) {
        let path = folder.join(&name);
        let lock = layer.open_lock(&path).map_err(|error| file_fault(&error, "open", &path))?;
        if lock.try_acquire().map_err(|error| file_fault(&error, "lock", &path))? {
            let _ = layer.remove(&path);
        } else {
            alive.insert(name);
        }
    }
    Ok(alive)
}

/// A record that is durable and needs no closing.
#[derive(Debug)]
pub struct Recorded(Arc<Ticket>);

impl Recorded {
    /// The proof.
    ///
    /// # Errors
    /// None: it was waited for.
    pub async fn durable(&self) -> Result<&AuditDurable, Fault> {
        self.0.wait().await
    }
}

/// What an effect is done under.
#[derive(Clone, Copy)]
pub enum Under<'a> {
    /// An ask's own record.
    Ask(&'a AuditBegun),
    /// An editing session's lease.
    Lease(&'a Lease),
}

/// Proof that an ask's closing record is durable. It permits the terminal frame.
#[derive(Debug)]
pub struct AuditClosed {
    index: u64,
}

impl AuditClosed {
    /// The closing record's place in the ledger, from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }
}

/// Proof that a record is in the writer's queue. It permits a model call, nothing more.
///
/// It closes exactly once: by [`AuditBegun::close`] or [`AuditBegun::close_effect`], or, when it is dropped before,
/// with an outcome of `cancelled`.
pub struct AuditBegun {
    shared: Arc<Shared>,
    ticket: Arc<Ticket>,
    abandoned: Option<Entry>,
}

impl AuditBegun {
    /// Waits until the opening is durable.
    ///
    /// # Errors
    /// `audit.unavailable` when it cannot be written.
    pub async fn durable(&self) -> Result<&AuditDurable, Fault> {
        self.shared.hurry();
        self.ticket.wait().await
    }

    /// The proof, when the opening is durable already; for threads that do not wait.
    #[must_use]
    pub fn known_durable(&self) -> Option<&AuditDurable> {
        self.ticket.known()
    }

    /// Closes the ask and waits until that is durable.
    ///
    /// # Errors
    /// `audit.unavailable` when it cannot be written.
    pub async fn close(mut self, closing: Closing) -> Result<AuditClosed, Fault> {
        let Some(Entry::Closed { ask, .. }) = self.abandoned else {
            return Err(Fault::internal("an effect was closed as an ask"));
        };
        let ticket = self.shared.put(Entry::Closed { ask, closing }, Urgency::Now)?;
        self.abandoned = None;
        ticket.wait().await.map(|durable| AuditClosed { index: durable.index() })
    }

    /// Closes the effect. It is flushed soon, at the latest with the closing of its ask.
    ///
    /// # Errors
    /// `audit.unavailable` when it cannot be queued.
    pub fn close_effect(mut self, closing: EffectClosed) -> Result<(), Fault> {
        let Some(Entry::EffectClosed { effect, ask, .. }) = self.abandoned else {
            return Err(Fault::internal("an ask was closed as an effect"));
        };
        self.shared.put(Entry::EffectClosed { effect, ask, closing }, Urgency::Soon)?;
        self.abandoned = None;
        Ok(())
    }
}

impl Drop for AuditBegun {
    fn drop(&mut self) {
        if let Some(entry) = self.abandoned.take() {
            // When the log has stopped there is nowhere to write it; the next start records the interruption.
            let _ = self.shared.put(entry, Urgency::Now);
        }
    }
}
