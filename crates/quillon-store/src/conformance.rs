//! The suite that every store passes.
//!
//! Start at [`check`]. Each promise gets an empty store of its own, so that a failure names one promise.

use futures::future::join_all;
use quillon_base::{
    DATA_CLASSES, DataClass, Fault, FaultCode, KeyKind, PrincipalId, RecordId, Region, RegionRule, Timestamp,
};

use crate::{
    GROUP_BYTES_MAX, PAGE_BYTES_MAX, PAGE_RECORDS_MAX, Page, RECORD_BYTES_MAX, Record, SEALED_MAGIC, Sealed,
    Store,
};

/// Checks what holds of every store. `make` gives an empty store each time.
///
/// # Panics
/// When the store does not conform.
pub async fn check<S: Store>(make: impl AsyncFn() -> S) {
    keeps_replaces_and_removes(&make().await).await;
    lists_in_order(&make().await).await;
    pages_on(&make().await).await;
    filters(&make().await).await;
    limits_pages(&make().await).await;
    keeps_classes_apart(&make().await).await;
    refuses_by_class(&make().await).await;
    refuses_bad_groups(&make().await).await;
    purges_what_expired(&make().await).await;
    keeps_the_largest_and_the_oddest(&make().await).await;
    takes_puts_at_once(&make().await).await;
}

/// A record to test with: of a class that is kept for a time, made at second `number`, with a body of 20 bytes.
///
/// # Panics
/// When `number` is too large for an id.
#[must_use]
pub fn record(number: u32) -> Record {
    Record {
        class: DataClass::Conversation,
        id: id(number),
        subject: subject("ada"),
        group: "group-1".to_owned(),
        created: Timestamp::from_seconds(i64::from(number)),
        expires: Some(Timestamp::from_seconds(i64::from(number) + 1_000)),
        body: sealed(format!("{number:016}").as_bytes()),
    }
}

fn id(number: u32) -> RecordId {
    format!("rec_{number:026}").parse().expect("digits make an id")
}

fn subject(name: &str) -> PrincipalId {
    PrincipalId::new(name).expect("a constant that passes its own check")
}

fn sealed(bytes: &[u8]) -> Sealed {
    Sealed::new([SEALED_MAGIC, bytes].concat()).expect("a body within the limit")
}

fn page(class: DataClass) -> Page {
    Page { class, subject: None, group: None, newest_first: false, after: None, limit: PAGE_RECORDS_MAX }
}

fn code<T>(result: Result<T, Fault>) -> Option<FaultCode> {
    result.err().map(|fault| fault.code)
}

async fn put(store: &impl Store, record: Record) {
    store.put(record).await.expect("a record that is fine is kept");
}

async fn get(store: &impl Store, record: &Record) -> Option<Record> {
    store.get(record.class, record.id).await.expect("a get succeeds")
}

async fn list(store: &impl Store, page: Page) -> Vec<Record> {
    store.list(page).await.expect("a list succeeds")
}

async fn keeps_replaces_and_removes(store: &impl Store) {
    let first = record(1);
    assert_eq!(get(store, &first).await, None, "an empty store holds something");
    put(store, first.clone()).await;
    put(store, record(2)).await;
    assert_eq!(get(store, &first).await.as_ref(), Some(&first), "what was put does not come back");
    let changed = Record {
        subject: subject("bob"),
        group: "group-2".to_owned(),
        created: Timestamp::from_seconds(77),
        expires: Some(Timestamp::from_seconds(78)),
        body: sealed(b"another body, and a longer one"),
        ..first.clone()
    };
    put(store, changed.clone()).await;
    assert_eq!(get(store, &first).await, Some(changed.clone()), "a second put does not replace");
    assert_eq!(list(store, page(first.class)).await, [record(2), changed], "a replaced record stands twice");
    let removed = store.delete(first.class, first.id).await;
    assert_eq!(removed, Ok(true), "a record that is there is not removed");
    assert_eq!(get(store, &first).await, None, "a removed record is still there");
    assert_eq!(store.delete(first.class, first.id).await, Ok(false), "a record was removed twice");
    assert_eq!(list(store, page(first.class)).await, [record(2)], "removing took another record along");
    put(store, first.clone()).await;
    assert_eq!(get(store, &first).await, Some(first), "a removed record cannot be put again");
}

/// Records in another order than time's, two of them made at the same time, one before the epoch.
async fn put_some(store: &impl Store) -> Vec<Record> {
    let at = |number: u32, second: i64| Record { created: Timestamp::from_seconds(second), ..record(number) };
    let in_order = vec![at(6, -5), at(4, 10), at(2, 20), at(3, 20), at(1, 30)];
    for place in [3, 0, 4, 2, 1] {
        put(store, in_order[place].clone()).await;
    }
    in_order
}

async fn lists_in_order(store: &impl Store) {
    let mut expected = put_some(store).await;
    assert_eq!(list(store, page(DataClass::Conversation)).await, expected, "oldest first");
    expected.reverse();
    let newest_first = Page { newest_first: true, ..page(DataClass::Conversation) };
    assert_eq!(list(store, newest_first).await, expected, "newest first");
}

