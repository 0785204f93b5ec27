//! `SnapshotClaimTemplate`: the controller makes one claim per Sandbox from it.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{common, snapshot_claim};
use crate::api::Kind;

pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "description": "SnapshotClaimTemplate is the template from which the controller makes one SnapshotClaim for each Sandbox that names it.",
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": common::api_version(),
            "kind": common::kind(),
            "metadata": common::metadata(),
            "spec": {
                "description": "The claims to make.",
                "type": "object",
                "required": ["spec"],
                "properties": {
                    "metadata": embedded_metadata(),
                    "spec": snapshot_claim::spec("The spec that each claim gets, unchanged. It may be empty."),
                },
            },
        },
    })
});

pub fn crd() -> Value {
    common::crd(
        Kind::SnapshotClaimTemplate,
        &["snapclaimtmpl"],
        &json!([
            common::column("Class", ".spec.spec.snapshotClassName", "The selected SnapshotClass."),
            common::age_column(),
        ]),
        &SCHEMA,
    )
}

/// The schema of labels and annotations: in a bare object the API server would prune both.
///
/// The patterns are shorter than the API machinery's own, though they accept the same: CEL's cost
/// for a match grows with the pattern, and a schema cannot bound the length of a key.
fn embedded_metadata() -> Value {
    json!({
        "description": "Labels and annotations for the claims; no other metadata can be set.",
        "type": "object",
        "properties": {
            "labels": {
                "description": "Labels for the claims.",
                "type": "object",
                "additionalProperties": {
                    "type": "string",
                    "maxLength": 63,
                    "pattern": "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$",
                },
                "x-kubernetes-validations": [{
                    "rule": r"self.all(key, key.indexOf('/') <= 253 && key.matches(r'^([a-z0-9]+((-+|\.)[a-z0-9]+)*/)?[^\W_]([-\w.]{0,61}[^\W_])?$'))",
                    "message": "a label's key must be a name of at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix, such as example.com/profile: rename the label",
                }],
            },
            "annotations": {
                "description": "Annotations for the claims.",
                "type": "object",
                "additionalProperties": { "type": "string" },
                "x-kubernetes-validations": [
                    {
                        "rule": r"self.all(key, key.indexOf('/') <= 253 && key.matches(r'^([^\W_]+((-+|\.)[^\W_]+)*/)?[^\W_]([-\w.]{0,61}[^\W_])?$'))",
                        "message": "an annotation's key must be a name of at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix, such as example.com/profile: rename the annotation",
                    },
                    {
                        "rule": common::TOTAL_SIZE,
                        "message": "all keys and values together must have at most 262144 characters: shorten or remove annotations",
                    },
                ],
            },
        },
    })
}
