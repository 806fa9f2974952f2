//! What was used before this process: read back from the ledger, which is where usage is written.

use std::collections::HashMap;
use std::ops::ControlFlow;

use quillon_audit::{Entry, LedgerReader, Placed};
use quillon_base::{Fault, PrincipalId};
use quillon_contract::{MANIFESTS, MeterUnit};
use quillon_meter::{MeterKey, Month};

use crate::gateway::Inner;
use crate::thread::off_thread;

impl Inner {
    /// Credits the meter with what other processes recorded this month; the first time only. The ledger is read as a
    /// whole, so this is done only where an allowance or a report needs it.
    pub(crate) async fn remember_usage(&self) -> Result<(), Fault> {
        let remember = || async {
            let (reader, own) = (self.log.reader(), self.log.writer().to_owned());
            let month = Month::of(self.clock.now());
            for (key, amount) in off_thread(move || recorded_usage(&reader, &own, month)).await? {
                self.meter.credit_used(&key, amount);
            }
            Ok(())
        };
        self.usage_remembered.get_or_try_init(remember).await.copied()
    }
}

/// What every writer but `own` recorded as used in `month`.
fn recorded_usage(reader: &LedgerReader, own: &str, month: Month) -> Result<HashMap<MeterKey, u64>, Fault> {
    let mut askers: HashMap<String, PrincipalId> = HashMap::new();
    let mut used = HashMap::new();
    reader.walk(0, |Placed { leaf, .. }| {
        let Some(leaf) = leaf.filter(|leaf| leaf.writer != own) else {
            return ControlFlow::Continue(());
        };
        let spent = match leaf.entry {
            Entry::Opened(opening) => {
                askers.insert(opening.ask.to_string(), opening.by.principal);
                None
            }
            Entry::LeaseOpened { lease, by, .. } => {
                askers.insert(lease.to_string(), by.principal);
                None
            }
            Entry::Closed { ask, closing } => {
                let unit = closing.spent.unit;
                askers.remove(&ask.to_string()).zip(unit).map(|(who, unit)| (who, unit, closing.spent.amount))
            }
            Entry::LeaseUsed { lease, verb, .. } => {
                askers.get(&lease.to_string()).cloned().zip(unit_of(&verb)).map(|(who, unit)| (who, unit, 1))
            }
            Entry::LeaseClosed { lease } => {
                askers.remove(&lease.to_string());
                None
            }
            _ => None,
        };
        if let Some((principal, unit, amount)) = spent
            && Month::of(leaf.at) == month
        {
            *used.entry(MeterKey { principal, unit, month }).or_default() += amount;
        }
        ControlFlow::Continue(())
    })?;
    Ok(used)
}

fn unit_of(verb: &str) -> Option<MeterUnit> {
    MANIFESTS.iter().find(|manifest| manifest.name == verb).map(|manifest| manifest.unit)
}
