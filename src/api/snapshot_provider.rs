//! SnapshotProvider: cluster-scoped and strongly typed; the KEP's Option A.

use partial_json::{Raw, Text, non_empty, object, object_or_default};
use serde::Deserialize;

use super::meta::ObjectMeta;

/// A SnapshotProvider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SnapshotProvider<'a> {
    /// The name.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta<'a>,
    /// Driver and backends.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub spec: SnapshotProviderSpec<'a>,
}

/// Driver and backends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct SnapshotProviderSpec<'a> {
    /// The driver; required.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub provider_type: Option<Text<'a>>,
    /// S3 or a compatible store.
    #[serde(borrow, default, deserialize_with = "object")]
    pub s3: Option<Backend<'a>>,
    /// Google Cloud Storage.
    #[serde(borrow, default, deserialize_with = "object")]
    pub gcs: Option<Backend<'a>>,
    /// A slip of the proposal for `s3`, not part of the API.
    #[serde(borrow, default)]
    pub s3_config: Option<Raw<'a>>,
}

/// An object store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct Backend<'a> {
    /// Required.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub bucket: Option<Text<'a>>,
    /// Only S3 has one.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub region: Option<Text<'a>>,
}
