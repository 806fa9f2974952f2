//! Who asks, and whom a resource's policy names.
//!
//! How a policy names the asker decides how far the grant reaches: a grant to an account leaves the choice to that
//! account, a grant to a role is limited by what limits the role, and a grant to a user, to one session or to everyone is
//! limited by nothing but an explicit deny. [`Naming`] is that ladder.

/// Who asks. Made from the name that the identity layer established, never from what the request says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal<'a> {
    name: &'a str,
    account: &'a str,
    kind: PrincipalKind<'a>,
}

/// What kind of principal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind<'a> {
    /// Somebody without an ARN whose own policies say everything; what a laptop's road asks for.
    Local,
    /// A request that nobody signed.
    Anonymous,
    /// A service, as `q.amazonaws.com`.
    Service,
    /// The owner of an account.
    Root,
    /// A user.
    User,
    /// A role, without a session.
    Role,
    /// A session of a role.
    Session {
        /// The role's name, without its path.
        role: &'a str,
    },
    /// A session that a user made with a federation token.
    Federated {
        /// The user's name.
        user: &'a str,
    },
    /// Any other name.
    Other,
}

impl<'a> Principal<'a> {
    /// Somebody whom no policy names but as one of all.
    pub const LOCAL: Principal<'static> = Principal { name: "", account: "", kind: PrincipalKind::Local };

    /// A request that nobody signed.
    pub const ANONYMOUS: Principal<'static> =
        Principal { name: "", account: "", kind: PrincipalKind::Anonymous };

    /// The principal of this name: an ARN, or a service.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        let Some([_, _, service, _, account, resource]) = six_parts(name) else {
            let kind = if is_service(name) { PrincipalKind::Service } else { PrincipalKind::Other };
            return Self { name, account: "", kind };
        };
        let (noun, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let first = rest.split('/').next().unwrap_or(rest);
        let kind = match (service, noun) {
            ("iam", "root") => PrincipalKind::Root,
            ("iam", "user") => PrincipalKind::User,
            ("iam", "role") => PrincipalKind::Role,
            ("sts", "assumed-role") => PrincipalKind::Session { role: first },
            ("sts", "federated-user") => PrincipalKind::Federated { user: rest },
            _ => PrincipalKind::Other,
        };
        Self { name, account, kind }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Its account; empty when the name has none.
    #[must_use]
    pub const fn account(&self) -> &'a str {
        self.account
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> PrincipalKind<'a> {
        self.kind
    }

    /// Whether it is a role that a service made for itself, to which the organisation's controls do not apply.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.kind == PrincipalKind::Role && self.name.contains(":role/aws-service-role/")
    }
}

fn six_parts(name: &str) -> Option<[&str; 6]> {
    let mut parts = name.splitn(6, ':');
    let six = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    (six[0] == "arn").then_some(six)
}

fn is_service(name: &str) -> bool {
    name.ends_with(".amazonaws.com")
        || name.ends_with(".amazonaws.com.cn")
        || name.ends_with(".quillon.local")
}

/// How a policy names the asker, from not at all to directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    Not,
    /// Its account.
    Account,
    /// The role or the user behind the session.
    Behind,
    /// Itself.
    Itself,
}

/// Whom a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Everyone,
    Account(Box<str>),
    Arn(Box<str>),
    Service(Box<str>),
    Federated(Box<str>),
    CanonicalUser(Box<str>),
}

impl Named {
    /// Reads a value below `kind`, or says what is wrong with it.
    pub(crate) fn read(kind: &str, text: &str) -> Result<Self, String> {
        if text == "*" && kind == "AWS" {
            return Ok(Self::Everyone);
        }
        if text.is_empty() || text.contains(['*', '?']) {
            return Err(format!(
                "`{text}` names no principal: a wildcard stands for everyone and only by itself"
            ));
        }
        let kept = text.into();
        match kind {
            "AWS" => Ok(match account_of(text) {
                Some(account) => Self::Account(account.into()),
                None => Self::Arn(kept),
            }),
            "Service" => Ok(Self::Service(kept)),
            "Federated" => Ok(Self::Federated(kept)),
            _ => Ok(Self::CanonicalUser(kept)),
        }
    }

