//! Walks the ledger, delivers, and moves the cursor.

use quillon_base::{Fault, FaultCode, Timestamp, hex};
use quillon_contract::Event;
use quillon_contract::ask::{AuditExportAsk, ExportFormat, LedgerSource};
use quillon_contract::event::{Artifact, Notice, Table};
use quillon_road::ledger::leaf_hash;
use quillon_road::{Finished, LedgerView, OpenSink, Passage, RawRecord};
use quillon_sink::{ObjectName, Parcel, Shape};

use crate::cursor::{Cursor, LastObject, Of};
use crate::fact::{CARRIED_MAX, Fact, Story};
use crate::prompts;
use crate::shape::{self, Place};
use crate::trail::{self, Sign};

/// The most records that are delivered before the cursor moves.
const PAGE_RECORDS_MAX: usize = 8_192;
/// The most bytes of records that are delivered before the cursor moves; a shape makes a few times as much of them.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Exports the ledger.
pub(crate) async fn export(passage: &Passage, ask: AuditExportAsk) -> Result<Finished, Fault> {
    if ask.format == ExportFormat::PromptLog {
        prompts::export(passage, &ask).await?;
        return Ok(Finished::default());
    }
    let mut view = match &ask.source {
        LedgerSource::Own => passage.read_ledger().await?,
        LedgerSource::Folder { folder, key } => passage.read_ledger_copy(folder, key.as_deref()).await?,
    };
    match &ask.to {
        None => print(passage, &mut view, &ask).await?,
        Some(address) => send(passage, &mut view, &ask, address).await?,
    }
    Ok(Finished::default())
}

/// Without a destination there is no cursor: everything is printed.
async fn print(passage: &Passage, view: &mut LedgerView, ask: &AuditExportAsk) -> Result<(), Fault> {
    let place = Place::new(view.key(), ask.account.as_deref(), None)?;
    let mut walk = Walk::new(view.size().await?, 0, Story::default(), ask);
    let name = format!("records.{}", shape::name(ask.format));
    while let Some(page) = walk.page(passage, view).await? {
        let facts = page.facts;
        if facts.is_empty() {
            continue;
        }
        let (media_type, text) = shape::page(ask.format, &facts, &place, passage.now().as_millis());
        let (name, media_type) = (name.clone(), media_type.to_owned());
        passage.say(Event::Artifact(Artifact { name, media_type, text })).await?;
    }
    Ok(())
}

/// Sends what the destination does not have yet. What was sent is said even when it ends early.
async fn send(
    passage: &Passage,
    view: &mut LedgerView,
    ask: &AuditExportAsk,
    address: &str,
) -> Result<(), Fault> {
    let mut sink = passage.open_sink(address).await?;
    let mut sent = Sent::default();
    let result = deliver_all(passage, view, ask, &mut sink, &mut sent).await;
    let address = sink.destination().address.clone();
    let closed = sink.close(result);
    // Why it ended counts more than that this could not be said.
    let said = say_sent(passage, view, ask, &address, &sent).await;
    closed.and(said)
}

async fn say_sent(
    passage: &Passage,
    view: &mut LedgerView,
    ask: &AuditExportAsk,
    address: &str,
    sent: &Sent,
) -> Result<(), Fault> {
    let Some(next) = sent.next else { return Ok(()) };
    let lag = lag(passage, view, next).await?;
    passage.say(report(ask, address, sent, lag)).await
}

/// What was sent so far.
#[derive(Default)]
struct Sent {
    from: u64,
    /// The first record that was not sent; unknown until the cursor was read.
    next: Option<u64>,
    records: u64,
    parcels: u64,
    bytes: u64,
}

