//! `SnapshotClaim`: the target of a namespace's checkpoints.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::common;
use crate::api::Kind;

pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "description": "SnapshotClaim is a storage target for checkpoints, owned by a namespace. It is not itself a snapshot: one claim can back many checkpoints of many Sandboxes.",
        "type": "object",
        "properties": {
            "apiVersion": common::api_version(),
            "kind": common::kind(),
            "metadata": common::metadata(),
            "spec": spec("The wanted target."),
            "status": {
                "description": "The state that the controller found; users do not write it.",
                "type": "object",
                "properties": {
                    "conditions": conditions(),
                    "observedGeneration": {
                        "description": "The metadata.generation that this status describes.",
                        "type": "integer",
                        "format": "int64",
                    },
                    "snapshotClassName": common::string(
                        "The SnapshotClass in use, also where the spec leaves the choice to the default.",
                    ),
                },
            },
        },
    })
});

pub fn crd() -> Value {
    common::crd(
        Kind::SnapshotClaim,
        &["snapclaim"],
        &json!([
            common::column("Class", ".spec.snapshotClassName", "The selected SnapshotClass."),
            common::column(
                "Bound",
                ".status.conditions[?(@.type=='Bound')].status",
                "Whether the target can be used.",
            ),
            common::age_column(),
        ]),
        &SCHEMA,
    )
}

/// A claim's spec; a template carries the same. The class has no default: a missing class must stay
/// distinguishable from a named one.
pub fn spec(description: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "properties": {
            "snapshotClassName": common::reference(
                "The SnapshotClass. Empty or absent selects the class that is annotated as the cluster's default.",
            ),
            "parameters": common::parameters(
                "The target, in the driver's words: region, bucket or container, prefix, storage account; also tunables such as compression. Merged with the class's parameters. Never put credentials here: everyone who may read the claim may read them.",
            ),
        },
    })
}

/// A list of `metav1.Condition`.
fn conditions() -> Value {
    json!({
        "description": "The state of the claim. Bound is Unknown with reason Pending, True with reason Bound, or False with reason Failed.",
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "description": "One aspect of the state.",
            "type": "object",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": {
                    "description": "The aspect, such as Bound.",
                    "type": "string",
                    "maxLength": 316,
                    "pattern": r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
                },
                "status": {
                    "description": "Whether it holds.",
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                },
                "observedGeneration": {
                    "description": "The metadata.generation that the condition was set for.",
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                },
                "lastTransitionTime": {
                    "description": "When the status last changed.",
                    "type": "string",
                    "format": "date-time",
                },
                "reason": {
                    "description": "Why, in one word for programs.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024,
                    "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                },
                "message": {
                    "description": "Why, in words for people; may be empty.",
                    "type": "string",
                    "maxLength": 32768,
                },
            },
        },
    })
}