async fn pages_on(store: &impl Store) {
    put_some(store).await;
    for newest_first in [false, true] {
        let whole = list(store, Page { newest_first, ..page(DataClass::Conversation) }).await;
        for limit in 1..7 {
            let mut walked = Vec::new();
            let mut next = Page { newest_first, limit, ..page(DataClass::Conversation) };
            loop {
                let found = list(store, next.clone()).await;
                assert!(found.len() <= limit as usize, "a page of {limit} holds {}", found.len());
                let Some(last) = found.last() else { break };
                next.after = Some((last.created, last.id));
                walked.extend(found);
                assert!(walked.len() <= whole.len(), "pages of {limit} never end");
            }
            assert_eq!(walked, whole, "pages of {limit}, newest first: {newest_first}");
        }
    }
    // The place to go on from need not be a record any more.
    let between = Some((Timestamp::from_seconds(20), id(0)));
    let found = list(store, Page { after: between, ..page(DataClass::Conversation) }).await;
    assert_eq!(found.iter().map(|record| record.id).collect::<Vec<_>>(), [id(2), id(3), id(1)]);
}

async fn filters(store: &impl Store) {
    let of = |number, name, group: &str| Record {
        subject: subject(name),
        group: group.to_owned(),
        ..record(number)
    };
    for record in
        [of(1, "ada", "a"), of(2, "bob", "a"), of(3, "ada", "b"), of(4, "bob", ""), of(5, "ada", "a")]
    {
        put(store, record).await;
    }
    let cases: [(Option<&str>, Option<&str>, &[u32]); 8] = [
        (None, None, &[1, 2, 3, 4, 5]),
        (Some("ada"), None, &[1, 3, 5]),
        (None, Some("a"), &[1, 2, 5]),
        (Some("ada"), Some("a"), &[1, 5]),
        (Some("bob"), Some(""), &[4]),
        (None, Some("A"), &[]),
        (Some("eve"), None, &[]),
        (Some("ada"), Some("%"), &[]),
    ];
    for (name, group, expected) in cases {
        for newest_first in [false, true] {
            let filter = Page {
                subject: name.map(subject),
                group: group.map(str::to_owned),
                newest_first,
                ..page(DataClass::Conversation)
            };
            let found: Vec<_> = list(store, filter).await.iter().map(|record| record.id).collect();
            let mut expected: Vec<_> = expected.iter().map(|&number| id(number)).collect();
            if newest_first {
                expected.reverse();
            }
            assert_eq!(found, expected, "subject {name:?}, group {group:?}, newest first: {newest_first}");
        }
    }
}

async fn limits_pages(store: &impl Store) {
    let large = |number| Record { body: sealed(&vec![7; RECORD_BYTES_MAX - 4]), ..record(number) };
    let fit = PAGE_BYTES_MAX / RECORD_BYTES_MAX;
    let count = u32::try_from(fit).unwrap_or(u32::MAX) + 1;
    for number in 0..count {
        put(store, large(number)).await;
    }
    let whole = page(DataClass::Conversation);
    assert_eq!(list(store, Page { limit: 0, ..whole.clone() }).await, [], "a page of no records");
    assert_eq!(list(store, Page { limit: 1, ..whole.clone() }).await, [large(0)], "a page of one record");
    let first = list(store, whole.clone()).await;
    assert_eq!(first.len(), fit, "a page goes beyond {PAGE_BYTES_MAX} bytes, or ends before");
    let after = first.last().map(|record| (record.created, record.id));
    assert_eq!(list(store, Page { after, ..whole.clone() }).await, [large(count - 1)], "the page after that");
    let too_large = Page { limit: PAGE_RECORDS_MAX + 1, ..whole };
    assert_eq!(code(store.list(too_large).await), Some(FaultCode::InputInvalid), "a page that is too large");
}

async fn keeps_classes_apart(store: &impl Store) {
    let conversation = record(1);
    let report = Record { class: DataClass::Report, body: sealed(b"a report"), ..record(1) };
    put(store, conversation.clone()).await;
    put(store, report.clone()).await;
    for record in [&conversation, &report] {
        assert_eq!(get(store, record).await.as_ref(), Some(record), "classes share an id");
        assert_eq!(list(store, page(record.class)).await, std::slice::from_ref(record));
    }
    assert_eq!(store.get(DataClass::Knowledge, conversation.id).await, Ok(None));
    assert_eq!(store.delete(DataClass::Knowledge, conversation.id).await, Ok(false));
    assert_eq!(store.delete(DataClass::Report, conversation.id).await, Ok(true));
    assert_eq!(get(store, &conversation).await, Some(conversation), "removing from one class took another's");
}

