//! The schemas of the kinds, for the API server: `CustomResourceDefinition`s and the patch for
//! upstream's.
//!
//! Every structural rule that a schema can express is repeated here, so that the API server
//! enforces it when no webhook runs. The webhook's rules do the rest, which a schema cannot
//! express, or only at a cost that the API server refuses: whatever needs another object, and sizes
//! in bytes (CEL counts characters).
//!
//! The documents are `serde_json` values; the callers write them as YAML.

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

/// The `openAPIV3Schema` of a kind. The root's `metadata` is a bare object, as in every CRD: the
/// API machinery defines its contents.
pub fn schema(kind: Kind) -> &'static Value {
    match kind {
        Kind::Sandbox => &sandbox::SCHEMA,
        Kind::SnapshotClass => &snapshot_class::SCHEMA,
        Kind::SnapshotClaim => &snapshot_claim::SCHEMA,
        Kind::SnapshotClaimTemplate => &snapshot_claim_template::SCHEMA,
        Kind::SnapshotProvider => &snapshot_provider::SCHEMA,
    }
}
