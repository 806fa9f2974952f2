//! Policies that ship.

use quillon_policy::{
    Context, Facts, LintKnown, MANAGED_POLICIES, Policy, PolicySet, Request, SURFACE_KEYS, Severity, decide,
    evaluate, is_supplied, lint,
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
    ] {
        assert!(!allowed(&set, action, "*"), "{action}");
    }
    assert!(!allowed(&set, "apigateway:GET", "arn:aws:apigateway:us-east-1::/apikeys/k"));
    assert!(allowed(&set, "apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis"));
    assert!(allowed(&set, "ec2:DescribeInstances", "*"));
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
