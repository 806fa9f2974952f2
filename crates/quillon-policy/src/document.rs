//! Policies as documents: read strictly, because what is not understood cannot be decided by.
//!
//! Every refusal names the place, and the nearest known name where a name is not known.

use quillon_base::{Fault, FaultCode};
use quillon_text::nearest;

use crate::condition::Condition;
use crate::confusable::disguised;
use crate::json::{self, Entry, Misread, Node, Place, Value};
use crate::operator::Operator;
use crate::pattern::{Pattern, Reading};
use crate::policy::{Grammar, Policy};
use crate::principal::Named;
use crate::statement::{Effect, Scope, Statement};

/// The largest policy, in bytes: far more than Amazon takes (20 kB at most), and little enough to read in a blink.
pub const POLICY_BYTES_MAX: usize = 10 * 1024 * 1024;

const POLICY_ELEMENTS: &[&str] = &["Id", "Statement", "Version"];

const STATEMENT_ELEMENTS: &[&str] = &[
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotPrincipal",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
];

const PRINCIPAL_KINDS: &[&str] = &["AWS", "CanonicalUser", "Federated", "Service"];

/// The versions of the language; without one a policy is read as the older.
const VERSIONS: &[&str] = &["2008-10-17", "2012-10-17"];

impl Policy {
    /// Reads a policy of a principal in the IAM language.
    ///
    /// # Errors
    /// `policy.invalid` with the place, for anything that is malformed, twice there, or not known to this version.
    pub fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        Self::parse_as(Grammar::Identity, name, text)
    }

    /// Reads a policy of this kind in the IAM language.
    ///
    /// # Errors
    /// `policy.invalid` with the place, for anything that is malformed, twice there, or not known to this version.
    pub fn parse_as(grammar: Grammar, name: &str, text: &str) -> Result<Self, Fault> {
        if text.len() > POLICY_BYTES_MAX {
            let message = format!("policy `{name}` is not valid: it is larger than {POLICY_BYTES_MAX} bytes");
            return Err(Fault::new(FaultCode::PolicyInvalid, message).hint("split it into several policies"));
        }
        read(grammar, name, text).map_err(|misread| {
            let Misread { place, message, hint } = misread;
            let hint = hint.unwrap_or_else(|| {
                "see the IAM policy language; `Version`, `Id` and `Statement` are its elements".to_owned()
            });
            let message = format!("policy `{name}` is not valid at {place}: {message}");
            Fault::new(FaultCode::PolicyInvalid, message).hint(hint)
        })
    }
}

fn read(grammar: Grammar, name: &str, text: &str) -> Result<Policy, Misread> {
    let document = json::read(text)?;
    let place = document.place;
    let entries = map(document, "a policy")?;
    known(&entries, POLICY_ELEMENTS, "a policy")?;
    let (mut version, mut id, mut statements) = (None, None, None);
    for entry in entries {
        match entry.name.as_str() {
            "Version" => version = Some(read_version(entry.node)?),
            "Id" => id = Some(text_of(entry.node, "`Id`")?.0),
            _ => statements = Some(entry.node),
        }
    }
    let statements = statements.ok_or_else(|| Misread::new(place, "it has no `Statement`"))?;
    let reader =
        StatementReader { grammar, variables: version.is_some_and(|version| version == VERSIONS[1]) };
    let statements = one_or_many(statements).into_iter().map(|node| reader.statement(node));
    let statements = statements.collect::<Result<Vec<_>, _>>()?;
    no_sid_twice(&statements)?;
    Ok(Policy::new(id.unwrap_or_else(|| name.to_owned()), grammar, statements))
}

fn read_version(node: Node) -> Result<&'static str, Misread> {
    let (text, place) = text_of(node, "`Version`")?;
    VERSIONS
        .iter()
        .find(|known| **known == text)
        .copied()
        .ok_or_else(|| Misread::new(place, format!("version `{text}` is not known")).hint("use `2012-10-17`"))
}

