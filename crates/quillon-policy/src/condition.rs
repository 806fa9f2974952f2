//! Conditions: what a statement asks of the facts beside action and resource.

use std::collections::BTreeMap;

use crate::matching::matches;

/// The facts that conditions look at: a key, in which case does not count, and its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// No facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to one value.
    pub fn set(&mut self, key: impl AsRef<str>, value: impl Into<String>) {
        self.0.insert(key.as_ref().to_ascii_lowercase(), vec![value.into()]);
    }

    /// Sets a key to several values.
    pub fn set_all(&mut self, key: impl AsRef<str>, values: Vec<String>) {
        self.0.insert(key.as_ref().to_ascii_lowercase(), values);
    }

    fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Text,
    TextIgnoringCase,
    Pattern,
    Bool,
    Number(Order),
    Date(Order),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds<T: PartialOrd>(self, found: &T, wanted: &T) -> bool {
        match self {
            Self::Equal => found == wanted,
            Self::Less => found < wanted,
            Self::LessOrEqual => found <= wanted,
            Self::Greater => found > wanted,
            Self::GreaterOrEqual => found >= wanted,
        }
    }
}

/// Over which of several values an operator must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// The request's key has one value; an absent key fails a positive operator and passes a negated one.
    One,
    /// Of each of the request's values; an absent key passes.
    ForAll,
    /// Of some of the request's values; an absent key fails.
    ForAny,
}

/// One operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    compare: Compare,
    negated: bool,
    if_exists: bool,
    quantifier: Quantifier,
    null: bool,
}

/// Operators by name: how they compare, and whether they are negated.
const OPERATORS: &[(&str, Compare, bool)] = &[
    ("ArnEquals", Compare::Pattern, false),
    ("ArnLike", Compare::Pattern, false),
    ("ArnNotEquals", Compare::Pattern, true),
    ("ArnNotLike", Compare::Pattern, true),
    ("Bool", Compare::Bool, false),
    ("DateEquals", Compare::Date(Order::Equal), false),
    ("DateGreaterThan", Compare::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Compare::Date(Order::GreaterOrEqual), false),
    ("DateLessThan", Compare::Date(Order::Less), false),
    ("DateLessThanEquals", Compare::Date(Order::LessOrEqual), false),
    ("DateNotEquals", Compare::Date(Order::Equal), true),
    ("NumericEquals", Compare::Number(Order::Equal), false),
    ("NumericGreaterThan", Compare::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Compare::Number(Order::GreaterOrEqual), false),
    ("NumericLessThan", Compare::Number(Order::Less), false),
    ("NumericLessThanEquals", Compare::Number(Order::LessOrEqual), false),
    ("NumericNotEquals", Compare::Number(Order::Equal), true),
    ("StringEquals", Compare::Text, false),
    ("StringEqualsIgnoreCase", Compare::TextIgnoringCase, false),
    ("StringLike", Compare::Pattern, false),
    ("StringNotEquals", Compare::Text, true),
    ("StringNotEqualsIgnoreCase", Compare::TextIgnoringCase, true),
    ("StringNotLike", Compare::Pattern, true),
];

impl Operator {
    /// The operator of this name, with its quantifier and `IfExists`; `None` when this version does not know it.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::ForAll, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::ForAny, rest),
            Some(_) => return None,
            None => (Quantifier::One, name),
        };
        if rest == "Null" && quantifier == Quantifier::One {
            return Some(Self {
                compare: Compare::Bool,
                negated: false,
                if_exists: false,
                quantifier,
                null: true,
            });
        }
        let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let (_, compare, negated) = OPERATORS.iter().find(|(known, ..)| *known == base)?;
        Some(Self { compare: *compare, negated: *negated, if_exists, quantifier, null: false })
    }

    /// The names that this version knows, without prefixes and suffixes.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        OPERATORS.iter().map(|(name, ..)| *name).chain(["Null"])
    }

    /// Whether a policy may compare with this value.
    pub(crate) fn takes(&self, wanted: &str) -> bool {
        match self.compare {
            Compare::Bool => matches!(wanted, "true" | "false"),
            Compare::Number(_) => wanted.parse::<f64>().is_ok(),
            Compare::Date(_) => instant(wanted).is_some(),
            Compare::Text | Compare::TextIgnoringCase | Compare::Pattern => true,
        }
    }

    /// Whether the facts satisfy `key` compared with any of `wanted`.
    pub(crate) fn holds(&self, context: &Context, key: &str, wanted: &[String]) -> bool {
        let found = context.get(key);
        if self.null {
            let absent = found.is_none_or(<[String]>::is_empty);
            return wanted.iter().any(|wanted| (wanted == "true") == absent);
        }
        let Some(found) = found.filter(|found| !found.is_empty()) else {
            let absent_passes = self.if_exists || self.quantifier == Quantifier::ForAll;
            return absent_passes || (self.quantifier == Quantifier::One && self.negated);
        };
        let one = |found: &String| self.negated != wanted.iter().any(|wanted| self.equal(found, wanted));
        match self.quantifier {
            Quantifier::ForAll => found.iter().all(one),
            // A key with several values needs a quantifier; without one, each of them must satisfy it.
            Quantifier::One => found.iter().all(one),
            Quantifier::ForAny => found.iter().any(one),
        }
    }

    fn equal(&self, found: &str, wanted: &str) -> bool {
        match self.compare {
            Compare::Text => found == wanted,
            Compare::TextIgnoringCase => found.to_lowercase() == wanted.to_lowercase(),
            Compare::Pattern => matches(wanted, found),
            Compare::Bool => found.eq_ignore_ascii_case(wanted),
            Compare::Number(order) => match (found.parse::<f64>(), wanted.parse::<f64>()) {
                (Ok(found), Ok(wanted)) => order.holds(&found, &wanted),
                _ => false,
            },
            Compare::Date(order) => match (instant(found), instant(wanted)) {
                (Some(found), Some(wanted)) => order.holds(&found, &wanted),
                _ => false,
            },
        }
    }
}

