//! The ledger: its last records, those that are looked for, and whether it is what was written.

use std::time::Duration;

use quillon_contract::ask::{AuditProveAsk, AuditSearchAsk, AuditTailAsk, AuditVerifyAsk, LedgerSource};
use quillon_contract::event::{Artifact, Notice};
use quillon_contract::{Event, Fault, FaultCode};
use quillon_road::{Finished, LedgerRow, LedgerSummary, LedgerView, Passage};

use crate::table;

/// The most records that one listing shows.
const ROWS_MAX: u32 = 10_000;
/// How often a listing that goes on looks for new records.
const FOLLOW_PAUSE: Duration = Duration::from_millis(300);

const COLUMNS: &[&str] = &["place", "time", "who", "through", "what", "on", "decision", "outcome"];

/// Shows the last records, and goes on with new ones if that was asked.
pub(crate) async fn tail(passage: &Passage, ask: AuditTailAsk) -> Result<Finished, Fault> {
    let count = checked(ask.count)?;
    let mut view = passage.read_ledger().await?;
    let rows = view.tail(count).await?;
    let mut next = rows.last().map_or(0, |row| row.index + 1);
    passage.say(listing("The last records", &rows)).await?;
    while ask.follow && !passage.is_cancelled() {
        tokio::time::sleep(FOLLOW_PAUSE).await;
        let rows = view.after(next, ROWS_MAX as usize).await?;
        if let Some(last) = rows.last() {
            next = last.index + 1;
            passage.say(listing("", &rows)).await?;
        }
    }
    Ok(Finished::default())
}

/// Shows the records that fit.
pub(crate) async fn search(passage: &Passage, ask: AuditSearchAsk) -> Result<Finished, Fault> {
    let count = checked(ask.count)?;
    let mut view = passage.read_ledger().await?;
    let wanted = ask.clone();
    let rows =
        view.search(count, move |summary| may_fit(&wanted, summary), move |row| fits(&ask, row)).await?;
    passage.say(listing("Records that fit", &rows)).await?;
    Ok(Finished::default())
}

fn checked(count: u32) -> Result<usize, Fault> {
    if count == 0 || count > ROWS_MAX {
        return Err(Fault::new(
            FaultCode::InputInvalid,
            format!("`{count}` records cannot be listed at once"),
        )
        .hint(format!("ask for 1 to {ROWS_MAX}")));
    }
    Ok(count as usize)
}

fn fits(ask: &AuditSearchAsk, row: &LedgerRow) -> bool {
    let by = ask.principal.as_deref().is_none_or(|principal| row.principal.as_deref() == Some(principal));
    let of = ask.action.as_deref().is_none_or(|pattern| {
        row.action.as_deref().is_some_and(|action| quillon_policy::matches(pattern, action))
    });
    let decided = ask.allowed.is_none_or(|allowed| row.allowed == Some(allowed));
    let in_time =
        ask.after.is_none_or(|after| row.at >= after) && ask.before.is_none_or(|before| row.at < before);
    by && of && decided && in_time
}

/// Whether rows that fit may be among those of a summary.
fn may_fit(ask: &AuditSearchAsk, rows: &LedgerSummary) -> bool {
    let by = ask.principal.as_deref().is_none_or(|who| rows.may_be_by(who));
    let is_decided = |pattern: &str| {
        let actions = rows.actions.as_ref();
        actions.is_none_or(|names| names.iter().any(|action| quillon_policy::matches(pattern, action)))
    };
    let of = ask.action.as_deref().is_none_or(is_decided);
    let decided = ask.allowed.is_none_or(|allowed| if allowed { rows.allowed } else { rows.refused });
    let in_time = ask.after.is_none_or(|after| rows.at_max >= after)
        && ask.before.is_none_or(|before| rows.at_min < before);
    by && of && decided && in_time
}

fn listing(title: &str, rows: &[LedgerRow]) -> Event {
    table(title, COLUMNS, rows.iter().map(cells).collect())
}

