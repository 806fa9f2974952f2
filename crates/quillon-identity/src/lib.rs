//! Who asks, and how that was proved. Adapters prove; everything else only looks at the [`Principal`].

pub mod conformance;
mod fake;

use std::collections::BTreeMap;

use async_trait::async_trait;
use quillon_base::{Fault, OrganisationId, PrincipalId, ProfileId, Region, Secret, Tier, Timestamp};
use serde::{Deserialize, Serialize};

pub use fake::StrictIdentity;

/// What kind of asker it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A program.
    Service,
    /// A person who runs the organisation's Quillon.
    Administrator,
    /// Nobody yet: only sign-in is open to it.
    Anonymous,
}

/// How it was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofMethod {
    /// The operating system says so.
    Local,
    /// An OpenID Connect provider says so.
    Oidc,
    /// The bearer holds a key.
    ApiKey,
    /// A chat app says so.
    ChatApp,
    /// It was not proved.
    None,
}

/// A proof and its strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// How.
    pub method: ProofMethod,
    /// Whether a second factor was used.
    pub mfa: bool,
    /// When.
    pub proved_at: Timestamp,
}

/// Who asks, on which terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The tenant.
    pub organisation: OrganisationId,
    /// The name within it.
    pub id: PrincipalId,
    /// The kind.
    pub kind: PrincipalKind,
    /// The profile that it works under.
    pub profile: ProfileId,
    /// Its terms.
    pub tier: Tier,
    /// Where its data rests.
    pub region: Region,
    /// Groups that it belongs to.
    pub groups: Vec<String>,
    /// Tags for policies.
    pub tags: BTreeMap<String, String>,
    /// How it was proved.
    pub proof: Proof,
}

impl Principal {
    /// The resource name.
    #[must_use]
    pub fn arn(&self) -> String {
        let Self { organisation, id, region, .. } = self;
        format!("arn:quillon:q:{region}:{organisation}:principal/{id}")
    }
}

/// What an asker brings as proof.
#[derive(Clone, Debug)]
pub enum Claim {
    /// The person at this machine.
    Local,
    /// The bearer of a token.
    Token(Secret<String>),
}

/// Proves claims.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Who brings this claim.
    ///
    /// # Errors
    /// `identity.unknown` when the claim proves nobody. An adapter never falls back to someone else.
    async fn identify(&self, claim: &Claim) -> Result<Principal, Fault>;
}
