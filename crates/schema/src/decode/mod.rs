//! From an object as it was written to the object that is judged: without unknown fields and `null`s,
//! and with defaults.

mod defaults;
mod unknown;

use serde_json::Value;

use crate::definition::{Definition, Version};
use crate::finding::{Fault, Finding, quoted};
use crate::metadata;
use crate::path::Place;
use crate::{embedded, hints};

/// The version of the definition that the object is of.
pub(crate) fn version_of<'d>(
    definition: &'d Definition,
    object: &Value,
    findings: &mut Vec<Finding>,
) -> Option<&'d Version> {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut wrong = |field, message: String, hint| {
        let place = Place::ROOT;
        let finding = Finding::new(Fault::Version, &place.field(field), message);
        findings.push(finding.hinting(hint));
    };
    if !object.is_object() {
        let message = "Invalid value: an object is wanted, with apiVersion, kind and metadata";
        findings.push(Finding::new(Fault::Version, &Place::ROOT, message));
        return None;
    }
    let (kind, api_version) = (text("kind"), text("apiVersion"));
    let mut is_right = true;
    if kind != definition.kind {
        let hint = hints::did_you_mean(kind, [&*definition.kind]);
        let detail = format!("must be {}", definition.kind);
        wrong("kind", format!("Invalid value: {}: {detail}", quoted(kind)), hint);
        is_right = false;
    }
    let names = definition.versions.iter().map(|it| format!("{}/{}", definition.group, it.name));
    let names: Vec<_> = names.collect();
    let found = names.iter().position(|name| name == api_version);
    if found.is_none() {
        let hint = hints::did_you_mean(api_version, names.iter().map(String::as_str));
        let detail = format!("must be {}", names.join(" or "));
        wrong("apiVersion", format!("Invalid value: {}: {detail}", quoted(api_version)), hint);
        is_right = false;
    }
    definition.versions.get(found?).filter(|_| is_right)
}

/// The object that is judged, and what is wrong with the one that was written.
pub(crate) fn decode(
    definition: &Definition,
    version: &Version,
    object: &Value,
    findings: &mut Vec<Finding>,
) -> Value {
    let mut object = object.clone();
    let schema = &version.schema;
    if let Some(members) = object.as_object_mut() {
        metadata::decode(members, &Place::ROOT, findings);
        metadata::generate_name(members);
    }
    if !definition.preserves_unknown_fields {
        unknown::remove(&mut object, schema, findings);
        defaults::remove_nulls(&mut object, schema);
    }
    embedded::decode(&mut object, schema, &Place::ROOT, findings);
    defaults::fill_in(&mut object, schema);
    object
}
