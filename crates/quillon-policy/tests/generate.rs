//! Worlds that are nearly right: what policies say is made from what the request says, exactly or one change away.

use quillon_policy::{
    Context, Facts, Grammar, Known, Layer, Policy, PolicySet, Principal, Request, ResourceSide, evaluate,
};
use serde_json::{Map, Value, json};

use crate::reference::World;

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed makes the same world.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub(crate) fn percent(&mut self, often: usize) -> bool {
        self.below(100) < often
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const ASKED: &[(&str, &str)] = &[
    ("q:SendMessage", "arn:aws:q:us-east-1:111111111111:conversation/c-1"),
    ("s3:GetObject", "arn:aws:s3:::bucket/team/é:x"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/k-1"),
    ("quillon:RunCommand", "arn:quillon:q:device:local:workspace/w%2a"),
];

const PRINCIPALS: &[&str] = &[
    "",
    "arn:aws:iam::111111111111:user/ana",
    "arn:aws:iam::111111111111:role/p/Dev",
    "arn:aws:sts::111111111111:assumed-role/Dev/one",
    "arn:aws:sts::111111111111:federated-user/ana",
    "arn:aws:iam::222222222222:user/bea",
];

const KEYS: &[(&str, &[&str], &[&str])] = &[
    (
        "aws:username",
        &["ana", "bea", "An*"],
        &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
    ),
    ("aws:PrincipalTag/team", &["team", "red", ""], &["StringEquals", "StringNotLike", "StringLike"]),
    ("aws:MultiFactorAuthPresent", &["true", "false"], &["Bool"]),
    (
        "aws:MultiFactorAuthAge",
        &["0", "300", "301", "x"],
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
    ),
    (
        "aws:CurrentTime",
        &["2026-11-24T05:10:25Z", "2026-11-24T05:10:26Z", "1795497025"],
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
    ),
    ("aws:SourceIp", &["203.0.113.9", "203.0.114.9", "2001:db8::1"], &["IpAddress", "NotIpAddress"]),
    (
        "aws:PrincipalArn",
        &["arn:aws:iam::111111111111:role/p/Dev", "arn:aws:iam::111111111111:user/ana", "none"],
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    ),
    ("aws:TagKeys", &["cost", "team", ""], &["StringEquals", "StringNotEquals", "StringLike"]),
    ("q:Blob", &["QQ==", "QUI="], &["BinaryEquals"]),
];

/// The world of this seed.
pub(crate) fn world(seed: u64) -> World {
    let mut random = Random(seed);
    let random = &mut random;
    let (action, resource) = *random.pick(ASKED);
    let mut world = World {
        action: if random.percent(15) { action.to_uppercase() } else { action.to_owned() },
        resource: resource.to_owned(),
        principal: (*random.pick(PRINCIPALS)).to_owned(),
        ..World::default()
    };
    world.owner = match random.below(10) {
        _ if world.principal.is_empty() => String::new(),
        0..3 => String::new(),
        3..8 => "111111111111".to_owned(),
        _ => "222222222222".to_owned(),
    };
    for (key, values, _) in KEYS.iter().filter(|_| random.percent(60)).collect::<Vec<_>>() {
        let many = *key == "aws:TagKeys" && random.percent(80);
        let count = if many { random.below(3) } else { 1 };
        let values = (0..count).map(|_| (*random.pick(values)).to_owned()).collect();
        world.context.insert(key.to_lowercase(), (values, many));
    }
    let layer = |random: &mut Random, world: &World, with: bool| -> Vec<Value> {
        (0..=random.below(2)).map(|_| document(random, world, with)).collect()
    };
    world.identity = if random.percent(90) { layer(random, &world, false) } else { Vec::new() };
    world.boundaries =
        (0..random.below(3).saturating_sub(1)).map(|_| document(random, &world, false)).collect();
    world.sessions = (0..random.below(4) / 3).map(|_| layer(random, &world, false)).collect();
    world.guardrails = (0..random.below(4) / 3).map(|_| layer(random, &world, false)).collect();
    world.controls = (0..random.below(4).saturating_sub(1)).map(|_| layer(random, &world, false)).collect();
    world.over_resource =
        (0..random.below(4) / 3).map(|_| layer(random, &world, true)).map(everyone).collect();
    world.resource_policy = random.percent(50).then(|| document(random, &world, true));
    world
}

fn everyone(mut layer: Vec<Value>) -> Vec<Value> {
    for statement in
        layer.iter_mut().flat_map(|policy| policy["Statement"].as_array_mut().into_iter().flatten())
    {
        statement.as_object_mut().unwrap().remove("NotPrincipal");
        statement["Principal"] = json!("*");
    }
    layer
}

/// A policy near the request.
pub(crate) fn document(random: &mut Random, world: &World, with_principal: bool) -> Value {
    let new = !random.percent(10);
    let statements: Vec<Value> =
        (0..=random.below(3)).map(|_| statement(random, world, with_principal)).collect();
    if new {
        json!({"Version": "2012-10-17", "Statement": statements})
    } else {
        json!({"Statement": statements})
    }
}

fn statement(random: &mut Random, world: &World, with_principal: bool) -> Value {
    let mut statement = Map::new();
    let deny = random.percent(15);
    statement.insert("Effect".into(), json!(if deny { "Deny" } else { "Allow" }));
    let not = if random.percent(10) { "Not" } else { "" };
    statement.insert(format!("{not}Action"), some(random, |random| near_action(random, &world.action)));
    let not = if random.percent(10) { "Not" } else { "" };
    statement.insert(format!("{not}Resource"), some(random, |random| near_resource(random, &world.resource)));
    if with_principal {
        let not = if random.percent(15) { "Not" } else { "" };
        statement.insert(format!("{not}Principal"), near_principal(random, world));
    }
    if random.percent(50) {
        let (key, values, operators) = random.pick(KEYS);
        let mut operator = (*random.pick(operators)).to_owned();
        if random.percent(35) {
            operator = format!("{}{operator}", random.pick(&["ForAllValues:", "ForAnyValue:"]));
        }
        if random.percent(25) {
            operator += "IfExists";
        }
        let mut wanted = some(random, |random| near_value(random, &operator, values));
        if random.percent(8) {
            (operator, wanted) = ("Null".to_owned(), json!(random.percent(50).to_string()));
        }
        statement.insert("Condition".into(), json!({operator: {*key: wanted}}));
    }
    Value::Object(statement)
}

fn some(random: &mut Random, mut make: impl FnMut(&mut Random) -> String) -> Value {
    if random.percent(60) {
        return json!(make(random));
    }
    (0..=random.below(3)).map(|_| json!(make(random))).collect()
}

fn near_action(random: &mut Random, action: &str) -> String {
    let (service, name) = action.split_once(':').unwrap();
    let cut = 1 + random.below(name.len() - 1);
    match random.below(10) {
        0 | 1 => "*".to_owned(),
        2 => format!("{service}:*"),
        3 => format!("{service}:{}*", &name[..cut]),
        4 => format!("{service}:*{}", &name[cut..]),
        5 => format!("{service}:{}?{}", &name[..cut - 1], &name[cut..]),
        6 => format!("{service}:{}", &name[..cut]),
        7 => "s3:Other".to_owned(),
        _ => action.to_owned(),
    }
}

fn near_resource(random: &mut Random, resource: &str) -> String {
    let characters: Vec<char> = resource.chars().collect();
    let cut = 4 + random.below(characters.len() - 4);
    let left: String = characters[..cut].iter().collect();
    let right: String = characters[(cut + 1).min(characters.len())..].iter().collect();
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    match random.below(14) {
        0..3 => "*".to_owned(),
        3 => format!("{left}*"),
        4 => format!("{left}*{right}"),
        5 => format!("{left}?{right}"),
        6 => format!("{left}{right}"),
        7 => format!("{}:*:*:{}", fields[..3].join(":"), fields[5]),
        8 => format!("{}:*", fields[..5].join(":")),
        9 => format!("{}:*/${{aws:PrincipalTag/team, 'team'}}*", fields[..5].join(":")),
        10 => format!("{left}${{aws:username}}*"),
        11 => resource.replace('*', "${*}"),
        _ => resource.to_owned(),
    }
}

fn near_principal(random: &mut Random, world: &World) -> Value {
    let account = world.principal.split(':').nth(4).unwrap_or("111111111111");
    match random.below(8) {
        0 => json!("*"),
        1 => json!({"AWS": account}),
        2 => json!({"AWS": [format!("arn:aws:iam::{account}:root"), "333333333333"]}),
        3 => json!({"AWS": format!("arn:aws:iam::{account}:role/p/dev")}),
        4 => json!({"AWS": format!("arn:aws:iam::{account}:user/ana"), "Service": "q.amazonaws.com"}),
        5 => json!({"AWS": *random.pick(&PRINCIPALS[1..])}),
        _ if world.principal.is_empty() => json!({"AWS": "*"}),
        _ => json!({"AWS": world.principal}),
    }
}

fn near_value(random: &mut Random, operator: &str, values: &[&str]) -> String {
    let value = *random.pick(&values[..2]);
    if operator.contains("Ip") {
        return (*random.pick(&[
            "203.0.113.0/24",
            "203.0.112.0/22",
            "0.0.0.0/0",
            "2001:db8::/32",
            "203.0.113.9",
        ]))
        .to_owned();
    }
    if operator.contains("Arn") {
        return match random.below(4) {
            0 => "arn:aws:iam::*:*/*".to_owned(),
            1 => "arn:aws:iam::1?1*:user/${aws:username}".to_owned(),
            2 => "arn:*".to_owned(),
            _ => value.to_owned(),
        };
    }
    if operator.contains("String") {
        return match random.below(7) {
            0 => format!("{}*", &value[..1]),
            1 => format!("?{}", &value[1..]),
            2 => value.to_uppercase(),
            3 => "${aws:username}".to_owned(),
            4 => "${aws:PrincipalTag/team, 'ana'}".to_owned(),
            5 => "An${*}".to_owned(),
            _ => value.to_owned(),
        };
    }
    value.to_owned()
}

/// The world as this crate takes it.
pub(crate) struct Compiled {
    pub(crate) set: PolicySet,
    pub(crate) side: ResourceSide,
    pub(crate) context: Context,
    pub(crate) world: World,
}

pub(crate) fn compiled(world: World) -> Compiled {
    let read =
        |grammar: Grammar, document: &Value| Policy::parse_as(grammar, "p", &document.to_string()).unwrap();
    let layers = |grammar: Grammar, layers: &[Vec<Value>]| -> Vec<Layer> {
        let named = layers.iter().enumerate();
        named
            .map(|(place, layer)| {
                Layer::new(format!("layer {place}"), layer.iter().map(|it| read(grammar, it)).collect())
            })
            .collect()
    };
    let mut context = Context::new();
    for (key, (values, many)) in &world.context {
        if *many { context.set_all(key, values.clone()) } else { context.set(key, values[0].clone()) }
    }
    let mut boundaries: Vec<Policy> = world.boundaries.iter().map(|it| read(Grammar::Identity, it)).collect();
    for (place, policy) in boundaries.iter_mut().enumerate() {
        policy.name = format!("boundary {place}");
    }
    Compiled {
        set: PolicySet {
            identity: world.identity.iter().map(|it| read(Grammar::Identity, it)).collect(),
            boundaries,
            sessions: layers(Grammar::Identity, &world.sessions),
            guardrails: layers(Grammar::Identity, &world.guardrails),
            controls: layers(Grammar::Control, &world.controls),
            ..PolicySet::default()
        },
        side: ResourceSide {
            account: world.owner.clone(),
            policy: world.resource_policy.as_ref().map(|it| read(Grammar::Resource, it)),
            controls: layers(Grammar::ResourceControl, &world.over_resource),
            in_management_account: false,
        },
        context,
        world,
    }
}

impl Compiled {
    pub(crate) fn request(&self) -> Request<'_> {
        let principal = match self.world.principal.as_str() {
            "" => Principal::LOCAL,
            name => Principal::named(name),
        };
        Request {
            facts: Facts {
                action: &self.world.action,
                resource: &self.world.resource,
                context: &self.context,
            },
            principal,
            resource: Some(&self.side),
            known: Known::ALL,
        }
    }

    pub(crate) fn answer(&self) -> char {
        let verdict = evaluate(&self.set, &self.request());
        match (verdict.allowed, verdict.is_explicit_deny()) {
            (true, _) => 'A',
            (false, true) => 'E',
            (false, false) => 'I',
        }
    }
}
