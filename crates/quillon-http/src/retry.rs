//! When to ask again, and after how long. Pure: time and randomness are arguments.
//!
//! Only what brought nothing of an answer is asked for again, and answers that say themselves that another try may do:
//! an effect is not made twice by something that has already begun to answer.

use std::time::Duration;

use quillon_base::{Clock, Entropy, FaultCode};

use crate::Response;
use crate::client::Failed;

/// How often and how patiently to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// The most tries after the first.
    pub again_max: u32,
    /// The wait before the first of them; it doubles with each.
    pub first_wait: Duration,
    /// The longest wait. A server that asks for more is not asked again.
    pub wait_max: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { again_max: 3, first_wait: Duration::from_millis(500), wait_max: Duration::from_secs(30) }
    }
}

impl Retries {
    /// Never again.
    pub const NONE: Self = Self { again_max: 0, first_wait: Duration::ZERO, wait_max: Duration::ZERO };

    /// How long to wait before the try after `tries`; `None` when the answer stands.
    pub(crate) fn wait(
        &self,
        tries: u32,
        answer: &Result<Response, Failed>,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Option<Duration> {
        let asked_for = match answer {
            Ok(response) if is_passing(response.status()) => retry_after(response, clock),
            Err(failed) if !failed.was_taken && is_before_any_answer(failed.fault.code) => None,
            _ => return None,
        };
        self.delay(tries, asked_for, entropy)
    }

    fn delay(&self, tries: u32, asked_for: Option<Duration>, entropy: &dyn Entropy) -> Option<Duration> {
        if tries >= self.again_max || asked_for.is_some_and(|wait| wait > self.wait_max) {
            return None;
        }
        let doubled = self.first_wait.saturating_mul(1 << tries.min(16)).min(self.wait_max);
        let mut bytes = [0; 2];
        entropy.fill(&mut bytes);
        // Between a half and the whole, so that many clients do not come back at once.
        let share = 0.5 + f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX) / 2.0;
        let jittered = doubled.mul_f64(share);
        Some(asked_for.map_or(jittered, |wait| wait.max(jittered)))
    }
}

/// Statuses by which a server says that another try may do.
const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504 | 529)
}

const fn is_before_any_answer(code: FaultCode) -> bool {
    matches!(
        code,
        FaultCode::NetworkBroken
            | FaultCode::NetworkNameUnknown
            | FaultCode::NetworkUnreachable
            | FaultCode::NetworkTimedOut
    )
}

/// How long the server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date.
#[must_use]
pub fn retry_after(response: &Response, clock: &dyn Clock) -> Option<Duration> {
    if let Some(milliseconds) = response.header("retry-after-ms").and_then(|text| text.trim().parse().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    parse_retry_after(response.header("retry-after")?, clock)
}

fn parse_retry_after(text: &str, clock: &dyn Clock) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait_ms = at.as_millisecond().saturating_sub(clock.now().as_millis()).max(0);
    Some(Duration::from_millis(wait_ms.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use quillon_base::Timestamp;

    use super::*;

    struct At(i64);
    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(self.0)
        }
    }
    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn waits_double_with_jitter_and_end() {
        let retries = Retries::default();
        let wait = |tries, byte| retries.delay(tries, None, &Bytes(byte)).map(|wait| wait.as_millis());
        assert_eq!(
            [wait(0, 0), wait(1, 0), wait(2, 0), wait(3, 0)],
            [Some(250), Some(500), Some(1000), None]
        );
        assert_eq!([wait(0, 255), wait(2, 255)], [Some(500), Some(2000)]);
        assert_eq!(Retries::NONE.delay(0, None, &Bytes(0)), None);
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept_or_too_long() {
        let retries = Retries::default();
        let seconds = Duration::from_secs;
        assert_eq!(retries.delay(0, Some(seconds(7)), &Bytes(0)), Some(seconds(7)));
        assert_eq!(retries.delay(0, Some(seconds(0)), &Bytes(0)), Some(Duration::from_millis(250)));
        assert_eq!(retries.delay(0, Some(seconds(31)), &Bytes(0)), None);
    }

    #[test]
    fn a_wait_is_read_in_seconds_or_as_a_date() {
        let check = |text: &str, expected: Option<u64>| {
            let found = parse_retry_after(text, &At(1_445_412_470)).map(|wait| wait.as_secs());
            assert_eq!(found, expected, "{text}");
        };
        check("12", Some(12));
        check("Wed, 21 Oct 2015 07:28:00 GMT", Some(10));
        check("Wed, 21 Oct 2015 07:27:00 GMT", Some(0));
        check("soon", None);
        check("-1", None);
    }
}
