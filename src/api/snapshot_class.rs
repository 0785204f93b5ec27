//! SnapshotClass: cluster-scoped, owned by admins; like a StorageClass.

use partial_json::{Text, non_empty, null_as_default, object_or_default};
use serde::Deserialize;

use super::Parameters;
use super::meta::ObjectMeta;

/// Set to `"true"`, it makes a class the cluster's default.
pub const DEFAULT_CLASS_ANNOTATION: &str = "snapshotclass.agents.x-k8s.io/is-default-class";

/// A SnapshotClass: a driver and what an admin sets for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SnapshotClass<'a> {
    /// Name, creation, the default annotation.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta<'a>,
    /// The driver; required.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub provisioner: Option<Text<'a>>,
    /// Backend defaults owned by the admin.
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub parameters: Parameters<'a>,
}

impl SnapshotClass<'_> {
    /// Returns whether it is annotated as the cluster's default. As for a StorageClass only the
    /// exact value `"true"` counts.
    pub fn is_default(&self) -> bool {
        self.metadata.annotations.get(DEFAULT_CLASS_ANNOTATION) == Some("true")
    }
}
