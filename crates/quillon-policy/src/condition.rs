//! Conditions: what a statement asks of the facts beside action and resource.

use std::collections::BTreeMap;

use crate::operator::{Compare, Operator, Quantifier};
use crate::pattern::{Outcome, Pattern, Reading};
use crate::value::{Network, flag, instant, is_base64, number};

/// The facts that conditions look at: a key, in which case does not count, and its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    found: BTreeMap<String, Found>,
    /// What is certain where not all facts are known; a key that ends with `/` stands for all below it.
    settled: BTreeMap<String, Settled>,
}

/// How far a key is certain where not all facts are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settled {
    /// Whether the request has it.
    Presence,
    /// That, and its values.
    Values,
}

/// What the request says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    values: Vec<String>,
    /// Whether the key is one of those that have several values, even when it has one now.
    many: bool,
}

impl Context {
    /// No facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to one value.
    pub fn set(&mut self, key: impl AsRef<str>, value: impl Into<String>) {
        let found = Found { values: vec![value.into()], many: false };
        self.found.insert(key.as_ref().to_ascii_lowercase(), found);
    }

    /// Sets a key that may have several values. Only `ForAllValues` and `ForAnyValue` look at such a key.
    pub fn set_all(&mut self, key: impl AsRef<str>, values: Vec<String>) {
        self.found.insert(key.as_ref().to_ascii_lowercase(), Found { values, many: true });
    }

    /// Forgets a key.
    pub fn remove(&mut self, key: impl AsRef<str>) {
        self.found.remove(&key.as_ref().to_ascii_lowercase());
    }

    /// Says that a key is certain, for requests of which not all facts are known. One that ends with `/` stands for all
    /// keys below it.
    pub fn settle(&mut self, key: impl AsRef<str>, how: Settled) {
        self.settled.insert(key.as_ref().to_ascii_lowercase(), how);
    }

    /// Whether a key in lower case is certain so far.
    fn is_settled(&self, key: &str, wanted: Settled) -> bool {
        let below = || key.find('/').and_then(|slash| self.settled.get(&key[..=slash]));
        self.settled.get(key).or_else(below).is_some_and(|how| *how >= wanted)
    }

    /// The values of a key; `None` when the request does not have it.
    #[must_use]
    pub fn get(&self, key: impl AsRef<str>) -> Option<&[String]> {
        self.found.get(&key.as_ref().to_ascii_lowercase()).map(|found| found.values.as_slice())
    }

    /// Every key in lower case, with its values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.found.iter().map(|(key, found)| (key.as_str(), found.values.as_slice()))
    }

    fn found(&self, key: &str) -> Option<&Found> {
        self.found.get(key).filter(|found| !found.values.is_empty())
    }

    /// The value of a key in lower case that has one.
    pub(crate) fn single(&self, key: &str) -> Option<&str> {
        let found = self.found(key).filter(|found| !found.many)?;
        found.values.first().map(String::as_str)
    }
}

/// One operator on one key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: Box<str>,
    wanted: Box<[Wanted]>,
}

/// A value of the policy, read once.
#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    Pattern(Pattern),
    Number(f64, Box<str>),
    Network(Network, Box<str>),
    Flag(bool),
}

impl Wanted {
    fn read(operator: &Operator, text: &str, variables: bool) -> Result<Self, String> {
        let kept = || text.into();
        let read = match operator.compare {
            Compare::Number(_) => number(text).map(|value| Self::Number(value, kept())),
            Compare::Date(_) => instant(text).map(|value| Self::Number(value, kept())),
            Compare::Address => Network::read(text).map(|value| Self::Network(value, kept())),
            Compare::Null => flag(text).map(Self::Flag),
            Compare::Bool if !(variables && text.contains("${")) => flag(text).map(Self::Flag),
            Compare::Binary => is_base64(text).then(|| Self::Pattern(Pattern::literal(text))),
            Compare::Bool | Compare::Text | Compare::TextIgnoringCase | Compare::Like | Compare::Arn => {
                let variables = variables && operator.takes_variables();
                let reading = Reading { wildcards: operator.takes_wildcards(), variables, arn: false };
                return Pattern::compile(text, reading).map(Self::Pattern);
            }
        };
        read.ok_or_else(|| format!("it is not a value for `{}`", operator.name))
    }

    fn source(&self) -> &str {
        match self {
            Self::Pattern(pattern) => pattern.source(),
            Self::Number(_, source) | Self::Network(_, source) => source,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
        }
    }
}

