//! The key that signs what leaves the house: RSA with 2,048 bits, because that is what the verifiers of others read.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use quillon_base::{Fault, OrganisationId, Region, Secret};

use crate::cipher::unusable;
use crate::key::{KeyName, Put};
use crate::vault::Vault;

/// Signs digests of exported records.
pub struct ExportKey(KeyPair);

impl ExportKey {
    fn read(der: &Secret<Vec<u8>>) -> Result<Self, Fault> {
        let damaged = |_| unusable("the key that signs exports is damaged");
        KeyPair::from_pkcs8(der.expose()).map(Self).map_err(damaged)
    }

    /// The signature of a message: PKCS#1 v1.5 over SHA-256, the same each time.
    ///
    /// # Errors
    /// `key.unusable`.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| unusable("the key that signs exports cannot be used"))?;
        Ok(signature)
    }

    /// The public key, as the DER of PKCS#1.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }
}

impl Vault {
    /// The key that signs what `organisation` exports from `region`: made once, the same ever after. It is drawn by the
    /// cryptography library, not from the vault's entropy: the library checks what it draws.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`, `disk.full`.
    pub fn export_key(&self, organisation: &OrganisationId, region: &Region) -> Result<ExportKey, Fault> {
        let name = KeyName::new(&["export", organisation.as_str(), region.as_str(), "1"]);
        let context = name.as_str().as_bytes();
        if let Some(wrapped) = self.wrapped.get(&name)? {
            return ExportKey::read(&self.root.unwrap(&wrapped, context)?);
        }
        let failed = |_| unusable("a key that signs exports cannot be made");
        let fresh = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let der: Pkcs8V1Der<'_> = fresh.as_der().map_err(failed)?;
        let der = Secret::new(der.as_ref().to_vec());
        if self.wrapped.put_new(&name, &self.root.wrap(der.expose(), context)?)? == Put::Stored {
            return Ok(ExportKey(fresh));
        }
        let gone = || unusable("the key that signs exports vanished");
        let wrapped = self.wrapped.get(&name)?.ok_or_else(gone)?;
        ExportKey::read(&self.root.unwrap(&wrapped, context)?)
    }
}