fn no_sid_twice(statements: &[Statement]) -> Result<(), Misread> {
    let mut seen = std::collections::HashSet::new();
    let named = statements.iter().filter_map(|statement| Some((statement.sid.as_deref()?, statement.place)));
    for (sid, place) in named.filter(|(sid, _)| !sid.is_empty()) {
        if !seen.insert(sid) {
            let message = format!("a statement has the `Sid` `{sid}` of an earlier one");
            return Err(Misread::new(place, message).hint("give each statement a `Sid` of its own, or none"));
        }
    }
    Ok(())
}

/// How the statements of one document are read.
struct StatementReader {
    grammar: Grammar,
    /// Whether `${...}` is a variable.
    variables: bool,
}

/// The elements of a statement as they come.
#[derive(Default)]
struct Parts {
    sid: Option<Box<str>>,
    effect: Option<Effect>,
    principals: Option<Scope<Named>>,
    actions: Option<Scope<Pattern>>,
    resources: Option<Scope<Pattern>>,
    conditions: Vec<Condition>,
}

impl StatementReader {
    fn statement(&self, node: Node) -> Result<Statement, Misread> {
        let place = node.place;
        let entries = map(node, "a statement")?;
        known(&entries, STATEMENT_ELEMENTS, "a statement")?;
        not_both(&entries)?;
        let mut parts = Parts::default();
        for entry in entries {
            self.element(entry, &mut parts)?;
        }
        self.complete(place, parts)
    }

    fn element(&self, Entry { name, place, node }: Entry, parts: &mut Parts) -> Result<(), Misread> {
        match name.as_str() {
            "Sid" => parts.sid = Some(text_of(node, "`Sid`")?.0.into()),
            "Effect" => parts.effect = Some(read_effect(node)?),
            "Action" => parts.actions = Some(Scope::These(self.actions(&name, node)?)),
            "NotAction" => parts.actions = Some(Scope::AllBut(self.actions(&name, node)?)),
            "Resource" => parts.resources = Some(Scope::These(self.resources(&name, node)?)),
            "NotResource" => parts.resources = Some(Scope::AllBut(self.resources(&name, node)?)),
            "Condition" => parts.conditions = self.conditions(node)?,
            _ if !self.grammar.has_principals() => {
                return Err(Misread::new(
                    place,
                    format!("`{name}` does not belong into a policy of this kind"),
                )
                .hint("whom a policy of a principal is about is decided by whom it is attached to"));
            }
            "Principal" => parts.principals = Some(Scope::These(principals(node)?)),
            _ => parts.principals = Some(Scope::AllBut(principals(node)?)),
        }
        Ok(())
    }

    fn complete(&self, place: Place, parts: Parts) -> Result<Statement, Misread> {
        let lacks =
            |name: &str| Misread::new(place, format!("a statement has neither `{name}` nor `Not{name}`"));
        let effect = parts.effect.ok_or_else(|| Misread::new(place, "a statement has no `Effect`"))?;
        let actions = parts.actions.ok_or_else(|| lacks("Action"))?;
        if parts.resources.is_none() && self.grammar != Grammar::Resource {
            return Err(lacks("Resource"));
        }
        if parts.principals.is_none() && self.grammar.has_principals() {
            return Err(lacks("Principal"));
        }
        Ok(Statement {
            sid: parts.sid,
            place,
            effect,
            principals: parts.principals,
            actions,
            resources: parts.resources,
            conditions: parts.conditions.into(),
        })
    }

    fn actions(&self, name: &str, node: Node) -> Result<Box<[Pattern]>, Misread> {
        let reading = Reading { wildcards: true, variables: false, arn: false };
        let patterns = texts(name, node)?.into_iter().map(|(text, place)| {
            check_action(&text, place)?;
            compile(&text.to_ascii_lowercase(), reading, place)
        });
        patterns.collect()
    }

    fn resources(&self, name: &str, node: Node) -> Result<Box<[Pattern]>, Misread> {
        let reading = Reading { wildcards: true, variables: self.variables, arn: true };
        let patterns = texts(name, node)?.into_iter().map(|(text, place)| match self.completed(&text) {
            Some(completed) => compile(&completed, reading, place),
            None => compile(&text, reading, place),
        });
        patterns.collect()
    }

