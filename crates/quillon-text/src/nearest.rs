//! The nearest of some names, for "did you mean".

/// The candidate nearest to what was given, unless it is too far: more than a third of its length away.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far_max = given.chars().count().max(3) / 3;
    let near = candidates.into_iter().map(|candidate| (distance(given, candidate), candidate));
    near.filter(|(distance, _)| *distance <= far_max).min().map(|(_, candidate)| candidate)
}

/// Damerau–Levenshtein distance with adjacent transpositions (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let swapped = i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b;
            let swap = if swapped { before[j - 1] + 1 } else { usize::MAX };
            row.push((last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1).min(swap));
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, expected: Option<&str>) {
        assert_eq!(nearest(given, ["chat.passages", "chat.model", "telemetry"]), expected, "{given}");
    }

    #[test]
    fn finds_slips_and_leaves_strangers() {
        check("chat.pasages", Some("chat.passages"));
        check("chta.model", Some("chat.model"));
        check("telemetri", Some("telemetry"));
        check("weather", None);
        check("", None);
    }
}
