//! A certificate with the key that belongs to it, wherever they come from.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::validity::Validity;

const DAY: u64 = 24 * 60 * 60;
/// The time left at which to warn: renewal by tools such as cert-manager is long overdue by then.
const SOON: Duration = Duration::from_secs(14 * DAY);

/// A certificate chain and a key, each as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pem {
    pub(super) certificate: Vec<u8>,
    pub(super) key: Vec<u8>,
}

/// The reason why a certificate and a key cannot be used together.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// No certificate can be read.
    #[error("no CERTIFICATE block in it; expected PEM")]
    NoCertificate(#[source] pem::Error),
    /// No private key can be read.
    #[error("no PRIVATE KEY block in it; expected PEM")]
    NoKey(#[source] pem::Error),
    /// The certificate is not X.509.
    #[error("not an X.509 certificate: {0}")]
    Certificate(String),
    /// The key is of a kind that TLS does not use.
    #[error("not a usable private key (ECDSA P-256 or P-384, RSA, or Ed25519)")]
    Key(#[source] rustls::Error),
    /// The key belongs to another certificate.
    #[error("the key does not belong to the certificate")]
    Mismatch,
}

/// A certificate chain with the key that belongs to it.
#[derive(Debug, Clone)]
pub struct ServingCertificate {
    key: Arc<CertifiedKey>,
    validity: Validity,
    pem: Arc<Pem>,
}

impl ServingCertificate {
    /// Reads and checks both. An expired certificate is no error here.
    pub(super) fn new(pem: Arc<Pem>) -> Result<Self, PairError> {
        let chain = CertificateDer::pem_slice_iter(&pem.certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(PairError::NoCertificate)?;
        let leaf = chain.first().ok_or(PairError::NoCertificate(pem::Error::NoItemsFound))?;
        let (_, parsed) = X509Certificate::from_der(leaf)
            .map_err(|error| PairError::Certificate(error.to_string()))?;
        let validity = Validity::of(&parsed).map_err(PairError::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&pem.key).map_err(PairError::NoKey)?;
        let key = ring::sign::any_supported_type(&key).map_err(PairError::Key)?;
        let key = CertifiedKey::new(chain, key);
        key.keys_match().map_err(|_| PairError::Mismatch)?;
        Ok(Self { key: Arc::new(key), validity, pem })
    }

    /// Returns the time in which it counts.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Returns the moment at which it expires.
    pub fn not_after(&self) -> SystemTime {
        self.validity.until
    }

    /// Returns whether it has expired at `now`.
    pub fn has_expired(&self, now: SystemTime) -> bool {
        self.validity.until < now
    }

    /// Returns whether a client that calls `name` (a DNS name or an IP address) would accept it.
    pub fn names(&self, name: &str) -> bool {
        let Ok(leaf) = self.key.end_entity_cert() else {
            return false;
        };
        let Ok(leaf) = ParsedCertificate::try_from(leaf) else {
            return false;
        };
        ServerName::try_from(name).is_ok_and(|name| verify_server_name(&leaf, &name).is_ok())
    }

    /// Says in the log what to do when it has expired at `now` or soon will.
    pub fn warn_of_expiry(&self, now: SystemTime) {
        match self.not_after().duration_since(now) {
            Ok(left) if left > SOON => {}
            Ok(left) => tracing::warn!(
                days = left.as_secs() / DAY,
                "the serving certificate expires soon: renew tls.crt and tls.key; no restart is needed"
            ),
            Err(_) => tracing::error!(
                "the serving certificate has expired and every client will refuse it: renew \
                 tls.crt and tls.key; no restart is needed"
            ),
        }
    }

    pub(super) fn pem(&self) -> &Arc<Pem> {
        &self.pem
    }

    pub(super) fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }
}
