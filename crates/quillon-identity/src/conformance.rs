//! The suite that every identity provider passes.

use quillon_base::{FaultCode, Secret};

use crate::{Claim, IdentityProvider, PrincipalKind, ProofMethod};

/// Checks what holds of every provider: made-up tokens prove nobody, and nobody is proved without a proof.
///
/// # Panics
/// When the provider does not conform.
pub async fn check(provider: &dyn IdentityProvider) {
    for token in ["", "made-up", "null", &"x".repeat(100_000)] {
        let claim = Claim::Token(Secret::new(token.to_owned()));
        let code = provider.identify(&claim).await.map(|_| ()).map_err(|fault| fault.code);
        assert_eq!(code, Err(FaultCode::IdentityUnknown), "a made-up token proved somebody");
    }
    if let Ok(principal) = provider.identify(&Claim::Local).await {
        let proved = principal.proof.method != ProofMethod::None;
        assert_eq!(proved, principal.kind != PrincipalKind::Anonymous, "{principal:?}");
        assert!(principal.arn().starts_with("arn:quillon:"), "{principal:?}");
    }
}
