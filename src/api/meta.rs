//! The part of `metadata` that rules read.

use std::fmt;

use partial_json::{Text, few, non_empty, null_as_default};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION};

/// The fields of `metadata` that rules read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct ObjectMeta<'a> {
    /// Absent while a `generateName` has not been resolved.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub name: Option<Text<'a>>,
    /// The prefix from which the API server makes a name.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub generate_name: Option<Text<'a>>,
    /// Absent on cluster-scoped objects.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub namespace: Option<Text<'a>>,
    /// Absent until the API server has given one.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub uid: Option<Text<'a>>,
    /// The number of the desired state: it grows when `spec` changes.
    #[serde(default)]
    pub generation: Option<i64>,
    /// RFC 3339 in UTC, to the second, as the API server writes it: such strings sort by time.
    #[serde(borrow, default)]
    pub creation_timestamp: Option<Text<'a>>,
    /// Set once the object is being deleted.
    #[serde(borrow, default)]
    pub deletion_timestamp: Option<Text<'a>>,
    /// Only the annotations that rules read; all others are skipped.
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub annotations: OwnAnnotations<'a>,
    /// The owners of the object.
    #[serde(borrow, default, deserialize_with = "few")]
    pub owner_references: Vec<OwnerReference<'a>>,
}

impl ObjectMeta<'_> {
    /// Returns whether the object is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    /// The name, or the prefix from which the API server will make it.
    pub fn display_name(&self) -> &str {
        self.name.as_ref().or(self.generate_name.as_ref()).map_or("", Text::as_str)
    }
}

/// An entry of `metadata.ownerReferences`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct OwnerReference<'a> {
    /// The owner's kind.
    #[serde(borrow, default)]
    pub kind: Option<Text<'a>>,
    /// The owner's name.
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    /// The owner's uid.
    #[serde(borrow, default)]
    pub uid: Option<Text<'a>>,
}

/// Set to `"true"` on a Sandbox, it lets the Sandbox be deleted with its checkpoint where an operator
/// denies that.
pub const RELEASE_CHECKPOINT_ANNOTATION: &str = "sandbox-admission.x-k8s.io/release-checkpoint";

/// The annotations that rules read.
///
/// The rest is skipped: `kubectl apply` keeps a copy of the whole object in an annotation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnAnnotations<'a>(Vec<(Text<'a>, Text<'a>)>);

const OWN: [&str; 3] =
    [DEFAULT_CLASS_ANNOTATION, DEFAULT_CLAIM_ANNOTATION, RELEASE_CHECKPOINT_ANNOTATION];

impl OwnAnnotations<'_> {
    /// The value of an annotation that is read.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own.as_str() == key).map(|(_, value)| value.as_str())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for OwnAnnotations<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnnotationsVisitor;

        impl<'de> Visitor<'de> for AnnotationsVisitor {
            type Value = OwnAnnotations<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut own = Vec::new();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if OWN.contains(&key.as_str()) {
                        if let Some(value) = map.next_value::<Option<Text<'de>>>()? {
                            own.push((key, value));
                        }
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(OwnAnnotations(own))
            }
        }

        deserializer.deserialize_map(AnnotationsVisitor)
    }
}
