//! Policies as documents: read strictly, because what is not understood cannot be decided by.

use quillon_base::{Fault, FaultCode};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::condition::{Context, Operator};
use crate::matching::{matches, matches_action};

/// The largest policy, in bytes.
const POLICY_BYTES_MAX: usize = 64 * 1024;

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// Patterns, or all but those patterns.
#[derive(Clone, Debug, PartialEq)]
struct Scope {
    patterns: Vec<String>,
    negated: bool,
}

/// One operator on one key.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    operator: Operator,
    key: String,
    wanted: Vec<String>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    actions: Scope,
    resources: Scope,
    conditions: Vec<Condition>,
}

impl Statement {
    /// Whether the statement speaks about these facts.
    pub(crate) fn covers(&self, action: &str, resource: &str, context: &Context) -> bool {
        let by_action = self.actions.patterns.iter().any(|pattern| matches_action(pattern, action));
        let by_resource = self.resources.patterns.iter().any(|pattern| matches(pattern, resource));
        by_action != self.actions.negated
            && by_resource != self.resources.negated
            && self.conditions.iter().all(|c| c.operator.holds(context, &c.key, &c.wanted))
    }
}

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name, for those who read decisions.
    pub name: String,
    pub(crate) statements: Vec<Statement>,
}

impl Policy {
    /// Reads a policy in the IAM language.
    ///
    /// # Errors
    /// `policy.invalid` with the place, for anything that is malformed, twice there, or not known to this version.
    pub fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        let invalid = |message: String| {
            Fault::new(FaultCode::PolicyInvalid, format!("policy `{name}` is not valid: {message}"))
        };
        if text.len() > POLICY_BYTES_MAX {
            return Err(invalid(format!("it is larger than {POLICY_BYTES_MAX} bytes")));
        }
        let document: Document = serde_json::from_str(text).map_err(|error| {
            invalid(error.to_string())
                .hint("see the IAM policy language; `Version`, `Id` and `Statement` are its elements")
        })?;
        if let Some(version) =
            document.version.filter(|version| version != "2012-10-17" && version != "2008-10-17")
        {
            return Err(invalid(format!("version `{version}` is not known")).hint("use `2012-10-17`"));
        }
        let statements = document.statement.0.into_iter().map(Statement::try_from).collect::<Result<_, _>>();
        let statements = statements.map_err(invalid)?;
        Ok(Self { name: document.id.unwrap_or_else(|| name.to_owned()), statements })
    }

    /// What the person who owns this machine may do.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn local_owner() -> Self {
        Self::parse("local-owner", include_str!("../policies/local-owner.json"))
            .expect("the shipped policy is valid")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Document {
    version: Option<String>,
    id: Option<String>,
    statement: OneOrMany<StatementDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct StatementDocument {
    sid: Option<String>,
    effect: String,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: Pairs<Pairs<Values>>,
}

impl TryFrom<StatementDocument> for Statement {
    type Error = String;

    fn try_from(document: StatementDocument) -> Result<Self, String> {
        let effect = match document.effect.as_str() {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            other => return Err(format!("effect `{other}` is neither `Allow` nor `Deny`")),
        };
        let actions = scope("Action", document.action, document.not_action)?;
        let resources = scope("Resource", document.resource, document.not_resource)?;
        let mut conditions = Vec::new();
        for (name, keys) in document.condition.0 {
            let operator = Operator::of(&name).ok_or_else(|| {
                let known: Vec<&str> = Operator::names().collect();
                format!("condition operator `{name}` is not known; known are {}", known.join(", "))
            })?;
            for (key, Values(wanted)) in keys.0 {
                if let Some(bad) = wanted.iter().find(|value| !operator.takes(value)) {
                    return Err(format!("`{bad}` is not a value for `{name}`"));
                }
                conditions.push(Condition { operator, key: key.to_ascii_lowercase(), wanted });
            }
        }
        let texts = actions
            .patterns
            .iter()
            .chain(&resources.patterns)
            .chain(conditions.iter().flat_map(|c| &c.wanted));
        if let Some(variable) = texts.into_iter().find(|text| text.contains("${")) {
            return Err(format!("policy variables, as in `{variable}`, are not known to this version"));
        }
        Ok(Self { sid: document.sid, effect, actions, resources, conditions })
    }
}

fn scope(
    name: &str,
    these: Option<OneOrMany<String>>,
    all_but: Option<OneOrMany<String>>,
) -> Result<Scope, String> {
    let (patterns, negated) = match (these, all_but) {
        (Some(OneOrMany(patterns)), None) => (patterns, false),
        (None, Some(OneOrMany(patterns))) => (patterns, true),
        (Some(_), Some(_)) => return Err(format!("a statement has both `{name}` and `Not{name}`")),
        (None, None) => return Err(format!("a statement has neither `{name}` nor `Not{name}`")),
    };
    if patterns.is_empty() {
        return Err(format!("`{name}` is empty"));
    }
    Ok(Scope { patterns, negated })
}

/// A value, or a list of them.
struct OneOrMany<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("one value or a list")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(de::value::StrDeserializer::new(text)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(OneOrMany(values))
            }
        }
        deserializer.deserialize_any(Either(std::marker::PhantomData))
    }
}

/// Values of a condition: texts, numbers or flags, one or many, kept as text.
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => Ok(text),
            serde_json::Value::Bool(flag) => Ok(flag.to_string()),
            serde_json::Value::Number(number) => Ok(number.to_string()),
            other => Err(de::Error::custom(format!("`{other}` is not a value of a condition"))),
        };
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Array(values) => {
                values.into_iter().map(text).collect::<Result<_, _>>().map(Self)
            }
            one => Ok(Self(vec![text(one)?])),
        }
    }
}

/// An object whose keys may each stand there once.
struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, T)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, T>()? {
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(de::Error::custom(format!("`{key}` stands there twice")));
                    }
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        let fault = Policy::parse("p", text).expect_err(text);
        assert_eq!(fault.code, FaultCode::PolicyInvalid);
        assert!(fault.message.contains(expected), "{} lacks {expected}", fault.message);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        check("{", "EOF");
        check(r#"{"Statement":[],"Extra":1}"#, "Extra");
        check(r#"{"Version":"2025-01-01","Statement":[]}"#, "2025-01-01");
        check(r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#, "`allow`");
        check(r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#, "neither `Resource`");
        check(
            r#"{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}"#,
            "both `Action`",
        );
        check(r#"{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}"#, "empty");
        check(r#"{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}"#, "duplicate");
        check(
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"a":"b"}}}}"#,
            "IpAddress",
        );
        check(
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"b"}}}}"#,
            "not a value",
        );
        check(
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",
               "Condition":{"Bool":{"a":"true"},"Bool":{"b":"true"}}}}"#,
            "twice",
        );
        check(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"${aws:username}"}}"#, "variables");
    }

    #[test]
    fn one_statement_needs_no_list() {
        let one =
            Policy::parse("p", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":["*"]}}"#).unwrap();
        let many = Policy::parse("p", r#"{"Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]}"#)
            .unwrap();
        assert_eq!(one, many);
        assert_eq!(Policy::local_owner().statements.len(), 1);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,200}") {
            let _ = Policy::parse("p", &text);
        }

        #[test]
        fn reading_damaged_policies_never_panics(place in 0usize..200, byte in any::<u8>()) {
            let mut bytes = include_bytes!("../policies/local-owner.json").to_vec();
            let place = place % bytes.len();
            bytes[place] = byte;
            let _ = Policy::parse("p", &String::from_utf8_lossy(&bytes));
        }
    }
}
