//! `metadata`: the types of its fields, and the names, labels and the like that Kubernetes takes.

mod names;
mod types;

use serde_json::{Map, Value};

use crate::definition::Definition;
use crate::finding::{Fault, Finding, quoted};
use crate::path::Place;

pub(crate) use types::decode;

/// How an object's name is judged.
pub(crate) use names::{Naming, judge_embedded};

/// Gives an object that has `generateName` alone a name as it could be generated: rules may ask for it.
pub(crate) fn generate_name(object: &mut Map<String, Value>) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let text = |key| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
    let (name, prefix) = (text("name"), text("generateName"));
    if name.is_empty() && !prefix.is_empty() {
        let name = names::generated(prefix);
        metadata.insert("name".to_owned(), name.into());
    }
}

/// Judges the metadata of an object, and what of it changes.
pub(crate) fn judge(
    definition: &Definition,
    old: Option<&Map<String, Value>>,
    object: &Map<String, Value>,
    findings: &mut Vec<Finding>,
) {
    let root = Place::ROOT;
    let place = root.field("metadata");
    let empty = Map::new();
    let of = |object: &Map<String, Value>| object.get("metadata").cloned().unwrap_or_default();
    let metadata = of(object);
    let metadata = metadata.as_object().unwrap_or(&empty);
    match old {
        None => {
            names::judge_names(metadata, Naming::Subdomain, &place, Fault::Metadata, findings);
            let namespace = names::text(metadata, "namespace");
            if definition.is_namespaced {
                // A client adds it where it is missing.
                names::judge_namespace(namespace, &place, Fault::Metadata, findings);
            } else if !namespace.is_empty() {
                findings.push(ignored_namespace(definition, namespace, &place));
            }
            names::judge_finalizers(metadata, &place, Fault::Metadata, findings);
        }
        Some(old) => {
            let old = of(old);
            let old = old.as_object().unwrap_or(&empty);
            names::judge_changes(old, metadata, definition.is_namespaced, &place, findings);
        }
    }
    names::judge_common(metadata, &place, Fault::Metadata, findings);
}

fn ignored_namespace(definition: &Definition, namespace: &str, place: &Place<'_>) -> Finding {
    let detail = format!("is ignored: a {} is in no namespace", definition.kind);
    let message = format!("{}: {detail}", quoted(namespace));
    Finding::new(Fault::Metadata, &place.field("namespace"), message)
        .warning()
        .hinting(Some("remove it".to_owned()))
}
