//! A store in memory that is stricter than any real one.
//!
//! It checks every record and page, logs every operation, fails when it is told to, and stops the test in which text that
//! was planted reaches it unsealed. Start at [`StrictStore::new`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use quillon_base::{DataClass, Fault, RecordId, Region, Timestamp};

use crate::{PAGE_BYTES_MAX, Page, Record, Store};

/// A store in memory.
#[derive(Debug)]
pub struct StrictStore {
    region: Region,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<(DataClass, RecordId), Record>,
    operations: Vec<String>,
    failures: VecDeque<Fault>,
    planted: Vec<String>,
}

impl StrictStore {
    /// An empty store that holds `region`.
    #[must_use]
    pub fn new(region: Region) -> Self {
        Self { region, state: Mutex::default() }
    }

    /// What was asked of it so far, one line for each operation, such as `put conversation rec_… 120 bytes`. Those that
    /// failed are there too.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        self.state().operations.clone()
    }

    /// Lets the next operation fail, and change nothing. Told twice, the next two fail, in that order.
    pub fn fail_next(&self, fault: Fault) {
        self.state().failures.push_back(fault);
    }

    /// Content that must never reach the store as it is. A put that holds it panics.
    ///
    /// # Panics
    /// When `text` is so short that sealed bytes may hold it by chance.
    pub fn plant(&self, text: &str) {
        assert!(text.len() >= 8, "`{text}` is too short to plant");
        self.state().planted.push(text.to_owned());
    }

    /// Everything that it holds, by class and id.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.state().records.values().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of this fake is the test's finding; what it holds is whole all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, operation: String) -> Result<MutexGuard<'_, State>, Fault> {
        let mut state = self.state();
        state.operations.push(operation);
        match state.failures.pop_front() {
            Some(fault) => Err(fault),
            None => Ok(state),
        }
    }
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

fn in_page(record: &Record, page: &Page) -> bool {
    let place = (record.created, record.id);
    let is_after =
        |after: (Timestamp, RecordId)| if page.newest_first { place < after } else { place > after };
    record.class == page.class
        && page.subject.as_ref().is_none_or(|subject| *subject == record.subject)
        && page.group.as_ref().is_none_or(|group| *group == record.group)
        && page.after.is_none_or(is_after)
}

#[async_trait]
impl Store for StrictStore {
    fn region(&self) -> &Region {
        &self.region
    }

    async fn put(&self, record: Record) -> Result<(), Fault> {
        let (class, id, bytes) = (record.class.name(), record.id, record.body.as_bytes().len());
        let mut state = self.begin(format!("put {class} {id} {bytes} bytes"))?;
        for text in &state.planted {
            let found = holds(record.body.as_bytes(), text) || holds(record.group.as_bytes(), text);
            assert!(!found, "planted text reached the store in {class} {id}");
        }
        record.check_for(&self.region)?;
        state.records.insert((record.class, record.id), record);
        Ok(())
    }

    async fn get(&self, class: DataClass, id: RecordId) -> Result<Option<Record>, Fault> {
        let state = self.begin(format!("get {} {id}", class.name()))?;
        Ok(state.records.get(&(class, id)).cloned())
    }

    async fn list(&self, page: Page) -> Result<Vec<Record>, Fault> {
        let subject = page.subject.as_ref().map_or("*", |subject| subject.as_str());
        let group = page.group.as_deref().unwrap_or("*");
        let class = page.class.name();
        let state = self.begin(format!("list {class} {subject} {group} up to {}", page.limit))?;
        page.check()?;
        let mut found: Vec<_> = state.records.values().filter(|record| in_page(record, &page)).collect();
        found.sort_by_key(|record| (record.created, record.id));
        if page.newest_first {
            found.reverse();
        }
        let mut bytes = 0;
        let fits = |record: &&Record| {
            let is_first = bytes == 0;
            bytes += record.body.as_bytes().len();
            is_first || bytes <= PAGE_BYTES_MAX
        };
        Ok(found.into_iter().take(page.limit as usize).take_while(fits).cloned().collect())
    }

    async fn delete(&self, class: DataClass, id: RecordId) -> Result<bool, Fault> {
        let mut state = self.begin(format!("delete {} {id}", class.name()))?;
        Ok(state.records.remove(&(class, id)).is_some())
    }

    async fn purge_expired(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut state = self.begin(format!("purge {now}"))?;
        let before = state.records.len();
        state.records.retain(|_, record| record.expires.is_none_or(|end| end > now));
        Ok((before - state.records.len()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::FaultCode;

    use super::*;
    use crate::conformance;

    #[tokio::test]
    async fn conforms() {
        conformance::check(async || StrictStore::new(Region::device())).await;
        conformance::check(async || StrictStore::new(Region::new("eu-west-2").unwrap())).await;
    }

    #[tokio::test]
    async fn fails_as_told_and_keeps_the_log() {
        let store = StrictStore::new(Region::device());
        let record = conformance::record(1);
        store.fail_next(Fault::new(FaultCode::DiskFull, "the disk is full"));
        assert_eq!(store.put(record.clone()).await.map_err(|fault| fault.code), Err(FaultCode::DiskFull));
        assert_eq!(store.records(), []);
        store.put(record.clone()).await.unwrap();
        assert_eq!(store.records(), std::slice::from_ref(&record));
        let id = record.id;
        assert_eq!(store.delete(DataClass::Report, id).await, Ok(false));
        let put = format!("put conversation {id} 20 bytes");
        assert_eq!(store.operations(), [put.clone(), put, format!("delete report {id}")]);
    }

    #[tokio::test]
    #[should_panic(expected = "planted text reached the store in conversation")]
    async fn planted_text_stops_the_test() {
        let store = StrictStore::new(Region::device());
        store.plant("swordfish");
        store.put(conformance::record(1)).await.unwrap();
        let mut record = conformance::record(2);
        record.group = "my-swordfish".to_owned();
        let _ = store.put(record).await;
    }
}
