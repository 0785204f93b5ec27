//! `SnapshotClass`: a driver and its defaults, at the top level as in a `StorageClass`.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::common;
use crate::api::{Kind, words};

/// The names that `IsQualifiedName` accepts after lower-casing, as a `StorageClass` requires of its
/// provisioner. The length of the prefix is left to a CEL rule.
pub const QUALIFIED_NAME: &str = concat!(
    r"^([A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*/)?",
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
);

pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "description": "SnapshotClass names the driver that takes and restores checkpoints, and the defaults that admins give it. It is to a SnapshotClaim what a StorageClass is to a PersistentVolumeClaim.",
        "type": "object",
        "required": ["provisioner"],
        "properties": {
            "apiVersion": common::api_version(),
            "kind": common::kind(),
            "metadata": common::metadata(),
            "provisioner": {
                "description": "The driver: a name with an optional prefix, such as agents.x-k8s.io/gvisor.",
                "type": "string",
                "minLength": 1,
                // prefix, slash, name
                "maxLength": 253 + 1 + 63,
                "pattern": QUALIFIED_NAME,
                "x-kubernetes-validations": [{
                    "rule": "self.indexOf('/') <= 253",
                    "message": format!("{} [provisioner-valid]", words::LONG_PREFIX),
                }],
            },
            "parameters": common::parameters(
                "Defaults for the driver, such as endpoints, base paths and flags. The target itself (bucket, container, region, prefix) belongs on the SnapshotClaim. Never put credentials here: everyone who may read the class may read them.",
            ),
        },
    })
});

pub fn crd() -> Value {
    common::crd(
        Kind::SnapshotClass,
        &["ssclass"],
        &json!([
            common::column("Provisioner", ".provisioner", "The driver."),
            common::column(
                "Default",
                r".metadata.annotations.snapshotclass\.agents\.x-k8s\.io/is-default-class",
                "Whether claims that select no class get this one.",
            ),
            common::age_column(),
        ]),
        &SCHEMA,
    )
}
