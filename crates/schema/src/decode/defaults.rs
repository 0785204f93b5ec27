//! `null` and defaults: what is missing is filled in, before anything is judged.

use serde_json::Value;

use crate::schema::Schema;

/// Removes each `null` of a field that is not nullable and has no default.
pub(super) fn remove_nulls(value: &mut Value, schema: &Schema) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                let Some(schema) = schema.field(name) else { return true };
                if value.is_null() && !schema.nullable && schema.default.is_none() {
                    return false;
                }
                remove_nulls(value, schema);
                true
            });
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for item in items {
                    remove_nulls(item, schema);
                }
            }
        }
        _ => {}
    }
}

/// Fills in each default that is missing, or `null` where that is not allowed.
pub(super) fn fill_in(value: &mut Value, schema: &Schema) {
    match value {
        Value::Object(members) => {
            for (name, property) in schema.properties.iter().flatten() {
                let Some(default) = &property.default else { continue };
                let found = members.get(name);
                if found.is_none_or(|value| is_wrong_null(value, property)) {
                    members.insert(name.clone(), default.clone());
                }
            }
            for (name, value) in members {
                match schema.property(name) {
                    Some(property) => fill_in(value, property),
                    None => replace(value, schema.additional()),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                replace(item, schema.items.as_deref());
            }
        }
        _ => {}
    }
}

/// A value that has no name of its own in the schema. Without a default, `null` stays `null`.
fn replace(value: &mut Value, schema: Option<&Schema>) {
    let Some(schema) = schema else { return };
    if is_wrong_null(value, schema) {
        *value = schema.default.clone().unwrap_or_default();
    }
    fill_in(value, schema);
}

fn is_wrong_null(value: &Value, schema: &Schema) -> bool {
    value.is_null() && !schema.nullable
}
