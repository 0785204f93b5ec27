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

    /// The items, to be changed; they are copied if another list shares them.
    pub(crate) fn to_mut(&mut self) -> &mut Vec<Value<'a>> {
        Arc::make_mut(&mut self.0)
    }
}

impl<'a> From<Vec<Value<'a>>> for List<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self(Arc::new(items))
    }
}