    /// An ARN with fewer than six fields stands for all that start with it, as Amazon has it for policies of principals.
    fn completed(&self, text: &str) -> Option<String> {
        let fields = text.split(':').count();
        let short = self.grammar == Grammar::Identity && text.starts_with("arn:") && fields < 6;
        short.then(|| format!("{text}{}", ":*".repeat(6 - fields)))
    }

    fn conditions(&self, node: Node) -> Result<Vec<Condition>, Misread> {
        let mut conditions = Vec::new();
        for Entry { name, place, node } in map(node, "`Condition`")? {
            let operator = Operator::of(&name).ok_or_else(|| unknown_operator(&name, place))?;
            for entry in map(node, "an operator")? {
                if entry.name.is_empty() {
                    return Err(Misread::new(entry.place, "a condition key has no name"));
                }
                let place = entry.node.place;
                let values = one_or_many(entry.node).into_iter().map(condition_value);
                let values = values.collect::<Result<Vec<_>, _>>()?;
                if values.is_empty() {
                    return Err(Misread::new(place, format!("`{}` is compared with no value", entry.name)));
                }
                let condition = Condition::read(operator, &entry.name, &values, self.variables);
                conditions.push(condition.map_err(|problem| Misread::new(place, problem))?);
            }
        }
        Ok(conditions)
    }
}

fn compile(text: &str, reading: Reading, place: Place) -> Result<Pattern, Misread> {
    Pattern::compile(text, reading).map_err(|problem| Misread::new(place, problem))
}

fn unknown_operator(name: &str, place: Place) -> Misread {
    let names: Vec<String> = Operator::names().collect();
    let misread = Misread::new(place, format!("condition operator `{name}` is not known"));
    match suggested(name, names.iter().map(String::as_str)) {
        Some(near) => misread.hint(format!("did you mean `{near}`?")),
        None => misread.hint("see the condition operators of the IAM policy language"),
    }
}

fn read_effect(node: Node) -> Result<Effect, Misread> {
    let (text, place) = text_of(node, "`Effect`")?;
    match text.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(Misread::new(place, format!("effect `{text}` is neither `Allow` nor `Deny`"))),
    }
}

/// `*` alone, or a service and a name in which wildcards may stand.
fn check_action(text: &str, place: Place) -> Result<(), Misread> {
    if let Some(problem) = disguised(text) {
        return Err(
            Misread::new(place, format!("action `{text}` has {}", problem.message)).hint(problem.hint)
        );
    }
    let (service, name) = match text.split_once(':') {
        _ if text == "*" => return Ok(()),
        Some(parts) => parts,
        None => {
            return Err(Misread::new(place, format!("action `{text}` has no service"))
                .hint("write `service:Action`, as in `q:SendMessage`, or `*` for all actions"));
        }
    };
    let of_service = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*' | b'?');
    if service.is_empty() || !service.bytes().all(of_service) {
        return Err(Misread::new(
            place,
            format!("`{service}` in the action `{text}` is not the name of a service"),
        )
        .hint("wildcards may stand only behind the colon"));
    }
    if name.is_empty() || !name.bytes().all(of_name) {
        return Err(Misread::new(
            place,
            format!("`{name}` in the action `{text}` is not the name of an action"),
        ));
    }
    Ok(())
}

fn principals(node: Node) -> Result<Box<[Named]>, Misread> {
    let place = node.place;
    if matches!(&node.value, Value::Text(text) if text == "*") {
        return Ok(Box::new([Named::Everyone]));
    }
    let Value::Map(entries) = node.value else {
        return Err(Misread::new(place, "a principal is neither `*` nor an object")
            .hint("write `{\"AWS\": \"arn:...\"}`, or `*` for everyone"));
    };
    known(&entries, PRINCIPAL_KINDS, "a principal")?;
    let mut named = Vec::new();
    for Entry { name, node, .. } in entries {
        for (text, place) in texts(&name, node)? {
            named.push(Named::read(&name, &text).map_err(|problem| Misread::new(place, problem))?);
        }
    }
    if named.is_empty() { Err(Misread::new(place, "a principal names nobody")) } else { Ok(named.into()) }
}

