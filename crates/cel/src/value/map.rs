//! Objects, and maps with keys of other types.

use std::sync::Arc;

use super::Value;
use super::key;

/// An object, or a map with keys of other types, in the order of its keys; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Map<'a>(Arc<Vec<(Value<'a>, Value<'a>)>>);

impl<'a> Map<'a> {
    /// The entries, in the order of their keys.
    pub fn entries(&self) -> &[(Value<'a>, Value<'a>)] {
        &self.0
    }

    /// The value of a key. As in cel-go an int and a uint are the same key if they are equal, and a
    /// double finds the int or uint that it is; but those don't find a key that is a double. A key of any
    /// other type than those of the map is not found, which is no error.
    pub fn get(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        self.exact(key).or_else(|| key::alternatives(key).find_map(|other| self.exact(&other)))
    }

    /// The value of the field of this name.
    pub fn field(&self, name: &str) -> Option<&Value<'a>> {
        let found = self.0.binary_search_by(|(key, _)| key::with_text(key, name)).ok()?;
        self.0.get(found).map(|(_, value)| value)
    }

    /// The value of a key of the same type.
    pub(crate) fn exact(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        if let Value::String(name) = key {
            return self.field(name);
        }
        if !key::is_findable(key) {
            return None;
        }
        let found = self.0.binary_search_by(|(own, _)| key::order(own, key)).ok()?;
        self.0.get(found).map(|(_, value)| value)
    }

    /// Adds an entry whose key is not in the map. The entries are copied if another map shares them. The
    /// result is the number of entries that had to make room.
    pub(crate) fn insert(&mut self, key: Value<'a>, value: Value<'a>) -> usize {
        let entries = Arc::make_mut(&mut self.0);
        let at = entries.partition_point(|(own, _)| key::order(own, &key).is_le());
        entries.insert(at, (key, value));
        entries.len() - at
    }
}

impl<'a> FromIterator<(Value<'a>, Value<'a>)> for Map<'a> {
    /// Makes a map. Of several entries with one key, the last counts.
    fn from_iter<I: IntoIterator<Item = (Value<'a>, Value<'a>)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| key::order(a, b).is_lt()) {
            // The sort is stable: from the end, the first of one key is the last that was given.
            entries.reverse();
            entries.sort_by(|(a, _), (b, _)| key::order(a, b));
            entries.dedup_by(|(a, _), (b, _)| key::is_findable(a) && key::order(a, b).is_eq());
        }
        Self(Arc::new(entries))
    }
}
