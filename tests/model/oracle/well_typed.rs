//! Fields whose JSON type is not that of the API.

use serde_json::Value;

use crate::world::{Kind, field};

/// The paths of the wrong fields, with dots.
pub fn wrong(kind: Kind, object: &Value) -> Vec<String> {
    let (texts, maps): (&[&str], &[&str]) = match kind {
        Kind::Class => (&["provisioner"], &["parameters"]),
        Kind::Claim => (&["spec.snapshotClassName"], &["spec", "spec.parameters"]),
        Kind::Template => (
            &["spec.spec.snapshotClassName"],
            &["spec", "spec.metadata", "spec.spec", "spec.spec.parameters"],
        ),
        Kind::Provider => (
            &["spec.providerType", "spec.s3.bucket", "spec.s3.region", "spec.gcs.bucket"],
            &["spec", "spec.s3", "spec.gcs"],
        ),
        Kind::Sandbox => (
            &[
                "spec.operatingMode",
                "spec.suspensionStrategy.type",
                "spec.suspensionStrategy.hibernate.snapshotClaimName",
                "spec.suspensionStrategy.hibernate.snapshotClaimTemplateName",
                "spec.suspensionStrategy.hibernate.snapshotProviderRef.name",
            ],
            &[
                "spec",
                "spec.suspensionStrategy",
                "spec.suspensionStrategy.hibernate",
                "spec.suspensionStrategy.hibernate.snapshotProviderRef",
            ],
        ),
    };
    let at = |path: &str| field(object, &format!("/{}", path.replace('.', "/")));
    let mut wrong = Vec::new();
    for path in texts {
        let value = at(path);
        if !value.is_null() && !value.is_string() {
            wrong.push((*path).to_owned());
        }
    }
    for path in maps {
        let value = at(path);
        if !value.is_null() && !value.is_object() {
            wrong.push((*path).to_owned());
        }
        let Some(entries) = value.as_object().filter(|_| path.ends_with("parameters")) else {
            continue;
        };
        let odd = entries.iter().filter(|(_, value)| !value.is_string());
        wrong.extend(odd.map(|(key, _)| format!("{path}.{key}")));
    }
    wrong
}