/// Seconds since the epoch of `2026-11-24`, `2026-11-24T05:10:25Z` (with or without a fraction), or a plain number.
fn instant(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds);
    }
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let mut time = time.strip_suffix('Z')?.splitn(3, ':').map(str::parse::<f64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let in_range =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24.0 && minute < 60.0 && second < 61.0;
    // Days from civil by Howard Hinnant (<https://howardhinnant.github.io/date_algorithms.html>).
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    in_range.then_some(days as f64 * 86_400.0 + hour * 3_600.0 + minute * 60.0 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(operator: &str, key: &str, wanted: &[&str], expected: bool) {
        let mut context = Context::new();
        context.set("Text", "Blue");
        context.set("Number", "7");
        context.set("Time", "2026-11-24T05:10:25.000Z");
        context.set("Flag", "true");
        context.set_all("Many", vec!["a".into(), "b".into()]);
        let wanted: Vec<String> = wanted.iter().map(|&text| text.to_owned()).collect();
        let holds = Operator::of(operator).expect(operator).holds(&context, &key.to_lowercase(), &wanted);
        assert_eq!(holds, expected, "{operator} {key} {wanted:?}");
    }

    #[test]
    fn compare_as_iam_does() {
        check("StringEquals", "Text", &["Red", "Blue"], true);
        check("StringEquals", "Text", &["blue"], false);
        check("StringEqualsIgnoreCase", "Text", &["blue"], true);
        check("StringLike", "Text", &["B*"], true);
        check("StringNotEquals", "Text", &["Red", "Blue"], false);
        check("StringNotLike", "Text", &["R*"], true);
        check("Bool", "Flag", &["true"], true);
        check("Bool", "Flag", &["false"], false);
        check("NumericLessThan", "Number", &["8"], true);
        check("NumericGreaterThanEquals", "Number", &["7"], true);
        check("NumericNotEquals", "Number", &["7"], false);
        check("DateLessThan", "Time", &["2026-11-25"], true);
        check("DateGreaterThan", "Time", &["2026-11-24T05:10:24Z"], true);
        check("DateEquals", "Time", &["1795497025"], true);
    }

    #[test]
    fn absent_keys_fail_closed_where_iam_says_so() {
        check("StringEquals", "None", &["x"], false);
        check("StringNotEquals", "None", &["x"], true);
        check("StringEqualsIfExists", "None", &["x"], true);
        check("StringEqualsIfExists", "Text", &["x"], false);
        check("ForAllValues:StringEquals", "None", &["x"], true);
        check("ForAnyValue:StringEquals", "None", &["x"], false);
        check("Null", "None", &["true"], true);
        check("Null", "Text", &["true"], false);
        check("Null", "Text", &["false"], true);
    }

    #[test]
    fn sets_are_quantified() {
        check("ForAllValues:StringEquals", "Many", &["a", "b", "c"], true);
        check("ForAllValues:StringEquals", "Many", &["a"], false);
        check("ForAnyValue:StringEquals", "Many", &["b"], true);
        check("ForAnyValue:StringEquals", "Many", &["c"], false);
    }

    #[test]
    fn unknown_operators_and_values_are_known_to_be_unknown() {
        for name in ["StringSame", "IpAddress", "ForSomeValues:StringEquals", "IfExists", ""] {
            assert_eq!(Operator::of(name), None, "{name}");
        }
        assert!(!Operator::of("Bool").unwrap().takes("yes"));
        assert!(!Operator::of("NumericEquals").unwrap().takes("many"));
        assert!(!Operator::of("DateEquals").unwrap().takes("2026-13-01"));
    }
}
