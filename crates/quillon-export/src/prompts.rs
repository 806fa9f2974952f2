//! The prompt log in the layout of Amazon Q Developer: gzipped files of prompts and answers, one folder an hour.
//!
//! `AWSLogs/ACCOUNT/QDeveloperLogs/GenerateAssistantResponse/REGION/YEAR/MONTH/DAY/HOUR/*.json.gz`, each `{"records":[…]}`
//! with a `generateAssistantResponseEventRequest` and `…EventResponse` a prompt. It comes from the prompt log, not from the
//! ledger, which holds no content; what the original logs of inline suggestions and of `/dev` has no folder, because nothing
//! here makes such records. The cursor is the last exchange that was sent. Invariant: as for the ledger's shapes, it moves
//! only behind what was delivered, and objects are named by their first exchange.

use quillon_base::{Fault, FaultCode, RecordId, Timestamp};
use quillon_contract::Event;
use quillon_contract::ask::{AuditExportAsk, LedgerSource};
use quillon_contract::event::{Artifact, Table};
use quillon_road::{Exchange, Kept, OpenSink, Passage};
use quillon_sink::{Object, ObjectName, Parcel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cursor::{sealed, unsealed};
use crate::shape::{self, account};
use crate::text::{compact, day_path, gzip, seconds};

/// The original's name of what chat logs.
const KIND: &str = "GenerateAssistantResponse";
const MARK: &str = "quillon-prompts-cursor-1";

/// Where the files lie.
struct Place {
    account: String,
    region: String,
}

/// How far an export of prompts is, and of what it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    account: String,
    region: String,
    /// The period: an export of another one would go on behind what this one left out.
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    /// The last exchange that was sent.
    sent: Option<(Timestamp, RecordId)>,
}

impl Cursor {
    fn read(kept: Option<Vec<u8>>, start: Self, address: &str) -> Result<Self, Fault> {
        let Some(kept) = kept else { return Ok(start) };
        let cursor: Self = unsealed(&kept, MARK, address)?;
        let is_ours = Self { sent: None, ..cursor.clone() } == start;
        if is_ours {
            return Ok(cursor);
        }
        Err(Fault::new(
            FaultCode::SinkCursorInvalid,
            format!("`{address}` holds prompts of another account, region or period"),
        )
        .hint("choose another destination, or send everything again with `--from-start`"))
    }
}

/// Exports the prompt log.
pub(crate) async fn export(passage: &Passage, ask: &AuditExportAsk) -> Result<(), Fault> {
    if ask.source != LedgerSource::Own {
        return Err(Fault::new(FaultCode::InputInvalid, "a copy of a ledger holds no prompts")
            .hint("export them where they were logged, without `--folder`"));
    }
    let Some(address) = &ask.to else { return print(passage, ask).await };
    let mut sink = passage.open_sink(address).await?;
    let mut sent = Sent::default();
    let result = send(passage, ask, &mut sink, &mut sent).await;
    let address = sink.destination().address.clone();
    let closed = sink.close(result);
    // Why it ended counts more than that this could not be said.
    let said = passage.say(sent.report(&address)).await;
    closed.map(|_| ()).and(said)
}

/// Without a destination there is no cursor: everything is printed.
async fn print(passage: &Passage, ask: &AuditExportAsk) -> Result<(), Fault> {
    let mut after = None;
    loop {
        let page = passage.logged_prompts(after).await?;
        let Some(last) = last(&page) else { return Ok(()) };
        after = Some(last);
        let wanted = wanted(page, ask);
        if !wanted.is_empty() {
            let text = format!("{}\n", records(&wanted));
            let (name, media_type) = ("prompts.json".to_owned(), "application/json".to_owned());
            passage.say(Event::Artifact(Artifact { name, media_type, text })).await?;
        }
    }
}

/// What was sent so far.
#[derive(Default)]
struct Sent {
    prompts: usize,
    parcels: usize,
}

