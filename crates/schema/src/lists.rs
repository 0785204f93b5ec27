//! Lists of type `set` and `map`: no item twice.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::finding::{Fault, Finding, invalid, shown};
use crate::path::Place;
use crate::schema::{ListType, Schema};

/// Judges the lists of an object, unless the old object has duplicates already.
pub(crate) fn judge(
    schema: &Schema,
    old: Option<&Value>,
    new: &Value,
    findings: &mut Vec<Finding>,
) {
    if let Some(old) = old {
        let mut of_old = Vec::new();
        judge_value(schema, old, &Place::ROOT, &mut of_old);
        if !of_old.is_empty() {
            return;
        }
    }
    judge_value(schema, new, &Place::ROOT, findings);
}

fn judge_value(schema: &Schema, value: &Value, place: &Place<'_>, findings: &mut Vec<Finding>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let Some(inner) = schema.property(name) {
                    judge_value(inner, value, &place.field(name), findings);
                } else if let Some(inner) = schema.additional() {
                    judge_value(inner, value, &place.key(name), findings);
                }
            }
        }
        Value::Array(items) => {
            match schema.list_type {
                ListType::Atomic => {}
                ListType::Set => tell_duplicates(items.iter().cloned(), place, findings),
                ListType::Map => judge_map(schema, items, place, findings),
            }
            if let Some(inner) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    judge_value(inner, item, &place.index(index), findings);
                }
            }
        }
        _ => {}
    }
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
