//! Cases that are nearly right.
//!
//! A case of random texts is always denied and proves nothing. So everything that a policy says is made from what the
//! request says, exactly or one change away: a letter, a wildcard, the case, a field of an ARN, a level. Cases that touch
//! something on which the peer is known to differ from the documentation carry a mark.

use serde_json::{Map, Value, json};

use super::random::Random;

/// A known difference.
pub(super) struct Difference {
    pub(super) mark: &'static str,
    /// What we do.
    pub(super) ours: &'static str,
    /// What the peer does.
    pub(super) theirs: &'static str,
    /// The page that we follow.
    pub(super) source: &'static str,
}

const VARIABLES: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html";
const OPERATORS: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html";
const RESOURCE: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html";

/// The mark of the one difference that also concerns published scenarios.
pub(super) const SESSION_GRANT: &str = "session grant";

/// Every known difference.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        mark: "null variable",
        ours: "a negated operator holds of a variable without a value (\"inverted operators do match against a null value\")",
        theirs: "never matches",
        source: VARIABLES,
    },
    Difference {
        mark: "old version",
        ours: "`${...}` is text in version 2008-10-17",
        theirs: "is a variable in every version",
        source: VARIABLES,
    },
    Difference {
        mark: SESSION_GRANT,
        ours: "a grant to one session or to everyone is not limited by an implicit deny of a session policy",
        theirs: "the session policy must allow",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html",
    },
    Difference {
        mark: "any if exists",
        ours: "`ForAnyValue:...IfExists` holds of an absent key",
        theirs: "fails",
        source: OPERATORS,
    },
    Difference {
        mark: "epoch",
        ours: "a date may be compared with seconds since the epoch",
        theirs: "compares seconds with milliseconds",
        source: OPERATORS,
    },
    Difference {
        mark: "empty set",
        ours: "an empty list is a key without a value; `ForAllValues` holds of an empty text",
        theirs: "an empty list is a value; an empty text is compared",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
    },
    Difference {
        mark: "address form",
        ours: "two spellings of one address are one address",
        theirs: "compares the spelling of an address without a prefix length",
        source: OPERATORS,
    },
    Difference {
        mark: "type wildcard",
        ours: "`*` before the first `/` of a resource matches like any other",
        theirs: "never matches there",
        source: RESOURCE,
    },
    Difference {
        mark: "other family",
        ours: "`NotIpAddress` holds of every address that is not in the range, also of the other family",
        theirs: "fails where the range is one address of the other family",
        source: OPERATORS,
    },
    Difference {
        mark: "zero prefix",
        ours: "`0.0.0.0/0` holds every address of its family",
        theirs: "holds none but `0.0.0.0`",
        source: OPERATORS,
    },
    Difference {
        mark: "short name",
        ours: "an ARN with fewer than six fields stands for all that start with it in policies of principals, also behind `Not`",
        theirs: "a statement with such a `NotResource`, and any control with it, never matches",
        source: RESOURCE,
    },
    Difference {
        mark: "refusal kind",
        ours: "an explicit deny is an explicit deny, also where the service refuses in any case",
        theirs: "calls it implicit",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html",
    },
    Difference {
        mark: "escape",
        ours: "`${*}` is an asterisk in every text in which variables stand",
        theirs: "stays as it is written in `StringEquals` and its kin",
        source: VARIABLES,
    },
    Difference {
        mark: "variable slash",
        ours: "a variable without a value is no resource, so neither is all but it",
        theirs: "takes the `/` or `:` in the variable's name for the end of the resource's type, and so for another resource",
        source: VARIABLES,
    },
    Difference {
        mark: "number form",
        ours: "`1e3` is a thousand",
        theirs: "reads the digits before the `e`",
        source: OPERATORS,
    },
    Difference {
        mark: "colon crossing",
        ours: "`*` at the end of a field of an ARN may cross colons",
        theirs: "compares field by field",
        source: RESOURCE,
    },
];

/// A case and the differences it touches.
pub(super) struct Marked {
    pub(super) case: Value,
    pub(super) marks: Vec<&'static str>,
}

const HERE: &str = "111111111111";
const THERE: &str = "222222222222";

