//! How long the audit log's records are kept, what holds them, and the removal of those that have had their time.

use quillon_contract::Fault;
use quillon_contract::ask::AuditAct;
use quillon_contract::event::Notice;
use quillon_road::{Finished, LedgerHold, Passage, PrunePlan};

use crate::table;

const SETTING: &str = "quillon.audit.keep_days";

pub(crate) async fn act(passage: &Passage, act: AuditAct) -> Result<Finished, Fault> {
    match act {
        AuditAct::Show => show(passage).await?,
        AuditAct::Hold { name, reason } => {
            passage.place_hold(&name, &reason).await?;
            passage
                .text(format!("Nothing of the audit log is removed while `{name}` is in force.\n"))
                .await?;
        }
        AuditAct::Release { name, reason } => {
            passage.release_hold(&name, &reason).await?;
            passage.text(format!("`{name}` is released.\n")).await?;
        }
        AuditAct::Prune => prune(passage).await?,
    }
    Ok(Finished::default())
}

/// The days that records are kept; `None` is for ever.
fn keep_days(passage: &Passage) -> Option<u32> {
    passage.settings().text(SETTING).parse().ok()
}

async fn show(passage: &Passage) -> Result<(), Fault> {
    let mut view = passage.read_ledger().await?;
    let first = view.first_index().await?;
    let (kept, removable) = match keep_days(passage) {
        None => ("Records are kept for ever.".to_owned(), None),
        Some(days) => {
            let plan = view.plan_prune(days, passage.now()).await?;
            (format!("Records are kept for {days} days at least."), Some(plan))
        }
    };
    let holds = match &removable {
        Some(plan) => plan.holds.clone(),
        None => view.holds().await?,
    };
    let can_go = match &removable {
        Some(plan) if plan.until > plan.from => {
            format!("Those from {} up to {} have had their time.", plan.from, plan.until)
        }
        _ => "None can be removed now.".to_owned(),
    };
    passage.text(format!("{kept} The first that is there is record {first}. {can_go}\n")).await?;
    if !holds.is_empty() {
        say_holds(passage, &holds).await?;
    }
    Ok(())
}

async fn prune(passage: &Passage) -> Result<(), Fault> {
    let Some(days) = keep_days(passage) else {
        let text = format!("nothing is removed: `{SETTING}` is `forever`");
        return passage.say(Notice::info(text)).await;
    };
    let PrunePlan { from, until, holds } = passage.prune_ledger(days).await?;
    if !holds.is_empty() {
        passage.say(Notice::warning("nothing is removed while a legal hold is in force")).await?;
        return say_holds(passage, &holds).await;
    }
    let text = if until > from {
        format!("Records from {from} up to {until} were removed; their hashes and signed checkpoints stay.\n")
    } else {
        format!("No stretch of the log is older than {days} days by what the log itself shows.\n")
    };
    passage.text(text).await
}

async fn say_holds(passage: &Passage, holds: &[LedgerHold]) -> Result<(), Fault> {
    let cells = |hold: &LedgerHold| {
        vec![hold.name.clone(), hold.since.to_string(), hold.by.clone(), hold.reason.clone()]
    };
    let columns = &["name", "since", "by", "reason"];
    passage.say(table("Legal holds in force", columns, holds.iter().map(cells).collect())).await
}
