//! Which old value a new one takes the place of, and whether it changed.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::schema::{Kind, ListType, Schema};

/// The old value of a field.
pub(crate) fn old_field<'o>(old: Option<&'o Value>, name: &str) -> Option<&'o Value> {
    old?.as_object()?.get(name)
}

/// The old items of a list, found by their keys. Only lists of type `map` have any.
#[derive(Default)]
pub(crate) struct OldItems<'o> {
    keys: &'o [String],
    by_key: HashMap<String, &'o Value>,
}

impl<'o> OldItems<'o> {
    pub fn of(schema: &'o Schema, old: Option<&'o Value>) -> Self {
        let Some(Value::Array(items)) = old else { return Self::default() };
        if schema.kind != Kind::Array
            || schema.list_type != ListType::Map
            || schema.list_map_keys.is_empty()
        {
            return Self::default();
        }
        let keys = &schema.list_map_keys;
        let mut by_key = HashMap::with_capacity(items.len());
        for item in items {
            if let Some(key) = item.as_object().and_then(|item| key(item, keys)) {
                by_key.entry(key).or_insert(item);
            }
        }
        Self { keys, by_key }
    }

    /// The old item with the keys of a new one.
    pub fn get(&self, item: &Value) -> Option<&'o Value> {
        if self.by_key.is_empty() {
            return None;
        }
        self.by_key.get(&key(item.as_object()?, self.keys)?).copied()
    }
}

/// The keys of an item as one text; none if one is missing or no scalar.
fn key(item: &Map<String, Value>, keys: &[String]) -> Option<String> {
    let mut all = String::new();
    for key in keys {
        match item.get(key)? {
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
            scalar => all.push_str(&scalar.to_string()),
        }
        all.push('\0');
    }
    Some(all)
}

/// Returns whether a value is the old one. The items of a list of type `map` may change their order.
/// What the schema does not know cannot be compared, as for the API server.
pub(crate) fn is_unchanged(new: &Value, old: &Value, schema: &Schema) -> bool {
    match (new, old) {
        (Value::Array(new), Value::Array(items)) => {
            if new.len() != items.len() {
                return false;
            }
            let Some(of_item) = &schema.items else { return same(new, items) };
            let by_key = OldItems::of(schema, Some(old));
            if schema.list_type != ListType::Map || by_key.keys.is_empty() {
                return same(new, items);
            }
            new.iter()
                .all(|item| by_key.get(item).is_some_and(|old| is_unchanged(item, old, of_item)))
        }
        (Value::Object(new), Value::Object(old)) => {
            new.len() == old.len()
                && new.iter().all(|(name, value)| match (old.get(name), schema.field(name)) {
                    (Some(old), Some(schema)) => is_unchanged(value, old, schema),
                    _ => false,
                })
        }
        (new, old) => new == old,
    }
}

fn same(new: &[Value], old: &[Value]) -> bool {
    new == old
}