    /// How this names the asker.
    pub(crate) fn names(&self, asker: &Principal<'_>) -> Naming {
        let itself = |same: bool| if same { Naming::Itself } else { Naming::Not };
        match (self, asker.kind) {
            (Self::Everyone, _) => Naming::Itself,
            (_, PrincipalKind::Local | PrincipalKind::Anonymous) => Naming::Not,
            (Self::Account(account), kind) if **account == *asker.account => {
                if kind == PrincipalKind::Root {
                    Naming::Itself
                } else {
                    Naming::Account
                }
            }
            (Self::Account(_), _) => Naming::Not,
            // A role is what stands behind each of its sessions, also where no session is known.
            (Self::Arn(arn), PrincipalKind::Role) if **arn == *asker.name => Naming::Behind,
            (Self::Arn(arn), _) if **arn == *asker.name => Naming::Itself,
            (Self::Arn(arn), PrincipalKind::Session { role }) if is_role(arn, asker, role) => Naming::Behind,
            (Self::Arn(arn), PrincipalKind::Federated { user }) if is_user(arn, asker, user) => {
                Naming::Behind
            }
            (Self::Arn(_), _) => Naming::Not,
            (Self::Service(name) | Self::Federated(name) | Self::CanonicalUser(name), _) => {
                itself(**name == *asker.name)
            }
        }
    }
}

impl Named {
    /// Whether it names a session, perhaps another, of the role that asks or whose session asks.
    pub(crate) fn is_session_of(&self, asker: &Principal<'_>) -> bool {
        let Self::Arn(arn) = self else { return false };
        let named = Principal::named(arn);
        let PrincipalKind::Session { role } = named.kind else { return false };
        named.account == asker.account
            && match asker.kind {
                PrincipalKind::Role => is_role(asker.name, &named, role),
                PrincipalKind::Session { role: of_asker } => role.eq_ignore_ascii_case(of_asker),
                _ => false,
            }
    }
}

/// The account that `111122223333` or `arn:aws:iam::111122223333:root` stands for.
fn account_of(text: &str) -> Option<&str> {
    let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        return Some(text);
    }
    match six_parts(text)? {
        [_, _, "iam", _, account, "root"] => Some(account),
        _ => None,
    }
}

/// Whether the ARN is the role of the asker's session; a session's name does not have the role's path.
fn is_role(arn: &str, asker: &Principal<'_>, role: &str) -> bool {
    behind(arn, asker, "role/").is_some_and(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.eq_ignore_ascii_case(role)
    })
}

fn is_user(arn: &str, asker: &Principal<'_>, user: &str) -> bool {
    behind(arn, asker, "user/").is_some_and(|path| path == user)
}

