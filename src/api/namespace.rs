//! Namespace: Kubernetes' own kind. Policies select by its labels.

use std::collections::BTreeMap;

use partial_json::{Text, non_empty, null_as_default, object_or_default};
use serde::Deserialize;

/// A Namespace, as far as selectors read it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct Namespace<'a> {
    /// Name and labels.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub metadata: NamespaceMeta<'a>,
}

/// The part of its `metadata` that is read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct NamespaceMeta<'a> {
    /// Its name.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub name: Option<Text<'a>>,
    /// Its labels.
    #[serde(default, deserialize_with = "null_as_default")]
    pub labels: BTreeMap<String, String>,
}
