//! Lists.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{Value, equal};
use crate::evaluate::{Meter, Stop};

/// A list; clones share it.
#[derive(Debug, Clone, Default)]
pub struct List<'a> {
    items: Arc<Vec<Value<'a>>>,
    identity: Identity,
}

/// What makes two items of a list the same one: `x-kubernetes-list-type`.
#[derive(Debug, Clone, Default)]
enum Identity {
    /// Their places: the list is an ordinary one.
    #[default]
    Place,
    /// Their values: the order does not count, and what is there already is not added.
    Value,
    /// These fields: the order does not count, and what is there already is replaced.
    Fields(Arc<[Box<str>]>),
}

impl<'a> List<'a> {
    /// A list in which no value is twice and the order does not count: of type `set`.
    pub fn set(items: Vec<Value<'a>>) -> Self {
        Self { items: Arc::new(items), identity: Identity::Value }
    }

    /// A list of objects that these fields tell apart, in which the order does not count: of type `map`.
    pub fn keyed<'k>(items: Vec<Value<'a>>, keys: impl IntoIterator<Item = &'k str>) -> Self {
        let keys = keys.into_iter().map(Into::into).collect();
        Self { items: Arc::new(items), identity: Identity::Fields(keys) }
    }

    /// The items.
    pub fn items(&self) -> &[Value<'a>] {
        &self.items
    }

    /// The item at an index.
    pub fn get(&self, index: i64) -> Option<&Value<'a>> {
        self.items.get(usize::try_from(index).ok()?)
    }

    /// The items, to be changed; they are copied if another list shares them.
    pub(crate) fn to_mut(&mut self) -> &mut Vec<Value<'a>> {
        Arc::make_mut(&mut self.items)
    }

    /// Returns whether no other list shares the items, so that they can be changed without a copy.
    pub(crate) fn is_unshared(&mut self) -> bool {
        Arc::get_mut(&mut self.items).is_some()
    }

    /// Returns whether it is an ordinary list.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(self.identity, Identity::Place)
    }

    /// The place of the item that is the same as another one.
    pub(crate) fn find(&self, item: &Value<'_>, meter: &mut Meter) -> Result<Option<usize>, Stop> {
        for (place, own) in self.items.iter().enumerate() {
            meter.work(1)?;
            if self.is_same(own, item, meter)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn is_same(&self, own: &Value<'_>, item: &Value<'_>, meter: &mut Meter) -> Result<bool, Stop> {
        let Identity::Fields(keys) = &self.identity else { return equal(own, item, meter) };
        let (Value::Map(own), Value::Map(item)) = (own, item) else { return Ok(false) };
        for key in keys.iter() {
            let is_same = match (own.field(key), item.field(key)) {
                (None, None) => true,
                (Some(own), Some(item)) => equal(own, item, meter)?,
                _ => false,
            };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The list with those of others: what is there already is replaced.
    pub(crate) fn union(&self, others: &Self, meter: &mut Meter) -> Result<Self, Stop> {
        let mut all = self.clone();
        for item in others.items() {
            match all.find(item, meter)? {
                Some(place) => {
                    if let Some(own) = all.to_mut().get_mut(place) {
                        *own = item.clone();
                    }
                }
                None => all.to_mut().push(item.clone()),
            }
        }
        Ok(all)
    }
}

impl<'a> From<Vec<Value<'a>>> for List<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self { items: Arc::new(items), identity: Identity::Place }
    }
}
