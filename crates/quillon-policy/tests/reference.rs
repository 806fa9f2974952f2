//! The evaluator as the documentation has it: no compilation, no index, nothing clever. Slow, and read beside the pages
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies.html> it is their text in another form.
//!
//! It shares no code with the crate. Documents are plain JSON; what the crate refuses to read is never handed to it.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request and the documents that govern it.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) action: String,
    pub(crate) resource: String,
    /// Empty for somebody whom no policy names but as one of all.
    pub(crate) principal: String,
    pub(crate) owner: String,
    /// Keys in lower case; whether they are of several values.
    pub(crate) context: BTreeMap<String, (Vec<String>, bool)>,
    pub(crate) identity: Vec<Value>,
    pub(crate) boundaries: Vec<Value>,
    pub(crate) sessions: Vec<Vec<Value>>,
    pub(crate) guardrails: Vec<Vec<Value>>,
    pub(crate) controls: Vec<Vec<Value>>,
    pub(crate) over_resource: Vec<Vec<Value>>,
    pub(crate) resource_policy: Option<Value>,
}

/// `A`llowed, `E`xplicitly or `I`mplicitly denied.
pub(crate) fn answer(world: &World) -> char {
    let flat = |layers: &[Vec<Value>]| layers.iter().flatten().cloned().collect::<Vec<_>>();
    let plain = [
        world.identity.clone(),
        world.boundaries.clone(),
        flat(&world.sessions),
        flat(&world.guardrails),
        flat(&world.controls),
    ]
    .concat();
    let denies = |document: &Value| {
        statements(document).any(|it| it["Effect"] == "Deny" && covers(world, document, it))
    };
    let allows = |document: &Value| {
        statements(document).any(|it| it["Effect"] == "Allow" && covers(world, document, it))
    };
    let every = |layers: &[Vec<Value>]| layers.iter().all(|layer| layer.iter().any(allows));
    if plain.iter().any(denies) || flat(&world.over_resource).iter().any(denies) {
        return 'E';
    }
    let mut grants = Vec::new();
    if let Some(document) = &world.resource_policy {
        for statement in statements(document).filter(|it| covers(world, document, it)) {
            let how = named(world, statement);
            if how != "no" && statement["Effect"] == "Deny" {
                return 'E';
            }
            grants.push(how);
        }
    }
    if !every(&world.over_resource) || !every(&world.controls) || !every(&world.guardrails) {
        return 'I';
    }
    let identity = world.identity.iter().any(allows);
    let limits = world.boundaries.iter().all(allows) && every(&world.sessions);
    let account = world.principal.split(':').nth(4).unwrap_or("");
    let yes = if !world.owner.is_empty() && world.owner != account {
        grants.iter().any(|how| *how != "no") && identity && limits
    } else {
        let direct = grants.contains(&"itself");
        let behind = grants.contains(&"behind");
        let key = world.action.to_lowercase().starts_with("kms:") && world.resource.contains(":key/");
        let trusted = !key || world.principal.is_empty() || grants.contains(&"account");
        direct || (limits && (behind || (identity && trusted)))
    };
    if yes { 'A' } else { 'I' }
}

