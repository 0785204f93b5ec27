//! Who may call: clients whose certificate was signed by one of some CAs, and maybe names one of
//! some names.
//!
//! An API server shows a certificate only where its operator has set one up; `docs/install.md` says
//! how. With one, nobody else gets as far as a request.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, OtherError, RootCertStore, SignatureScheme,
};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::error::CertificateError;
use super::files::read;
use super::pair::PairError;

/// Accepts clients by a file of CAs, which may be replaced while it is in use.
#[derive(Debug)]
pub struct ClientVerifier {
    file: PathBuf,
    /// The names of which a certificate must have one; without any, the CA alone decides.
    names: Vec<String>,
    trusted: ArcSwap<Trusted>,
}

/// The CAs of the file, as they were read last.
#[derive(Debug)]
struct Trusted {
    pem: Vec<u8>,
    verifier: Arc<dyn ClientCertVerifier>,
}

/// The reason why a certificate of a trusted CA is not accepted.
#[derive(Debug, thiserror::Error)]
#[error("its certificate is for {shown:?} and for no --client-name")]
struct OtherName {
    /// All that it is for.
    shown: Vec<String>,
}

impl ClientVerifier {
    /// Reads the file of CAs. A certificate that they sign is accepted if its common name, or a DNS
    /// name or URI in it, is among `names`; if there are none, in any case.
    pub fn open(file: &Path, names: Vec<String>) -> Result<Arc<Self>, CertificateError> {
        let trusted = ArcSwap::from_pointee(Trusted::new(file, read(file)?)?);
        Ok(Arc::new(Self { file: file.to_owned(), names, trusted }))
    }

    /// Looks at the file every `interval` and uses its CAs once they proved good; otherwise the last
    /// good ones stay. `failed` is called for each error, for metrics; the log is written here. Runs
    /// until dropped.
    ///
    /// Connections that are open already stay open.
    pub async fn follow(self: Arc<Self>, interval: Duration, mut failed: impl FnMut()) {
        let mut reported = None;
        loop {
            tokio::time::sleep(interval).await;
            let error = match self.reload() {
                Ok(is_new) => {
                    reported = None;
                    if is_new {
                        tracing::info!("the CAs of clients were replaced");
                    }
                    continue;
                }
                Err(error) => error,
            };
            let text = error.to_string();
            if reported.as_ref() != Some(&text) {
                tracing::error!(
                    error = &error as &dyn Error,
                    "the CAs of clients are unusable; the last good ones stay in use"
                );
                failed();
                reported = Some(text);
            }
        }
    }

    /// Returns whether there was something new.
    fn reload(&self) -> Result<bool, CertificateError> {
        let pem = read(&self.file)?;
        if pem == self.trusted.load().pem {
            return Ok(false);
        }
        self.trusted.store(Arc::new(Trusted::new(&self.file, pem)?));
        Ok(true)
    }

    /// Checks that a certificate has one of the names.
    fn check_names(&self, certificate: &CertificateDer<'_>) -> Result<(), OtherName> {
        if self.names.is_empty() {
            return Ok(());
        }
        let shown = names(certificate);
        if shown.iter().any(|name| self.names.contains(name)) {
            return Ok(());
        }
        Err(OtherName { shown })
    }
}

impl Trusted {
    fn new(file: &Path, pem: Vec<u8>) -> Result<Self, CertificateError> {
        let unusable = |source| CertificateError::Unusable { path: file.to_owned(), source };
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unusable(PairError::NoCertificate(error)))?;
        if certificates.is_empty() {
            return Err(unusable(PairError::NoCertificate(pem::Error::NoItemsFound)));
        }
        let invalid = |error: &dyn Error| unusable(PairError::Certificate(error.to_string()));
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            roots.add(certificate).map_err(|error| invalid(&error))?;
        }
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| invalid(&error))?;
        Ok(Self { pem, verifier })
    }
}

/// The common names of a certificate, and the DNS names and URIs that it is for.
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
        return Vec::new();
    };
    let common = certificate.subject().iter_common_name().filter_map(|it| it.as_str().ok());
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let alternative = alternative.iter().flat_map(|it| &it.value.general_names);
    let alternative = alternative.filter_map(|name| match name {
        GeneralName::DNSName(name) | GeneralName::URI(name) => Some(*name),
        _ => None,
    });
    common.chain(alternative).map(str::to_owned).collect()
}

impl ClientCertVerifier for ClientVerifier {
    /// None: a client that has one certificate shows it.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let trusted = self.trusted.load();
        let verified = trusted.verifier.verify_client_cert(certificate, intermediates, now)?;
        self.check_names(certificate)
            .map_err(|error| rustls::CertificateError::Other(OtherError(Arc::new(error))))?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.trusted.load().verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.trusted.load().verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trusted.load().verifier.supported_verify_schemes()
    }
}
