//! What an ask left: its events, its end, and its records.

use quillon_audit::Entry;
use quillon_contract::event::{End, Outcome, Reference};
use quillon_contract::{Event, Fault};

/// What one ask left.
#[derive(Clone, Debug)]
pub struct Trail {
    /// What the asker heard, without the end.
    pub events: Vec<Event>,
    /// The end.
    pub end: End,
    /// What the ledger got while the ask was under way.
    pub entries: Vec<Entry>,
}

impl Trail {
    /// The text of the answer.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            Event::Text { text } => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The references of the answer.
    #[must_use]
    pub fn references(&self) -> Vec<&Reference> {
        let references = self.events.iter().filter_map(|event| match event {
            Event::Reference(reference) => Some(reference),
            _ => None,
        });
        references.collect()
    }

    /// The places that the answer refers to, as `path:first-last`.
    #[must_use]
    pub fn places(&self) -> Vec<String> {
        let places = self.references().into_iter().filter_map(|reference| match reference {
            Reference::Passage { place, .. } => {
                Some(format!("{}:{}-{}", place.path, place.lines.first, place.lines.last))
            }
            _ => None,
        });
        places.collect()
    }

    /// The rows of every table, a line each, with ` | ` between cells.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        let tables = self.events.iter().filter_map(|event| match event {
            Event::Table(table) => Some(table),
            _ => None,
        });
        tables.flat_map(|table| &table.rows).map(|row| row.join(" | ")).collect()
    }

    /// The fault that ended it, if one did.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match &self.end.outcome {
            Outcome::Refused { fault } | Outcome::Failed { fault } => Some(fault),
            Outcome::Done | Outcome::Findings | Outcome::Cancelled => None,
        }
    }

    /// Its records in a few words each, in the order in which they became durable.
    #[must_use]
    pub fn shape(&self) -> Vec<String> {
        self.entries.iter().map(shape).collect()
    }
}

/// A record in a few words.
fn shape(entry: &Entry) -> String {
    match entry {
        Entry::SessionOpened { .. } => "session opened".into(),
        Entry::SessionRefused { fault, .. } => format!("session refused {fault}"),
        Entry::Opened(opening) => format!("opened {}", opening.verb),
        Entry::Refused(opening) => format!("refused {}", opening.verb),
        Entry::Closed { closing, .. } => format!("closed {}", closing.outcome),
        Entry::EffectOpened(effect) if effect.decided.allowed => format!("effect {}", effect.does.action()),
        Entry::EffectOpened(effect) => format!("effect refused {}", effect.does.action()),
        Entry::EffectClosed { closing, .. } => format!("effect closed {}", closing.outcome),
        Entry::LeaseOpened { .. } => "lease opened".into(),
        Entry::LeaseUsed { verb, .. } => format!("lease used {verb}"),
        Entry::LeaseClosed { .. } => "lease closed".into(),
        Entry::Interrupted { .. } => "interrupted".into(),
        Entry::Unavailable { .. } => "unavailable".into(),
        Entry::HoldPlaced { hold, .. } => format!("hold placed {hold}"),
        Entry::HoldReleased { hold, .. } => format!("hold released {hold}"),
        Entry::Pruned { until, .. } => format!("pruned until {until}"),
        Entry::Recovered { .. } => "recovered".into(),
    }
}
