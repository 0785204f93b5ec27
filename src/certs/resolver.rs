//! The certificate in use, for handshakes to pick up.

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::pair::ServingCertificate;

/// Holds the certificate that new handshakes use; replacing it does not touch connections that
/// shook hands before. Without one, handshakes fail.
#[derive(Debug)]
pub struct Certificates(ArcSwapOption<ServingCertificate>);

impl Certificates {
    /// Starts with `certificate`.
    pub fn new(certificate: &ServingCertificate) -> Arc<Self> {
        Arc::new(Self(ArcSwapOption::from_pointee(certificate.clone())))
    }

    /// Starts with none.
    pub fn none_yet() -> Arc<Self> {
        Arc::new(Self(ArcSwapOption::empty()))
    }

    /// Uses `certificate` from now on.
    pub fn replace(&self, certificate: &ServingCertificate) {
        self.0.store(Some(Arc::new(certificate.clone())));
    }

    /// The reason why no client would accept us at `now`, if there is one.
    pub fn not_ready(&self, now: SystemTime) -> Option<String> {
        match &*self.0.load() {
            None => Some("there is no serving certificate yet".to_owned()),
            Some(certificate) if certificate.validity().contains(now) => None,
            Some(certificate) if certificate.has_expired(now) => {
                Some("the serving certificate has expired".to_owned())
            }
            Some(_) => Some("the serving certificate is not valid yet".to_owned()),
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.load().as_ref().map(|certificate| Arc::clone(certificate.key()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::certs::{CertificateFiles, SubjectNames, ensure};

    #[test]
    fn it_is_ready_while_its_certificate_counts() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        ensure(folder.path(), &SubjectNames::default(), now).unwrap();
        let certificate = CertificateFiles::in_folder(folder.path()).load().unwrap();
        let certificates = Certificates::none_yet();
        let text = |now| certificates.not_ready(now).unwrap_or_default();
        assert_eq!(text(now), "there is no serving certificate yet");
        certificates.replace(&certificate);
        assert_eq!(text(now), "");
        let second = Duration::from_secs(1);
        assert_eq!(text(certificate.not_after() + second), "the serving certificate has expired");
        let before = certificate.validity().from - second;
        assert_eq!(text(before), "the serving certificate is not valid yet");
    }
}
