//! What a record is about, said once for every shape. An end names what it ends; what stood in the opening is carried
//! over, so that each entry of an export can be read alone.

use std::collections::BTreeMap;

use quillon_base::{AskId, Timestamp};
use quillon_contract::{EffectKind, MANIFESTS};
use quillon_road::ledger::{By, Decided, Effect, Entry, Leaf, Opening};
use serde::{Deserialize, Serialize};

/// The most openings that are carried over; the oldest is forgotten first.
pub(crate) const CARRIED_MAX: usize = 4_096;

/// What is known of something that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Carried {
    /// The place of its opening.
    index: u64,
    by: Option<By>,
    action: String,
    resource: Option<String>,
    what: String,
    reads_only: bool,
}

/// Whether a record is the beginning of something, its end, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Began,
    Ended,
    Whole,
}

impl Phase {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::Ended => "ended",
            Self::Whole => "whole",
        }
    }
}

/// How it went, as far as this record can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It has only begun.
    UnderWay,
    Success,
    Failure,
}

/// What a record is about.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// Its place in the ledger.
    pub(crate) index: u64,
    /// Its bytes, as they stand in the ledger: one line of JSON.
    pub(crate) raw: String,
    /// What it says; `None` when this build does not know its version.
    pub(crate) leaf: Option<Leaf>,
    pub(crate) at: Timestamp,
    pub(crate) by: Option<By>,
    /// The policy action: `q:SendMessage`.
    pub(crate) action: String,
    pub(crate) resource: Option<String>,
    /// The verb or the arguments, for people.
    pub(crate) what: String,
    /// What it belongs to: the id of the ask, effect, lease or session.
    pub(crate) id: String,
    pub(crate) ask: Option<AskId>,
    pub(crate) decided: Option<Decided>,
    pub(crate) phase: Phase,
    pub(crate) status: Status,
    /// The fault's code, or another word for what went wrong.
    pub(crate) error: Option<String>,
    pub(crate) reads_only: bool,
}

impl Fact {
    /// The service and the operation of the action.
    pub(crate) fn operation(&self) -> (&str, &str) {
        self.action.split_once(':').unwrap_or(("quillon", &self.action))
    }

    /// One line for people.
    pub(crate) fn sentence(&self) -> String {
        let who = self.by.as_ref().map_or("someone", |by| by.principal.as_str());
        let how = match (self.phase, self.status) {
            (Phase::Began, Status::UnderWay) => "began",
            (_, Status::Failure) => "failed",
            _ => "done",
        };
        let error = self.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
        format!("{who}: {} {how}{error}: {}", self.action, self.what)
    }
}

/// Makes facts of records that come in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Story {
    open: BTreeMap<String, Carried>,
}

impl Story {
    /// The fact of the next record.
    pub(crate) fn next(&mut self, index: u64, bytes: &[u8]) -> Fact {
        let raw = String::from_utf8_lossy(bytes).into_owned();
        let leaf = Leaf::decode(bytes);
        let Some(entry) = leaf.as_ref().map(|leaf| leaf.entry.clone()) else {
            return unknown(index, raw);
        };
        let at = leaf.as_ref().map_or_else(Timestamp::default, |leaf| leaf.at);
        let fact = Fact { leaf, at, ..blank(index, raw) };
        let fact = self.tell(entry, fact);
        self.remember(&fact);
        fact
    }

    fn remember(&mut self, fact: &Fact) {
        match fact.phase {
            Phase::Began => {
                let carried = Carried {
                    index: fact.index,
                    by: fact.by.clone(),
                    action: fact.action.clone(),
                    resource: fact.resource.clone(),
                    what: fact.what.clone(),
                    reads_only: fact.reads_only,
                };
                self.open.insert(fact.id.clone(), carried);
                if self.open.len() > CARRIED_MAX {
                    let oldest = self.open.iter().min_by_key(|(_, carried)| carried.index);
                    if let Some(id) = oldest.map(|(id, _)| id.clone()) {
                        self.open.remove(&id);
                    }
                }
            }
            Phase::Ended => drop(self.open.remove(&fact.id)),
            Phase::Whole => {}
        }
    }

    /// Forgets the older half of what is carried over; says whether there was any.
    pub(crate) fn forget_older(&mut self) -> bool {
        let mut places: Vec<u64> = self.open.values().map(|carried| carried.index).collect();
        places.sort_unstable();
        let Some(middle) = places.len().checked_sub(1).map(|last| places[last / 2]) else { return false };
        self.open.retain(|_, carried| carried.index > middle);
        true
    }

