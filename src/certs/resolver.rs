//! The certificate in use, for handshakes to pick up.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::files::ServingCertificate;

/// Holds the certificate that new handshakes use; replacing it does not touch connections that
/// shook hands before.
#[derive(Debug)]
pub struct Certificates(ArcSwap<CertifiedKey>);

impl Certificates {
    /// Starts with `certificate`.
    pub fn new(certificate: &ServingCertificate) -> Arc<Self> {
        Arc::new(Self(ArcSwap::new(Arc::clone(certificate.key()))))
    }

    /// Uses `certificate` from now on.
    pub fn replace(&self, certificate: &ServingCertificate) {
        self.0.store(Arc::clone(certificate.key()));
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}
