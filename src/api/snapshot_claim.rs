//! SnapshotClaim: namespaced, owned by tenants; a reusable storage target.

use partial_json::{Text, few, non_empty, null_as_default, object, object_or_default};
use serde::Deserialize;

use super::Parameters;
use super::condition::Condition;
use super::meta::ObjectMeta;

/// Set to `"true"`, it makes a claim its namespace's default. The KEP speaks of a default claim
/// without saying how to mark it; this mirrors the class's annotation.
pub const DEFAULT_CLAIM_ANNOTATION: &str = "snapshotclaim.agents.x-k8s.io/is-default-claim";

/// A SnapshotClaim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SnapshotClaim<'a> {
    /// Name, namespace, owners, the default annotation.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta<'a>,
    /// The desired target; optional. Only patches distinguish `None` from an empty one.
    #[serde(borrow, default, deserialize_with = "object")]
    pub spec: Option<SnapshotClaimSpec<'a>>,
    /// The controller's record.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub status: SnapshotClaimStatus<'a>,
}

impl SnapshotClaim<'_> {
    /// The class that it selects by name.
    pub fn class_name(&self) -> Option<&str> {
        self.spec.as_ref()?.snapshot_class_name.as_deref()
    }

    /// Returns whether it is annotated as its namespace's default.
    pub fn is_default(&self) -> bool {
        self.metadata.annotations.get(DEFAULT_CLAIM_ANNOTATION) == Some("true")
    }
}

/// The spec of a claim, and of the claims that a template makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct SnapshotClaimSpec<'a> {
    /// The SnapshotClass; `None` means the cluster's default.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub snapshot_class_name: Option<Text<'a>>,
    /// The target: region, bucket, prefix...
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub parameters: Parameters<'a>,
}

/// The part of `status` that admission reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct SnapshotClaimStatus<'a> {
    /// The class that was resolved, including defaulting.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub snapshot_class_name: Option<Text<'a>>,
    /// `Bound` is the well-known type.
    #[serde(borrow, default, deserialize_with = "few")]
    pub conditions: Vec<Condition<'a>>,
}

impl<'a> SnapshotClaimStatus<'a> {
    /// The condition that says that the claim could not be bound.
    pub fn failed_to_bind(&self) -> Option<&Condition<'a>> {
        self.conditions.iter().find(|condition| condition.says("Bound", "False"))
    }
}