const ACTIONS: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::bucket/team/file.txt"),
    ("s3:PutObject", "arn:aws:s3:::bucket/a b/é"),
    ("s3:ListBucket", "arn:aws:s3:::bucket"),
    ("q:SendMessage", "arn:aws:q:us-east-1:111111111111:conversation/c-1"),
    ("q:StartConversation", "arn:aws:q:eu-central-1:222222222222:conversation/c-2"),
    ("ec2:RunInstances", "arn:aws:ec2:us-east-1:111111111111:instance/i-1"),
    ("logs:GetLogEvents", "arn:aws:logs:us-east-1:111111111111:log-group:web:log-stream:one"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:queue"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/k-1"),
    ("kms:CreateAlias", "arn:aws:kms:us-east-1:111111111111:alias/own"),
    ("sts:AssumeRole", "arn:aws:iam::111111111111:role/team/Dev"),
    ("iam:DeletePolicy", "arn:aws:iam::aws:policy/AdministratorAccess"),
];

const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111111111111:user/ana",
    "arn:aws:iam::111111111111:role/team/Dev",
    "arn:aws:sts::111111111111:assumed-role/Dev/one",
    "arn:aws:sts::111111111111:assumed-role/Dev/two",
    "arn:aws:sts::111111111111:federated-user/ana",
    "arn:aws:iam::222222222222:user/bea",
    "arn:aws:sts::222222222222:assumed-role/Ops/one",
];

/// Keys, and the values they may have.
const KEYS: &[(&str, &[&str])] = &[
    ("aws:username", &["ana", "bea", "Ana"]),
    ("aws:PrincipalTag/team", &["team", "red", "b*"]),
    ("aws:RequestedRegion", &["us-east-1", "eu-central-1"]),
    ("aws:MultiFactorAuthPresent", &["true", "false"]),
    ("aws:MultiFactorAuthAge", &["0", "300", "301", "3.5"]),
    ("aws:CurrentTime", &["2026-11-24T05:10:25Z", "2026-11-24T05:10:26Z", "2026-11-25T00:00:00Z"]),
    ("aws:SourceIp", &["203.0.113.9", "203.0.114.9", "2001:db8::1", "2001:db9::1"]),
    ("aws:PrincipalArn", &["arn:aws:iam::111111111111:role/team/Dev", "arn:aws:iam::111111111111:user/ana"]),
    ("aws:TagKeys", &["cost", "team", "Cost"]),
    ("q:Blob", &["QQ==", "QUI="]),
];

struct Maker<'r> {
    random: &'r mut Random,
    marks: Vec<&'static str>,
    action: &'static str,
    resource: &'static str,
    context: Map<String, Value>,
    principal: &'static str,
    /// Whether a shortened ARN would stand where the peer does not complete it.
    short_matters: bool,
    /// Whether the policy being made is a control of principals.
    in_control: bool,
    /// Whether the policy being made is of version 2012-10-17.
    new_version: bool,
}

/// The next case.
pub(super) fn case(random: &mut Random) -> Marked {
    let (mut action, mut resource) = *random.pick(ACTIONS);
    if action == "iam:DeletePolicy" && random.percent(80) {
        (action, resource) = *random.pick(ACTIONS);
    }
    let principal = *random.pick(PRINCIPALS);
    let mut maker = Maker {
        random,
        marks: Vec::new(),
        action,
        resource,
        context: Map::new(),
        principal,
        short_matters: false,
        in_control: false,
        new_version: true,
    };
    maker.fill_context();
    let case = maker.whole();
    let mut marks = maker.marks;
    if action == "iam:DeletePolicy" {
        marks.push("refusal kind");
    }
    marks.sort_unstable();
    marks.dedup();
    Marked { case, marks }
}

