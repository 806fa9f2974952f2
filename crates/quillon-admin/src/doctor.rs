//! Whether this installation works: each part is tried, and what is wrong comes with what to do.

use quillon_contract::settings::Settings;
use quillon_contract::{Fault, FaultCode};
use quillon_road::{Finished, Passage};

use crate::table;

/// One part that was tried.
struct Check {
    part: &'static str,
    found: Result<String, Fault>,
}

/// Tries every part. What is wrong makes the outcome `findings`.
pub(crate) async fn check(passage: &Passage) -> Result<Finished, Fault> {
    let checks = [
        Check { part: "settings", found: settings(passage).await },
        Check { part: "key", found: Ok(format!("root key `{}` opens", passage.root_key())) },
        Check { part: "ledger", found: ledger(passage).await },
        Check { part: "store", found: passage.check_store().await },
        Check { part: "model", found: Ok(model(passage)) },
        Check { part: "folder", found: Ok(folder(passage)) },
    ];
    let is_well = checks.iter().all(|check| check.found.is_ok());
    let rows = checks.iter().map(row).collect();
    passage.say(table("This installation", &["part", "state", "what was found", "what to do"], rows)).await?;
    let verdict = if is_well { "Everything works.\n" } else { "Something is wrong; see the table.\n" };
    passage.text(verdict).await?;
    Ok(Finished { findings: !is_well, conversation: None })
}

fn row(check: &Check) -> Vec<String> {
    match &check.found {
        Ok(found) => vec![check.part.into(), "works".into(), found.clone(), String::new()],
        Err(fault) => {
            let hint = fault.hint.clone().unwrap_or_default();
            vec![check.part.into(), "WRONG".into(), fault.to_string(), hint]
        }
    }
}

async fn settings(passage: &Passage) -> Result<String, Fault> {
    match passage.read_settings().await? {
        Some(bytes) => Settings::parse(&bytes).map(|_| "`settings.json` can be read".into()),
        None => Ok("no `settings.json`; the defaults hold".into()),
    }
}

/// Checks the whole ledger, so that an old flaw is found too.
async fn ledger(passage: &Passage) -> Result<String, Fault> {
    let report = passage.read_ledger().await?.verify(None, &[]).await?;
    match report.problems.first() {
        None => Ok(format!("{} records are what was written", report.size)),
        Some(problem) => {
            let message = format!("{}: {}", problem.place, problem.message);
            Err(Fault::new(FaultCode::LedgerCorrupt, message)
                .hint("look at `quillon audit verify`; keep the folder as it is, it is evidence"))
        }
    }
}

fn model(passage: &Passage) -> String {
    match passage.model_card() {
        Some(card) => format!("`{}` of {} in `{}` answers", card.id, card.provider, card.region),
        None => "none; the embedded engine answers".into(),
    }
}

fn folder(passage: &Passage) -> String {
    match passage.workspace_name() {
        Some(name) => format!("`{name}` can be read"),
        None => "no folder to work in".into(),
    }
}
