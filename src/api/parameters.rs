//! The free-form `parameters` of classes and claims.

use std::fmt;

use partial_json::Text;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::text_map::TextMap;

/// A map of strings that a driver gets. Its values are never part of a message: some hold credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters<'a>(TextMap<'a>);

impl Parameters<'_> {
    /// Keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter()
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// The entries that older parameters lack or have another value for.
    pub fn changed_since<'p>(
        &'p self,
        old: Option<&'p Self>,
    ) -> impl Iterator<Item = (&'p str, &'p str)> {
        self.0.changed_since(old.map(|old| &old.0))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Parameters<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ParametersVisitor;

        impl<'de> Visitor<'de> for ParametersVisitor {
            type Value = Parameters<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object whose values are strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = TextMap::default();
                // The API server prunes nulls, so a key without a value is no parameter.
                while let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()? {
                    if let Some(value) = value {
                        entries.insert(key, value);
                    }
                }
                Ok(Parameters(entries))
            }
        }

        deserializer.deserialize_map(ParametersVisitor)
    }
}
