//! Values that conditions compare: instants, numbers, addresses and bytes. Reading never allocates, because it happens
//! for every decision.

use std::net::IpAddr;

/// Seconds since the epoch of a date in the W3C's profile of ISO 8601 (`2026-11`, `2026-11-24`,
/// `2026-11-24T05:10Z`, `2026-11-24T05:10:25.5+02:00`) or of a plain number of seconds.
pub(crate) fn instant(text: &str) -> Option<f64> {
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let seconds = time.map_or(Some(0.0), time_of_day)?;
    Some(days_from_epoch(year, month, day) as f64 * 86_400.0 + seconds)
}

/// Seconds since midnight in UTC; a time needs its zone.
fn time_of_day(text: &str) -> Option<f64> {
    let zone_at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at(zone_at);
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0.0), second)?;
    if parts.next().is_some() || hour > 23 || minute > 59 {
        return None;
    }
    let offset_minutes = match zone {
        "Z" => 0,
        _ => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            if zone.starts_with('+') { minutes } else { -minutes }
        }
    };
    Some(((hour * 60 + minute - offset_minutes) * 60) as f64 + second)
}

fn second(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let in_range = digits(whole, 2)? < 60;
    let plain = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (in_range && plain).then(|| text.parse().ok())?
}

/// A number of exactly this many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from civil by Howard Hinnant (<https://howardhinnant.github.io/date_algorithms.html>).
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A decimal number; neither infinity nor anything that is not a number.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    let value: f64 = if plain { text.parse().ok()? } else { return None };
    value.is_finite().then_some(value)
}

/// A truth value, in any case.
pub(crate) fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether this is base64 with its padding, of which each text stands for bytes of its own.
pub(crate) fn is_base64(text: &str) -> bool {
    let bytes = text.as_bytes();
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let last = body.bytes().last().and_then(six_bits).unwrap_or(0);
    // The bits that the padding leaves over are zero, else two texts would stand for the same bytes.
    let left_over_is_zero = match padding {
        0 => true,
        1 => last & 0b11 == 0,
        _ => last & 0b1111 == 0,
    };
    bytes.len().is_multiple_of(4)
        && padding <= 2
        && body.bytes().all(|byte| six_bits(byte).is_some())
        && left_over_is_zero
}

fn six_bits(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// A range of addresses, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    bits: u128,
    mask: u128,
    is_v6: bool,
}

impl Network {
    /// Reads `203.0.113.0/24`, `2001:db8::/32` or one address.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let (bits, is_v6) = address_bits(address)?;
        let width: u32 = if is_v6 { 128 } else { 32 };
        let prefix = match prefix {
            None => width,
            Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_digit()) => prefix.parse().ok()?,
            Some(_) => return None,
        };
        let host_bits = width.checked_sub(prefix)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Some(Self { bits: bits & mask, mask, is_v6 })
    }

    /// Whether the address is in the range; `None` of what is no address.
    pub(crate) fn holds(&self, address: &str) -> Option<bool> {
        let (bits, is_v6) = address_bits(address)?;
        Some(is_v6 == self.is_v6 && bits & self.mask == self.bits)
    }
}

fn address_bits(text: &str) -> Option<(u128, bool)> {
    Some(match text.parse().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), false),
        IpAddr::V6(address) => (u128::from(address), true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let at = |text: &str| instant(text).unwrap_or(f64::NAN);
        assert_eq!(at("1970-01-01"), 0.0);
        assert_eq!(at("1970-01"), 0.0);
        assert_eq!(at("1969-12-31T23:59:59Z"), -1.0);
        assert_eq!(at("2026-11-24T05:10:25Z"), 1_795_497_025.0);
        assert_eq!(at("2026-11-24T05:10:25.250Z"), 1_795_497_025.25);
        assert_eq!(at("2026-11-24T07:10:25+02:00"), 1_795_497_025.0);
        assert_eq!(at("2026-11-24T03:40:25-01:30"), 1_795_497_025.0);
        assert_eq!(at("2026-11-24T05:10Z"), 1_795_497_000.0);
        assert_eq!(at("2024-02-29"), 1_709_164_800.0);
        assert_eq!(at("2000-03-01"), 951_868_800.0);
        assert_eq!(at("2026"), 2026.0);
        assert_eq!(at("1795497025"), 1_795_497_025.0);
        for bad in [
            "",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2023-02-29",
            "1900-02-29",
            "2026-1-1",
            "2026-11-24T05:10:25",
            "2026-11-24T24:00:00Z",
            "2026-11-24T05:60:00Z",
            "2026-11-24T05:10:60Z",
            "2026-11-24T05:10:25.Z",
            "2026-11-24T05Z",
            "2026-11-24T05:10:25+2:00",
            "2026-11-24T05:10:25+0200",
            "2026-11-24-01",
            "2026-11-24T05:10:25:1Z",
            "tomorrow",
            "2026-11-24T05:10:2xZ",
            "inf",
            "NaN",
        ] {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_flags_and_bytes() {
        assert_eq!(number("-1.5e2"), Some(-150.0));
        assert_eq!(number("+7"), Some(7.0));
        for bad in ["", "inf", "nan", "1_0", "0x1", " 1", "1e999", "-"] {
            assert_eq!(number(bad), None, "{bad}");
        }
        assert_eq!([flag("TRUE"), flag("false"), flag("yes")], [Some(true), Some(false), None]);
        for good in ["", "QmluYXJ5", "QQ==", "QUE=", "+/+/"] {
            assert!(is_base64(good), "{good}");
        }
        for bad in ["Q", "QQ", "QQ=", "QR==", "QUF=", "Q===", "====", "QmluYXJ!", "Qm=u"] {
            assert!(!is_base64(bad), "{bad}");
        }
    }

    #[test]
    fn networks() {
        let holds = |network: &str, address: &str| Network::read(network).unwrap().holds(address);
        assert_eq!(holds("203.0.113.0/24", "203.0.113.255"), Some(true));
        assert_eq!(holds("203.0.113.0/24", "203.0.114.0"), Some(false));
        assert_eq!(holds("203.0.113.7/24", "203.0.113.1"), Some(true));
        assert_eq!(holds("0.0.0.0/0", "8.8.8.8"), Some(true));
        assert_eq!(holds("0.0.0.0/0", "::1"), Some(false));
        assert_eq!(holds("::/0", "8.8.8.8"), Some(false));
        assert_eq!(holds("203.0.113.7", "203.0.113.7"), Some(true));
        assert_eq!(holds("203.0.113.7", "203.0.113.6"), Some(false));
        assert_eq!(holds("2001:db8::/32", "2001:db8:ffff::1"), Some(true));
        assert_eq!(holds("2001:db8::/33", "2001:db8:8000::"), Some(false));
        assert_eq!(holds("2001:DB8::1", "2001:db8:0:0:0:0:0:1"), Some(true));
        assert_eq!(holds("203.0.113.0/24", "here"), None);
        for bad in [
            "203.0.113.0/33",
            "203.0.113/24",
            "2001:db8::/129",
            "203.0.113.0/",
            "203.0.113.0/+1",
            "203.0.113.0/24/1",
            "",
            "1.2.3.04",
        ] {
            assert_eq!(Network::read(bad), None, "{bad}");
        }
    }
}
