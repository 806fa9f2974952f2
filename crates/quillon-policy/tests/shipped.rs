//! Policies that ship.

use quillon_policy::{
    Context, Facts, LintKnown, MANAGED_POLICIES, Policy, PolicySet, Request, SURFACE_KEYS, Severity, decide,
    evaluate, explain, is_supplied, lint, refused_by_guardrails,
};

fn allowed(set: &PolicySet, action: &str, resource: &str) -> bool {
    decide(set, &Facts { action, resource, context: &Context::new() }).allowed
}

#[test]
fn managed_policies_are_read_and_decide() {
    for managed in MANAGED_POLICIES {
        let policy = Policy::managed(managed.name).unwrap();
        assert_eq!(policy.name, managed.name);
        assert!(managed.source.starts_with("https://docs.aws.amazon.com/"));
    }
    assert_eq!(Policy::managed("AmazonQNobodyAccess"), None);
    let of =
        |name: &str| PolicySet { identity: [Policy::managed(name).unwrap()].into(), ..PolicySet::default() };
    let (developer, full) = (of("AmazonQDeveloperAccess"), of("AmazonQFullAccess"));
    for action in ["q:SendMessage", "q:PassRequest", "q:UsePlugin", "cloudformation:GetResource"] {
        assert!(
            allowed(&developer, action, "arn:aws:x:::y") && allowed(&full, action, "arn:aws:x:::y"),
            "{action}"
        );
    }
    for action in ["q:CreatePlugin", "q:CreateAssignment"] {
        assert!(!allowed(&developer, action, "*") && allowed(&full, action, "*"), "{action}");
    }
    assert!(
        allowed(&developer, "sts:SetContext", "arn:aws:sts::1:self")
            && !allowed(&developer, "sts:SetContext", "arn:aws:sts::1:other")
    );
    assert!(!allowed(&full, "iam:PassRole", "arn:aws:iam::1:role/r"));
}

#[test]
fn no_policy_enables_what_chat_never_does() {
    let set = PolicySet::local_owner().in_channel("team", Vec::new());
    let all =
        Policy::parse("all", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap();
    let set = PolicySet { identity: [all].into(), ..set };
    let never = Policy::chat_never();
    assert!(never.len() == 4);
    for action in [
        "iam:GetUser",
        "kms:Decrypt",
        "sts:AssumeRole",
        "S3:getobject",
        "ssm:GetParameters",
        "rds-db:connect",
        "sso-oidc:CreateToken",
        // What `aws eks get-token` signs; anywhere but in a channel everybody may ask it.
        "sts:GetCallerIdentity",
        "redshift-serverless:GetCredentials",
        "codeartifact:GetAuthorizationToken",
        "eks-auth:AssumeRoleForPodIdentity",
    ] {
        assert!(!allowed(&set, action, "*"), "{action}");
    }
    assert!(!allowed(&set, "apigateway:GET", "arn:aws:apigateway:us-east-1::/apikeys/k"));
    assert!(allowed(&set, "apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis"));
    assert!(allowed(&set, "ec2:DescribeInstances", "*"));
}

#[test]
fn nothing_turns_what_no_policy_enables() {
    let all =
        || Policy::parse("all", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap();
    let deny = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Sid":"NoRuns","Effect":"Deny","Action":"ec2:Run*","Resource":"*"}]}"#;
    let set = PolicySet { identity: [all()].into(), ..PolicySet::default() }
        .in_channel("team", vec![Policy::parse("guard", deny).unwrap()]);
    let context = Context::new();
    let facts = |action| Facts { action, resource: "arn:aws:x:::y", context: &context };
    let never = explain(&set, &Request::local(facts("kms:Decrypt")));
    assert_eq!(never.decision.by.to_string(), "chat-never#AmazonQRefuses");
    assert!(never.changes.is_empty(), "{:?}", never.changes);
    let guarded = explain(&set, &Request::local(facts("ec2:RunInstances")));
    assert_eq!(guarded.changes.len(), 1);
    assert_eq!(guarded.changes[0].edits[0].to_string(), "take `NoRuns` out of the channel guardrail `guard`");
}

#[test]
fn guardrails_alone_refuse_what_other_policies_decide_elsewhere() {
    let context = Context::new();
    let refused = |set: &PolicySet, action: &str| {
        let facts = Facts { action, resource: "*", context: &context };
        refused_by_guardrails(set, &facts).map(|decision| decision.by.to_string())
    };
    let reads = r#"{"Statement":{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}}"#;
    let reads = Policy::parse("reads", reads).unwrap();
    let (outside, inside) = (PolicySet::default(), PolicySet::default().in_channel("team", vec![reads]));
    assert_eq!(refused(&outside, "iam:CreateUser"), None);
    assert_eq!(refused(&inside, "ec2:DescribeInstances"), None);
    assert_eq!(refused(&inside, "iam:CreateUser").as_deref(), Some("chat-never#AmazonQRefuses"));
    assert_eq!(refused(&inside, "ec2:RunInstances").as_deref(), Some("team does not allow it"));
    assert_eq!(refused(&outside, &"x".repeat(300)).as_deref(), Some("no such action"));
}

#[test]
fn our_own_policies_have_no_findings() {
    for policy in [Policy::local_owner(), Policy::managed("AmazonQDeveloperAccess").unwrap()] {
        let findings = lint(&policy, &LintKnown::default());
        assert!(findings.iter().all(|finding| finding.severity < Severity::Warning), "{findings:?}");
    }
    // Amazon supplies this key when a role is passed, which is not a request to us.
    let full = lint(&Policy::managed("AmazonQFullAccess").unwrap(), &LintKnown::default());
    assert_eq!(full.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["unsupplied-key"]);
}

#[test]
fn every_surface_lists_its_keys() {
    let known = LintKnown::default();
    for key in [
        "aws:SourceIp",
        "aws:SourceVpc",
        "aws:RequestedRegion",
        "aws:MultiFactorAuthAge",
        "aws:PrincipalTag/x",
        "aws:CurrentTime",
        "aws:ChatbotSourceArn",
    ] {
        assert!(is_supplied(key, &known), "{key}");
    }
    assert!(!is_supplied("aws:SourceVpce", &known));
    let keys = |surface: &str| SURFACE_KEYS.iter().find(|row| row.surface == surface).unwrap().keys;
    assert!(keys("http").contains(&"aws:SourceIp") && !keys("cli").contains(&"aws:SourceIp"));
    assert!(keys("chatapp").contains(&"aws:ChatbotSourceArn"));
}

#[test]
fn a_service_decides_some_things_by_itself() {
    let deny = Policy::parse("d", r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#).unwrap();
    let all = Policy::parse("a", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap();
    let denied = PolicySet { identity: [deny].into(), ..PolicySet::default() };
    let all = PolicySet { identity: [all].into(), ..PolicySet::default() };
    assert!(allowed(&denied, "sts:GetCallerIdentity", "*"));
    let managed = "arn:aws:iam::aws:policy/AdministratorAccess";
    assert!(
        !allowed(&all, "iam:DeletePolicy", managed)
            && allowed(&all, "iam:DeletePolicy", "arn:aws:iam::1:policy/p")
    );
    let context = Context::new();
    let facts = Facts { action: "iam:DeletePolicy", resource: managed, context: &context };
    assert!(!evaluate(&all, &Request::local(facts)).is_explicit_deny());
    assert!(evaluate(&denied, &Request::local(facts)).is_explicit_deny());
    assert_eq!(decide(&all, &facts).by.to_string(), "policies that Amazon manages cannot be changed");
}