    fn tell(&self, entry: Entry, fact: Fact) -> Fact {
        match entry {
            Entry::SessionOpened { by, client, .. } => Fact {
                action: "quillon:OpenSession".into(),
                what: format!("a session through {client}"),
                id: by.session.to_string(),
                by: Some(by),
                status: Status::Success,
                ..fact
            },
            Entry::SessionRefused { surface, client, fault } => Fact {
                action: "quillon:OpenSession".into(),
                what: format!("a session through {client} on {}", surface.name()),
                status: Status::Failure,
                error: Some(fault.to_string()),
                ..fact
            },
            Entry::Opened(opening) => {
                Fact { phase: Phase::Began, status: Status::UnderWay, ..of_opening(opening, fact) }
            }
            Entry::Refused(opening) => {
                let error = Some("AccessDenied".into());
                Fact { status: Status::Failure, error, ..of_opening(opening, fact) }
            }
            Entry::Closed { ask, closing } => {
                let fact = self.of_end(ask.to_string(), "quillon:EndAsk", fact);
                let error = closing.fault.map(|code| code.to_string());
                Fact { ask: Some(ask), status: status_of(&closing.outcome), error, ..fact }
            }
            Entry::EffectOpened(effect) => self.of_effect(effect, fact),
            Entry::EffectClosed { effect, ask, closing } => {
                let fact = self.of_end(effect.to_string(), "quillon:EndEffect", fact);
                let error = closing.fault.map(|code| code.to_string());
                Fact { ask: Some(ask), status: status_of(&closing.outcome), error, ..fact }
            }
            Entry::LeaseOpened { lease, by, scope, until, .. } => Fact {
                action: "quillon:OpenLease".into(),
                resource: Some(scope),
                what: format!("a lease until {until}"),
                id: lease.to_string(),
                by: Some(by),
                phase: Phase::Began,
                status: Status::Success,
                ..fact
            },
            Entry::LeaseUsed { lease, verb, .. } => {
                let fact = self.of_end(lease.to_string(), "quillon:OpenLease", fact);
                let (action, reads_only) = of_verb(&verb);
                Fact { action, what: verb, phase: Phase::Whole, reads_only, ..fact }
            }
            Entry::LeaseClosed { lease } => self.of_end(lease.to_string(), "quillon:OpenLease", fact),
            Entry::Interrupted { id, opened } => {
                let fact = self.of_end(id, "quillon:Interrupt", fact);
                let error = Some("interrupted".to_owned());
                let what = format!("{}, opened at {opened}", fact.what);
                Fact { status: Status::Failure, error, what, ..fact }
            }
            Entry::Recovered { cut_bytes, .. } => Fact {
                action: "quillon:RecoverLedger".into(),
                what: format!("{cut_bytes} unacknowledged bytes were cut after a crash"),
                ..fact
            },
            Entry::Unavailable { since, fault, waiting } => Fact {
                action: "quillon:RecoverLedger".into(),
                what: format!("nothing could be recorded from {since}; {waiting} records were refused"),
                status: Status::Failure,
                error: Some(fault.to_string()),
                ..fact
            },
            Entry::HoldPlaced { hold, by, reason } => {
                let what = format!("legal hold {hold}: {reason}");
                Fact { action: "quillon:PlaceHold".into(), what, by: Some(by), ..fact }
            }
            Entry::HoldReleased { hold, by, reason } => {
                let what = format!("legal hold {hold}: {reason}");
                Fact { action: "quillon:ReleaseHold".into(), what, by: Some(by), ..fact }
            }
            Entry::Pruned { until, keep_days, by, .. } => {
                let what = format!("records before {until}, after {keep_days} days");
                Fact { action: "quillon:PruneLedger".into(), what, by: Some(by), ..fact }
            }
        }
    }

    fn of_effect(&self, effect: Effect, fact: Fact) -> Fact {
        let carried = self.open.get(&effect.ask.to_string());
        let allowed = effect.decided.allowed;
        Fact {
            by: carried.and_then(|carried| carried.by.clone()),
            action: effect.does.action().to_owned(),
            resource: Some(effect.resource),
            what: effect.arguments,
            id: effect.effect.to_string(),
            ask: Some(effect.ask),
            decided: Some(effect.decided),
            phase: if allowed { Phase::Began } else { Phase::Whole },
            status: if allowed { Status::UnderWay } else { Status::Failure },
            error: (!allowed).then(|| "AccessDenied".to_owned()),
            reads_only: reads(effect.does),
            ..fact
        }
    }

    /// The end of what has this id, with what its opening said.
    fn of_end(&self, id: String, otherwise: &str, fact: Fact) -> Fact {
        let fact = Fact { phase: Phase::Ended, ..fact };
        match self.open.get(&id).cloned() {
            Some(Carried { by, action, resource, what, reads_only, .. }) => {
                Fact { by, action, resource, what, reads_only, id, ..fact }
            }
            None => Fact { action: otherwise.to_owned(), what: id.clone(), id, ..fact },
        }
    }
}

fn of_opening(opening: Opening, fact: Fact) -> Fact {
    Fact {
        reads_only: of_verb(&opening.verb).1,
        by: Some(opening.by),
        action: opening.action,
        resource: Some(opening.resource),
        what: opening.verb,
        id: opening.ask.to_string(),
        ask: Some(opening.ask),
        decided: Some(opening.decided),
        ..fact
    }
}

/// The action of a verb, and whether it only reads.
fn of_verb(verb: &str) -> (String, bool) {
    MANIFESTS.iter().find(|manifest| manifest.name == verb).map_or_else(
        || ("quillon:Ask".to_owned(), false),
        |manifest| (manifest.action.to_owned(), manifest.effects.iter().all(|effect| reads(*effect))),
    )
}

const fn reads(effect: EffectKind) -> bool {
    matches!(
        effect,
        EffectKind::InvokeModel
            | EffectKind::ReadLedger
            | EffectKind::ReadSettings
            | EffectKind::ReadStore
            | EffectKind::ReadWorkspace
    )
}

fn status_of(outcome: &str) -> Status {
    if matches!(outcome, "done" | "findings") { Status::Success } else { Status::Failure }
}

fn blank(index: u64, raw: String) -> Fact {
    Fact {
        index,
        raw,
        leaf: None,
        at: Timestamp::default(),
        by: None,
        action: String::new(),
        resource: None,
        what: String::new(),
        id: index.to_string(),
        ask: None,
        decided: None,
        phase: Phase::Whole,
        status: Status::Success,
        error: None,
        reads_only: false,
    }
}

/// A record of a later version: it is exported as it is, and nothing is made up about it but its time.
fn unknown(index: u64, raw: String) -> Fact {
    let value: serde_json::Value = serde_json::from_str(&raw).unwrap_or_default();
    let at = Timestamp(value["at"].as_i64().unwrap_or_default());
    Fact {
        at,
        action: "quillon:Record".into(),
        what: "a record of a later version".into(),
        ..blank(index, raw)
    }
}