async fn deliver_all(
    passage: &Passage,
    view: &mut LedgerView,
    ask: &AuditExportAsk,
    sink: &mut OpenSink<'_>,
    sent: &mut Sent,
) -> Result<(), Fault> {
    let destination = sink.destination().clone();
    shape::check(ask.format, sink.takes(), &destination.address)?;
    let place = Place::new(view.key(), ask.account.as_deref(), Some(&destination))?;
    let mut cursor = resume(view, ask, sink, &place).await?;
    (sent.from, sent.next) = (cursor.next, Some(cursor.next));
    if ask.format == ExportFormat::Cloudtrail && cursor.next == 0 {
        let keys = Parcel::Object(trail::public_keys(&place, &mut Signer(sink))?);
        sink.deliver(&keys).await?;
        sent.parcels += 1;
        sent.bytes += keys.bytes();
    }
    let story = std::mem::take(&mut cursor.story);
    let mut walk = Walk::new(view.size().await?, cursor.next, story, ask);
    while let Some(page) = walk.page(passage, view).await? {
        let now = passage.now().as_millis();
        let parcels = match ask.format {
            ExportFormat::Cloudtrail => {
                let objects = cursor.trail.page(&page.facts, &place, &mut Signer(sink))?;
                objects.into_iter().map(Parcel::Object).collect()
            }
            format => shape::parcels(format, sink.takes(), &page.facts, &place, now)?,
        };
        deliver(sink, parcels, &mut cursor, sent).await?;
        (cursor.next, cursor.last_leaf) = (walk.next, Some(page.last_leaf));
        cursor.story = walk.story.clone();
        keep(sink, &cursor).await?;
        sent.records += page.facts.len() as u64;
        sent.next = Some(cursor.next);
    }
    if ask.format == ExportFormat::Cloudtrail
        && let Some(digest) = cursor.trail.over(passage.now(), &place, &mut Signer(sink))?
    {
        deliver(sink, vec![Parcel::Object(digest)], &mut cursor, sent).await?;
        cursor.story = walk.story.clone();
        keep(sink, &cursor).await?;
    }
    Ok(())
}

async fn deliver(
    sink: &mut OpenSink<'_>,
    parcels: Vec<Parcel>,
    cursor: &mut Cursor,
    sent: &mut Sent,
) -> Result<(), Fault> {
    for parcel in parcels {
        sink.deliver(&parcel).await?;
        sent.parcels += 1;
        sent.bytes += parcel.bytes();
        if let Parcel::Object(object) = parcel {
            let (name, bytes) = (object.name.to_string(), object.content.len() as u64);
            cursor.last_object = Some(LastObject { name, bytes });
        }
    }
    Ok(())
}

/// A log of events needs no cursor beside it: its last event says how far it is.
async fn keep(sink: &OpenSink<'_>, cursor: &Cursor) -> Result<(), Fault> {
    if sink.takes() == Shape::Events { Ok(()) } else { sink.keep_cursor(&cursor.print()?).await }
}

/// The cursor of the destination, once it is sure that it fits the ledger and that what it says was sent is there.
async fn resume(
    view: &mut LedgerView,
    ask: &AuditExportAsk,
    sink: &OpenSink<'_>,
    place: &Place,
) -> Result<Cursor, Fault> {
    let of = Of {
        format: ask.format,
        ledger: place.ledger.clone(),
        account: place.account.clone(),
        after: ask.after,
        before: ask.before,
    };
    let address = sink.destination().address.clone();
    // Read even when it does not count: only one export at a time may write there.
    let kept = sink.cursor().await?;
    let Some(kept) = kept.filter(|_| !ask.from_start) else {
        return Ok(Cursor::start(of));
    };
    let mut cursor = match sink.takes() {
        Shape::Events => Cursor::of_event(&kept, of, &address)?,
        _ => Cursor::read(&kept, &of, &address)?,
    };
    if let Some(LastObject { name, bytes }) = &cursor.last_object {
        sink.check(&ObjectName::new(name.clone())?, *bytes).await?;
    }
    check_ledger(view, &cursor, &address).await?;
    if sink.takes() == Shape::Events {
        cursor.story = earlier(view, cursor.next).await?;
    }
    Ok(cursor)
}

/// The record before the cursor is the one that was sent, unless it was pruned since.
async fn check_ledger(view: &mut LedgerView, cursor: &Cursor, address: &str) -> Result<(), Fault> {
    let (Some(last), Some(hash)) = (cursor.next.checked_sub(1), &cursor.last_leaf) else {
        return Ok(());
    };
    let differs = |what: &str| {
        Fault::new(FaultCode::LedgerCorrupt, format!("the ledger {what} what was sent to `{address}`")).hint(
            "check it with `quillon audit verify` and an older checkpoint; it was rolled back or replaced",
        )
    };
    if cursor.next > view.size().await? {
        return Err(differs("ends before the end of"));
    }
    let records = view.raw(last, 1, PAGE_BYTES_MAX).await?;
    match records.first() {
        Some(record) if record.index == last && hex(&leaf_hash(&record.bytes)) != *hash => {
            Err(differs("is not"))
        }
        _ => Ok(()),
    }
}

/// What is open at a place, from as many records before it as are carried over at most.
async fn earlier(view: &mut LedgerView, next: u64) -> Result<Story, Fault> {
    let mut story = Story::default();
    let mut place = next.saturating_sub(2 * CARRIED_MAX as u64);
    while place < next {
        let records = view.raw(place, PAGE_RECORDS_MAX, PAGE_BYTES_MAX).await?;
        let Some(last) = records.last() else { break };
        place = last.index + 1;
        for record in records.iter().filter(|record| record.index < next) {
            story.next(record.index, &record.bytes);
        }
    }
    Ok(story)
}