async fn refuses_by_class(store: &impl Store) {
    let here = store.region() == &Region::device();
    for row in DATA_CLASSES {
        let record = Record { class: row.class, ..record(1) };
        let rests_here = match row.region {
            RegionRule::ProfileRegion => true,
            RegionRule::Device => here,
            RegionRule::Anywhere => false,
        };
        let name = row.name;
        if rests_here && row.key != KeyKind::None {
            put(store, record.clone()).await;
            assert_eq!(get(store, &record).await, Some(record), "`{name}` is not kept");
        } else {
            let refused = code(store.put(record.clone()).await);
            assert_eq!(refused, Some(FaultCode::StoreRefused), "`{name}` is taken");
            assert_eq!(get(store, &record).await, None, "`{name}` was refused and is there");
        }
    }
    let endless = Record { expires: None, ..record(2) };
    assert_eq!(
        code(store.put(endless).await),
        Some(FaultCode::StoreRefused),
        "no end, and a class that has one"
    );
    let endless = Record { expires: None, class: DataClass::Knowledge, ..record(2) };
    put(store, endless).await;
}

async fn refuses_bad_groups(store: &impl Store) {
    for group in ["möbel", "two words", "line\n", "nul\0", "\u{7f}", &"x".repeat(GROUP_BYTES_MAX + 1)] {
        let bad = Record { group: group.to_owned(), ..record(1) };
        let refused = code(store.put(bad.clone()).await);
        assert_eq!(refused, Some(FaultCode::InputInvalid), "group {group:?} is taken");
        assert_eq!(get(store, &bad).await, None, "group {group:?} was refused and is there");
    }
    for group in ["", "';--", "\"\\`%_*?", &"x".repeat(GROUP_BYTES_MAX)] {
        let good = Record { group: group.to_owned(), ..record(1) };
        put(store, good.clone()).await;
        let filter = Page { group: Some(group.to_owned()), ..page(good.class) };
        assert_eq!(list(store, filter).await, [good], "group {group:?}");
    }
}

async fn purges_what_expired(store: &impl Store) {
    let until = |number, second: Option<i64>| Record {
        class: DataClass::Knowledge,
        expires: second.map(Timestamp::from_seconds),
        ..record(number)
    };
    for record in
        [until(1, Some(10)), until(2, Some(20)), until(3, Some(21)), until(4, None), until(5, Some(-1))]
    {
        put(store, record).await;
    }
    put(store, Record { expires: Some(Timestamp::from_seconds(15)), ..record(9) }).await;
    assert_eq!(store.purge_expired(Timestamp::from_seconds(-2)).await, Ok(0), "something went too early");
    assert_eq!(
        list(store, page(DataClass::Knowledge)).await.len(),
        5,
        "what expired is there until it is purged"
    );
    assert_eq!(store.purge_expired(Timestamp::from_seconds(20)).await, Ok(4), "how many went");
    let left: Vec<_> = list(store, page(DataClass::Knowledge)).await.iter().map(|record| record.id).collect();
    assert_eq!(left, [id(3), id(4)], "what is left");
    assert_eq!(list(store, page(DataClass::Conversation)).await, [], "a purge goes through every class");
    assert_eq!(store.purge_expired(Timestamp::from_seconds(20)).await, Ok(0), "a second purge");
    assert_eq!(store.purge_expired(Timestamp(i64::MAX)).await, Ok(1), "what never expires stays");
}

async fn keeps_the_largest_and_the_oddest(store: &impl Store) {
    let body: Vec<u8> = (0..RECORD_BYTES_MAX - SEALED_MAGIC.len()).map(|place| (place % 251) as u8).collect();
    let largest = Record { body: sealed(&body), ..record(1) };
    put(store, largest.clone()).await;
    // Compared without a message of 16 MiB.
    assert!(
        get(store, &largest).await == Some(largest),
        "a body of {RECORD_BYTES_MAX} bytes does not come back"
    );
    let extremes = [i64::MIN, -1, 0, i64::MAX];
    for (number, moment) in (10..).zip(extremes) {
        let created = Timestamp(moment);
        let odd = Record { created, expires: Some(created), body: sealed(b""), ..record(number) };
        put(store, odd.clone()).await;
        assert_eq!(get(store, &odd).await, Some(odd), "a record made at {moment}");
    }
    let ends = Page { limit: 1, ..page(DataClass::Conversation) };
    let oldest = list(store, ends.clone()).await;
    assert_eq!(oldest[0].created, Timestamp(i64::MIN));
    let newest = list(store, Page { newest_first: true, ..ends }).await;
    assert_eq!(newest[0].created, Timestamp(i64::MAX));
}

async fn takes_puts_at_once(store: &impl Store) {
    let numbers = || 0..64;
    let results = join_all(numbers().map(|number| store.put(record(number)))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(list(store, page(DataClass::Conversation)).await, numbers().map(record).collect::<Vec<_>>());
    let versions: Vec<_> =
        (0..8u8).map(|version| Record { body: sealed(&[version; 5_000]), ..record(1) }).collect();
    let results = join_all(versions.iter().map(|version| store.put(version.clone()))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let kept = get(store, &record(1)).await;
    assert!(kept.is_some_and(|kept| versions.contains(&kept)), "one of the puts stands as a whole");
}
