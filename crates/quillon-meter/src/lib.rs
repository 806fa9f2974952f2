//! Reserves usage before work starts and settles it afterwards.
//!
//! Invariant: at every reservation `reserved + used <= allowance`, for every principal, unit and month. Balances live
//! in memory; the ledger holds what was used, and [`Meter::credit_used`] rebuilds them from it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quillon_base::{Fault, FaultCode, PrincipalId, Timestamp};
use quillon_contract::MeterUnit;

/// A calendar month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// The month, from 1.
    pub month: u8,
}

impl Month {
    /// The month that an instant lies in.
    #[must_use]
    pub fn of(instant: Timestamp) -> Self {
        let text = instant.to_string();
        let mut parts = text.splitn(3, '-');
        let mut number = || parts.next().and_then(|part| part.parse::<i32>().ok()).unwrap_or_default();
        let (year, month) = (number(), number());
        Self { year, month: u8::try_from(month).unwrap_or(1) }
    }

    /// The month after.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.month == 12 {
            return Self { year: self.year + 1, month: 1 };
        }
        Self { year: self.year, month: self.month + 1 }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// What a balance is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MeterKey {
    /// Whose.
    pub principal: PrincipalId,
    /// Of what.
    pub unit: MeterUnit,
    /// When.
    pub month: Month,
}

/// How a balance stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Held by work under way.
    pub reserved: u64,
    /// Used.
    pub used: u64,
}

type Balances = Mutex<HashMap<MeterKey, Balance>>;

fn locked(balances: &Balances) -> MutexGuard<'_, HashMap<MeterKey, Balance>> {
    balances.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts.
#[derive(Debug, Default)]
pub struct Meter {
    balances: Arc<Balances>,
}

/// Usage that is held until it is settled. Dropping it gives it back.
#[derive(Debug)]
pub struct Reservation {
    balances: Arc<Balances>,
    key: MeterKey,
    amount: u64,
}

impl Meter {
    /// Holds `amount` of a unit for work that is about to start.
    ///
    /// # Errors
    /// `quota.exceeded` when what is reserved and used would pass the allowance.
    pub fn reserve(&self, key: MeterKey, amount: u64, allowance: Option<u64>) -> Result<Reservation, Fault> {
        let mut balances = locked(&self.balances);
        let balance = balances.entry(key.clone()).or_default();
        let after = balance.reserved.saturating_add(balance.used).saturating_add(amount);
        if let Some(allowance) = allowance.filter(|allowance| after > *allowance) {
            let (unit, used, next) = (key.unit.plural(), balance.used, key.month.next());
            return Err(Fault::new(
                FaultCode::QuotaExceeded,
                format!("this month's allowance of {allowance} {unit} is used up ({used} used)"),
            )
            .hint(format!("it starts again on {next}-01; an administrator can move you to a larger tier")));
        }
        balance.reserved += amount;
        Ok(Reservation { balances: Arc::clone(&self.balances), key, amount })
    }

    /// Ends a reservation with what was really used, which may be less or more.
    pub fn settle(&self, reservation: Reservation, used: u64) {
        self.credit_used(&reservation.key, used);
        drop(reservation);
    }

    /// Adds to what was used: at settlement, and when balances are rebuilt from the ledger.
    pub fn credit_used(&self, key: &MeterKey, amount: u64) {
        let mut balances = locked(&self.balances);
        let balance = balances.entry(key.clone()).or_default();
        balance.used = balance.used.saturating_add(amount);
    }

    /// How a balance stands.
    #[must_use]
    pub fn balance(&self, key: &MeterKey) -> Balance {
        locked(&self.balances).get(key).copied().unwrap_or_default()
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(balance) = locked(&self.balances).get_mut(&self.key) {
            balance.reserved = balance.reserved.saturating_sub(self.amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(month: u8) -> MeterKey {
        let principal = PrincipalId::new("ada").unwrap();
        MeterKey { principal, unit: MeterUnit::AgentRequest, month: Month { year: 2026, month } }
    }

    #[test]
    fn months_are_calendar_months() {
        assert_eq!(Month::of(Timestamp::from_seconds(1_795_497_025)), Month { year: 2026, month: 11 });
        assert_eq!(Month { year: 2026, month: 12 }.next().to_string(), "2027-01");
    }

    #[test]
    fn an_allowance_ends_and_a_new_month_begins_anew() {
        let meter = Meter::default();
        for _ in 0..2 {
            meter.settle(meter.reserve(key(11), 1, Some(2)).unwrap(), 1);
        }
        let fault = meter.reserve(key(11), 1, Some(2)).unwrap_err();
        assert_eq!(fault.code, FaultCode::QuotaExceeded);
        assert_eq!(fault.message, "this month's allowance of 2 agent requests is used up (2 used)");
        assert!(fault.hint.unwrap().contains("2026-12-01"));
        assert!(meter.reserve(key(12), 1, Some(2)).is_ok());
        assert!(meter.reserve(key(11), 1, None).is_ok());
    }

    proptest! {
        #[test]
        fn never_more_than_allowed(steps in prop::collection::vec((0u8..3, 1u64..5, 0u64..5), 0..60)) {
            const ALLOWANCE: u64 = 12;
            let meter = Meter::default();
            let mut open: Vec<(Reservation, u64)> = Vec::new();
            let mut used = 0;
            for (step, amount, actual) in steps {
                match step {
                    0 => {
                        if let Ok(reservation) = meter.reserve(key(11), amount, Some(ALLOWANCE)) {
                            open.push((reservation, amount));
                        }
                    }
                    1 => drop(open.pop()),
                    _ => if let Some((reservation, reserved)) = open.pop() {
                        let actual = actual.min(reserved);
                        used += actual;
                        meter.settle(reservation, actual);
                    },
                }
                let balance = meter.balance(&key(11));
                prop_assert!(balance.reserved + balance.used <= ALLOWANCE);
                prop_assert_eq!(balance.used, used);
                prop_assert_eq!(balance.reserved, open.iter().map(|(_, amount)| amount).sum::<u64>());
            }
        }
    }
}
