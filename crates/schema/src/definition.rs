//! Custom resource definitions.

use serde::Deserialize;
use serde_json::Value;

use crate::rules::Rules;
use crate::schema::Schema;

/// A custom resource definition, ready to hold objects against it.
#[derive(Debug)]
pub struct Definition {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) is_namespaced: bool,
    pub(crate) preserves_unknown_fields: bool,
    pub(crate) versions: Vec<Version>,
}

/// A version of a definition that is served.
#[derive(Debug)]
pub(crate) struct Version {
    pub name: String,
    pub has_status: bool,
    pub scale: Option<Scale>,
    pub schema: Schema,
    pub rules: Option<Rules>,
}

/// The reason why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// It has another kind.
    #[error("is no CustomResourceDefinition of apiextensions.k8s.io/v1")]
    WrongKind,
    /// It lacks a field, or has a schema that cannot be read.
    #[error("is no valid CustomResourceDefinition: {0}")]
    Invalid(#[from] serde_json::Error),
}

impl Definition {
    /// Reads a definition: an object of kind `CustomResourceDefinition`, `apiextensions.k8s.io/v1`.
    ///
    /// # Errors
    ///
    /// It is none, or none that can be read.
    pub fn read(definition: &Value) -> Result<Self, DefinitionError> {
        let text = |key| definition.get(key).and_then(Value::as_str);
        if text("kind") != Some("CustomResourceDefinition")
            || text("apiVersion") != Some("apiextensions.k8s.io/v1")
        {
            return Err(DefinitionError::WrongKind);
        }
        let Raw { spec } = Raw::deserialize(definition)?;
        let served = spec.versions.into_iter().filter(|version| version.served);
        let versions = served.map(|version| {
            let schema = version.schema.unwrap_or_default().open_api_v3_schema;
            Version {
                name: version.name,
                has_status: version.subresources.status.is_some(),
                scale: version.subresources.scale,
                rules: Rules::of_resource(&schema),
                schema,
            }
        });
        Ok(Self {
            group: spec.group,
            kind: spec.names.kind,
            is_namespaced: spec.scope == Scope::Namespaced,
            preserves_unknown_fields: spec.preserve_unknown_fields,
            versions: versions.collect(),
        })
    }

    /// The API group of its objects.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The kind of its objects.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns whether its objects are in namespaces.
    pub fn is_namespaced(&self) -> bool {
        self.is_namespaced
    }

    /// The names of the versions that are served.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.versions.iter().map(|version| version.name.as_str())
    }
}

#[derive(Deserialize)]
struct Raw {
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    group: String,
    names: Names,
    scope: Scope,
    #[serde(default)]
    preserve_unknown_fields: bool,
    versions: Vec<RawVersion>,
}

#[derive(Deserialize)]
struct Names {
    kind: String,
}

#[derive(Deserialize, PartialEq)]
enum Scope {
    Namespaced,
    Cluster,
}

#[derive(Deserialize)]
struct RawVersion {
    name: String,
    served: bool,
    schema: Option<Validation>,
    #[serde(default)]
    subresources: Subresources,
}

#[derive(Deserialize, Default)]
struct Validation {
    #[serde(rename = "openAPIV3Schema", default)]
    open_api_v3_schema: Schema,
}

#[derive(Deserialize, Default)]
struct Subresources {
    status: Option<Value>,
    scale: Option<Scale>,
}

/// The fields that the subresource `scale` uses.
#[derive(Debug, Deserialize)]
pub(crate) struct Scale {
    #[serde(rename = "specReplicasPath")]
    pub replicas: String,
    #[serde(rename = "statusReplicasPath")]
    pub observed_replicas: String,
    #[serde(rename = "labelSelectorPath")]
    pub label_selector: Option<String>,
}