/// A page of records.
struct Page {
    /// Those that are in the period that was asked for.
    facts: Vec<Fact>,
    /// The hash of the last record, in the period or not.
    last_leaf: String,
}

/// Goes through the ledger page by page, and finds what is missing.
struct Walk {
    /// The ledger's size at the start; what is written meanwhile is for the next time.
    size: u64,
    next: u64,
    story: Story,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    accept_gap: bool,
}

impl Walk {
    const fn new(size: u64, next: u64, story: Story, ask: &AuditExportAsk) -> Self {
        let AuditExportAsk { after, before, accept_gap, .. } = *ask;
        Self { size, next, story, after, before, accept_gap }
    }

    async fn page(&mut self, passage: &Passage, view: &mut LedgerView) -> Result<Option<Page>, Fault> {
        if self.next >= self.size {
            return Ok(None);
        }
        let mut records = view.raw(self.next, PAGE_RECORDS_MAX, PAGE_BYTES_MAX).await?;
        records.retain(|record| record.index < self.size);
        if let Some(first) = records.first()
            && first.index > self.next
        {
            self.skip_pruned(passage, view, first).await?;
        }
        // What lies before a hole is sent; the next page begins at the hole.
        let whole = (self.next..).zip(&records).take_while(|(place, record)| record.index == *place).count();
        records.truncate(whole);
        let Some(last) = records.last() else {
            return Err(unreadable(self.next));
        };
        let last_leaf = hex(&leaf_hash(&last.bytes));
        let mut facts = Vec::with_capacity(records.len());
        for record in &records {
            let fact = self.story.next(record.index, &record.bytes);
            self.next += 1;
            let is_late_enough = self.after.is_none_or(|after| fact.at >= after);
            if is_late_enough && self.before.is_none_or(|before| fact.at < before) {
                facts.push(fact);
            }
        }
        Ok(Some(Page { facts, last_leaf }))
    }

    /// Records may be missing before the first that there is, when that was accepted; nowhere else.
    async fn skip_pruned(
        &mut self,
        passage: &Passage,
        view: &mut LedgerView,
        first: &RawRecord,
    ) -> Result<(), Fault> {
        if view.first_index().await? != first.index {
            return Err(unreadable(self.next));
        }
        let missing = first.index - self.next;
        let what = format!(
            "{missing} records from {} on were pruned from the ledger before they were sent",
            self.next
        );
        if !self.accept_gap {
            return Err(Fault::new(FaultCode::LedgerPruned, what)
                .hint("export a copy of the ledger that still has them with `--folder`, or go on with `--accept-gap`"));
        }
        passage.say(Notice::warning(what)).await?;
        self.next = first.index;
        Ok(())
    }
}

fn unreadable(index: u64) -> Fault {
    Fault::new(FaultCode::LedgerCorrupt, format!("record {index} of the ledger cannot be read"))
        .hint("check it with `quillon audit verify`; what lies before it was sent")
}

/// How far a destination is behind the ledger, in records and in seconds.
struct Lag {
    records: u64,
    seconds: u64,
}

async fn lag(passage: &Passage, view: &mut LedgerView, next: u64) -> Result<Lag, Fault> {
    let records = view.size().await?.saturating_sub(next);
    let oldest = view.raw(next, 1, PAGE_BYTES_MAX).await?;
    let oldest = oldest.first().map(|record| Story::default().next(record.index, &record.bytes).at);
    let seconds = oldest.map_or(0, |at| (passage.now().as_millis() - at.as_millis()) / 1_000);
    Ok(Lag { records, seconds: u64::try_from(seconds).unwrap_or_default() })
}

fn report(ask: &AuditExportAsk, address: &str, sent: &Sent, lag: Lag) -> Event {
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let rows = vec![
        row("format", shape::name(ask.format).to_owned()),
        row("destination", address.to_owned()),
        row("from record", sent.from.to_string()),
        row("next record", sent.next.unwrap_or_default().to_string()),
        row("records sent", sent.records.to_string()),
        row("parcels sent", sent.parcels.to_string()),
        row("bytes sent", sent.bytes.to_string()),
        row("records behind", lag.records.to_string()),
        row("seconds behind", lag.seconds.to_string()),
    ];
    let columns = vec!["what".to_owned(), "value".to_owned()];
    Event::Table(Table { title: "Export".to_owned(), columns, rows })
}

/// The road signs; the key stays there.
struct Signer<'s, 'p>(&'s mut OpenSink<'p>);

impl Sign for Signer<'_, '_> {
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.0.sign(message)
    }

    fn public_key(&mut self) -> Result<Vec<u8>, Fault> {
        self.0.public_key()
    }
}
