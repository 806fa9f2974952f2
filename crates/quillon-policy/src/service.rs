//! What the services of Amazon decide by themselves, whatever the policies say. Each row has its page of the
//! documentation.

/// What a service decides by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceRule {
    /// The rule, for those who read decisions.
    pub name: &'static str,
    /// Actions, in lower case.
    actions: &'static [&'static str],
    /// What the resource's name must contain.
    resource: &'static str,
    /// Whether the action is allowed or refused.
    pub allows: bool,
    /// Where that is documented.
    pub source: &'static str,
}

/// Every rule.
pub static SERVICE_RULES: &[ServiceRule] = &[
    ServiceRule {
        name: "everybody may ask who they are",
        actions: &["sts:getcalleridentity"],
        resource: "",
        allows: true,
        source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
    },
    ServiceRule {
        name: "policies that Amazon manages cannot be changed",
        actions: &[
            "iam:createpolicy",
            "iam:createpolicyversion",
            "iam:deletepolicy",
            "iam:deletepolicyversion",
            "iam:setdefaultpolicyversion",
            "iam:tagpolicy",
            "iam:untagpolicy",
        ],
        resource: ":iam::aws:policy/",
        allows: false,
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    },
    ServiceRule {
        name: "roles that Amazon manages cannot be changed",
        actions: &[
            "iam:attachrolepolicy",
            "iam:createrole",
            "iam:createservicelinkedrole",
            "iam:deleterole",
            "iam:deleterolepermissionsboundary",
            "iam:deleterolepolicy",
            "iam:deleteservicelinkedrole",
            "iam:detachrolepolicy",
            "iam:passrole",
            "iam:putrolepermissionsboundary",
            "iam:putrolepolicy",
            "iam:tagrole",
            "iam:untagrole",
            "iam:updateassumerolepolicy",
            "iam:updaterole",
            "iam:updateroledescription",
        ],
        resource: ":role/aws-reserved/",
        allows: false,
        source: "https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html",
    },
    ServiceRule {
        name: "aliases that Amazon manages cannot be changed",
        actions: &["kms:createalias", "kms:deletealias", "kms:updatealias"],
        resource: ":alias/aws/",
        allows: false,
        source: "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    },
];

/// The rule that decides this action on this resource, if one does. The action is in lower case.
pub(crate) fn rule(action: &str, resource: &str) -> Option<&'static ServiceRule> {
    // Nearly every request is ruled out by its first bytes.
    if !["sts:", "iam:", "kms:"].iter().any(|service| action.starts_with(service)) {
        return None;
    }
    SERVICE_RULES
        .iter()
        .find(|rule| rule.actions.contains(&action) && contains_ignoring_case(resource, rule.resource))
}

/// Whether the policies of a principal count only when the resource's policy trusts the principal's account, even within
/// one account: keys, and roles that somebody wants to assume.
pub(crate) fn needs_trust(action: &str, resource: &str, has_policy: bool) -> bool {
    let is_key = || resource.splitn(6, ':').nth(5).is_some_and(|name| name.starts_with("key/"));
    (action.starts_with("kms:") && is_key()) || (action.starts_with("sts:") && has_policy)
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    part.is_empty()
        || text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_speak_about_their_resources_only() {
        let allows = |action: &str, resource: &str| rule(action, resource).map(|rule| rule.allows);
        assert_eq!(allows("sts:getcalleridentity", "*"), Some(true));
        assert_eq!(allows("sts:assumerole", "*"), None);
        assert_eq!(allows("iam:deletepolicy", "arn:aws:iam::aws:policy/AdministratorAccess"), Some(false));
        assert_eq!(allows("iam:deletepolicy", "arn:aws:iam::1:policy/Own"), None);
        assert_eq!(allows("iam:getpolicy", "arn:aws:iam::aws:policy/AdministratorAccess"), None);
        assert_eq!(allows("iam:passrole", "arn:aws:iam::1:role/AWS-Reserved/sso/x"), Some(false));
        assert_eq!(allows("kms:deletealias", "arn:aws:kms:r:1:alias/aws/s3"), Some(false));
        assert_eq!(allows("s3:getobject", "arn:aws:s3:::alias/aws/"), None);
        assert!(SERVICE_RULES.iter().all(|rule| rule.source.starts_with("https://docs.aws.amazon.com/")));
    }

    #[test]
    fn keys_and_roles_need_trust() {
        assert!(needs_trust("kms:decrypt", "arn:aws:kms:r:1:key/k", false));
        assert!(!needs_trust("kms:createalias", "arn:aws:kms:r:1:alias/a", true));
        assert!(!needs_trust("kms:listkeys", "*", false));
        assert!(needs_trust("sts:assumerole", "arn:aws:iam::1:role/r", true));
        assert!(!needs_trust("sts:getsessiontoken", "*", false));
        assert!(!needs_trust("q:sendmessage", "*", true));
    }
}
