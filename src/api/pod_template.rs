//! The annotations in a Sandbox's `spec.podTemplate.metadata`.
//!
//! A [`Sandbox`](super::Sandbox) keeps its Pod's template undecoded. It is read only where a rule
//! that is off by default asks for these.

use std::collections::BTreeMap;

use partial_json::{Raw, Text, null_as_default, object_or_default};
use serde::Deserialize;

/// The annotations of the Pod to be made, each with its value as JSON.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PodAnnotations<'a>(BTreeMap<Text<'a>, Option<Raw<'a>>>);

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct PodTemplate<'a> {
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    metadata: PodMetadata<'a>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct PodMetadata<'a> {
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    annotations: BTreeMap<Text<'a>, Option<Raw<'a>>>,
}

impl<'a> PodAnnotations<'a> {
    /// Reads them from a template. One that does not fit its type has none: no schema lets it pass.
    pub fn of(template: Option<Raw<'a>>) -> Self {
        let read = template.and_then(|json| partial_json::from_str(json.get()).ok());
        let PodTemplate { metadata } = read.unwrap_or_default();
        Self(metadata.annotations)
    }

    /// The keys, sorted. One whose value is null is not set.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, value)| value.is_some()).map(|(key, _)| key.as_str())
    }

    /// The value under a key, as JSON.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0.get(key)?.map(Raw::get)
    }
}
