//! Condition operators, by name: how they compare, and what they make of keys that are absent or have several values.

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Text,
    TextIgnoringCase,
    Like,
    Arn,
    Bool,
    Binary,
    Number(Order),
    Date(Order),
    Address,
    Null,
}

/// Which of two values must be the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether the value of the request stands so to the value of the policy.
    pub(crate) fn holds(self, found: f64, wanted: f64) -> bool {
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
pub(crate) enum Quantifier {
    /// The request's key has one value.
    One,
    /// Of each of the request's values; none at all passes.
    ForAll,
    /// Of some of the request's values; none at all fails.
    ForAny,
}

/// One operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) compare: Compare,
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
    pub(crate) quantifier: Quantifier,
}

/// Operators by name: how they compare, and whether they are negated.
const OPERATORS: &[(&str, Compare, bool)] = &[
    ("ArnEquals", Compare::Arn, false),
    ("ArnLike", Compare::Arn, false),
    ("ArnNotEquals", Compare::Arn, true),
    ("ArnNotLike", Compare::Arn, true),
    ("BinaryEquals", Compare::Binary, false),
    ("Bool", Compare::Bool, false),
    ("DateEquals", Compare::Date(Order::Equal), false),
    ("DateGreaterThan", Compare::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Compare::Date(Order::GreaterOrEqual), false),
    ("DateLessThan", Compare::Date(Order::Less), false),
    ("DateLessThanEquals", Compare::Date(Order::LessOrEqual), false),
    ("DateNotEquals", Compare::Date(Order::Equal), true),
    ("IpAddress", Compare::Address, false),
    ("NotIpAddress", Compare::Address, true),
    ("Null", Compare::Null, false),
    ("NumericEquals", Compare::Number(Order::Equal), false),
    ("NumericGreaterThan", Compare::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Compare::Number(Order::GreaterOrEqual), false),
    ("NumericLessThan", Compare::Number(Order::Less), false),
    ("NumericLessThanEquals", Compare::Number(Order::LessOrEqual), false),
    ("NumericNotEquals", Compare::Number(Order::Equal), true),
    ("StringEquals", Compare::Text, false),
    ("StringEqualsIgnoreCase", Compare::TextIgnoringCase, false),
    ("StringLike", Compare::Like, false),
    ("StringNotEquals", Compare::Text, true),
    ("StringNotEqualsIgnoreCase", Compare::TextIgnoringCase, true),
    ("StringNotLike", Compare::Like, true),
];

impl Operator {
    /// The operator of this name, with its quantifier and `IfExists`; `None` when there is no such.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::ForAll, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::ForAny, rest),
            Some(_) => return None,
            None => (Quantifier::One, name),
        };
        let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let (name, compare, negated) = *OPERATORS.iter().find(|(known, ..)| *known == base)?;
        // `Null` already asks whether the key is there, so neither a quantifier nor `IfExists` means anything with it.
        let plain = quantifier == Quantifier::One && !if_exists;
        (plain || compare != Compare::Null).then_some(Self { name, compare, negated, if_exists, quantifier })
    }

    /// Every name, with prefixes and suffixes, for suggestions.
    pub(crate) fn names() -> impl Iterator<Item = String> {
        let bases = OPERATORS.iter().filter(|(name, ..)| *name != "Null").map(|(name, ..)| *name);
        let all = bases.flat_map(|base| {
            ["", "ForAllValues:", "ForAnyValue:"]
                .into_iter()
                .flat_map(move |prefix| [format!("{prefix}{base}"), format!("{prefix}{base}IfExists")])
        });
        all.chain(["Null".to_owned()])
    }

    /// Whether variables are values of this operator; in others `${` is text.
    pub(crate) fn takes_variables(&self) -> bool {
        matches!(
            self.compare,
            Compare::Text | Compare::TextIgnoringCase | Compare::Like | Compare::Arn | Compare::Bool
        )
    }

    /// Whether `*` and `?` are wildcards for this operator.
    pub(crate) fn takes_wildcards(&self) -> bool {
        matches!(self.compare, Compare::Like | Compare::Arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let operator = Operator::of("ForAnyValue:StringNotLikeIfExists").unwrap();
        assert_eq!(operator.name, "StringNotLike");
        assert_eq!((operator.compare, operator.negated, operator.if_exists), (Compare::Like, true, true));
        assert_eq!(operator.quantifier, Quantifier::ForAny);
        for name in [
            "StringSame",
            "Null:x",
            "ForSomeValues:StringEquals",
            "IfExists",
            "",
            "NullIfExists",
            "ForAllValues:Null",
            "stringequals",
        ] {
            assert_eq!(Operator::of(name), None, "{name}");
        }
        for name in Operator::names() {
            assert!(Operator::of(&name).is_some(), "{name}");
        }
        assert_eq!(Operator::names().count(), 26 * 6 + 1);
        assert!(OPERATORS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn orders() {
        let holds = |order: Order| [1.0, 2.0, 3.0].map(|found| order.holds(found, 2.0));
        assert_eq!(holds(Order::Equal), [false, true, false]);
        assert_eq!(holds(Order::Less), [true, false, false]);
        assert_eq!(holds(Order::LessOrEqual), [true, true, false]);
        assert_eq!(holds(Order::Greater), [false, false, true]);
        assert_eq!(holds(Order::GreaterOrEqual), [false, true, true]);
    }
}
