//! Policies in files and folders.

use kubernetes_manifest::{Document, ManifestError, Reloading};

use super::{PolicySet, definitions};
use crate::strict::Problems;

/// The reasons why files hold no policies that could be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file could not be read, or is no YAML or JSON.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Policies have mistakes.
    #[error(transparent)]
    Problems(#[from] Problems),
}

/// The policies of some files, which follow them.
pub type Policies = Reloading<PolicySet, PolicyError>;

/// The policies among some documents.
pub fn policies(documents: &[Document]) -> Result<PolicySet, PolicyError> {
    Ok(PolicySet::compile(definitions(documents)?)?)
}
