//! The parts that several schemas share.

use serde_json::{Value, json};

use crate::api::{GROUP, Kind, VERSION, words};

/// An optional reference: a DNS-1123 subdomain, or the empty string, which counts as unset.
pub const REFERENCE: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$";
/// A DNS-1123 subdomain.
pub const SUBDOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// The longest DNS-1123 subdomain.
pub const SUBDOMAIN_LENGTH: usize = 253;
/// CEL: all keys and values of a map have at most 256 KiB characters. The API machinery counts
/// bytes, but the conversion to bytes is over the API server's budget for a rule.
pub const TOTAL_SIZE: &str = "self.map(key, key.size() + self[key].size()).sum() <= 262144";

/// The definition of `kind` around its schema. `short_names` may be empty; the status subresource is
/// on where the schema has a status.
pub fn crd(kind: Kind, short_names: &[&str], columns: &Value, schema: &Value) -> Value {
    let plural = kind.plural();
    let mut names = json!({
        "kind": kind.name(),
        "listKind": format!("{}List", kind.name()),
        "plural": plural,
        "singular": kind.name().to_lowercase(),
    });
    if !short_names.is_empty() {
        insert(&mut names, "shortNames", json!(short_names));
    }
    let mut version = json!({
        "name": VERSION,
        "served": true,
        "storage": true,
        "additionalPrinterColumns": columns,
        "schema": { "openAPIV3Schema": schema },
    });
    if schema.pointer("/properties/status").is_some() {
        insert(&mut version, "subresources", json!({ "status": {} }));
    }
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.{GROUP}") },
        "spec": {
            "group": GROUP,
            "names": names,
            "scope": if kind.is_namespaced() { "Namespaced" } else { "Cluster" },
            "versions": [version],
        },
    })
}

/// Adds a field to an object.
fn insert(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    }
}

/// A printer column, in which kubectl shows what `path` finds.
pub fn column(name: &str, path: &str, description: &str) -> Value {
    json!({ "name": name, "type": "string", "jsonPath": path, "description": description })
}

/// The printer column that every kind ends with.
pub fn age_column() -> Value {
    json!({ "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" })
}

/// The `apiVersion` of a root.
pub fn api_version() -> Value {
    string("The versioned schema of this object.")
}

/// The `kind` of a root.
pub fn kind() -> Value {
    string("The kind of this object.")
}

/// The `metadata` of a root: the API server allows no description here.
pub fn metadata() -> Value {
    json!({ "type": "object" })
}

/// The message where [`TOTAL_SIZE`] does not hold.
pub fn too_large(advice: &str, rule: &str) -> String {
    format!("may not be more than 262144 bytes in all; {advice} [{rule}]")
}

/// A text as CEL spells it.
pub fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// Any string.
pub fn string(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

/// A string that is not empty.
pub fn filled_string(description: &str) -> Value {
    json!({ "description": description, "type": "string", "minLength": 1 })
}

/// The name of another object, or the empty string, which counts as unset.
pub fn reference(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string",
        "maxLength": SUBDOMAIN_LENGTH,
        "pattern": REFERENCE,
    })
}

/// A driver's parameters, bounded as those of a `StorageClass`.
pub fn parameters(description: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "additionalProperties": { "type": "string" },
        "maxProperties": 512,
        "x-kubernetes-validations": [
            {
                "rule": "!('' in self)",
                "message": format!("\"\": {} [parameters-valid]", words::EMPTY_KEY),
            },
            {
                "rule": TOTAL_SIZE,
                "message": too_large(words::REMOVE_PARAMETERS, "parameters-valid"),
            },
        ],
    })
}