impl Maker<'_> {
    fn mark(&mut self, mark: &'static str) {
        self.marks.push(mark);
    }

    fn percent(&mut self, often: usize) -> bool {
        self.random.percent(often)
    }

    fn fill_context(&mut self) {
        for (key, values) in KEYS {
            if !self.percent(65) {
                continue;
            }
            let value = *self.random.pick(values);
            let many = *key == "aws:TagKeys";
            let value = match many {
                true if self.percent(2) => {
                    self.mark("empty set");
                    json!([])
                }
                true => {
                    let count = 1 + self.random.below(3);
                    (0..count).map(|_| json!(*self.random.pick(values))).collect()
                }
                false if self.percent(1) => {
                    self.mark("empty set");
                    json!("")
                }
                false => json!(value),
            };
            let key = if self.percent(8) { key.to_uppercase() } else { (*key).to_owned() };
            self.context.insert(key, value);
        }
    }

    fn whole(&mut self) -> Value {
        let owner = self.owner();
        let mut case = json!({
            "request": {
                "action": self.action,
                "resource": {"resource": self.resource, "accountId": owner},
                "principal": self.principal,
                "context": self.context,
            },
            "identityPolicies": self.policies(3, 45),
        });
        if self.percent(30) {
            case["permissionBoundaries"] = self.policies(1, 60);
        }
        if self.principal.contains(":sts:") && self.percent(25) {
            case["sessionPolicy"] = self.policy(60, false);
        }
        for (key, often, own) in
            [("serviceControlPolicies", 40, false), ("resourceControlPolicies", 25, true)]
        {
            if self.percent(often) {
                let levels = 1 + self.random.below(3);
                case[key] = (0..levels).map(|place| self.level(place, own)).collect();
            }
        }
        if self.percent(55) {
            case["resourcePolicy"] = self.policy(55, true);
        }
        if grants_session(&case) {
            self.mark(SESSION_GRANT);
        }
        case
    }

    fn owner(&mut self) -> &'static str {
        let of_name = self.resource.split(':').nth(4).unwrap_or_default();
        match of_name {
            HERE => HERE,
            THERE => THERE,
            _ if self.percent(75) => HERE,
            _ => THERE,
        }
    }

    fn level(&mut self, place: usize, over_resource: bool) -> Value {
        let count = 1 + self.random.below(2);
        self.in_control = !over_resource;
        let mut policies: Vec<Value> = (0..count).map(|_| self.policy(70, over_resource)).collect();
        self.in_control = false;
        if over_resource {
            everyone(&mut policies);
        } else if self.percent(60) {
            policies.push(json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
        }
        json!({"orgIdentifier": format!("level {place}"), "policies": policies})
    }

    fn policies(&mut self, max: usize, near: usize) -> Value {
        let count = self.random.below(max + 1).max(usize::from(max == 1));
        (0..count).map(|_| self.policy(near, false)).collect()
    }

    fn policy(&mut self, near: usize, with_principal: bool) -> Value {
        self.new_version = !self.percent(3);
        let count = 1 + self.random.below(3);
        let statements: Vec<Value> = (0..count).map(|_| self.statement(near, with_principal)).collect();
        let version = if self.new_version { "2012-10-17" } else { "2008-10-17" };
        json!({"Version": version, "Statement": statements})
    }

    fn statement(&mut self, near: usize, with_principal: bool) -> Value {
        let mut statement = Map::new();
        let deny = self.percent(18);
        statement.insert("Effect".into(), json!(if deny { "Deny" } else { "Allow" }));
        let not = if self.percent(12) { "Not" } else { "" };
        let actions = self.some(|maker| maker.action_near(near));
        statement.insert(format!("{not}Action"), actions);
        let not = if self.percent(10) { "Not" } else { "" };
        self.short_matters = !not.is_empty() || with_principal || self.in_control;
        let resources = self.some(|maker| maker.resource_near(near));
        statement.insert(format!("{not}Resource"), resources);
        if with_principal {
            let not = if deny && self.percent(15) { "Not" } else { "" };
            let principal = self.principal_near();
            statement.insert(format!("{not}Principal"), principal);
        }
        if self.percent(45) {
            let mut conditions = Map::new();
            for _ in 0..=self.random.below(2) {
                let (operator, key, values) = self.condition();
                let keys = conditions.entry(operator).or_insert_with(|| json!({}));
                keys[key] = values;
            }
            statement.insert("Condition".into(), conditions.into());
        }
        Value::Object(statement)
    }

    /// One, or a list of one to three.
    fn some(&mut self, mut make: impl FnMut(&mut Self) -> String) -> Value {
        if self.percent(60) {
            return json!(make(self));
        }
        let count = 1 + self.random.below(3);
        (0..count).map(|_| json!(make(self))).collect()
    }

    fn action_near(&mut self, near: usize) -> String {
        if !self.percent(near) {
            return self.random.pick(ACTIONS).0.to_owned();
        }
        let action = self.action;
        let (service, name) = action.split_once(':').unwrap_or((action, ""));
        let cut = 1 + self.random.below(name.len() - 1);
        match self.random.below(12) {
            0 => "*".to_owned(),
            1 | 2 => format!("{service}:*"),
            3 | 4 => format!("{service}:{}*", &name[..cut]),
            5 => format!("{service}:*{}", &name[cut..]),
            6 => format!("{service}:{}?{}", &name[..cut - 1], &name[cut..]),
            7 => action.to_uppercase(),
            8 => format!("{service}:{}", &name[..cut]),
            9 => format!("{service}:{}*{}", &name[..cut - 1], &name[cut..]),
            _ => action.to_owned(),
        }
    }

    fn resource_near(&mut self, near: usize) -> String {
        if !self.percent(near) {
            return if self.percent(50) { "*".to_owned() } else { self.random.pick(ACTIONS).1.to_owned() };
        }
        let fields: Vec<&str> = self.resource.splitn(6, ':').collect();
        let name = fields[5];
        let head = fields[..5].join(":");
        // Before the first `/` the peer knows no wildcards, so most changes are made behind it.
        let start = name.find(['/', ':']).map_or(0, |slash| slash + 1);
        let behind: Vec<char> = name[start..].chars().collect();
        let cut = self.random.below(behind.len());
        let (left, right): (String, String) =
            (behind[..cut].iter().collect(), behind[cut..].iter().collect());
        let kind = &name[..start];
        let rest: String = behind[(cut + 1).min(behind.len())..].iter().collect();
        match self.random.below(18) {
            0 | 1 => "*".to_owned(),
            2 | 3 => format!("{head}:{kind}{left}*"),
            4 => format!("{head}:{kind}*{right}"),
            5 => format!("{head}:{kind}{left}?{rest}"),
            6 => format!("{head}:{kind}{left}{rest}"),
            7 => format!("{head}:*"),
            8 => format!("arn:aws:{}:*:*:{name}", fields[2]),
            9 => format!("arn:*:{}:{}:{}:{kind}*", fields[2], fields[3], fields[4]),
            10 => {
                let at = 1 + self.random.below(5);
                if self.short_matters && at < 5 {
                    self.mark("short name");
                }
                fields[..at + 1].join(":") + if self.percent(40) && at < 5 { ":*" } else { "" }
            }
            11 | 12 => self.variable_resource(&head, kind, &left),
            13 => format!("{head}:{kind}{}", name[start..].to_uppercase()),
            14 if start > 1 && self.percent(20) => {
                self.mark("type wildcard");
                format!("{head}:{}*{}", &kind[..1], &name[start - 1..])
            }
            15 if self.percent(10) => {
                self.mark("colon crossing");
                format!("arn:aws:{}:*:{name}", fields[2])
            }
            _ => self.resource.to_owned(),
        }
    }

    fn variable_resource(&mut self, head: &str, kind: &str, left: &str) -> String {
        self.old_version_matters();
        let choice = self.random.below(5);
        if choice < 3 && kind.is_empty() {
            self.mark("variable slash");
        }
        match choice {
            0 => format!("{head}:{kind}${{aws:PrincipalTag/team}}*"),
            1 => format!("{head}:{kind}${{aws:PrincipalTag/team, 'team'}}/*"),
            2 => format!("{head}:{kind}${{AWS:username}}"),
            3 => format!("{head}:{kind}{left}${{*}}"),
            _ => format!("{head}:{kind}*${{aws:none, 'file.txt'}}"),
        }
    }

    fn old_version_matters(&mut self) {
        if !self.new_version {
            self.mark("old version");
        }
    }

    fn principal_near(&mut self) -> Value {
        let principal = self.principal;
        let account = principal.split(':').nth(4).unwrap_or(HERE).to_owned();
        let role = |name: &str| format!("arn:aws:iam::{account}:role/{name}");
        match self.random.below(11) {
            0 | 1 => json!("*"),
            2 => json!({"AWS": "*"}),
            3 => json!({"AWS": account}),
            4 => json!({"AWS": [format!("arn:aws:iam::{account}:root"), "333333333333"]}),
            5 => json!({"AWS": role("team/Dev")}),
            6 => json!({"AWS": [role("dev"), role("Ops")]}),
            7 => json!({"Service": "q.amazonaws.com"}),
            8 => json!({"AWS": *self.random.pick(PRINCIPALS)}),
            _ => json!({"AWS": principal}),
        }
    }

    fn condition(&mut self) -> (String, String, Value) {
        let (key, values) = *self.random.pick(KEYS);
        let bases: &[&str] = match key {
            "aws:MultiFactorAuthPresent" => &["Bool"],
            "aws:MultiFactorAuthAge" => &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            "aws:CurrentTime" => &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            "aws:SourceIp" => &["IpAddress", "NotIpAddress"],
            "aws:PrincipalArn" => {
                &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"]
            }
            "q:Blob" => &["BinaryEquals"],
            _ => &[
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
            ],
        };
        if self.percent(8) {
            return (
                "Null".to_owned(),
                key.to_owned(),
                json!(if self.percent(50) { "true" } else { "false" }),
            );
        }
        let base = *self.random.pick(bases);
        let prefix = match key {
            "aws:TagKeys" => *self.random.pick(&["ForAllValues:", "ForAnyValue:", "ForAnyValue:", ""]),
            _ => *self.random.pick(&["", "", "", "", "", "ForAllValues:", "ForAnyValue:"]),
        };
        let often = if prefix == "ForAnyValue:" { 4 } else { 25 };
        let suffix = if self.percent(often) { "IfExists" } else { "" };
        if prefix == "ForAnyValue:" && suffix == "IfExists" {
            self.mark("any if exists");
        }
        let wanted = self.some(|maker| maker.value_near(base, values));
        (format!("{prefix}{base}{suffix}"), key.to_owned(), wanted)
    }

    fn value_near(&mut self, base: &str, values: &[&str]) -> String {
        let value = *self.random.pick(values);
        if base.starts_with("Numeric") && self.percent(3) {
            self.mark("number form");
            return "3e2".to_owned();
        }
        if base.starts_with("Date") && self.percent(4) {
            self.mark("epoch");
            return "1795497025".to_owned();
        }
        if base.ends_with("IpAddress") {
            return self.network_near(base, value);
        }
        if base.starts_with("Arn") {
            let fields: Vec<&str> = value.splitn(6, ':').collect();
            return match self.random.below(5) {
                0 => format!("arn:aws:{}::*:{}", fields[2], fields[5]),
                1 => format!("{}:*", fields[..5].join(":")),
                2 => format!("arn:aws:iam::1?1*:{}", fields[5]),
                3 => format!("{}:user/{}", fields[..5].join(":"), self.variable(base)),
                _ => value.to_owned(),
            };
        }
        if base.starts_with("String") {
            let cut = self.random.below(value.len());
            return match self.random.below(7) {
                0 => format!("{}*", &value[..cut]),
                1 => format!("{}?{}", &value[..cut], &value[cut + 1..]),
                2 => value.to_uppercase(),
                3 => self.variable(base),
                4 => {
                    if base.contains("Equals") {
                        self.mark("escape");
                    }
                    self.old_version_matters();
                    format!("{}${{*}}", &value[..cut])
                }
                _ => value.to_owned(),
            };
        }
        value.to_owned()
    }

    fn variable(&mut self, base: &str) -> String {
        self.old_version_matters();
        let key = *self.random.pick(&["aws:username", "aws:PrincipalTag/team"]);
        if self.percent(40) {
            return format!("${{{key}, 'ana'}}");
        }
        // A key that is absent has no value; an empty one is taken for absent by the peer.
        let absent =
            !self.context.iter().any(|(known, value)| known.eq_ignore_ascii_case(key) && *value != "");
        if absent && base.contains("Not") {
            self.mark("null variable");
        }
        format!("${{{key}}}")
    }

    fn network_near(&mut self, base: &str, value: &str) -> String {
        let is_v6 = value.contains(':');
        let choice = self.random.below(10);
        match (is_v6, choice) {
            (true, 0 | 1) => "2001:db8::/32".to_owned(),
            (true, 2) => "2001:d00::/24".to_owned(),
            (true, 3) => "2001:db8::/128".to_owned(),
            (true, 4) => {
                self.mark("address form");
                "2001:0db8:0::1".to_owned()
            }
            (false, 0 | 1) => "203.0.113.0/24".to_owned(),
            (false, 2) => "203.0.112.0/22".to_owned(),
            (false, 3) => {
                self.mark("zero prefix");
                "0.0.0.0/0".to_owned()
            }
            (false, 4 | 5) => format!("{value}/32"),
            _ => {
                let found = self.context.iter().find(|(key, _)| key.eq_ignore_ascii_case("aws:SourceIp"));
                let other = found.is_some_and(|(_, found)| {
                    found.as_str().is_some_and(|found| found.contains(':') != is_v6)
                });
                if base == "NotIpAddress" && other {
                    self.mark("other family");
                }
                value.to_owned()
            }
        }
    }
}

/// Whether a resource's policy may name a session, or everyone, beside a policy of the session.
pub(super) fn grants_session(case: &Value) -> bool {
    let named = case["resourcePolicy"].to_string();
    let direct = ["assumed-role", "federated-user", "\"*\"", "NotPrincipal"];
    case["sessionPolicy"].is_object() && direct.iter().any(|word| named.contains(word))
}

/// Policies over resources name everyone, as Amazon demands.
fn everyone(policies: &mut [Value]) {
    for policy in policies {
        for statement in policy["Statement"].as_array_mut().into_iter().flatten() {
            if let Some(statement) = statement.as_object_mut() {
                statement.remove("NotPrincipal");
                statement.insert("Principal".to_owned(), json!("*"));
            }
        }
    }
}
