//! The result of a server-side apply, from the fields that the manager owns.

use std::collections::BTreeSet;

use serde_json::Value;

type Path = Vec<String>;

/// What is left out in this model: the strategy of a Sandbox as a whole.
const STRATEGY: [&str; 2] = ["spec", "suspensionStrategy"];

/// What is stored when a manager applies a configuration by force: its fields, and the others as they were, but
/// for a strategy that it leaves out and that was its own. `None` where it leaves out anything else: what is
/// removed with that, and what is not, is the API server's science.
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
    let left_out: Vec<_> = own.difference(&applied).collect();
    let is_strategy = |path: &Path| path.starts_with(&STRATEGY.map(str::to_owned));
    let is_simple = left_out.iter().all(|path| is_strategy(path))
        && !applied.iter().chain(&others).any(is_strategy)
        && applied.iter().any(|path| path.starts_with(&["spec".to_owned()]));
    match (left_out.is_empty(), is_simple) {
        (true, _) => {}
        (false, true) => _ = new["spec"].as_object_mut()?.remove(STRATEGY[1]),
        (false, false) => return None,
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
