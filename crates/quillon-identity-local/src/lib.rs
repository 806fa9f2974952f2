//! The person at this machine, as the operating system knows them.
//!
//! The user id is the proof; the name is only what people read. The local organisation is of the pro tier: nothing is
//! metered against a person on their own machine, and no content is ever used for improvement.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::{Clock, Fault, FaultCode, OrganisationId, PrincipalId, ProfileId, Region, Tier};
use quillon_identity::{Claim, IdentityProvider, Principal, PrincipalKind, Proof, ProofMethod};

/// Knows the person at this machine and nobody else.
pub struct LocalIdentity {
    principal: PrincipalId,
    clock: Arc<dyn Clock>,
}

impl LocalIdentity {
    /// The person who runs this process; `user_name` is how they are called, where that is known.
    #[must_use]
    pub fn new(user_name: Option<&str>, clock: Arc<dyn Clock>) -> Self {
        let uid = rustix::process::getuid().as_raw();
        Self { principal: principal_id(user_name, uid), clock }
    }
}

/// The name in a form that a principal may have, or else the user id.
fn principal_id(user_name: Option<&str>, uid: u32) -> PrincipalId {
    let from_name = user_name.and_then(|name| PrincipalId::new(name.to_ascii_lowercase()).ok());
    from_name.unwrap_or_else(|| PrincipalId::new(format!("uid-{uid}")).expect("digits make a name"))
}

fn name<T, E>(made: Result<T, E>) -> Result<T, Fault> {
    made.map_err(|_| Fault::internal("a constant name is not valid"))
}

#[async_trait]
impl IdentityProvider for LocalIdentity {
    async fn identify(&self, claim: &Claim) -> Result<Principal, Fault> {
        let Claim::Local = claim else {
            return Err(Fault::new(FaultCode::IdentityUnknown, "this machine knows no tokens")
                .hint("sign in at your organisation's server with `quillon login`"));
        };
        Ok(Principal {
            organisation: name(OrganisationId::new("local"))?,
            id: self.principal.clone(),
            kind: PrincipalKind::User,
            profile: name(ProfileId::new("local"))?,
            tier: Tier::Pro,
            region: Region::device(),
            groups: vec!["owner".into()],
            tags: BTreeMap::new(),
            proof: Proof { method: ProofMethod::Local, mfa: false, proved_at: self.clock.now() },
        })
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::Timestamp;

    use super::*;

    struct Midnight;

    impl Clock for Midnight {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(0)
        }
    }

    #[tokio::test]
    async fn conforms() {
        quillon_identity::conformance::check(&LocalIdentity::new(Some("ada"), Arc::new(Midnight))).await;
    }

    #[test]
    fn odd_names_become_user_ids() {
        let check = |name, expected: &str| assert_eq!(principal_id(name, 1000).as_str(), expected);
        check(Some("Ada"), "ada");
        check(Some("DOMAIN\\ada"), "uid-1000");
        check(Some("../root"), "uid-1000");
        check(Some(""), "uid-1000");
        check(None, "uid-1000");
    }
}
