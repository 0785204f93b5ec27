//! Errors of certificate files.

use std::io;
use std::path::PathBuf;

use super::pair::PairError;

/// The reason why certificate files cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file is missing or may not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The files were replaced faster than they can be read.
    #[error("{} keeps changing while it is read", path.display())]
    Changing {
        /// The certificate's file.
        path: PathBuf,
    },
    /// The file holds something else than what it is to hold.
    #[error("cannot use {}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: PairError,
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
        /// The file.
        path: PathBuf,
    },
    /// There is a CA already where one is to be made.
    #[error(
        "{} is there already: remove ca.crt and ca.key to have a new CA made; every client must then \
         trust the new one",
        path.display()
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no CA to sign with.
    #[error("{} has no ca.crt and ca.key to sign with: make them with `certs ca`", folder.display())]
    NoAuthority {
        /// The certificate folder.
        folder: PathBuf,
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