/// One text or several, and not none.
fn texts(name: &str, node: Node) -> Result<Vec<(String, Place)>, Misread> {
    let place = node.place;
    let texts = one_or_many(node).into_iter().map(|node| text_of(node, &format!("`{name}`")));
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    if texts.is_empty() { Err(Misread::new(place, format!("`{name}` is empty"))) } else { Ok(texts) }
}

fn one_or_many(node: Node) -> Vec<Node> {
    match node.value {
        Value::List(nodes) => nodes,
        _ => vec![node],
    }
}

fn text_of(node: Node, what: &str) -> Result<(String, Place), Misread> {
    match node.value {
        Value::Text(text) => Ok((text, node.place)),
        other => Err(Misread::new(node.place, format!("{what} is {} and not a text", other.kind()))),
    }
}

fn condition_value(node: Node) -> Result<String, Misread> {
    match node.value {
        Value::Text(text) | Value::Number(text) => Ok(text),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => Err(Misread::new(node.place, format!("{} is not a value of a condition", other.kind()))),
    }
}

fn map(node: Node, what: &str) -> Result<Vec<Entry>, Misread> {
    match node.value {
        Value::Map(entries) => Ok(entries),
        other => Err(Misread::new(node.place, format!("{what} is {} and not an object", other.kind()))),
    }
}