fn statements(document: &Value) -> std::slice::Iter<'_, Value> {
    match &document["Statement"] {
        Value::Array(statements) => statements.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(list).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn covers(world: &World, document: &Value, statement: &Value) -> bool {
    let new = document["Version"] == "2012-10-17";
    let action = |text: &String| glob(&plain(&text.to_lowercase()), &chars(&world.action.to_lowercase()));
    let by_action = match (&statement["Action"], &statement["NotAction"]) {
        (Value::Null, not) => !list(not).iter().any(action),
        (these, _) => list(these).iter().any(action),
    };
    let resource = |text: &String| resource_matches(world, new, text);
    let by_resource = match (&statement["Resource"], &statement["NotResource"]) {
        (Value::Null, not) => list(not).iter().all(|text| resource(text) == Some(false)),
        (these, _) => list(these).iter().any(|text| resource(text) == Some(true)),
    };
    by_action && by_resource && conditions_hold(world, new, &statement["Condition"])
}

#[derive(Clone, PartialEq)]
enum Token {
    Char(char),
    Star,
    One,
    /// Within a field of an ARN.
    StarIn,
    OneIn,
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn plain(text: &str) -> Vec<Token> {
    text.chars()
        .map(|c| match c {
            '*' => Token::Star,
            '?' => Token::One,
            c => Token::Char(c),
        })
        .collect()
}

fn glob(pattern: &[Token], text: &[char]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([Token::Star, rest @ ..], _) => glob(rest, text) || (!text.is_empty() && glob(pattern, &text[1..])),
        ([Token::StarIn, rest @ ..], _) => {
            glob(rest, text) || (text.first().is_some_and(|c| *c != ':') && glob(pattern, &text[1..]))
        }
        (_, []) => false,
        ([Token::One, rest @ ..], _) => glob(rest, &text[1..]),
        ([Token::OneIn, rest @ ..], [c, ..]) => *c != ':' && glob(rest, &text[1..]),
        ([Token::Char(wanted), rest @ ..], [c, ..]) => wanted == c && glob(rest, &text[1..]),
    }
}

/// Tokens with variables replaced; `None` where one has no value.
fn resolved(world: &World, text: &str, variables: bool, wildcards: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if variables && let Some(inside) = rest.strip_prefix("${") {
            let end = inside.find('}').unwrap_or(inside.len());
            let name = &inside[..end];
            rest = inside.get(end + 1..).unwrap_or("");
            if matches!(name, "*" | "?" | "$") {
                tokens.extend(name.chars().map(Token::Char));
                continue;
            }
            let (key, default) = name
                .split_once(", ")
                .map_or((name, None), |(key, text)| (key, Some(text.trim_matches('\''))));
            let value = match world.context.get(&key.to_lowercase()) {
                Some((values, false)) => values.first().map(String::as_str),
                _ => None,
            };
            tokens.extend(value.or(default)?.chars().map(Token::Char));
            continue;
        }
        rest = &rest[c.len_utf8()..];
        tokens.push(match c {
            '*' if wildcards => Token::Star,
            '?' if wildcards => Token::One,
            c => Token::Char(c),
        });
    }
    Some(tokens)
}

fn resource_matches(world: &World, new: bool, text: &str) -> Option<bool> {
    // The fields of the pattern count as they were written, before anything stands in for a variable.
    let mut colons = 0;
    let mut tokens = Vec::new();
    let pieces: Vec<String> = split_keeping(text, new);
    for (place, piece) in pieces.iter().enumerate() {
        if piece == ":" {
            colons += 1;
        }
        let last = pieces.get(place + 1).is_none_or(|next| next == ":");
        for token in resolved(world, piece, new, true)? {
            tokens.push(match token {
                Token::Star if colons < 5 && !last && piece == "*" => Token::StarIn,
                Token::One if colons < 5 && piece == "?" => Token::OneIn,
                token => token,
            });
        }
    }
    Some(glob(&tokens, &chars(&world.resource)))
}

/// Characters, and variables whole.
fn split_keeping(text: &str, variables: bool) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match rest.find('}') {
            Some(end) if variables && rest.starts_with("${") => end + 1,
            _ => c.len_utf8(),
        };
        pieces.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    pieces
}

fn conditions_hold(world: &World, new: bool, conditions: &Value) -> bool {
    let operators = conditions.as_object().into_iter().flatten();
    operators.into_iter().all(|(name, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.into_iter().all(|(key, wanted)| condition_holds(world, new, name, key, &list(wanted)))
    })
}

fn condition_holds(world: &World, new: bool, name: &str, key: &str, wanted: &[String]) -> bool {
    let (set, base) = name.split_once(':').unwrap_or(("", name));
    let (base, if_exists) = base.strip_suffix("IfExists").map_or((base, false), |base| (base, true));
    let found = world.context.get(&key.to_lowercase()).filter(|(values, _)| !values.is_empty());
    if base == "Null" {
        return wanted.iter().any(|wanted| (wanted == "true") == found.is_none());
    }
    let negated = base.contains("Not");
    let Some((values, many)) = found else {
        return match set {
            "ForAllValues" => true,
            "ForAnyValue" => if_exists,
            _ => if_exists || negated,
        };
    };
    let one = |value: &String| {
        let equal: Vec<Option<bool>> =
            wanted.iter().map(|wanted| equal(world, new, base, value, wanted)).collect();
        if negated { equal.iter().all(|it| *it == Some(false)) } else { equal.contains(&Some(true)) }
    };
    match set {
        "ForAllValues" => values.iter().filter(|value| !value.is_empty()).all(one),
        "ForAnyValue" => values.iter().any(one),
        _ => !many && values.iter().all(one),
    }
}

