//! Retention: records are removed when their time to be kept has passed, and what they proved stays provable.
//!
//! Whole segments are removed, from the first on. Of each, the hashes of its leaves and its last signed checkpoint stay,
//! so that every root, every consistency proof and every receipt that was ever handed out still checks
//! (C2SP tlog-tiles calls the first place that stays the minimum index). That they were removed, by whom and after how
//! many days is a record of its own, durable before anything goes.
//!
//! Invariants: nothing is removed under a legal hold, nothing younger than the retention, and never by the word of one
//! clock: see [`Age`]. Holds are records too, so nobody ends one in silence. Start at [`Log::prune`].

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use quillon_base::{Fault, FaultCode, Timestamp};

use crate::commit::hex;
use crate::leaf::{By, Entry, Leaf};
use crate::log::Log;
use crate::reader::LedgerReader;
use crate::segment::{self, PrunedSegment, Tree};
use crate::state::{corrupt, file_fault};
use crate::tiles::remove_bundles;

/// The least that records are kept, in days.
pub const KEEP_DAYS_MIN: u32 = 90;

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// Time between two records is believed up to this. A longer silence counts nothing: it may be a clock that stepped.
const GAP_DAYS_MAX: i64 = 7;
/// What one step of a clock that is believed could add; records are kept that much longer.
const MARGIN_DAYS: i64 = GAP_DAYS_MAX;

/// A legal hold that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Who placed it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What would be removed, and why not more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrunePlan {
    /// The first place that is there now.
    pub from: u64,
    /// The first place that would stay.
    pub until: u64,
    /// Holds in force; with one, nothing is removed.
    pub holds: Vec<Hold>,
}

/// Time as the ledger itself shows it: the sum of the times between its records, without what is not believable.
///
/// A clock that stepped forward by years makes every record look old at once. But between the record before the step
/// and the one after it lies a gap that is longer than [`GAP_DAYS_MAX`], and such a gap counts nothing. A clock that
/// went back counts nothing until it is where it was, or, when it went back far, starts from there. So a ledger in
/// which nothing is written for weeks keeps its records longer than it must, never shorter.
#[derive(Clone, Copy, Debug, Default)]
struct Age {
    latest: Option<Timestamp>,
    believed_micros: i64,
}

impl Age {
    fn advance(&mut self, at: Timestamp) {
        let Some(latest) = self.latest.replace(at) else {
            return;
        };
        let gap = at.0.saturating_sub(latest.0);
        let limit = GAP_DAYS_MAX * DAY_MICROS;
        match gap {
            0.. if gap <= limit => self.believed_micros += gap,
            _ if (-limit..0).contains(&gap) => self.latest = Some(latest),
            _ => {}
        }
    }
}

/// A segment, as old as the ledger shows.
struct Aged {
    first: u64,
    latest: Timestamp,
    believed_micros: i64,
}

impl LedgerReader {
    /// The legal holds in force, by name.
    ///
    /// # Errors
    /// `audit.unavailable`, `home.unusable`.
    pub fn holds(&self) -> Result<Vec<Hold>, Fault> {
        let mut holds = BTreeMap::new();
        self.walk(0, |placed| {
            if let Some(leaf) = &placed.leaf {
                note_hold(&mut holds, leaf);
            }
            ControlFlow::Continue(())
        })?;
        Ok(holds.into_values().collect())
    }

    /// What [`Log::prune`] would remove at `now`.
    ///
    /// # Errors
    /// `input.invalid` when less than [`KEEP_DAYS_MIN`] is asked for, `audit.unavailable`, `home.unusable`.
    pub fn plan_prune(&self, keep_days: u32, now: Timestamp) -> Result<PrunePlan, Fault> {
        if keep_days < KEEP_DAYS_MIN {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("records cannot be removed after {keep_days} days"),
            )
            .hint(format!("they are kept for {KEEP_DAYS_MIN} days at least")));
        }
        let mut age = Age::default();
        let mut holds = BTreeMap::new();
        let mut aged: Vec<Aged> = Vec::new();
        let segments = self.segments()?;
        for (first, length) in &segments {
            let bytes = self.segment(*first, *length)?;
            let mut latest = Timestamp(i64::MIN);
            each_leaf(&bytes, |leaf| {
                note_hold(&mut holds, &leaf);
                age.advance(leaf.at);
                latest = latest.max(leaf.at);
            });
            aged.push(Aged { first: *first, latest, believed_micros: age.believed_micros });
        }
        age.advance(now);
        let from = segments.first().map_or(0, |(first, _)| *first);
        let is_old = |segment: &Aged| {
            let keep_micros = i64::from(keep_days) * DAY_MICROS;
            let believed = age.believed_micros - segment.believed_micros;
            now.0.saturating_sub(segment.latest.0) >= keep_micros
                && believed >= keep_micros + MARGIN_DAYS * DAY_MICROS
        };
        let old = aged.iter().take_while(|segment| is_old(segment)).count();
        // The last segment is where the next record goes; it stays.
        let until = aged.get(old.min(aged.len().saturating_sub(1))).map_or(from, |segment| segment.first);
        let holds: Vec<Hold> = holds.into_values().collect();
        Ok(PrunePlan { from, until: if holds.is_empty() { until } else { from }, holds })
    }
}

