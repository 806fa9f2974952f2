//! What is valid in a policy and yet hardly meant.
//!
//! Reading refuses what has no meaning. A finding is about a statement that has one, and does less or more than its
//! author will have thought: a condition on a key that nothing supplies, an action that does not exist, a wildcard that is
//! text. Start at [`lint`].

use crate::action::{EFFECT_ACTIONS, SURFACE_KEYS};
use crate::condition::{Condition, Context};
use crate::confusable::is_unseen;
use crate::json::Place;
use crate::operator::{Compare, Quantifier};
use crate::overlap::with_text;
use crate::pattern::{Outcome, Pattern};
use crate::policy::Policy;
use crate::statement::{Effect, Scope, Statement};

/// Amazon takes managed policies of at most this many statements' worth of characters; larger ones cannot move there.
const AMAZON_STATEMENTS_MAX: usize = 1_000;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look.
    Notice,
    /// Probably not what is meant.
    Warning,
    /// The statement can have no effect, or one for everybody.
    Error,
}

/// Something hardly meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name of the rule.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The statement's id, or else its position from 0.
    pub statement: String,
    /// Where the statement starts.
    pub place: Place,
    /// What is so.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What exists, for rules that need to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Actions, as `q:SendMessage`. Where a service has none in the list, its actions are not checked.
    pub actions: &'a [&'a str],
    /// Condition keys that are supplied beside those of surfaces and effects; one that ends with `/` stands for all below.
    pub keys: &'a [&'a str],
}

/// Everything that is hardly meant, in the order of statements.
#[must_use]
pub fn lint(policy: &Policy, known: &Known<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, statement) in policy.statements.iter().enumerate() {
        let label = statement.sid.as_deref().map_or_else(|| position.to_string(), str::to_owned);
        let mut report = |rule, severity, message: String, hint: &str| {
            let hint = hint.to_owned();
            findings.push(Finding {
                rule,
                severity,
                statement: label.clone(),
                place: statement.place,
                message,
                hint,
            });
        };
        keys(statement, known, &mut report);
        actions(statement, known, &mut report);
        scopes(statement, &mut report);
        texts(statement, &mut report);
        if let Some(deny) = shadowed(policy, position, statement) {
            let message = format!("statement {deny} denies everything that this one allows");
            report("shadowed-allow", Severity::Warning, message, "take one of them out");
        }
        if policy.statements[..position].iter().any(|earlier| same(earlier, statement)) {
            report(
                "duplicate-statement",
                Severity::Notice,
                "an earlier statement says the same".to_owned(),
                "take it out",
            );
        }
    }
    if policy.len() > AMAZON_STATEMENTS_MAX {
        findings.push(Finding {
            rule: "too-large-for-amazon",
            severity: Severity::Notice,
            statement: String::new(),
            place: Place { line: 1, column: 1 },
            message: format!("it has {} statements", policy.len()),
            hint: "Amazon takes managed policies of at most 6,144 characters".to_owned(),
        });
    }
    findings
}

/// Whether this key is supplied with some request.
#[must_use]
pub fn is_supplied(key: &str, known: &Known<'_>) -> bool {
    supplied(known).any(|supplied| {
        if supplied.ends_with('/') {
            let start = key.get(..supplied.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(supplied)) && key.len() > supplied.len()
        } else {
            supplied.eq_ignore_ascii_case(key)
        }
    })
}

fn supplied<'a>(known: &Known<'a>) -> impl Iterator<Item = &'a str> {
    let of_surfaces = SURFACE_KEYS.iter().flat_map(|row| row.keys);
    let of_effects = EFFECT_ACTIONS.iter().flat_map(|row| row.keys);
    of_surfaces.chain(of_effects).chain(known.keys).copied()
}

/// The supplied key that is called nearly so.
fn nearest_key<'a>(key: &str, known: &Known<'a>) -> Option<&'a str> {
    let whole = || supplied(known).filter(|supplied| !supplied.ends_with('/'));
    let lower: Vec<String> = whole().map(str::to_ascii_lowercase).collect();
    let near = quillon_text::nearest(&key.to_ascii_lowercase(), lower.iter().map(String::as_str))?;
    whole().find(|supplied| supplied.eq_ignore_ascii_case(near))
}

