//! Lists of type `set` and `map`: no item twice.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::finding::{Fault, Finding, invalid, shown};
use crate::path::Place;
use crate::schema::{ListType, Schema};
use crate::walk;

/// Judges the lists of an object, unless the old object has duplicates already.
pub(crate) fn judge(
    schema: &Schema,
    old: Option<&Value>,
    new: &Value,
    findings: &mut Vec<Finding>,
) {
    if let Some(old) = old {
        let mut of_old = Vec::new();
        judge_lists(schema, old, &mut of_old);
        if !of_old.is_empty() {
            return;
        }
    }
    judge_lists(schema, new, findings);
}

fn judge_lists(schema: &Schema, object: &Value, findings: &mut Vec<Finding>) {
    walk::values(schema, object, |schema, value, place| match (schema.list_type, value) {
        (ListType::Set, Value::Array(items)) => {
            tell_duplicates(items.iter().cloned(), place, findings);
        }
        (ListType::Map, Value::Array(items)) => judge_map(schema, items, place, findings),
        _ => {}
    });
}

fn judge_map(schema: &Schema, items: &[Value], place: &Place<'_>, findings: &mut Vec<Finding>) {
    let strange = items.iter().position(|item| !item.is_object() && !item.is_null());
    if let Some((index, item)) = strange.and_then(|index| Some((index, items.get(index)?))) {
        let message = invalid(&shown(item), "must be an object for an array of list-type map");
        findings.push(Finding::new(Fault::ListType, &place.index(index), message));
        return;
    }
    let keys = items.iter().map(|item| {
        let mut keys = Map::new();
        for key in &schema.list_map_keys {
            if let Some(value) = item.get(key) {
                keys.insert(key.clone(), value.clone());
            }
        }
        Value::Object(keys)
    });
    tell_duplicates(keys, place, findings);
}

/// Tells the second of equal items; the third and others are not told again.
fn tell_duplicates(
    items: impl Iterator<Item = Value>,
    place: &Place<'_>,
    findings: &mut Vec<Finding>,
) {
    let mut seen = HashMap::<String, u8>::new();
    for (index, item) in items.enumerate() {
        let times = seen.entry(item.to_string()).or_default();
        *times = times.saturating_add(1);
        if *times == 2 {
            let message = format!("Duplicate value: {}", shown(&item));
            findings.push(Finding::new(Fault::Duplicate, &place.index(index), message));
        }
    }
}