impl Sent {
    fn report(&self, address: &str) -> Event {
        let row = |what: &str, value: String| vec![what.to_owned(), value];
        let rows = vec![
            row("format", "prompt_log".to_owned()),
            row("destination", address.to_owned()),
            row("prompts sent", self.prompts.to_string()),
            row("parcels sent", self.parcels.to_string()),
        ];
        let columns = vec!["what".to_owned(), "value".to_owned()];
        Event::Table(Table { title: "Export".to_owned(), columns, rows })
    }
}

async fn send(
    passage: &Passage,
    ask: &AuditExportAsk,
    sink: &mut OpenSink<'_>,
    sent: &mut Sent,
) -> Result<(), Fault> {
    let destination = sink.destination().clone();
    let address = &destination.address;
    shape::check(ask.format, sink.takes(), address)?;
    let account = account(ask.account.as_deref())?;
    let place = Place { account, region: passage.region().to_string() };
    let start = Cursor {
        account: place.account.clone(),
        region: place.region.clone(),
        after: ask.after,
        before: ask.before,
        sent: None,
    };
    // Read even when it does not count: only one export at a time may write there.
    let kept = sink.cursor().await?.filter(|_| !ask.from_start);
    let mut cursor = Cursor::read(kept, start, address)?;
    loop {
        let page = passage.logged_prompts(cursor.sent).await?;
        let Some(last) = last(&page) else { return Ok(()) };
        let wanted = wanted(page, ask);
        for hour in hours(&wanted) {
            sink.deliver(&Parcel::Object(object(hour, &place)?)).await?;
            sent.prompts += hour.len();
            sent.parcels += 1;
        }
        cursor.sent = Some(last);
        sink.keep_cursor(&sealed(MARK, &cursor)?).await?;
    }
}

fn last(page: &[Kept<Exchange>]) -> Option<(Timestamp, RecordId)> {
    page.last().map(|kept| (kept.created, kept.id))
}

fn wanted(mut page: Vec<Kept<Exchange>>, ask: &AuditExportAsk) -> Vec<Kept<Exchange>> {
    page.retain(|kept| {
        ask.after.is_none_or(|after| kept.created >= after)
            && ask.before.is_none_or(|before| kept.created < before)
    });
    page
}

/// The exchanges of each hour, which are one object.
fn hours(page: &[Kept<Exchange>]) -> impl Iterator<Item = &[Kept<Exchange>]> {
    page.chunk_by(|one, next| hour_path(one.created) == hour_path(next.created))
}

fn object(hour: &[Kept<Exchange>], place: &Place) -> Result<Object, Fault> {
    let Place { account, region } = place;
    let first = hour.first().ok_or_else(|| Fault::internal("an hour of prompts has none"))?;
    let (path, at, id) = (hour_path(first.created), compact(first.created), first.id);
    let name = ObjectName::new(format!(
        "AWSLogs/{account}/QDeveloperLogs/{KIND}/{region}/{path}/{account}_{KIND}_{region}_{at}_{id}.json.gz"
    ))?;
    let content = gzip(records(hour).to_string().as_bytes())?;
    Ok(Object { name, media_type: "application/json", content, metadata: Vec::new() })
}

/// `2026/11/24/13`, in UTC.
fn hour_path(at: Timestamp) -> String {
    format!("{}/{}", day_path(at), seconds(at).get(11..13).unwrap_or_default())
}

fn records(exchanges: &[Kept<Exchange>]) -> Value {
    json!({"records": exchanges.iter().map(record).collect::<Vec<_>>()})
}

