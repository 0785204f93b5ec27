//! The annotations in a Sandbox's `spec.podTemplate.metadata`.
//!
//! A [`Sandbox`](super::Sandbox) keeps its Pod's template undecoded. It is read only where a rule
//! that is off by default asks for these.

use std::collections::BTreeMap;
use std::fmt;

use partial_json::{Raw, Text, object_or_default};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

/// The annotations of the Pod to be made that somebody asked for, each with its value as JSON.
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
    #[serde(borrow, default)]
    annotations: Option<Raw<'a>>,
}

/// Reads the annotations whose keys are asked for. Others may be many.
#[derive(Clone, Copy)]
struct Asked<'k>(&'k dyn Fn(&str) -> bool);

impl<'de> DeserializeSeed<'de> for Asked<'_> {
    type Value = BTreeMap<Text<'de>, Option<Raw<'de>>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Asked<'_> {
    type Value = BTreeMap<Text<'de>, Option<Raw<'de>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut annotations = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<Text<'de>, Option<Raw<'de>>>()? {
            if self.0(&key) {
                annotations.insert(key, value);
            }
        }
        Ok(annotations)
    }
}

impl<'a> PodAnnotations<'a> {
    /// Reads those with such keys from a template. One that does not fit its type has none: no schema
    /// lets it pass.
    pub fn of(template: Option<Raw<'a>>, is_asked: impl Fn(&str) -> bool) -> Self {
        let read = template.and_then(|json| partial_json::from_str(json.get()).ok());
        let PodTemplate { metadata } = read.unwrap_or_default();
        let json = metadata.annotations.filter(|json| json.get() != "null");
        let read = json.and_then(|json| partial_json::read(json.get(), Asked(&is_asked)).ok());
        Self(read.unwrap_or_default())
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
