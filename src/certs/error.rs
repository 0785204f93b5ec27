//! What can be wrong with certificate files.

use std::io;
use std::path::PathBuf;

/// Why certificate files cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file is missing or may not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The files were replaced faster than they can be read.
    #[error("{} keeps changing while it is read", path.display())]
    Changing {
        /// The certificate's file.
        path: PathBuf,
    },
    /// The file holds no PEM block of the right kind.
    #[error("{}: no {expected} in it; expected PEM", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// `CERTIFICATE block` or `PRIVATE KEY block`.
        expected: &'static str,
        /// What the PEM reader says.
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate is not X.509.
    #[error("{}: not an X.509 certificate: {reason}", path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What the parser says.
        reason: String,
    },
    /// The key is of a kind that TLS does not use.
    #[error("{}: not a usable private key (ECDSA P-256 or P-384, RSA, or Ed25519)", path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What the crypto provider says.
        source: rustls::Error,
    },
    /// The key belongs to another certificate.
    #[error(
        "{} does not belong to {}: replace both together",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// A new certificate that is worse than the one in use.
    #[error("{} has expired already: put a valid one there", path.display())]
    Expired {
        /// Which file.
        path: PathBuf,
    },
    /// Half of a pair.
    #[error(
        "{} has {present} but not {missing}: put {missing} back, or remove {present} to have both \
         made anew",
        folder.display()
    )]
    Incomplete {
        /// The certificate folder.
        folder: PathBuf,
        /// The name of the file that is there.
        present: &'static str,
        /// The name of the one that is not.
        missing: &'static str,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Issue(#[from] rcgen::Error),
}
