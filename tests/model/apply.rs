//! The result of a server-side apply, from the fields that the manager owns.

use std::collections::BTreeSet;

use serde_json::Value;

type Path = Vec<String>;

/// What is stored when a manager applies a configuration by force: its fields, and of the other fields those
/// that it does not own alone. `None` where an empty map is applied in place of fields: this model does not
/// know what is left then.
pub fn result(old: &Value, config: &Value, manager: &str) -> Option<Value> {
    let entries = old.pointer("/metadata/managedFields").and_then(Value::as_array);
    let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries.into_iter().flatten() {
        let is_own = entry["manager"] == manager && entry["operation"] == "Apply";
        let is_status = entry.get("subresource").is_some();
        let fields = if is_own && !is_status { &mut own } else { &mut others };
        leaves(&entry["fieldsV1"], &mut Vec::new(), fields);
    }
    let mut new = old.clone();
    merge(&mut new, config);
    let mut applied = BTreeSet::new();
    leaves_of(config, &mut Vec::new(), &mut applied);
    for path in own.difference(&applied).filter(|path| !others.contains(*path)) {
        if applied.iter().any(|it| path.starts_with(it)) {
            return None;
        }
        if !applied.iter().any(|it| it.starts_with(path)) {
            remove(&mut new, path);
        }
    }
    Some(new)
}

/// Collects the fields of a set in managedFields.
fn leaves(fields: &Value, path: &mut Path, into: &mut BTreeSet<Path>) {
    let Value::Object(map) = fields else { return };
    for (key, below) in map {
        let Some(name) = key.strip_prefix("f:") else { continue };
        path.push(name.to_owned());
        if below.as_object().is_none_or(|below| below.keys().all(|key| key == ".")) {
            into.insert(path.clone());
        }
        leaves(below, path, into);
        path.pop();
    }
}

/// Collects the fields of a configuration: lists are one field.
fn leaves_of(config: &Value, path: &mut Path, into: &mut BTreeSet<Path>) {
    match config {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                path.push(key.clone());
                leaves_of(value, path, into);
                path.pop();
            }
        }
        _ => _ = into.insert(path.clone()),
    }
}

fn merge(object: &mut Value, config: &Value) {
    match (object, config) {
        (Value::Object(object), Value::Object(config)) => {
            for (key, value) in config {
                merge(object.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (object, config) => *object = config.clone(),
    }
}

/// Removes a field, and with it the maps that are empty then.
fn remove(object: &mut Value, path: &[String]) {
    let Some((last, parents)) = path.split_last() else { return };
    let pointer: String = parents.iter().map(|step| format!("/{step}")).collect();
    let Some(Value::Object(map)) = object.pointer_mut(&pointer) else { return };
    map.remove(last);
    if map.is_empty() {
        remove(object, parents);
    }
}
