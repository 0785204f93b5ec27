//! Lists of objects in one document.

use serde_json::json;

use super::{documents, value, values};

#[test]
fn the_items_of_a_list_are_documents() {
    let text = "
apiVersion: v1
kind: List
metadata: {resourceVersion: ''}
items:
- {apiVersion: v1, kind: Pod, metadata: {name: a}}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: Pod, metadata: {name: b}}
- {apiVersion: v1, kind: PodList, items: []}
";
    let names: Vec<_> = values(text).iter().map(|pod| pod["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["a", "b"]);
    let lines: Vec<_> = documents(text).iter().map(|pod| pod.root.position.line).collect();
    assert_eq!(lines, [6, 10]);
}

#[test]
fn untyped_items_take_their_type_from_the_list() {
    let table = [
        (
            r#"{"kind": "PodList", "apiVersion": "g/v1", "items": [{"spec": {}}]}"#,
            json!({"kind": "Pod", "apiVersion": "g/v1", "spec": {}}),
        ),
        (
            r#"{"kind": "PodList", "apiVersion": "g/v1", "items": [{"kind": "Other"}]}"#,
            json!({"kind": "Other"}),
        ),
    ];
    for (text, expected) in table {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_has_no_items_is_no_list() {
    for text in [
        "{kind: AllowList, spec: {items: [1]}}",
        "{kind: List}",
        "{kind: FooList, items: null}",
        "{kind: Pod, items: []}",
        "{items: []}",
    ] {
        assert_eq!(documents(text).len(), 1, "{text}");
    }
}
