//! Batches of log events under every limit of PutLogEvents.
//!
//! The limits are Amazon's: a batch holds at most 1,048,576 bytes, counted as the UTF-8 of each message and 26 bytes more,
//! and at most 10,000 events, in the order of their times and within 24 hours of each other; no event is more than 14
//! days old, or more than 2 hours ahead. Emulators accept what breaks most of them, so a property test holds each.

use quillon_sink::LogEvent;

/// The most bytes of a batch.
pub const BATCH_BYTES_MAX: usize = 1_048_576;
/// The most events of a batch.
pub const BATCH_EVENTS_MAX: usize = 10_000;
/// What counts for an event beside its message, in bytes.
pub const EVENT_OVERHEAD_BYTES: usize = 26;
/// The largest event, with what counts beside its message, in bytes.
pub const EVENT_BYTES_MAX: usize = 1_048_576;
/// The most time that a batch spans, in milliseconds.
pub const BATCH_SPAN_MILLIS_MAX: i64 = 24 * 60 * 60 * 1_000;
/// How old an event may be, in milliseconds. An hour less than the 14 days, because sending takes time.
pub const PAST_MILLIS_MAX: i64 = (14 * 24 - 1) * 60 * 60 * 1_000;
/// How far ahead an event may be, in milliseconds. A minute less than the 2 hours, because clocks differ.
pub const FUTURE_MILLIS_MAX: i64 = (2 * 60 - 1) * 60 * 1_000;

/// What became of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutBatches {
    /// Batches that can be put, in the order of the events they came from.
    pub batches: Vec<Vec<LogEvent>>,
    /// Events whose time was moved into the window that the service takes. Their messages hold the true time.
    pub moved: u64,
    /// Events that were cut because they were too long.
    pub cut: u64,
}

/// Cuts events into batches. None is left out: one that is too old or too far ahead is sent at the edge of the window,
/// and one that is too long is cut, because an audit log with less of a record is better than one with a hole. Both are
/// counted.
#[must_use]
pub fn batches(events: Vec<LogEvent>, now_millis: i64) -> PutBatches {
    let mut put = PutBatches::default();
    let mut batch: Vec<LogEvent> = Vec::new();
    let mut bytes = 0;
    let (mut earliest, mut latest) = (i64::MAX, i64::MIN);
    for event in events {
        let event = fitting(event, now_millis, &mut put);
        let size = event.message.len() + EVENT_OVERHEAD_BYTES;
        (earliest, latest) = (earliest.min(event.at_millis), latest.max(event.at_millis));
        let is_full = batch.len() == BATCH_EVENTS_MAX
            || bytes + size > BATCH_BYTES_MAX
            || latest - earliest >= BATCH_SPAN_MILLIS_MAX;
        if is_full && !batch.is_empty() {
            put.batches.push(in_order(std::mem::take(&mut batch)));
            bytes = 0;
            (earliest, latest) = (event.at_millis, event.at_millis);
        }
        bytes += size;
        batch.push(event);
    }
    if !batch.is_empty() {
        put.batches.push(in_order(batch));
    }
    put
}

/// By time; those of one time in the order of the ledger.
fn in_order(mut batch: Vec<LogEvent>) -> Vec<LogEvent> {
    batch.sort_by_key(|event| event.at_millis);
    batch
}

fn fitting(mut event: LogEvent, now_millis: i64, put: &mut PutBatches) -> LogEvent {
    let window = (now_millis - PAST_MILLIS_MAX).max(0)..=(now_millis + FUTURE_MILLIS_MAX).max(0);
    let at_millis = event.at_millis.clamp(*window.start(), *window.end());
    put.moved += u64::from(at_millis != event.at_millis);
    event.at_millis = at_millis;
    let longest = EVENT_BYTES_MAX - EVENT_OVERHEAD_BYTES;
    if event.message.len() > longest {
        put.cut += 1;
        event.message.truncate(event.message.floor_char_boundary(longest));
    }
    if event.message.is_empty() {
        // The service takes no empty message.
        event.message.push(' ');
    }
    event
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn check(events: Vec<LogEvent>) {
        let (count, put) = (events.len(), batches(events, NOW));
        for batch in &put.batches {
            let bytes: usize = batch.iter().map(|event| event.message.len() + EVENT_OVERHEAD_BYTES).sum();
            assert!(!batch.is_empty() && batch.len() <= BATCH_EVENTS_MAX && bytes <= BATCH_BYTES_MAX);
            assert!(batch.windows(2).all(|pair| pair[0].at_millis <= pair[1].at_millis));
            assert!(batch[batch.len() - 1].at_millis - batch[0].at_millis < BATCH_SPAN_MILLIS_MAX);
            let old = NOW - 14 * 24 * 3_600_000;
            let ahead = NOW + 2 * 3_600_000;
            assert!(batch.iter().all(|event| event.at_millis > old && event.at_millis < ahead));
            assert!(batch.iter().all(|event| !event.message.is_empty()));
        }
        assert_eq!(put.batches.iter().map(Vec::len).sum::<usize>(), count);
    }

    fn event(at_millis: i64, bytes: usize) -> LogEvent {
        LogEvent { at_millis, message: "é".repeat(bytes / 2) + if bytes % 2 == 1 { "x" } else { "" } }
    }

    #[test]
    fn each_limit_alone() {
        check(vec![]);
        check((0..25_001).map(|_| event(NOW, 1)).collect());
        check((0..40).map(|_| event(NOW, 65_535)).collect());
        check(vec![event(NOW, BATCH_BYTES_MAX - 26), event(NOW, 0), event(NOW, 1)]);
        check(vec![event(NOW, 3 * BATCH_BYTES_MAX + 1), event(NOW, 1)]);
        check((0..100).map(|hour| event(NOW - hour * 3_600_000, 10)).collect());
        check(vec![event(0, 1), event(i64::MAX / 2, 1), event(i64::MIN / 2, 1), event(NOW, 1)]);
        let full = batches((0..10_000).map(|_| event(NOW, 1)).collect(), NOW);
        assert_eq!(full.batches.len(), 1);
        let exact = 1_048_576 / 64 - 26;
        assert_eq!(batches((0..64).map(|_| event(NOW, exact)).collect(), NOW).batches.len(), 1);
        assert_eq!(batches((0..65).map(|_| event(NOW, exact)).collect(), NOW).batches.len(), 2);
    }

    #[test]
    fn what_was_changed_is_counted() {
        let put = batches(vec![event(0, 1), event(NOW, 2 * BATCH_BYTES_MAX), event(NOW, 1)], NOW);
        assert_eq!((put.moved, put.cut), (1, 1));
    }

    proptest! {
        #[test]
        fn every_limit_at_once(events in prop::collection::vec((-40_i64 * 24..60, 0_usize..70_000), 0..120)) {
            check(events.into_iter().map(|(hours, bytes)| event(NOW + hours * 3_600_000, bytes)).collect());
        }

        #[test]
        fn many_small_ones(events in prop::collection::vec((-2_000_i64..2_000, 0_usize..40), 0..400)) {
            let repeated: Vec<_> = events.iter().cycle().take(events.len() * 60).collect();
            check(repeated.into_iter().map(|(minutes, bytes)| event(NOW + minutes * 60_000, *bytes)).collect());
        }
    }
}
