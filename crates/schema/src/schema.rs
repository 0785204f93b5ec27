//! Structural schemas, as a definition has them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kubernetes_cel::go;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The schema of one value.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "they are keywords of the schema")]
pub(crate) struct Schema {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub format: String,
    pub nullable: bool,
    pub default: Option<Value>,
    #[serde(rename = "x-kubernetes-int-or-string")]
    pub is_int_or_string: bool,
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    pub preserves_unknown_fields: bool,
    #[serde(rename = "x-kubernetes-embedded-resource")]
    pub is_embedded_resource: bool,

    pub properties: Option<BTreeMap<String, Schema>>,
    pub additional_properties: Option<Additional>,
    pub required: Vec<String>,
    pub min_properties: Option<i64>,
    pub max_properties: Option<i64>,

    pub items: Option<Box<Schema>>,
    pub min_items: Option<i64>,
    pub max_items: Option<i64>,
    pub unique_items: bool,
    #[serde(rename = "x-kubernetes-list-type")]
    pub list_type: ListType,
    #[serde(rename = "x-kubernetes-list-map-keys")]
    pub list_map_keys: Vec<String>,

    #[serde(rename = "enum")]
    pub choices: Vec<Value>,
    pub pattern: Option<Pattern>,
    pub min_length: Option<i64>,
    pub max_length: Option<i64>,

    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub exclusive_minimum: bool,
    pub exclusive_maximum: bool,
    pub multiple_of: Option<f64>,

    pub all_of: Vec<Schema>,
    pub any_of: Vec<Schema>,
    pub one_of: Vec<Schema>,
    pub not: Option<Box<Schema>>,

    #[serde(rename = "x-kubernetes-validations")]
    pub rules: Vec<RuleSource>,
}

/// The type that a value must have.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    /// Any.
    #[default]
    #[serde(rename = "")]
    Any,
    Array,
    Boolean,
    Integer,
    Number,
    Object,
    String,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        }
    }
}

/// How two items of a list are told apart.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ListType {
    /// They are not.
    #[default]
    Atomic,
    /// By their values.
    Set,
    /// By their `list_map_keys`.
    Map,
}

/// `additionalProperties`
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Additional {
    Any(bool),
    Of(Box<Schema>),
}

/// A rule of `x-kubernetes-validations`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RuleSource {
    pub rule: String,
    pub message: String,
    pub message_expression: String,
    pub reason: Option<String>,
    pub field_path: String,
    pub optional_old_self: bool,
}

impl Schema {
    /// The schema of a property; none for one that is not named.
    pub fn property(&self, name: &str) -> Option<&Self> {
        self.properties.as_ref()?.get(name)
    }

    /// The schema of the values of a map.
    pub fn additional(&self) -> Option<&Self> {
        match &self.additional_properties {
            Some(Additional::Of(schema)) => Some(schema),
            Some(Additional::Any(_)) | None => None,
        }
    }

    /// The schema of a field, named or not.
    pub fn field(&self, name: &str) -> Option<&Self> {
        self.property(name).or_else(|| self.additional())
    }

    /// The names of its properties.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().flatten().map(|(name, _)| name.as_str())
    }
}

/// A regular expression, compiled when it is first used.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub source: String,
    compiled: OnceLock<Result<go::Pattern, String>>,
}

impl Pattern {
    /// Returns whether a text matches it.
    ///
    /// # Errors
    ///
    /// Why it is no regular expression.
    pub fn is_match(&self, text: &str) -> Result<bool, &str> {
        let compiled = self.compiled.get_or_init(|| go::Pattern::new(&self.source));
        compiled.as_ref().map(|pattern| pattern.is_match(text)).map_err(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        Ok(Self { source, compiled: OnceLock::new() })
    }
}