fn record(kept: &Kept<Exchange>) -> Value {
    let Exchange { user, request, conversation, prompt, answer, model } = &kept.value;
    json!({
        "generateAssistantResponseEventRequest": {
            "prompt": prompt,
            "chatTriggerType": "MANUAL",
            "customizationArn": null,
            "userId": user,
            "modelId": model,
            "timeStamp": kept.created.to_string(),
        },
        "generateAssistantResponseEventResponse": {
            "assistantResponse": answer,
            "followupPrompts": "",
            "messageMetadata": {"conversationId": conversation, "utteranceId": kept.id},
            "codeReferenceEvents": [],
            "supplementaryWebLinksEvent": [],
            "requestId": request,
        },
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const HOUR_MICROS: i64 = 3_600_000_000;

    fn exchange(hour: i64, prompt: &str, model: Option<&str>) -> Kept<Exchange> {
        Kept {
            id: format!("rec_{hour:026}").parse().unwrap(),
            created: Timestamp(1_767_225_600_123_000 + hour * HOUR_MICROS),
            value: Exchange {
                user: "ada".into(),
                request: "req_1".into(),
                conversation: Some("cnv_00000000000000000000000000".parse().unwrap()),
                prompt: prompt.into(),
                answer: "an answer".into(),
                model: model.map(str::to_owned),
            },
        }
    }

    #[test]
    fn files_have_the_layout_and_the_fields_of_the_original() {
        let place = Place { account: "111122223333".into(), region: "eu-west-2".into() };
        let page = [exchange(0, "one", None), exchange(0, "two", Some("m-1")), exchange(30, "three", None)];
        let objects: Vec<Object> = hours(&page).map(|hour| object(hour, &place).unwrap()).collect();
        let names: Vec<&str> = objects.iter().map(|object| object.name.as_str()).collect();
        let before = "AWSLogs/111122223333/QDeveloperLogs/GenerateAssistantResponse/eu-west-2";
        let name = "111122223333_GenerateAssistantResponse_eu-west-2";
        assert_eq!(
            names,
            [
                format!("{before}/2026/01/01/00/{name}_20260101T000000Z_rec_{:026}.json.gz", 0),
                format!("{before}/2026/01/02/06/{name}_20260102T060000Z_rec_{:026}.json.gz", 30),
            ]
        );
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*objects[0].content).read_to_string(&mut text).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(file["records"].as_array().unwrap().len(), 2);
        assert_eq!(
            file["records"][1],
            json!({
                "generateAssistantResponseEventRequest": {
                    "prompt": "two", "chatTriggerType": "MANUAL", "customizationArn": null, "userId": "ada",
                    "modelId": "m-1", "timeStamp": "2026-01-01T00:00:00.123Z",
                },
                "generateAssistantResponseEventResponse": {
                    "assistantResponse": "an answer", "followupPrompts": "",
                    "messageMetadata": {
                        "conversationId": "cnv_00000000000000000000000000",
                        "utteranceId": "rec_00000000000000000000000000",
                    },
                    "codeReferenceEvents": [], "supplementaryWebLinksEvent": [], "requestId": "req_1",
                },
            })
        );
    }

    #[test]
    fn an_export_goes_on_only_where_it_is_its_own() {
        let start = || Cursor {
            account: "111122223333".into(),
            region: "device".into(),
            after: None,
            before: None,
            sent: None,
        };
        let last = exchange(1, "p", None);
        let kept = Cursor { sent: Some((last.created, last.id)), ..start() };
        let bytes = sealed(MARK, &kept).unwrap();
        assert_eq!(Cursor::read(None, start(), "/x"), Ok(start()));
        assert_eq!(Cursor::read(Some(bytes.clone()), start(), "/x"), Ok(kept));
        let code = |bytes: Vec<u8>, start: Cursor| Cursor::read(Some(bytes), start, "/x").unwrap_err().code;
        let day = Some(Timestamp(0));
        for other in [
            Cursor { account: "000000000000".into(), ..start() },
            Cursor { region: "eu-west-2".into(), ..start() },
            Cursor { after: day, ..start() },
            Cursor { before: day, ..start() },
        ] {
            assert_eq!(code(bytes.clone(), other), FaultCode::SinkCursorInvalid);
        }
        for place in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[place] ^= 1;
            assert_eq!(code(bad, start()), FaultCode::SinkCursorInvalid, "byte {place}");
        }
        let of_a_ledger = sealed("quillon-export-cursor-1", &start()).unwrap();
        assert_eq!(code(of_a_ledger, start()), FaultCode::SinkCursorInvalid);
    }
}
