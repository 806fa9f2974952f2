//! What every shape needs to know beside the record, and the parcels that a page of records becomes.

use quillon_base::{Fault, FaultCode};
use quillon_contract::ask::ExportFormat;
use quillon_sink::{Destination, LogEvent, Object, ObjectName, Parcel, Shape};
use serde_json::{Value, json};

use crate::fact::Fact;
use crate::text::day_path;
use crate::{cef, cloudtrail, cloudwatch, jsonl, ocsf, otlp};

/// The account number where nobody gave one.
pub(crate) const NO_ACCOUNT: &str = "000000000000";

/// The most records of one request, which keeps it well under what collectors take by default.
const REQUEST_RECORDS_MAX: usize = 256;

/// Whose records they are, and where they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The ledger's public key, which names it.
    pub(crate) ledger: String,
    pub(crate) organisation: String,
    pub(crate) region: String,
    /// Twelve digits.
    pub(crate) account: String,
    /// The bucket, for files that point at each other.
    pub(crate) bucket: String,
    /// What stands before the names of objects in that bucket.
    pub(crate) prefix: String,
}

impl Place {
    /// The place of a ledger's records. Its key begins with the ledger's origin, which names both.
    pub(crate) fn new(
        ledger: String,
        account: Option<&str>,
        to: Option<&Destination>,
    ) -> Result<Self, Fault> {
        let account = self::account(account)?;
        // `quillon/ORGANISATION/REGION/MARK`.
        let origin = ledger.split('+').next().unwrap_or_default();
        let part = |place| origin.split('/').nth(place).unwrap_or("unknown").to_owned();
        let (organisation, region) = (part(1), part(2));
        let (bucket, prefix) =
            to.map_or_else(Default::default, |to| (to.container.clone(), to.prefix.clone()));
        Ok(Self { ledger, organisation, region, account, bucket, prefix })
    }

    /// `organisation/region`.
    pub(crate) fn ledger_name(&self) -> String {
        format!("{}/{}", self.organisation, self.region)
    }

    /// The key of an object in its bucket.
    pub(crate) fn key(&self, name: &ObjectName) -> String {
        if self.prefix.is_empty() { name.to_string() } else { format!("{}/{name}", self.prefix) }
    }
}

/// The account number that the shapes of AWS carry.
pub(crate) fn account(given: Option<&str>) -> Result<String, Fault> {
    let account = given.unwrap_or(NO_ACCOUNT);
    if account.len() != NO_ACCOUNT.len() || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::new(FaultCode::InputInvalid, format!("`{account}` is not an account number"))
            .hint("give 12 digits"));
    }
    Ok(account.to_owned())
}

/// Whether a sink of this shape takes this format.
pub(crate) fn check(format: ExportFormat, shape: Shape, address: &str) -> Result<(), Fault> {
    let fits = match shape {
        Shape::Objects => format != ExportFormat::Cloudwatch,
        Shape::Events => format == ExportFormat::Cloudwatch,
        Shape::Requests => format == ExportFormat::Otlp,
    };
    if fits {
        return Ok(());
    }
    let takes = match shape {
        Shape::Objects => "`jsonl`, `cloudtrail`, `ocsf`, `cef`, `otlp` and `prompt_log`",
        Shape::Events => "`cloudwatch`",
        Shape::Requests => "`otlp`",
    };
    let format = name(format);
    Err(Fault::new(FaultCode::SinkUnknown, format!("`{address}` does not take the format `{format}`"))
        .hint(format!("it takes {takes}")))
}

/// The name of a format.
pub(crate) const fn name(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Jsonl => "jsonl",
        ExportFormat::Cloudtrail => "cloudtrail",
        ExportFormat::Cloudwatch => "cloudwatch",
        ExportFormat::Ocsf => "ocsf",
        ExportFormat::Cef => "cef",
        ExportFormat::Otlp => "otlp",
        ExportFormat::PromptLog => "prompt_log",
    }
}

/// The text of a page, for a reader at the end of a pipe, with its media type.
pub(crate) fn page(
    format: ExportFormat,
    facts: &[Fact],
    place: &Place,
    now_millis: i64,
) -> (&'static str, String) {
    let lines = |line: &dyn Fn(&Fact) -> String| facts.iter().map(|fact| line(fact) + "\n").collect();
    match format {
        ExportFormat::Jsonl => ("application/jsonl", lines(&jsonl::line)),
        ExportFormat::Cloudtrail => ("application/json", format!("{}\n", records(facts, place))),
        ExportFormat::Cloudwatch => {
            let batches = cloudwatch::batches(events(facts), now_millis).batches;
            ("application/jsonl", batches.iter().map(|batch| put(batch)).collect())
        }
        ExportFormat::Ocsf => ("application/jsonl", lines(&|fact| ocsf::event(fact, place).to_string())),
        ExportFormat::Cef => ("text/plain", lines(&cef::line)),
        ExportFormat::Otlp => ("application/json", format!("{}\n", otlp::request(facts, place))),
        // The ledger holds no prompts; `crate::prompts` exports them.
        ExportFormat::PromptLog => ("application/json", String::new()),
    }
}

/// The parcels of a page, for a sink of this shape. CloudTrail's files are made by [`crate::trail`].
pub(crate) fn parcels(
    format: ExportFormat,
    shape: Shape,
    facts: &[Fact],
    place: &Place,
    now_millis: i64,
) -> Result<Vec<Parcel>, Fault> {
    let Some(first) = facts.first() else { return Ok(Vec::new()) };
    Ok(match shape {
        Shape::Objects => {
            let (media_type, text) = page(format, facts, place, now_millis);
            let name = object_name(format, first, place)?;
            vec![Parcel::Object(Object {
                name,
                media_type,
                content: text.into_bytes(),
                metadata: Vec::new(),
            })]
        }
        Shape::Events => {
            cloudwatch::batches(events(facts), now_millis).batches.into_iter().map(Parcel::Events).collect()
        }
        Shape::Requests => {
            let body = |facts: &[Fact]| otlp::request(facts, place).to_string().into_bytes();
            facts
                .chunks(REQUEST_RECORDS_MAX)
                .map(|some| Parcel::Request("application/json", body(some)))
                .collect()
        }
    })
}

/// Named by its first record alone: when it is sent again, perhaps with more records behind them, it replaces itself.
fn object_name(format: ExportFormat, first: &Fact, place: &Place) -> Result<ObjectName, Fault> {
    let ending = match format {
        ExportFormat::Jsonl | ExportFormat::Ocsf => "jsonl",
        ExportFormat::Cef => "cef",
        ExportFormat::Cloudtrail
        | ExportFormat::Cloudwatch
        | ExportFormat::Otlp
        | ExportFormat::PromptLog => "json",
    };
    let (format, day, index) = (name(format), day_path(first.at), first.index);
    ObjectName::new(format!("quillon/{format}/{}/{day}/{index:020}.{ending}", place.ledger_name()))
}

/// The records as one file of CloudTrail.
pub(crate) fn records(facts: &[Fact], place: &Place) -> Value {
    json!({"Records": facts.iter().map(|fact| cloudtrail::event(fact, place)).collect::<Vec<_>>()})
}

fn events(facts: &[Fact]) -> Vec<LogEvent> {
    facts.iter().map(|fact| LogEvent { at_millis: fact.at.as_millis(), message: jsonl::line(fact) }).collect()
}

fn put(batch: &[LogEvent]) -> String {
    let events: Vec<_> =
        batch.iter().map(|event| json!({"timestamp": event.at_millis, "message": event.message})).collect();
    format!("{}\n", json!({"logEvents": events}))
}
