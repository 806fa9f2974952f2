//! Marks that recognise a finding while lines move: the rule, the file, what the line says, and which of several it is.

use rustc_hash::FxHashMap;

use crate::rule::Rule;
use crate::scan::Finding;

/// The mark of a finding before its equals are told apart.
pub(crate) fn of(rule: &Rule, path: &str, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    format!("{:016x}", hash([rule.id.as_str(), path, &words.join(" ")]))
}

/// Tells findings of one rule on lines that say the same apart, by their order.
pub(crate) fn distinguish(findings: &mut [Finding]) {
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    for finding in findings {
        let nth = seen.entry(finding.fingerprint.clone()).or_default();
        finding.fingerprint = format!("{}:{nth}", finding.fingerprint);
        *nth += 1;
    }
}

/// FNV-1a, which is the same on every machine and in every version.
fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
