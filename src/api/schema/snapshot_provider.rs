//! `SnapshotProvider`: the strongly typed alternative to class and claim.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::common;
use crate::api::Kind;

pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "description": "SnapshotProvider is a snapshot backend for the whole cluster, driver and target in one.",
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": common::api_version(),
            "kind": common::kind(),
            "metadata": common::metadata(),
            "spec": {
                "description": "The backend.",
                "type": "object",
                "required": ["providerType"],
                "properties": {
                    "providerType": common::filled_string("The kind of backend, such as gvisor-s3."),
                    "s3": {
                        "description": "A bucket in Amazon S3 or in a store that is compatible with it.",
                        "type": "object",
                        "required": ["bucket"],
                        "properties": {
                            "bucket": common::filled_string("The bucket that checkpoints are written to."),
                            "region": common::string("The bucket's region."),
                        },
                    },
                    "gcs": {
                        "description": "A bucket in Google Cloud Storage.",
                        "type": "object",
                        "required": ["bucket"],
                        "properties": {
                            "bucket": common::filled_string("The bucket that checkpoints are written to."),
                        },
                    },
                },
            },
        },
    })
});

pub fn crd() -> Value {
    common::crd(
        Kind::SnapshotProvider,
        &[],
        &json!([
            common::column("Type", ".spec.providerType", "The kind of backend."),
            common::column("Bucket", ".spec['s3','gcs'].bucket", "The bucket of the backend."),
            common::age_column(),
        ]),
        &SCHEMA,
    )
}
