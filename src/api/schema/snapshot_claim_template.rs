//! `SnapshotClaimTemplate`: the controller makes one claim per Sandbox from it.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{common, snapshot_claim};
use crate::api::{Kind, words};

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
                "x-kubernetes-validations": [
                    keys(r"key.indexOf('/') <= 253 && key.matches(r'^([a-z0-9]+((-+|\.)[a-z0-9]+)*/)?[^\W_]([-\w.]{0,61}[^\W_])?$')"),
                ],
            },
            "annotations": {
                "description": "Annotations for the claims.",
                "type": "object",
                "additionalProperties": { "type": "string" },
                "x-kubernetes-validations": [
                    keys(r"key.indexOf('/') <= 253 && key.matches(r'^([^\W_]+((-+|\.)[^\W_]+)*/)?[^\W_]([-\w.]{0,61}[^\W_])?$')"),
                    {
                        "rule": common::TOTAL_SIZE,
                        "message": common::too_large(words::REMOVE_ANNOTATIONS, "template-metadata-valid"),
                    },
                ],
            },
        },
    })
}

/// A name part, with anything before it.
const NAME_PART: &str = r"^([^/]+/)?[^\W_]([-\w.]{0,61}[^\W_])?$";

/// A CEL rule that `is_right` holds for every `key` of a map.
///
/// The message names the first key whose name part is wrong. To look for a wrong prefix as well is
/// over the API server's budget: there the expression fails, and the message names no key.
fn keys(is_right: &str) -> Value {
    let message = format!("{} [template-metadata-valid]", words::METADATA_KEY);
    let named = common::literal(&format!("\": {message}"));
    json!({
        "rule": format!("self.all(key, {is_right})"),
        "message": message,
        "messageExpression":
            format!("'\"' + self.filter(key, !key.matches(r'{NAME_PART}'))[0] + {named}"),
    })
}
