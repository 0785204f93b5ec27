//! Certificates: read from files, replaced without dropping a connection, made when there are none.
//!
//! A certificate is only put to use after it was read, parsed and matched with its key. How they
//! get into a cluster is not dealt with here.

mod error;
mod files;
mod issue;
mod reload;
mod resolver;
mod write;

pub use self::error::CertificateError;
pub use self::files::{CertificateFiles, ServingCertificate};
pub use self::issue::{Issued, Names, ensure};
pub use self::reload::watch;
pub use self::resolver::Certificates;