impl Condition {
    /// Reads the values of a policy, or says which is none for the operator.
    pub(crate) fn read(
        operator: Operator,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, String> {
        let wanted = values.iter().map(|value| {
            Wanted::read(&operator, value, variables)
                .map_err(|problem| format!("`{value}` cannot be used: {problem}"))
        });
        Ok(Self { operator, key: key.to_ascii_lowercase().into(), wanted: wanted.collect::<Result<_, _>>()? })
    }

    /// The policy's values as they were written.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> + Clone {
        self.wanted.iter().map(Wanted::source)
    }

    /// The policy's values that are patterns.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> + Clone {
        self.wanted.iter().filter_map(|wanted| match wanted {
            Wanted::Pattern(pattern) => Some(pattern),
            _ => None,
        })
    }

    /// Whether what is certain of the facts decides it.
    pub(crate) fn is_settled(&self, facts: &Context) -> bool {
        let key_suffices = self.operator.compare == Compare::Null || facts.found(&self.key).is_none();
        let wanted = if key_suffices { Settled::Presence } else { Settled::Values };
        let mut variables = self.patterns().flat_map(Pattern::variables);
        facts.is_settled(&self.key, wanted)
            && variables.all(|variable| facts.is_settled(&variable.key, Settled::Values))
    }

    /// Whether the facts satisfy it.
    pub(crate) fn holds(&self, facts: &Context) -> bool {
        let found = facts.found(&self.key);
        let operator = &self.operator;
        if operator.compare == Compare::Null {
            return self.wanted.contains(&Wanted::Flag(found.is_none()));
        }
        let Some(found) = found else {
            return match operator.quantifier {
                Quantifier::One => operator.if_exists || operator.negated,
                Quantifier::ForAll => true,
                Quantifier::ForAny => operator.if_exists,
            };
        };
        let mut values = found.values.iter();
        match operator.quantifier {
            // Nothing is said of a key with several values unless it is said over which of them.
            Quantifier::One => !found.many && values.all(|value| self.one_holds(value, facts)),
            // An empty text is no value to look at.
            Quantifier::ForAll => values.all(|value| value.is_empty() || self.one_holds(value, facts)),
            Quantifier::ForAny => values.any(|value| self.one_holds(value, facts)),
        }
    }

    /// Whether one value of the request satisfies it: equal to one of the policy's values, or, negated, to none.
    fn one_holds(&self, found: &str, facts: &Context) -> bool {
        let mut wanted = self.wanted.iter();
        if self.operator.negated {
            wanted.all(|wanted| self.equal(found, wanted, facts) == Some(false))
        } else {
            wanted.any(|wanted| self.equal(found, wanted, facts) == Some(true))
        }
    }

    /// Whether the two are equal in the operator's sense; `None` when the request's value is not of its kind, which
    /// satisfies neither an operator nor its negation.
    fn equal(&self, found: &str, wanted: &Wanted, facts: &Context) -> Option<bool> {
        let outcome = match (self.operator.compare, wanted) {
            (Compare::Number(order), Wanted::Number(wanted, _)) => {
                return Some(order.holds(number(found)?, *wanted));
            }
            (Compare::Date(order), Wanted::Number(wanted, _)) => {
                return Some(order.holds(instant(found)?, *wanted));
            }
            (Compare::Address, Wanted::Network(network, _)) => return network.holds(found),
            (Compare::Bool, Wanted::Flag(wanted)) => return Some(flag(found)? == *wanted),
            (Compare::Bool | Compare::TextIgnoringCase, Wanted::Pattern(pattern)) => {
                pattern.matches_ignoring_case(found, facts)
            }
            (Compare::Arn, Wanted::Pattern(pattern)) => pattern.matches_arn(found, facts),
            (_, Wanted::Pattern(pattern)) => pattern.matches(found, facts),
            _ => return None,
        };
        // A variable without a value is null: nothing is equal to it, so a negated operator holds.
        Some(outcome == Outcome::Match)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, key: &str, wanted: &[&str]) -> bool {
        let mut facts = Context::new();
        for (key, value) in [
            ("Text", "Blue"),
            ("Number", "7"),
            ("Time", "2026-11-24T05:10:25.000Z"),
            ("Flag", "true"),
            ("Ip", "203.0.113.9"),
            ("Ip6", "2001:db8::1"),
            ("Arn", "arn:aws:iam::1:user/ana"),
            ("Bytes", "QQ=="),
            ("Blank", ""),
            ("Star", "B*"),
        ] {
            facts.set(key, value);
        }
        facts.set_all("Many", vec!["a".into(), "b".into()]);
        facts.set_all("Lone", vec!["a".into()]);
        facts.set_all("Empty", vec![]);
        facts.set_all("Blanks", vec![String::new()]);
        let wanted: Vec<String> = wanted.iter().map(|&text| text.to_owned()).collect();
        let operator = Operator::of(operator).expect(operator);
        Condition::read(operator, key, &wanted, true).unwrap().holds(&facts)
    }

    fn check(operator: &str, key: &str, wanted: &[&str], expected: bool) {
        assert_eq!(holds(operator, key, wanted), expected, "{operator} {key} {wanted:?}");
    }

    #[test]
    fn compare_as_iam_does() {
        check("StringEquals", "Text", &["Red", "Blue"], true);
        check("StringEquals", "Text", &["blue"], false);
        check("StringEquals", "Text", &["B*"], false);
        check("StringEquals", "Star", &["B*"], true);
        check("StringEquals", "Star", &["B${*}"], true);
        check("StringEqualsIgnoreCase", "Text", &["blue"], true);
        check("StringEqualsIgnoreCase", "Text", &["${text}"], true);
        check("StringEqualsIgnoreCase", "Text", &["b*"], false);
        check("StringNotEqualsIgnoreCase", "Text", &["BLUE"], false);
        check("StringLike", "Text", &["B*"], true);
        check("StringLike", "Text", &["b*"], false);
        check("StringNotEquals", "Text", &["Red", "Blue"], false);
        check("StringNotEquals", "Text", &["Red", "Green"], true);
        check("StringNotLike", "Text", &["R*"], true);
        check("StringNotLike", "Text", &["R*", "B*"], false);
        check("Bool", "Flag", &["true"], true);
        check("Bool", "Flag", &["TRUE"], true);
        check("Bool", "Flag", &["false"], false);
        check("Bool", "Flag", &["${flag}"], true);
        check("Bool", "Text", &["false"], false);
        check("NumericLessThan", "Number", &["8"], true);
        check("NumericLessThan", "Number", &["7"], false);
        check("NumericGreaterThanEquals", "Number", &["7"], true);
        check("NumericNotEquals", "Number", &["7"], false);
        check("NumericNotEquals", "Number", &["8"], true);
        check("NumericNotEquals", "Text", &["8"], false);
        check("DateLessThan", "Time", &["2026-11-25"], true);
        check("DateGreaterThan", "Time", &["2026-11-24T05:10:24Z"], true);
        check("DateEquals", "Time", &["1795497025"], true);
        check("DateNotEquals", "Time", &["1795497025"], false);
        check("IpAddress", "Ip", &["10.0.0.0/8", "203.0.113.0/24"], true);
        check("IpAddress", "Ip6", &["203.0.113.0/24"], false);
        check("NotIpAddress", "Ip6", &["203.0.113.0/24"], true);
        check("NotIpAddress", "Ip", &["203.0.113.0/24"], false);
        check("NotIpAddress", "Text", &["203.0.113.0/24"], false);
        check("IpAddress", "Ip6", &["2001:db8::/32"], true);
        check("ArnLike", "Arn", &["arn:aws:iam::*:user/a*"], true);
        check("ArnEquals", "Arn", &["arn:aws:iam::*:user/a*"], true);
        check("ArnLike", "Arn", &["arn:aws:*"], false);
        check("ArnNotLike", "Arn", &["arn:aws:iam::2:*"], true);
        check("ArnNotEquals", "Text", &["arn:aws:iam::2:*"], true);
        check("BinaryEquals", "Bytes", &["QQ=="], true);
        check("BinaryEquals", "Bytes", &["QQE="], false);
    }

    #[test]
    fn absent_keys_fail_closed_where_iam_says_so() {
        check("StringEquals", "None", &["x"], false);
        check("StringNotEquals", "None", &["x"], true);
        check("StringEqualsIfExists", "None", &["x"], true);
        check("StringEqualsIfExists", "Text", &["x"], false);
        check("StringNotEqualsIfExists", "None", &["x"], true);
        check("ForAllValues:StringEquals", "None", &["x"], true);
        check("ForAllValues:StringEquals", "Empty", &["x"], true);
        check("ForAllValues:StringEquals", "Blank", &["x"], true);
        check("ForAllValues:StringEquals", "Blanks", &["x"], true);
        check("ForAnyValue:StringEquals", "None", &["x"], false);
        check("ForAnyValue:StringNotEquals", "None", &["x"], false);
        check("ForAnyValue:StringEqualsIfExists", "None", &["x"], true);
        check("Null", "None", &["true"], true);
        check("Null", "Empty", &["true"], true);
        check("Null", "Text", &["true"], false);
        check("Null", "Text", &["false"], true);
        check("Null", "None", &["false"], false);
        check("Null", "Many", &["true", "FALSE"], true);
    }

    #[test]
    fn a_variable_without_a_value_is_equal_to_nothing() {
        check("StringEquals", "Text", &["${none}"], false);
        check("StringNotEquals", "Text", &["${none}"], true);
        check("StringNotLike", "Text", &["${none}*"], true);
        check("StringEquals", "Text", &["${none}", "Blue"], true);
        check("StringEquals", "Text", &["${none, 'Blue'}"], true);
        check("StringEquals", "Text", &["${lone}"], false);
        check("ArnNotLike", "Arn", &["arn:aws:iam::1:user/${none}"], true);
    }

    #[test]
    fn sets_are_quantified() {
        check("ForAllValues:StringEquals", "Many", &["a", "b", "c"], true);
        check("ForAllValues:StringEquals", "Many", &["a"], false);
        check("ForAllValues:StringNotEquals", "Many", &["b"], false);
        check("ForAllValues:StringNotEquals", "Many", &["c"], true);
        check("ForAnyValue:StringEquals", "Many", &["b"], true);
        check("ForAnyValue:StringEquals", "Many", &["c"], false);
        check("ForAnyValue:StringNotEquals", "Many", &["b"], true);
        check("ForAnyValue:StringNotEquals", "Many", &["a", "b"], false);
        check("ForAnyValue:StringEquals", "Text", &["Blue"], true);
        check("StringEquals", "Lone", &["a"], false);
        check("StringNotEquals", "Many", &["c"], false);
        check("StringEqualsIfExists", "Many", &["a", "b"], false);
    }

    #[test]
    fn values_of_the_wrong_kind_are_refused() {
        for (operator, value) in [
            ("Bool", "yes"),
            ("NumericEquals", "many"),
            ("DateEquals", "2026-13-01"),
            ("IpAddress", "1.2.3"),
            ("BinaryEquals", "Q"),
            ("Null", "maybe"),
            ("StringEquals", "${"),
            ("NumericEquals", "${number}"),
        ] {
            let read = Condition::read(Operator::of(operator).unwrap(), "k", &[value.to_owned()], true);
            assert!(read.unwrap_err().starts_with(&format!("`{value}` cannot be used: ")), "{operator}");
        }
        let old = Condition::read(Operator::of("Bool").unwrap(), "k", &["${flag}".to_owned()], false);
        assert!(old.is_err());
    }

    #[test]
    fn what_is_certain_decides() {
        let mut facts = Context::new();
        facts.set("aws:A", "1");
        facts.set("aws:B", "1");
        facts.settle("aws:A", Settled::Presence);
        facts.settle("aws:B", Settled::Values);
        facts.settle("aws:PrincipalTag/", Settled::Values);
        facts.settle("aws:None", Settled::Presence);
        let check = |operator: &str, key: &str, value: &str, expected: bool| {
            let condition =
                Condition::read(Operator::of(operator).unwrap(), key, &[value.to_owned()], true).unwrap();
            assert_eq!(condition.is_settled(&facts), expected, "{operator} {key} {value}");
        };
        check("StringEquals", "aws:A", "1", false);
        check("Null", "aws:A", "true", true);
        check("StringEquals", "aws:B", "1", true);
        check("StringEquals", "aws:B", "${aws:A}", false);
        check("StringEquals", "aws:B", "${aws:B}", true);
        check("StringEquals", "aws:PrincipalTag/team", "x", true);
        check("StringEquals", "aws:ResourceTag/team", "x", false);
        check("StringEquals", "aws:None", "x", true);
        check("Null", "aws:Other", "true", false);
    }

    #[test]
    fn facts_are_read_back() {
        let mut facts = Context::new();
        facts.set("aws:A", "1");
        facts.set_all("aws:B", vec!["2".into(), "3".into()]);
        assert_eq!(facts.get("AWS:a"), Some(&["1".to_owned()][..]));
        assert_eq!(
            facts.iter().map(|(key, values)| (key, values.len())).collect::<Vec<_>>(),
            [("aws:a", 1), ("aws:b", 2)]
        );
        facts.remove("Aws:A");
        assert_eq!(facts.get("aws:A"), None);
    }
}