fn keys(
    statement: &Statement,
    known: &Known<'_>,
    report: &mut impl FnMut(&'static str, Severity, String, &str),
) {
    let of_conditions = statement.conditions.iter().map(|condition| &*condition.key);
    let in_values = statement.conditions.iter().flat_map(Condition::patterns);
    let in_resources = statement.resources.iter().flat_map(Scope::items);
    let of_variables =
        in_values.chain(in_resources).flat_map(Pattern::variables).map(|variable| &*variable.key);
    for key in of_conditions.chain(of_variables).filter(|key| !is_supplied(key, known)) {
        let message = format!("nothing supplies the key `{key}`, so it is always absent");
        let hint = match nearest_key(key, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`quillon admin policy list` shows the keys that each surface supplies".to_owned(),
        };
        report("unsupplied-key", Severity::Error, message, &hint);
    }
}

fn actions(
    statement: &Statement,
    known: &Known<'_>,
    report: &mut impl FnMut(&'static str, Severity, String, &str),
) {
    let nowhere = Context::new();
    for pattern in statement.actions.items() {
        let Some((service, _)) = pattern.source().split_once(':') else { continue };
        let of_service = |action: &&&str| {
            action.split(':').next().is_some_and(|other| other.eq_ignore_ascii_case(service))
        };
        let mut catalogue = known.actions.iter().filter(of_service).peekable();
        if catalogue.peek().is_none() {
            continue;
        }
        let exists =
            |action: &&str| pattern.matches(&action.to_ascii_lowercase(), &nowhere) == Outcome::Match;
        if !known.actions.iter().any(exists) {
            let message = format!("no action is called `{}`", pattern.source());
            let lower: Vec<String> = catalogue.map(|action| action.to_ascii_lowercase()).collect();
            let near = quillon_text::nearest(pattern.source(), lower.iter().map(String::as_str));
            let hint = near.map_or_else(
                || "see the list of actions".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            report("unknown-action", Severity::Error, message, &hint);
        }
    }
}

fn scopes(statement: &Statement, report: &mut impl FnMut(&'static str, Severity, String, &str)) {
    let allows = statement.effect == Effect::Allow;
    if allows && matches!(statement.actions, Scope::AllBut(_)) {
        let message = "it allows every action but some, also those that come later".to_owned();
        report("allow-all-but", Severity::Warning, message, "list what is allowed");
    }
    if matches!(statement.principals, Some(Scope::AllBut(_))) {
        let severity = if allows { Severity::Error } else { Severity::Warning };
        let message = if allows {
            "it allows everybody but some, also those who did not sign in"
        } else {
            "it denies everybody who has a boundary, also those it names"
        };
        report(
            "not-principal",
            severity,
            message.to_owned(),
            "compare `aws:PrincipalArn` in a condition instead",
        );
    }
    for condition in &statement.conditions {
        let all_of_none = allows && condition.operator.quantifier == Quantifier::ForAll;
        let asks_presence = statement.conditions.iter().any(|other| {
            other.operator.compare == Compare::Null
                && other.key == condition.key
                && other.values().eq(["false"])
        });
        if all_of_none && !asks_presence {
            let message = format!("`ForAllValues` holds where `{}` is absent", condition.key);
            report("for-all-of-none", Severity::Warning, message, "add `Null` with `false` for the same key");
        }
    }
}

fn texts(statement: &Statement, report: &mut impl FnMut(&'static str, Severity, String, &str)) {
    for condition in &statement.conditions {
        let exact = matches!(condition.operator.compare, Compare::Text | Compare::TextIgnoringCase);
        if exact
            && condition.values().any(|value| value.replace("${*}", "").replace("${?}", "").contains('*'))
        {
            let message = format!("`*` is text in `{}`", condition.operator.name);
            report(
                "wildcard-in-equals",
                Severity::Warning,
                message,
                "use `StringLike`, or write `${*}` to say so",
            );
        }
    }
    let in_values = statement.conditions.iter().flat_map(Condition::values);
    let resources = statement.resources.iter().flat_map(Scope::items);
    let texts = || resources.clone().map(Pattern::source).chain(in_values.clone());
    let patterns = statement.conditions.iter().flat_map(Condition::patterns).chain(resources.clone());
    let resolved = patterns.clone().any(|pattern| !pattern.variables().is_empty());
    if !resolved
        && texts()
            .any(|text| text.contains("${") && !["${*}", "${?}", "${$}"].iter().any(|it| text.contains(it)))
    {
        let message = "`${...}` is text here".to_owned();
        report(
            "variable-as-text",
            Severity::Error,
            message,
            "add `\"Version\": \"2012-10-17\"`, and use it with texts or ARNs",
        );
    }
    if let Some(text) = texts().find(|text| text.chars().any(is_unseen)) {
        let message = format!("`{}` has characters that are not seen", text.escape_unicode());
        report("unseen-character", Severity::Warning, message, "type the value anew");
    }
    let early = |pattern: &&Pattern| {
        let head: String = pattern.source().splitn(6, ':').take(5).collect::<Vec<_>>().join(":");
        pattern.source().starts_with("arn:") && head.contains("${") && !pattern.variables().is_empty()
    };
    if resources.clone().any(|pattern| early(&pattern)) {
        let message = "a variable stands before the fifth colon of a resource".to_owned();
        report(
            "early-variable",
            Severity::Warning,
            message,
            "Amazon takes variables only in the last field of an ARN",
        );
    }
}

/// The statement that denies, without conditions, all that this one allows.
fn shadowed(policy: &Policy, position: usize, statement: &Statement) -> Option<usize> {
    if statement.effect == Effect::Deny || statement.principals.is_some() {
        return None;
    }
    let (Scope::These(actions), Some(Scope::These(resources))) = (&statement.actions, &statement.resources)
    else {
        return None;
    };
    policy.statements.iter().enumerate().position(|(place, deny)| {
        let (Scope::These(denied), Some(Scope::These(places))) = (&deny.actions, &deny.resources) else {
            return false;
        };
        place != position
            && deny.effect == Effect::Deny
            && deny.conditions.is_empty()
            && actions.iter().all(|action| denied.iter().any(|pattern| covers(pattern, action)))
            && resources.iter().all(|resource| places.iter().any(|pattern| covers(pattern, resource)))
    })
}

/// Whether the wider pattern matches all that the narrower one does, as far as their texts show.
fn covers(wide: &Pattern, narrow: &Pattern) -> bool {
    let plain = wide.variables().is_empty() && narrow.variables().is_empty();
    wide.is_all()
        || plain
            && !narrow.source().contains('?')
            && with_text(wide, narrow.source())
            && wide.matches(narrow.source(), &Context::new()) == Outcome::Match
}

fn same(one: &Statement, other: &Statement) -> bool {
    one.effect == other.effect
        && one.principals == other.principals
        && one.actions == other.actions
        && one.resources == other.resources
        && one.conditions == other.conditions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Grammar;

    const KNOWN: Known<'static> =
        Known { actions: &["q:SendMessage", "q:StartConversation"], keys: &["aws:TagKeys"] };

    fn check(statements: &str, expected: &[&str]) {
        check_as(Grammar::Identity, "2012-10-17", statements, expected);
    }

    fn check_as(grammar: Grammar, version: &str, statements: &str, expected: &[&str]) {
        let text = format!(r#"{{"Version":"{version}","Statement":[{statements}]}}"#);
        let policy = Policy::parse_as(grammar, "p", &text).unwrap();
        let found: Vec<String> = lint(&policy, &KNOWN)
            .iter()
            .map(|finding| format!("{} {}", finding.statement, finding.rule))
            .collect();
        assert_eq!(found, expected, "{statements}");
    }

    fn allow(more: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":"q:SendMessage","Resource":"*"{more}}}"#)
    }

    fn with_condition(condition: &str) -> String {
        allow(&format!(r#","Condition":{{{condition}}}"#))
    }

    #[test]
    fn a_key_that_nothing_supplies_is_reported() {
        check(&with_condition(r#""StringEquals":{"AWS:principaltag/team":"red"}"#), &[]);
        check(&with_condition(r#""StringEquals":{"aws:PrincipalTag/":"red"}"#), &["0 unsupplied-key"]);
        check(&with_condition(r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#), &[]);
        check(&with_condition(r#""Bool":{"aws:MultifactorPresent":"true"}"#), &["0 unsupplied-key"]);
        check(&with_condition(r#""StringEquals":{"quillon:Path":"${aws:nobody}"}"#), &["0 unsupplied-key"]);
        check(
            r#"{"Effect":"Allow","Action":"q:*","Resource":"arn:aws:s3:::${aws:nothing}"}"#,
            &["0 unsupplied-key"],
        );
    }

    #[test]
    fn a_key_that_is_nearly_supplied_is_named() {
        let hint = |key: &str| {
            let condition = format!(r#","Condition":{{"StringEquals":{{"{key}":"x"}}}}"#);
            let text = format!(r#"{{"Statement":{}}}"#, allow(&condition));
            lint(&Policy::parse("p", &text).unwrap(), &KNOWN).remove(0).hint
        };
        assert_eq!(hint("aws:MultifactorPresent"), "did you mean `aws:MultiFactorAuthPresent`?");
        assert_eq!(hint("aws:SourceIP4"), "did you mean `aws:SourceIp`?");
        assert_eq!(hint("AWS:TagKey"), "did you mean `aws:TagKeys`?");
        assert!(hint("sns:Protocol").contains("quillon admin policy list"));
    }

    #[test]
    fn actions_that_do_not_exist_are_reported() {
        check(
            r#"{"Sid":"A","Effect":"Deny","Action":["q:SendMesage","q:Start*","s3:Anything"],"Resource":"*"}"#,
            &["A unknown-action"],
        );
        let policy =
            Policy::parse("p", r#"{"Statement":{"Effect":"Deny","Action":"q:SendMesage","Resource":"*"}}"#)
                .unwrap();
        let finding = lint(&policy, &KNOWN).remove(0);
        assert_eq!(finding.hint, "did you mean `q:sendmessage`?");
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.place, Place { line: 1, column: 14 });
    }

    #[test]
    fn scopes_that_are_wider_than_they_look_are_reported() {
        check(r#"{"Effect":"Allow","NotAction":"q:SendMessage","Resource":"*"}"#, &["0 allow-all-but"]);
        check(r#"{"Effect":"Deny","NotAction":"q:SendMessage","Resource":"*"}"#, &[]);
        check(&with_condition(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"}"#), &["0 for-all-of-none"]);
        check(
            &with_condition(
                r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}"#,
            ),
            &[],
        );
        let named = |effect: &str| {
            format!(
                r#"{{"Effect":"{effect}","NotPrincipal":{{"AWS":"111122223333"}},"Action":"q:SendMessage","Resource":"*"}}"#
            )
        };
        check_as(Grammar::Resource, "2012-10-17", &named("Allow"), &["0 not-principal"]);
        check_as(Grammar::Resource, "2012-10-17", &named("Deny"), &["0 not-principal"]);
        let other = r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:SourceIp":"false"}"#;
        check(&with_condition(other), &["0 for-all-of-none"]);
        let absent = r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"true"}"#;
        check(&with_condition(absent), &["0 for-all-of-none"]);
    }

    #[test]
    fn texts_that_mean_something_else_are_reported() {
        check(&with_condition(r#""StringEquals":{"aws:TagKeys":"a*"}"#), &["0 wildcard-in-equals"]);
        check(&with_condition(r#""StringLike":{"aws:TagKeys":"a*"}"#), &[]);
        check(&with_condition(r#""StringEquals":{"aws:TagKeys":"a${*}"}"#), &[]);
        check_as(
            Grammar::Identity,
            "2008-10-17",
            &with_condition(r#""StringLike":{"aws:TagKeys":"${aws:PrincipalTag/team}"}"#),
            &["0 variable-as-text"],
        );
        check(&with_condition("\"StringLike\":{\"aws:TagKeys\":\"a\u{200b}\"}"), &["0 unseen-character"]);
        check(
            r#"{"Effect":"Allow","Action":"q:*","Resource":"arn:aws:q:r:${aws:PrincipalTag/a}:x/y"}"#,
            &["0 early-variable"],
        );
    }

    #[test]
    fn statements_without_effect_are_reported() {
        let deny = |action: &str, resource: &str| {
            format!(r#"{{"Effect":"Deny","Action":"{action}","Resource":"{resource}"}}"#)
        };
        check(&format!("{},{}", allow(""), deny("q:*", "*")), &["0 shadowed-allow"]);
        check(&format!("{},{}", allow(""), deny("q:Start*", "*")), &[]);
        check(&format!("{},{}", allow(""), deny("q:*", "arn:aws:q:*")), &[]);
        check(&format!("{},{}", deny("q:SendMessage", "*"), deny("q:*", "*")), &[]);
        check(&format!("{},{}", allow(""), allow("")), &["1 duplicate-statement"]);
        let one_letter = r#"{"Effect":"Allow","Action":"q:Send?essage","Resource":"a?b"}"#;
        check(&format!("{one_letter},{}", deny("*", "*")), &["0 shadowed-allow"]);
        check(&format!("{one_letter},{}", deny("q:Send?essage", "*")), &[]);
    }
}
