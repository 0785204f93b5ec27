//! The way through an object by its schema.

use serde_json::Value;

use crate::path::Place;
use crate::schema::Schema;

/// Calls `visit` for each value of an object that the schema describes, the outer ones first.
pub(crate) fn values(
    schema: &Schema,
    object: &Value,
    mut visit: impl FnMut(&Schema, &Value, &Place<'_>),
) {
    value(schema, object, &Place::ROOT, &mut visit);
}

fn value(
    schema: &Schema,
    of: &Value,
    place: &Place<'_>,
    visit: &mut impl FnMut(&Schema, &Value, &Place<'_>),
) {
    visit(schema, of, place);
    match of {
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(inner) = schema.property(name) {
                    value(inner, member, &place.field(name), visit);
                } else if let Some(inner) = schema.additional() {
                    value(inner, member, &place.key(name), visit);
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = &schema.items else { return };
            for (index, item) in items.iter().enumerate() {
                value(inner, item, &place.index(index), visit);
            }
        }
        _ => {}
    }
}
