//! Objects, and maps with keys of other types.

use std::sync::Arc;

use super::Value;

/// An object, or a map with keys of other types; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Map<'a>(Arc<Vec<(Value<'a>, Value<'a>)>>);

impl<'a> Map<'a> {
    /// The entries, in the order of their keys.
    pub fn entries(&self) -> &[(Value<'a>, Value<'a>)] {
        &self.0
    }
}

impl<'a> FromIterator<(Value<'a>, Value<'a>)> for Map<'a> {
    fn from_iter<I: IntoIterator<Item = (Value<'a>, Value<'a>)>>(entries: I) -> Self {
        Self(Arc::new(entries.into_iter().collect()))
    }
}
