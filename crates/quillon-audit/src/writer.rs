//! The flusher: the one thread that writes groups, syncs them, and then tells who waits.
//!
//! Records wait in a queue. An urgent one is flushed at once, with all that waits; one that nobody waits for yet stays
//! for [`LINGER`], so that the opening of an ask and of its first effect share a sync; a lease's leaves stay for
//! [`LEASE_LINGER`]. Where many wait, a group waits a moment for those whom the one before let go on ([`COMPANY_MIN`]), so
//! that a record seldom waits for more than the sync under way and its own. After a failed flush the writer stops for
//! good: what a failed sync left on the disk is unknown.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use quillon_base::{Clock, Fault, FaultCode, OrganisationId, Region, Timestamp};
use tokio::sync::Notify;

use crate::checkpoint::Signer;
use crate::frame::{self, FRAME_HEAD_BYTES, FrameKind};
use crate::layer::{FileLayer, Lock, LogFile};
use crate::leaf::{Entry, LEAF_VERSION, Leaf};
use crate::merkle::{Hash, leaf_hash};
use crate::reserve::{self, FailureNote};
use crate::state::{Paths, State, corrupt, file_fault};

/// How long a record waits for company when nobody waits for it.
const LINGER: Duration = Duration::from_millis(2);
/// How long a lease's leaves wait at most.
const LEASE_LINGER: Duration = Duration::from_secs(1);
/// After a group of so many records, the next one waits for those who come back.
const COMPANY_MIN: usize = 8;
/// How long it looks out for them; once a look passes in which nobody came, it goes.
const COMPANY_LOOK: Duration = Duration::from_micros(100);
/// The most looks.
const COMPANY_LOOKS_MAX: u32 = 32;
/// The most leaves in one group.
const GROUP_LEAVES_MAX: usize = 512;
/// The most records that may wait.
const QUEUE_RECORDS_MAX: usize = 16_384;
/// The checkpoint file is renewed at most this often.
const HINT_INTERVAL_MILLIS: i64 = 100;
/// How often a lock that another process holds is tried, with a pause of the layer between.
const LOCK_TRIES_MAX: u32 = 50_000;

/// When a record must be flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Within [`LEASE_LINGER`].
    Lease,
    /// Within [`LINGER`].
    Soon,
    /// Now.
    Now,
}

/// Proof that a record is durable, and where it stands. Only the flusher makes one.
#[derive(Debug)]
pub struct AuditDurable {
    index: u64,
}

impl AuditDurable {
    /// The record's place in the ledger, from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }
}

/// What becomes of one queued record.
#[derive(Debug, Default)]
pub(crate) struct Ticket {
    outcome: OnceLock<Result<AuditDurable, Fault>>,
    settled: Notify,
}

impl Ticket {
    fn settle(&self, outcome: Result<u64, Fault>) {
        // Set once by the flusher; a second outcome would be a bug and is ignored in favour of the first.
        let _ = self.outcome.set(outcome.map(|index| AuditDurable { index }));
        self.settled.notify_waiters();
    }

    /// The proof, when it is there already.
    pub(crate) fn known(&self) -> Option<&AuditDurable> {
        self.outcome.get().and_then(|outcome| outcome.as_ref().ok())
    }

    /// Waits until the record is durable, or cannot be.
    pub(crate) async fn wait(&self) -> Result<&AuditDurable, Fault> {
        loop {
            let settled = self.settled.notified();
            if let Some(outcome) = self.outcome.get() {
                return outcome.as_ref().map_err(Clone::clone);
            }
            settled.await;
        }
    }
}

struct Queued {
    /// The frame of its leaf: made, like the hash, by whoever queues it, so that the flusher has little left to do.
    frame: Vec<u8>,
    hash: Hash,
    /// What it opens, and what it closes.
    touches: (Option<String>, Option<String>),
    ticket: Arc<Ticket>,
}

#[derive(Default)]
struct Queue {
    records: Vec<Queued>,
    urgency: Option<Urgency>,
    /// How many records the last group had.
    last_group: usize,
    stopped: Option<Fault>,
    closing: bool,
}

/// How much the writer did, for measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCounters {
    /// Groups that were synced.
    pub flushes: u64,
    /// Leaves in them.
    pub leaves: u64,
}

/// What every handle of a log shares.
pub(crate) struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    flushes: AtomicU64,
    leaves: AtomicU64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: String,
    pub(crate) organisation: OrganisationId,
    pub(crate) region: Region,
}