/// Whether the request's value is equal in the operator's sense; `None` when it is not of the operator's kind.
fn equal(world: &World, new: bool, base: &str, value: &str, wanted: &str) -> Option<bool> {
    let base = base.replace("Not", "");
    let text = |wildcards: bool| resolved(world, wanted, new, wildcards);
    let order = |found: f64, wanted: f64| match base.trim_start_matches("Numeric").trim_start_matches("Date")
    {
        "LessThan" => found < wanted,
        "LessThanEquals" => found <= wanted,
        "GreaterThan" => found > wanted,
        "GreaterThanEquals" => found >= wanted,
        _ => found == wanted,
    };
    Some(match base.as_str() {
        "StringEquals" => text(false).is_some_and(|it| glob(&it, &chars(value))),
        "StringLike" => text(true).is_some_and(|it| glob(&it, &chars(value))),
        "StringEqualsIgnoreCase" => {
            let folded = |it: Vec<Token>| -> String {
                it.into_iter()
                    .map(|token| match token {
                        Token::Char(c) => c,
                        _ => ' ',
                    })
                    .collect::<String>()
                    .to_lowercase()
            };
            text(false).is_some_and(|it| folded(it) == value.to_lowercase())
        }
        "ArnEquals" | "ArnLike" => text(true).is_some_and(|it| {
            let mut parts = it.splitn(6, |token| *token == Token::Char(':'));
            let mut values = value.splitn(6, ':');
            (0..6).all(|_| match (parts.next(), values.next()) {
                (Some(part), Some(value)) => glob(part, &chars(value)),
                _ => false,
            })
        }),
        "Bool" => value.parse::<bool>().ok()? == wanted.parse::<bool>().ok()?,
        "BinaryEquals" => value == wanted,
        "IpAddress" => in_network(value, wanted)?,
        _ if base.starts_with("Numeric") => order(value.parse().ok()?, wanted.parse().ok()?),
        _ => order(seconds(value)?, seconds(wanted)?),
    })
}

/// Whole seconds of `YYYY-MM-DDThh:mm:ssZ`, by counting days, or of a number.
fn seconds(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let leap = |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: u32 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let days = years + lengths[..month as usize - 1].iter().sum::<u32>() + day - 1;
    let time =
        if text.len() > 10 { number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)? } else { 0 };
    Some(f64::from(days) * 86_400.0 + f64::from(time))
}

/// By bits, one after the other.
fn in_network(address: &str, network: &str) -> Option<bool> {
    let bits = |text: &str| -> Option<Vec<bool>> {
        let bytes = match text.parse().ok()? {
            std::net::IpAddr::V4(address) => address.octets().to_vec(),
            std::net::IpAddr::V6(address) => address.octets().to_vec(),
        };
        Some(bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1 == 1)).collect())
    };
    let address = bits(address)?;
    let (start, prefix) =
        network.split_once('/').map_or((network, None), |(start, prefix)| (start, prefix.parse().ok()));
    let start = bits(start)?;
    let prefix = prefix.unwrap_or(start.len());
    Some(address.len() == start.len() && address[..prefix] == start[..prefix])
}

/// How a statement names the asker.
fn named(world: &World, statement: &Value) -> &'static str {
    let how = |principal: &Value| -> &'static str {
        if *principal == "*" {
            return "itself";
        }
        let mut all = principal
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(kind, names)| list(names).into_iter().map(move |name| (kind.clone(), name)))
            .map(|(kind, name)| named_by(world, &kind, &name))
            .collect::<Vec<_>>();
        all.sort_by_key(|how| ["no", "account", "behind", "itself"].iter().position(|it| it == how));
        all.last().copied().unwrap_or("no")
    };
    match (&statement["Principal"], &statement["NotPrincipal"]) {
        (Value::Null, _) if statement["Effect"] == "Deny" && !world.boundaries.is_empty() => "itself",
        (Value::Null, not) => {
            if how(not) == "no" {
                "itself"
            } else {
                "no"
            }
        }
        (these, _) => how(these),
    }
}

fn named_by(world: &World, kind: &str, name: &str) -> &'static str {
    let asker = &world.principal;
    let account = asker.split(':').nth(4).unwrap_or("");
    if kind != "AWS" {
        return if name == asker { "itself" } else { "no" };
    }
    if name == "*" {
        return "itself";
    }
    if name == account || name == format!("arn:aws:iam::{account}:root") {
        return "account";
    }
    let is_role = asker.contains(":role/");
    if name == asker {
        return if is_role { "behind" } else { "itself" };
    }
    if let Some((_, session)) = asker.split_once(":assumed-role/") {
        let role = session.split('/').next().unwrap_or("").to_lowercase();
        let named = name.strip_prefix(&format!("arn:aws:iam::{account}:role/")).map(str::to_lowercase);
        return if named.is_some_and(|path| path.rsplit('/').next() == Some(&role)) {
            "behind"
        } else {
            "no"
        };
    }
    if let Some((_, user)) = asker.split_once(":federated-user/") {
        return if name == format!("arn:aws:iam::{account}:user/{user}") { "behind" } else { "no" };
    }
    "no"
}
