//! Time and randomness that give the same every time: the fakes of [`Clock`] and [`Entropy`], for tests.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::{Clock, Entropy, Timestamp};

/// 2027-01-15T08:00:00Z, in microseconds.
const START_MICROS: i64 = 1_800_000_000_000_000;
/// How far the clock moves at each look, in microseconds.
const STEP_MICROS: i64 = 1_000;

/// A clock that moves a millisecond at each look, or as told.
#[derive(Debug, Default)]
pub struct StepClock(AtomicI64);

impl StepClock {
    /// Moves the clock, also backwards.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis.saturating_mul(1_000), Ordering::Relaxed);
    }
}

impl Clock for StepClock {
    fn now(&self) -> Timestamp {
        Timestamp(START_MICROS + self.0.fetch_add(STEP_MICROS, Ordering::Relaxed))
    }
}

/// Bytes from a seed (SplitMix64, Steele and others 2014). Nothing real may be sealed with them.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// Starts at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.next().to_le_bytes()[0];
        }
    }
}
