//! `tls.crt` and `tls.key`: read as a pair and checked before use.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::CertificateError;
use super::pair::{PairError, Pem, ServingCertificate};

/// The number of times to read again when the files change in between.
const ATTEMPTS: usize = 3;

/// The files of the serving certificate.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// The serving certificate, then any intermediate ones, as PEM.
    pub certificate: PathBuf,
    /// Its private key as PKCS#8, PKCS#1 or SEC1, as PEM.
    pub key: PathBuf,
}

impl CertificateFiles {
    /// The names that Secrets of type `kubernetes.io/tls` have, in a folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self { certificate: folder.join("tls.crt"), key: folder.join("tls.key") }
    }

    /// Reads and checks both. An expired certificate is no error here: with `failurePolicy: Fail`
    /// a server that does not start is no better than one whose clients say what is wrong.
    pub fn load(&self) -> Result<ServingCertificate, CertificateError> {
        self.check(Arc::new(self.read()?))
    }

    /// Both files of the same moment: a mounted Secret may be replaced between two reads.
    pub(super) fn read(&self) -> Result<Pem, CertificateError> {
        let mut certificate = read(&self.certificate)?;
        for _ in 0..ATTEMPTS {
            let key = read(&self.key)?;
            let again = read(&self.certificate)?;
            if again == certificate {
                return Ok(Pem { certificate, key });
            }
            certificate = again;
        }
        Err(CertificateError::Changing { path: self.certificate.clone() })
    }

    pub(super) fn check(&self, pem: Arc<Pem>) -> Result<ServingCertificate, CertificateError> {
        let (certificate, key) = (self.certificate.clone(), self.key.clone());
        ServingCertificate::new(pem).map_err(|error| match error {
            PairError::Mismatch => CertificateError::Mismatch { certificate, key },
            PairError::NoCertificate(_) | PairError::Certificate(_) => {
                CertificateError::Unusable { path: certificate, source: error }
            }
            PairError::NoKey(_) | PairError::Key(_) => {
                CertificateError::Unusable { path: key, source: error }
            }
        })
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::certs::{SubjectNames, ensure};

    fn words(error: CertificateError) -> String {
        format!("{:#}", anyhow::Error::from(error))
    }

    fn folder() -> (tempfile::TempDir, CertificateFiles) {
        let folder = tempfile::tempdir().unwrap();
        ensure(folder.path(), &SubjectNames::default(), SystemTime::now()).unwrap();
        let files = CertificateFiles::in_folder(folder.path());
        (folder, files)
    }

    #[test]
    fn a_certificate_with_its_key_is_loaded() {
        let (_folder, files) = folder();
        let loaded = files.load().unwrap();
        let days = loaded.not_after().duration_since(SystemTime::now()).unwrap().as_secs()
            / (24 * 60 * 60);
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
            let error = words(files.load().unwrap_err());
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
        let text = words(files.load().unwrap_err());
        assert!(text.contains(": not an X.509 certificate"), "{text}");
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