impl Log {
    /// Places a legal hold, durably: nothing of this ledger is removed while it is in force.
    ///
    /// # Errors
    /// `audit.unavailable`, `audit.record_too_large`.
    pub async fn place_hold(&self, hold: &str, reason: &str, by: By) -> Result<(), Fault> {
        let (hold, reason) = (hold.to_owned(), reason.to_owned());
        self.record(Entry::HoldPlaced { hold, by, reason }).await.map(|_| ())
    }

    /// Releases a legal hold, durably.
    ///
    /// # Errors
    /// `input.invalid` when there is none of that name, `audit.unavailable`, `audit.record_too_large`.
    pub async fn release_hold(&self, hold: &str, reason: &str, by: By) -> Result<(), Fault> {
        if !self.reader().holds()?.iter().any(|placed| placed.name == hold) {
            return Err(Fault::new(FaultCode::InputInvalid, format!("there is no legal hold `{hold}`"))
                .hint("`quillon admin audit show` lists those in force"));
        }
        let (hold, reason) = (hold.to_owned(), reason.to_owned());
        self.record(Entry::HoldReleased { hold, by, reason }).await.map(|_| ())
    }

    /// Removes records that are older than `keep_days`, unless a legal hold is in force; says what was removed.
    ///
    /// # Errors
    /// As [`LedgerReader::plan_prune`]; `ledger.corrupt` when what is to be removed is not what was written.
    pub async fn prune(&self, keep_days: u32, by: By) -> Result<PrunePlan, Fault> {
        let reader = self.reader();
        let plan = reader.plan_prune(keep_days, self.shared.clock.now())?;
        if plan.until == plan.from { Ok(plan) } else { self.carry_out(&reader, plan, keep_days, by).await }
    }

    async fn carry_out(
        &self,
        reader: &LedgerReader,
        plan: PrunePlan,
        keep_days: u32,
        by: By,
    ) -> Result<PrunePlan, Fault> {
        let tree = reader.keep_hashes(&plan)?;
        let root = hex(&tree.frontier.root());
        let entry = Entry::Pruned { until: plan.until, root, open: tree.open_digest(), keep_days, by };
        self.record(entry).await?;
        // Another session may have placed a hold since the plan was made. Then the record says that more went than did;
        // the hold behind it says why.
        let holds = reader.holds()?;
        if !holds.is_empty() {
            return Ok(PrunePlan { until: plan.from, holds, ..plan });
        }
        reader.remove_segments(&plan)?;
        Ok(plan)
    }
}

fn note_hold(holds: &mut BTreeMap<String, Hold>, leaf: &Leaf) {
    match &leaf.entry {
        Entry::HoldPlaced { hold, by, reason } => {
            let (name, by, reason) = (hold.clone(), by.principal.to_string(), reason.clone());
            holds.entry(name.clone()).or_insert(Hold { name, since: leaf.at, by, reason });
        }
        Entry::HoldReleased { hold, .. } => {
            holds.remove(hold);
        }
        _ => {}
    }
}

fn each_leaf(segment: &[u8], mut visit: impl FnMut(Leaf)) {
    let mut place = 0;
    while let Some(group) = segment::read_group(segment, place) {
        group.leaves.iter().filter_map(|leaf| Leaf::decode(leaf)).for_each(&mut visit);
        place = group.end;
    }
}

impl LedgerReader {
    /// Writes what stays of the segments of a plan, durably, once it fits what the next segment says; returns the tree
    /// at that place.
    fn keep_hashes(&self, plan: &PrunePlan) -> Result<Tree, Fault> {
        let segments = self.segments()?;
        let next = segments.iter().find(|(first, _)| *first == plan.until);
        let next = next.map(|(first, length)| self.segment(*first, *length)).transpose()?.unwrap_or_default();
        let header = segment::read_group(&next, 0).and_then(|group| group.header);
        let tree = header.and_then(|header| Tree::of_header(header, self.key()));
        let tree = tree.ok_or_else(|| corrupt("a segment of the ledger does not fit", plan.until))?;
        let mut frontier = Tree::default().frontier;
        self.pruned_hashes(0)?.into_iter().for_each(|(_, hash)| frontier.push(hash));
        let mut kept = Vec::new();
        for (first, length) in segments.iter().filter(|(first, _)| *first < plan.until) {
            let left = PrunedSegment::of_segment(&self.segment(*first, *length)?);
            let left = left.ok_or_else(|| corrupt("a record of the ledger is damaged", first))?;
            if let Some(left) = PrunedSegment::read(&left) {
                left.hashes.iter().for_each(|hash| frontier.push(*hash));
            }
            kept.push((*first, left));
        }
        if frontier != tree.frontier {
            return Err(corrupt("records of the ledger do not match those after them", plan.until));
        }
        for (first, left) in kept {
            let path = self.paths().pruned(first);
            self.layer().replace(&path, &left, true).map_err(|error| file_fault(&error, "write", &path))?;
        }
        Ok(tree)
    }

