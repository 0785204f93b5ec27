//! Large objects: the time grows as they do. What would be quadratic takes minutes here.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, missing_docs)]

use std::time::{Duration, Instant};

use kubernetes_schema::{Definition, Report};
use serde_json::{Map, Value, json};

/// Far more than it takes, on a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(20);

fn definition() -> Definition {
    let item = json!({"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string"}, "size": {"type": "integer", "maximum": 5},
    }});
    let list = json!({"type": "array", "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"], "items": item});
    let spec = json!({"type": "object", "properties": {"items": list, "name": {"type": "string"}}});
    let schema = json!({"type": "object", "properties": {"spec": spec}});
    Definition::read(&json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": true, "schema": {"openAPIV3Schema": schema}}],
        },
    }))
    .unwrap()
}

fn widget(spec: &Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec})
}

fn in_time(judge: impl FnOnce() -> Report) -> usize {
    let start = Instant::now();
    let report = judge();
    assert!(start.elapsed() < PATIENCE, "it took {:?}", start.elapsed());
    report.findings.len()
}

#[test]
fn a_hundred_thousand_unknown_fields_are_told() {
    let fields = (0..100_000).map(|number| (format!("field{number}"), number.into()));
    let object = widget(&Value::Object(fields.collect::<Map<_, _>>()));
    assert_eq!(in_time(|| definition().create(&object)), 100_000);
}

#[test]
fn long_lists_with_keys_are_held_against_their_old_items() {
    let items = |size: u32| {
        let item = |number: u32| json!({"name": format!("item-{number}"), "size": size});
        widget(&json!({"items": (0..20_000).map(item).collect::<Vec<_>>()}))
    };
    let (mut old, new) = (items(7), items(8));
    assert_eq!(in_time(|| definition().update(&old, &new)), 20_000);
    old["spec"]["items"].as_array_mut().unwrap().reverse();
    assert_eq!(in_time(|| definition().update(&old, &items(7))), 0);
}