/// What follows `noun` in an ARN of the asker's partition and account.
fn behind<'p>(arn: &'p str, asker: &Principal<'_>, noun: &str) -> Option<&'p str> {
    let [_, partition, service, _, account, resource] = six_parts(arn)?;
    let [_, of_asker, ..] = six_parts(asker.name)?;
    let same = service == "iam" && partition == of_asker && account == asker.account;
    resource.strip_prefix(noun).filter(|_| same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, named: &str, asker: &str, expected: Naming) {
        let asker = if asker.is_empty() { Principal::ANONYMOUS } else { Principal::named(asker) };
        assert_eq!(Named::read(kind, named).unwrap().names(&asker), expected, "{named} {asker:?}");
    }

    #[test]
    fn the_ladder_of_names() {
        let session = "arn:aws:sts::111122223333:assumed-role/Admin/ana";
        let federated = "arn:aws:sts::111122223333:federated-user/ana";
        let user = "arn:aws:iam::111122223333:user/ana";
        check("AWS", "*", session, Naming::Itself);
        check("AWS", "*", "", Naming::Itself);
        check("AWS", "*", "q.amazonaws.com", Naming::Itself);
        check("AWS", "111122223333", session, Naming::Account);
        check("AWS", "arn:aws:iam::111122223333:root", user, Naming::Account);
        check("AWS", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", Naming::Itself);
        check("AWS", "111122223334", user, Naming::Not);
        check("AWS", "AIDA22223333", "arn:aws:iam::AIDA22223333:user/ana", Naming::Not);
        check("AWS", "1111", "arn:aws:iam::1111:user/ana", Naming::Not);
        check("AWS", "111122223333", "", Naming::Not);
        check("AWS", session, session, Naming::Itself);
        check("AWS", "arn:aws:sts::111122223333:assumed-role/Admin/bea", session, Naming::Not);
        check("AWS", "arn:aws:iam::111122223333:role/Admin", session, Naming::Behind);
        check("AWS", "arn:aws:iam::111122223333:role/a/path/admin", session, Naming::Behind);
        check("AWS", "arn:aws:iam::111122223333:role/Other", session, Naming::Not);
        check("AWS", "arn:aws:iam::999922223333:role/Admin", session, Naming::Not);
        check("AWS", "arn:aws-cn:iam::111122223333:role/Admin", session, Naming::Not);
        check(
            "AWS",
            "arn:aws:iam::111122223333:role/Admin",
            "arn:aws:iam::111122223333:role/Admin",
            Naming::Behind,
        );
        check("AWS", user, federated, Naming::Behind);
        check("AWS", "arn:aws:iam::111122223333:user/bea", federated, Naming::Not);
        check("AWS", user, user, Naming::Itself);
        check("Service", "q.amazonaws.com", "q.amazonaws.com", Naming::Itself);
        check("Service", "q.amazonaws.com", "s3.amazonaws.com", Naming::Not);
        check("Federated", "accounts.google.com", "accounts.google.com", Naming::Itself);
        check("CanonicalUser", "79a5", "79a5", Naming::Itself);
        check("AWS", "AIDAEXAMPLE", user, Naming::Not);
        assert_eq!(Named::Everyone.names(&Principal::LOCAL), Naming::Itself);
        assert_eq!(Named::read("Service", "q.amazonaws.com").unwrap().names(&Principal::LOCAL), Naming::Not);
    }

    #[test]
    fn sessions_of_one_role() {
        let named =
            |arn: &str, asker: &str| Named::read("AWS", arn).unwrap().is_session_of(&Principal::named(asker));
        let session = "arn:aws:sts::111122223333:assumed-role/Admin/ana";
        assert!(named(session, "arn:aws:sts::111122223333:assumed-role/admin/bea"));
        assert!(!named(session, "arn:aws:sts::111122223333:assumed-role/Other/ana"));
        assert!(!named(session, "arn:aws:sts::999922223333:assumed-role/Admin/ana"));
        assert!(named(session, "arn:aws:iam::111122223333:role/a/path/Admin"));
        assert!(!named(session, "arn:aws:iam::111122223333:role/Other"));
        assert!(!named(session, "arn:aws:iam::111122223333:user/Admin"));
        assert!(!named("arn:aws:iam::111122223333:role/Admin", session));
        assert!(!named("*", session));
    }

    #[test]
    fn wildcards_stand_alone() {
        assert!(Named::read("AWS", "arn:aws:iam::1:role/*").unwrap_err().contains("only by itself"));
        assert!(Named::read("Service", "*").is_err());
        assert!(Named::read("AWS", "").is_err());
    }

    #[test]
    fn kinds() {
        assert_eq!(Principal::named("arn:aws:iam::1:user/a").kind(), PrincipalKind::User);
        assert_eq!(Principal::named("arn:aws:iam::1:user/a").account(), "1");
        assert_eq!(Principal::named("arn:aws:s3:::b").kind(), PrincipalKind::Other);
        assert_eq!(Principal::named("q.amazonaws.com").kind(), PrincipalKind::Service);
        assert_eq!(Principal::named("someone").kind(), PrincipalKind::Other);
        assert_eq!(Principal::named("someone").name(), "someone");
        assert!(
            Principal::named("arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/R").is_service_linked()
        );
        assert!(!Principal::named("arn:aws:iam::1:role/R").is_service_linked());
        assert!(!Principal::named("arn:aws:iam::1:user/x:role/aws-service-role/").is_service_linked());
    }
}
