//! `tls.crt` and `tls.key`: read as a pair and checked before use.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::error::CertificateError;

/// How often to read again when the files change in between.
const ATTEMPTS: usize = 3;
const DAY: u64 = 24 * 60 * 60;
/// Renewal by tools such as cert-manager is long overdue by then.
const SOON: Duration = Duration::from_secs(14 * DAY);

/// Where the serving certificate is.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// PEM: the serving certificate, then any intermediate ones.
    pub certificate: PathBuf,
    /// PEM: its private key as PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// What the files held at one moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl CertificateFiles {
    /// The names that Secrets of type `kubernetes.io/tls` have, in a folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self { certificate: folder.join("tls.crt"), key: folder.join("tls.key") }
    }

    /// Reads and checks both. An expired certificate is no error here: with `failurePolicy: Fail`
    /// a server that does not start is no better than one whose clients say what is wrong.
    pub fn load(&self) -> Result<ServingCertificate, CertificateError> {
        self.parse(Arc::new(self.read()?))
    }

    /// Both files of the same moment: a mounted Secret may be replaced between two reads.
    pub(super) fn read(&self) -> Result<Contents, CertificateError> {
        let mut certificate = read(&self.certificate)?;
        for _ in 0..ATTEMPTS {
            let key = read(&self.key)?;
            let again = read(&self.certificate)?;
            if again == certificate {
                return Ok(Contents { certificate, key });
            }
            certificate = again;
        }
        Err(CertificateError::Changing { path: self.certificate.clone() })
    }

    pub(super) fn parse(
        &self,
        contents: Arc<Contents>,
    ) -> Result<ServingCertificate, CertificateError> {
        let no_pem = |path: &Path, expected, source| {
            let path = path.to_owned();
            CertificateError::Pem { path, expected, source }
        };
        let chain = CertificateDer::pem_slice_iter(&contents.certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| no_pem(&self.certificate, "CERTIFICATE block", source))?;
        let Some(leaf) = chain.first() else {
            return Err(no_pem(&self.certificate, "CERTIFICATE block", pem::Error::NoItemsFound));
        };
        let not_after = not_after(leaf).map_err(|reason| CertificateError::Certificate {
            path: self.certificate.clone(),
            reason,
        })?;
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|source| no_pem(&self.key, "PRIVATE KEY block", source))?;
        let key = ring::sign::any_supported_type(&key)
            .map_err(|source| CertificateError::Key { path: self.key.clone(), source })?;
        let key = CertifiedKey::new(chain, key);
        key.keys_match().map_err(|_| CertificateError::Mismatch {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
        })?;
        Ok(ServingCertificate { key: Arc::new(key), not_after, contents })
    }
}

/// A certificate chain with the key that belongs to it.
#[derive(Debug, Clone)]
pub struct ServingCertificate {
    key: Arc<CertifiedKey>,
    not_after: SystemTime,
    contents: Arc<Contents>,
}

impl ServingCertificate {
    /// When it expires.
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Whether it has expired at `now`.
    pub fn has_expired(&self, now: SystemTime) -> bool {
        self.not_after < now
    }

    /// Whether a client that calls `name` (a DNS name or an IP address) would accept it.
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
        match self.not_after.duration_since(now) {
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

    pub(super) fn contents(&self) -> &Arc<Contents> {
        &self.contents
    }

    pub(super) fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }
}

/// When a certificate expires.
pub(super) fn not_after(certificate: &[u8]) -> Result<SystemTime, String> {
    let (_, certificate) =
        X509Certificate::from_der(certificate).map_err(|error| error.to_string())?;
    let seconds = certificate.validity().not_after.timestamp();
    let offset = Duration::from_secs(seconds.unsigned_abs());
    let time =
        if seconds < 0 { UNIX_EPOCH.checked_sub(offset) } else { UNIX_EPOCH.checked_add(offset) };
    time.ok_or_else(|| "its end of validity is out of range".to_owned())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certs::{Names, ensure};

    fn folder() -> (tempfile::TempDir, CertificateFiles) {
        let folder = tempfile::tempdir().unwrap();
        ensure(folder.path(), &Names::default(), SystemTime::now()).unwrap();
        let files = CertificateFiles::in_folder(folder.path());
        (folder, files)
    }

    #[test]
    fn a_certificate_with_its_key_is_loaded() {
        let (_folder, files) = folder();
        let loaded = files.load().unwrap();
        let days = loaded.not_after().duration_since(SystemTime::now()).unwrap().as_secs() / DAY;
        assert_eq!(days, 364);
        assert!(loaded.names("localhost"));
        assert!(loaded.names("127.0.0.1"));
        assert!(!loaded.names("example.org"));
    }

    #[test]
    fn a_key_of_another_certificate_is_refused_by_name() {
        let (_one, files) = folder();
        let (_two, other) = folder();
        fs::copy(&other.key, &files.key).unwrap();
        let error = files.load().unwrap_err();
        assert!(matches!(error, CertificateError::Mismatch { .. }), "{error}");
    }

    #[test]
    fn a_file_without_pem_is_refused_by_name() {
        let (_folder, files) = folder();
        for (path, expected) in [(&files.certificate, "CERTIFICATE"), (&files.key, "PRIVATE KEY")] {
            let good = fs::read(path).unwrap();
            fs::write(path, "nothing to see here").unwrap();
            let error = files.load().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(error.contains(&path.display().to_string()), "{error}");
            fs::write(path, good).unwrap();
        }
        assert!(files.load().is_ok());
    }

    #[test]
    fn a_certificate_that_is_not_x509_is_refused() {
        let (_folder, files) = folder();
        let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        fs::write(&files.certificate, text).unwrap();
        let error = files.load().unwrap_err();
        assert!(matches!(error, CertificateError::Certificate { .. }), "{error}");
    }

    #[test]
    fn a_key_in_the_encoding_of_openssl_ecparam_is_taken_too() {
        let (_folder, files) = folder();
        let pkcs8 = PrivateKeyDer::from_pem_file(&files.key).unwrap();
        // PKCS#8 wraps SEC1 in 29 bytes that say that the curve is P-256.
        let sec1 = base64(&pkcs8.secret_der()[29..]);
        let pem = format!("-----BEGIN EC PRIVATE KEY-----\n{sec1}\n-----END EC PRIVATE KEY-----\n");
        fs::write(&files.key, pem).unwrap();
        files.load().unwrap();
    }

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digit = |three: &[u8], at: usize| {
            let byte = |at| u32::from(three.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let index = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap();
            if at > three.len() { '=' } else { char::from(DIGITS[index]) }
        };
        bytes.chunks(3).flat_map(|three| (0..4).map(move |at| digit(three, at))).collect()
    }
}
