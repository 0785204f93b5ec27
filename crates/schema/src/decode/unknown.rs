//! Fields that the schema does not have. The API server drops them, or refuses the object where it is
//! asked to be strict, as `kubectl` does.

use serde_json::Value;

use crate::finding::{Fault, Finding};
use crate::hints;
use crate::path::Place;
use crate::schema::Schema;

/// The fields that every object has, also an embedded one.
const OF_EVERY_OBJECT: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// The most unknown fields of an object that get a hint: it takes time, and people read no more.
const MAX_HINTS: usize = 100;

/// Removes the unknown fields of an object and tells them.
pub(super) fn remove(object: &mut Value, schema: &Schema, findings: &mut Vec<Finding>) {
    let mut walk = Walk { findings, hints: 0 };
    let node = Node { schema: Some(schema), is_object: true, ..Node::of(Some(schema)) };
    walk.value(object, node, &Place::ROOT);
}

/// What is known of a value.
#[derive(Clone, Copy)]
struct Node<'s> {
    schema: Option<&'s Schema>,
    /// It has the fields of every object.
    is_object: bool,
    /// What is unknown is kept.
    is_kept: bool,
}

impl<'s> Node<'s> {
    fn of(schema: Option<&'s Schema>) -> Self {
        Self {
            schema,
            is_object: schema.is_some_and(|schema| schema.is_embedded_resource),
            is_kept: schema.is_some_and(|schema| schema.preserves_unknown_fields),
        }
    }
}

struct Walk<'f> {
    findings: &'f mut Vec<Finding>,
    hints: usize,
}

impl Walk<'_> {
    fn value(&mut self, value: &mut Value, node: Node<'_>, place: &Place<'_>) {
        match value {
            Value::Object(members) => members.retain(|name, value| {
                if node.is_object && OF_EVERY_OBJECT.contains(&&**name) {
                    return true;
                }
                let inner = node.schema.and_then(|schema| schema.field(name));
                // A map may have any key, also where nothing is known of the values.
                let is_map = node.schema.is_some_and(|it| it.additional_properties.is_some());
                if inner.is_some() || is_map {
                    self.value(value, Node::of(inner), &place.field(name));
                } else if !node.is_kept {
                    self.tell(name, node.schema, place);
                    return false;
                }
                true
            }),
            Value::Array(items) => {
                let schema = node.schema.and_then(|schema| schema.items.as_deref());
                if node.is_kept && schema.is_none() {
                    return;
                }
                let of_item = Node::of(schema);
                let of_item = Node { is_kept: of_item.is_kept || node.is_kept, ..of_item };
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(item, of_item, &place.index(index));
                }
            }
            _ => {}
        }
    }

    fn tell(&mut self, name: &str, schema: Option<&Schema>, place: &Place<'_>) {
        let path = place.field(name).path();
        let mut hint = None;
        if self.hints < MAX_HINTS {
            self.hints += 1;
            hint = schema.and_then(|schema| hints::of_unknown(name, schema));
        }
        // The API server writes the quotes without escapes inside.
        let message = format!("unknown field \"{path}\"");
        self.findings.push(Finding::at(Fault::UnknownField, path, message).hinting(hint));
    }
}