impl Shared {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        writer: String,
        organisation: OrganisationId,
        region: Region,
    ) -> Self {
        Self {
            queue: Mutex::default(),
            arrived: Condvar::new(),
            flushes: AtomicU64::new(0),
            leaves: AtomicU64::new(0),
            clock,
            writer,
            organisation,
            region,
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leaf(&self, entry: Entry) -> Leaf {
        Leaf {
            v: LEAF_VERSION,
            at: self.clock.now(),
            writer: self.writer.clone(),
            organisation: self.organisation.clone(),
            region: self.region.clone(),
            entry,
        }
    }

    /// Queues a record.
    pub(crate) fn put(&self, entry: Entry, urgency: Urgency) -> Result<Arc<Ticket>, Fault> {
        let mut leaf = self.leaf(entry);
        let bytes = leaf.encode()?;
        let touches = leaf.entry.open_and_close();
        let mut frame = Vec::with_capacity(FRAME_HEAD_BYTES + bytes.len());
        frame::push(&mut frame, FrameKind::Leaf, &bytes);
        let hash = leaf_hash(&bytes);
        let ticket = Arc::new(Ticket::default());
        let mut queue = self.queue();
        if let Some(fault) = &queue.stopped {
            return Err(fault.clone());
        }
        if queue.records.len() >= QUEUE_RECORDS_MAX {
            return Err(Fault::new(FaultCode::AuditUnavailable, "the audit log does not keep up")
                .hint("wait a moment and ask again"));
        }
        queue.records.push(Queued { frame, hash, touches, ticket: Arc::clone(&ticket) });
        self.raise(queue, urgency);
        Ok(ticket)
    }

    /// Flushes what waits, now.
    pub(crate) fn hurry(&self) {
        let queue = self.queue();
        if !queue.records.is_empty() {
            self.raise(queue, Urgency::Now);
        }
    }

    fn raise(&self, mut queue: MutexGuard<'_, Queue>, urgency: Urgency) {
        let is_raised = Some(urgency) > queue.urgency;
        let all_came_back = queue.last_group >= COMPANY_MIN && queue.records.len() == queue.last_group;
        queue.urgency = queue.urgency.max(Some(urgency));
        drop(queue);
        if is_raised || all_came_back {
            self.arrived.notify_one();
        }
    }

    /// Ends the flusher once the queue is empty.
    pub(crate) fn close(&self) {
        self.queue().closing = true;
        self.arrived.notify_one();
    }

    /// Why nothing can be written any more.
    pub(crate) fn stopped(&self) -> Option<Fault> {
        self.queue().stopped.clone()
    }

    pub(crate) fn counters(&self) -> LogCounters {
        LogCounters {
            flushes: self.flushes.load(Ordering::Relaxed),
            leaves: self.leaves.load(Ordering::Relaxed),
        }
    }

    /// Waits for a group; `None` when the log was closed and all is written.
    fn next_group(&self) -> Option<Vec<Queued>> {
        let mut queue = self.wait_for_company(self.wait_until_due()?);
        let taken = queue.records.len().min(GROUP_LEAVES_MAX);
        let rest = queue.records.split_off(taken);
        let group = std::mem::replace(&mut queue.records, rest);
        queue.last_group = group.len();
        if queue.records.is_empty() {
            queue.urgency = None;
        }
        Some(group)
    }

    fn wait_until_due(&self) -> Option<MutexGuard<'_, Queue>> {
        let mut queue = self.queue();
        loop {
            let linger = match queue.urgency {
                None if queue.closing => return None,
                None => {
                    queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
                Some(Urgency::Now) => return Some(queue),
                Some(_) if queue.closing => return Some(queue),
                Some(Urgency::Soon) => LINGER,
                Some(Urgency::Lease) => LEASE_LINGER,
            };
            let waited = self.arrived.wait_timeout(queue, linger);
            let (again, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = again;
            if timeout.timed_out() {
                return Some(queue);
            }
        }
    }

    /// Those whom the last group let go on come back at once, each with its next record. A group that left with the
    /// first of them would make all others wait for its sync, and then for their own.
    fn wait_for_company<'q>(&'q self, mut queue: MutexGuard<'q, Queue>) -> MutexGuard<'q, Queue> {
        if queue.last_group < COMPANY_MIN {
            return queue;
        }
        for _ in 0..COMPANY_LOOKS_MAX {
            let came = queue.records.len();
            if came >= queue.last_group || queue.closing {
                break;
            }
            let waited = self.arrived.wait_timeout(queue, COMPANY_LOOK);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            if queue.records.len() == came {
                break;
            }
        }
        queue
    }

    /// Refuses everything from now on.
    fn stop(&self, fault: &Fault) {
        let mut queue = self.queue();
        queue.stopped = Some(fault.clone());
        queue.urgency = None;
        for record in queue.records.drain(..) {
            record.ticket.settle(Err(fault.clone()));
        }
    }
}

/// Owns the files.
pub(crate) struct Writer {
    pub(crate) layer: Arc<dyn FileLayer>,
    pub(crate) paths: Paths,
    pub(crate) signer: Signer,
    pub(crate) lock: Box<dyn Lock>,
    pub(crate) state: State,
    pub(crate) file: Option<(u64, Box<dyn LogFile>)>,
    /// Ids that were open when their process ended.
    pub(crate) interrupted: BTreeSet<String>,
    pub(crate) hint_at: Option<Timestamp>,
    /// What an earlier process noted when it could not write.
    pub(crate) failure: Option<FailureNote>,
    /// Whether this writer wrote a group yet.
    pub(crate) has_written: bool,
}

impl Writer {
    /// Runs until the log is closed or a flush failed.
    pub(crate) fn run(mut self, shared: &Shared) {
        while let Some(group) = shared.next_group() {
            match self.flush(&group, shared) {
                Ok(first) => {
                    shared.flushes.fetch_add(1, Ordering::Relaxed);
                    for (index, record) in (first..).zip(&group) {
                        record.ticket.settle(Ok(index));
                    }
                }
                Err(fault) => {
                    let waiting = group.len() + shared.queue().records.len();
                    let (paths, now) = (&self.paths, shared.clock.now());
                    reserve::note_failure(&*self.layer, paths, &self.state, &fault, now, waiting);
                    let fault = unavailable(&fault);
                    shared.stop(&fault);
                    for record in &group {
                        record.ticket.settle(Err(fault.clone()));
                    }
                    return;
                }
            }
            self.renew_hint(shared.clock.now(), false);
        }
        self.renew_hint(shared.clock.now(), true);
    }

    /// Writes and syncs a group; returns the place of its first record.
    fn flush(&mut self, group: &[Queued], shared: &Shared) -> Result<u64, Fault> {
        acquire(&*self.lock, &*self.layer, &self.paths)?;
        let written = self.flush_locked(group, shared);
        let released = self.lock.release().map_err(|error| file_fault(&error, "unlock", &self.paths.lock()));
        let first = written?;
        released?;
        Ok(first)
    }

    fn flush_locked(&mut self, group: &[Queued], shared: &Shared) -> Result<u64, Fault> {
        self.state.catch_up(&*self.layer, &self.paths, self.signer.key())?;
        let mut repairs = Vec::new();
        self.write_last_group_again()?;
        self.cut_torn_tail(&mut repairs)?;
        repairs.extend(self.failure.as_ref().map(FailureNote::entry));
        self.close_interrupted(&mut repairs);

        let mut tree = self.state.tree.clone();
        let mut bytes = Vec::new();
        let starts_segment = self.state.segment_is_full();
        if starts_segment {
            self.start_segment(&mut repairs)?;
            frame::push(&mut bytes, FrameKind::Header, &tree.header(self.signer.key()));
        }
        for repair in repairs {
            let mut leaf = shared.leaf(repair);
            let body = leaf.encode()?;
            frame::push(&mut bytes, FrameKind::Leaf, &body);
            tree.push(leaf_hash(&body), &shared.writer, leaf.entry.open_and_close());
        }
        let first = tree.frontier.size();
        for record in group {
            bytes.extend_from_slice(&record.frame);
            tree.push(record.hash, &shared.writer, record.touches.clone());
        }
        let note = self.signer.sign(tree.frontier.size(), &tree.frontier.root());
        frame::push(&mut bytes, FrameKind::Checkpoint, note.as_bytes());

        self.append(&bytes, starts_segment)?;
        shared.leaves.fetch_add(tree.frontier.size() - self.state.tree.frontier.size(), Ordering::Relaxed);
        self.state.tree = tree;
        self.state.last_group = self.state.bytes;
        self.state.groups += 1;
        self.state.bytes += bytes.len() as u64;
        self.state.note = Some(note);
        self.has_written = true;
        if self.failure.take().is_some() {
            reserve::clear(&*self.layer, &self.paths)?;
        }
        Ok(first)
    }

    /// Makes sure that the end of the log, as another process left it, is on the disk together with what comes now: if
    /// that process died of a failed sync, what is read there is on no disk, and later syncs would not write it.
    fn write_last_group_again(&mut self) -> Result<(), Fault> {
        let Some(first) = self.state.segment.filter(|_| !self.has_written && self.state.bytes > 0) else {
            return Ok(());
        };
        let noted = self.failure.as_ref().and_then(|note| note.durable_bytes(first));
        let from = noted.unwrap_or(self.state.last_group).min(self.state.last_group);
        let path = self.paths.segment(first);
        self.layer.write_again(&path, from).map_err(|error| file_fault(&error, "write", &path))?;
        if self.state.last_group == 0 {
            // The segment's name was to be made durable after the sync that may have failed.
            let folder = self.paths.log();
            self.layer.sync_folder(&folder).map_err(|error| file_fault(&error, "sync", &folder))?;
        }
        if self.state.segment_is_full() {
            // What comes now goes to another file, whose sync does not help this one.
            self.open_segment(first)?.sync().map_err(|error| file_fault(&error, "sync", &path))?;
        }
        Ok(())
    }

    /// Opens the file of the segment where the next group goes.
    fn open_segment(&mut self, first: u64) -> Result<&mut Box<dyn LogFile>, Fault> {
        if self.file.as_ref().is_none_or(|(open, _)| *open != first) {
            let path = self.paths.segment(first);
            let file = self.layer.open(&path).map_err(|error| file_fault(&error, "open", &path))?;
            self.file = Some((first, file));
        }
        self.file.as_mut().map(|(_, file)| file).ok_or_else(|| Fault::internal("no segment is open"))
    }

    /// Turns to a new segment, which must be empty; one whose first write was torn is cut.
    fn start_segment(&mut self, repairs: &mut Vec<Entry>) -> Result<(), Fault> {
        self.state.segment = Some(self.state.tree.frontier.size());
        self.state.bytes = 0;
        self.state.groups = 0;
        self.cut_torn_tail(repairs)
    }

    fn append(&mut self, bytes: &[u8], starts_segment: bool) -> Result<(), Fault> {
        let first = self.state.segment.unwrap_or(0);
        let (path, folder) = (self.paths.segment(first), self.paths.log());
        let layer = Arc::clone(&self.layer);
        let file = self.open_segment(first)?;
        let mut write = || {
            file.append(bytes).map_err(|error| file_fault(&error, "write", &path))?;
            file.sync().map_err(|error| file_fault(&error, "sync", &path))
        };
        if !starts_segment {
            return write();
        }
        // The name is there since the file was opened. It and what the file holds become durable side by side, so that
        // those who wait at the border of two segments wait for one sync and not for two; nothing counts before both are.
        let name = || layer.sync_folder(&folder).map_err(|error| file_fault(&error, "sync", &folder));
        let (named, written) = std::thread::scope(|scope| {
            let naming =
                std::thread::Builder::new().name("quillon-audit-name".into()).spawn_scoped(scope, name);
            let written = write();
            let stopped = || Err(Fault::internal("a folder's sync stopped"));
            // Where there is no room for a thread, one after the other does it too.
            (naming.map_or_else(|_| name(), |naming| naming.join().unwrap_or_else(|_| stopped())), written)
        });
        written.and(named)
    }

    /// Cuts what a crash left after the last whole group. A copy of it is kept beside the log, to be looked at.
    fn cut_torn_tail(&mut self, repairs: &mut Vec<Entry>) -> Result<(), Fault> {
        let cut_bytes = self.state.torn_bytes(&*self.layer, &self.paths)?;
        if cut_bytes == 0 {
            return Ok(());
        }
        let (first, end) = (self.state.segment.unwrap_or(0), self.state.bytes);
        let path = self.paths.segment(first);
        let tail = self.layer.read_from(&path, end).map_err(|error| file_fault(&error, "read", &path))?;
        let tail = tail.unwrap_or_default();
        if holds_later_checkpoint(&tail) {
            return Err(corrupt(
                "a record of the ledger is damaged",
                format!("{} at byte {end}", path.display()),
            ));
        }
        self.keep_copy(&tail, &self.paths.folder.join(format!("cut-{first}-{end}")))?;
        let file = self.open_segment(first)?;
        file.truncate(end).map_err(|error| file_fault(&error, "cut", &path))?;
        repairs.push(self.state.recovered(cut_bytes));
        Ok(())
    }

    fn keep_copy(&self, tail: &[u8], path: &Path) -> Result<(), Fault> {
        self.layer.replace(path, tail, true).map_err(|error| file_fault(&error, "write", path))
    }

    /// Closes what dead processes left open, unless another process did so meanwhile.
    fn close_interrupted(&mut self, repairs: &mut Vec<Entry>) {
        for id in std::mem::take(&mut self.interrupted) {
            if let Some(item) = self.state.tree.open.get(&id) {
                repairs.push(Entry::Interrupted { id, opened: item.index });
            }
        }
    }

    /// Renews the checkpoint file, which a later start may not fall behind. It is a hint: it needs no sync.
    fn renew_hint(&mut self, now: Timestamp, always: bool) {
        let recent =
            self.hint_at.is_some_and(|at| (0..HINT_INTERVAL_MILLIS).contains(&((now.0 - at.0) / 1_000)));
        let Some(note) = &self.state.note else {
            return;
        };
        if !recent || always {
            let kept = self.signer.sign_for_keeping(note, now);
            // Without it the ledger is still whole; a start then checks a little less.
            let _ = self.layer.replace(&self.paths.checkpoint(), kept.as_bytes(), false);
            self.hint_at = Some(now);
        }
    }
}

/// Whether a checkpoint stands before the end of a tail: then more than one group is there, and the first is damaged
/// rather than torn, because a group is written only after the one before it was synced.
fn holds_later_checkpoint(tail: &[u8]) -> bool {
    let starts = tail.iter().enumerate().filter(|(_, byte)| **byte == b'C');
    let ends = starts
        .filter_map(|(start, _)| frame::read(tail, start))
        .filter(|frame| frame.kind == FrameKind::Checkpoint);
    ends.into_iter().any(|frame| frame.end < tail.len())
}

/// Takes the ledger's lock, waiting for other processes for a while.
pub(crate) fn acquire(lock: &dyn Lock, layer: &dyn FileLayer, paths: &Paths) -> Result<(), Fault> {
    for _ in 0..LOCK_TRIES_MAX {
        let taken = lock.try_acquire().map_err(|error| file_fault(&error, "lock", &paths.lock()))?;
        if taken {
            return Ok(());
        }
        layer.pause();
    }
    Err(Fault::new(FaultCode::Locked, "another process holds the audit log")
        .hint("see whether a stopped `quillon` process is left over"))
}

/// A fault of the files, as those hear it whose work cannot start.
fn unavailable(fault: &Fault) -> Fault {
    if matches!(fault.code, FaultCode::LedgerCorrupt | FaultCode::Internal) {
        return fault.clone();
    }
    let message = format!("the audit log cannot be written: {}", fault.message);
    let hint = fault.hint.clone().unwrap_or_else(|| "nothing starts until it can".to_owned());
    Fault::new(FaultCode::AuditUnavailable, message).hint(hint).inner(fault.detail().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use quillon_base::StepClock;

    use super::*;

    fn shared(last_group: usize) -> Shared {
        let organisation = OrganisationId::new("local").unwrap();
        let shared = Shared::new(Arc::new(StepClock::default()), "w".into(), organisation, Region::device());
        shared.queue().last_group = last_group;
        shared
    }

    fn put(shared: &Shared) -> Result<Arc<Ticket>, Fault> {
        shared.put(Entry::Recovered { segment: 0, cut_bytes: 0 }, Urgency::Now)
    }

    #[test]
    fn a_group_waits_for_company_while_somebody_comes_and_for_no_longer() {
        // Nobody comes: it goes with what is there, and what comes after it is no company any more.
        for last_group in [0, 1, COMPANY_MIN, GROUP_LEAVES_MAX] {
            let shared = shared(last_group);
            put(&shared).unwrap();
            assert_eq!(shared.next_group().map(|group| group.len()), Some(1), "after {last_group}");
            assert_eq!(shared.queue().last_group, 1);
        }
        // All come back, and more: they go together, up to the limit of a group.
        let shared = shared(COMPANY_MIN);
        for _ in 0..GROUP_LEAVES_MAX + 3 {
            put(&shared).unwrap();
        }
        assert_eq!(shared.next_group().map(|group| group.len()), Some(GROUP_LEAVES_MAX));
        assert_eq!(shared.next_group().map(|group| group.len()), Some(3), "they are still urgent");
    }

    #[test]
    fn a_log_that_closes_or_stops_keeps_nobody_waiting() {
        let closing = shared(GROUP_LEAVES_MAX);
        put(&closing).unwrap();
        closing.close();
        assert_eq!(closing.next_group().map(|group| group.len()), Some(1));
        assert!(closing.next_group().is_none(), "all is written");
        let stopped = shared(GROUP_LEAVES_MAX);
        let ticket = put(&stopped).unwrap();
        let fault = Fault::new(FaultCode::AuditUnavailable, "the disk is gone");
        stopped.stop(&fault);
        assert_eq!(ticket.outcome.get().and_then(|outcome| outcome.as_ref().err()), Some(&fault));
        assert!(put(&stopped).is_err_and(|refused| refused == fault), "and nothing more is taken");
    }
}
