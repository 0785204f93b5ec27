//! Lists.

use std::sync::Arc;

use super::Value;

/// A list; clones share it.
#[derive(Debug, Clone, Default)]
pub struct List<'a>(Arc<Vec<Value<'a>>>);

impl<'a> List<'a> {
    /// The items.
    pub fn items(&self) -> &[Value<'a>] {
        &self.0
    }

    /// The item at an index.
    pub fn get(&self, index: i64) -> Option<&Value<'a>> {
        self.0.get(usize::try_from(index).ok()?)
    }

    /// The items, to be changed; they are copied if another list shares them.
    pub(crate) fn to_mut(&mut self) -> &mut Vec<Value<'a>> {
        Arc::make_mut(&mut self.0)
    }

    /// Returns whether no other list shares the items, so that they can be changed without a copy.
    pub(crate) fn is_unshared(&mut self) -> bool {
        Arc::get_mut(&mut self.0).is_some()
    }
}

impl<'a> From<Vec<Value<'a>>> for List<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self(Arc::new(items))
    }
}
