//! A provider that knows exactly whom it was told.

use std::collections::HashMap;

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode};

use crate::{Claim, IdentityProvider, Principal, PrincipalKind};

/// Knows a local principal, perhaps, and the bearers of tokens.
#[derive(Debug, Default)]
pub struct StrictIdentity {
    local: Option<Principal>,
    bearers: HashMap<String, Principal>,
}

impl StrictIdentity {
    /// Knows the person at this machine.
    #[must_use]
    pub fn with_local(mut self, principal: Principal) -> Self {
        self.local = Some(principal);
        self
    }

    /// Knows the bearer of a token.
    ///
    /// # Panics
    /// When the token is known already.
    #[must_use]
    pub fn with_bearer(mut self, token: &str, principal: Principal) -> Self {
        assert_ne!(principal.kind, PrincipalKind::Anonymous, "a token proves somebody");
        assert!(self.bearers.insert(token.to_owned(), principal).is_none(), "two principals for one token");
        self
    }
}

#[async_trait]
impl IdentityProvider for StrictIdentity {
    async fn identify(&self, claim: &Claim) -> Result<Principal, Fault> {
        let found = match claim {
            Claim::Local => self.local.clone(),
            Claim::Token(token) => self.bearers.get(token.expose()).cloned(),
        };
        found.ok_or_else(|| Fault::new(FaultCode::IdentityUnknown, "this proves nobody").hint("sign in"))
    }
}
