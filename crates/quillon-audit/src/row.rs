//! A record as one row, for people and for searches. Who asked is carried over from an opening to what belongs to it.

use std::collections::HashMap;

use quillon_base::Timestamp;
use quillon_contract::event::Answerer;

use crate::leaf::{By, Closing, Entry, Leaf, Opening};
use crate::reader::Placed;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its place in the ledger, from 0.
    pub index: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Who asked; unknown when the opening lies before the rows that were read.
    pub principal: Option<String>,
    /// Through which surface.
    pub surface: Option<String>,
    /// What happened, in a few words.
    pub what: String,
    /// The policy action that was decided.
    pub action: Option<String>,
    /// What it was about.
    pub resource: Option<String>,
    /// Whether it was allowed, where something was decided.
    pub allowed: Option<bool>,
    /// The statement that decided.
    pub decided_by: Option<String>,
    /// How it ended, where it did.
    pub outcome: Option<String>,
}

/// Makes rows of records that come in order.
#[derive(Debug, Default)]
pub struct Rows {
    /// Who stands behind what is open.
    open: HashMap<String, By>,
}

impl Rows {
    /// The row of the next record.
    pub fn row(&mut self, placed: Placed) -> Row {
        let Some(leaf) = placed.leaf else {
            return Row {
                what: "a record of a later version".into(),
                ..blank(placed.index, Timestamp::default())
            };
        };
        let row = self.of_entry(&leaf, blank(placed.index, leaf.at));
        let (opened, closed) = leaf.entry.open_and_close();
        if let (Some(id), Some(by)) = (opened, self.asker(&leaf.entry)) {
            self.open.insert(id, by);
        }
        if let Some(id) = closed {
            self.open.remove(&id);
        }
        row
    }

    /// Who stands behind an entry.
    fn asker(&self, entry: &Entry) -> Option<By> {
        let known = |id: String| self.open.get(&id).cloned();
        match entry {
            Entry::SessionOpened { by, .. }
            | Entry::LeaseOpened { by, .. }
            | Entry::HoldPlaced { by, .. }
            | Entry::HoldReleased { by, .. }
            | Entry::Pruned { by, .. } => Some(by.clone()),
            Entry::Opened(opening) | Entry::Refused(opening) => Some(opening.by.clone()),
            Entry::Closed { ask, .. } | Entry::EffectClosed { ask, .. } => known(ask.to_string()),
            Entry::EffectOpened(effect) => known(effect.ask.to_string()),
            Entry::LeaseUsed { lease, .. } | Entry::LeaseClosed { lease } => known(lease.to_string()),
            Entry::Interrupted { id, .. } => known(id.clone()),
            Entry::SessionRefused { .. } | Entry::Recovered { .. } | Entry::Unavailable { .. } => None,
        }
    }

    fn of_entry(&self, leaf: &Leaf, row: Row) -> Row {
        let by = self.asker(&leaf.entry);
        let row = Row {
            principal: by.as_ref().map(|by| by.principal.to_string()),
            surface: by.as_ref().map(|by| by.surface.name().to_owned()),
            ..row
        };
        match &leaf.entry {
            Entry::SessionOpened { client, .. } => Row { what: format!("session opened by {client}"), ..row },
            Entry::SessionRefused { surface, client, fault } => Row {
                surface: Some(surface.name().to_owned()),
                what: format!("session refused to {client}"),
                outcome: Some(fault.to_string()),
                ..row
            },
            Entry::Opened(opening) => of_opening(opening, row),
            Entry::Refused(opening) => Row { outcome: Some("refused".into()), ..of_opening(opening, row) },
            Entry::Closed { closing, .. } => {
                Row { what: "ask ended".into(), outcome: Some(outcome(closing)), ..row }
            }
            Entry::EffectOpened(effect) => Row {
                what: format!("{}: {}", short(effect.does.action()), effect.arguments),
                action: Some(effect.does.action().to_owned()),
                resource: Some(effect.resource.clone()),
                allowed: Some(effect.decided.allowed),
                decided_by: Some(effect.decided.by.clone()),
                ..row
            },
            Entry::EffectClosed { closing, .. } => {
                let size = format!("{} items, {} bytes", closing.count, closing.bytes);
                let fault = closing.fault.map(|code| format!(" {code}")).unwrap_or_default();
                let result = closing.result.as_ref().map(|result| format!(", {result}")).unwrap_or_default();
                Row {
                    what: "effect ended".into(),
                    outcome: Some(format!("{}{fault}, {size}{result}", closing.outcome)),
                    ..row
                }
            }
            Entry::LeaseOpened { scope, until, .. } => {
                Row { what: format!("lease opened until {until}"), resource: Some(scope.clone()), ..row }
            }
            Entry::LeaseUsed { verb, answerer, .. } => {
                Row { what: verb.clone(), outcome: Some(answered_by(answerer)), ..row }
            }
            Entry::LeaseClosed { .. } => Row { what: "lease ended".into(), ..row },
            Entry::Interrupted { id, opened } => {
                Row { what: format!("{id}, opened at {opened}, was interrupted"), ..row }
            }
            Entry::Recovered { cut_bytes, .. } => Row {
                what: format!("recovered from a crash; {cut_bytes} unacknowledged bytes were cut"),
                ..row
            },
            Entry::Unavailable { since, fault, waiting } => Row {
                what: format!(
                    "the audit log could not be written from {since}; {waiting} records were refused"
                ),
                outcome: Some(fault.to_string()),
                ..row
            },
            Entry::HoldPlaced { hold, reason, .. } => {
                Row { what: format!("legal hold `{hold}` placed: {reason}"), ..row }
            }
            Entry::HoldReleased { hold, reason, .. } => {
                Row { what: format!("legal hold `{hold}` released: {reason}"), ..row }
            }
            Entry::Pruned { until, keep_days, .. } => {
                Row { what: format!("records before {until} were removed after {keep_days} days"), ..row }
            }
        }
    }
}

fn blank(index: u64, at: Timestamp) -> Row {
    Row {
        index,
        at,
        principal: None,
        surface: None,
        what: String::new(),
        action: None,
        resource: None,
        allowed: None,
        decided_by: None,
        outcome: None,
    }
}

fn of_opening(opening: &Opening, row: Row) -> Row {
    Row {
        what: opening.verb.clone(),
        action: Some(opening.action.clone()),
        resource: Some(opening.resource.clone()),
        allowed: Some(opening.decided.allowed),
        decided_by: Some(opening.decided.by.clone()),
        ..row
    }
}

/// An action without its service.
fn short(action: &str) -> &str {
    action.rsplit(':').next().unwrap_or(action)
}

fn outcome(closing: &Closing) -> String {
    let fault = closing.fault.map(|code| format!(" {code}")).unwrap_or_default();
    let answerer = closing.answerer.as_ref().map(|by| format!(", {}", answered_by(by))).unwrap_or_default();
    format!("{}{fault}{answerer}", closing.outcome)
}

fn answered_by(answerer: &Answerer) -> String {
    match answerer {
        Answerer::Embedded => "answered by the embedded engine".into(),
        Answerer::Script { name } => format!("answered by {name}"),
        Answerer::Model { model, provider, region } => {
            format!("answered by {model} of {provider} in {region}")
        }
    }
}