fn cells(row: &LedgerRow) -> Vec<String> {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let decision = match row.allowed {
        Some(true) => format!("allowed by {}", text(&row.decided_by)),
        Some(false) => format!("refused by {}", text(&row.decided_by)),
        None => String::new(),
    };
    vec![
        row.index.to_string(),
        row.at.to_string(),
        text(&row.principal),
        text(&row.surface),
        row.what.clone(),
        text(&row.resource),
        decision,
        text(&row.outcome),
    ]
}

/// Checks a ledger. What is wrong with it makes the outcome `findings`.
pub(crate) async fn verify(passage: &Passage, ask: AuditVerifyAsk) -> Result<Finished, Fault> {
    let mut view = match &ask.source {
        LedgerSource::Own => passage.read_ledger().await?,
        LedgerSource::Folder { folder, key } => passage.read_ledger_copy(folder, key.as_deref()).await?,
    };
    let is_extended = ask.checkpoint.is_some();
    let key_is_trusted = !matches!(ask.source, LedgerSource::Folder { key: None, .. });
    let report = view.verify(ask.checkpoint, &ask.witnesses).await?;
    let problems: Vec<_> =
        report.problems.iter().map(|problem| vec![problem.place.clone(), problem.message.clone()]).collect();
    let is_whole = problems.is_empty();
    let verdict =
        if is_whole { "The ledger is what was written" } else { "The ledger is NOT what was written" };
    let (size, checkpoints) = (report.size, report.checkpoints);
    passage.text(format!("{verdict}: {size} records and {checkpoints} checkpoints were checked.\n")).await?;
    if !is_whole {
        passage.say(table("What is wrong", &["place", "what"], problems)).await?;
    }
    for remark in &report.remarks {
        passage.say(Notice::info(format!("{}: {}", remark.place, remark.message))).await?;
    }
    say_what_is_not_proved(passage, is_extended, key_is_trusted).await?;
    keep_elsewhere(passage, &view, report.checkpoint).await?;
    Ok(Finished { findings: !is_whole, conversation: None })
}

/// Proves one record. The receipt stands alone: whoever has the ledger's public key can check it without the ledger.
pub(crate) async fn prove(passage: &Passage, ask: AuditProveAsk) -> Result<Finished, Fault> {
    let mut view = passage.read_ledger().await?;
    let text = view.receipt(ask.index).await?;
    let name = format!("{}.tlog-proof", ask.index);
    passage.say(Event::Artifact(Artifact { name, media_type: "text/plain".into(), text })).await?;
    let text = format!("{}\n", view.key());
    let media_type = "text/plain".to_owned();
    passage.say(Event::Artifact(Artifact { name: "key.pub".into(), media_type, text })).await?;
    Ok(Finished::default())
}

/// The limits of the check are part of its result.
async fn say_what_is_not_proved(
    passage: &Passage,
    is_extended: bool,
    key_is_trusted: bool,
) -> Result<(), Fault> {
    if !key_is_trusted {
        let text = "the public key was taken from the same folder: someone who rewrote everything, the key included, \
                    is not found; give the key that you kept";
        passage.say(Notice::warning(text)).await?;
    }
    if !is_extended {
        let text = "without an older checkpoint, truncation and a rewrite by the holder of the signing key are not \
                    found; keep this checkpoint elsewhere and give it with `--checkpoint` next time";
        passage.say(Notice::info(text)).await?;
    }
    Ok(())
}

async fn keep_elsewhere(
    passage: &Passage,
    view: &LedgerView,
    checkpoint: Option<String>,
) -> Result<(), Fault> {
    let Some(text) = checkpoint else {
        return Ok(());
    };
    let media_type = "text/plain".to_owned();
    passage
        .say(Event::Artifact(Artifact { name: "checkpoint".into(), media_type: media_type.clone(), text }))
        .await?;
    let text = format!("{}\n", view.key());
    passage.say(Event::Artifact(Artifact { name: "key.pub".into(), media_type, text })).await
}
