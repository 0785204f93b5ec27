//! The schemas of the kinds, as the API server is to hold them: `CustomResourceDefinition`s and the
//! patch for upstream's.
//!
//! Every structural rule that a schema can say is said here once more, so that the API server keeps
//! it when no webhook runs. What a schema cannot say, or only at a cost that the API server refuses,
//! is left to the webhook's rules: whatever needs another object, and sizes in bytes (CEL counts
//! characters).
//!
//! The documents are `serde_json` values; writing them as YAML belongs to the callers.

mod common;
mod sandbox;
mod snapshot_claim;
mod snapshot_claim_template;
mod snapshot_class;
mod snapshot_provider;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::Kind;
pub use sandbox::{crd as sandbox_crd, patch as sandbox_patch, suspension_strategy};

/// The `CustomResourceDefinition` of a kind; for Sandbox, which belongs to upstream, the stand-in
/// of [`sandbox_crd`].
pub fn crd(kind: Kind) -> Value {
    match kind {
        Kind::Sandbox => sandbox::crd(),
        Kind::SnapshotClass => snapshot_class::crd(),
        Kind::SnapshotClaim => snapshot_claim::crd(),
        Kind::SnapshotClaimTemplate => snapshot_claim_template::crd(),
        Kind::SnapshotProvider => snapshot_provider::crd(),
    }
}

/// The `openAPIV3Schema` of a kind. The root's `metadata` is a bare object, as in every CRD: what
/// may be in it is the API machinery's to say.
pub fn schema(kind: Kind) -> &'static Value {
    match kind {
        Kind::Sandbox => &sandbox::SCHEMA,
        Kind::SnapshotClass => &snapshot_class::SCHEMA,
        Kind::SnapshotClaim => &snapshot_claim::SCHEMA,
        Kind::SnapshotClaimTemplate => &snapshot_claim_template::SCHEMA,
        Kind::SnapshotProvider => &snapshot_provider::SCHEMA,
    }
}