    /// Removes the segments of a plan whose removal is recorded.
    fn remove_segments(&self, plan: &PrunePlan) -> Result<(), Fault> {
        let paths = self.paths();
        remove_bundles(self.layer(), paths, plan.until)?;
        for (first, _) in self.segments()?.into_iter().filter(|(first, _)| *first < plan.until) {
            let path = paths.segment(first);
            self.layer().remove(&path).map_err(|error| file_fault(&error, "remove", &path))?;
        }
        let folder = paths.log();
        self.layer().sync_folder(&folder).map_err(|error| file_fault(&error, "sync", &folder))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use quillon_base::{Clock, Entropy, OrganisationId, PrincipalId, Region, Secret, SessionId};
    use quillon_contract::Surface;

    use super::*;
    use crate::{LogOptions, LossyLayer, Signer};

    #[derive(Default)]
    struct Days(AtomicI64);

    impl Clock for Days {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::Relaxed) * DAY_MICROS)
        }
    }

    impl Entropy for Days {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    #[tokio::test]
    async fn a_hold_that_was_placed_after_the_plan_keeps_everything() {
        let (days, organisation) = (Arc::new(Days::default()), OrganisationId::new("local").unwrap());
        let log = Log::open(LogOptions {
            folder: "/ledger".into(),
            signer: Signer::new(&Secret::new(vec![7; 32]), &organisation, &Region::device()).unwrap(),
            organisation,
            region: Region::device(),
            layer: Arc::new(LossyLayer::default()),
            clock: days.clone(),
            entropy: days.clone(),
        })
        .unwrap();
        let by = By {
            principal: PrincipalId::new("ada").unwrap(),
            proof: "local".into(),
            surface: Surface::Cli,
            session: SessionId::generate(&*days, &*days),
        };
        for _ in 0..250 {
            days.0.fetch_add(1, Ordering::Relaxed);
            for _ in 0..12 {
                log.mention(Entry::Recovered { segment: 0, cut_bytes: 0 }).unwrap();
            }
            log.record(Entry::Recovered { segment: 0, cut_bytes: 0 }).await.unwrap();
        }
        let reader = log.reader();
        let plan = reader.plan_prune(KEEP_DAYS_MIN, days.now()).unwrap();
        assert!(plan.until > plan.from, "{plan:?}");
        log.place_hold("case-1", "a lawsuit", by.clone()).await.unwrap();
        let done = log.carry_out(&reader, plan.clone(), KEEP_DAYS_MIN, by.clone()).await.unwrap();
        assert_eq!((done.until, done.holds.len(), reader.first_index()), (plan.from, 1, Ok(plan.from)));
        assert_eq!(crate::verify::verify(&reader, None).unwrap().problems, []);
        log.release_hold("case-1", "settled", by.clone()).await.unwrap();
        assert!(log.prune(KEEP_DAYS_MIN, by).await.unwrap().until > plan.from);
        assert_eq!(crate::verify::verify(&reader, None).unwrap().problems, []);
    }

    fn believed_days(days: &[i64]) -> i64 {
        let mut age = Age::default();
        days.iter().for_each(|day| age.advance(Timestamp(day * DAY_MICROS)));
        age.believed_micros / DAY_MICROS
    }

    #[test]
    fn time_passes_as_far_as_records_show() {
        assert_eq!(believed_days(&[]), 0);
        assert_eq!(believed_days(&[100]), 0);
        assert_eq!(believed_days(&[0, 1, 3, 10]), 10);
        assert_eq!(believed_days(&[0, 8]), 0, "a silence of more than a week counts nothing");
        assert_eq!(believed_days(&[0, 3_650, 3_651]), 1, "a step of ten years counts nothing");
        assert_eq!(believed_days(&[0, 3_650, 0, 1]), 1, "nor does the way back");
        assert_eq!(believed_days(&[0, 5, 2, 5, 2, 5, 6]), 6, "a clock that goes to and fro does not add up");
        assert_eq!(believed_days(&[0, 5, 0, 5, 0, 5]), 5);
        assert_eq!(believed_days(&[0, 7, 14]), 14);
    }
}
