//! Whom we trust and what we show: the TLS configuration, read from files when the first secure request is made.

use std::path::Path;
use std::sync::Arc;

use quillon_base::{Fault, FaultCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};

use crate::{ClientIdentity, Options, Trust};

/// Where Linux distributions keep the certificates that the system trusts; the first that is there counts.
const SYSTEM_FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The configuration that `options` make.
///
/// # Errors
/// `network.certificate` when there is nobody to trust, `setting.invalid`, `credential.missing`.
pub(crate) fn configuration(options: &Options) -> Result<ClientConfig, Fault> {
    let roots = roots(&options.trust)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| Fault::internal("TLS cannot be configured").inner(error))?
        .with_root_certificates(roots);
    match &options.identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => {
            let (chain, key) = identity_of(identity)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                Fault::new(FaultCode::CredentialMissing, "the client certificate cannot be used")
                    .hint("its key must be the one that the certificate was made for")
                    .inner(error)
            })
        }
    }
}

/// A configuration that trusts nobody, for requests that are not encrypted.
pub(crate) fn none() -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13]);
    let builder = builder.map_err(|error| Fault::internal("TLS cannot be configured").inner(error))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn roots(trust: &Trust) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    let named = |file: &Path| {
        certificates(file).map_err(|error| {
            Fault::new(
                FaultCode::SettingInvalid,
                format!("the certificates in `{}` cannot be read", file.display()),
            )
            .hint("give a PEM file with at least one certificate that you may read")
            .inner(error)
        })
    };
    if trust.system {
        let system = trust.system_file.as_deref().map_or_else(|| Ok(system()), named)?;
        // One certificate of the system that cannot be read must not keep the others from counting.
        roots.add_parsable_certificates(system);
    }
    for file in &trust.files {
        for certificate in named(file)? {
            roots.add(certificate).map_err(|error| {
                Fault::new(
                    FaultCode::SettingInvalid,
                    format!("`{}` holds something that is no certificate", file.display()),
                )
                .hint("give a PEM file of certificates")
                .inner(error)
            })?;
        }
    }
    if roots.is_empty() {
        return Err(Fault::new(
            FaultCode::NetworkCertificate,
            "this machine trusts no certificate authority",
        )
        .hint("install the system's certificates (`ca-certificates`), or name a file of your own"));
    }
    Ok(roots)
}

#[cfg(target_os = "linux")]
fn system() -> Vec<CertificateDer<'static>> {
    let found = SYSTEM_FILES.iter().find_map(|file| certificates(Path::new(file)).ok());
    found.unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn system() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// At least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(file).map_err(|error| error.to_string())?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if found.is_empty() { Err("no certificate".into()) } else { Ok(found) }
}

fn identity_of(
    identity: &ClientIdentity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Fault> {
    let unusable = |what: &str, file: &Path, error: String| {
        Fault::new(
            FaultCode::CredentialMissing,
            format!("the client's {what} in `{}` cannot be read", file.display()),
        )
        .hint("give PEM files that you may read")
        .inner(error)
    };
    let chain = certificates(&identity.certificate)
        .map_err(|error| unusable("certificate", &identity.certificate, error))?;
    let key = PrivateKeyDer::from_pem_file(&identity.key)
        .map_err(|error| unusable("key", &identity.key, error.to_string()))?;
    Ok((chain, key))
}
