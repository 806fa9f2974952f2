//! Settings: showing them, and changing one. The table of settings is the contract's.

use quillon_contract::ask::SettingsReadAsk;
use quillon_contract::settings::{SETTINGS, SettingRow, Settings, setting};
use quillon_contract::{Fault, Item, Listing, QUERY_ITEMS_MAX};
use quillon_road::{Finished, Passage};

use crate::table;

/// Shows one setting, those that were chosen, or all.
pub(crate) async fn show(passage: &Passage, ask: SettingsReadAsk) -> Result<Finished, Fault> {
    let kept = read(passage).await?;
    if let Some(key) = &ask.key {
        let row = setting(key)?;
        passage.text(format!("{}\n", kept.get(row).0)).await?;
        return Ok(Finished::default());
    }
    let is_shown = |row: &&SettingRow| ask.all || kept.get(row).1;
    let rows: Vec<_> = SETTINGS.iter().filter(is_shown).map(|row| shown(row, &kept)).collect();
    if rows.is_empty() {
        passage
            .text("Nothing is set; every setting has its default. `quillon settings --all` lists them.\n")
            .await?;
        return Ok(Finished::default());
    }
    passage.say(table("Settings", &["setting", "value", "from", "what it does"], rows)).await?;
    Ok(Finished::default())
}

fn shown(row: &SettingRow, kept: &Settings) -> Vec<String> {
    let (value, is_chosen) = kept.get(row);
    let from = if is_chosen { "settings.json" } else { "default" };
    vec![row.key.into(), value, from.into(), row.summary.into()]
}

/// Chooses a value, or goes back to the default.
pub(crate) async fn write(passage: &Passage, key: &str, value: Option<&str>) -> Result<Finished, Fault> {
    let mut kept = read(passage).await?;
    kept.set(key, value)?;
    passage.write_settings(kept.print().as_bytes()).await?;
    let row = setting(key)?;
    let (now, _) = kept.get(row);
    passage.text(format!("`{key}` is `{now}` from the next start on.\n")).await?;
    Ok(Finished::default())
}

async fn read(passage: &Passage) -> Result<Settings, Fault> {
    match passage.read_settings().await? {
        Some(bytes) => Settings::parse(&bytes),
        None => Ok(Settings::default()),
    }
}

pub(crate) fn listing(prefix: &str) -> Listing {
    let fitting = SETTINGS.iter().filter(|row| row.key.starts_with(prefix));
    let items: Vec<Item> = fitting
        .take(QUERY_ITEMS_MAX)
        .map(|row| Item { id: row.key.into(), label: row.key.into(), detail: Some(row.summary.into()) })
        .collect();
    Listing { items, more: false }
}
