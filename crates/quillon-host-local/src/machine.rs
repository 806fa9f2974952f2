//! This machine's clock, its random bytes, and the environment of the person at it.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the clock and the environment that everything else is handed as an argument"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use quillon_base::{Clock, Entropy, Timestamp};

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let micros = |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp(micros(since)),
            // A clock that stands before 1970 is wrong, and is recorded as it is.
            Err(before) => Timestamp(-micros(before.duration())),
        }
    }
}

/// Random bytes of the cryptography library, which draws its seed from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // Keys of zeros would be worse than no process at all.
        rand::fill(buffer).expect("the operating system gives random bytes");
    }
}

/// The variables of this process; one that is not UTF-8 cannot be handed on faithfully and is left out.
pub(crate) fn environment() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_of_this_century_and_bytes_differ() {
        assert!(SystemClock.now() > Timestamp::from_seconds(1_600_000_000));
        let (mut one, mut two) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut one);
        SystemEntropy.fill(&mut two);
        assert_ne!(one, two);
        assert_ne!(one, [0; 32]);
    }
}
