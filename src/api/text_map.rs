//! A map of texts that takes little memory, however many entries it is given.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use partial_json::{MAX_ITEMS, Text};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A key that no client knows, so that nobody can make two maps look alike.
static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A map of texts. Of more than [`MAX_ITEMS`] entries only the first are read: an entry takes ten
/// bytes of JSON and a hundred of memory. Of the others the map knows how many and how large they
/// are, and whether they are the same in another map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextMap<'a> {
    entries: BTreeMap<Text<'a>, Text<'a>>,
    others: Others,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Others {
    count: usize,
    bytes: usize,
    digest: u64,
}

impl<'a> TextMap<'a> {
    /// Adds an entry.
    pub(super) fn insert(&mut self, key: Text<'a>, value: Text<'a>) {
        if self.entries.len() < MAX_ITEMS {
            self.entries.insert(key, value);
            return;
        }
        self.others.count += 1;
        self.others.bytes += key.len() + value.len();
        let digest = SECRET.hash_one((key, value));
        self.others.digest = self.others.digest.wrapping_add(digest);
    }

    /// The keys and values that were read, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(Text::as_str)
    }

    /// Returns whether there is a value under a key, or may be.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key) || self.others.count > 0
    }

    /// The entries that an older map lacks or has another value for. What may be among the entries
    /// of it that were not read is not new.
    pub fn changed_since<'m>(
        &'m self,
        old: Option<&'m Self>,
    ) -> impl Iterator<Item = (&'m str, &'m str)> {
        self.iter().filter(move |(key, value)| {
            old.is_none_or(|old| match old.get(key) {
                Some(before) => before != *value,
                None => !old.has(key),
            })
        })
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len() + self.others.count
    }

    /// Returns whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() + self.others.bytes
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for TextMap<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextMapVisitor;

        impl<'de> Visitor<'de> for TextMapVisitor {
            type Value = TextMap<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut texts = TextMap::default();
                while let Some((key, value)) = map.next_entry()? {
                    texts.insert(key, value);
                }
                Ok(texts)
            }
        }

        deserializer.deserialize_map(TextMapVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(entries: usize, last: &str) -> String {
        let many: Vec<_> = (0..entries).map(|index| format!("\"k{index}\":\"v\"")).collect();
        format!("{{{},\"last\":\"{last}\"}}", many.join(","))
    }

    #[test]
    fn entries_that_are_not_read_still_count_and_are_compared() {
        let [one, same, other] = [json(9_999, "a"), json(9_999, "a"), json(9_999, "b")];
        let read =
            |json: &'static str| -> TextMap<'static> { partial_json::from_str(json).unwrap() };
        let [one, same, other] = [one, same, other].map(|json| read(json.leak()));
        assert_eq!((one.len(), one.iter().count()), (10_000, MAX_ITEMS));
        assert_eq!(one.bytes(), 10 * 2 + 90 * 3 + 900 * 4 + 8999 * 5 + 9_999 + 5);
        assert!(one == same && one != other);
        assert_eq!(one.changed_since(Some(&other)).count(), 0);
        assert_eq!(one.changed_since(None).count(), MAX_ITEMS);
        assert!(one.has("last") && one.get("last").is_none());
    }
}
