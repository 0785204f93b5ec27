//! SnapshotClaimTemplate: the controller makes one claim per Sandbox from it.

use std::fmt;

use partial_json::{Raw, Text, null_as_default, object, object_or_default};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::meta::ObjectMeta;
use super::snapshot_claim::SnapshotClaimSpec;
use super::text_map::TextMap;

/// A SnapshotClaimTemplate; like DRA's ResourceClaimTemplate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SnapshotClaimTemplate<'a> {
    /// Name and namespace.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta<'a>,
    /// The contents of generated claims.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub spec: SnapshotClaimTemplateSpec<'a>,
}

impl SnapshotClaimTemplate<'_> {
    /// The class that generated claims will select by name.
    pub fn class_name(&self) -> Option<&str> {
        self.spec.spec.as_ref()?.snapshot_class_name.as_deref()
    }
}

/// The contents of generated claims.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SnapshotClaimTemplateSpec<'a> {
    /// Labels and annotations for generated claims.
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub metadata: TemplateMeta<'a>,
    /// The spec that is copied verbatim; required, may be empty.
    #[serde(borrow, default, deserialize_with = "object")]
    pub spec: Option<SnapshotClaimSpec<'a>>,
}

/// `spec.metadata`: the API allows only labels and annotations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateMeta<'a> {
    /// Copied onto generated claims.
    pub labels: TextMap<'a>,
    /// Copied onto generated claims.
    pub annotations: TextMap<'a>,
    /// All other fields that are set, each as JSON.
    pub others: TextMap<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for TemplateMeta<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MetaVisitor;

        impl<'de> Visitor<'de> for MetaVisitor {
            type Value = TemplateMeta<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut meta = TemplateMeta::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match key.as_str() {
                        "labels" => {
                            meta.labels = map.next_value::<Option<_>>()?.unwrap_or_default();
                        }
                        "annotations" => {
                            meta.annotations = map.next_value::<Option<_>>()?.unwrap_or_default();
                        }
                        // Go writes `creationTimestamp: null` into every ObjectMeta: null is unset.
                        _ => {
                            if let Some(value) = map.next_value::<Option<Raw<'de>>>()? {
                                meta.others.insert(key, value.get().into());
                            }
                        }
                    }
                }
                Ok(meta)
            }
        }

        deserializer.deserialize_map(MetaVisitor)
    }
}