/// Refuses what is not one of `names`.
fn known(entries: &[Entry], names: &[&'static str], whose: &str) -> Result<(), Misread> {
    let Some(entry) = entries.iter().find(|entry| !names.contains(&entry.name.as_str())) else {
        return Ok(());
    };
    let misread = Misread::new(entry.place, format!("`{}` is not an element of {whose}", entry.name));
    Err(match suggested(&entry.name, names.iter().copied()) {
        Some(near) => misread.hint(format!("did you mean `{near}`?")),
        None => misread.hint(format!("the elements of {whose} are {}", listed(names))),
    })
}

/// The name that was meant: the same in another case, else the nearest.
fn suggested<'a>(given: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let same = names.clone().find(|name| name.eq_ignore_ascii_case(given));
    same.or_else(|| nearest(given, names))
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Refuses an element beside its opposite.
fn not_both(entries: &[Entry]) -> Result<(), Misread> {
    for name in ["Action", "Resource", "Principal"] {
        let opposite = entries.iter().find(|entry| entry.name.strip_prefix("Not") == Some(name));
        if let Some(opposite) = opposite.filter(|_| entries.iter().any(|entry| entry.name == name)) {
            return Err(Misread::new(
                opposite.place,
                format!("a statement has both `{name}` and `Not{name}`"),
            )
            .hint("split it into two statements"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(grammar: Grammar, text: &str, expected: &str) {
        let fault = Policy::parse_as(grammar, "p", text).expect_err(text);
        assert_eq!(fault.code, FaultCode::PolicyInvalid);
        let shown = format!("{} [{}]", fault.message, fault.hint.clone().unwrap_or_default());
        assert!(shown.contains(expected), "{shown} lacks {expected}");
    }

    fn check(text: &str, expected: &str) {
        refused(Grammar::Identity, text, expected);
    }

    /// A statement with one more element.
    fn statement(element: &str) -> String {
        format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*",{element}}}}}"#)
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_place_and_a_suggestion() {
        check("{", "not valid at line 1, column 2: the end stands where a name");
        check(
            r#"{"Statement":[],"Extra":1}"#,
            "column 17: `Extra` is not an element of a policy [the elements of a policy are `Id`",
        );
        check(r#"{"Statment":[]}"#, "did you mean `Statement`?");
        check("{}", "has no `Statement`");
        check("[]", "a policy is a list and not an object");
        check(
            r#"{"Version":"2025-01-01","Statement":[]}"#,
            "version `2025-01-01` is not known [use `2012-10-17`]",
        );
        check(r#"{"Version":2012,"Statement":[]}"#, "`Version` is a number and not a text");
        check(r#"{"Statement":"x"}"#, "a statement is a text and not an object");
        check(r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#, "effect `allow` is neither");
        check(r#"{"Statement":{"Action":"*","Resource":"*"}}"#, "a statement has no `Effect`");
        check(r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "neither `Action`");
        check(r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#, "neither `Resource`");
        check(&statement(r#""NotAction":"*""#), "both `Action`");
        check(&statement(r#""NotResource":"*""#), "both `Resource`");
        check(r#"{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}"#, "`Action` is empty");
        check(r#"{"Statement":{"Effect":"Allow","Action":[1],"Resource":"*"}}"#, "`Action` is a number");
        check(&statement(r#""Effect":"Deny""#), "`Effect` stands there twice");
        check(&statement(r#""Actoin":"*""#), "did you mean `Action`?");
        check(&statement(r#""Principal":"*""#), "`Principal` does not belong");
        check(
            r#"{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},
                {"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"}]}"#,
            "line 2, column 17: a statement has the `Sid` `A` of an earlier one",
        );
    }

    #[test]
    fn conditions_are_read_strictly() {
        let condition = |text: &str| statement(&format!(r#""Condition":{text}"#));
        check(
            &condition(r#"{"StringEqual":{"a":"b"}}"#),
            "`StringEqual` is not known [did you mean `StringEquals`?]",
        );
        check(&condition(r#"{"stringequals":{"a":"b"}}"#), "did you mean `StringEquals`?");
        check(&condition(r#"{"Wholly":{"a":"b"}}"#), "see the condition operators");
        check(&condition(r#"{"Bool":{"a":"b"}}"#), "`b` cannot be used: it is not a value for `Bool`");
        check(&condition(r#"{"Bool":{"a":"true"},"Bool":{"b":"true"}}"#), "twice");
        check(&condition(r#"{"Bool":{"a":[]}}"#), "`a` is compared with no value");
        check(&condition(r#"{"Bool":{"":"true"}}"#), "has no name");
        check(&condition(r#"{"Bool":{"a":null}}"#), "null is not a value of a condition");
        check(&condition(r#"{"Bool":[]}"#), "an operator is a list");
        check(&condition("[]"), "`Condition` is a list");
        let variables = statement(r#""Condition":{"StringEquals":{"a":"${x"}}"#);
        check(&variables.replacen('{', r#"{"Version":"2012-10-17","#, 1), "has no end");
        assert!(Policy::parse("p", &variables).is_ok());
        assert!(
            Policy::parse("p", &condition(r#"{"Bool":{"a":true},"NumericEquals":{"b":[1,"2"]}}"#)).is_ok()
        );
    }

    #[test]
    fn actions_are_names() {
        let action =
            |text: &str| format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{text}","Resource":"*"}}}}"#);
        check(&action("SendMessage"), "has no service [write `service:Action`");
        check(&action("q*:SendMessage"), "`q*` in the action `q*:SendMessage` is not the name of a service");
        check(&action("q: Send"), "` Send` in the action");
        check(&action(":Send"), "`` in the action `:Send` is not the name of a service");
        check(&action("q:"), "is not the name of an action");
        check(&action("q:A:B"), "`A:B` in the action");
        check(&action("q:S\u{435}ndMessage"), "has `\u{435}` (U+0435), which looks like `e`");
        check(&action("q:Send\u{200b}Message"), "U+200B");
        for good in ["*", "q:*", "q:Send?essage", "execute-api:Invoke", "Q:SendMessage", "a4b:Get_Some-Thing"]
        {
            assert!(Policy::parse("p", &action(good)).is_ok(), "{good}");
        }
    }

    #[test]
    fn policies_of_resources_say_who() {
        let with = |principal: &str| {
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*"{principal}}}}}"#)
        };
        refused(Grammar::Resource, &with(""), "neither `Principal`");
        refused(Grammar::ResourceControl, &with(""), "neither `Principal`");
        refused(Grammar::Control, &with(r#","Principal":"*""#), "does not belong");
        refused(Grammar::Resource, &with(r#","Principal":"me""#), "neither `*` nor an object");
        refused(Grammar::Resource, &with(r#","Principal":{}"#), "names nobody");
        refused(Grammar::Resource, &with(r#","Principal":{"Aws":"*"}"#), "did you mean `AWS`?");
        refused(Grammar::Resource, &with(r#","Principal":{"AWS":"a*"}"#), "only by itself");
        refused(Grammar::Resource, &with(r#","Principal":"*","NotPrincipal":"*""#), "both `Principal`");
        for good in [
            r#""Principal":"*""#,
            r#""Principal":{"AWS":["*"],"Service":"q.amazonaws.com"}"#,
            r#""NotPrincipal":{"AWS":"111122223333"}"#,
        ] {
            assert!(Policy::parse_as(Grammar::Resource, "p", &with(&format!(",{good}"))).is_ok(), "{good}");
        }
        let trust = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}}"#;
        assert!(Policy::parse_as(Grammar::Resource, "p", trust).is_ok());
        refused(Grammar::ResourceControl, trust, "neither `Resource`");
    }

    #[test]
    fn one_statement_needs_no_list() {
        let one =
            Policy::parse("p", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":["*"]}}"#).unwrap();
        let many = Policy::parse("p", r#"{"Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]}"#)
            .unwrap();
        assert_eq!(one.statements[0].actions, many.statements[0].actions);
        assert_eq!((one.len(), many.len()), (1, 1));
        assert_eq!(one.statement(0).unwrap().place, Place { line: 1, column: 14 });
        let named = Policy::parse("p", r#"{"Id":"own","Statement":[]}"#).unwrap();
        assert_eq!((named.name.as_str(), named.is_empty()), ("own", true));
    }

    #[test]
    fn a_shortened_arn_is_completed_for_principals_only() {
        let source = |grammar: Grammar, arn: &str| {
            let principal = if grammar.has_principals() { r#""Principal":"*","# } else { "" };
            let text =
                format!(r#"{{"Statement":{{"Effect":"Allow",{principal}"Action":"*","Resource":"{arn}"}}}}"#);
            let policy = Policy::parse_as(grammar, "p", &text).unwrap();
            let patterns = policy.statements[0].resources.as_ref().map(Scope::items).unwrap_or_default();
            patterns[0].source().to_owned()
        };
        assert_eq!(source(Grammar::Identity, "arn:aws:sqs"), "arn:aws:sqs:*:*:*");
        assert_eq!(source(Grammar::Identity, "arn:aws:sqs:r:1"), "arn:aws:sqs:r:1:*");
        assert_eq!(source(Grammar::Identity, "arn:aws:s3:::b"), "arn:aws:s3:::b");
        assert_eq!(source(Grammar::Identity, "plain"), "plain");
        assert_eq!(source(Grammar::Control, "arn:aws:sqs"), "arn:aws:sqs");
        assert_eq!(source(Grammar::Resource, "arn:aws:sqs"), "arn:aws:sqs");
    }

    #[test]
    fn a_long_text_is_shown_by_its_start() {
        let policy = |variable: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"${{{variable}}}"}}}}"#
            )
        };
        check(&policy("a b?"), "`a b?` is not the name of a variable");
        let long = format!("{}*", "k".repeat(39));
        check(&policy(&long), &format!("`{long}` is not the name"));
        check(&policy(&format!("k{long}")), &format!("`{}…` is not the name", "k".repeat(40)));
    }

    #[test]
    fn a_policy_has_a_size() {
        let mut text = r#"{"Statement":[]}"#.to_owned();
        text.push_str(&" ".repeat(POLICY_BYTES_MAX - text.len()));
        assert!(Policy::parse("p", &text).is_ok());
        text.push(' ');
        check(&text, "larger than 10485760 bytes");
    }
}
