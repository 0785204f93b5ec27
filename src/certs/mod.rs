//! Certificates: read from files, replaced without dropping a connection, made when there are none;
//! or, in a cluster, kept in a Secret that all replicas share.
//!
//! A certificate is only put to use after it was read, parsed and matched with its key. And the other
//! way round: which certificates clients must show.

mod clients;
pub mod cluster;
mod error;
mod files;
mod issue;
mod make;
mod pair;
mod reload;
mod resolver;
mod validity;
mod write;

pub use self::clients::ClientVerifier;
pub use self::error::CertificateError;
pub use self::files::CertificateFiles;
pub use self::issue::{Issued, ensure, new_ca, new_serving};
pub use self::make::{Lifetimes, SubjectNames};
pub use self::pair::{PairError, ServingCertificate};
pub use self::reload::watch;
pub use self::resolver::Certificates;
pub use self::validity::Validity;
