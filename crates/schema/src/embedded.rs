//! Objects in objects: `x-kubernetes-embedded-resource`.

use kubernetes_cel::names;
use serde_json::{Map, Value};

use crate::finding::{Fault, Finding, invalid, quoted};
use crate::metadata::{self, Naming};
use crate::path::Place;
use crate::schema::Schema;
use crate::walk;

/// Checks the types of `apiVersion`, `kind` and `metadata` of each embedded resource, and removes what
/// is unknown in them.
pub(crate) fn decode(
    value: &mut Value,
    schema: &Schema,
    place: &Place<'_>,
    findings: &mut Vec<Finding>,
) {
    match value {
        Value::Object(members) => {
            if schema.is_embedded_resource {
                for key in ["apiVersion", "kind"] {
                    let Some(value) = members.get(key).filter(|value| !value.is_string()) else {
                        continue;
                    };
                    let place = place.field(key);
                    let detail = "must be a string";
                    findings.push(Finding::invalid(Fault::MetadataType, &place, value, detail));
                    members.remove(key);
                }
                metadata::decode(members, place, findings);
            }
            for (name, value) in members {
                if let Some(inner) = schema.field(name) {
                    decode(value, inner, &place.field(name), findings);
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = &schema.items else { return };
            for (index, item) in items.iter_mut().enumerate() {
                decode(item, inner, &place.index(index), findings);
            }
        }
        _ => {}
    }
}

/// Judges each embedded resource of an object. That of the object itself is not one.
pub(crate) fn judge(schema: &Schema, object: &Value, findings: &mut Vec<Finding>) {
    walk::values(schema, object, |schema, value, place| {
        if let (true, Value::Object(resource)) = (schema.is_embedded_resource, value) {
            judge_resource(resource, place, findings);
        }
    });
}

fn judge_resource(resource: &Map<String, Value>, place: &Place<'_>, findings: &mut Vec<Finding>) {
    const FAULT: Fault = Fault::EmbeddedResource;
    for key in ["apiVersion", "kind"] {
        let place = place.field(key);
        let Some(value) = resource.get(key) else {
            // Rules are not evaluated then, as where the schema asks for a field.
            findings.push(Finding::new(Fault::Required, &place, "Required value"));
            continue;
        };
        let text = value.as_str().unwrap_or_default();
        let mut wrong = |detail: &str| {
            findings.push(Finding::new(FAULT, &place, invalid(&quoted(text), detail)));
        };
        if text.is_empty() {
            wrong("must not be empty");
        } else if key == "apiVersion" && text.matches('/').count() > 1 {
            wrong(&format!("unexpected GroupVersion string: {text}"));
        } else if key == "kind" {
            let mistakes = names::dns_1035_label_errors(&text.to_lowercase());
            if !mistakes.is_empty() {
                let mistakes = mistakes.join(",");
                wrong(&format!("may have mixed case, but should otherwise match: {mistakes}"));
            }
        }
    }
    if let Some(Value::Object(of)) = resource.get("metadata") {
        let place = place.field("metadata");
        metadata::judge_embedded(of, Naming::PathSegment, &place, FAULT, findings);
    }
}
